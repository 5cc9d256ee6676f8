"""The reference of all functions in both languages: ``python -m udfs.reference > docs/functions.md``.

It is made from what the function wizards show, so it cannot say anything else; a test fails when the file drifts.
"""

import sys
from collections.abc import Iterator

from kpixl import texts
from udfs.boundary import CATEGORIES, Function, functions

__all__ = ["markdown"]


def markdown() -> str:
    """Return the reference as Markdown."""
    lines = [
        "# 関数 / Functions",
        "",
        "この文書は `python -m udfs.reference` で作られます。This page is made by `python -m udfs.reference`.",
        "",
    ]
    for category in CATEGORIES:
        names = (str(texts.section("category", language)[category]) for language in texts.LANGUAGES)
        lines += [f"## {' / '.join(names)}", ""]
        for described in functions():
            if described.category == category:
                lines += _entry(described)
    return "\n".join(lines)


def _entry(described: Function) -> Iterator[str]:
    yield from (f"### `{described.usage()}`", "", described.summary("ja"), "", described.summary("en"), "")
    if described.arguments:
        yield from ("| 引数 / argument | 日本語 | English |", "|---|---|---|")
        for argument in described.arguments:
            japanese = f"**{argument.label('ja')}** {described.doc(argument.name, 'ja')}"
            yield f"| `{argument.name}` | {japanese} | {described.doc(argument.name, 'en')} |"
        yield ""
    yield from (f"```text\n{described.example()}\n```", "")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(markdown())
