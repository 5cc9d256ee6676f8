"""Workbooks on paper and as a picture: their PDFs, printed by LibreOffice, and the first page of one as a PNG."""

import io
from collections.abc import Sequence
from pathlib import Path

from kpixl.files.office import print_workbooks
from kpixl.files.whole import replace_file, version

__all__ = ["first_page", "print_beside", "put_beside"]

_SHARPNESS = 2.0  # times the 72 dots an inch of a PDF's own measure
_MARGIN = 24  # pixels of white that stay around what is on the page


def print_beside(books: Sequence[Path], *, pdf: bool, png: bool) -> list[Path]:
    """Put a PDF beside each workbook, and a picture of its first page beside the first; return what was written.

    LibreOffice runs once for all of them. A file that is replaced is kept as .bak.

    Raises
    ------
    NotPrinted
        If LibreOffice is missing, does not end in time, or leaves a workbook unprinted.
    WorkbookRefused
        If a file cannot be written.
    """
    printed = print_workbooks(books if pdf else books[:1])
    written = [put_beside(book, ".pdf", content) for book, content in zip(books, printed, strict=False) if pdf]
    return [*written, put_beside(books[0], ".png", first_page(printed[0]))] if png else written


def first_page(pdf: bytes) -> bytes:
    """Return the first page of a PDF as a PNG, without its white margins."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - heavy
    from pypdfium2 import PdfDocument  # noqa: PLC0415

    with PdfDocument(pdf) as document:
        page = document[0].render(scale=_SHARPNESS).to_pil().convert("RGB")
    white = Image.new("RGB", page.size, "white")
    left, top, right, bottom = ImageChops.difference(page, white).getbbox() or (0, 0, *page.size)
    far = min(right + _MARGIN, page.width), min(bottom + _MARGIN, page.height)
    out = io.BytesIO()
    page.crop((max(left - _MARGIN, 0), max(top - _MARGIN, 0), *far)).save(out, "PNG", optimize=True)
    return out.getvalue()


def put_beside(book: Path, suffix: str, content: bytes) -> Path:
    """Write a file beside a workbook, with its name and another ending; an older one is kept as .bak."""
    path = book.with_suffix(suffix)
    replace_file(path, lambda out: out.write(content), expected=version(path) if path.exists() else None)
    return path
