"""Both languages say the same: the same keys, the same places, and a sentence for every key that the code names."""

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import kpixl
from kpixl import errors, texts

_PACKAGE = Path(kpixl.__file__).parent
_ERRORS = {name for name in errors.__all__ if name != "ErrorCell"}


class _Named(NamedTuple):
    """A call that names a text: its key, the values it gives (None: not to be seen), and where it stands."""

    key: str
    values: set[str] | None
    place: str


def _catalogue(language: str) -> dict[str, str]:
    with (_PACKAGE / "locale" / f"{language}.toml").open("rb") as file:
        return dict(_leaves(tomllib.load(file)))


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _leaves(child, f"{path}.{key}" if path else key)
    else:
        yield path, " ".join(node) if isinstance(node, list) else node


def _places(text: str) -> set[str]:
    """Return the names of the values that a text has places for; braces of its own hold no name."""
    names = (field.partition(".")[0] for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    return {name for name in names if name.isidentifier()}


def _named() -> list[_Named]:
    folders = (_PACKAGE, _PACKAGE.parent / "udfs")
    sources = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return [named for source in sources for named in _named_in(source)]


def _named_in(source: Path) -> Iterator[_Named]:
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        seen = {keyword.arg for keyword in node.keywords if keyword.arg}
        values = seen if len(seen) == len(node.keywords) else None
        place = f"{source.name}:{node.lineno}"
        if called in _ERRORS:
            yield from (_Named(f"errors.{key}", values, place) for key in _literals(node.args[:1]))
        elif called == "_require":
            yield from (_Named(f"errors.{key}", values, place) for key in _literals(node.args[1:2]))
        elif called == "say":
            yield from (_Named(key, values, place) for key in _literals(node.args[:1]))


def _literals(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _literals([node.body, node.orelse])


@pytest.mark.parametrize("language", texts.LANGUAGES[1:])
def test_every_language_has_the_same_keys(language: str) -> None:
    """All but what the functions are, which English takes from their docstrings."""
    japanese, other = (
        {key for key in _catalogue(code) if not key.startswith("functions.")} for code in ("ja", language)
    )
    assert japanese == other


@pytest.mark.parametrize("language", texts.LANGUAGES[1:])
def test_a_text_has_the_same_places_in_every_language(language: str) -> None:
    other = _catalogue(language)
    both = {key: text for key, text in _catalogue("ja").items() if key in other}
    assert [key for key, text in both.items() if _places(text) != _places(other[key])] == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_text_that_the_code_names_is_there_and_gets_its_values(language: str) -> None:
    catalogue, named = _catalogue(language), _named()
    assert [named for named in named if named.key not in catalogue] == []
    assert [n for n in named if n.values is not None and not _places(catalogue[n.key]) <= n.values] == []
    assert {"errors.plan_nobody", "errors.plan_goal", "errors.not_a_plan", "heading.total"} <= {n.key for n in named}


@pytest.mark.parametrize(("language", "stop"), [("ja", "。"), ("en", ".")])
def test_every_error_is_a_sentence(language: str, stop: str) -> None:
    sentences = {key: text for key, text in _catalogue(language).items() if key.startswith("errors.")}
    assert len(sentences) > 100
    assert [key for key, text in sentences.items() if not text.endswith((stop, f"{stop})", "}"))] == []
