"""What is handed out of the folder: a ZIP, and the setup program. The same folder gives the same bytes.

Both are signed where a signer is given, a command that signs the file behind it, since Windows warns of what nobody has
signed. A signature holds the time, so signed files differ from build to build.
"""

import os
import shlex
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from wheels import run

HERE = Path(__file__).parent


def sign(files: list[Path], signer: str) -> None:
    """Have every file signed in its place; without a signer nothing happens."""
    for file in files if signer else ():
        run([*shlex.split(signer), file])


def write_zip(folder: Path, path: Path, moment: int, *, level: int = 9) -> None:
    """Write a folder into a ZIP, sorted, its files dated `moment` (seconds since 1970)."""
    date = datetime.fromtimestamp(moment, UTC).timetuple()[:6]
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", date)
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compresslevel=level)


def write_setup(folder: Path, path: Path, moment: int, version: str, *, fast: bool = False, signer: str = "") -> None:
    """Write the setup program of a folder: `fast` packs loosely, which is for tests."""
    script = path.with_suffix(".files.nsh")
    script.write_text(_files(folder), encoding="utf-8-sig")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1024
    makensis = shutil.which("makensis")
    if makensis is None:
        raise SystemExit("makensis is missing: install Debian's nsis")
    given = {"VERSION": version, "OUT": path.resolve(), "FILES": script.resolve(), "SIZE": size}
    given |= {"LICENCE": (HERE / "../../LICENSE").resolve()} | ({"FAST": 1} if fast else {})
    given |= {"SIGNER": signer} if signer else {}
    defined = [f"-D{name}={value}" for name, value in given.items()]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(moment), "LC_ALL": "C.UTF-8"}
    run([makensis, "-V2", "-WX", "-INPUTCHARSET", "UTF8", *defined, HERE / "kpixl.nsi"], env=environment)
    script.unlink()


def _files(folder: Path) -> str:
    """Return the lines that lay out the folder, sorted, whatever order the disk has."""
    lines, last = [], None
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        place = file.relative_to(folder).parent
        if place != last:
            lines.append('SetOutPath "' + "\\".join(("$INSTDIR", *place.parts)) + '"')
            last = place
        lines.append(f'File "{file.resolve()}"')
    return "".join(f"{line}\n" for line in lines)
