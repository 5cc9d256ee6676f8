"""Reports as PDFs and as a picture: one run of LibreOffice, a sentence where it is missing or does not end."""

import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kpixl.files import office
from kpixl.files.office import NotPrinted, print_workbooks
from kpixl.plan import Period
from kpixl.workbook.printed import first_page, print_beside
from kpixl.workbook.report import write_report

_MONTH = dt.date(2025, 9, 1)


@pytest.mark.calc
def test_every_file_is_printed_and_the_first_is_pictured(small_book: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "営業 計画"
    folder.mkdir()
    written = write_report(small_book(period=Period(_MONTH, 2)), _MONTH, folder, members=True)
    files = [written.path, *written.own]
    (folder / "small_2025-09.png").write_bytes(b"an older picture")
    made = print_beside(files, pdf=True, png=True)
    assert made == [*(path.with_suffix(".pdf") for path in files), written.path.with_suffix(".png")]
    text = subprocess.run(["pdftotext", made[1], "-"], capture_output=True, check=True, text=True).stdout
    assert "佐藤" in text
    assert "鈴木" not in text
    with Image.open(made[-1]) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 700
    assert (folder / "small_2025-09.png.bak").read_bytes() == b"an older picture"


def test_the_margins_of_a_page_are_cut() -> None:
    page = Image.new("RGB", (400, 600), "white")
    page.paste("black", (100, 100, 200, 150))
    out = io.BytesIO()
    page.convert("P").save(out, "PDF", resolution=72)  # without the noise of a JPEG
    with Image.open(io.BytesIO(first_page(out.getvalue()))) as picture:
        assert picture.size == pytest.approx((200 + 48, 100 + 48), abs=2)


def test_without_libreoffice_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(office, "_PLACES", ())
    with pytest.raises(NotPrinted, match="LibreOffice"):
        print_workbooks([tmp_path / "plan.xlsx"])


@pytest.mark.parametrize(("script", "said"), [("sleep 60 & sleep 60", "1秒"), ("exit 0", "plan.xlsx")])
def test_a_libreoffice_that_hangs_or_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str
) -> None:
    for name, content in (("soffice", f"#!/bin/sh\n{script}\n"), ("plan.xlsx", "")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / "soffice"))
    monkeypatch.setattr(office, "_SECONDS", 1)
    monkeypatch.setattr(office, "_SECONDS_EACH", 0)
    with pytest.raises(NotPrinted, match=said):
        print_workbooks([tmp_path / "plan.xlsx"])
