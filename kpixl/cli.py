"""The command line: `kpixl` with its commands, in the user's language, with a sentence and exit code for every mistake.

Exit 0: done. Exit 1: findings, such as a target that will be missed. Exit 2: a mistake the user can mend. Exit 70: a
bug of kpixl, which is in the log. Exit 130: stopped by the user.
"""

import errno
import gc
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from traceback import extract_tb

from kpixl.errors import UserError
from kpixl.listing import harmless
from kpixl.logbook import log_bug
from kpixl.pipes import patient
from kpixl.texts import LANGUAGES, language, say, speaking
from kpixl.usage import mistyped

__all__ = ["STOPPED", "main", "sentence_of"]

_LONGEST = 200
_MISTAKE, _BUG, STOPPED = 2, 70, 130
_AWAY = (errno.EINVAL, errno.EIO, errno.ETIMEDOUT)  # a file of a cloud that is not on this machine; a lost network
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line with `arguments` (those of the process), and leave Python as it was.

    Raises
    ------
    SystemExit
        Always, with the exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    with _any_character(), _hooks_as_before():
        with speaking(_language(given)), _quiet_about_files():
            failed = _failure(given)
            if failed:
                gc.collect()  # close what an error still holds now, not after the last output
        if failed:
            sentence, code = failed
            sys.stderr.write(f"kpixl: {harmless(sentence)}\n")
            raise SystemExit(code)


def _failure(arguments: list[str]) -> tuple[str, int]:
    """Run the command; return the sentence and exit code of what went wrong. A command that went well exits itself."""
    try:
        with patient():
            from kpixl.commands import app  # noqa: PLC0415 - its help texts speak the language chosen before
            from kpixl.completing import answer_shells  # noqa: PLC0415

            answer_shells()
            code = app(args=arguments, prog_name="kpixl", standalone_mode=False)
    except KeyboardInterrupt:
        raise SystemExit(STOPPED) from None
    except Exception as error:
        if mistake := mistyped(error, arguments):
            return str(mistake), _MISTAKE
        return sentence_of(error)
    raise SystemExit(code or 0)


def sentence_of(error: Exception) -> tuple[str, int]:
    """Return an error in a sentence and the exit code of its kind; a bug is logged."""
    match error:
        case UserError():
            return str(error), _MISTAKE
        case OSError():
            return _system(error), _MISTAKE
        case MemoryError():
            return say("errors.memory"), _MISTAKE
    refused = error.args[0] if error.args else None  # XlsxWriter puts it into an error of its own
    return (_system(refused), _MISTAKE) if isinstance(refused, OSError) else (_bug(error), _BUG)


@contextmanager
def _any_character() -> Iterator[None]:
    """Write `?` for what a stream does not know: a file or a pipe on Windows may know no ⚠ and no →."""
    before = [(one, one.errors) for one in (sys.stdout, sys.stderr) if isinstance(one, io.TextIOWrapper)]
    for stream, _ in before:
        stream.reconfigure(errors="replace")
    try:
        yield
    finally:
        for stream, errors in before:
            with suppress(OSError, ValueError):  # a full disk, which is said already; a stream that was closed
                stream.reconfigure(errors=errors)


@contextmanager
def _hooks_as_before() -> Iterator[None]:
    """Take back the hook that Typer sets for uncaught errors."""
    before = sys.excepthook
    try:
        yield
    finally:
        sys.excepthook = before


@contextmanager
def _quiet_about_files() -> Iterator[None]:
    """Show no warning of files that could not be closed for a reason already given, such as a full disk."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda late: None if isinstance(late.exc_value, OSError) else before(late)
    try:
        yield
    finally:
        sys.unraisablehook = before


def _language(arguments: list[str]) -> str:
    """Return the language of this whole run: that of `--lang`, whichever command it stands with."""
    chosen = language()
    for option, value in pairwise([*arguments, ""]):
        name, _, joined = option.partition("=")
        if name == "--lang" and (joined or value) in LANGUAGES:
            chosen = joined or value
    return chosen


def _system(error: OSError) -> str:
    """Return what the system refused, with the file where it names one."""
    if error.errno in _FULL:
        return say("errors.no_space")
    reason = error.strerror or error
    if not error.filename:
        return f"{reason}"
    return say("errors.system_away" if error.errno in _AWAY else "errors.system", reason=reason, path=error.filename)


def _bug(error: Exception) -> str:
    last = extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}, {Path(last.filename).name}:{last.lineno}"
    reason = " ".join(str(error).split())[:_LONGEST]
    log = log_bug("kpixl")
    return (
        say("errors.bug_unlogged", where=where, reason=reason)
        if log is None
        else say("errors.bug", where=where, log=log)
    )
