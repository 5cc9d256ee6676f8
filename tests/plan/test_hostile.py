"""Templates that were changed at random go through `kpixl check` and `kpixl new`: a sentence or an answer, soon.

`KPIXL_TEMPLATES=500` tries as many; the few of an ordinary run are the first of them.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import kpixl
from kpixl.cli import main
from kpixl.errors import UserError
from kpixl.plan import read_template
from kpixl.plan.check import check_template
from kpixl.plan.sections import template_names

_MANY = int(os.environ.get("KPIXL_TEMPLATES", "60"))
_OWN = """extends = "inside_sales"
[goal]
value = 104_000_000
unit_value = 1_000_000
last_year = 100_000_000
[period]
months = 6
country = "JP"
closures = ["2025-08-13", 2025-08-14]
[[channels]]
name = "展示会"
share = 0.6
rates = [0.5, 0.6, 0.3, 0.9, 0.6, 0.25]
[[channels]]
name = "Web"
share = 0.4
rates = [0.5, 0.6, 0.3, 0.9, 0.6, 0.25]
[[members]]
name = "佐藤"
weight = 1.2
joined = 2024-04-01
[[members]]
name = "鈴木"
capacity = 40
"""


def test_a_changed_template_is_refused_or_checked(
    hostile_toml: Callable[[str, random.Random], bytes],
    limited: Callable[[], AbstractContextManager[None]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bases = [_OWN, *(path.read_text("utf-8") for path in _templates())]
    path, codes, wrong = tmp_path / "my.toml", Counter[int](), []
    for number in range(_MANY):
        chance = random.Random(number)  # noqa: S311 - damage, not secrets
        path.write_bytes(hostile_toml(chance.choice(bases), chance))
        try:
            with pytest.raises(SystemExit) as left, limited():
                main(["check", str(path)])
            code, said = int(left.value.code or 0), capsys.readouterr()
            codes[code] += 1
            assert code in (0, 1, 2)
            assert (said.err == "") == (code != 2)
            assert said.out or said.err
            try:
                read_template(str(path), language="ja")
            except UserError as error:
                assert code, "what check finds nothing wrong with is read"
                assert str(error)
        except (Exception, pytest.fail.Exception) as error:
            wrong.append((number, repr(error)[:300]))
    assert not wrong, "\n".join(map(str, wrong))
    assert codes[0] > _MANY / 20, codes
    assert codes[1] + codes[2] > _MANY / 5, codes


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 5000])
def test_a_number_or_brackets_beyond_all_reading_are_a_finding_of_the_file(tmp_path: Path, value: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(f'extends = "inside_sales"\n[goal]\nvalue = {value}\n', "utf-8")
    [found] = check_template(str(path), "ja")
    assert (found.rule, found.at["file"]) == ("unreadable", "my.toml")


@pytest.mark.parametrize(
    "section",
    [
        "[[members]]\nname = '佐藤'\nweight = 1e308",
        "[[members]]\nname = '佐藤'\npinned = inf",
        "[[members]]\nname = '佐藤'\nlevel = 'x'\n[[levels]]\nname = 'x'\nfactor = 1e308",
        f"[period]\nseasonality = [{'1e308, ' * 12}]",
    ],
    ids=["weight", "pin", "level", "season"],
)
def test_weights_whose_products_are_no_numbers_are_refused_on_their_line(tmp_path: Path, section: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(f'extends = "inside_sales"\n{section}\n', "utf-8")
    found = check_template(str(path), "ja")
    assert [one.rule for one in found] == ["unreadable"] * len(found) != []
    assert all(isinstance(one.at["line"], int) for one in found)


def _templates() -> list[Path]:
    folder = Path(kpixl.__file__).parents[1] / "templates"
    return [folder / f"{name}.toml" for name in template_names()]
