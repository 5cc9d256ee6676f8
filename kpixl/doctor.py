"""The command `kpixl doctor`: what this machine has of what kpixl works with, and how to mend what is missing.

A problem keeps kpixl from working here, and ends with exit code 1. What only one feature needs is a hint.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kpixl.options import Lang
from kpixl.texts import say

__all__ = ["Finding", "Kind", "doctor", "findings"]

_EXTRAS = {"postgres": "psycopg", "notify": "apprise", "keyring": "keyring"}
_SECONDS = 20  # for the list of fonts
_ON_A_NETWORK = 4  # what Windows calls a drive that is elsewhere


class Kind(StrEnum):
    """How a finding is meant."""

    FINE = "fine"
    HINT = "hint"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was looked at, in a sentence, and how to mend it, "" where nothing is to be done."""

    kind: Kind
    said: str
    right: str = ""


def doctor(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.doctor_folder"))] = Path(),
    lang: Lang = None,
) -> None:
    """Print what was found, and exit 1 where something keeps kpixl from working."""
    found = []
    for one in findings(folder):
        found.append(one)
        typer.echo(f"{say(f'doctor.sign_{one.kind}')} {one.said}")
        if one.right:
            typer.echo(f"   → {one.right}")
    if any(one.kind == Kind.PROBLEM for one in found):
        raise typer.Exit(1)
    typer.echo(say("doctor.fine"))


def findings(folder: Path) -> Iterator[Finding]:
    """Look at the machine, and at the folder with the workbooks."""
    from kpixl import __version__  # noqa: PLC0415

    python = {"python": platform.python_version(), "path": sys.executable}
    yield Finding(
        Kind.FINE,
        say("doctor.versions", version=__version__, system=f"{platform.system()} {platform.release()}", **python),
    )
    yield from _folder(folder.absolute())
    yield from _home()
    yield from _office()
    if sys.platform == "win32":
        yield from _excel()
    for extra, module in _EXTRAS.items():
        if importlib.util.find_spec(module) is None:
            yield Finding(Kind.HINT, say(f"doctor.no_{extra}"), say("doctor.install", extra=extra))


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(Kind.PROBLEM, say("errors.folder_missing", path=folder))
        return
    if reason := _unwritable(folder):
        yield Finding(Kind.PROBLEM, say("doctor.folder_closed", path=folder, reason=reason), say("doctor.folder_right"))
    else:
        yield Finding(Kind.FINE, say("doctor.folder", path=folder))
    clouds = {os.environ.get(name) for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")} - {None, ""}
    if any(folder.is_relative_to(str(cloud)) for cloud in clouds):
        yield Finding(Kind.HINT, say("doctor.cloud"), say("doctor.cloud_right"))
    if _elsewhere(folder):
        yield Finding(Kind.HINT, say("doctor.network"), say("doctor.network_right"))


def _home() -> Iterator[Finding]:
    try:
        home = Path.home()
    except RuntimeError as error:
        yield Finding(Kind.HINT, say("doctor.no_log", reason=error), say("doctor.log_right"))
        return
    kept = home / ".kpixl"
    if reason := _unwritable(kept if kept.exists() else home):
        yield Finding(Kind.HINT, say("doctor.no_log", reason=reason), say("doctor.log_right"))
    else:
        yield Finding(Kind.FINE, say("doctor.log", path=kept / "kpixl.log"))


def _office() -> Iterator[Finding]:
    from kpixl.files.office import program_folder  # noqa: PLC0415

    program = program_folder()
    if program is None:
        yield Finding(Kind.HINT, say("doctor.no_office"), say("doctor.office_right"))
        return
    yield Finding(Kind.FINE, say("doctor.office", path=program))
    if _japanese_fonts() is False:
        yield Finding(Kind.HINT, say("doctor.no_fonts"), say("doctor.fonts_right"))


def _excel() -> Iterator[Finding]:
    from kpixl.addin.install import places, problems, status  # noqa: PLC0415 - loads numpy

    at = places()
    for sentence in status(at):
        yield Finding(Kind.FINE, sentence)
    for sentence in problems(at):
        yield Finding(Kind.PROBLEM, sentence)


def _unwritable(folder: Path) -> str:
    """Return why nothing can be written into a folder, "" where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _elsewhere(folder: Path) -> bool:
    """Say whether a folder of Windows is on another computer."""
    if sys.platform != "win32":
        return False
    import ctypes  # noqa: PLC0415

    anchor = folder.anchor
    return anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == _ON_A_NETWORK


def _japanese_fonts() -> bool | None:
    """Say whether there is a font for Japanese; None where nobody can tell."""
    if sys.platform == "win32":
        return any(Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "Fonts").glob("YuGoth*"))
    lister = shutil.which("fc-list")
    if lister is None:
        return None
    try:
        listed = subprocess.run(  # noqa: S603 - a program of the system
            [lister, ":lang=ja", "family"], capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return bool(listed.stdout.strip())
