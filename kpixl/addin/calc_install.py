"""Install the add-in in LibreOffice, remove it, and say whether it works, through LibreOffice's own unopkg.

Besides LibreOffice's profile one file is written, ~/.kpixl/calc.conf: the Python in which the engine is installed; and,
where LibreOffice needs it, a line in that Python's environment (`calc_environment`).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kpixl import __version__
from kpixl.addin import calc_environment
from kpixl.addin.calc import IDENTIFIER, OLDEST_OFFICE, build
from kpixl.errors import UserError
from kpixl.files import office
from kpixl.files.whole import write_whole
from kpixl.texts import language, say

__all__ = ["AddinRefused", "install", "installed_version", "status", "uninstall"]


class AddinRefused(UserError):
    """The add-in cannot be installed or removed here."""


def install(profile: Path | None = None, *, force: bool = False) -> None:
    """Install the add-in for this user, or in the profile given, and note where its engine is; both or none.

    Raises
    ------
    AddinRefused
        If LibreOffice, its unopkg or its Python is missing, another version is installed and `force` is not given, or
        the profile or the home cannot be written.
    """
    program = _program_folder()
    if sys.platform.startswith("linux") and not (program / "pythonloader.py").exists():  # a package of its own there
        raise AddinRefused("calc_no_python")
    _must_be_writable(profile)
    if profile is not None and not (profile / "user").is_dir():
        _make_profile(program, profile)
    version = installed_version(profile)
    if version not in (None, __version__) and not force:
        raise AddinRefused("calc_other_version", installed=version, version=__version__)
    before = _engine()
    _note(sys.executable)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _unopkg(program, profile, "add", "--force", "--suppress-license", str(build(Path(folder))))
    except BaseException:
        _note(before)
        raise
    calc_environment.admit(program)


def uninstall(profile: Path | None = None) -> bool:
    """Remove the add-in; return whether there was one."""
    program = _program_folder()
    _must_be_writable(profile)
    was_there = installed_version(profile) is not None
    if was_there:
        _unopkg(program, profile, "remove", IDENTIFIER)
    _note("")
    calc_environment.forget()
    return was_there


def installed_version(profile: Path | None = None) -> str | None:
    """Return the version of the installed add-in, or None where there is none."""
    try:
        listed = _unopkg(_program_folder(), profile, "list", IDENTIFIER)
    except AddinRefused as refused:
        if "no such extension" in str(refused.values.get("reason", "")).lower():
            return None
        raise
    found = re.search(r"^\s*Version: (\S+)", listed, re.MULTILINE)
    return found[1] if found else None


def status(profile: Path | None = None) -> Iterator[str]:
    """Say, sentence by sentence, where LibreOffice is, which add-in is in it, and whether the engine answers."""
    yield say("calc.status_office", folder=_program_folder())
    version = installed_version(profile)
    yield say("calc.not_installed") if version is None else say("calc.status_addin", version=version)
    python = os.environ.get("KPIXL_PYTHON") or _engine()
    yield say("calc.status_engine", python=python or "-", state=_state(python))
    if calc_environment.hides(_program_folder()):
        yield say("calc.status_hidden", python=shutil.which("python3"))


def _state(python: str) -> str:
    if not python:
        return say("calc.unknown")
    command = [python, "-P", "-m", "kpixl.addin.calc_answers"]
    try:
        done = subprocess.run(  # noqa: S603 - the program that the user installed
            command,
            input='["KPIXL_VERSION", [], "en"]\n',
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return say("calc.silent", reason=error)
    if done.stdout.endswith("\n"):
        return say("calc.answers")
    return say("calc.silent", reason=(done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])


def _conf() -> Path:
    return Path.home() / ".kpixl" / "calc.conf"


def _engine() -> str:
    return _conf().read_text(encoding="utf-8", errors="replace").strip() if _conf().is_file() else ""


def _note(python: str) -> None:
    """Write down where the engine is; nowhere leaves no file."""
    try:
        if python:
            _conf().parent.mkdir(exist_ok=True)
            write_whole(_conf(), f"{python}\n".encode())
        else:
            _conf().unlink(missing_ok=True)
    except OSError as error:
        raise AddinRefused("addin_read_only", folder=_conf().parent) from error


def _program_folder() -> Path:
    folder = office.program_folder()
    if folder is None:
        raise AddinRefused("calc_no_office", oldest=OLDEST_OFFICE)
    return folder


def _must_be_writable(profile: Path | None) -> None:
    """Look at the nearest folder of the profile that is there: LibreOffice itself fails there without a word."""
    if profile is not None:
        nearest = next(folder for folder in (profile / "user", profile, *profile.absolute().parents) if folder.exists())
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            raise AddinRefused("calc_read_only", folder=profile) from error


def _make_profile(program: Path, profile: Path) -> None:
    """Let LibreOffice make its profile first: its first start would drop what was added before."""
    start = [str(program / "soffice"), "--headless", "--norestore", _in(profile), "--terminate_after_init"]
    for _ in range(3):
        if _run(start).returncode != office.START_AGAIN:
            break


def _unopkg(program: Path, profile: Path | None, *arguments: str) -> str:
    """Run unopkg and return what it prints; what it refuses becomes a sentence."""
    names = ("unopkg.com", "unopkg") if os.name == "nt" else ("unopkg",)
    tool = next((program / name for name in names if (program / name).exists()), None)
    if tool is None:
        raise AddinRefused("calc_no_unopkg", folder=program)
    where = [] if profile is None else [_in(profile)]
    done = _run([str(tool), arguments[0], *where, *arguments[1:]])
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}"
    if "as root" in said:
        raise AddinRefused("calc_root")
    raise AddinRefused("calc_refused", reason=said.replace("ERROR: ", "").split("\n")[0])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603
            command, env=_environment(), capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AddinRefused("calc_refused", reason=error) from error


def _environment() -> dict[str, str]:
    """Return the variables of a program that is started here: it speaks the language in force."""
    return os.environ | {"KPIXL_LANG": language()}


def _in(profile: Path) -> str:
    return f"-env:UserInstallation={profile.absolute().as_uri()}"
