"""LibreOffice: where it is, and workbooks printed by it to PDF.

A run has a profile of its own, so that it neither waits for a LibreOffice that is open nor touches its settings, and
ends with all that it started when its time is up.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kpixl.errors import UserError

__all__ = ["START_AGAIN", "NotPrinted", "print_workbooks", "program_folder"]

_PLACES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/Applications/LibreOffice.app/Contents/MacOS",
    "C:/Program Files/LibreOffice/program",
    "C:/Program Files (x86)/LibreOffice/program",
)
START_AGAIN = 81  # what LibreOffice answers on a profile that it has just made
_STARTS = 3
_SECONDS, _SECONDS_EACH = 120, 30


class NotPrinted(UserError):
    """A workbook cannot be printed here."""


def program_folder() -> Path | None:
    """Return the folder of LibreOffice's programs; None where there is none."""
    on_path = shutil.which("soffice") or shutil.which("libreoffice")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for folder in (*candidates, *map(Path, _PLACES)):
        if any((folder / name).exists() for name in ("soffice", "soffice.exe", "soffice.bin")):
            return folder
    return None


def print_workbooks(books: Sequence[Path]) -> list[bytes]:
    """Return a PDF of each workbook, whose names differ, all printed in one run of LibreOffice.

    Raises
    ------
    NotPrinted
        If LibreOffice is missing, does not end in time, or leaves a workbook unprinted.
    """
    program = program_folder()
    if program is None:
        raise NotPrinted("print_no_office")
    with tempfile.TemporaryDirectory(prefix="kpixl-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        copies = [folder / book.name for book in books]  # a footer may say the name
        for book, copy in zip(books, copies, strict=True):
            shutil.copyfile(book, copy)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        office = [str(program / "soffice"), "--headless", "--norestore", profile]
        arguments = ["--convert-to", "pdf:calc_pdf_Export", "--outdir", scratch, *map(str, copies)]
        for _ in range(_STARTS):
            if _run([*office, *arguments], _SECONDS + _SECONDS_EACH * len(books)) != START_AGAIN:
                break
        printed = [copy.with_suffix(".pdf") for copy in copies]
        missing = next((book for book, pdf in zip(books, printed, strict=True) if not pdf.is_file()), None)
        if missing is not None:
            raise NotPrinted("print_failed", file=missing.name)
        return [pdf.read_bytes() for pdf in printed]


def _run(command: list[str], seconds: int) -> int:
    """Run a program and return its exit code; when its time is up, end it and all that it started."""
    with subprocess.Popen(  # noqa: S603 - LibreOffice, as the user has installed it
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            return running.wait(seconds)
        except BaseException as error:
            _end(running)
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotPrinted("print_too_long", seconds=seconds) from error
            raise


def _end(running: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        tree = [str(Path(os.environ["SYSTEMROOT"], "System32", "taskkill.exe")), "/F", "/T", "/PID", str(running.pid)]
        subprocess.run(tree, capture_output=True, check=False)  # noqa: S603 - a program of Windows
    else:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
