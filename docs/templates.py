"""Build the workbooks beside the templates again: `python docs/templates.py`.

A plan for the fiscal year from April 2026, of each template in each language. The same template gives the same bytes.
"""

import datetime as dt
from pathlib import Path

from kpixl.plan import read_template
from kpixl.plan.sections import template_names
from kpixl.texts import LANGUAGES
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

TEMPLATES = Path(__file__).parent.parent / "templates"
START = dt.date(2026, 4, 1)


def main() -> None:
    """Build every workbook."""
    for name in template_names():
        for language in LANGUAGES:
            plan = read_template(name, language=language, start=START)
            path = TEMPLATES / f"{name}.{language}.xlsx"
            path.unlink(missing_ok=True)
            build(new_state(plan), path)


if __name__ == "__main__":
    main()
