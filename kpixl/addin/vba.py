"""The VBA of the Excel add-in: xlwings' own module, kpixl's core and ribbon, and a wrapper for every function.

xlwings' module is taken from the installed package, because the name of its DLL carries the version. Only its BSD part
is used. VBA source is plain ASCII here: a project holds one code page, so texts in other scripts stand on the add-in's
sheet.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from kpixl.addin.conf import DESCRIPTION_LENGTH
from kpixl.errors import InvalidValue
from udfs.boundary import Function, functions

__all__ = ["function_modules", "modules", "xlwings_version"]

_OWN = Path(__file__).parent / "xlam"
_VERSION = re.compile(r'^Public Const XLWINGS_VERSION As String = "([\d.]+)"', re.MULTILINE)
_PROJECT = 'Public Const PROJECT_NAME As String = "myaddin"'
_NAME = 'Attribute VB_Name = "xlwings"\n'
_CHANGES = (
    "'Changed by kpixl: settings come from the add-in, never from the workbook in front, which may be anybody's\n"
    "'(ActiveWorkbook -> ThisWorkbook); PROJECT_NAME is kpixl; Option Private Module keeps these out of the wizard.\n"
    "Option Private Module\n"
)
_GROUP = 14  # user defined, until the add-in has put its functions into a category of their own


def modules() -> dict[str, str]:
    """Return the VBA modules of the add-in by name, with lines that end as VBA's do; see `function_modules`."""
    return function_modules() | {"kpixl_ribbon": _with_crlf(_own("kpixl_ribbon"))}


def function_modules() -> dict[str, str]:
    """Return the modules that the functions alone need.

    Raises
    ------
    InvalidValue
        If the VBA module of the installed xlwings is missing or not as known.
    """
    texts = {
        "xlwings": _xlwings(),
        "kpixl_core": _own("kpixl_core"),
        "kpixl_udfs": _wrappers(),
    }
    return {name: _with_crlf(text) for name, text in texts.items()}


def xlwings_version() -> str:
    """Return the version of xlwings that the VBA module belongs to; its DLL is named after it."""
    found = _VERSION.search(_installed())
    if found is None:
        raise InvalidValue("addin_xlwings")
    return found[1]


def _own(name: str) -> str:
    return (_OWN / f"{name}.bas").read_text(encoding="ascii")


def _with_crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _installed() -> str:
    spec = find_spec("xlwings")  # not imported: that takes a second and loads pandas
    path = Path(spec.origin).with_name("xlwings_custom_addin.bas") if spec and spec.origin else None
    if path is None or not path.is_file():
        raise InvalidValue("addin_xlwings")
    return path.read_text(encoding="utf-8")


def _xlwings() -> str:
    source = _installed()
    if not source.startswith(_NAME) or source.count(_PROJECT) != 1 or "BSD 3-clause license" not in source:
        raise InvalidValue("addin_xlwings")
    source = source.replace(_PROJECT, _PROJECT.replace("myaddin", "kpixl"))
    source = source.replace("ActiveWorkbook", "ThisWorkbook")
    return _NAME + _CHANGES + source.removeprefix(_NAME)


def _wrappers() -> str:
    head = 'Attribute VB_Name = "kpixl_udfs"\n\' Written by kpixl; change nothing here.\nOption Explicit\n\n'
    return head + "\n".join(map(_wrapper, functions()))


def _wrapper(function: Function) -> str:
    name = function.name
    parameters = ", ".join(
        argument.name if argument.required else f"Optional {argument.name}" for argument in function.arguments
    )
    given = ", ".join(argument.name for argument in function.arguments)
    answer = "KpixlReason()" if name == "KPIXL_LASTERROR" else f'KpixlCall("{name}", Array({given}))'
    lines = [
        f"Public Function {name}({parameters}) As Variant",
        f'Attribute {name}.VB_Description = "{function.usage()[:DESCRIPTION_LENGTH]}"',
        f'Attribute {name}.VB_ProcData.VB_Invoke_Func = " \\n{_GROUP}"',
        *(["    Application.Volatile"] if function.volatile else []),
        f"    {name} = {answer}",
        "End Function",
    ]
    return "\n".join(lines) + "\n"
