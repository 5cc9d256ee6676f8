"""A report as a page for phone and mail: one HTML file of the same sheets as the workbook, without scripts.

`figures` shows a value as its cell does, `drawing` the charts and sparklines as SVG, `look` is the style sheet, and
`page` puts the items of each sheet in the order in which they are read.
"""

from kpixl.workbook.web.page import page_of

__all__ = ["page_of"]
