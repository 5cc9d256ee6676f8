"""kpixl turns a sales goal into numbers people can act on, in the spreadsheet they already use.

The calculations are in `kpixl.engine`; the command line is `kpixl`. Importing this package loads nothing else.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
