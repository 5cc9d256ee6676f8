"""The numbers of judgement, such as confidences and least counts: each in one place, with its reason.

They are conventions of statistics, practices of planning, or choices of kpixl; none follows from the data. Arguments of
functions override them. Purely numerical limits stand where they are used.
"""

__all__ = [
    "ALERT_AFTER",
    "ALERT_UP_TO",
    "AT_RISK",
    "CONFIDENCE",
    "CSFS",
    "DAYS_AROUND_A_MEASURE",
    "ENOUGH_CASES",
    "ENOUGH_MONTHS",
    "ENOUGH_TRIALS",
    "FALSE_ALARMS",
    "INSIGHTS_BY_LUCK",
    "LANDING_CONFIDENCE",
    "LEAP",
    "MONTHS_BEFORE",
    "MONTHS_IN_A_ROW",
    "MONTHS_KEPT",
    "MONTHS_UNTIL_REVIEW",
    "OUTGROWN",
    "OUTSIDE",
    "PERSON_KPIS",
    "POWER",
    "PRIOR_DAYS",
    "RECOVER_AT",
    "SHIFT",
    "SHIFT_CONFIDENCE",
    "TARGET_WORTH",
    "TEAM_KPIS",
    "TOO_SOON_DAYS",
]

# How sure a statement is: conventions of statistics.
CONFIDENCE = 0.95  # of the interval of a rate or of an effect (Fisher 1925)
POWER = 0.8  # with which an effect of the size seen would be found (Cohen 1988)
FALSE_ALARMS = 0.05  # the share of those named that may be luck (Benjamini and Hochberg 1995)
INSIGHTS_BY_LUCK = 0.1  # the share of a month's insights that may be luck: they ask for a look and a talk, no more
OUTSIDE = 0.001  # on either side of the 99.8 % limits of a funnel plot (Spiegelhalter 2005)

# How a month stands: choices, but for the alert.
LANDING_CONFIDENCE = 0.8  # of the range in which a month lands: narrow enough to plan with; one in five lies outside
PRIOR_DAYS = 2.0  # business days that the target is worth before anything is known: it steadies the first days
TARGET_WORTH = 1 / 0.35**2  # orders that a target is worth at most: such are missed, or passed, by about a third
TOO_SOON_DAYS = 2  # business days after which a month says something
RECOVER_AT = 0.25  # the probability of the target from which on it is worth pursuing
ALERT_AFTER, ALERT_UP_TO = 0.5, 0.3  # half of the period is over, at most 30 % of the target reached: a rule of sales

# How much is needed to judge at all: choices.
ENOUGH_TRIALS = 10  # calls in an hour of the week before its connect rate is shown
AT_RISK = 5  # deals still followed at the age up to which a rate is told: beyond, a single one moves it far
ENOUGH_CASES = 30  # behind a rate before it is offered for a plan: the 95 % interval is then within 18 points
ENOUGH_MONTHS = 3  # of a past that a target is held against

# When a KPI is reviewed: practices of KPI management.
MONTHS_KEPT = 3  # that a target is kept at least, so that a trend can show
MONTHS_IN_A_ROW = 3  # of misses, of standstill or of growth beyond the plan
MONTHS_UNTIL_REVIEW = 12
OUTGROWN = 1.2  # times its target, reached month after month
LEAP = 1.2  # times the best there ever was: a target beyond is no stretch but a leap

# When a measure, a member or a market has changed something: choices.
DAYS_AROUND_A_MEASURE = 28  # on either side: long enough to count, short enough to be about the measure
MONTHS_BEFORE = 3  # that a member or a rate is held against
SHIFT_CONFIDENCE = 0.99  # the volumes of a team are large: at 95 % every other month would be a shift of the market
SHIFT = 0.1  # of the rate: a smaller shift changes no plan

# How many there should be, at least and at most: practices of KPI management.
CSFS = (3, 5)
TEAM_KPIS, PERSON_KPIS = (5, 8), (3, 5)
