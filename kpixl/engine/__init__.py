"""The calculations: pure functions on numbers and dates, one module per question.

Arguments stand in the order of the spreadsheet function of the same name, options are keyword-only. Quantities are
floats or float arrays, dates are `datetime.date` or arrays of datetime64[D], and an answer of several columns is a
frozen dataclass of arrays. What cannot be answered raises a class of `kpixl.errors`. Importing this loads numpy only.
"""

from kpixl.engine.allocation import allocate
from kpixl.engine.attribution import attribution
from kpixl.engine.backsolve import backsolve, forward
from kpixl.engine.calendar import business_dates, businessdays, months
from kpixl.engine.cohort import Cohort, cohort
from kpixl.engine.conversion import Conversion, conversion
from kpixl.engine.definition import Definition, definition
from kpixl.engine.dispersion import dispersion
from kpixl.engine.factors import Factors, Heatmap, factors, heatmap
from kpixl.engine.funnel import FunnelGap, funnel_bottleneck, funnel_gap, funnel_rates
from kpixl.engine.landing import Landing, landing
from kpixl.engine.leadtime import LeadTime, ahead, leadtime
from kpixl.engine.levers import Levers, Sensitivity, levers, sensitivity
from kpixl.engine.numbers import ceil, parse_date, parse_number
from kpixl.engine.pace import elapsed, pace
from kpixl.engine.phasing import Phasing, phase
from kpixl.engine.pipeline import Pipeline, pipeline
from kpixl.engine.placebo import Placebo, placebo
from kpixl.engine.ranking import Ranking, rank
from kpixl.engine.rates import Effect, Rate, effect, rate
from kpixl.engine.review import Review, review
from kpixl.engine.sharing import share_table, spread
from kpixl.engine.smart import Feasibility, Judgement, feasibility, smart
from kpixl.engine.solve import solve
from kpixl.engine.standing import standing
from kpixl.engine.status import Alert, Status, alert, status
from kpixl.engine.tree import Tree, tree

__all__ = [
    "Alert",
    "Cohort",
    "Conversion",
    "Definition",
    "Effect",
    "Factors",
    "Feasibility",
    "FunnelGap",
    "Heatmap",
    "Judgement",
    "Landing",
    "LeadTime",
    "Levers",
    "Phasing",
    "Pipeline",
    "Placebo",
    "Ranking",
    "Rate",
    "Review",
    "Sensitivity",
    "Status",
    "Tree",
    "ahead",
    "alert",
    "allocate",
    "attribution",
    "backsolve",
    "business_dates",
    "businessdays",
    "ceil",
    "cohort",
    "conversion",
    "definition",
    "dispersion",
    "effect",
    "elapsed",
    "factors",
    "feasibility",
    "forward",
    "funnel_bottleneck",
    "funnel_gap",
    "funnel_rates",
    "heatmap",
    "landing",
    "leadtime",
    "levers",
    "months",
    "pace",
    "parse_date",
    "parse_number",
    "phase",
    "pipeline",
    "placebo",
    "rank",
    "rate",
    "review",
    "sensitivity",
    "share_table",
    "smart",
    "solve",
    "spread",
    "standing",
    "status",
    "tree",
]
