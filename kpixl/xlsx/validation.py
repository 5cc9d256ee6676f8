"""What may be typed into cells of a sheet, and the hint beside them: rules are added only where there are none.

A rule of somebody else's stays as it is. One of the same owner, told by the title of its error message, gets the hint
that it lacks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lxml import etree

from kpixl.xlsx.address import Area
from kpixl.xlsx.markup import children, root_namespace, write_text
from kpixl.xlsx.sheet import Sheet

__all__ = ["Validation", "add_validation"]

_BEFORE = (
    *("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState"),
    *("dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting"),
)  # what comes before the rules in a sheet


class Validation(NamedTuple):
    """A rule for an area: its attributes as the file format has them, and the formulas that it compares with."""

    area: Area
    attributes: Mapping[str, str]
    formulas: tuple[str, ...] = ()


def add_validation(sheet: Sheet, rule: Validation) -> bool:
    """Add a rule to a sheet, or its hint to a rule that is there; return whether anything was changed."""
    tree = sheet.frame.tree
    there = [one for one in tree.iter("{*}dataValidation") if any(map(rule.area.overlaps, _areas(one)))]
    changed = [_hinted(one, rule) for one in there]
    free = list(_free(rule.area, [area for one in there for area in _areas(one)]))
    if free:
        _append(tree, rule, free)
    sheet.frame.changed |= any(changed) or bool(free)
    return any(changed) or bool(free)


def _append(tree: Any, rule: Validation, areas: Sequence[Area]) -> None:
    """Write a rule for these areas behind those that a sheet has."""
    space = root_namespace(tree)
    listed = next(children(tree, "dataValidations"), None)
    if listed is None:
        listed = etree.Element(f"{space}dataValidations")
        [*_, last] = (one for one in tree if isinstance(one.tag, str) and etree.QName(one).localname in _BEFORE)
        last.addnext(listed)
    own = etree.SubElement(listed, f"{space}dataValidation")
    for key, value in {**rule.attributes, "sqref": " ".join(map(str, areas))}.items():
        own.set(key, write_text(value))
    for number, formula in enumerate(rule.formulas, 1):
        etree.SubElement(own, f"{space}formula{number}").text = write_text(formula)
    listed.set("count", str(len(list(children(listed, "dataValidation")))))


def _free(area: Area, taken: Sequence[Area]) -> Iterator[Area]:
    """Yield what is left of an area, column by column, outside the areas that are taken."""
    for column in range(area.left, area.right + 1):
        over = sorted((one.top, one.bottom) for one in taken if one.left <= column <= one.right)
        top = area.top
        for first, last in [*over, (area.bottom + 1, area.bottom + 1)]:
            if first > top:
                yield Area(column, top, column, min(first - 1, area.bottom))
            top = max(top, last + 1)
            if top > area.bottom:
                break


def _areas(rule: Any) -> Iterator[Area]:
    """Yield the areas of a rule; one of a newer Excel says them in an element."""
    told = rule.get("sqref") or " ".join(one.text or "" for one in children(rule, "sqref"))
    yield from filter(None, map(Area.find, told.split()))


def _hinted(there: Any, rule: Validation) -> bool:
    """Give a rule of the same owner the hint, if it has none; say whether it was changed."""
    owner = rule.attributes.get("errorTitle")
    if owner is None or there.get("errorTitle") != owner or there.get("prompt"):
        return False
    for key in ("promptTitle", "prompt"):
        there.set(key, write_text(rule.attributes[key]))
    there.set("showInputMessage", "1")
    return True
