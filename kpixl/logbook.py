"""Where kpixl writes down what happened: bugs with their traceback, and the receipts of refreshes.

One file, `.kpixl/kpixl.log` in the user's home, unless a program that uses kpixl takes the records of the logger
`kpixl` itself.
"""

import logging
from pathlib import Path

__all__ = ["logbook"]


def logbook() -> tuple[logging.Logger, Path]:
    """Return the logger, and the file that it writes to."""
    logger = logging.getLogger("kpixl")
    path = Path.home() / ".kpixl" / "kpixl.log"
    if not logger.handlers:
        try:
            path.parent.mkdir(exist_ok=True)
            handler: logging.Handler = logging.FileHandler(path, delay=True, encoding="utf-8")
        except OSError:
            handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    return logger, path
