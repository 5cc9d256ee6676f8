"""Where an import works: an embedded DuckDB, the files laid on the desk, and a folder for copies.

The folder is gone when the work is done; what a killed run left behind is cleared by the next one.
"""

import os
import re
import shutil
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpixl.actuals.databases import is_url
from kpixl.errors import UnreadableData

if TYPE_CHECKING:
    from kpixl.actuals.sources import Source

__all__ = ["Desk", "desk", "new_file_aside"]

_MEMORY = "800MB"  # beyond it DuckDB spills to the folder of the desk
_FOLDER = "kpixl-import-"
_AN_HOUR = 3600.0
_ALONE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


@dataclass(frozen=True)
class Desk:
    """An embedded DuckDB, a folder of its own, and the files (absolute paths, or URLs) laid on it.

    `irregular` are the files that DuckDB does not read as they stand.
    """

    duckdb: Any
    folder: Path
    files: tuple[str | Path, ...]
    irregular: frozenset[Path] = frozenset()
    opened: dict[tuple[str | Path, str], list["Source"]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def new_file(self, suffix: str) -> Path:
        """Return a path in the folder that no file has yet."""
        return self.folder / f"{next(self._numbers)}{suffix}"

    def name_of(self, path: Path) -> str:
        """Return how a file is named to the user: with its folder where another on the desk has the same name."""
        return str(path) if self._names[path.name] > 1 else path.name

    @cached_property
    def _names(self) -> "Counter[str]":
        return Counter(Path(file).name for file in self.files if not is_url(file))

    def new_table(self) -> str:
        """Return a name that no table has yet."""
        return f"kept_{next(self._numbers)}"

    def read_csv(self, path: Path, names: list[str], delimiter: str) -> Any:
        """Return the text file at `path`, which has headings, as an Ibis table of texts with these column names."""
        return self.duckdb.read_csv(
            self._named(path),
            auto_detect=False,
            header=True,
            columns=dict.fromkeys(names, "VARCHAR"),
            delim=delimiter,
            quote='"',
            escape='"',
            store_rejects=True,
            rejects_limit=0,
        )

    def read_parquet(self, path: Path) -> Any:
        """Return the Parquet file at `path` as an Ibis table."""
        return self.duckdb.read_parquet(self._named(path))

    def irregular_files(self) -> set[str]:
        """Return the real paths of the files in which DuckDB met a row that it cannot split."""
        if not any(source.plain for sources in self.opened.values() for source in sources):
            return set()
        found = self.duckdb.raw_sql(
            "SELECT DISTINCT file_path FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
        )
        return {os.path.realpath(path) for (path,) in found.fetchall()}

    def _named(self, path: Path) -> str:
        """Return a file's name as DuckDB takes it, which reads names as patterns and knows only UTF-8."""
        try:
            str(path).encode()
        except UnicodeEncodeError:
            copy = self.new_file(path.suffix)
            shutil.copyfile(path, copy)
            path = copy
        return re.sub(r"[\[*?]", r"[\g<0>]", str(path))


@contextmanager
def desk(files: Sequence[str | Path], irregular: frozenset[Path] = frozenset()) -> Iterator[Desk]:
    """Lay out `files` (paths, or URLs of databases) to work on.

    Raises
    ------
    UnreadableData
        When there are no files.
    """
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    if not files:
        raise UnreadableData("source_none")
    _clear_up()
    with (
        tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True) as folder,
        warnings.catch_warnings(),
    ):
        # Ibis 12 still asks DuckDB 2 for Arrow, and pandas 3 for text, by their old names
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        warnings.filterwarnings("ignore", ".*future.infer_string", Warning)
        connection = ibis.duckdb.connect(
            temp_directory=folder, memory_limit=_MEMORY, preserve_insertion_order=False, **_ALONE
        )
        try:
            yield Desk(connection, Path(folder), _different(files), irregular)
        finally:
            connection.disconnect()


def new_file_aside(suffix: str) -> Path:
    """Return a new, empty file that outlives the desk; the next import removes it where this one is killed."""
    handle, name = tempfile.mkstemp(prefix=f"{_FOLDER}{os.getpid()}-", suffix=suffix)
    os.close(handle)
    return Path(name)


def _clear_up() -> None:
    """Remove the folders and files of runs that were killed: their process is gone, or they are long untouched."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):
            if left.is_symlink() or (hasattr(os, "getuid") and left.stat().st_uid != os.getuid()):
                continue
            process = re.match(rf"{_FOLDER}(\d+)-", left.name)
            if (process and not _runs(int(process[1]))) or time.time() - left.stat().st_mtime > 24 * _AN_HOUR:
                if left.is_file():
                    left.unlink()
                else:
                    shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    """Say whether a process may still run; on Windows, where asking would end it, one that is open holds its files."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _different(files: Sequence[str | Path]) -> tuple[str | Path, ...]:
    """Make paths absolute, and leave out files with the bytes of an earlier one: the same export twice counts once."""
    kept: dict[object, str | Path] = {}
    placed = [file if is_url(file) else Path(file).absolute() for file in files]
    sizes = Counter(_size(file) for file in placed)
    for file in placed:
        kept.setdefault(_sha256(Path(file)) if sizes[_size(file)] > 1 and _size(file) >= 0 else str(file), file)
    return tuple(kept.values())


def _size(file: str | Path) -> int:
    return Path(file).stat().st_size if not is_url(file) and Path(file).is_file() else -1


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:  # it was there when it was listed
        raise UnreadableData("source_unreadable", file=path, reason=error.strerror or error) from error
