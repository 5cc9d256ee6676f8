"""Where kpixl writes down what happened: bugs with their traceback, and the receipts of refreshes.

One file, `.kpixl/kpixl.log` in the user's home, unless a program that uses kpixl takes the records of the logger
`kpixl` itself. Where there is no home, or nothing can be written there, the work goes on without a log.
"""

import logging
from pathlib import Path

__all__ = ["log_bug", "log_file", "logbook"]


class _File(logging.FileHandler):
    """The file of the log; where it cannot be written, no error is shown."""

    failed = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # the file is opened with the first record
            self.failed = True

    def close(self) -> None:
        try:
            super().close()
        except OSError:
            self.failed = True

    def handleError(self, record: logging.LogRecord) -> None:
        self.failed = True


def logbook() -> logging.Logger:
    """Return the logger, which writes to the file unless somebody else takes its records."""
    logger = logging.getLogger("kpixl")
    if not logger.handlers:
        handler = _handler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    return logger


def log_file() -> Path | None:
    """Return the file that all records so far have gone to; None where one was not written, or there was none."""
    for handler in logging.getLogger("kpixl").handlers:
        if isinstance(handler, _File) and not handler.failed and Path(handler.baseFilename).is_file():
            return Path(handler.baseFilename)
    return None


def log_bug(what: str) -> Path | None:
    """Write the exception in force to the log with its traceback, and return the file if it is there."""
    logbook().exception("%s failed", what)
    return log_file()


def _handler() -> logging.Handler:
    try:
        folder = Path.home() / ".kpixl"
        folder.mkdir(exist_ok=True)
    except (OSError, RuntimeError):  # nowhere to write, or no home folder
        return logging.NullHandler()
    return _File(folder / "kpixl.log", delay=True, encoding="utf-8", errors="backslashreplace")
