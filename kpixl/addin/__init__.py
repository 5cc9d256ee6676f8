"""What puts the functions into spreadsheet programs: the add-ins of Excel and LibreOffice Calc."""
