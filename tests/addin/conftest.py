"""Programs that the tests run in processes of their own, and stand-ins, hold no tests."""

collect_ignore = ["com.py", "excel.py", "open_excel.py", "pywin32.py"]
