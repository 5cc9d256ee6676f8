"""What does the function wizard say?

English comes from the adapters' docstrings, Japanese from `functions` in the locale file. An argument that a function
does not describe in words of its own has those of `arguments`, which stand once for all functions that share it.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from kpixl import texts

__all__ = ["argument", "example", "summary"]


def summary(name: str, adapter: Callable[..., Any], language: str) -> str:
    """Return in one sentence what the function answers."""
    if language == "en":
        return " ".join(_docstring(adapter).partition("\n\n")[0].split())
    return str(texts.section("functions", language)[name]["summary"])


def argument(name: str, adapter: Callable[..., Any], argument_name: str, language: str) -> str:
    """Return in one sentence what an argument of the function is."""
    own = _parameters(adapter) if language == "en" else texts.section("functions", language)[name].get("args", {})
    return str(own[argument_name] if argument_name in own else texts.section("arguments", language)[argument_name])


def example(adapter: Callable[..., Any]) -> str:
    """Return a formula to copy."""
    return _section(adapter, "Examples").strip()


@cache
def _parameters(adapter: Callable[..., Any]) -> dict[str, str]:
    """Read the section Parameters of a numpydoc docstring."""
    described: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _section(adapter, "Parameters").splitlines():
        if line.startswith(" "):
            current.append(line.strip())
        else:
            current = described.setdefault(line.partition(":")[0].strip(), [])
    return {name: " ".join(lines) for name, lines in described.items()}


def _section(adapter: Callable[..., Any], title: str) -> str:
    return _docstring(adapter).partition(f"{title}\n{'-' * len(title)}\n")[2].partition("\n\n")[0]


def _docstring(adapter: Callable[..., Any]) -> str:
    return inspect.getdoc(adapter) or ""
