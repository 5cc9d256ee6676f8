"""The functions from a shell: the known cases, and the ways in which arguments are written."""

import json
import shlex
import subprocess
import sys
from typing import Any

import pytest

from kpixl import cli
from udfs import boundary


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from kpixl.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def kpixl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line in this process: (exit code, output, errors)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kpixl", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return run


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["KPI_BACKSOLVE", "1億円", "100万円", "20%"], [[500], [100]]),
        (["KPI_BACKSOLVE", "5000万", "200万", "[0.2, 0.8, 0.3]"], [[525], [105], [84], [25]]),
        (["KPI_BACKSOLVE", "5000万", "200万", '["20%", "80%", "30%"]', "null", "end"], [[521], [105], [84], [25]]),
        (["KPI_BACKSOLVE", "21", "1", "0.35"], [[60], [21]]),
        (["KPI_FORWARD", "200", "20%", "50万"], 20_000_000),
        (["KPI_PACE", "1", "2026-09-01", "2026-09-30", "2026-09-18"], 14 / 19),
        (["KPI_PACE", "1", "2026-05-01", "2026-05-31", "2026-05-15"], 8 / 18),
        (["KPI_ALLOCATE", "100", "[1, 1, 1]"], [[34], [33], [33]]),
        (["KPI_BUSINESSDAYS", "令和7年1月1日", "R7.12.31"], 246),
        (["FUNNEL_RATES", "[500, 100, 40]"], [[0.2], [0.4]]),
        (["FUNNEL_BOTTLENECK", "[500,100,25]", "[500,100,20]", '["リード","商談","受注"]'], "受注"),
        (["KPI_NUMBER", "-5"], -5),
        (["KPI_NUMBER", "-1.5e3"], -1500),
        (["KPI_NUMBER", "-¥1,000"], -1000),
        (["kpi_number", "▲２０％"], -0.2),
        (["KPI_DATE", "2025/6/2"], 45810),
    ],
)
def test_the_known_cases(kpixl: Any, arguments: list[str], answer: object) -> None:
    code, out, err = kpixl("call", *arguments, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == (pytest.approx(answer) if isinstance(answer, float) else answer)


def test_business_days_of_japan_by_month(kpixl: Any) -> None:
    starts = json.dumps([f"2025-{month:02}-01" for month in range(1, 13)])
    ends = json.dumps(["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31",
                       "2025-08-31", "2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31"])  # fmt: skip
    _, out, _ = kpixl("call", "KPI_BUSINESSDAYS", starts, ends, "--json")
    assert json.loads(out) == [[days] for days in (21, 18, 20, 21, 20, 21, 22, 20, 20, 22, 18, 23)]


def test_attribution_left_to_right(kpixl: Any) -> None:
    before = json.dumps([[1000, 150 / 1000, 120 / 150, 8600 / 120]])
    after = json.dumps([[1000, 120 / 1000, 100 / 120, 9055 / 100]])
    _, out, _ = kpixl("call", "KPI_ATTRIBUTION", before, after, "sequential", "--json")
    assert [round(share) for share in json.loads(out)[0]] == [0, -1720, 287, 1888]


def test_people_read_lined_up_columns(kpixl: Any) -> None:
    code, out, _ = kpixl("call", "FUNNEL_GAP", "[500, 100]", "[500, 80]", '["リード", "商談"]')
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("段階    目標  実績  差")
    assert lines[1].startswith("リード  500   500   0")
    assert lines[2].startswith("商談    100   80    -20")


def test_a_mistake_is_a_sentence_on_the_error_stream(kpixl: Any) -> None:
    code, out, err = kpixl("call", "KPI_BACKSOLVE", "-5", "1", "1")
    assert (code, out) == (2, "")
    assert err.strip() == "kpixl: 目標は0以上の数にしてください（入力：-5）。"
    code, _, err = kpixl("--lang", "en", "call", "KPI_BACKSOLVE", "-5", "1", "1")
    assert (code, err.strip()) == (2, "kpixl: The goal must be 0 or more. Given: -5.")


@pytest.mark.parametrize("argument", ["NaN", "[1, Infinity]", "[" * 5000, "{}", "9" * 400, '["a", ["b"]]'])
def test_odd_arguments_are_mistakes_not_crashes(kpixl: Any, argument: str) -> None:
    code, _, err = kpixl("call", "KPI_NUMBER", argument)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (["KPI_BACKSOLVE", "1億", "100万", "20%", "80%"], '"[20%,80%]"'),
        (["KPI_BACKSOLVE", "1億", "100万", "0.2", "0.8", "0.3"], '"[0.2,0.8,0.3]"'),
        (["KPI_FORWARD", "200", "20%", "80%", "50万"], '"[20%,80%]"'),
        (["KPI_FORWARD", "200", "20%", "100%"], '"[20%,100%]"'),
        (["FUNNEL_RATES", "1000", "200", "40"], '"[1000,200,40]"'),
        (["KPI_ALLOCATE", "100", "3", "2", "1"], '"[3,2,1]"'),
    ],
)
def test_several_numbers_as_words_of_their_own_are_refused(kpixl: Any, words: list[str], form: str) -> None:
    code, out, err = kpixl("call", *words)
    assert (code, out) == (2, "")
    assert form in err


@pytest.mark.parametrize(
    "rates", ["[20%,80%]", "[ 20% , 80% ]", '["20%","80%"]', "[0.2,0.8]", '["20%",0.8]', "[２０％,80%]"]
)
def test_a_list_needs_no_quotes_that_a_shell_would_take(kpixl: Any, rates: str) -> None:
    code, out, _ = kpixl("call", "KPI_BACKSOLVE", "1億", "100万", rates)
    assert code == 0
    assert out.split() == ["625", "125", "100"]


def test_single_rates_and_percentages_elsewhere_are_right(kpixl: Any) -> None:
    assert kpixl("call", "KPI_BACKSOLVE", "1億", "100万", "20%", "2000万")[0] == 0
    assert kpixl("call", "KPI_RATE", "18", "20", "90%")[0] == 0
    assert kpixl("call", "KPI_SENSITIVITY", "a*b", "[a,b]", "[1,2]", "5%")[0] == 0


def test_dates_print_as_dates(kpixl: Any) -> None:
    assert kpixl("call", "KPI_DATE", "令和8年7月1日")[1] == "2026-07-01\n"
    assert kpixl("call", "KPI_DATE", "[45810,2025/6/3]")[1] == "2025-06-02\n2025-06-03\n"
    assert kpixl("call", "KPI_PHASE", "12", "2026-04-01", "2026-05-31")[1].splitlines()[1:] == [
        "2026-04-01  21      6",
        "2026-05-01  18      6",
    ]
    told = kpixl("call", "KPI_LEADTIME", "[10,12]", "0.2", "20", "2025-04-01")[1].splitlines()
    assert [line.split()[0] for line in told[1:-1]] == ["2025-03-01", "2025-04-01", "2025-05-01"]
    assert told[-1].split()[1] == "2025-04-30"


@pytest.mark.parametrize("function", boundary.functions(), ids=lambda function: function.name)
def test_help_of_a_function_has_an_example_that_runs(kpixl: Any, function: boundary.Function) -> None:
    code, told, err = kpixl("call", function.name.lower(), "--help")
    assert (code, err) == (0, "")
    assert told.splitlines()[:2] == [function.usage(), function.summary()]
    assert all(function.doc(argument.name) in told for argument in function.arguments)
    formula, shell = (line.strip() for line in told.splitlines()[-2:])
    assert formula == function.example()
    assert kpixl(*shlex.split(shell)[1:])[0] == 0


def test_help_of_no_function(kpixl: Any) -> None:
    code, _, err = kpixl("call", "KPI_NOTHING", "--help")
    assert code == 2
    assert "KPI_NOTHING" in err


def test_the_functions_are_listed_in_both_languages() -> None:
    assert "KPI_BACKSOLVE(goal, unit_value, rates, [existing], [rounding])" in _run("functions").stdout
    english = _run("functions", "--lang", "en", "--json").stdout
    listed = {function["name"]: function for function in json.loads(english)}
    assert listed["KPI_PACE"]["category"] == "tracking"
    assert listed["KPI_PACE"]["arguments"][0]["doc"] == "Target of the whole period."


def test_help_speaks_the_language_asked_for() -> None:
    assert "関数を1つ計算する" in _run("--help").stdout
    assert "Compute one function" in _run("--lang", "en", "--help").stdout
    assert "plain text" in _run("--lang", "en", "call", "--help").stdout
    assert _run("--lang", "fr", "functions").returncode == 2


def test_the_version_is_that_of_the_package(kpixl: Any) -> None:
    from kpixl import __version__

    assert kpixl("--version")[1].strip() == f"kpixl {__version__}"


def test_help_loads_no_calculation() -> None:
    code = "import sys\nfrom kpixl.cli import main\ntry: main(['--help'])\nfinally: print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    loaded = set(found.stdout.split())
    assert "typer" in loaded
    assert not {"numpy", "pandas", "udfs", "rich", "kpixl.engine"} & loaded


def test_the_command_ends_with_the_code_a_shell_sees() -> None:
    assert _run("call", "KPI_NUMBER", "abc").returncode == 2
    assert _run("call", "KPI_NUMBER", "1億").stdout == "100000000\n"
