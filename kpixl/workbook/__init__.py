"""kpixl.workbook."""
