"""What Excel and Calc see: kpixl's functions, cells in and cells out.

``from udfs import *`` gives the functions by their spreadsheet names. Each takes what a spreadsheet hands over and
returns plain floats, texts and booleans or rows of them; a mistake comes back as an error such as ``"#VALUE!"``.
"""

from udfs import analysis, deals, helpers, planning, scheduling, tracking
from udfs.analysis import *  # noqa: F403 - each names what it offers
from udfs.deals import *  # noqa: F403 - each names what it offers
from udfs.helpers import *  # noqa: F403 - each names what it offers
from udfs.planning import *  # noqa: F403 - each names what it offers
from udfs.scheduling import *  # noqa: F403 - each names what it offers
from udfs.tracking import *  # noqa: F403 - each names what it offers

__all__ = [*planning.__all__, *scheduling.__all__, *tracking.__all__]  # noqa: PLE0604 - names of functions
__all__ += [*analysis.__all__, *deals.__all__, *helpers.__all__]  # noqa: PLE0604 - names of functions
