"""Everything that knows sheets: how they look, what stands on each, a new plan, its refresh, the month's report."""
