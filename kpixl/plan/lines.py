"""On which line does it stand: the lines of a TOML text by table, entry and key.

The standard library's reader gives values without their places; tree-sitter's grammar of TOML gives places without
values. This is the bridge between the two.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import tree_sitter
import tree_sitter_toml

__all__ = ["Path", "lines"]

Path = tuple[str | int, ...]
_TABLES = ("table", "table_array_element")


def lines(text: str) -> dict[Path, int]:
    """Return the line of every table, entry and key of a sound TOML text.

    >>> lines('[goal]\\nvalue = 5\\n[[members]]\\nname = "佐藤"')[("members", 0, "name")]
    4
    """
    language = tree_sitter.Language(tree_sitter_toml.language())
    root = tree_sitter.Parser(language).parse(text.encode()).root_node
    found: dict[Path, int] = {}
    entries: Counter[Path] = Counter()
    for node in root.named_children:
        if node.type in _TABLES:
            first = node.named_children[0]
            path = _table(_keys(first), entries, another=node.type == _TABLES[1])
            found.setdefault(path[:-1] if isinstance(path[-1], int) else path, _line(first))
            found[path] = _line(first)
            found.update(_pairs(node, path))
    return found | dict(_pairs(root, ()))


def _table(keys: list[str], entries: "Counter[Path]", *, another: bool) -> Path:
    """Return the path of a table's heading: within a list of tables it means the last one, or begins another."""
    path: Path = ()
    for place, key in enumerate(keys):
        path += (key,)
        last = place == len(keys) - 1
        if last and another:
            entries[path] += 1
        if entries[path]:
            path += (entries[path] - 1,)
    return path


def _pairs(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    for pair in node.named_children:
        if pair.type == "pair":
            key, value = pair.named_children[:2]
            own = (*path, *_keys(key))
            yield own, _line(key)
            yield from _within(value, own)


def _within(value: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if value.type == "inline_table":
        yield from _pairs(value, path)
    elif value.type == "array":
        for place, entry in enumerate(child for child in value.named_children if child.type != "comment"):
            yield (*path, place), _line(entry)
            yield from _within(entry, (*path, place))


def _keys(key: Any) -> list[str]:
    """Return the parts of a key such as `a."b c".d`."""
    node, parts = tomllib.loads(f"{key.text.decode()} = 0"), []
    while isinstance(node, dict):
        [(part, node)] = node.items()
        parts.append(part)
    return parts


def _line(node: Any) -> int:
    return int(node.start_point[0]) + 1
