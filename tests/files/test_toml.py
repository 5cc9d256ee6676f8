"""Lines of a TOML text: counted by eye, and every value of a real template found where it is written."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kpixl
from kpixl.files.toml import BrokenToml, Section, lines, read_toml

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


_BEFORE = '# one\nname = "x"\n'


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"a = \n", 1, "TOML"),
        (b"a = 1\nb = [1,\n2\n", 3, "TOML"),
        (_BEFORE.encode() + b"a = " + b"[" * 5000, 3, "100"),
        (_BEFORE.encode() + b"a = " + b"[" * 200 + b"]" * 200, 3, "100"),
        (_BEFORE.encode() + b".".join([b"a"] * 2000) + b" = 1", 3, "100"),
        (_BEFORE.encode() + b"[" + b".".join([b"a"] * 2000) + b"]", 3, "100"),
        (_BEFORE.encode() + b"a = " + b"1" * 5000, 3, "大きすぎ"),
        (_BEFORE.encode() + b"a = 0x" + b"f" * 5000, 3, "大きすぎ"),
        (_BEFORE.encode() + b"a = " + b"1" * 400, 3, "大きすぎ"),
        (_BEFORE.encode() + "a = '佐藤'".encode("cp932"), 3, "UTF-8"),
        (b"#" * (1 << 20) + b"\n", None, "1 MB"),
    ],
)
def test_what_nobody_writes_by_hand_is_refused_on_its_line(
    tmp_path: Path, content: bytes, line: int | None, said: str
) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    with pytest.raises(BrokenToml, match=said) as refused:
        read_toml(path, Section)
    assert refused.value.line == line


def test_lines_are_those_of_the_file_with_any_line_end_and_a_mark(tmp_path: Path) -> None:
    for end in ("\n", "\r\n"):
        path = tmp_path / "my.toml"
        path.write_bytes(b"\xef\xbb\xbf" + _TEXT.replace("\n", end).encode())
        found = read_toml(path, Section)
        assert (found.file, found["goal"].line, found["goal"].line_of("value")) == ("my.toml", 4, 5)
        assert (found["kpis"][1].line, found["kpis"][1].line_of("nothing")) == (15, 15)


def test_a_heading_that_is_only_part_of_another_has_its_line() -> None:
    assert lines("[files.deals.join]\nleads = 1\n")[("files", "deals")] == 1
