"""Build what a Windows without Python is given, on Linux: the folder, its ZIP, the setup program and their checksums.

    python packaging/windows/build.py OUT                       needs makensis (Debian's nsis); about six minutes
    python packaging/windows/build.py OUT --fast                loosely packed, without the ZIP: for tests
    python packaging/windows/build.py OUT --signer "COMMAND"    COMMAND FILE signs a file in its place

Everything is dated as the last commit, or as SOURCE_DATE_EPOCH says.
"""

import argparse
import hashlib
import os
import re
import subprocess
from pathlib import Path

from bundle import CHECKOUT, bundle
from pack import sign, write_setup, write_zip

_WELCOME = {"はじめにお読みください.txt": "welcome.ja.txt", "README.txt": "welcome.en.txt"}


def main() -> None:
    """Build as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--wheels", type=Path, help="where downloads are kept (OUT/wheels)")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--signer", default="", metavar="COMMAND")
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    folder = told.out / "kpixl"
    bundle(folder, told.wheels or told.out / "wheels")
    sign(sorted(folder.glob("*.exe")), told.signer)
    version, moment = _version(), _moment()
    setup, archive = told.out / f"kpixl-{version}-setup.exe", told.out / f"kpixl-{version}-windows.zip"
    write_setup(folder, setup, moment, version, fast=told.fast, signer=told.signer)
    if told.fast:
        return
    for shown, file in _WELCOME.items():
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        (folder / shown).write_text(text, encoding="utf-8-sig", newline="\r\n")
    write_zip(folder, archive, moment)
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in (setup, archive)]
    (told.out / "SHA256SUMS").write_text("".join(sums), encoding="ascii")


def _version() -> str:
    text = (CHECKOUT / "kpixl" / "__init__.py").read_text(encoding="utf-8")
    return str(re.findall(r'^__version__ = "([^"]+)"', text, re.MULTILINE)[0])


def _moment() -> int:
    """Return the time of the last commit, or what SOURCE_DATE_EPOCH says; it differs where the content does.

    Were it the same for all versions, Python would take what it compiled of an older file of the same size for its own.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    asked = ["git", "-C", str(CHECKOUT), "log", "-1", "--format=%ct"]
    return int(given or subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
