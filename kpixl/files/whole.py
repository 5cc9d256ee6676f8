"""Putting a new version of a file in the place of the old one, whole or not at all.

The new version is written beside the old one and flushed to the disk; only then does it take its place. A crash, a full
disk or another program at any moment leaves one whole version or the other, and what a killed run left beside the file
is cleared by the next. A new file has the rights that the user's umask gives, a replaced one keeps its own.

`replace_file` is for what holds the user's work: the new version is read back, takes the place of the version that was
read and of no other, and the last one stays beside it with `.bak` after its name. `write_whole` is for all else.
"""

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zlib import crc32

from kpixl.errors import WorkbookRefused

if sys.platform != "win32":
    import fcntl

__all__ = ["NotReplaced", "Version", "copy_whole", "replace_file", "require_writable", "version", "write_whole"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NotReplaced(PermissionError):
    """What stands at a path stays: another program has it open, or it is read-only."""


class Version(NamedTuple):
    """What tells one version of a file from another."""

    device: int
    inode: int
    size: int
    changed: int


def version(path: Path) -> Version:
    """Return the version of the file that is there now."""
    state = path.stat()
    return Version(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


def require_writable(path: Path) -> None:
    """Raise WorkbookRefused when another program has the file open, or it must not be changed."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        with suppress(OSError):  # a name too long for a file is none
            if lock.exists():
                raise WorkbookRefused("xlsx_open_elsewhere", file=path.name, lock=lock.name)
    if path.exists() and not (path.stat().st_mode & stat.S_IWUSR and os.access(path, os.W_OK)):
        raise WorkbookRefused("xlsx_read_only", file=path.name)


def replace_file(
    path: Path,
    write: Callable[[BinaryIO], object],
    verify: Callable[[Path], None] = lambda fresh: None,
    *,
    expected: Version | None,
) -> Path | None:
    """Write a new version of a file in the place of the old one; return where the last version is kept.

    A link is followed. `expected` is the version that was read; None when `path` is another file than the one that was
    read.

    Raises
    ------
    WorkbookRefused
        The file is open elsewhere, read-only, was changed since it was read, or cannot be written.
    """
    try:
        return _replace(path.resolve(), write, verify, expected)
    except OSError as error:
        key = "xlsx_no_space" if error.errno in _FULL else "xlsx_not_written"
        raise WorkbookRefused(key, file=path.name, reason=error.strerror or str(error)) from error


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`; a link there is replaced, not followed.

    Raises
    ------
    NotReplaced
        If what stands there is open in another program or read-only.
    OSError
        If it cannot be written for another reason. In any case nothing has changed then.
    """
    try:
        require_writable(path)
        with _alone(path):
            _sweep(path)
            _put(_write_beside(path, lambda out: out.write(data)), path)
    except WorkbookRefused as refused:
        raise NotReplaced(errno.EACCES, str(refused), str(path)) from refused
    _flush_folder(path.parent)


def copy_whole(path: Path, copy: Path) -> None:
    """Put a copy of a file at another path in its folder, with the same times and rights.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with path.open("rb") as file:
        fresh = _write_beside(path, lambda out: shutil.copyfileobj(file, out))
    try:
        shutil.copystat(path, fresh)
        fresh.replace(copy)
    finally:
        fresh.unlink(missing_ok=True)


def _replace(
    path: Path, write: Callable[[BinaryIO], object], verify: Callable[[Path], None], expected: Version | None
) -> Path | None:
    require_writable(path)
    with _alone(path):
        _sweep(path)
        if expected is not None and (not path.exists() or version(path) != expected):
            raise WorkbookRefused("xlsx_changed_meanwhile", file=path.name)
        fresh = _write_beside(path, write)
        try:
            verify(fresh)
            backup = _keep_last(path)
            if expected is not None and version(path) != expected:
                raise WorkbookRefused("xlsx_changed_meanwhile", file=path.name)
            require_writable(path)
            _put(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    _flush_folder(path.parent)
    return backup


def _put(fresh: Path, path: Path) -> None:
    try:
        fresh.replace(path)
    except PermissionError as error:
        raise WorkbookRefused("xlsx_in_use", file=path.name) from error
    finally:
        fresh.unlink(missing_ok=True)


def _beside(path: Path) -> str:
    """How the names of the files begin that are written beside this one."""
    return f".kpixl-{crc32(path.name.encode('utf-8', 'surrogateescape')):08x}-"


def _sweep(path: Path) -> None:
    """Remove what a run that was killed left behind."""
    with suppress(OSError):  # a folder that can be written but not listed
        for left in [other for other in path.parent.iterdir() if other.name.startswith(_beside(path))]:
            with suppress(OSError):
                left.unlink()


def _write_beside(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=_beside(path))
    try:
        with os.fdopen(number, "w+b") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        if _is_file(path):
            shutil.copymode(path, name)
        else:
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _keep_last(path: Path) -> Path | None:
    if not path.exists():
        return None
    backup = path.with_name(f"{path.name}.bak")
    copy_whole(path, backup)
    return backup


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other kpixl processes from replacing the same file at the same time."""
    if sys.platform == "win32":
        mark = path.with_name(f"{_beside(path)[:-1]}.lock")
        try:  # Windows removes the mark with the process that made it
            number = os.open(mark, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        except FileExistsError as error:
            raise WorkbookRefused("xlsx_in_use", file=path.name) from error
        try:
            yield
        finally:
            os.close(number)
    elif _is_file(path):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise WorkbookRefused("xlsx_in_use", file=path.name) from error
            yield
    else:
        yield


def _flush_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be flushed."""
    with suppress(OSError, PermissionError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
