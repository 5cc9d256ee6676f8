"""Excel's gallery of cell styles: every cell belongs to a named style, which users can apply and change.

XlsxWriter writes a single style, Normal. Here a cell's format says which style it belongs to, and only what differs
from that style is marked as the cell's own, so that a change of the style in the gallery changes all its cells.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.packager import Packager
from xlsxwriter.styles import Styles

from kpixl.texts import section
from kpixl.workbook.style import cell_style, state_name

__all__ = ["NamedStyle", "StyledWorkbook", "named_styles", "style_name"]

_PARTS = ("NumberFormat", "Font", "Fill", "Border", "Alignment", "Protection")
_SHOWN: dict[str, tuple[str, dict[str, bool], int | None]] = {  # style: (look, state, number of Excel's built-in)
    "normal": ("text", {}, 0),
    "title": ("title", {}, 15),
    "section": ("section", {}, 16),
    "heading": ("heading", {}, None),
    "typed": ("text", {"typed": True}, 20),
    "ruled": ("text", {"ruled": True}, 22),
    "total": ("text", {"total": True}, 25),
    "figure": ("figure_said", {}, None),
    "figure_label": ("figure_label", {}, None),
    "lead": ("lead", {}, 53),
    "key": ("key", {}, None),
    "good": ("legend_good", {}, 26),
    "warn": ("legend_warn", {}, 28),
    "bad": ("legend_bad", {}, 27),
    "link": ("link", {}, 8),
    "box": ("box", {}, None),
}
_BELONGS = {
    "title": "title",
    "section": "section",
    "heading": "heading",
    "figure_said": "figure",
    "figure_rate": "figure",
    "lead": "lead",
    "label": "lead",
    "figure_label": "figure_label",
    "key": "key",
    "legend_typed": "typed",
    "legend_computed": "ruled",
    "legend_good": "good",
    "legend_warn": "warn",
    "legend_bad": "bad",
    "home": "link",
    "link": "link",
    "box": "box",
}


@dataclass(frozen=True)
class NamedStyle:
    """A style of the gallery: its name, its look, and the number of the Excel built-in style that it replaces."""

    name: str
    look: dict[str, Any]
    builtin: int | None = None


def named_styles(language: str) -> list[NamedStyle]:
    """Return the styles for Excel's gallery; Excel's built-in ones keep their number and get kpixl's look."""
    names = section("cell_style", language)
    return [
        NamedStyle(names[style], cell_style(look, language, **state), builtin)
        for style, (look, state, builtin) in _SHOWN.items()
    ]


def style_name(name: str, language: str, *, typed: bool = False, ruled: bool = False, total: bool = False) -> str:
    """Return the name of the gallery style to which cells of a style belong."""
    state = state_name(typed=typed, ruled=ruled, total=total)
    style = state or _BELONGS.get(name) or ("box" if name.startswith("box_") else "normal")
    return str(section("cell_style", language)[style])


class StyledWorkbook(Workbook):  # type: ignore[misc]
    """An XlsxWriter workbook with named cell styles, the first of which is its Normal."""

    def __init__(self, options: dict[str, Any], styles: Sequence[NamedStyle]) -> None:
        super().__init__(io.BytesIO(), {**options, "in_memory": True, "default_format_properties": styles[0].look})
        self.styles = tuple(styles)
        self.style_formats = [self.formats[0], *(self.add_format(style.look) for style in styles[1:])]
        for number, own in enumerate(self.style_formats):
            own.xf_id = number
            own._get_xf_index()  # registers the fonts and fills of the style even if no cell has it

    def add_styled(self, look: dict[str, Any], style: str) -> Any:
        """Return a cell format that belongs to the style with this name."""
        added = self.add_format(look)
        added.xf_id = next(number for number, own in enumerate(self.styles) if own.name == style)
        return added

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of each part of the finished workbook."""
        self.close()
        for content, name, is_binary in self._packager.files:
            yield name, content.getvalue() if is_binary else content.getvalue().encode()

    def _get_packager(self) -> Any:
        self._packager = _Packager()
        return self._packager


class _Packager(Packager):  # type: ignore[misc]
    """Keeps the parts instead of handing them on to be zipped, as `kpixl.xlsx.packed` makes them smaller."""

    def _create_package(self) -> list[Any]:
        self.files = super()._create_package()
        return []

    def _write_styles_file(self) -> None:
        book = self.workbook
        sheet = _Styles(book.styles, book.style_formats)
        sheet._set_style_properties(
            [
                book.xf_formats,
                book.palette,
                book.font_count,
                book.num_formats,
                book.border_count,
                book.fill_count,
                book.custom_colors,
                book.dxf_formats,
                book.has_comments,
            ]
        )
        sheet._set_xml_writer(self._filename("xl/styles.xml"))
        sheet._assemble_xml_file()


class _Styles(Styles):  # type: ignore[misc]
    def __init__(self, styles: Sequence[NamedStyle], formats: Sequence[Any]) -> None:
        super().__init__()
        self._styles, self._formats = styles, formats

    def _write_cell_style_xfs(self) -> None:
        self._xml_start_tag("cellStyleXfs", [("count", len(self._formats))])
        normal = _parts(self._formats[0])
        for number, own in enumerate(self._formats):
            left_alone = [part for part, value in _parts(own).items() if value == normal[part]] if number else []
            self._write_format(own, [(f"apply{part}", 0) for part in left_alone])
        self._xml_end_tag("cellStyleXfs")

    def _write_cell_xfs(self) -> None:
        cells = [cell for cell in self.xf_formats if not cell.font_only]
        self._xml_start_tag("cellXfs", [("count", len(cells))])
        for cell in cells:
            style = _parts(self._formats[cell.xf_id])
            differs = [part for part, value in _parts(cell).items() if value != style[part]]
            self._write_format(cell, [("xfId", cell.xf_id), *((f"apply{part}", 1) for part in differs)])
        self._xml_end_tag("cellXfs")

    def _write_cell_styles(self) -> None:
        self._xml_start_tag("cellStyles", [("count", len(self._styles))])
        for number, style in enumerate(self._styles):
            attributes: list[tuple[str, Any]] = [("name", style.name), ("xfId", number)]
            if style.builtin is not None:
                attributes += [("builtinId", style.builtin), ("customBuiltin", 1)]
            self._xml_empty_tag("cellStyle", attributes)
        self._xml_end_tag("cellStyles")

    def _write_format(self, cell: Any, attributes: list[tuple[str, Any]]) -> None:
        parts = _parts(cell)
        ids = [("numFmtId", "NumberFormat"), ("fontId", "Font"), ("fillId", "Fill"), ("borderId", "Border")]
        self._xml_start_tag("xf", [(name, parts[part]) for name, part in ids] + attributes)
        for tag, part in (("alignment", "Alignment"), ("protection", "Protection")):
            if parts[part]:
                self._xml_empty_tag(tag, parts[part])
        self._xml_end_tag("xf")


def _parts(cell: Any) -> dict[str, Any]:
    """Return the parts of a format, by the names that Excel uses in its `apply…` attributes."""
    values = (
        cell.num_format_index,
        cell.font_index,
        cell.fill_index,
        cell.border_index,
        cell._get_align_properties()[1],
        cell._get_protection_properties(),
    )
    return dict(zip(_PARTS, values, strict=True))
