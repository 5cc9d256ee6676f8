"""The calculations: pure functions on numbers and dates, one module per question.

Arguments stand in the order of the spreadsheet function of the same name, options are keyword-only. Quantities are
floats or float arrays, dates are `datetime.date` or arrays of datetime64[D], and an answer of several columns is a
frozen dataclass of arrays. What cannot be answered raises a class of `kpixl.errors`. Importing this loads numpy only.
"""

from typing import TYPE_CHECKING

from kpixl.engine.allocation import allocate as allocate
from kpixl.engine.attribution import attribution as attribution
from kpixl.engine.backsolve import backsolve as backsolve
from kpixl.engine.backsolve import forward as forward
from kpixl.engine.calendar import business_dates as business_dates
from kpixl.engine.calendar import businessdays as businessdays
from kpixl.engine.calendar import months as months
from kpixl.engine.cohort import Cohort as Cohort
from kpixl.engine.cohort import cohort as cohort
from kpixl.engine.conversion import Conversion as Conversion
from kpixl.engine.conversion import conversion as conversion
from kpixl.engine.definition import Definition as Definition
from kpixl.engine.definition import definition as definition
from kpixl.engine.dispersion import dispersion as dispersion
from kpixl.engine.factors import Factors as Factors
from kpixl.engine.factors import Heatmap as Heatmap
from kpixl.engine.factors import factors as factors
from kpixl.engine.factors import heatmap as heatmap
from kpixl.engine.funnel import FunnelGap as FunnelGap
from kpixl.engine.funnel import funnel_bottleneck as funnel_bottleneck
from kpixl.engine.funnel import funnel_gap as funnel_gap
from kpixl.engine.funnel import funnel_rates as funnel_rates
from kpixl.engine.landing import Landing as Landing
from kpixl.engine.landing import landing as landing
from kpixl.engine.leadtime import LeadTime as LeadTime
from kpixl.engine.leadtime import ahead as ahead
from kpixl.engine.leadtime import leadtime as leadtime
from kpixl.engine.levers import Levers as Levers
from kpixl.engine.levers import Sensitivity as Sensitivity
from kpixl.engine.levers import levers as levers
from kpixl.engine.levers import sensitivity as sensitivity
from kpixl.engine.numbers import ceil as ceil
from kpixl.engine.numbers import parse_date as parse_date
from kpixl.engine.numbers import parse_number as parse_number
from kpixl.engine.pace import elapsed as elapsed
from kpixl.engine.pace import pace as pace
from kpixl.engine.phasing import Phasing as Phasing
from kpixl.engine.phasing import phase as phase
from kpixl.engine.pipeline import Pipeline as Pipeline
from kpixl.engine.pipeline import pipeline as pipeline
from kpixl.engine.placebo import Placebo as Placebo
from kpixl.engine.placebo import placebo as placebo
from kpixl.engine.ranking import Ranking as Ranking
from kpixl.engine.ranking import rank as rank
from kpixl.engine.rates import Effect as Effect
from kpixl.engine.rates import Rate as Rate
from kpixl.engine.rates import effect as effect
from kpixl.engine.rates import rate as rate
from kpixl.engine.review import Review as Review
from kpixl.engine.review import review as review
from kpixl.engine.sharing import share_table as share_table
from kpixl.engine.sharing import spread as spread
from kpixl.engine.smart import Feasibility as Feasibility
from kpixl.engine.smart import Judgement as Judgement
from kpixl.engine.smart import feasibility as feasibility
from kpixl.engine.smart import smart as smart
from kpixl.engine.solve import solve as solve
from kpixl.engine.standing import standing as standing
from kpixl.engine.status import Alert as Alert
from kpixl.engine.status import Status as Status
from kpixl.engine.status import alert as alert
from kpixl.engine.status import status as status
from kpixl.engine.tree import Tree as Tree
from kpixl.engine.tree import tree as tree

if not TYPE_CHECKING:  # pragma: no branch - it goes by the imports: a name that is imported as itself is offered
    __all__ = [name for name, value in dict(globals()).items() if getattr(value, "__module__", "").startswith(__name__)]
