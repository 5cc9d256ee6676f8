"""kpixl.plan."""
