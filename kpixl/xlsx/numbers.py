"""Other number formats in place of those that a workbook has; every cell with one of them follows."""

from collections.abc import Mapping

from kpixl.xlsx.markup import parse, serialize
from kpixl.xlsx.workbook import Workbook

__all__ = ["renumber"]


def renumber(workbook: Workbook, codes: Mapping[str, str]) -> None:
    """Put other codes in place of some number formats: `codes` maps the codes that a workbook may have to new ones."""
    part = workbook.styles_part()
    if part is None:
        return
    root, changed = parse(workbook.parts.read(part)), False
    for number in root.iter("{*}numFmt"):
        code = number.get("formatCode", "")
        if codes.get(code, code) != code:
            number.set("formatCode", codes[code])
            changed = True
    if changed:
        workbook.parts.write(part, serialize(root))
        workbook.__dict__.pop("formats", None)
