"""kpixl.actuals."""
