"""Lossless changes to .xlsx and .xlsm files: what is not changed keeps its bytes.

A small library that knows the Open XML format of spreadsheets and nothing of KPIs.
"""

from kpixl.xlsx.addition import NewColumn
from kpixl.xlsx.cells import Cached, Formula, Value, Written
from kpixl.xlsx.container import packed
from kpixl.xlsx.graft import Graft
from kpixl.xlsx.package import Package
from kpixl.xlsx.receipt import Followed, Receipt
from kpixl.xlsx.table import Table
from kpixl.xlsx.validation import Validation

__all__ = [
    "Cached",
    "Followed",
    "Formula",
    "Graft",
    "NewColumn",
    "Package",
    "Receipt",
    "Table",
    "Validation",
    "Value",
    "Written",
    "packed",
]
