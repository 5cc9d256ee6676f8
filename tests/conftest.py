"""What several tests need: LibreOffice where it is there, real data where it lies beside the checkout, a small plan."""

import datetime as dt
import gc
import importlib.util
import logging
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import openxml_audit.context
import pytest
from lxml import etree

from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage
from udfs import boundary

_SHARED = Path(__file__).parents[2] / "shared" / "data"
_START_AGAIN = 81  # what LibreOffice answers on a profile that it has just made
_ALWAYS_RECALCULATE = """<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""
_SETTINGS = f"""<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{_ALWAYS_RECALCULATE}"""
_SPREADSHEETS = "application/vnd.oasis.opendocument.spreadsheet"
_BLANK = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"
 office:mimetype="{_SPREADSHEETS}"><office:body><office:spreadsheet/></office:body></office:document>
"""
_WORD = r'"[^"]*"|[\w.]+'
_SECONDS, _BYTES = 5, 500 << 20
_LONG = [
    f"test_{name}"
    for name in (
        *("opened", "migrate", "history", "hostile", "refresh", "typed_cells", "cases", "functions_inside", "days"),
        *("recalculation", "doc_commands", "real_opened", "headings", "ledger", "survival", "settings", "commands"),
        *("cli", "real", "connections", "review", "registry", "insights", "definitions", "cohorts", "archive"),
    )
]
_LONG_NAME = "COM.KPIXL.CALC.KPIFUNCTIONS."
_FORMULAS = ("{*}f", "{*}formula", "{*}formula1", "{*}formula2", "{*}definedName", "{*}calculatedColumnFormula")


hypothesis.settings.register_profile("any machine", deadline=None)  # how long an example takes says nothing of kpixl
hypothesis.settings.load_profile("any machine")


_counted = openxml_audit.context._sibling_position
_positions: dict[Any, dict[Any, tuple[Any, int]]] = {}


def _position(element: Any) -> int:
    """Say which of its kind an element is, from the one asked for before: the audit counts from the first each time."""
    parent = element.getparent()
    if parent is None:
        return 1
    if parent not in _positions and len(_positions) > 100:
        _positions.clear()
    seen = _positions.setdefault(parent, {})
    last, place = seen.get(element.tag, (None, 0))
    follows = last is not None and next(last.itersiblings(element.tag), None) is element
    seen[element.tag] = element, place + 1 if follows else _counted(element)
    return seen[element.tag][1]


openxml_audit.context._sibling_position = _position


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one of them at the end."""
    items.sort(key=lambda item: _LONG.index(item.path.stem) if item.path.stem in _LONG else len(_LONG))


def pytest_collection_finish() -> None:
    """Let Python look for garbage less often, and never among all that stays: it takes a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a program that is not there, unless it was asked for."""
    programs = {
        "browser": _no_browser,
        "calc": _no_calc,
        "wine": _no_wine,
        "postgres": _no_postgres,
        "pyodide": _no_pyodide,
        "spark": _no_spark,
        "windows": _no_setup,
    }
    for marker, missing in programs.items():
        if item.get_closest_marker(marker) and (reason := missing()):
            if marker in os.environ.get("KPIXL_REQUIRE", "").split(","):
                pytest.fail(reason)
            pytest.skip(reason)


def _no_browser() -> str:
    return "" if shutil.which("chromium") else "Chromium (chromium) is not installed"


def _no_calc() -> str:
    return "" if shutil.which("soffice") else "LibreOffice (soffice) is not installed"


def _no_postgres() -> str:
    server = any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    driver = importlib.util.find_spec("psycopg") is not None
    return "" if server and driver else "install the packages postgresql (of Debian) and psycopg (of PyPI)"


def _no_pyodide() -> str:
    made = Path(os.environ.get("KPIXL_PYODIDE", "nowhere"), "made").is_file()
    return "" if made else "run tests/addin/pyodide.sh FOLDER, then set KPIXL_PYODIDE to that folder"


def _no_spark() -> str:
    there = shutil.which("java") and importlib.util.find_spec("pyspark")
    return "" if there else "install Java 17 (openjdk-17-jre-headless of Debian) and kpixl[spark]"


def _no_wine() -> str:
    made = Path(os.environ.get("KPIXL_WINE", "nowhere"), "made").is_file()
    return "" if made else "run tests/addin/wine.sh FOLDER, then set KPIXL_WINE to that folder"


def _no_setup() -> str:
    built = any(Path(os.environ.get("KPIXL_SETUP", "nowhere")).glob("*-setup.exe"))
    return _no_wine() or ("" if built else "run tests/packaging/setup.sh FOLDER, then set KPIXL_SETUP to that folder")


@pytest.fixture(autouse=True)
def _japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPIXL_LANG", "ja")


@pytest.fixture(autouse=True)
def _no_logbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into the home of whoever runs the tests."""
    monkeypatch.setattr(logging.getLogger("kpixl"), "handlers", [logging.NullHandler()])


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports and workbooks, where it lies beside the checkout."""
    folder = Path(os.environ.get("KPIXL_REAL_DATA", _SHARED))
    if not folder.is_dir():
        pytest.skip(f"no real files in {folder}")
    return folder


@pytest.fixture(scope="session")
def _made() -> dict[object, Path]:
    """The workbooks that were made for several tests, by what they were made of."""
    return {}


@pytest.fixture
def once(
    _made: dict[object, Path], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Callable[..., Path]:
    """Make a workbook once for all tests of a file: `once(key, make)` is a copy of the one that `make()` returned."""

    def copied(key: object, make: Callable[[], Path]) -> Path:
        place = request.path, key
        if place not in _made:
            made = make()
            _made[place] = Path(shutil.copy(made, tmp_path_factory.mktemp("made") / made.name))
        return Path(shutil.copy(_made[place], tmp_path / _made[place].name))

    return copied


@pytest.fixture(scope="session")
def recalculate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Compute every formula of a workbook anew in LibreOffice: `recalculate(path)` is the path of the result.

    With several paths the results stand beside the first.
    """
    profile = tmp_path_factory.mktemp("office")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")

    def run(path: Path, *more: Path) -> Path:
        return _converted(path, tmp_path_factory.mktemp("recalculated"), profile, *more)

    with _office(profile):
        yield run


@contextmanager
def _office(profile: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Keep an office open, to which soffice hands over what is to be converted: starting one takes half the time.

    It stays open for the blank document in it, whose lock says that it has started.
    """
    document, lock = profile / "blank.fods", profile / ".~lock.blank.fods#"
    document.write_text(_BLANK, encoding="utf-8")
    command = [*_soffice(profile), str(document)]

    def start() -> subprocess.Popen[bytes]:
        silent = subprocess.DEVNULL
        return subprocess.Popen(command, env=environment, start_new_session=True, stdout=silent, stderr=silent)

    office, until = start(), time.monotonic() + 180
    while not lock.exists():
        assert time.monotonic() < until, "LibreOffice does not start"
        if office.poll() == _START_AGAIN:
            office = start()
        time.sleep(0.1)
    yield
    os.killpg(office.pid, signal.SIGTERM)  # soffice is a script, whose office would go on without it
    office.wait(60)


def _soffice(profile: Path) -> list[str]:
    return [str(shutil.which("soffice")), "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]


def _converted(path: Path, out: Path, profile: Path, *more: Path) -> Path:
    command = [*_soffice(profile), "--convert-to", "xlsx", "--outdir", str(out), str(path), *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    result = (out / path.name).with_suffix(".xlsx")
    assert result.is_file(), done.stdout + done.stderr
    return result


@dataclass(frozen=True)
class CalcWithAddin:
    """A user of LibreOffice: a virtual environment with kpixl in it, a home, and a profile with the add-in."""

    environment: Path
    home: Path
    profile: Path

    def kpixl(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a user who is not root: LibreOffice takes no personal add-ins for root."""
        other = ["unshare", "-U"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        return subprocess.run(
            [*other, str(self.environment / "bin" / "python"), "-c", "from kpixl.cli import main; main()", *arguments],
            env=self.desktop(KPIXL_LANG="en", **more),
            capture_output=True,
            text=True,
            check=False,
        )

    def desktop(self, **more: str) -> dict[str, str]:
        """Return the variables that an office started from the desktop has: no activated environment on its path."""
        return {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.home)} | more


@pytest.fixture(scope="session")
def calc_with_addin(tmp_path_factory: pytest.TempPathFactory) -> CalcWithAddin:
    """Install the add-in by its command, in an environment, a home and a profile of its own."""
    folder = tmp_path_factory.mktemp("calc")
    user = CalcWithAddin(folder / "env", folder / "home", folder / "profile")
    user.home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(user.environment)], check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(user.environment)})
    tested = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    Path(packages, "tested.pth").write_text(tested, encoding="utf-8")
    done = user.kpixl("addin", "install", "--calc", "--profile", str(user.profile))
    assert (done.returncode, done.stderr) == (0, "")
    settings = user.profile / "user" / "registrymodifications.xcu"
    written = settings.read_text(encoding="utf-8")
    settings.write_text(written.replace("</oor:items>", _ALWAYS_RECALCULATE), encoding="utf-8")
    return user


@pytest.fixture(scope="session")
def recalculate_with_addin(
    calc_with_addin: CalcWithAddin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Path], Path]]:
    """Compute a workbook with kpixl's functions anew in LibreOffice: `recalculate_with_addin(path)` is the result.

    It takes .xlsx and .xlsm as Excel has them, with plain names, and answers in the language of KPIXL_LANG. LibreOffice
    7.4 knows a function of an add-in by its long name alone in such files, and neither SINGLE nor ANCHORARRAY: they are
    rewritten on the way in, and the names back on the way out.
    """
    offices = ExitStack()

    @cache
    def profile(language: str) -> Path:
        """Return the profile of an office that speaks a language: it goes on in the one it was started in."""
        made = Path(shutil.copytree(calc_with_addin.profile, tmp_path_factory.mktemp("office") / language))
        offices.enter_context(_office(made, calc_with_addin.desktop(KPIXL_LANG=language)))
        return made

    def run(path: Path) -> Path:
        folder = tmp_path_factory.mktemp("with_addin")
        _rewrite(path, folder / path.name, _for_calc)
        (folder / "out").mkdir()
        computed = _converted(folder / path.name, folder / "out", profile(os.environ["KPIXL_LANG"]))
        result = folder / computed.name
        _rewrite(computed, result, lambda formula, spilled: formula.replace(_LONG_NAME, ""))
        return result

    with offices:
        yield run


def _rewrite(source: Path, target: Path, rewritten: Callable[[str, dict[str, str]], str]) -> None:
    with zipfile.ZipFile(source) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name in filter(re.compile(r"xl/(workbook|worksheets/[^/]+|tables/[^/]+)\.xml").fullmatch, parts):
        root = etree.fromstring(parts[name])
        arrays = [each.get("ref") for each in root.iter("{*}f") if each.get("t") == "array"]
        spilled = {ref.partition(":")[0]: ref for ref in arrays}
        for formula in root.iter(*_FORMULAS):
            formula.text = rewritten(formula.text or "", spilled)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


def _for_calc(formula: str, spilled: dict[str, str]) -> str:
    """Write long names; a spilled range becomes the cells that it has in the file, SINGLE what Calc does unasked."""
    function = re.compile(rf"(?<![\w.])(?:_xlfn\.)?({'|'.join(boundary.REGISTRY)})(?=\()", re.IGNORECASE)
    parts = re.split(r'("[^"]*")', formula)
    for place in range(0, len(parts), 2):  # between them stand texts
        part = function.sub(lambda found: _LONG_NAME + found[1].upper(), parts[place])
        part = re.sub(r"_xlfn\.ANCHORARRAY\(([^()]+)\)", lambda found: spilled[found[1].replace("$", "")], part)
        parts[place] = part.replace("_xlfn.SINGLE(", "(")
    return "".join(parts)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {_SECONDS} s")


@pytest.fixture(scope="session")
def limited() -> Callable[[], AbstractContextManager[None]]:
    """End what takes more than 5 s of the processor; memory beyond 500 MB more than now cannot be had."""
    resource = pytest.importorskip("resource", reason="limits are set as Linux has them")

    @contextmanager
    def within() -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        before = signal.signal(signal.SIGVTALRM, _too_long)
        resource.setrlimit(resource.RLIMIT_AS, (size + _BYTES, hard))
        signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
            signal.signal(signal.SIGVTALRM, before)

    return within


_HOSTILE_VALUES = [
    '""', "''", "0", "-1", "1.5", "1e308", "inf", "nan", "true", "[]", "{}", "[[]]", "[{}]", "1" * 5000, "0x1F",
    "2025-04-01", "1979-05-27T07:32:00Z", "07:32:00", '"=1+1"', '"\\u0000"', '"\\u001b[2J"', '"{x}"', '"%s"', '"日時"',
    '"\'"', '"\\""', '"  "', '"\u3000"', '"*"', '"../../x"', '"/etc/passwd"', '"2025-02-30"', '"1e400"', '"９０％"',
    "[" * 3000, '{ a = { b = [1, { c = "d" }] } }', '{ column = "日時" }', '{ "" = "" }', '["日時", 1, true]',
    '"' + "x" * 40_000 + '"', "9" * 18, "99999999999999999999", "-0.0",
]  # fmt: skip


@pytest.fixture(scope="session")
def hostile_toml() -> Callable[[str, random.Random], bytes]:
    """Change a TOML file at random: lines and values missing, doubled, elsewhere or other ones; bytes that are none."""

    def changed(text: str, chance: random.Random) -> bytes:
        lines = text.splitlines()
        for _ in range(chance.choice((1, 1, 2, 4))):
            place = chance.randrange(len(lines))
            head, mark, _ = lines[place].partition(" = ")
            match chance.randrange(8):
                case 0:
                    del lines[place]
                case 1:
                    lines.insert(chance.randrange(len(lines)), lines[place])
                case 2:
                    other = chance.randrange(len(lines))
                    lines[place], lines[other] = lines[other], lines[place]
                case 3 | 4 | 5:
                    value = lines[place][len(head + mark) :]
                    word = chance.choice(re.findall(_WORD, value) or ["x"])
                    other = chance.choice(_HOSTILE_VALUES if chance.random() < 0.3 else re.findall(_WORD, text))
                    lines[place] = head + mark + value.replace(word, other, 1)
                case 6:
                    lines[place] = re.sub(r"\w", chance.choice(("x", "é", "\x1b", "")), lines[place], count=1)
                case _:
                    lines[place] = f"{head} = {chance.choice(_HOSTILE_VALUES)}" if mark else f"[{head}]"
            lines = lines or [""]
        content = bytearray("\n".join(lines).encode())
        if chance.random() < 0.1:
            content.insert(chance.randrange(len(content) or 1), chance.randrange(256))
        return bytes(content)

    return changed


@pytest.fixture(scope="session")
def vba_modules() -> Callable[[Path], dict[str, str]]:
    """Read the VBA modules of a workbook by name, as an independent parser does."""

    def read(path: Path) -> dict[str, str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oletools uses old names of pyparsing
            from oletools.olevba import VBA_Parser

            parser = VBA_Parser(str(path))
            found = {name.rpartition(".")[0]: text for *_, name, text in parser.extract_macros()}
            parser.close()
        return found

    return read


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
