"""The licences of all that the folder holds: the texts that came with it, and a table of them.

Every package must have brought one. For those that have not, licences.toml holds the text's file and where it is from.
"""

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

_KNOWN = Path(__file__).with_name("licences.toml")
_TEXT = re.compile(r"(licen[cs]es?|copying|copyright|notice)([-_.].*)?", re.IGNORECASE)
_NOT_CONTAINED = {"xlwings": ("LICENSE_PRO.txt",)}  # xlwings.pro is taken out
_LONGEST = 60
_HEAD = (
    "Licences of what this folder holds",
    "",
    "The texts lie beside this file, in the folder that the last column names. xlwings.pro, which needs a key, is",
    "not contained. Microsoft's C++ runtime (vcruntime140*.dll, msvcp140*.dll) came with Python and with packages",
    'that need it; it is passed on under the "Additional Conditions for this Windows binary build" of Python.',
    "",
)


class NoLicence(SystemExit):
    """A package without a licence text."""


@dataclass(frozen=True)
class _Bundled:
    name: str
    version: str
    licence: str
    folder: str


def collect(site: Path, others: dict[tuple[str, str, str], Path], target: Path, known: Path = _KNOWN) -> None:
    """Copy the licences of the packages in `site`, and those of `others`, to `target`, and write the table of them.

    `others` gives the licence file of what is no package, by name, version and the licence's name.
    """
    exceptions = tomllib.loads(known.read_text(encoding="utf-8"))
    table = []
    for (name, version, licence), file in others.items():
        (target / name).mkdir(parents=True)
        shutil.copyfile(file, target / name / "LICENSE.txt")
        table.append(_Bundled(name, version, licence, name))
    for info in sorted(site.glob("*.dist-info")):
        told = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
        name, version = str(told["Name"]), str(told["Version"])
        texts = dict(_texts(info, _NOT_CONTAINED.get(name, ())))
        if not texts and name in exceptions:
            texts = {"LICENSE.txt": known.parent / exceptions[name]["file"]}
        if not texts:
            raise NoLicence(f"{name} {version} has no licence text: add one to {known.name}, and where it is from")
        for place, file in texts.items():
            (target / name / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / name / place)
        table.append(_Bundled(name, version, _licence(told), name))
    table.sort(key=lambda one: one.name.lower())
    rows = [
        ("Name", "Version", "Licence", "Folder"),
        *((one.name, one.version, one.licence, one.folder) for one in table),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*map(str.ljust, row, widths), row[3]]) for row in rows]
    text = "".join(f"{line}\r\n" for line in (*_HEAD, *lines))
    (target / "LICENSES.txt").write_text(text, encoding="utf-8-sig", newline="")


def _texts(info: Path, left_out: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield the licence files of a package, by where they go: all in its `licenses`, else those called so."""
    folder = info / "licenses"
    for file in sorted(folder.rglob("*") if folder.is_dir() else info.iterdir()):
        named = folder.is_dir() or _TEXT.fullmatch(file.name)
        if file.is_file() and named and file.name not in left_out and file.read_bytes().strip():
            yield file.relative_to(folder if folder.is_dir() else info).as_posix(), file


def _licence(told: Message) -> str:
    """Return what a package calls its licence, in short."""
    classifiers = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", ()) if one.startswith("License ::")]
    named = next(iter(str(told["License-Expression"] or told["License"] or "").splitlines()), "")
    short = named if named and len(named) <= _LONGEST else " / ".join(classifiers) or named[:_LONGEST]
    return short or "see its text"
