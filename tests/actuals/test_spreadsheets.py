"""Workbooks and other shapes of files: title rows, several sheets, stray cells, packed files, folders and patterns."""

import datetime as dt
import gzip
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from kpixl import texts
from kpixl.actuals import Import, import_events, read_mapping
from kpixl.actuals.header import header_in
from kpixl.errors import UnreadableData, UserError

Importing = Callable[..., Import]
_MAPPING = """
source = "log"
[files.log]
{more}
[[events]]
event = "call"
occurred_at = "日時"
member = "担当"
id = "ID"
minutes = "通話"
"""
_HEADINGS = ["日時", "担当", "ID", "通話"]
_ROWS = [
    [dt.datetime(2026, 7, 1, 9, 0), "佐藤", 1.0, dt.timedelta(minutes=2, seconds=30)],
    [dt.datetime(2026, 7, 2, 9, 5), "鈴木", 2.0, dt.timedelta(minutes=1)],
    [dt.datetime(2026, 7, 2, 9, 5), "鈴木", "=NA()", None],
]


def _imported(folder: Path, *files: Path | str, more: str = "", mapping: str = _MAPPING) -> Import:
    (folder / "mapping.toml").write_text(mapping.format(more=more), encoding="utf-8")
    return import_events(files, read_mapping(folder / "mapping.toml"))


def _workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        length = book.add_format({"num_format": "[h]:mm:ss"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.timedelta):
                        sheet.write_number(number, column, cell.total_seconds() / 86_400, length)
                    elif cell == "=NA()":
                        sheet.write_formula(number, column, cell, None, "#N/A")
                    elif cell is not None:
                        sheet.write(number, column, cell)
    return path


def _counts(found: Import) -> list[tuple[str, str, float, float]]:
    columns = ["date", "member", "count", "minutes"]
    return [(f"{day:%m-%d}", *rest) for day, *rest in found.facts[columns].itertuples(index=False)]


def test_a_workbook_with_a_title_and_a_footer(tmp_path: Path) -> None:
    rows = [["活動レポート"], [], ["期間", "7月"], _HEADINGS, *_ROWS, [], ["出力: 2026-08-01"]]
    found = _imported(tmp_path, _workbook(tmp_path / "活動.xlsx", {"7月": rows, "説明": [["使い方"], ["これは"]]}))
    assert _counts(found) == [("07-01", "佐藤", 1, 2.5), ("07-02", "鈴木", 2, 1.0)]
    assert found.controls[0].read == 3
    told = dict(found.notes)
    assert told["read_sheet"] == {"file": "活動.xlsx", "sheet": "7月", "row": 4}
    assert told["skipped_rows"]["rows"] == 3
    assert set(found.records["id"]) == {"1", "2", "#N/A"}, "ids are whole numbers"


def test_rows_that_cannot_be_read_have_the_row_of_the_sheet(tmp_path: Path) -> None:
    rows = [["題"], _HEADINGS, ["来週", "佐藤", 1, None], _ROWS[1]]
    found = _imported(tmp_path, _workbook(tmp_path / "log.xlsx", {"log": rows}))
    assert found.rejects.waiting is not None
    assert "log.xlsx,3,call," in found.rejects.waiting.read_text("utf-8-sig")


def test_several_sheets_with_the_headings_are_asked_about(tmp_path: Path) -> None:
    book = _workbook(tmp_path / "log.xlsx", {"6月": [_HEADINGS, _ROWS[0]], "7月": [_HEADINGS, _ROWS[1]]})
    with pytest.raises(UnreadableData, match=r'6月, 7月.*sheet = "6月".*sheet = "\*"'):
        _imported(tmp_path, book)
    assert len(_counts(_imported(tmp_path, book, more='sheet = "*"'))) == 2
    assert _counts(_imported(tmp_path, book, more='sheet = "7月"')) == [("07-02", "鈴木", 1, 1.0)]
    with pytest.raises(UnreadableData, match="8月"):
        _imported(tmp_path, book, more='sheet = "8月"')


def test_the_row_of_the_headings_may_be_named(tmp_path: Path) -> None:
    rows = [_HEADINGS, ["(本番)"], _HEADINGS, _ROWS[0]]
    book = _workbook(tmp_path / "log.xlsx", {"log": rows})
    found = _imported(tmp_path, book, more="header = 3")
    assert (found.controls[0].read, _counts(found)) == (1, [("07-01", "佐藤", 1, 2.5)])


def test_a_stray_cell_at_the_end_of_the_sheet(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "log.xlsx", {"log": [_HEADINGS, *_ROWS[:2]]})
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _HEADINGS)
        sheet.write_row(1, 0, ["2026-07-01", "佐藤", "1"])
        sheet.write(1_048_575, 16_383, "x")
    assert _counts(_imported(tmp_path, path)) == [("07-01", "佐藤", 1, 0)]


_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Sheet1">
<table:table-row><table:table-cell><text:p>日時</text:p></table:table-cell><table:table-cell><text:p>担当</text:p>
</table:table-cell><table:table-cell><text:p>ID</text:p></table:table-cell><table:table-cell><text:p>通話</text:p>
</table:table-cell><table:table-cell table:number-columns-repeated="16380"/></table:table-row>
<table:table-row><table:table-cell office:value-type="date" office:date-value="2026-07-01T09:00:00"/>
<table:table-cell><text:p>佐藤</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1"/>
<table:table-cell office:value-type="time" office:time-value="PT00H02M30S"/></table:table-row>
<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>
</table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="16383"/><table:table-cell><text:p>x</text:p>
</table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def test_an_opendocument_sheet_with_a_stray_cell(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "log.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", _ODS)
    assert _counts(_imported(tmp_path, tmp_path / "log.ods")) == [("07-01", "佐藤", 1, 2.5)]


@pytest.mark.calc
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_what_libreoffice_saves(tmp_path: Path, kind: str) -> None:
    book = _workbook(tmp_path / "log.xlsx", {"log": [["題"], _HEADINGS, *_ROWS[:2]], "他": [["a"]]})
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(shutil.which("soffice")), "--headless", profile, "--convert-to", kind, "--outdir", str(tmp_path)]
    for _ in range(3):
        subprocess.run([*command, str(book)], capture_output=True, check=False, timeout=180)
        if (tmp_path / f"log.{kind}").is_file():
            break
    found = _imported(tmp_path, tmp_path / f"log.{kind}")
    assert _counts(found) == [("07-01", "佐藤", 1, 2.5), ("07-02", "鈴木", 1, 1.0)]


@pytest.mark.parametrize("name", ["log.xlsx", "log.xls", "log.ods"])
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"no workbook at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600]
)
def test_what_is_no_spreadsheet_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match="log"):
        _imported(tmp_path, tmp_path / name)


def test_title_rows_above_a_text_file(importing: Importing) -> None:
    text = '"活動レポート"\n\n"日時";"担当";"ID";"通話"\n"2026-07-01";"佐藤";"1";"2.5"\n'
    found = importing({"log.csv": text.encode("cp932")}, _MAPPING.format(more=""))
    assert _counts(found) == [("07-01", "佐藤", 1, 2.5)]
    assert dict(found.notes)["skipped_rows"]["given"] == '"活動レポート"'


def test_lines_are_counted_from_the_top_of_the_file(importing: Importing) -> None:
    text = "活動レポート\n\n日時,担当,ID,通話\n2026-07-01,佐藤,1,2\n来週,佐藤,2,2\n2026-07-01,佐藤\n"
    found = importing({"log.csv": text}, _MAPPING.format(more=""))
    assert found.rejects.waiting is not None
    told = found.rejects.waiting.read_text("utf-8-sig")
    assert "log.csv,5," in told
    assert "log.csv,6," in told


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["日時", "担当"], ["2026", "佐藤"]], 0),
        ([["社外秘"], ["日時", "担当", "ID"], ["2026", "佐藤", "1"]], 1),
        ([["担当"], ["佐藤"], ["鈴木"]], 0),
        ([["作成", "佐藤"], ["日時", "担当", "ID", "分", "件"], ["2026", "佐藤", "1", "2", "3"]], 1),
        ([], 0),
    ],
)
def test_where_headings_stand(rows: list[list[str]], place: int) -> None:
    assert header_in(rows) == place


def test_a_packed_file(tmp_path: Path) -> None:
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress("日時,担当,ID,通話\n2026-07-01,佐藤,1,\n".encode("cp932")))
    assert _counts(_imported(tmp_path, tmp_path / "log.csv.gz")) == [("07-01", "佐藤", 1, 0)]
    (tmp_path / "bad.csv.gz").write_bytes(b"\x1f\x8b\x08 no")
    with pytest.raises(UnreadableData, match=r"bad\.csv\.gz"):
        _imported(tmp_path, tmp_path / "bad.csv.gz")


def test_folders_and_patterns_are_one_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exports = tmp_path / "書き出し"
    exports.mkdir()
    for number, name in enumerate(["b.csv", "a.csv", "log[1].csv", "~$a.csv", "a_kpixl_rejects.csv", "memo.docx"]):
        (exports / name).write_text(f"日時,担当,ID,通話\n2026-07-0{number + 1},佐藤,{number},\n", encoding="utf-8")
    monkeypatch.chdir(exports)
    assert [control.file for control in _imported(tmp_path, exports).controls] == ["a.csv", "b.csv", "log[1].csv"]
    assert len(_imported(tmp_path, "?.csv").controls) == 2
    assert len(_imported(tmp_path, "log[1].csv").controls) == 1, "a file that is there by that name"
    with pytest.raises(UnreadableData, match=r"2025\*"):
        _imported(tmp_path, "2025*.csv")


def test_what_in_a_folder_fits_no_group_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for name in ("log.csv", "other.csv"):
        (tmp_path / "x" / name).write_text("日時,担当,ID,通話\n2026-07-01,佐藤,1,\n", encoding="utf-8")
    found = _imported(tmp_path, tmp_path / "x", more='match = "log*"')
    assert dict(found.notes)["strangers"] == {"files": 1, "names": "other.csv"}
    with texts.speaking("en"), pytest.raises(UnreadableData, match="fits none"):
        _imported(tmp_path, tmp_path / "x" / "other.csv", more='match = "log*"')


def test_the_row_of_the_headings_is_a_line_of_the_file(importing: Importing) -> None:
    text = "日時,担当,ID,通話\n\n(ここから)\n日時,担当,ID,通話\n2026-07-01,佐藤,1,\n"
    assert importing({"log.csv": text}, _MAPPING.format(more="header = 4")).controls[0].read == 1
    with pytest.raises(UnreadableData, match="2行目"):
        importing({"log.csv": text}, _MAPPING.format(more="header = 2"))


def test_a_named_row_without_headings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="9行目"):
        _imported(tmp_path, _workbook(tmp_path / "log.xlsx", {"log": [_HEADINGS, _ROWS[0]]}), more="header = 9")


def test_a_last_day_without_counts_is_no_note(tmp_path: Path) -> None:
    rows = [["日付", "架電数", "アポ数"], ["2026-07-01", 3, 1], ["2026-07-02", None, None], ["以上", None, None]]
    mapping = '[files.d]\n[[events]]\noccurred_at = "日付"\ncolumns = {{ "架電数" = "架電", "アポ数" = "アポ" }}\n'
    found = _imported(tmp_path, _workbook(tmp_path / "日報.xlsx", {"d": rows}), mapping=mapping)
    assert found.controls[0].read == 2
    assert dict(found.notes)["skipped_rows"]["given"] == "以上"
