"""Every file that kpixl writes appears whole or not at all, with the rights that its user gives."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpixl.files.whole import NotReplaced, copy_whole, write_whole

_ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o077, 0o022, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@_ON_POSIX
def test_a_new_file_has_the_rights_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    write_whole(tmp_path / "new.csv", b"1")
    assert _mode(tmp_path / "new.csv") == 0o666 & ~umask


@_ON_POSIX
def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o640)
    assert _names(tmp_path) == ["rejects.csv"]


@_ON_POSIX
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    private = tmp_path / "private.txt"
    private.write_bytes(b"mine")
    private.chmod(0o600)
    for target in (private, tmp_path / "nowhere"):
        link = tmp_path / "link.csv"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        write_whole(link, b"new")
        assert not link.is_symlink()
        assert link.read_bytes() == b"new"
    assert (private.read_bytes(), _mode(private)) == (b"mine", 0o600)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("lock", ["~$rejects.csv", ".~lock.rejects.csv#"])
def test_what_is_open_elsewhere_stays(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "rejects.csv"
    path.write_bytes(b"old")
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(NotReplaced, match="開かれて") as refused:
        write_whole(path, b"new")
    assert lock in (refused.value.strerror or "")
    assert path.read_bytes() == b"old"


def test_what_is_read_only_stays(tmp_path: Path) -> None:
    path = tmp_path / "calc.conf"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(NotReplaced, match="読み取り専用"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "kpixl.conf"
    path.write_bytes(b"old")
    monkeypatch.setattr(os if failing == "fsync" else Path, failing, full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["kpixl.conf"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a.csv", b"")


_KILLED = """
import os, sys
from pathlib import Path
from kpixl.files import whole
Path.replace = lambda *_: os._exit(9)
whole.write_whole(Path(sys.argv[1]), b"half")
"""


def test_what_a_killed_run_leaves_is_cleared_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "kpixl.xlam"
    assert subprocess.run([sys.executable, "-c", _KILLED, path], check=False, timeout=60).returncode == 9
    assert len(_names(tmp_path)) == 1
    write_whole(path, b"whole")
    assert _names(tmp_path) == ["kpixl.xlam"]
    assert path.read_bytes() == b"whole"


def test_a_copy_has_the_times_and_rights_of_its_file(tmp_path: Path) -> None:
    path, copy = tmp_path / "report.xlsx", tmp_path / "report_2.xlsx"
    path.write_bytes(b"typed into")
    path.chmod(0o640)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    copy_whole(path, copy)
    assert copy.read_bytes() == b"typed into"
    assert (_mode(copy), copy.stat().st_mtime) == (_mode(path), 1_700_000_000)
    assert _names(tmp_path) == ["report.xlsx", "report_2.xlsx"]
