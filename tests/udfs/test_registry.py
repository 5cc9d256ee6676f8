"""Every function can be offered by every host, explained in two languages, and takes anything."""

import inspect
import json
import keyword
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import udfs
from udfs.boundary import REGISTRY, Function, call, functions
from udfs.reference import markdown

_CELL: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", " ", "#N/A", "#DIV/0!", "1億", "20%", "2025-06-02", "令和7年6月2日", "each", "商談 × 単価"]),
)
_ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=3))
_ANYTHING = st.one_of(_CELL, st.lists(_CELL, max_size=4), _ROWS, st.dictionaries(st.text(), _CELL, max_size=1))
_RESERVED_IN_VBA = frozenset(
    """
    abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cdecl
    cint circle clng clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare defbool
    defbyte defcur defdate defdbl defdec defint deflng deflnglng deflngptr defobj defsng defstr defvar dim do doevents
    double each else elseif empty end endif enum eqv erase event exit false fix for friend function get global gosub
    goto if imp implements in input inputb int integer is lbound len lenb let like linear local lock long longlong
    longptr loop lset me mod new next not nothing null on open option optional or paramarray preserve print private
    pset public put raiseevent redim rem resume return rset scale seek select set sgn shared single spc static stop
    string sub tab then to true type typeof ubound unlock until variant wend while with withevents write xor
    """.split()  # noqa: SIM905 - a hundred words read better as a paragraph
)
_every_function = pytest.mark.parametrize("function", functions(), ids=lambda function: function.name)


@_every_function
def test_both_languages_explain_it_within_what_excel_shows(function: Function) -> None:
    for language in ("ja", "en"):
        told = [function.summary(language), *(function.doc(argument.name, language) for argument in function.arguments)]
        assert all(0 < len(text) <= 255 for text in told)
        assert all(argument.label(language) for argument in function.arguments)


@_every_function
def test_its_arguments_are_named_so_that_every_host_takes_them(function: Function) -> None:
    """VBA looks at no case; what it keeps for itself is listed in MS-VBAL 3.3.5.2."""
    for argument in function.arguments:
        assert argument.name not in _RESERVED_IN_VBA
        assert not keyword.iskeyword(argument.name)
        assert argument.name.upper() != function.name


@_every_function
def test_its_signature_is_one_that_every_host_can_call(function: Function) -> None:
    """One kind of hint works everywhere; no `*args`, which take no defaults beside them, nothing by keyword only."""
    parameters = inspect.signature(getattr(udfs, function.name)).parameters.values()
    assert [parameter.name for parameter in parameters] == [argument.name for argument in function.arguments]
    for parameter in parameters:
        assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        assert parameter.default in (parameter.empty, None)
        assert get_origin(parameter.annotation) is Annotated
        base, options = get_args(parameter.annotation)
        assert base is list
        assert options == {"ndim": 2, "err_to_str": True, "doc": function.doc(parameter.name)}


@_every_function
def test_it_is_offered_by_its_name(function: Function) -> None:
    host = getattr(udfs, function.name)
    assert function.name in udfs.__all__
    assert host.__doc__ == function.summary()


@_every_function
def test_every_argument_has_a_japanese_name(function: Function) -> None:
    for argument in function.arguments:
        assert argument.label("ja") != argument.name, argument.name


def _cells_of_example(function: Function) -> list[Any]:
    """Read the arguments of a function's documented example as cells."""
    inner = function.example()[len(function.name) + 2 : -1]
    inner = re.sub(r"([\d.]+)%", lambda percent: str(float(percent[1]) / 100), inner)
    cells: list[Any] = json.loads("[" + inner.replace("{", "[[").replace("}", "]]").replace(";", "],[") + "]")
    return cells


@settings(max_examples=200, deadline=None)
@given(st.data())
@_every_function
def test_any_cells_give_an_answer_or_an_error(function: Function, data: st.DataObject) -> None:
    """Half of the time all arguments are anything, else one of the documented example's is."""
    cells = _cells_of_example(function)
    if cells and data.draw(st.booleans()):
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(_ANYTHING)
    else:
        cells = data.draw(st.lists(_ANYTHING, max_size=len(function.arguments) + 1))
    call("KPI_NUMBER", ["an earlier mistake"])
    answer = call(function.name, cells)
    rows = answer if isinstance(answer, list) else [[answer]]
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert type(cell) in (float, str, bool)
        assert not isinstance(cell, float) or math.isfinite(cell)
    assert "不具合" not in str(call("KPIXL_LASTERROR", []))


def test_star_import_gives_the_functions() -> None:
    assert set(udfs.__all__) == set(REGISTRY)


def _modules_after(code: str) -> set[str]:
    code = f"import sys; {code}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_importing_the_functions_stays_light() -> None:
    heavy = {"pandas", "scipy", "holidays", "xlwings", "openpyxl", "xlsxwriter", "typer", "ibis", "duckdb", "lxml"}
    assert not heavy & _modules_after("from udfs import *")


def test_the_functions_need_no_more_than_numpy_scipy_and_holidays() -> None:
    """As in xlwings Lite, where what pip brings to a computer is not at hand: every example answers without."""
    cells = {function.name: _cells_of_example(function) for function in functions()}
    code = f"""
import importlib.metadata, sys
class Missing:
    there = {{"numpy", "scipy", "holidays", "dateutil", "six", "kpixl", "udfs"}}
    installed = importlib.metadata.packages_distributions().keys() - there
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.installed:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import udfs
assert "pandas" in Missing.installed and "xlwings" in Missing.installed
for name, cells in {cells!r}.items():
    answer = str(getattr(udfs, name)(*cells))
    assert "#" not in answer, (name, answer, udfs.KPIXL_LASTERROR())
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_with_the_real_xlwings_loaded_first_they_are_offered_all_the_same() -> None:
    """Off Windows xlwings registers nothing; what it registers there is asked in tests/addin/test_wine.py."""
    assert "xlwings" in _modules_after("import xlwings; from udfs import *; assert KPI_NUMBER('1億') == 1e8")


def test_xlwings_gets_functions_it_can_read() -> None:
    fake = (
        "import types; seen = []; fake = types.ModuleType('xlwings');"
        "fake.func = lambda f, **kw: (seen.append((f.__name__, kw)), f)[1]; sys.modules['xlwings'] = fake;"
        "import udfs, inspect, typing;"
        "assert len(seen) == len(udfs.__all__), seen;"
        "s = inspect.signature(udfs.KPI_BACKSOLVE);"
        "assert list(s.parameters) == ['goal', 'unit_value', 'rates', 'existing', 'rounding'];"
        "assert s.parameters['existing'].default is None;"
        "h = typing.get_type_hints(udfs.KPI_BACKSOLVE, include_extras=True)['rates'];"
        "assert typing.get_args(h)[0] is list and typing.get_args(h)[1]['ndim'] == 2;"
        "assert udfs.KPI_BACKSOLVE([[1e8]], [[1e6]], [[.2]]) == [[500.0], [100.0]]"
    )
    _modules_after(fake)


@_every_function
def test_the_example_can_be_copied_and_answers(function: Function) -> None:
    formula = function.example()
    assert formula.startswith(f"={function.name}(")
    assert formula.endswith(")")
    answer = call(function.name, _cells_of_example(function))
    assert "#" not in str(answer)


def test_the_reference_says_what_the_functions_say() -> None:
    written = (Path(__file__).parents[2] / "docs" / "functions.md").read_text(encoding="utf-8")
    assert written == markdown(), "run: python -m udfs.reference > docs/functions.md"
