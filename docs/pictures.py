"""Make the pictures of the documentation again: `python docs/pictures.py`.

It needs LibreOffice, poppler and `pip install .[docs]`. Runs the demo in Japanese and in English, makes an empty plan
of every other template, prints the workbooks through LibreOffice, and keeps the first pages of every sheet, without
their margins, under `docs/pictures/`. Which sheet's a page is can be read from the bookmarks of the PDF.
"""

import datetime as dt
import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageColor

from kpixl import demo
from kpixl.actuals import import_events, read_mapping
from kpixl.plan import read_template
from kpixl.texts import say, section, speaking
from kpixl.workbook.blocks import Block, Sheet, lettering
from kpixl.workbook.books import Book
from kpixl.workbook.planbook import build, write_workbook
from kpixl.workbook.refresh import read_state, refresh
from kpixl.workbook.sheets import plan_sheets
from kpixl.workbook.state import new_state
from kpixl.workbook.style import LOOKS, PALETTE

PICTURES = Path(__file__).parent / "pictures"
EMPTY_PLANS = ("field_sales", "account_growth")
START = dt.date(2026, 4, 1)
RESOLUTION = 150
FOOTER = 0.6  # inches
WIDTH = 1190
TALLEST = 1.6  # times the width
MOST_PAGES = 4
MOST_ROWS = 9
FUNCTION = re.compile(r"(?:KPI|FUNNEL)_[A-Z]+")
TINTS = 8
DARK = 128
MARGIN = 24
FONTS = Path(__file__).with_name("fonts.conf")


def main() -> None:
    """Make every picture."""
    with tempfile.TemporaryDirectory() as scratch:
        for language, folder in (("ja", "inside_sales"), ("en", "inside_sales_en")):
            made = Path(scratch) / language
            demo.run(made, language)
            with speaking(language):
                report, plan = sorted(made.glob("*.xlsx"), key=lambda book: say("demo.book") == book.name)
                picture(plan, PICTURES / folder, section("sheet"))
                picture(report, PICTURES / folder / "report", section("page") | _first_member(language))
            live(Path(scratch) / f"live_{language}", language)
        with speaking("ja"):
            for template in EMPTY_PLANS:
                book = Path(scratch) / f"{template}.xlsx"
                build(new_state(read_template(template, language="ja", start=START)), book)
                picture(book, PICTURES / template, section("sheet"))


def live(folder: Path, language: str) -> None:
    """Make a picture of the functions in a live workbook: each formula above the block that it fills."""
    folder.mkdir()
    with speaking(language):
        plan = read_template("inside_sales", language=language, start=demo.START)
        book = folder / "plan.xlsm"
        build(new_state(plan, live=True), book)
        demo.keep_log(plan, book)
        log, deals, mapping = demo.write_exports(plan, folder)
        refresh(book, imported=import_events([log, deals], read_mapping(mapping)), as_of=demo.AS_OF)
        with Book(book) as opened:
            sheets = plan_sheets(read_state(opened, as_of=demo.AS_OF))
        shown = folder / "shown.xlsx"
        write_workbook(shown, [_functions(sheets)], language, {})
        picture(shown, PICTURES / f"live_{language}", {"functions": say("sheet.functions")})


def _functions(sheets: list[Sheet]) -> Sheet:
    """Return a sheet with every function that fills a block, its headings and the first values below it."""
    blocks: list[Block] = []
    row = 2
    for sheet in sheets:
        for headings, block in pairwise(sheet.blocks):
            lines = tuple(line for line in block.rows if any(cell and cell.content for cell in line))[:MOST_ROWS]
            if block.spill and lines:
                _, function = FUNCTION.findall(block.spill)  # the first asks whether functions answer
                blocks += [
                    lettering(f"B{row}", [[(f"{sheet.title}:  ={function}( … )", "section")]]),
                    replace(headings, at=f"B{row + 1}"),
                    Block(f"B{row + 2}", lines),
                ]
                row += len(lines) + 4
    blocks.append(lettering(f"B{row + 2}", [[(" ", "text")]]))  # so that the footer stands apart
    return Sheet(say("sheet.functions"), blocks=tuple(blocks), widths=dict.fromkeys("BCDEFGHIJK", 17.0), one_page=True)


def picture(book: Path, folder: Path, sheets: dict[str, str]) -> None:
    """Make a picture of each sheet of a workbook, under the name that `sheets` gives its title."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    pdf = _printed(book)
    pages = _pages(pdf)
    for name, title in sheets.items():
        if title in pages:
            shown = [_cut(_rendered(pdf, page)) for page in pages[title][:MOST_PAGES]]
            _reduced(_stacked(shown)).save(folder / f"{name}.png", optimize=True)


def _first_member(language: str) -> dict[str, str]:
    return {"member": read_template("inside_sales", language=language, start=demo.START).members[0].name}


def _printed(book: Path) -> Path:
    """Print a workbook to a PDF beside it."""
    profile = f"-env:UserInstallation={(book.parent / 'office').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(book.parent), str(book)]
    for _ in range(2):  # a new profile may ask to be started again
        known = os.environ | {"FONTCONFIG_FILE": str(FONTS)}
        subprocess.run(command, check=False, capture_output=True, timeout=300, env=known)
    return book.with_suffix(".pdf")


def _pages(pdf: Path) -> dict[str, range]:
    """Return the pages of each sheet, by its title."""
    command = ["pdftohtml", "-xml", "-i", "-stdout", str(pdf)]
    told = subprocess.run(command, check=True, capture_output=True).stdout
    outline = told[told.index(b"<outline>") : told.index(b"</outline>") + len(b"</outline>")]
    first = {str(item.text): int(item.get("page", 0)) for item in ET.fromstring(outline).iter("item")}  # noqa: S314
    ends = [*list(first.values())[1:], told.count(b"<page ") + 1]
    return {title: range(start, max(end, start + 1)) for (title, start), end in zip(first.items(), ends, strict=True)}


def _rendered(pdf: Path, page: int) -> Image.Image:
    where = ["-f", str(page), "-l", str(page), "-singlefile", "-r", str(RESOLUTION), "-png"]
    subprocess.run(["pdftoppm", *where, str(pdf), str(pdf.with_suffix(""))], check=True)
    return Image.open(pdf.with_suffix(".png")).convert("RGB")


def _cut(page: Image.Image) -> Image.Image:
    """Cut a page to what stands on it."""
    page = page.crop((0, 0, page.width, page.height - int(FOOTER * RESOLUTION)))
    blank = Image.new("RGB", page.size, "white")
    left, top, right, bottom = ImageChops.difference(page, blank).getbbox() or (0, 0, page.width, 1)
    right, bottom = min(right + MARGIN, page.width), min(bottom + MARGIN, page.height)
    return page.crop((max(left - MARGIN, 0), max(top - MARGIN, 0), right, bottom))


def _stacked(pages: list[Image.Image]) -> Image.Image:
    whole = Image.new("RGB", (max(page.width for page in pages), sum(page.height for page in pages)), "white")
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


def _reduced(picture: Image.Image) -> Image.Image:
    """Make a picture small enough to be committed."""
    picture = picture.crop((0, 0, picture.width, min(picture.height, int(picture.width * TALLEST))))
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, picture.height * WIDTH // picture.width), Image.Resampling.LANCZOS)
    return picture.quantize(palette=_palette(), dither=Image.Dither.NONE)


def _palette() -> Image.Image:
    """Return kpixl's own colours, the dark ones on their way to white: so a picture keeps its few red letters."""
    filled = {look["fill"].get("color", PALETTE["ink"]) for look in LOOKS.values() if "fill" in look}
    channels: list[int] = [255, 255, 255]
    for colour in sorted(filled | set(PALETTE.values())):
        tones = ImageColor.getrgb(colour)[:3]
        for step in range(TINTS if min(tones) < DARK else 1):
            channels += [round(tone + (255 - tone) * step / TINTS) for tone in tones]
    chosen = Image.new("P", (1, 1))
    chosen.putpalette(channels)
    return chosen


if __name__ == "__main__":
    main()
