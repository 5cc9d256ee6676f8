"""One module per sheet of the plan workbook."""
