"""The command line: `kpixl` with its commands, in the user's language, with a sentence and exit code for every mistake.

Exit 0: done. Exit 1: findings, such as a target that will be missed. Exit 2: a mistake the user can mend.
"""

import io
import os
import sys

from kpixl.errors import UserError
from kpixl.texts import LANGUAGES, say

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line with `arguments` (those of the process)."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file or a pipe on Windows may know no ⚠ and no →
            stream.reconfigure(errors="replace")
    _choose_language(given)
    from kpixl.commands import app  # noqa: PLC0415 - its help texts speak the language chosen above

    try:
        app(args=given, prog_name="kpixl")
    except UserError as error:
        _fail(str(error))
    except OSError as error:
        _fail(say("errors.system", reason=error.strerror or error, path=error.filename or ""))


def _choose_language(arguments: list[str]) -> None:
    """Let `--lang` speak for this whole run, whichever command it stands with."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, joined = option.partition("=")
        if name == "--lang" and (joined or value) in LANGUAGES:
            os.environ["KPIXL_LANG"] = joined or value


def _fail(sentence: str) -> None:
    sys.stderr.write(f"kpixl: {sentence}\n")
    raise SystemExit(2)
