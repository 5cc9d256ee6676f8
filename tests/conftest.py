"""What several tests need: LibreOffice where it is there, real data where it lies beside the checkout, a small plan."""

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage

_SHARED = Path(__file__).parents[2] / "shared" / "data"
_START_AGAIN = 81  # what LibreOffice answers on a profile that it has just made
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs LibreOffice where there is none, unless it was asked for."""
    if item.get_closest_marker("calc") and not shutil.which("soffice"):
        reason = "LibreOffice (soffice) is not installed"
        if "calc" in os.environ.get("KPIXL_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def _japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "ja")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports and workbooks, where it lies beside the checkout."""
    folder = Path(os.environ.get("KPIXL_REAL_DATA", _SHARED))
    if not folder.is_dir():
        pytest.skip(f"no real files in {folder}")
    return folder


@pytest.fixture(scope="session")
def recalculate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Compute every formula of a workbook anew in LibreOffice: `recalculate(path)` is the path of the result."""
    profile = tmp_path_factory.mktemp("office")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")

    def run(path: Path) -> Path:
        out = tmp_path_factory.mktemp("recalculated")
        office = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]
        command = [*office, "--convert-to", "xlsx", "--outdir", str(out), str(path)]
        for _ in range(3):
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
            if done.returncode != _START_AGAIN:
                break
        assert (out / path.name).is_file(), done.stdout + done.stderr
        return out / path.name

    return run


@pytest.fixture(scope="session")
def small_plan() -> Callable[..., Plan]:
    """Make a plan to be followed by hand, with anything in it replaced: `small_plan(members=...)`.

    September 2026 has 19 business days and October 21. Of 25 orders the fairs bring 15, from 315 leads by 63 and 50,
    and the web brings 10, from 80 leads by 40 and 20.
    """

    def make(**changes: Any) -> Plan:
        parts: dict[str, Any] = {
            "template": "small",
            "language": "ja",
            "goal": Goal(50_000_000, 2_000_000),
            "period": Period(
                dt.date(2026, 9, 1),
                2,
                (dt.date(2026, 9, 21), dt.date(2026, 9, 22), dt.date(2026, 9, 23), dt.date(2026, 10, 12)),
            ),
            "stages": (
                Stage("lead", "リード"),
                Stage("appointment", "アポ"),
                Stage("meeting", "商談", 4.0),
                Stage("won", "受注"),
            ),
            "channels": (Channel("展示会", 0.6, (0.2, 0.8, 0.3)), Channel("Web", 0.4, (0.5, 0.5, 0.5))),
            "members": (Member("佐藤"), Member("鈴木")),
        }
        return Plan(**parts | changes)

    return make
