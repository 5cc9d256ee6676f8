"""Where spreadsheets and the engine meet: the register of functions, and the one call that goes through.

An adapter names the kinds of its arguments; everything around it happens here: cells are read, rows and orientation
kept, what the adapter returns is put into cells, a user's mistake becomes a real error with its reason kept, and a bug
is logged. xlwings is known here, but never loaded: where it runs the functions, it is there before us.
"""

import inspect
import keyword
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, get_args, get_type_hints

import numpy as np

from kpixl import texts
from kpixl.errors import InvalidValue, UserError
from udfs import documentation
from udfs.cells import Grid, grid, is_blank, to_cells
from udfs.kinds import Kind
from udfs.rows import answer_rows

__all__ = [
    "CATEGORIES",
    "REGISTRY",
    "Argument",
    "Function",
    "call",
    "evaluate",
    "find",
    "function",
    "functions",
    "last_error",
]

CATEGORIES = ("planning", "tracking", "analysis", "helpers")

_LONGEST_DOC = 255  # Excel shows no more, and xlwings cuts without a word
_VBA_WORDS = frozenset(
    """
    alias and as boolean byref byte byval call case close const currency date debug decimal declare default dim do
    double each else elseif empty end enum erase error event exit false for friend function get global gosub goto if
    imp in input integer is len let lib like line lock long loop me mod name new next not nothing null object on
    open option optional or paramarray preserve print private property public put raiseevent redim rem resume return
    rset seek select set single static step stop string sub then time to true type until variant wend while width
    with write xor
    """.split()  # noqa: SIM905 - ninety words read better as a paragraph
)
_reasons: deque[str] = deque([""], maxlen=1)


@dataclass(frozen=True)
class Argument:
    """One argument of a spreadsheet function; `default` stands in where the cell is missing and it is not required."""

    name: str
    kind: Kind
    required: bool
    default: object = None

    def label(self, language: str | None = None) -> str:
        """Return the name a user sees."""
        return str(texts.section("terms", language).get(self.name, self.name))


@dataclass(frozen=True)
class Function:
    """A spreadsheet function: what hosts need to offer it, and the adapter that answers."""

    name: str
    category: str
    arguments: tuple[Argument, ...]
    adapter: Callable[..., Any]
    volatile: bool

    def summary(self, language: str | None = None) -> str:
        """Return in one sentence what the function answers."""
        return documentation.summary(self.name, self.adapter, language or texts.language())

    def doc(self, argument: str, language: str | None = None) -> str:
        """Return in one sentence what the argument is."""
        return documentation.argument(self.name, self.adapter, argument, language or texts.language())

    def example(self) -> str:
        """Return a formula to copy, as it is typed into a cell."""
        return documentation.example(self.adapter)

    def usage(self) -> str:
        """Return how the function is written, optional arguments in brackets."""
        names = (argument.name if argument.required else f"[{argument.name}]" for argument in self.arguments)
        return f"{self.name}({', '.join(names)})"

    def described(self) -> dict[str, Any]:
        """Return everything a reference or a function wizard shows, in the language in force."""
        return {
            "name": self.name,
            "category": self.category,
            "usage": self.usage(),
            "summary": self.summary(),
            "example": self.example(),
            "arguments": [
                {
                    "name": argument.name,
                    "label": argument.label(),
                    "kind": argument.kind.name,
                    "required": argument.required,
                    "doc": self.doc(argument.name),
                }
                for argument in self.arguments
            ],
        }

    @cached_property
    def by_rows(self) -> bool:
        """Whether ranges of some arguments are answered row by row."""
        return any(argument.kind.rows for argument in self.arguments)


REGISTRY: dict[str, Function] = {}


def function(category: str, *, volatile: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an adapter as a spreadsheet function of that category; what is returned takes and gives cells."""

    def register(adapter: Callable[..., Any]) -> Callable[..., Any]:
        described = Function(adapter.__name__, category, _arguments(adapter), adapter, volatile)
        REGISTRY[described.name] = described
        return _for_hosts(described)

    return register


def functions() -> list[Function]:
    """Return all functions, category by category in the order in which they are written down."""
    return sorted(REGISTRY.values(), key=lambda described: CATEGORIES.index(described.category))


def evaluate(name: str, cells: Sequence[object]) -> object:
    """Answer the function `name` for the given cells, as cells; raise what a user can mend.

    Raises
    ------
    InvalidValue
        If there is no such function, or too few or too many arguments; and whatever the function refuses.

    Examples
    --------
    >>> evaluate("KPI_BACKSOLVE", ["1億円", "100万円", "20%"])
    [[500.0], [100.0]]
    """
    with np.errstate(all="ignore"):  # what comes of extreme numbers is looked at in the answer
        answer, error = _answer(find(name), cells)
    if error is not None:
        _reasons.append(f"{name.upper()}: {error}")
    return answer


def call(name: str, cells: Sequence[object]) -> object:
    """Answer the function `name` for the given cells, as cells; never raise.

    A user's mistake comes back as an Excel error such as ``"#VALUE!"`` and its reason from `last_error`; so does a bug,
    with a message of its own and an entry in the log.

    Examples
    --------
    >>> call("KPI_BACKSOLVE", [-1.0, 1.0, 0.2])
    '#VALUE!'
    """
    try:
        return evaluate(name, cells)
    except UserError as error:
        _reasons.append(f"{name.upper()}: {error}")
        return error.excel
    except Exception:
        _reasons.append(_bug(name))
        return "#VALUE!"


def last_error() -> str:
    """Return the reason of the last error, or an empty text."""
    return _reasons[0]


def find(name: str) -> Function:
    """Return the function of that name, in letters of either case.

    Raises
    ------
    InvalidValue
        If there is none.
    """
    found = REGISTRY.get(name.upper())
    if found is None:
        raise InvalidValue("unknown_function", name=name[:40])
    return found


def _answer(described: Function, cells: Sequence[object]) -> tuple[object, UserError | None]:
    given = _given(described, cells)
    if described.by_rows and any(
        argument.kind.rows and len(given[argument.name]) * len(given[argument.name][0]) > 1
        for argument in described.arguments
        if argument.name in given
    ):
        return _answer_rows(described, given)
    values = {
        argument.name: _read(argument, given[argument.name]) if argument.name in given else argument.default
        for argument in described.arguments
    }
    answer = described.adapter(**values)
    errors = [value for value in answer if isinstance(value, UserError)] if isinstance(answer, list) else []
    return to_cells(answer, as_row=_along_a_row(described, given)), next(iter(errors), None)


def _given(described: Function, cells: Sequence[object]) -> dict[str, Grid]:
    """Lay the cells out by argument, leaving out what is missing."""
    if len(cells) > len(described.arguments):
        raise InvalidValue("too_many_arguments", most=len(described.arguments), given=len(cells))
    given = {argument.name: grid(cell) for argument, cell in zip(described.arguments, cells, strict=False)}
    given = {
        name: rows for name, rows in given.items() if not (len(rows) == len(rows[0]) == 1 and is_blank(rows[0][0]))
    }
    for argument in described.arguments:
        if argument.required and not argument.kind.may_be_blank and argument.name not in given:
            raise InvalidValue("missing", name=argument.label())
    return given


def _read(argument: Argument, cells: Grid) -> Any:
    return argument.kind.read(cells[0][0] if argument.kind.rows else cells, argument.name)


def _answer_rows(described: Function, given: Mapping[str, Grid]) -> tuple[object, UserError | None]:
    rows, fixed, optional = {}, {}, {}
    for argument in described.arguments:
        if not argument.required:
            optional[argument.name] = argument.default
        if argument.name not in given:
            fixed[argument.name] = argument.default
        elif argument.kind.rows:
            rows[argument.name] = (argument.kind, given[argument.name])
        else:
            fixed[argument.name] = _read(argument, given[argument.name])
    return answer_rows(described.adapter, rows, fixed, optional)


def _along_a_row(described: Function, given: Mapping[str, Grid]) -> bool:
    """Say whether the first vector given lies along a row."""
    for argument in described.arguments:
        cells = given.get(argument.name, [[None]])
        if argument.kind.vector and len(cells) * len(cells[0]) > 1:
            return len(cells) == 1
    return False


def _arguments(adapter: Callable[..., Any]) -> tuple[Argument, ...]:
    hints = get_type_hints(adapter, include_extras=True)
    arguments = []
    for name, parameter in inspect.signature(adapter).parameters.items():
        if name in _VBA_WORDS or keyword.iskeyword(name):
            raise ValueError(f"{adapter.__name__}: {name} is a keyword in a host's language")
        required = parameter.default is parameter.empty
        arguments.append(Argument(name, _kind(hints[name]), required, None if required else parameter.default))
    return tuple(arguments)


def _kind(hint: Any) -> Kind:
    kinds = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Kind)]
    return kinds[0] if kinds else next(_kind(part) for part in get_args(hint) if part is not type(None))


def _for_hosts(described: Function) -> Callable[..., Any]:
    """Return a plain function for the hosts, which look at its name, signature, hints and docstring."""

    def host(*cells: object) -> object:
        return call(described.name, cells)

    hints = {
        argument.name: Annotated[
            list, {"ndim": 2, "err_to_str": True, "doc": described.doc(argument.name)[:_LONGEST_DOC]}
        ]
        for argument in described.arguments
    }
    host.__name__ = host.__qualname__ = described.name
    host.__module__ = described.adapter.__module__
    host.__doc__ = described.summary()[:_LONGEST_DOC]
    host.__annotations__ = hints
    host.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                argument.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if argument.required else None,
                annotation=hints[argument.name],
            )
            for argument in described.arguments
        ]
    )
    xlwings = sys.modules.get("xlwings")
    if xlwings is not None:
        host = xlwings.func(host, category="kpixl", volatile=described.volatile)
    return host


def _bug(name: str) -> str:
    """Write the exception in force to the log, and return the sentence that says so."""
    from kpixl.logbook import log_bug  # noqa: PLC0415 - needed only for a bug

    log = log_bug(name[:40])
    if log is None:
        return texts.say("udfs.bug_unlogged", name=name.upper()[:40])
    return texts.say("udfs.bug", name=name.upper()[:40], log=log)
