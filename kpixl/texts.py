"""What the user reads, in their language.

Every text lives in `locale/ja.toml` and `locale/en.toml` under a dotted key; nothing a user sees is written in
code. The language in force is Japanese unless `KPIXL_LANG` or `speaking()` says otherwise.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

__all__ = ["LANGUAGES", "asked", "language", "say", "section", "speaking"]

LANGUAGES = ("ja", "en")
_chosen: ContextVar[str | None] = ContextVar("kpixl_language", default=None)
_wording: ContextVar[tuple[str, Mapping[str, str]]] = ContextVar("kpixl_wording", default=("", {}))


def language() -> str:
    """Return the language in force: that of `speaking()`, else of `KPIXL_LANG`, else Japanese."""
    return asked() or LANGUAGES[0]


def asked() -> str | None:
    """Return the language that was asked for, by `speaking()` or `KPIXL_LANG`; None where none was."""
    code = _chosen.get() or os.environ.get("KPIXL_LANG", "")
    return code if code in LANGUAGES else None


@contextmanager
def speaking(code: str, wording: Mapping[str, str] | None = None) -> Iterator[None]:
    """Use language `code` within the block; `wording` are texts, by dotted key, that are said otherwise there.

    >>> with speaking("en"):
    ...     say("errors.unknown_name", name="X", known="A, B")
    'There is no X here. Known names: A, B.'
    """
    token = _chosen.set(code)
    worded = None if wording is None else _wording.set((code, wording))
    try:
        yield
    finally:
        if worded is not None:
            _wording.reset(worded)
        _chosen.reset(token)


def say(key: str, /, **values: object) -> str:
    """Return the text under the dotted `key` in the language in force, with `values` put into its places."""
    text = _find(key, language())
    if not isinstance(text, str):
        raise LookupError(f"{key} is a section, not a text")
    return text.format(**values) if values else text


def section(key: str, code: str | None = None) -> dict[str, Any]:
    """Return all texts below the dotted `key`, in language `code` or the one in force."""
    found = _find(key, code or language())
    if not isinstance(found, dict):
        raise LookupError(f"{key} is a text, not a section")
    others = _otherwise(code or language())
    begin = f"{key}."
    return found | {one[len(begin) :]: text for one, text in others.items() if one.startswith(begin)}


def _otherwise(code: str) -> Mapping[str, str]:
    """Return the texts of a language that are said otherwise within the block."""
    spoken, wording = _wording.get()
    return wording if spoken == code else {}


def _find(key: str, code: str) -> Any:
    if key in (others := _otherwise(code)):
        return others[key]
    node: Any = _catalogue(code)
    for part in key.split("."):
        if not isinstance(node, dict) or part not in node:
            raise LookupError(f"no text {key} in locale/{code}.toml")
        node = node[part]
    return node


@cache
def _catalogue(code: str) -> dict[str, Any]:
    # The engine imports this module and must stay as quick to import as numpy.
    import tomllib  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    with (Path(__file__).parent / "locale" / f"{code}.toml").open("rb") as file:
        return tomllib.load(file)
