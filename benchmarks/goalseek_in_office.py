"""Seeks a goal in a running LibreOffice many times and prints the seconds of one seek. Runs under LibreOffice's Python.

Called by `bench_solve.py` as: PYTHON goalseek_in_office.py PIPE ROUNDS
"""

import sys
import time

import uno
from com.sun.star.connection import NoConnectException


def main(pipe, rounds):
    """Print the best mean time of one Goal Seek for the product of three cells."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            time.sleep(0.1)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
    sheet = document.Sheets.getByIndex(0)
    for row, value in enumerate((500.0, 0.2, 1e6)):
        sheet.getCellByPosition(0, row).Value = value
    sheet.getCellByPosition(0, 3).Formula = "=A1*A2*A3"
    formula, variable = (sheet.getCellByPosition(0, row).CellAddress for row in (3, 1))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds):
            found = document.seekGoal(formula, variable, "120000000")
        best = min(best, (time.perf_counter() - start) / rounds)
    if abs(found.Result - 0.24) > 1e-6:
        raise SystemExit(f"Goal Seek found {found.Result}")
    print(best)
    desktop.terminate()


main(sys.argv[1], int(sys.argv[2]))
