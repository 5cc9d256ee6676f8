"""What several tests need: LibreOffice where it is there, and real data where it lies beside the checkout."""

import os
import shutil
from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared" / "data"


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
