"""Which sheet is shown when a workbook is opened; just that one is selected, or typing would go into several."""

import re
from typing import Any

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.markup import children, parse, root_namespace, serialize
from kpixl.xlsx.workbook import Workbook

__all__ = ["open_on"]

_SELECTED = re.compile(rb"\stabSelected\s*=")
_ON = ("1", "true", "on")


def open_on(workbook: Workbook, name: str) -> None:
    """Have a worksheet shown first when the workbook is opened."""
    if name not in workbook.worksheets or workbook.sheet_state(name):
        raise WorkbookRefused("xlsx_no_sheet", name=name, known=", ".join(workbook.worksheets))
    place = workbook.sheets.index(name)
    view = _window(workbook)
    if int(view.get("firstSheet", "0")) > place:
        view.set("firstSheet", str(place))
    if view.get("activeTab", "0") != str(place):
        view.set("activeTab", str(place))
    workbook.changed()
    for other in workbook.worksheets:
        if other == name or _may_be_selected(workbook, other):
            sheet = workbook.sheet(other)
            sheet.frame.changed |= _select(sheet.frame.tree, selected=other == name)
    for relation in workbook.related.values():
        if relation.kind in ("chartsheet", "dialogsheet") and workbook.parts.has(relation.target):
            root = parse(workbook.parts.read(relation.target))
            if _select(root, selected=False):
                workbook.parts.write(relation.target, serialize(root))


def _window(workbook: Workbook) -> Any:
    """Return the element of the workbook's first window, which is made where there is none."""
    for views in children(workbook.tree, "bookViews"):
        for view in children(views, "workbookView"):
            return view
    space = root_namespace(workbook.tree)
    views = etree.Element(f"{space}bookViews")
    next(children(workbook.tree, "sheets")).addprevious(views)
    return etree.SubElement(views, f"{space}workbookView")


def _may_be_selected(workbook: Workbook, name: str) -> bool:
    if name in workbook.loaded:
        return True
    return any(_SELECTED.search(chunk) for chunk in workbook.parts.container.stream(workbook.worksheets[name]))


def _select(root: Any, *, selected: bool) -> bool:
    """Select a sheet or not, and say whether it was otherwise; a window that shows it is told so."""
    changed = False
    for views in children(root, "sheetViews"):
        for view in children(views, "sheetView"):
            first = view.get("workbookViewId", "0") == "0"
            if selected and first and view.get("tabSelected") not in _ON:
                view.set("tabSelected", "1")
                changed = True
            elif not selected and first and view.get("tabSelected") in _ON:
                del view.attrib["tabSelected"]
                changed = True
    return changed
