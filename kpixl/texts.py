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

__all__ = ["LANGUAGES", "asked", "has", "language", "say", "section", "speaking"]

LANGUAGES = ("ja", "en")
_chosen: ContextVar[str | None] = ContextVar("kpixl_language", default=None)
_Sections = Mapping[str, Mapping[str, str]]
_wording: ContextVar[tuple[str, Mapping[str, str], _Sections]] = ContextVar("kpixl_wording", default=("", {}, {}))


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
    worded = None if wording is None else _wording.set((code, wording, _by_section(wording)))
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


def has(key: str) -> bool:
    """Say whether there is a text or a section under the dotted `key`."""
    node: Any = _catalogue(LANGUAGES[0])
    for part in key.split("."):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def section(key: str, code: str | None = None) -> dict[str, Any]:
    """Return all texts below the dotted `key`, in language `code` or the one in force."""
    found = _find(key, code or language())
    if not isinstance(found, dict):
        raise LookupError(f"{key} is a text, not a section")
    spoken, _, sections = _wording.get()
    return {**found, **(sections.get(key, {}) if spoken == (code or language()) else {})}


def _by_section(wording: Mapping[str, str]) -> _Sections:
    """Return the texts by each section that they stand in, and within it by the rest of their key."""
    sections: dict[str, dict[str, str]] = {}
    for key, text in wording.items():
        parts = key.split(".")
        for end in range(1, len(parts)):
            sections.setdefault(".".join(parts[:end]), {})[".".join(parts[end:])] = text
    return sections


def _otherwise(code: str) -> Mapping[str, str]:
    """Return the texts of a language that are said otherwise within the block."""
    spoken, wording, _ = _wording.get()
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
