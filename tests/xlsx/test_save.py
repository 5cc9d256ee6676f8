"""A new version takes the place of the old one whole, or not at all."""

import errno
import os
import random
import signal
import stat
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Package


def change(path: Path, value: object = 5) -> None:
    with Package.open(path) as book:
        book.set_cells("Data", {"H1": value})
        book.save()


def folder(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir())


def test_keeps_the_last_version_beside(sales: Path) -> None:
    first = sales.read_bytes()
    change(sales, 1)
    second = sales.read_bytes()
    assert (sales.parent / "book.xlsx.bak").read_bytes() == first
    change(sales, 2)
    assert (sales.parent / "book.xlsx.bak").read_bytes() == second
    assert folder(sales) == ["book.xlsx", "book.xlsx.bak"]


def test_keeps_the_permissions(sales: Path) -> None:
    sales.chmod(0o640)
    change(sales)
    assert stat.S_IMODE(sales.stat().st_mode) == 0o640


def test_follows_a_link(sales: Path, tmp_path: Path, load: Any) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(sales)
    change(link, 8)
    assert link.is_symlink()
    assert load(sales)["Data"]["H1"].value == 8


@pytest.mark.parametrize("lock", ["~$book.xlsx", ".~lock.book.xlsx#"])
def test_refuses_while_the_workbook_is_open_elsewhere(sales: Path, lock: str) -> None:
    content = sales.read_bytes()
    (sales.parent / lock).write_bytes(b"")
    with pytest.raises(WorkbookRefused, match="開かれて"):
        change(sales)
    assert sales.read_bytes() == content


def test_refuses_a_read_only_file(sales: Path) -> None:
    sales.chmod(0o444)
    with pytest.raises(WorkbookRefused, match="読み取り専用"):
        change(sales)
    assert folder(sales) == ["book.xlsx"]


@pytest.mark.parametrize(
    "name", ["売上計画と実績_" + "長" * 60 + ".xlsx", "a" * 246 + ".xlsx", "計画 (最終版) [1].xlsx"]
)
def test_long_and_japanese_names_in_deep_folders(sales: Path, tmp_path: Path, name: str) -> None:
    """A name of 251 bytes leaves room for `.bak` (255 bytes is the most a name may have), and no more."""
    path = tmp_path.joinpath(*["営業部 第一課"] * 12) / name
    path.parent.mkdir(parents=True)
    sales.rename(path)
    first = path.read_bytes()
    change(path)
    assert folder(path) == sorted([name, f"{name}.bak"])
    assert path.with_name(f"{name}.bak").read_bytes() == first


def test_a_name_without_room_for_its_backup_is_refused_in_words(sales: Path) -> None:
    path = sales.rename(sales.with_name("a" * 250 + ".xlsx"))
    content = path.read_bytes()
    with pytest.raises(WorkbookRefused):
        change(path)
    assert path.read_bytes() == content
    assert folder(path) == [path.name]


def test_refuses_a_file_that_changed_after_it_was_read(sales: Path) -> None:
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        other = sales.with_name("other.xlsx")
        other.write_bytes(sales.read_bytes())
        other.replace(sales)
        content = sales.read_bytes()
        with pytest.raises(WorkbookRefused, match="変更された"):
            book.save()
    assert sales.read_bytes() == content
    assert folder(sales) == ["book.xlsx"]


def test_two_writers_at_once_do_not_lose_a_change(sales: Path, load: Any) -> None:
    with Package.open(sales) as one, Package.open(sales) as two:
        one.set_cells("Data", {"H1": "one"})
        two.set_cells("Data", {"H2": "two"})
        one.save()
        with pytest.raises(WorkbookRefused, match="変更された"):
            two.save()
    assert load(sales)["Data"]["H1"].value == "one"


def test_a_save_does_not_wait_for_a_lock(sales: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with sales.open("rb") as other, Package.open(sales) as book:
        fcntl.flock(other, fcntl.LOCK_EX)
        book.set_cells("Data", {"H1": 1})
        with pytest.raises(WorkbookRefused, match="使用中"):
            book.save()


@pytest.mark.parametrize("failing", ["write", "fsync", "read back", "backup", "replace"])
def test_a_failure_at_any_step_leaves_the_old_file(sales: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    content = sales.read_bytes()
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": 1})
        if failing == "write":
            monkeypatch.setattr("kpixl.xlsx.container._directory_entry", full)
        elif failing == "fsync":
            monkeypatch.setattr(os, "fsync", full)
        elif failing == "read back":
            monkeypatch.setattr("xml.parsers.expat.ParserCreate", full)
        elif failing == "backup":
            monkeypatch.setattr("shutil.copyfileobj", full)
        else:
            monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(WorkbookRefused, match="ディスクに空き"):
            book.save()
        monkeypatch.undo()
    assert sales.read_bytes() == content
    assert folder(sales) == ["book.xlsx"]


def test_what_was_written_is_read_back(sales: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = sales.read_bytes()
    monkeypatch.setattr("kpixl.xlsx.cells.escape", lambda text: text.encode())
    with Package.open(sales) as book:
        book.set_cells("Data", {"H1": "a < b"})
        with pytest.raises(WorkbookRefused):
            book.save()
    assert sales.read_bytes() == content
    assert folder(sales) == ["book.xlsx"]


def refresh(path: Path, number: int) -> None:
    """What a refresh does to the file; its table, its last row and a cell elsewhere all tell the number."""
    with Package.open(path) as book:
        book.replace_table("Sales", ["Qty", "Region"], [[number, "x" * 50]] * (number % 30 + 1))
        book.set_cells("Report", {"H1": number})
        book.save()


def number_in(path: Path) -> float:
    """The number of the refresh that wrote a workbook, which has to be whole."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    with Package.open(path) as book:
        number = book._workbook.sheet("Report").value(8, 1)
        assert isinstance(number, float)
        rows = int(number) % 30 + 1
        assert book.tables["Sales"].body == f"A2:F{rows + 1}"
        assert book._workbook.sheet("Data").value(4, rows + 1) == number
    return number


def begun(path: Path, number: int) -> int:
    """Begin a refresh in another process, and return its id."""
    child = os.fork()
    if child == 0:
        try:
            refresh(path, number)
        finally:
            os._exit(0)
    return child


def seconds(path: Path, number: int) -> float:
    started = time.perf_counter()
    os.waitpid(begun(path, number), 0)
    return time.perf_counter() - started


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_refresh_killed_at_any_moment_leaves_a_whole_workbook(sales: Path) -> None:
    """Two hundred refreshes are killed without warning: old or new, never anything else, and the next one works."""
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    refresh(sales, 0)
    usual = statistics.median(seconds(sales, number) for number in range(1, 6))
    last, seen = 5.0, {"old": 0, "new": 0, "left": 0}
    backup = sales.with_name("book.xlsx.bak")
    for number in range(6, 206):
        child = begun(sales, number)
        time.sleep(chance.random() * usual * 1.3)
        os.kill(child, signal.SIGKILL)
        done = os.WIFEXITED(os.waitpid(child, 0)[1])
        now = number_in(sales)
        assert now in ((number,) if done else (last, number))
        assert number_in(backup) in range(number)
        seen["new" if now == number else "old"] += 1
        seen["left"] += len(folder(sales)) > 2
        last = now
    assert min(seen.values()) >= 5, f"the moments are not random enough: {seen}"
    refresh(sales, 206)
    assert (number_in(sales), number_in(backup)) == (206, last)
    assert folder(sales) == ["book.xlsx", "book.xlsx.bak"], "what killed refreshes left behind is swept away"


COUNTER = """
import sys
from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Package
done = 0
while done < 15:
    try:
        with Package.open(sys.argv[1]) as book:
            count = book._workbook.sheet("Report").value(8, 1) or 0
            book.set_cells("Report", {"H1": count + 1})
            book.save()
        done += 1
    except WorkbookRefused:
        pass
"""


def test_two_processes_that_count_in_one_workbook_lose_nothing(sales: Path) -> None:
    """Each adds one fifteen times, starting again whenever it is refused: the end is thirty."""
    both = [subprocess.Popen([sys.executable, "-c", COUNTER, sales]) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    with Package.open(sales) as book:
        assert book._workbook.sheet("Report").value(8, 1) == 30
    assert folder(sales) == ["book.xlsx", "book.xlsx.bak"]


PAGE = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 50 pages, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={50 * PAGE}", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_fills_up_leaves_the_old_file(sales: Path, small_disk: Path) -> None:
    """With ever more room: refused at the first page, at the last one, while the old version is copied; then done."""
    refresh(sales, 1)
    path, filler = small_disk / "book.xlsx", small_disk / "filler"
    path.write_bytes(sales.read_bytes())
    content, outcomes = path.read_bytes(), []
    for room in range(30):
        filler.unlink(missing_ok=True)
        free = os.statvfs(small_disk).f_bavail
        filler.write_bytes(bytes((free - room) * PAGE))
        try:
            refresh(path, 2)
        except WorkbookRefused as refusal:
            assert "ディスクに空き" in str(refusal)
            assert path.read_bytes() == content
            assert folder(path) == ["book.xlsx", "filler"]
            outcomes.append("refused")
        else:
            outcomes.append("done")
            break
    assert outcomes[-1] == "done"
    assert outcomes.count("refused") > 2 * len(content) / PAGE - 1, "both the new version and the copy ran out of room"
    assert (number_in(path), number_in(path.with_name("book.xlsx.bak"))) == (2, 1)
    assert folder(path) == ["book.xlsx", "book.xlsx.bak", "filler"]
