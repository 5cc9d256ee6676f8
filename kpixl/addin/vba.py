"""The VBA of the Excel add-in: what it needs of xlwings' module, kpixl's core and ribbon, a wrapper for every function.

xlwings' module is taken from the installed package, because the name of its DLL carries the version. Only its BSD part
is used, and of that only the procedures that start Python: no workbook, none of its sheets and no file beside it says
which program runs or what it loads. VBA source is plain ASCII here: a project holds one code page, so texts in other
scripts stand on the add-in's sheet.
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
_NAME = 'Attribute VB_Name = "xlwings"\n'
_CHANGES = (
    "'Changed by kpixl: only the procedures that start Python are here. Which Python, the user's own profile says\n"
    "'(GetConfig); the names and folders of workbooks are no part of the command; Option Private Module keeps these\n"
    "'out of the wizard.\n"
    "Option Private Module\n"
)
_KEPT = (
    *("XLPyCommand", "XLPyLoadDLL", "XLPy", "KillPy", "GetConfigFilePath", "GetConfigFromFile", "FileExists"),
    *("FileExistsOnWindows", "FileOrFolderExistsOnMac", "ParentFolder", "GetMacDir"),
)
_PROCEDURE = r"^(?:Public |Private )?(?P<kind>Function|Sub) {name}\b.*?^End (?P=kind)\n"
_REPLACED = (  # each stands there once, or the module is another one than we know
    ('PROJECT_NAME As String = "myaddin"', 'PROJECT_NAME As String = "kpixl"'),
    (re.compile(r'PYTHONPATH = AddExcelDir & ";" & ActiveWorkbook\.FullName .*'), "PYTHONPATH = AddExcelDir"),
    ('tail = " -B -c ', 'tail = " -B -P -c '),  # -P: what lies in the current folder is not loaded
    (
        'PYTHON_WIN = "cmd.exe " & ConsoleSwitch & " /K " & Chr(34)',  # nor is a cmd.exe that lies there run
        'PYTHON_WIN = Environ("SystemRoot") & "\\System32\\cmd.exe " & ConsoleSwitch & " /K " & Chr(34)',
    ),
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
    head = source.partition("\nPublic Function RunPython(")[0]
    found = [re.search(_PROCEDURE.format(name=name), source, re.MULTILINE | re.DOTALL) for name in _KEPT]
    if not head.startswith(_NAME) or "BSD 3-clause license" not in head or None in found:
        raise InvalidValue("addin_xlwings")
    kept = "\n".join([head, *(procedure[0] for procedure in found if procedure), _own("kpixl_settings")])
    for old, new in _REPLACED:
        pattern = old if isinstance(old, re.Pattern) else re.compile(re.escape(old))
        kept, times = pattern.subn(lambda _, new=new: new, kept)  # type: ignore[misc]
        if times != 1:
            raise InvalidValue("addin_xlwings")
    return _NAME + _CHANGES + kept.removeprefix(_NAME)


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
