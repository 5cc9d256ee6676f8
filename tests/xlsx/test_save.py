"""A new version takes the place of the old one whole, or not at all."""

import errno
import os
import random
import signal
import stat
import subprocess
import sys
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


def test_a_writer_waits_for_no_one(sales: Path) -> None:
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
        with pytest.raises(WorkbookRefused, match="No space left"):
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


WRITER = """
import sys
from kpixl.xlsx import Package
for number in range(int(sys.argv[2]), 10**6):
    with Package.open(sys.argv[1]) as book:
        book.replace_table("Sales", ["Qty", "Region"], [[number, "x" * 50]] * (number % 300 + 1))
        book.set_cells("Report", {"H1": number})
        book.save()
    print(number, flush=True)
"""


def test_a_killed_save_leaves_a_whole_workbook(sales: Path) -> None:
    """Killed without warning at odd moments, again and again: the file is always one whole version."""
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    number = 1
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, sales, str(number)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 4)):
            number = int(process.stdout.readline())
        try:
            process.wait(chance.random() / 10)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        number = int((process.communicate()[0].split() or [number])[-1])
        with zipfile.ZipFile(sales) as archive:
            assert archive.testzip() is None
        with Package.open(sales) as book:
            saved = book._workbook.sheet("Report").value(8, 1)
            assert saved in (number, number + 1)
            rows = int(saved) % 300 + 1
            assert book.tables["Sales"].body == f"A2:F{rows + 1}"
            assert book._workbook.sheet("Data").value(4, rows + 1) == saved
        number = int(saved) + 1
    change(sales)
    assert folder(sales) == ["book.xlsx", "book.xlsx.bak"], "what killed saves left behind is swept away"


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 400 KB, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_the_old_file(sales: Path, small_disk: Path) -> None:
    path = small_disk / "book.xlsx"
    path.write_bytes(sales.read_bytes())
    content = path.read_bytes()
    chance = random.Random(2)  # noqa: S311 - noise, not secrets
    rows = [[f"{chance.random()}"] for _ in range(50_000)]
    with Package.open(path) as book:
        book.replace_table("Sales", ["Region"], rows)
        with pytest.raises(WorkbookRefused, match="No space left"):
            book.save()
    assert path.read_bytes() == content
    assert folder(path) == ["book.xlsx"]
