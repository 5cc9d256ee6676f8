"""関数 / Functions: every spreadsheet function of kpixl, what it answers, and an example to copy."""

from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, table_of
from kpixl.workbook.layout import titled
from kpixl.workbook.state import State
from udfs.boundary import Argument, functions

__all__ = ["sheet"]


def sheet(state: State) -> Sheet:
    """Return the sheet with the functions, in the current language."""
    table = table_of(
        "B5",
        "kpixl_functions",
        functions(),
        (Column("function", "strong", 22), "name"),
        (Column("category", "text", 12), lambda known: say(f"category.{known.category}")),
        (Column("answers", "text", 62), lambda known: known.summary()),
        (Column("arguments", "text", 44), lambda known: say("join").join(map(_argument, known.arguments))),
        (Column("example", "code", 48), lambda known: known.example()),
    )
    blocks = titled(say("functions_sheet.title"), say("functions_sheet.lead"))
    return Sheet(
        say("sheet.functions"), blocks=blocks, tables=(table,), freeze="C6", tab="plain", one_page=True, paper="A3"
    )


def _argument(argument: Argument) -> str:
    """Return an argument's name as the function wizard shows it, in brackets if it is optional."""
    return argument.label() if argument.required else f"[{argument.label()}]"
