"""Make the pictures of the README again: `python docs/pictures.py` (needs LibreOffice and pdftoppm).

Runs the demo in a temporary folder, prints its workbooks through LibreOffice, and keeps the upper part of the pages
that the README shows.
"""

import subprocess
import tempfile
from pathlib import Path

from kpixl.demo import run

HERE = Path(__file__).parent
RESOLUTION = 130
PAGES = {  # picture: (workbook, page, how much of its height is worth showing)
    "plan_progress": ("*計画.xlsx", 9, 0.73),
    "plan_tree": ("*計画.xlsx", 4, 0.34),
    "report_summary": ("*_2026-02.xlsx", 1, 1.0),
    "report_member": ("*_2026-02.xlsx", 6, 0.85),
}


def main() -> None:
    """Render every picture."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        run(folder, "ja")
        pdfs = {pattern: _printed(next(folder.glob(pattern)), Path(scratch)) for pattern, _, _ in PAGES.values()}
        for name, (pattern, page, share) in PAGES.items():
            height = int(8.27 * RESOLUTION * share)
            crop = ["-x", "0", "-y", "0", "-W", str(int(11.69 * RESOLUTION)), "-H", str(height)]
            where = ["-f", str(page), "-l", str(page), "-singlefile", "-r", str(RESOLUTION), "-png"]
            subprocess.run(["pdftoppm", *where, *crop, pdfs[pattern], HERE / name], check=True)  # noqa: S603, S607


def _printed(book: Path, scratch: Path) -> Path:
    profile = f"-env:UserInstallation=file://{scratch}/profile"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(scratch), str(book)]
    for _ in range(2):  # a new profile may ask to be started again
        subprocess.run(convert, check=False, capture_output=True, timeout=300)  # noqa: S603
    return scratch / f"{book.stem}.pdf"


if __name__ == "__main__":
    main()
