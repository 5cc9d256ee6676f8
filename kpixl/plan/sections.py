"""The `.toml` of a plan as it is written: its sections, each with the file and the line that it stands on."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import kpixl
from kpixl.errors import InvalidPlan, UserError
from kpixl.files import toml

__all__ = [
    "PLAYBOOK",
    "Problem",
    "Problems",
    "Section",
    "Written",
    "read_sections",
    "template_names",
    "template_path",
]

PLAYBOOK = "playbook"  # stands among the templates, and is no plan


class Section(toml.Section):
    """A table of a template, with its place. It is a `sample` where it comes from a template of kpixl's own."""

    def __init__(
        self,
        values: Mapping[str, Any],
        file: str,
        line: int | None = None,
        keys: Mapping[str, int] | None = None,
        *,
        sample: bool = False,
    ) -> None:
        super().__init__(values, file, line, keys)
        self.sample = sample

    def beside(self, others: Mapping[str, Any]) -> Self:
        """Return the section with what it does not say itself taken from `others`."""
        return type(self)({**others, **self}, self.file, self.line, self.keys_at, sample=self.sample)


class Written(NamedTuple):
    """Where a plan is written: its file, and the section of each of its entries by kind, in their order."""

    data: Section
    entries: dict[str, list[Section]]

    def line(self, section: str, index: int | None, key: str = "") -> int | None:
        """Return the line of a key of an entry, or of the whole section; of `extends` where it is not in this file.

        Without an index it is the section as a whole.
        """
        rows = self.entries.get(section, [])
        row = rows[index] if index is not None else next(iter(rows), self.data)
        line = row.line_of(key) if index is not None else self.data.keys_at.get(section)
        return line if row.file == self.data.file and line is not None else self.data.keys_at.get("extends")


class Problem(UserError):
    """What is wrong with a template, and on which line (None: with the file as a whole)."""

    def __init__(self, file: str, line: int | None, reason: UserError) -> None:
        if line is None:
            super().__init__("template_file", file=file, reason=reason)
        else:
            super().__init__("template_line", file=file, line=line, reason=reason)
        self.file, self.line, self.reason = file, line, reason


class Problems(InvalidPlan):
    """Everything that is wrong with a template, from top to bottom."""

    def __init__(self, found: tuple[Problem, ...]) -> None:
        super().__init__("template_problems", problems=_Listing(found))
        self.found = found


class _Listing(tuple[Problem, ...]):
    def __str__(self) -> str:
        return "\n".join(map(str, self))


def template_names() -> tuple[str, ...]:
    """Return the names of the templates that come with kpixl."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml") if path.stem != PLAYBOOK))


def template_path(name: str) -> Path:
    """Return where a file of kpixl's own templates lies."""
    return _folder() / f"{name}.toml"


def read_sections(source: str) -> Section:
    """Read the sections of a template by its name or the path of a `.toml`, and of the one that it extends.

    Raises
    ------
    InvalidPlan
        When there is no such file.
    Problems
        When it is no TOML, or extends what is not there.
    """
    path = Path(source) if source.endswith(".toml") else template_path(source)
    if not path.is_file() or source == PLAYBOOK:
        raise InvalidPlan("template_missing", source=source, known=", ".join(template_names()))
    try:
        own = toml.read_toml(path, partial(Section, sample=not source.endswith(".toml")))
    except toml.BrokenToml as error:
        raise Problems((Problem(path.name, error.line, error),)) from error
    base = own.get("extends")
    if base is None:
        return own
    if base not in template_names():
        reason = InvalidPlan("template_missing", source=base, known=", ".join(template_names()))
        raise Problems((Problem(path.name, own.line_of("extends"), reason),))
    return own.beside(read_sections(base))


def _folder() -> Path:
    """Find the templates: inside an installed package, beside it in a checkout."""
    package = Path(kpixl.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
