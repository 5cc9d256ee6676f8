"""kpixl.tracking."""
