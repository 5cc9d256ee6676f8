"""The spreadsheet functions from a shell: compute one, or list them all.

An argument is JSON where it can be read as JSON; in square brackets a list with or without quotes, since every shell
takes quotes away in its own manner; and plain text else. A list is a column, a list of lists is rows.
"""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpixl.errors import InvalidValue, UserError
from kpixl.listing import listed, room
from kpixl.options import Lang
from kpixl.texts import say

if TYPE_CHECKING:
    from udfs.boundary import Function

__all__ = ["call", "functions"]

_Json = Annotated[bool, typer.Option("--json", help=say("cli.json"))]

_HELP = ("--help", "-h")
_SHARES = ("confidence", "threshold", "checkpoint", "recover_at", "change")  # single numbers that are percentages


def call(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=say("cli.call_name"), show_default=False)],
    cells: Annotated[list[str] | None, typer.Argument(metavar="ARG", help=say("cli.call_cells"))] = None,
    as_json: _Json = False,
    lang: Lang = None,
) -> None:
    """Compute one function and print its answer as a spreadsheet would show it, or as JSON."""
    if name in _HELP:
        typer.echo(context.get_help())
        return
    from udfs import boundary  # noqa: PLC0415 - loads numpy
    from udfs.cells import dates_as_dates  # noqa: PLC0415

    given = cells or []
    function = boundary.find(name)
    if any(word in _HELP for word in given):
        typer.echo("\n".join(_help(function)))
        return
    _refuse_loose_rates(function, given)
    read = [_cell(text) for text in given]
    try:
        if as_json:
            _print_json(boundary.evaluate(name, read))
            return
        with dates_as_dates():
            answer = boundary.evaluate(name, read)
    except UserError as error:
        loose = _loose(function, given)
        if len(loose) < 2:
            raise
        raise InvalidValue("call_list", reason=error, form=_form(loose)) from error
    rows = answer if isinstance(answer, list) else [[answer]]
    typer.echo("\n".join(listed([], [[_shown(value) for value in row] for row in rows])))


def functions(as_json: _Json = False, lang: Lang = None) -> None:
    """List all functions with what they answer; as JSON with their arguments."""
    import sys  # noqa: PLC0415

    from udfs import boundary  # noqa: PLC0415 - loads numpy

    if as_json:
        _print_json([function.described() for function in boundary.functions()])
        return
    rows = [[function.usage(), function.summary()] for function in boundary.functions()]
    typer.echo("\n".join(listed([], rows, room() if sys.stdout.isatty() else None)))  # a line each for grep


def _help(function: "Function") -> list[str]:
    """Return what the function wizard says, and the example as it is typed here."""
    arguments = [[one.name, one.label(), function.doc(one.name)] for one in function.arguments]
    shell = " ".join(["kpixl", "call", function.name, *map(_typed, _arguments(function.example()))])
    return [
        function.usage(),
        function.summary(),
        *(["", *listed([], arguments)] if arguments else []),
        "",
        say("cli.call_example"),
        f"  {function.example()}",
        f"  {shell}",
    ]


def _arguments(formula: str) -> list[str]:
    """Return the arguments of a formula with one function."""
    inside, parts, depth, quoted = formula.partition("(")[2].removesuffix(")"), [""], 0, False
    for character in inside:
        quoted ^= character == '"'
        depth += (character in "({") - (character in ")}") if not quoted else 0
        if character == "," and not quoted and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts if inside else []


def _typed(argument: str) -> str:
    """Return an argument of a formula as it is typed in a shell."""
    if not argument.startswith("{"):
        return f'"{argument.strip(chr(34))}"'
    rows = [row.split(",") for row in argument.strip("{}").replace('"', "").split(";")]
    lists = [",".join(row) if len(row) == 1 else f"[{','.join(row)}]" for row in rows]
    return f'"[{",".join(lists)}]"'


def _refuse_loose_rates(function: "Function", given: list[str]) -> None:
    """Refuse several rates that stand as words of their own: the second would be taken for something else."""
    loose = _loose(function, given)
    rates = next((place for place, word in enumerate(loose) if not _is_rate(word)), len(loose))
    if rates < 2:
        return
    second = function.arguments[len(given) - len(loose) + 1 :][:1]
    if second and second[0].kind.name == "number" and second[0].name not in _SHARES:
        raise InvalidValue("call_rates", form=_form(loose[:rates]))


def _loose(function: "Function", given: list[str]) -> list[str]:
    """Return the words from the first argument that takes a list and got a single word."""
    for place, (argument, word) in enumerate(zip(function.arguments, given, strict=False)):
        if argument.kind.vector and not argument.kind.rows and not word.lstrip().startswith("["):
            return given[place:]
    return []


def _is_rate(word: str) -> bool:
    from kpixl.engine.numbers import parse_number  # noqa: PLC0415 - loads numpy

    try:
        return 0 < parse_number(word) < 1 or word.strip().endswith(("%", "％"))
    except UserError:
        return False


def _form(words: list[str]) -> str:
    return f'"[{",".join(words)}]"'


def _cell(text: str) -> Any:
    """Read an argument as JSON, as a list in brackets, or as plain text."""
    import json  # noqa: PLC0415

    constants: list[str] = []  # NaN and the infinities, which no cell holds
    try:
        read = json.loads(text, parse_constant=constants.append)
    except (ValueError, RecursionError):
        return _list(text.strip()) if text.lstrip().startswith("[") and text.rstrip().endswith("]") else text
    return text if constants else read


def _list(text: str) -> list[Any]:
    """Read a list that is no JSON, for want of its quotes; with rows in brackets of their own."""
    inside = text[1:-1].strip()
    if inside.startswith("[") and inside.endswith("]"):
        return [_list(f"[{row}]") for row in inside[1:-1].replace("] ,", "],").replace("], [", "],[").split("],[")]
    return [word.strip().strip('"') for word in inside.split(",")]


def _print_json(answer: object) -> None:
    import json  # noqa: PLC0415

    typer.echo(json.dumps(answer, ensure_ascii=False))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() else f"{value:.10g}"
