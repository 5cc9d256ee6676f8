"""Everything that a user adds to a plan workbook survives a refresh: columns, notes, charts, sheets, names, order."""

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import Import
from kpixl.plan import Plan
from kpixl.workbook import planbook
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.refresh import Refreshed, refresh
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import State, new_state

_DAY = dt.date(2026, 9, 18)
_OWN = "私の列"
_MONDAY = ("2026-09-14", "受注", "佐藤", "Web", "1800000")
_THURSDAY = ("2026-09-17", "受注", "鈴木", "Web", "2000000")
Rows = Callable[[Path, str], list[dict[str, Any]]]
Refreshing = Callable[..., Refreshed]


class _UsersWriter(planbook.Writer):
    """Writes a plan workbook together with everything that its user has added to it."""

    def finish(self, properties: dict[str, str]) -> Iterator[tuple[str, bytes]]:
        book = self._book
        progress = book.get_worksheet_by_name("進捗")
        progress.write_comment("B12", "先月より低い。なぜ?")
        progress.insert_textbox("R30", "会議で話す")
        constants = book.add_worksheet("私の定数")
        constants.write_column("A1", [10, 20, 30])
        constants.write_string("B1", "=これは文字")
        constants.write_comment("A1", "根拠は議事録")
        constants.add_sparkline("C1", {"range": "私の定数!A1:A3"})
        constants.conditional_format("A1:A3", {"type": "data_bar", "data_bar_2010": True})
        constants.insert_chart("E1", self._chart("私の定数!$A$1:$A$3"))
        totals = book.add_worksheet("私の集計")
        totals.write_formula("A1", "=SUM(kpixl_facts[件数])", None, 0)
        totals.write_formula("A2", "=kpixl_goal/2", None, 25_000_000)
        totals.write_formula("A3", "=SUM(私の定数!A1:A3)", None, 60)
        totals.insert_chart("C1", self._chart("進捗!$D$12:$D$16"))
        book.define_name("私の名前", "=私の定数!$A$1")
        return super().finish(properties)

    def _chart(self, values: str) -> Any:
        chart = self._book.add_chart({"type": "column"})
        chart.add_series({"values": f"={values}"})
        return chart


def _with_own_columns(state: State) -> list[Sheet]:
    return [replace(sheet, tables=tuple(map(_widened, sheet.tables))) for sheet in plan_sheets(state)]


def _widened(table: Table) -> Table:
    if table.name not in ("kpixl_progress", "kpixl_facts"):
        return table
    rows = [(*row, f"{row[0]}について" if row[0] else None) for row in table.rows]
    return replace(table, columns=(*table.columns, Column(Key(_OWN, _OWN))), rows=rows)


@pytest.fixture
def users_book(
    small_plan: Callable[..., Plan], once: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A plan workbook after its user has worked on it in Excel."""

    def make() -> Path:
        path = tmp_path / "small.xlsx"
        with monkeypatch.context() as patched:
            patched.setattr(planbook, "Writer", _UsersWriter)
            patched.setattr(planbook, "plan_sheets", _with_own_columns)
            planbook.build(new_state(small_plan()), path)
        return path

    return once("users_book", make)


def test_only_what_kpixl_owns_changes(
    users_book: Path, importing: Callable[..., Import], parts: Callable[[Path], dict[str, bytes]]
) -> None:
    before = parts(users_book)
    receipt = refresh(users_book, imported=importing(_MONDAY, _THURSDAY), as_of=_DAY).receipt
    after = parts(users_book)
    assert (receipt.added, receipt.dropped) == ((), ())
    assert set(before) == set(after)
    assert {name for name in after if before[name] != after[name]} == set(receipt.changed)
    sheets = re.findall(r'<sheet name="([^"]+)"', before["xl/workbook.xml"].decode())
    constants = sheets.index("私の定数") + 1
    kept = {f"xl/worksheets/sheet{constants}.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/theme/theme1.xml"}
    kept |= {name for name in before if re.search(r"comments|vmlDrawing|drawings/|_rels/|Content_Types", name)}
    assert len(kept) > 12
    assert kept & set(receipt.changed) == set()


def test_notes_charts_and_text_boxes_are_still_there(
    refreshing: Refreshing, users_book: Path, importing: Callable[..., Import], load: Callable[..., Any]
) -> None:
    refreshing(users_book, imported=importing(_MONDAY), as_of=_DAY)
    book = load(users_book)
    assert book["進捗"]["B12"].comment.text == "先月より低い。なぜ?"
    assert book["私の定数"]["A1"].comment.text == "根拠は議事録"
    assert book["私の定数"]["B1"].value == "=これは文字"
    assert [len(book[name]._charts) for name in ("進捗", "私の定数", "私の集計")] == [2, 1, 1]
    assert book.defined_names["私の名前"].attr_text == "私の定数!$A$1"
    with zipfile.ZipFile(users_book) as archive:
        drawings = b"".join(archive.read(name) for name in archive.namelist() if "/drawings/drawing" in name)
    assert "会議で話す".encode() in drawings


def test_what_stands_beside_a_row_moves_with_it(
    refreshing: Refreshing,
    users_book: Path,
    importing: Callable[..., Import],
    typing: Callable[..., None],
    table_rows: Rows,
) -> None:
    """The note beside Thursday's order stays beside it when Monday's order comes in above."""
    refreshing(users_book, imported=importing(_THURSDAY), as_of=_DAY)
    typing(users_book, "kpixl_facts", 1, {_OWN: "大口"})
    refreshing(users_book, imported=importing(_MONDAY, _THURSDAY, file="later.csv"), as_of=_DAY)
    assert [(row["日付"].day, row[_OWN]) for row in table_rows(users_book, "kpixl_facts")] == [(14, None), (17, "大口")]
    progress = table_rows(users_book, "kpixl_progress")
    assert [row[_OWN] for row in progress] == [f"{row['KPI']}について" for row in progress]
    assert progress[-1]["実績"] == 2


@pytest.mark.calc
def test_the_users_formulas_on_kpixl_tables_follow(
    refreshing: Refreshing,
    users_book: Path,
    importing: Callable[..., Import],
    load: Callable[..., Any],
    recalculate: Callable[[Path], Path],
) -> None:
    refreshing(users_book, imported=importing(_MONDAY, _THURSDAY), as_of=_DAY)
    cached = load(users_book, data_only=True)["私の集計"]["A1"].value
    assert cached in (None, 2)  # not cached, or right; never the old 0
    sheet = load(users_book)["私の集計"]
    assert [sheet[cell].value for cell in ("A1", "A2", "A3")] == [
        "=SUM(kpixl_facts[件数])",
        "=kpixl_goal/2",
        "=SUM(私の定数!A1:A3)",
    ]
    computed = load(recalculate(users_book), data_only=True)["私の集計"]
    assert [computed[cell].value for cell in ("A1", "A2", "A3")] == [2, 25_000_000, 60]


def test_renamed_and_reordered_sheets_are_still_found(
    refreshing: Refreshing,
    users_book: Path,
    importing: Callable[..., Import],
    load: Callable[..., Any],
    table_rows: Rows,
) -> None:
    _rename_and_reverse(users_book, {"進捗": "マイ '進' 捗", "設定": "Setup", "実績": "入力"})
    titles = load(users_book).sheetnames
    assert titles[0] == "私の集計"
    assert titles[-3:] == ["Setup", "ガイド", "ボード"]
    refreshing(users_book, imported=importing(_MONDAY), as_of=_DAY)
    assert load(users_book).sheetnames == titles
    assert {row["KPI"]: row["実績"] for row in table_rows(users_book, "kpixl_progress")}["受注"] == 1
    assert load(users_book, data_only=True)["マイ '進' 捗"]["B6"].value == dt.datetime(2026, 9, 18)


_MACRO = 'Sub Mine()\r\n    MsgBox "mine"\r\nEnd Sub'


@pytest.fixture
def macro_book(users_book: Path) -> Path:
    """The same workbook saved as .xlsm, with a macro of the user's and a custom ribbon."""
    from pyopenvba import ExcelFile

    macros = users_book.with_name("macros.xlsm")
    with ExcelFile.create_new(macros) as made:
        made.vba_project().add_module("Mine", _MACRO)
        made.save()
    with zipfile.ZipFile(users_book) as archive, zipfile.ZipFile(macros) as other:
        contents = {name: archive.read(name) for name in archive.namelist()}
        contents["xl/vbaProject.bin"] = other.read("xl/vbaProject.bin")
    contents["customUI/customUI.xml"] = b'<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui"/>'
    for part, old, new in (
        (
            "[Content_Types].xml",
            "<Override",
            '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Override',
        ),
        (
            "[Content_Types].xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "</Relationships>",
            '<Relationship Id="rId900" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
            'Target="vbaProject.bin"/></Relationships>',
        ),
        (
            "_rels/.rels",
            "</Relationships>",
            '<Relationship Id="rId900" Type="http://schemas.microsoft.com/office/2006/relationships/ui/extensibility" '
            'Target="customUI/customUI.xml"/></Relationships>',
        ),
    ):
        assert old.encode() in contents[part]
        contents[part] = contents[part].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(macros, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return macros


def test_macros_and_the_ribbon_outlive_a_refresh(
    macro_book: Path,
    importing: Callable[..., Import],
    parts: Callable[[Path], dict[str, bytes]],
    table_rows: Rows,
) -> None:
    before = parts(macro_book)
    receipt = refresh(macro_book, imported=importing(_MONDAY), as_of=_DAY).receipt
    after = parts(macro_book)
    assert receipt.path == macro_book
    assert {row["KPI"]: row["実績"] for row in table_rows(macro_book, "kpixl_progress")}["受注"] == 1
    for part in ("xl/vbaProject.bin", "customUI/customUI.xml", "[Content_Types].xml", "_rels/.rels"):
        assert after[part] == before[part], part
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oletools uses old names of pyparsing
        from oletools.olevba import VBA_Parser

        parser = VBA_Parser(str(macro_book))
        found = {name.rpartition(".")[0]: text for _, _, name, text in parser.extract_macros()}
        parser.close()
    assert found["Mine"].strip().endswith(_MACRO)


def _rename_and_reverse(path: Path, renamed: dict[str, str]) -> None:
    """Rename sheets and reverse their order, as Excel does: names, formulas and charts follow."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    for name, content in contents.items():
        if re.fullmatch(r"xl/(workbook|charts/.*|worksheets/[^/]*)\.xml", name):
            text = content.decode()
            for old, new in renamed.items():
                quoted = "'" + new.replace("'", "''") + "'"
                text = text.replace(f"{old}!", f"{quoted}!").replace(f'<sheet name="{old}"', f'<sheet name="{new}"')
            contents[name] = text.encode()
    text = contents["xl/workbook.xml"].decode()
    sheets = re.findall(r"<sheet [^>]*/>", text)
    text = text.replace("".join(sheets), "".join(reversed(sheets)))
    last = len(sheets) - 1
    text = re.sub(r'localSheetId="(\d+)"', lambda found: f'localSheetId="{last - int(found[1])}"', text)
    contents["xl/workbook.xml"] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
