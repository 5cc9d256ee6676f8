"""The spreadsheet functions from a shell: compute one, or list them all.

An argument is JSON where it can be read as JSON, and plain text where it cannot; a list is a column, a list of lists is
rows.
"""

from typing import Annotated, Any, Literal

import typer

from kpixl.texts import say

__all__ = ["call", "functions"]

_Json = Annotated[bool, typer.Option("--json", help=say("cli.json"))]

_Lang = Annotated[Literal["ja", "en"] | None, typer.Option("--lang", help=say("cli.lang"))]


def call(
    name: Annotated[str, typer.Argument(metavar="NAME", help=say("cli.call_name"), show_default=False)],
    cells: Annotated[list[str] | None, typer.Argument(metavar="ARG", help=say("cli.call_cells"))] = None,
    as_json: _Json = False,
    lang: _Lang = None,
) -> None:
    """Compute one function and print its answer as a spreadsheet would show it, or as JSON."""
    from udfs import boundary  # noqa: PLC0415 - loads numpy

    answer = boundary.evaluate(name, [_cell(text) for text in cells or ()])
    if as_json:
        _print_json(answer)
    else:
        rows = answer if isinstance(answer, list) else [[answer]]
        _print_rows([[_shown(value) for value in row] for row in rows])


def functions(as_json: _Json = False, lang: _Lang = None) -> None:
    """List all functions with what they answer; as JSON with their arguments."""
    from udfs import boundary  # noqa: PLC0415 - loads numpy

    if as_json:
        _print_json([function.described() for function in boundary.functions()])
    else:
        _print_rows([[function.usage(), function.summary()] for function in boundary.functions()])


def _cell(text: str) -> Any:
    """Read an argument as JSON where it is, and as plain text where it is not."""
    import json  # noqa: PLC0415

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text


def _print_json(answer: object) -> None:
    import json  # noqa: PLC0415

    typer.echo(json.dumps(answer, ensure_ascii=False))


def _print_rows(rows: list[list[str]]) -> None:
    """Print rows in columns that line up, wide characters counted as wide."""
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(set_cell_size(text, width) for text, width in zip(row, widths, strict=True)).rstrip())


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() else f"{value:.10g}"
