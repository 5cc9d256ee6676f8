"""The calculations: pure functions on numbers and dates, one module per question.

Arguments stand in the order of the spreadsheet function of the same name, options are keyword-only. Quantities are
floats or float arrays, dates are `datetime.date` or arrays of datetime64[D], and an answer of several columns is a
frozen dataclass of arrays. What cannot be answered raises a class of `kpixl.errors`. Importing this loads numpy only.
"""

from kpixl.engine.allocation import allocate, allocate_each
from kpixl.engine.attribution import attribution
from kpixl.engine.backsolve import backsolve, forward
from kpixl.engine.calendar import business_dates, businessdays, months
from kpixl.engine.factors import Factors, Heatmap, factors, heatmap
from kpixl.engine.funnel import FunnelGap, funnel_bottleneck, funnel_gap, funnel_rates
from kpixl.engine.landing import Landing, landing
from kpixl.engine.numbers import ceil, parse_date, parse_number
from kpixl.engine.pace import elapsed, pace
from kpixl.engine.phasing import Phasing, phase
from kpixl.engine.ranking import Ranking, rank
from kpixl.engine.rates import Effect, Rate, effect, rate
from kpixl.engine.review import Review, review
from kpixl.engine.status import Alert, Status, alert, status

__all__ = [
    "Alert",
    "Effect",
    "Factors",
    "FunnelGap",
    "Heatmap",
    "Landing",
    "Phasing",
    "Ranking",
    "Rate",
    "Review",
    "Status",
    "alert",
    "allocate",
    "allocate_each",
    "attribution",
    "backsolve",
    "business_dates",
    "businessdays",
    "ceil",
    "effect",
    "elapsed",
    "factors",
    "forward",
    "funnel_bottleneck",
    "funnel_gap",
    "funnel_rates",
    "heatmap",
    "landing",
    "months",
    "pace",
    "parse_date",
    "parse_number",
    "phase",
    "rank",
    "rate",
    "review",
    "status",
]
