"""Output whose reader has gone: `kpixl check plan.xlsx | head -1`.

The reader of a pipe may leave before all is written. The command still runs to its end, and the rest of its output is
dropped; without this an import would stop between its control totals and its refresh.
"""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

__all__ = ["patient"]

_T = TypeVar("_T")
_GONE = (errno.EPIPE, errno.EINVAL)  # Windows says the latter of a closed pipe


@contextmanager
def patient() -> Iterator[None]:
    """Drop what is written to standard output and errors after its reader has left."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_patient, before)
    try:
        yield
    finally:
        said = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = before
        for stream in said:
            if isinstance(stream, _Patient):
                stream.end()


def _patient(stream: TextIO) -> TextIO:
    if type(stream) is not io.TextIOWrapper or stream.isatty():
        return stream
    stream.flush()
    return _Patient(stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering)


class _Patient(io.TextIOWrapper):
    def write(self, text: str) -> int:
        return self._said(lambda: super(_Patient, self).write(text), len(text))

    def flush(self) -> None:
        self._said(super().flush, None)

    def end(self) -> None:
        """Write what is left and give the stream below back."""
        try:
            self.flush()
        except OSError:  # a full disk: what cannot be written is not tried again at the end of the program
            self._into_nothing()
            raise
        finally:
            self.detach()

    def _said(self, say: Callable[[], _T], else_: _T) -> _T:
        try:
            return say()
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._into_nothing()
            return else_

    def _into_nothing(self) -> None:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)
