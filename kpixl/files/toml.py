"""What does a TOML file say, and on which line?

Templates and mappings are TOML that people write by hand, so whatever is wrong with them is said with its line. The
standard library's reader gives values without their places; tree-sitter's grammar of TOML gives places without values.
This is the bridge between the two, and it refuses what nobody writes by hand: a megabyte of text, brackets a hundred
deep, endless numbers.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import tree_sitter
import tree_sitter_toml

from kpixl.errors import InvalidPlan

__all__ = ["At", "BrokenToml", "Section", "lines", "parse_toml", "read_toml"]

At = tuple[str | int, ...]
_S = TypeVar("_S", bound="Section")
_TABLES = ("table", "table_array_element")
_LARGEST = 1 << 20  # bytes
_DEEPEST = 100
_BITS = 1023  # of the largest number that a float holds
_LONG_NUMBER = re.compile(r"[\d_]{4300}")  # more digits than Python reads


class Section(dict[str, Any]):
    """A table that knows where it stands: the name of its file, its line, and the line of each of its keys."""

    def __init__(
        self, values: Mapping[str, Any], file: str, line: int | None = None, keys: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(values)
        self.file, self.line, self.keys_at = file, line, keys or {}

    def line_of(self, key: str) -> int | None:
        """Return the line of a key, that of the whole section where the key is missing."""
        return self.keys_at.get(key, self.line)


class BrokenToml(InvalidPlan):
    """A file that cannot be read as TOML, and on which line (None: it is the file as a whole)."""

    def __init__(self, key: str, line: int | None, **values: object) -> None:
        super().__init__(key, **values)
        self.line = line


def read_toml(path: Path, section: Callable[[Mapping[str, Any], str, int | None, Mapping[str, int]], _S]) -> _S:
    """Read a file as sections, each made by `section` of its values, file, line and lines of its keys.

    Raises
    ------
    BrokenToml
        If it is no TOML in UTF-8, or too large, nested too deeply, or holds a number that is too long.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise BrokenToml("toml_large", None, most=_LARGEST >> 20)
    return parse_toml(_decoded(content), path.name, section)


def parse_toml(
    text: str, file: str, section: Callable[[Mapping[str, Any], str, int | None, Mapping[str, int]], _S]
) -> _S:
    """Read a text as `read_toml` reads a file; `file` is its name in errors."""
    tree = _tree(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line (\d+)", str(error))  # what ends too early ends on the last line
        line = int(told[1]) if told else text.rstrip("\n").count("\n") + 1
        raise BrokenToml("toml_syntax", line, reason=error) from error
    except RecursionError:
        raise BrokenToml("toml_deep", _deepest(text), most=_DEEPEST) from None
    except ValueError:
        long = _LONG_NUMBER.search(text)
        raise BrokenToml("toml_number", long and text.count("\n", 0, long.start()) + 1) from None
    made: _S = _placed(data, file, _lines(tree.root_node), (), section)
    return made


def lines(text: str) -> dict[At, int]:
    """Return the line of every table, entry and key of a sound TOML text.

    >>> lines('[goal]\\nvalue = 5\\n[[members]]\\nname = "佐藤"')[("members", 0, "name")]
    4

    Raises
    ------
    BrokenToml
        If something is nested too deeply.
    """
    return _lines(_tree(text).root_node)


def _lines(root: Any) -> dict[At, int]:
    found: dict[At, int] = {}
    entries: Counter[At] = Counter()
    for node in root.named_children:
        if node.type in _TABLES:
            first = node.named_children[0]
            path = _table(_keys(first), entries, another=node.type == _TABLES[1])
            for end in range(1, len(path)):
                found.setdefault(path[:end], _line(first))
            found[path] = _line(first)
            found.update(_pairs(node, path))
    return found | dict(_pairs(root, ()))


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenToml("toml_encoding", content.count(b"\n", 0, error.start) + 1) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _placed(value: Any, file: str, at: Mapping[At, int], path: At, section: Callable[..., _S]) -> Any:
    """Return a value in which every table is a section."""
    if isinstance(value, list):
        return [_placed(entry, file, at, (*path, place), section) for place, entry in enumerate(value)]
    if isinstance(value, dict):
        keys = {key: at[(*path, key)] for key in value if (*path, key) in at}
        entries = {key: _placed(entry, file, at, (*path, key), section) for key, entry in value.items()}
        return section(entries, file, at.get(path), keys)
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise BrokenToml("toml_number", at.get(path))
    return value


def _tree(text: str) -> tree_sitter.Tree:
    """Return the syntax of a text, sound or not, unless it is nested too deeply."""
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language())).parse(text.encode())
    cursor, depth = tree.walk(), 0
    while True:
        if depth > _DEEPEST and cursor.node is not None:
            raise BrokenToml("toml_deep", _line(cursor.node), most=_DEEPEST)
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return tree
            depth -= 1


def _deepest(text: str) -> int:
    """Return the line with most opening brackets."""
    opened = [line.count("[") + line.count("{") for line in text.split("\n")]
    return opened.index(max(opened)) + 1


def _table(keys: list[str], entries: "Counter[At]", *, another: bool) -> At:
    """Return the path of a table's heading: within a list of tables it means the last one, or begins another."""
    path: At = ()
    for place, key in enumerate(keys):
        path += (key,)
        last = place == len(keys) - 1
        if last and another:
            entries[path] += 1
        if entries[path]:
            path += (entries[path] - 1,)
    return path


def _pairs(node: Any, path: At) -> Iterator[tuple[At, int]]:
    for pair in node.named_children:
        if pair.type == "pair":
            key, value = pair.named_children[:2]
            own = (*path, *_keys(key))
            yield own, _line(key)
            yield from _within(value, own)


def _within(value: Any, path: At) -> Iterator[tuple[At, int]]:
    if value.type == "inline_table":
        yield from _pairs(value, path)
    elif value.type == "array":
        for place, entry in enumerate(child for child in value.named_children if child.type != "comment"):
            yield (*path, place), _line(entry)
            yield from _within(entry, (*path, place))


def _keys(key: Any) -> list[str]:
    """Return the parts of a key such as `a."b c".d`."""
    if key.type == "bare_key":
        return [key.text.decode()]
    node, parts = tomllib.loads(f"{key.text.decode()} = 0"), []
    while isinstance(node, dict):
        [(part, node)] = node.items()
        parts.append(part)
    return parts


def _line(node: Any) -> int:
    return int(node.start_point[0]) + 1
