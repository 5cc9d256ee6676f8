"""Open a file in the program that the system has for it, as a double click would."""

import sys
from pathlib import Path

from kpixl.errors import UserError

__all__ = ["NotOpened", "open_file"]


class NotOpened(UserError):
    """The system has no program for a file."""


def open_file(path: Path) -> None:
    """Open a file in the program that is meant for it.

    Raises
    ------
    NotOpened
        If there is none, such as on a machine without Excel.
    """
    if sys.platform == "win32":
        import os  # noqa: PLC0415

        try:
            os.startfile(path.absolute())  # noqa: S606 - what the user has just made or chosen
        except OSError as error:
            raise NotOpened("not_opened", path=path) from error
        return
    import typer  # noqa: PLC0415

    if typer.launch(str(path)):
        raise NotOpened("not_opened", path=path)
