"""The programs one clicks: kpixl.exe for the command line, and one for each thing that is done without typing.

Each is distlib's launcher, which starts the Python that the line behind it names, here one beside it, and hands it the
archive behind that line. So the folder may lie anywhere, and may be moved.
"""

import io
import zipfile
from pathlib import Path

_PYTHON = b"#!<launcher_dir>\\python\\python.exe\r\n"
_COMMAND = "from kpixl.cli import main\nmain()\n"
_CLICKED = "import sys\nfrom kpixl.shortcuts import main\nmain([{action!r}, *sys.argv[1:]])\n"
_ACTIONS = ("demo", "new", "import", "addin")


def write(distlib: Path, folder: Path) -> None:
    """Write the programs into a folder, given distlib's wheel."""
    with zipfile.ZipFile(distlib) as wheel:
        launcher = wheel.read("distlib/t64.exe")
    (folder / "kpixl.exe").write_bytes(_program(launcher, _COMMAND))
    for action in _ACTIONS:
        script = _CLICKED.format(action=action)
        (folder / f"kpixl-{action}.exe").write_bytes(_program(launcher, script))


def _program(launcher: bytes, script: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        entry = zipfile.ZipInfo("__main__.py")  # dated 1980-01-01
        entry.create_system = 0
        written.writestr(entry, script)
    return launcher + _PYTHON + archive.getvalue()
