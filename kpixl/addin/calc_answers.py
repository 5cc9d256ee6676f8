"""The process that answers LibreOffice Calc: ``python -m kpixl.addin.calc_answers``.

Each line on the way in is a question as JSON, ``[name, cells, language]``; each line on the way out is its answer,
``[cells, reason of the last error]``. It ends with its input, so no process outlives the office that started it.
"""

import json
import os
import sys
from typing import BinaryIO

from kpixl import texts
from udfs import boundary

__all__ = ["answer_lines", "main"]


def answer_lines(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every question as soon as it is there.

    Examples
    --------
    >>> import io
    >>> answers = io.BytesIO()
    >>> answer_lines(io.BytesIO(b'["KPI_BACKSOLVE", [100, 1, 0.2], "en"]'), answers)
    >>> cells, last_error = json.loads(answers.getvalue())
    >>> cells
    [[500.0], [100.0]]
    """
    for question in questions:
        name, cells, language = json.loads(question)
        with texts.speaking(language):
            answer = boundary.call(name, cells)
            line = json.dumps([answer, boundary.last_error()])
        answers.write(line.encode("ascii") + b"\n")
        answers.flush()


def main() -> None:
    """Answer what comes in, and keep anything that a library prints out of the answers."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        answer_lines(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
