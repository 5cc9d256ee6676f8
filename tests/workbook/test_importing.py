"""An import into a plan workbook is reported before anything is written, and is done completely or not at all."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.actuals import read_mapping
from kpixl.errors import UnreadableData
from kpixl.texts import speaking
from kpixl.workbook import importing
from kpixl.workbook.check import check_book
from kpixl.workbook.importing import Imported, import_into
from kpixl.xlsx import Package
from kpixl.xlsx.address import address

_HEADINGS = "日付,種別,担当,経路,金額\n"
_JUNE = "".join(f"2026-09-{day:02d},受注,佐藤,Web,1\n" for day in range(1, 5))
_DAY = dt.date(2026, 9, 18)


@pytest.fixture
def book(small_book: Callable[..., Path]) -> Path:
    """A workbook of the small plan."""
    return small_book()


@pytest.fixture
def run(book: Path) -> Callable[..., Imported]:
    """Import a text into the small plan: `run(rows, covers=...)`."""

    def go(rows: str, *, covers: str = "", **options: object) -> Imported:
        folder = book.parent
        said = f'covers = "{covers}"\n' if covers else ""
        values = 'event = { column = "種別", values = { "架電" = "call", "受注" = "won" } }'
        columns = 'occurred_at = "日付"\nmember = "担当"\nchannel = "経路"\namount = "金額"'
        text = f"{said}[files.log]\n[[events]]\n{columns}\n{values}\n"
        (folder / "m.toml").write_text(text, encoding="utf-8")
        (folder / "log.csv").write_text(_HEADINGS + rows, encoding="utf-8")
        return import_into(book, [folder / "log.csv"], read_mapping(folder / "m.toml"), as_of=_DAY, **options)  # type: ignore[arg-type]

    return go


def test_an_import_without_a_usable_row_changes_nothing(run: Callable[..., Imported], book: Path) -> None:
    before = book.read_bytes()
    with pytest.raises(UnreadableData, match="数えられる行が1行もない"):
        run("来週,架電,佐藤,Web,\n")
    assert book.read_bytes() == before
    assert not list(book.parent.glob("*rejects*")), "what was refused has set nothing aside"


def test_more_than_half_of_what_somebody_has_goes_only_when_asked(run: Callable[..., Imported], book: Path) -> None:
    run(_JUNE)
    before = book.read_bytes()
    with pytest.raises(UnreadableData, match=r"佐藤.*4件のうち3件.*--replace"):
        run(_JUNE.splitlines(keepends=True)[0], covers="all")
    assert book.read_bytes() == before
    done = run(_JUNE.splitlines(keepends=True)[0], covers="all", may_replace=True)
    assert done.refreshed.tracking.kpi("won")["actual"] == 1


def test_a_dry_run_sets_nothing_aside(run: Callable[..., Imported], book: Path) -> None:
    before = book.read_bytes()
    done = run(_JUNE + "来週,架電,佐藤,Web,\n", dry_run=True)
    assert done.rejects is None
    assert book.read_bytes() == before
    assert not list(book.parent.glob("*rejects*"))


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(
    run: Callable[..., Imported], book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_ROWS", 3)
    before = book.read_bytes()
    with pytest.raises(UnreadableData, match="4行"):
        run(_JUNE, covers="added")
    assert book.read_bytes() == before


def test_check_names_what_was_changed_by_hand(run: Callable[..., Imported], book: Path) -> None:
    run(_JUNE)
    assert not [one for one in check_book(book)[1] if one.rule == "unreconciled"]
    with Package.open(book) as package:
        table = package.tables["kpixl_facts"]
        left, top, *_ = table.body_area
        count = left + table.columns.index("件数")
        package.set_cells(table.sheet, {address(count, top): 5})
        package.save()
    with speaking("ja"):
        [remark] = [one for one in check_book(book)[1] if one.rule == "unreconciled"]
    assert "8件" in remark.what
    assert "4件" in remark.what
