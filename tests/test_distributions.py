"""What is handed out: the sources can be tested by themselves, the wheel has all that runs, and neither has rubbish."""

import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from kpixl import __version__
from kpixl.texts import LANGUAGES

ROOT = Path(__file__).parents[1]
_RUBBISH = re.compile(r"__pycache__|\.py[cod]$|\.bak$|\.log$|~\$|\.lock\.|\.egg-info|(^|/)\.(?!gitignore$)|kpixl-demo")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the archive of the sources, without the folder that they are all in."""
    (made,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("sdist")), versions=["standard"])
    with tarfile.open(made) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    (made,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    assert Path(made).name == f"kpixl-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(made) as archive:
        return set(archive.namelist())


def _there(*patterns: str) -> set[str]:
    """The files of this checkout that are worth handing out."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    names = {path.relative_to(ROOT).as_posix() for path in found}
    return {name for name in names if not _RUBBISH.search(name)}


def test_the_sources_have_code_templates_tests_and_docs(sources: set[str]) -> None:
    folders = ("benchmarks", "docs", "kpixl", "templates", "tests", "udfs")
    assert _there(*(f"{folder}/**/*" for folder in folders), "*.md", "LICENSE", "pyproject.toml") <= sources


def test_the_wheel_has_all_that_runs(wheel: set[str]) -> None:
    assert _there("kpixl/**/*", "udfs/**/*") <= wheel
    assert {f"kpixl/{name}" for name in _there("templates/*")} <= wheel
    assert {f"kpixl/locale/{language}.toml" for language in LANGUAGES} <= wheel
    assert {name.partition("/")[0] for name in wheel} == {"kpixl", "udfs", f"kpixl-{__version__}.dist-info"}
    assert f"kpixl-{__version__}.dist-info/licenses/LICENSE" in wheel


def test_no_rubbish_is_handed_out(sources: set[str], wheel: set[str]) -> None:
    assert [name for name in sources | wheel if _RUBBISH.search(name)] == []
