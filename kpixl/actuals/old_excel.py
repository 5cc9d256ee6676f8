"""What stands in an .xls file, read in a process of its own.

The old binary format is read by calamine, which lays a sheet out whole: a file that claims to have four billion cells
would end the process that reads it. So another one does, with little memory, and writes what it finds line by line.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

__all__ = ["sheets_in"]

_SECONDS = 600
_MEMORY = 4 << 30
_NAMES = "names.json"


def sheets_in(path: Path, folder: Path) -> dict[str, Generator[tuple[int, list[str]], None, None]] | None:
    """Return the rows of each sheet, with their numbers; None where the file cannot be read. `folder` is for copies."""
    command = [sys.executable, "-m", "kpixl.actuals.old_excel", str(path), str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    names = folder / _NAMES
    if not names.is_file():
        return None
    return {name: _rows(folder / str(place)) for place, name in enumerate(json.loads(names.read_text("utf-8")))}


def _rows(path: Path) -> Generator[tuple[int, list[str]], None, None]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            number, row = json.loads(line)
            yield number, row


def _write(path: str, folder: Path) -> None:
    """Write the cells of all sheets, and last their names."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    from kpixl.actuals.spreadsheets import shown  # noqa: PLC0415

    with suppress(ImportError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    book = CalamineWorkbook.from_path(path)
    for place, name in enumerate(book.sheet_names):
        sheet = book.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        with (folder / str(place)).open("w", encoding="utf-8") as target:
            for number, row in enumerate(sheet.to_python(), top + 1):
                cells = [""] * left + [shown(cell) for cell in row]
                if any(cells):
                    target.write(json.dumps([number, cells], ensure_ascii=False) + "\n")
    (folder / _NAMES).write_text(json.dumps(book.sheet_names), encoding="utf-8")


if __name__ == "__main__":
    _write(sys.argv[1], Path(sys.argv[2]))
