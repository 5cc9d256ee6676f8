"""kpixl.xlsx."""
