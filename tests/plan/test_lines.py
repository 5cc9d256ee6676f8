"""Lines of a TOML text: counted by eye, and every value of a real template found where it is written."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kpixl
from kpixl.plan.lines import lines

_TEMPLATES = Path(kpixl.__file__).parent.parent / "templates"

_TEXT = """\
name = { ja = "x", en = "y" }
a.b = 3

[goal]  # what for
value = 5
"unit value" = 1

[[kpis]]
key = "x"
rates = [
  1,
  # a remark
  { deep = 2 },
]
[[ kpis ]]
[kpis.more]
x = 1
[[kpis.other]]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name", "en"), 1),
        (("a", "b"), 2),
        (("goal",), 4),
        (("goal", "value"), 5),
        (("goal", "unit value"), 6),
        (("kpis",), 8),
        (("kpis", 0), 8),
        (("kpis", 0, "key"), 9),
        (("kpis", 0, "rates"), 10),
        (("kpis", 0, "rates", 1, "deep"), 13),
        (("kpis", 1), 15),
        (("kpis", 1, "more", "x"), 17),
        (("kpis", 1, "other", 0), 18),
    ],
)
def test_everything_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert lines(_TEXT)[path] == line


def test_no_line_is_invented_for_what_is_not_there() -> None:
    assert set(lines("[a]\nb = 1\n")) == {("a",), ("a", "b")}


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key))
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        for place, entry in enumerate(value):
            yield from _leaves(entry, (*path, place))
    else:
        yield path, value


@pytest.mark.parametrize("template", sorted(_TEMPLATES.glob("*.toml")), ids=lambda path: path.stem)
def test_each_value_of_a_template_stands_on_its_line(template: Path) -> None:
    text = template.read_text("utf-8")
    found, rows = lines(text), text.splitlines()
    for path, value in _leaves(tomllib.loads(text)):
        row = rows[found[path] - 1]
        assert str(path[-1]) in row
        if isinstance(value, str):
            assert value in row
