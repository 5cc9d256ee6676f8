"""The functions in LibreOffice Calc: `build` writes kpixl.oxt, which its extension manager installs.

The add-in is registered by configuration alone, so LibreOffice loads Python at the first kpixl formula and not before.
Names, arguments and their texts come from the register of functions (`udfs.boundary`), in every language of kpixl; the
type library is plain IDL, which LibreOffice reads as it is. What runs inside LibreOffice lies in the folder `oxt`.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from kpixl import __version__, texts
from kpixl.files.whole import write_whole
from udfs.boundary import Argument, Function, functions

__all__ = ["IDENTIFIER", "OLDEST_OFFICE", "build"]

IDENTIFIER = "com.kpixl.calc"
OLDEST_OFFICE = "7.4"

_NAME = "kpixl.oxt"
_SERVICE = f"{IDENTIFIER}.KpiFunctions"
_OFFICE_LOCALES = {"en": "en-US"}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MEDIA_TYPES = {
    "kpixl.idl": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    "kpixl.components": "application/vnd.sun.star.uno-components",
    "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
}


def build(folder: Path) -> Path:
    """Write kpixl.oxt into `folder`, which is made where it is missing, and return its path.

    The same version of kpixl writes the same bytes, wherever and whenever it runs. The file is replaced as a whole or
    not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, content in sorted(_files().items()):
            entry = zipfile.ZipInfo(name)  # dated 1980-01-01
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _NAME, made.getvalue())
    return folder / _NAME


def _files() -> dict[str, str]:
    inside = Path(__file__).parent / "oxt"
    return {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "kpixl.idl": _interface(),
        "kpixl.components": _components(),
        "CalcAddIns.xcu": _wizard(),
        "functions.json": _spec(),
        **{source.name: source.read_text(encoding="utf-8") for source in inside.glob("*.py")},
    }


def _manifest() -> str:
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>\n'
        for name, kind in _MEDIA_TYPES.items()
    )
    return f'{_XML}<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n{entries}</manifest:manifest>\n'


def _description() -> str:
    names = "".join(f'<name lang="{language}">{escape(text)}</name>' for language, text in _spoken("calc.name"))
    return (
        f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006"'
        ' xmlns:office="http://libreoffice.org/extensions/description/2011">\n'
        f'<identifier value="{IDENTIFIER}"/>\n<version value="{__version__}"/>\n'
        f"<display-name>{names}</display-name>\n"
        f'<dependencies><office:LibreOffice-minimal-version value="{OLDEST_OFFICE}"'
        f' name="LibreOffice {OLDEST_OFFICE}"/></dependencies>\n</description>\n'
    )


def _interface() -> str:
    """Return the type library: every argument is `any`, for a cell or a range, and may be left out.

    Answers are rows; what changes by itself is `any`, which can hold an object that Calc listens to.
    """
    methods = "".join(f"    {_declared(described)};\n" for described in functions())
    return f"module com {{ module kpixl {{ module calc {{\ninterface XKpiFunctions\n{{\n{methods}}};\n}}; }}; }};\n"


def _declared(described: Function) -> str:
    answer = "any" if described.volatile else "sequence< sequence< any > >"
    return f"{answer} {described.name}({', '.join(f'[in] any {_identifier(each)}' for each in described.arguments)})"


def _identifier(argument: Argument) -> str:
    """Return the argument's name as IDL takes it: an underscore stands between capitals alone."""
    return argument.name.replace("_", "")


def _components() -> str:
    return (
        f'{_XML}<components xmlns="http://openoffice.org/2010/uno-components">\n'
        '<component loader="com.sun.star.loader.Python" uri="./kpixl_calc.py">'
        f'<implementation name="{_SERVICE}"><service name="{_SERVICE}"/></implementation></component>\n</components>\n'
    )


def _wizard() -> str:
    nodes = "".join(line for described in functions() for line in _described(described))
    return (
        f'{_XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:package="org.openoffice.Office" oor:name="CalcAddIns">\n'
        f'<node oor:name="AddInInfo"><node oor:name="{_SERVICE}" oor:op="replace"><node oor:name="AddInFunctions">\n'
        f"{nodes}</node></node></node>\n</oor:component-data>\n"
    )


def _described(described: Function) -> Iterator[str]:
    name = dict.fromkeys(texts.LANGUAGES, described.name)
    yield f'<node oor:name="{described.name}" oor:op="replace">'
    yield _property("DisplayName", name)
    yield _property("Description", {language: described.summary(language) for language in texts.LANGUAGES})
    yield '<prop oor:name="Category"><value>Add-In</value></prop>'
    yield _property("CompatibilityName", name)
    yield '<node oor:name="Parameters">'
    for argument in described.arguments:
        yield f'<node oor:name="{_identifier(argument)}" oor:op="replace">'
        yield _property("DisplayName", {language: argument.label(language) for language in texts.LANGUAGES})
        docs = {language: described.doc(argument.name, language) for language in texts.LANGUAGES}
        yield f"{_property('Description', docs)}</node>"
    yield "</node></node>\n"


def _property(name: str, spoken: dict[str, str]) -> str:
    values = "".join(
        f"<value xml:lang={quoteattr(_OFFICE_LOCALES.get(language, language))}>{escape(text)}</value>"
        for language, text in spoken.items()
    )
    return f'<prop oor:name="{name}">{values}</prop>'


def _spec() -> str:
    """Return what the files inside LibreOffice must know: the names, and what to say without an engine."""
    spec = {
        "functions": [described.name for described in functions()],
        "texts": {language: texts.section("calc.missing", language) for language in texts.LANGUAGES},
    }
    return json.dumps(spec, ensure_ascii=False, indent=1) + "\n"


def _spoken(key: str) -> Iterator[tuple[str, str]]:
    for language in texts.LANGUAGES:
        with texts.speaking(language):
            yield language, texts.say(key)
