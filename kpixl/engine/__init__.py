"""kpixl.engine."""
