"""The page in a browser: as wide as a phone it fits, asks for nothing, and what matters is to be seen."""

import datetime as dt
import json
import re
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Period
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report

_MONTH = dt.date(2025, 9, 1)
_LOOKING = """<!DOCTYPE html><meta charset="utf-8"><pre id="seen"></pre>
<iframe src="{page}" style="border:0;width:{width}px;height:3000px"></iframe><script>
addEventListener("load", () => {{
  const page = document.querySelector("iframe"), seen = page.contentDocument, root = seen.documentElement
  document.getElementById("seen").textContent = JSON.stringify({{
    wide: root.scrollWidth,
    beyond: [...seen.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > {width} + 1).length,
    text: seen.body.innerText,
    drawings: [...seen.querySelectorAll("svg")].filter(one => one.getBoundingClientRect().height > 15).length,
    asked: page.contentWindow.performance.getEntriesByType("resource").map(one => one.name),
  }})
}})
</script>"""


@pytest.mark.browser
def test_a_phone_shows_the_report(
    small_book: Callable[..., Path], importing: Callable[..., Any], tmp_path: Path
) -> None:
    book = small_book(period=Period(_MONTH, 2))
    rows = [("2025-09-03", "リード", "佐藤", "Web", "")] * 241 + [("2025-09-10", "受注", "佐藤", "Web", 61_700_000)]
    refresh(book, imported=importing(*rows), as_of=dt.date(2025, 9, 30))
    written = write_report(book, _MONTH, tmp_path, html=True)
    looking = tmp_path / "looking.html"
    looking.write_text(_LOOKING.format(page=written.web[0].as_uri(), width=390), encoding="utf-8")
    browser = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--allow-file-access-from-files"]
    mine = [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom", looking.as_uri()]
    done = subprocess.run([*browser, *mine], capture_output=True, check=True, text=True, timeout=120)
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    seen = json.loads(unescape(found[1]))
    assert "CONSOLE" not in done.stderr
    assert seen["asked"] == []
    assert (seen["wide"], seen["beyond"]) == (390, 0)
    assert written.sentences[0].partition("。")[0] in seen["text"]
    actuals = {f"{actual:,.0f}" for actual in written.tracking.progress["actual"]}
    assert actuals == {"241", "0", "1", "61,700,000"}
    assert actuals <= set(re.split(r"\s+", seen["text"]))
    assert seen["drawings"] >= 8
