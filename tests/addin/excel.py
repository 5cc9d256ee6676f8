"""Ask an Excel in memory: ``python excel.py`` reads a question a line, and prints a line of what that Excel shows.

A question is JSON: an add-in and steps, for a new Excel each time. Real are the add-in's VBA, which pyopenvba
interprets, xlwings' COM server with its call_udf and conversions, and kpixl. On Windows, and so under Wine, xlwings'
DLL, pywin32, COM and the server's own process are real too. Stood in for are Excel's calculation and objects
(`memory`) and elsewhere than on Windows COM and the DLL (`com_here`).
"""

import datetime as dt
import json
import os
import sys
from unittest import mock

from memory import Excel
from pyopenvba.apps.excel import _model
from pyopenvba.formula._calc.cells import CellError
from pyopenvba.interpreter._values import NOTHING, VBAErrorValue
from variants import com


def _answer(addin, steps):
    excel = Excel.open(addin)
    excel.application._this_workbook = excel.workbook
    book = excel.add_workbook()
    excel.activate_workbook(book)
    sheet = excel.sheet(1, workbook=book)
    with mock.patch.dict(os.environ):
        shown = [value for step in steps for value in _shown(excel, sheet, step)]
    return {"shown": shown, "commands": excel.commands, "popups": excel.popups, "described": excel.described}


def _shown(excel, sheet, step):
    """Take a step and yield what it shows."""
    if "clock" in step:
        excel.interpreter.freeze(dt.datetime.fromisoformat(step["clock"]))
    if "profile" in step:  # the folder of another user
        os.environ["USERPROFILE"] = step["profile"]
    if "python" in step:  # run it in the server
        excel.python().vba_get("Exec", [step["python"]])
    if step.get("kill"):
        com.kill(excel.python().held)
    if "open" in step:
        from open_excel import members

        excel.application.vba_get("Workbooks").vba_get("Open", [step["open"]])
        com.reach().members.update(members(step["open"]))
    for address, value in step.get("values", {}).items():
        sheet.set_value(address, value)
    for address, style in step.get("formats", {}).items():
        sheet.sheet.vba_get("Range", [address]).vba_set("NumberFormat", style)
    for address, formula in step.get("formulas", {}).items():
        sheet.sheet.vba_get("Range", [address]).vba_set("Formula2", formula)
    if "run" in step:
        name, *given = step["run"]
        path = _model.Workbook._vba_members["path"]
        with mock.patch.object(path, "getter", (lambda book: step["cloud"]) if "cloud" in step else path.getter):
            answer = excel.run(name, *(NOTHING if one is None else one for one in given))
        yield answer if isinstance(answer, str) else None
    for address in step.get("read", []):
        value = sheet.value(address)
        yield str(value) if isinstance(value, VBAErrorValue | CellError) else value


if __name__ == "__main__":
    com.prepare()
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line)), default=str), flush=True)
