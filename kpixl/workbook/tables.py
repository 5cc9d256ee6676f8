"""The names of tables and lists of a plan workbook that several modules use.

Tables are found by these names, wherever they are. Names that only one sheet uses are in its own module.
"""

KGIS, CSFS, STAGES, CHANNELS = "kpixl_kgis", "kpixl_csfs", "kpixl_stages", "kpixl_channels"
MEMBERS, LEVELS = "kpixl_members", "kpixl_levels"
CLOSURES, SEASONALITY, CALENDAR = "kpixl_closures", "kpixl_seasonality", "kpixl_calendar"
DAY_WEIGHTS = "kpixl_day_weights"
MEMBER_LIST, CHANNEL_LIST, CSF_LIST = "kpixl_member_list", "kpixl_channel_list", "kpixl_csf_list"
FUNNEL, NEEDS = "kpixl_funnel", "kpixl_needs"
DEFINITIONS, CANDIDATES = "kpixl_definitions", "kpixl_candidates"
TEAM, BY_MEMBER = "kpixl_team", "kpixl_by_member"
MEMBER_TARGETS, CHANNEL_TARGETS = "kpixl_member_targets", "kpixl_channel_targets"
ENTRIES, DAYS, FACTS = "kpixl_entries", "kpixl_days", "kpixl_facts"
PROGRESS, OUTLOOK = "kpixl_progress", "kpixl_outlook"
GAP, WATERFALL, LEVERS = "kpixl_gap", "kpixl_waterfall", "kpixl_levers"
ACTIONS, STEP_EFFECTS = "kpixl_actions", "kpixl_step_effects"
MONTHLY = "kpixl_monthly"
RATES = "kpixl_rates"
