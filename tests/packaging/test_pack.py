"""What is handed out is the same from the same input, and fetched only as it was locked."""

import os
import re
import tomllib
import zipfile
from pathlib import Path

import launchers
import pack
import pytest

_ROOT = Path(__file__).parents[2]
_LOCKS = sorted((_ROOT / "packaging" / "windows").glob("*.lock"))


def test_the_same_folder_gives_the_same_zip(tmp_path: Path) -> None:
    made = []
    for number, names in enumerate((("表 b.txt", "a.txt"), ("a.txt", "表 b.txt"))):
        folder = tmp_path / f"{number}" / "kpixl"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text(name)
            os.utime(folder / name, (number, number))
        pack.write_zip(folder, tmp_path / f"{number}.zip", 1_764_288_000)
        made.append((tmp_path / f"{number}.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert archive.namelist() == ["kpixl/a.txt", "kpixl/表 b.txt"]
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 11, 28, 0, 0, 0)}


@pytest.mark.parametrize("lock", _LOCKS, ids=[lock.name for lock in _LOCKS])
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.findall(r"^\S+==\S+ \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    assert "".join(packages) == text


def test_the_lock_holds_all_that_kpixl_needs() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", _LOCKS[0].read_text(encoding="utf-8"), re.MULTILINE))
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["notify"], *extras["keyring"]]
    names = {re.split(r"[\[<>=~ ]", one)[0].lower() for one in needed}
    assert names - locked == set()
    assert "pywin32" in locked


def test_a_launcher_starts_the_python_beside_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "distlib.whl", "w") as wheel:
        wheel.writestr("distlib/t64.exe", b"MZ launcher")
    launchers.write(tmp_path / "distlib.whl", tmp_path)
    for name, said in (("kpixl", "kpixl.cli"), ("kpixl-import", "main(['import', *sys.argv[1:]])")):
        content = (tmp_path / f"{name}.exe").read_bytes()
        assert content.startswith(b"MZ launcher#!<launcher_dir>\\python\\python.exe\r\n")
        with zipfile.ZipFile(tmp_path / f"{name}.exe") as archive:
            assert said in archive.read("__main__.py").decode()
