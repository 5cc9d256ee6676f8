"""関数 / Functions: every spreadsheet function of kpixl, what it answers, and an example that can be copied."""

from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.layout import titled
from kpixl.workbook.state import State
from udfs.boundary import Argument, functions

__all__ = ["sheet"]


def sheet(state: State) -> Sheet:
    """Return the sheet with the functions, in the language in force."""
    return Sheet(
        say("sheet.functions"),
        blocks=(*titled(say("functions_sheet.title"), say("functions_sheet.lead")),),
        tables=(
            Table(
                "B5",
                "kpixl_functions",
                (
                    Column("function", "strong", 22),
                    Column("category", "text", 12),
                    Column("answers", "text", 78),
                    Column("arguments", "text", 66),
                    Column("example", "code", 64),
                ),
                [
                    (
                        known.name,
                        say(f"category.{known.category}"),
                        known.summary(),
                        say("join").join(_argument(argument) for argument in known.arguments),
                        known.example(),
                    )
                    for known in functions()
                ],
            ),
        ),
        freeze="C6",
        tab="plain",
    )


def _argument(argument: Argument) -> str:
    """Return an argument's name as the wizard shows it; brackets say that it may be left out."""
    return argument.label() if argument.required else f"[{argument.label()}]"
