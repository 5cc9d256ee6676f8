"""Options that several commands share."""

from typing import Annotated

import typer

from kpixl.texts import LANGUAGES, say

__all__ = ["Lang"]


def _known(text: str) -> str:
    if text not in LANGUAGES:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, LANGUAGES))}.")
    return text


Lang = Annotated[
    str | None, typer.Option("--lang", metavar=f"[{'|'.join(LANGUAGES)}]", parser=_known, help=say("cli.lang"))
]
