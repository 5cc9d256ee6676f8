"""Programs that the tests run in processes of their own hold no tests."""

collect_ignore = ["excel.py", "pywin32.py"]
