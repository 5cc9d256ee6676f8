"""New plans and reports appear complete, with the user's permissions, and never replace a file of another kind."""

import datetime as dt
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.plan import Plan
from kpixl.workbook.planbook import build
from kpixl.workbook.report import write_report
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package

_SEPTEMBER = dt.date(2026, 9, 1)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def reporting(small_book: Callable[..., Path]) -> Callable[[], Path]:
    """Write September's report beside the plan; `reporting()` returns its path."""
    path = small_book()
    return lambda: write_report(path, _SEPTEMBER, path.parent).path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.usefixtures("strict_umask")
def test_new_files_have_the_permissions_that_the_user_gives(
    small_plan: Callable[..., Plan], reporting: Callable[[], Path], tmp_path: Path
) -> None:
    build(new_state(small_plan()), tmp_path / "new.xlsx")
    assert [_mode(tmp_path / "new.xlsx"), _mode(reporting())] == [0o600, 0o600]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_report_that_is_written_again_keeps_its_permissions_and_the_last_version(
    small_book: Callable[..., Path], importing: Callable[..., Any]
) -> None:
    from kpixl.workbook.refresh import refresh

    path = small_book()
    report = write_report(path, _SEPTEMBER, path.parent).path
    report.chmod(0o640)
    first = report.read_bytes()
    refresh(path, imported=importing(("2026-09-14", "受注", "佐藤", "Web", "1800000")))
    assert write_report(path, _SEPTEMBER, path.parent).path.read_bytes() != first
    assert _mode(report) == 0o640
    assert report.with_name(f"{report.name}.bak").read_bytes() == first


def test_a_report_that_would_say_the_same_is_left_as_it_is(reporting: Callable[[], Path]) -> None:
    report = reporting()
    before = report.stat().st_mtime_ns
    assert reporting().stat().st_mtime_ns == before
    assert not report.with_name(f"{report.name}.bak").exists()


def test_a_file_that_is_no_report_is_not_replaced(
    reporting: Callable[[], Path], small_plan: Callable[..., Plan], make_plain: Callable[[Path], None]
) -> None:
    """Another workbook, a plan, a text file or a broken link that has the name of the report."""
    report = reporting()
    for put in (
        make_plain,
        lambda path: build(new_state(small_plan()), path),
        lambda path: path.write_text("precious"),
        lambda path: path.symlink_to("elsewhere.xlsx"),
    ):
        report.unlink(missing_ok=True)
        put(report)
        before = report.read_bytes() if report.exists() else None
        with pytest.raises(WorkbookRefused, match="レポートではない"):
            reporting()
        assert (report.read_bytes() if report.exists() else None) == before
    assert "elsewhere.xlsx" not in _names(report.parent)


def test_a_report_that_is_open_in_excel_is_not_replaced(reporting: Callable[[], Path]) -> None:
    report = reporting()
    lock = report.with_name(f"~${report.name}")
    lock.write_bytes(b"")
    with pytest.raises(WorkbookRefused, match="~"):
        reporting()
    lock.unlink()
    assert reporting() == report


@pytest.fixture
def make_plain() -> Callable[[Path], None]:
    """Make a workbook that is not from kpixl."""
    import xlsxwriter

    def make(path: Path) -> None:
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("S")

    return make


_KILLED = """
import os, sys
from pathlib import Path
from kpixl.workbook import report
from kpixl.files import whole
whole._keep_last = lambda path: os._exit(9)
import datetime as dt
report.write_report(Path(sys.argv[1]), dt.date(2026, 9, 1), Path(sys.argv[1]).parent)
"""


def test_what_a_killed_report_leaves_is_cleared_by_the_next(small_book: Callable[..., Path]) -> None:
    path = small_book()
    killed = subprocess.run([sys.executable, "-c", _KILLED, path], check=False, timeout=120)
    assert killed.returncode == 9
    assert len(_names(path.parent)) == 2
    report = write_report(path, _SEPTEMBER, path.parent).path
    assert _names(path.parent) == [path.name, report.name]
    with Package.open(report) as book:
        assert book.properties["kpixl_report"] == "2026-09"
