"""Everything about workbooks: what each sheet holds and how it looks, new plans, refreshes and monthly reports."""
