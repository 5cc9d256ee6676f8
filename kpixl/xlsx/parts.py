"""Parts, their content types and what relates them: the package as the Open Packaging Conventions see it.

Edits are kept aside until the package is saved; a part that was not changed is not even unpacked.
"""

import posixpath
import re
from collections.abc import Container as Holding
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree

from kpixl.xlsx.container import Container, Content
from kpixl.xlsx.markup import children, parse, root_namespace, serialize

__all__ = ["Parts", "Relationship"]

_TYPES = "[Content_Types].xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


class Relationship(NamedTuple):
    """What one part says about another: `kind` is the last word of the relationship's type."""

    id: str
    kind: str
    target: str
    external: bool


class Parts:
    """The parts of a package, with the changes that are to be saved."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.changed: dict[str, Content] = {}
        self.added: set[str] = set()
        self.dropped: set[str] = set()
        self._types: dict[str, str] | None = None
        self._defaults: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Return whether the part exists."""
        name = self._stored(name)
        return name in self.changed or (name not in self.dropped and self.container.stored_name(name) is not None)

    def read(self, name: str) -> bytes:
        """Return a part as it is now; ValueError when it is missing."""
        name = self._stored(name)
        if name in self.changed:
            content = self.changed[name]
            return content if isinstance(content, bytes) else b"".join(content())
        if not self.has(name):
            raise ValueError(f"the part {name} is missing")
        return self.container.read(name)

    def write(self, name: str, content: Content) -> None:
        """Keep a part's new content."""
        name = self._stored(name)
        if self.container.stored_name(name) is None:
            self.added.add(name)
        self.changed[name] = content

    def add(self, name: str, content: Content, content_type: str) -> None:
        """Add a part and say what it is."""
        types = parse(self.read(_TYPES))
        etree.SubElement(types, f"{root_namespace(types)}Override", PartName=f"/{name}", ContentType=content_type)
        self.write(_TYPES, serialize(types))
        self._types = None
        self.write(name, content)

    def drop(self, name: str, source: str) -> None:
        """Remove a part, its content type and the relationship that `source` has to it."""
        wanted = self._stored(name)
        types = parse(self.read(_TYPES))
        for override in list(children(types, "Override")):
            if self._stored(override.get("PartName", "")) == wanted:
                types.remove(override)
        self.write(_TYPES, serialize(types))
        self._types = None
        path = _relationships_part(source)
        root = parse(self.read(path))
        for relation in list(children(root, "Relationship")):
            if self._stored(_resolve(source, relation.get("Target", ""))) == wanted:
                root.remove(relation)
        self.write(path, serialize(root))
        self.changed.pop(wanted, None)
        self.dropped.add(wanted)

    def related(self, source: str) -> list[Relationship]:
        """Return the relationships of a part (of the package when `source` is empty)."""
        path = _relationships_part(source)
        if not self.has(path):
            return []
        found = []
        for relation in children(parse(self.read(path)), "Relationship"):
            target = relation.get("Target", "")
            external = relation.get("TargetMode") == "External"
            kind = relation.get("Type", "").rstrip("/").rpartition("/")[2]
            if not external and not target.startswith("#"):  # which leads into the workbook itself
                target = self._stored(_resolve(source, target))
            found.append(Relationship(relation.get("Id", ""), kind, target, external))
        return found

    def relate_all(self, source: str, kinds: str, relations: Iterable[Relationship]) -> None:
        """Give a new part its relationships, with the ids that it uses; `kinds` goes before each kind."""
        root = etree.Element(f"{{{_RELATIONSHIPS}}}Relationships", nsmap={None: _RELATIONSHIPS})
        for one in relations:
            new = etree.SubElement(root, f"{{{_RELATIONSHIPS}}}Relationship", Id=one.id, Type=f"{kinds}/{one.kind}")
            led = one.external or one.target.startswith("#")
            new.set("Target", one.target if led else _relative(source, one.target))
            if one.external:
                new.set("TargetMode", "External")
        if len(root):
            self.write(_relationships_part(source), serialize(root))

    def snapshot(self) -> tuple[dict[str, Content], set[str], set[str]]:
        """Return what `restore` needs to take back the changes made from now on."""
        return dict(self.changed), set(self.added), set(self.dropped)

    def restore(self, snapshot: tuple[dict[str, Content], set[str], set[str]]) -> None:
        """Take back what was changed since a snapshot."""
        self.changed, self.added, self.dropped = snapshot
        self._types = None

    def relate(self, source: str, kind: str, target: str) -> str:
        """Add a relationship of the full type `kind` from a part to another, and return its id."""
        path = _relationships_part(source)
        if self.has(path):
            root = parse(self.read(path))
        else:
            root = etree.Element(f"{{{_RELATIONSHIPS}}}Relationships", nsmap={None: _RELATIONSHIPS})
        used = {relation.get("Id") for relation in children(root, "Relationship")}
        number = next(number for number in range(1, len(used) + 2) if f"rId{number}" not in used)
        new = etree.SubElement(root, f"{root_namespace(root)}Relationship", Id=f"rId{number}", Type=kind)
        new.set("Target", _relative(source, target))
        self.write(path, serialize(root))
        return f"rId{number}"

    def content_type(self, name: str) -> str:
        """Return the content type of a part, or an empty text."""
        name = self._stored(name)
        override = self._content_types().get(name)
        return override or self._defaults.get(name.rpartition(".")[2].lower(), "")

    def of_type(self, ending: str) -> Iterator[str]:
        """Yield the parts whose content type ends with `ending`."""
        types = self._content_types()
        names = dict.fromkeys([*types, *self.container.names()])
        return (name for name in names if self.content_type(name).endswith(ending) and self.has(name))

    def free_name(self, pattern: str, promised: Holding[str]) -> str:
        """Return the first part name `pattern.format(1)`, `pattern.format(2)` ... of which nothing is left.

        A part that is `promised` by a relationship or has a content type may be missing; its name is not free.
        """
        names = (pattern.format(number) for number in count(1))
        return next(
            name
            for name in names
            if not self.has(name) and not self.has(_relationships_part(name))
            if name not in promised and name not in self._content_types()
        )

    def _content_types(self) -> dict[str, str]:
        if self._types is None:
            root = parse(self.read(_TYPES))
            self._types = {
                self._stored(override.get("PartName", "")): override.get("ContentType", "")
                for override in children(root, "Override")
            }
            self._defaults = {
                default.get("Extension", "").lower(): default.get("ContentType", "")
                for default in children(root, "Default")
            }
        return self._types

    def _stored(self, name: str) -> str:
        name = name.lstrip("/")
        stored = self.container.stored_name(name) or self.container.stored_name(unquote(name))
        if stored is not None:
            return stored
        return next((added for added in self.added if added.lower() == name.lower()), name)


def _relationships_part(source: str) -> str:
    folder, file = posixpath.split(source.replace("\\", "/"))
    return posixpath.join(folder, "_rels", f"{file}.rels")


def _relative(source: str, target: str) -> str:
    folder = posixpath.dirname(source.replace("\\", "/"))
    return posixpath.relpath(target.replace("\\", "/"), folder or ".")


def _resolve(source: str, target: str) -> str:
    target = re.sub(r"[?#].*$", "", target.replace("\\", "/"))
    folder = posixpath.dirname(source.replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
