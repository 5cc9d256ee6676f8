"""Helpers: reading what people typed, and asking kpixl about itself."""

from typing import Any

from kpixl import __version__, engine
from udfs import boundary
from udfs.boundary import function
from udfs.kinds import DateRow, NumberRow, Text

__all__ = ["KPIXL_LASTERROR", "KPIXL_VERSION", "KPI_DATE", "KPI_DEFINITION", "KPI_NUMBER"]


@function("helpers")
def KPI_NUMBER(text: NumberRow) -> Any:
    """Number that a text means, such as 1億2,000万円, 1.5M, 12k, ▲5 or 20%; k, M and B or bn are 10^3, 10^6 and 10^9.

    Parameters
    ----------
    text
        A number as people write it.

    Examples
    --------
    =KPI_NUMBER("1億2,000万円")
    """
    return text


@function("helpers")
def KPI_DATE(text: DateRow) -> Any:
    """Date that a text means, such as 2025/6/2 or 令和7年6月2日, as a date of the spreadsheet.

    Parameters
    ----------
    text
        A date as people write it.

    Examples
    --------
    =KPI_DATE("令和7年6月2日")
    """
    return text


@function("helpers")
def KPI_DEFINITION(kpi_name: Text) -> Any:
    """What a KPI means: name, meaning, numerator, denominator, unit, leading or lagging, higher or lower is better.

    Parameters
    ----------
    kpi_name
        Name of the KPI, such as 商談化率 or Win rate.

    Examples
    --------
    =KPI_DEFINITION("商談化率")
    """
    return engine.definition(kpi_name)


@function("helpers", volatile=True)
def KPIXL_LASTERROR() -> str:
    """Why the last kpixl function that failed could not answer.

    Examples
    --------
    =KPIXL_LASTERROR()
    """
    return boundary.last_error()


@function("helpers")
def KPIXL_VERSION() -> str:
    """Version of kpixl.

    Examples
    --------
    =KPIXL_VERSION()
    """
    return __version__
