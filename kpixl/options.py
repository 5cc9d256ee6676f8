"""Options that several commands share, and such as may stand without a value."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from kpixl.texts import LANGUAGES, say

__all__ = ["Lang", "Unvalued"]

_UNVALUED = ("--week", "--quarter")
_BOOKS = (".xlsx", ".xlsm")


class Unvalued(TyperCommand):
    """A command of which some options need no value: without one they are given an empty text."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the arguments; where another option or the workbook follows such an option, that is not its value."""
        whole: list[str] = []
        for place, argument in enumerate(args):
            whole.append(argument)
            following = args[place + 1] if place + 1 < len(args) else "-"
            if argument in _UNVALUED and (following.startswith("-") or Path(following).suffix.lower() in _BOOKS):
                whole.append("")
        return super().parse_args(ctx, whole)


def _known(text: str) -> str:
    if text not in LANGUAGES:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, LANGUAGES))}.")
    return text


Lang = Annotated[
    str | None, typer.Option("--lang", metavar=f"[{'|'.join(LANGUAGES)}]", parser=_known, help=say("cli.lang"))
]
