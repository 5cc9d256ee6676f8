"""The documentation shows every sheet, with pictures that are there and small enough to be committed."""

import re
from pathlib import Path

import pytest

from kpixl.texts import section

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda page: page.name)
def test_every_picture_of_a_page_is_there(page: Path) -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+\.(?:png|svg))\)", page.read_text(encoding="utf-8"))
    assert [path for path in shown if not page.parent.joinpath(path).is_file()] == []


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_the_first_page_shows_the_product(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8").count("](docs/pictures/") >= 3


PAGES = [page.relative_to(ROOT).as_posix() for page in sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page: str) -> None:
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [path for path in linked if not (ROOT / page).parent.joinpath(path).is_file()] == []


@pytest.mark.parametrize(("page", "folder"), [("workbook.md", "inside_sales_en"), ("workbook.ja.md", "inside_sales")])
def test_every_sheet_is_shown(page: str, folder: str) -> None:
    told = (ROOT / "docs" / page).read_text(encoding="utf-8")
    sheets = [f"pictures/{folder}/{name}.png" for name in section("sheet")]
    pages = [f"pictures/{folder}/report/{name}.png" for name in section("page")]
    assert [path for path in sheets + pages if path not in told] == []


def test_every_template_has_a_picture_of_every_sheet() -> None:
    for template in (ROOT / "templates").glob("*.toml"):
        if template.stem != "playbook":
            shown = {picture.stem for picture in (PICTURES / template.stem).glob("*.png")}
            assert shown == set(section("sheet")), template.stem


def test_the_pictures_are_a_few_megabytes() -> None:
    assert sum(picture.stat().st_size for picture in PICTURES.rglob("*.png")) < 6_000_000
