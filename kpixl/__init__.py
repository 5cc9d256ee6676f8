"""kpixl turns a sales goal into numbers people can act on, in the spreadsheet they already use.

In Python: `kpixl.backsolve` and the other functions of `kpixl.engine`, and `kpixl.open_plan`, which gives a plan
workbook as pandas frames (docs/python.md). Importing this loads nothing else; what is used loads what it needs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpixl.api import PlanBook, open_plan
    from kpixl.engine import *  # noqa: F403 - named below
    from kpixl.plan import Plan
    from kpixl.texts import speaking

__version__ = "0.1.0"
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
    "Plan",
    "PlanBook",
    "Ranking",
    "Rate",
    "Review",
    "Sensitivity",
    "Status",
    "Tree",
    "__version__",
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
    "open_plan",
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
    "speaking",
    "spread",
    "standing",
    "status",
    "tree",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kpixl.api import offered  # noqa: PLC0415 - loads what `name` needs, and only then

    globals()[name] = found = offered(name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
