"""The check of a plan from a shell: a table of what is not sound, or the same as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpixl.listing import listed, room
from kpixl.options import Lang
from kpixl.texts import language, say, speaking

if TYPE_CHECKING:
    from kpixl.plan.check import Remark

__all__ = ["check"]

_COLOURS = {"error": "red", "warning": "yellow", "hint": "cyan"}


def check(
    path: Annotated[Path, typer.Argument(metavar="BOOK|FILE.toml", help=say("cli.check_path"), show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,
    lang: Lang = None,
) -> None:
    """Audit a plan; exit 1 where it is not sound, but for hints alone."""
    spoken, remarks = _remarks(path, lang or language())
    with speaking(spoken):
        if as_json:
            _print_json(remarks)
        else:
            _print_table(path.name, remarks)
    if any(remark.severity != "hint" for remark in remarks):
        raise typer.Exit(1)


def _remarks(path: Path, wanted: str) -> "tuple[str, tuple[Remark, ...]]":
    """Return what is wrong in the language it is said in: a workbook's own, or for a template the one wanted."""
    if path.suffix.lower() == ".toml":
        from kpixl.plan.check import check_template  # noqa: PLC0415

        return wanted, check_template(str(path), wanted)
    from kpixl.workbook.check import check_book  # noqa: PLC0415

    return check_book(path)


def _print_json(remarks: "tuple[Remark, ...]") -> None:
    import json  # noqa: PLC0415

    rows = [
        {"severity": one.severity, "rule": one.rule, **one.at, "what": one.what, "right": one.right} for one in remarks
    ]
    typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))


def _print_table(file: str, remarks: "tuple[Remark, ...]") -> None:
    if not remarks:
        typer.echo(say("audit.sound", file=file))
        return
    typer.echo(say("audit.title", file=file))
    headings = [say(f"audit.heading.{column}") for column in ("severity", "where", "finding")]
    words = {severity: say(f"audit.severity.{severity}") for severity in _COLOURS}
    rows = [
        [words[one.severity], one.where, f"{one.what}\n→ {one.right}" if one.right else one.what] for one in remarks
    ]
    for line in listed(headings, rows, room()):
        typer.echo(_coloured(line, words))
    counts = {f"{kind}s": sum(one.severity == kind for one in remarks) for kind in _COLOURS}
    typer.echo(say("audit.counts", **counts))


def _coloured(line: str, words: dict[str, str]) -> str:
    """Colour the word that says how severe it is; only a terminal is shown that."""
    head = say("audit.heading.severity")
    for severity, word in words.items():
        if line.removeprefix(head).lstrip().startswith(word):
            return line.replace(word, typer.style(word, fg=_COLOURS[severity]), 1)
    return line
