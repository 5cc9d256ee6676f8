"""Rows that cannot be read are kept aside with line and reason, and the rest goes in."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl import texts
from kpixl.actuals import Import
from kpixl.errors import UnreadableData

Importing = Callable[..., Import]
_HEADER = "日時,種別,担当,経路,金額,分\n"


def _set_aside(found: Import) -> list[dict[str, str]]:
    kept = found.rejects.keep()
    assert kept is not None
    assert kept.read_bytes().startswith(b"\xef\xbb\xbf")
    with kept.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_bad_rows_are_set_aside_with_line_and_reason(importing: Importing) -> None:
    found = importing(
        {
            "log.csv": _HEADER + "2025-06-02,架電,佐藤,,,1\n"  # line 2 is good
            "来週,架電,佐藤,,,1\n"
            "2025-06-02,受注,佐藤,,たくさん,1\n"
            "2025-06-02,架電,佐藤\n"
            '2025-06-02,架電,"佐\n藤",,,少し\n'  # lines 6 and 7
            "2025-06-02,架電,佐藤,,,1,2\n"
            "\n"
            ",架電,佐藤,,,1\n"
            "2025-06-02,訪問,佐藤,,,1\n"
        }
    )
    rows = {int(row["行"]): row["理由"] for row in _set_aside(found)}
    assert sorted(rows) == [3, 4, 5, 6, 8, 10, 11]
    assert "「来週」は日付として読めません" in rows[3]
    assert "「たくさん」は数として読めません" in rows[4]
    assert "列が足りません（見出しは6列）" in rows[5]
    assert "「少し」は数として読めません" in rows[6]
    assert "列が多すぎます" in rows[8]
    assert "日付がありません" in rows[10]
    assert "「訪問」は対応表にありません" in rows[11]
    assert found.facts["count"].tolist() == [1]
    assert sum(control.set_aside for control in found.controls) == 7
    assert {control.read for control in found.controls} == {8}


def test_the_row_stands_as_it_was(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + '来週,架電,"佐藤, 主任",Web,"1,000",1\nx,y\n'})
    assert [row["元の行"] for row in _set_aside(found)] == ["x,y", '来週,架電,"佐藤, 主任",Web,"1,000",1']
    assert {row["ファイル"] for row in _set_aside(found)} == {"log.csv"}


def test_in_english(importing: Importing) -> None:
    with texts.speaking("en"):
        found = importing({"log.csv": _HEADER + "soon,架電,佐藤,,,1\n"})
    assert _set_aside(found)[0]["Reason"] == '"soon" cannot be read as a date (such as 2025-06-02)'


def test_a_row_is_no_formula_when_excel_opens_the_file(importing: Importing) -> None:
    found = importing({"log.csv": _HEADER + "=1+1,架電,佐藤,,,1\n"})
    assert _set_aside(found)[0]["元の行"] == "'=1+1,架電,佐藤,,,1"


def test_the_line_is_that_of_the_file_in_any_encoding_and_line_end(importing: Importing) -> None:
    text = _HEADER + '2025-06-02,架電,"佐\n藤",,,1\n\n2025-06-02,架電,佐藤\n来週,架電,佐藤,,,1\n'
    for encoding in ("utf-8-sig", "cp932", "utf-16"):
        found = importing({"log.csv": text.replace("\n", "\r\n").encode(encoding)})
        assert [row["行"] for row in _set_aside(found)] == ["5", "6"]


def test_the_line_is_right_far_down_a_large_file(importing: Importing) -> None:
    good = [
        "2025-06-02 09:00,架電,佐藤,Web,," + str(number) for number in range(60_000)
    ]  # more than a piece of a megabyte
    for number, bad in (
        (700, '来週,架電,"佐\n藤",,,1'),
        (30_000, ""),
        (50_000, "2025-06-02,架電"),
        (59_999, "昨日,架電,,,,1"),
    ):
        good[number] = bad
    for line_end in ("\n", "\r\n"):
        found = importing({"log.csv": (_HEADER + "\n".join(good) + "\n").replace("\n", line_end)})
        assert sorted(int(row["行"]) for row in _set_aside(found)) == [702, 50_003, 60_002]
        assert found.controls[-1].read == 59_999
        assert found.facts["count"].sum() == 59_996


def test_the_rows_lie_beside_the_file_and_are_not_read_again(importing: Importing, tmp_path: Path) -> None:
    files = {"6月.csv": _HEADER + "来週,架電,佐藤,,,1\n2025-06-02,架電,佐藤,,,1\n"}
    kept = importing(files).rejects.keep()
    assert kept == tmp_path / "6月_kpixl_rejects.csv"
    again = importing(files | {kept.name: kept.read_bytes()})
    assert {control.file for control in again.controls} == {"6月.csv"}
    with pytest.raises(UnreadableData, match=r"6月_kpixl_rejects\.csv は.*読めなかった行の控え"):
        importing({kept.name: kept.read_bytes()})


def test_no_bad_rows_no_file(importing: Importing, tmp_path: Path) -> None:
    found = importing({"log.csv": _HEADER + "2025-06-02,架電,佐藤,,,1\n"})
    assert found.rejects.keep() is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "mapping.toml"]


def test_bad_amounts_are_in_neither_total_and_set_aside_ones_only_in_the_first(importing: Importing) -> None:
    rows = "2025-06-02,受注,a,,100,\n来週,受注,a,,30,\n2025-06-02,受注,a,,x,\n"
    won = importing({"log.csv": _HEADER + rows}).controls[0]
    assert (won.amount_in, won.amount_out, won.set_aside) == (130.0, 100.0, 2)


@pytest.mark.filterwarnings("error")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["2025-06-02", "令和7年6月2日", "来週", "", "25/6/2"]),
            st.sampled_from(["架電", "受注", "メモ", "訪問", ""]),
            st.sampled_from(["佐藤", "", "=1+1", "a\nb"]),
            st.sampled_from(["5", "", "1,000円", "x", "nan"]),
        ),
        max_size=12,
    )
)
def test_nothing_is_lost_whatever_the_rows(importing: Importing, tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    with (tmp_path / "log.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_HEADER.strip().split(","), *[(*row[:3], "", row[3], "") for row in rows]])
    found = importing({"log.csv": (tmp_path / "log.csv").read_bytes()})
    assert all(c.read == len(rows) for c in found.controls)
    assert all(c.read == c.used + c.set_aside + c.duplicates + c.other for c in found.controls)
    assert sum(c.used for c in found.controls) == found.facts["count"].sum()
    assert sum(c.amount_out for c in found.controls) == found.facts["amount"].sum()
    assert sum(c.set_aside for c in found.controls) == (len(_set_aside(found)) if found.rejects.waiting else 0)
    good = {row for row in rows if row[0] not in ("来週", "", "25/6/2") and row[3] not in ("x", "nan")}
    assert sum(c.used for c in found.controls) == sum(row[1] in ("架電", "受注") for row in good)
