"""The pages of docs/tools: the export shown there, imported as shown there, gives the numbers shown there."""

import re
import shlex
from pathlib import Path

import pytest

from kpixl.actuals import EVENTS, import_events
from kpixl.actuals.mapping import mapping_of
from kpixl.actuals.samples import recognised, samples_of

_FOLDER = Path(__file__).parents[1] / "docs" / "tools"
_PAGES = sorted(path.name for path in _FOLDER.glob("*.md"))


def _blocks(page: str, kind: str) -> list[str]:
    return re.findall(
        rf"^```{kind}\n(.*?)^```$", (_FOLDER / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def _written(folder: Path, page: str) -> list[str]:
    """Write the export that a page shows, under the name that its command has; return the command."""
    (command,) = _blocks(page, "sh")
    words = shlex.split(command)
    (export,) = _blocks(page, "csv")
    (folder / words[-1]).write_text(export, encoding="utf-8")
    return words


@pytest.mark.parametrize("page", _PAGES)
def test_a_page_shows_what_comes_of_its_export(tmp_path: Path, page: str) -> None:
    words = _written(tmp_path, page)
    assert words[:3] == ["kpixl", "import", "plan.xlsx"]
    (found,) = recognised(samples_of([tmp_path / words[-1]]))
    facts = import_events([tmp_path / words[-1]], found.mapping()).facts.groupby("event")[["count", "amount"]].sum()
    rows = re.findall(r"\(?`(\w+)`\)? \| ([\d,]+) \| ([\d,]+) \|", (_FOLDER / page).read_text(encoding="utf-8"))
    shown = {event: tuple(float(number.replace(",", "")) for number in numbers) for event, *numbers in rows}
    assert set(shown) <= set(EVENTS)
    assert {event: tuple(row) for event, *row in facts.itertuples()} == shown


def test_every_page_has_its_other_language() -> None:
    japanese = {page.removesuffix(".ja.md") for page in _PAGES if page.endswith(".ja.md")}
    english = {page.removesuffix(".md") for page in _PAGES if not page.endswith(".ja.md")}
    assert japanese == english
    assert len(japanese) == 11


@pytest.mark.parametrize("page", ["import.md", "import.ja.md"])
def test_the_mappings_of_the_guide_are_mappings(page: str) -> None:
    text = (_FOLDER.parent / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        assert mapping_of(block, Path(page)).rules
