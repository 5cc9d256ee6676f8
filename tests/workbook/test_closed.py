"""A closed workbook: only the requested cells are read, and the file is not held open while it is replaced."""

import re
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.workbook.books import Book
from kpixl.workbook.refresh import refresh


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files cannot be listed here")
def test_nothing_holds_the_workbook_when_it_is_replaced(
    small_book: Callable[..., Path], importing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows cannot replace a file that any program has open, including this one."""
    path = small_book().resolve()
    replace, held = Path.replace, []

    def watched(source: Path, target: Any) -> Path:
        if Path(target) == path:
            held.append([link.resolve() for link in Path("/proc/self/fd").iterdir()].count(path))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", watched)
    monkeypatch.setattr("kpixl.files.whole._alone", lambda path: nullcontext())  # Windows has another lock
    refresh(path, imported=importing(("2026-09-14", "受注", "佐藤", "Web", "1800000")))
    assert held == [0]


@pytest.mark.parametrize(
    "reference",
    [
        "設定!$A:$A",
        "'[1]設定'!$C$10",
        "設定!$A$1:$XFD$1048576",
        "設定!$C$10:$D$10",
        "設定!$C$0",
        "設定!$C$9999999999",
        "#REF!",
        "12",
    ],
)
def test_a_name_that_refers_to_no_cell_is_reported(small_book: Callable[..., Path], reference: str) -> None:
    path = small_book()
    _edit(path, "xl/workbook.xml", r'(<definedName name="kpixl_months"[^>]*>)[^<]*', rf"\g<1>{reference}")
    with Book(path) as book, pytest.raises(WorkbookRefused) as refused:
        book.number("kpixl_months")
    assert reference.partition("!")[0].strip("'") in str(refused.value)


def _edit(path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = re.sub(old, new, parts[part].decode())
    assert changed != parts[part].decode()
    parts[part] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
