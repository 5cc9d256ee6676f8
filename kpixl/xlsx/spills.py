"""How a cell says that its formula spills: by the number of an entry in the workbook's part of metadata."""

from typing import Any

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.markup import children, parse
from kpixl.xlsx.parts import Relationship
from kpixl.xlsx.workbook import Workbook

__all__ = ["spill_mark"]

_KIND = "sheetMetadata"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
_DYNAMIC = "XLDAPR"


def spill_mark(own: Workbook, other: Workbook) -> str:
    """Return the number by which a cell of `own` spills; a workbook that has none yet gets the metadata of `other`."""
    part, theirs = _part(own), _part(other)
    if part is None and theirs is not None and not own.strict:
        part = own.beside("metadata.xml")
        own.parts.add(part, other.parts.read(theirs), _TYPE)
        relation = own.parts.relate(own.part, f"{own.relations}/{_KIND}", part)
        own.related[relation] = Relationship(relation, _KIND, part, external=False)
    number = None if part is None else _number(parse(own.parts.read(part)))
    if number is None:
        raise WorkbookRefused("xlsx_graft_part", sheet=own.part, kind=_KIND)
    return str(number)


def _part(workbook: Workbook) -> str | None:
    related = (one.target for one in workbook.related.values() if one.kind == _KIND)
    return next((target for target in related if workbook.parts.has(target)), None)


def _number(root: Any) -> int | None:
    """Return the number of the entry that is of the kind of dynamic arrays."""
    kinds = [one.get("name") for types in children(root, "metadataTypes") for one in children(types, "metadataType")]
    entries = [one for cells in children(root, "cellMetadata") for one in children(cells, "bk")]
    dynamic = {
        index
        for future in children(root, "futureMetadata")
        if future.get("name") == _DYNAMIC
        for index, block in enumerate(children(future, "bk"))
        if any(_dynamic(one) for one in block.iter("{*}dynamicArrayProperties"))
    }
    for number, entry in enumerate(entries, 1):
        for record in children(entry, "rc"):
            kind = int(record.get("t", "0"))
            if 0 < kind <= len(kinds) and kinds[kind - 1] == _DYNAMIC and int(record.get("v", "0")) in dynamic:
                return number
    return None


def _dynamic(element: Any) -> bool:
    return element.get("fDynamic") in ("1", "true") and etree.QName(element).localname == "dynamicArrayProperties"
