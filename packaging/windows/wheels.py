"""Fetch what the locks name from PyPI, each file only with a hash that the lock has, and lay it where it belongs.

pip is asked for files of Windows; the locks name no versions by markers, so it has none to look at.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PYTHON = "3.13"

_TARGET = ["--platform", "win_amd64", "--python-version", PYTHON, "--implementation", "cp", "--only-binary", ":all:"]
_LOCKED = ["--no-deps", "--require-hashes", "--ignore-requires-python"]  # the Python that runs pip is another one


def download(lock: Path, wheels: Path, *, windows: bool) -> None:
    """Fetch the files of a lock into a folder, in which those that are there already are taken as they are."""
    wheels.mkdir(parents=True, exist_ok=True)
    _pip("download", *_LOCKED, *(_TARGET if windows else ()), "--dest", wheels, "--requirement", lock)


def install(lock: Path, wheels: Path, target: Path) -> None:
    """Unpack the wheels of Windows that a lock names into a folder, as packages that can be imported there."""
    found = ["--no-index", "--find-links", wheels]
    _pip("install", *_LOCKED, *_TARGET, *found, "--no-compile", "--target", target, "--requirement", lock)
    shutil.rmtree(target / "bin", ignore_errors=True)  # programs that would start the Python of this machine
    for rest in target.glob("*.whl"):
        rest.unlink()  # what pip leaves of the names that it looked up


def one(wheels: Path, pattern: str) -> Path:
    """Return the only file of a folder that fits a pattern."""
    found = sorted(wheels.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"{wheels} holds {len(found)} files {pattern}, and should hold one")
    return found[0]


def _pip(*arguments: object) -> None:
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def run(command: Iterable[object], **options: Any) -> None:
    """Run a program, and end with its error where it fails."""
    subprocess.run([str(part) for part in command], check=True, **options)
