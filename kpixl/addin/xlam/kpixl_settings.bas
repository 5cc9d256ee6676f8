' Stands in for xlwings' own, which asks the sheets of workbooks and files beside them: those may be anybody's.
Function GetConfig(configKey As String, Optional default As String = "") As Variant
    Dim found As String
    GetConfig = default
    If configKey = "ADD_WORKBOOK_TO_PYTHONPATH" Then GetConfig = "false"
    If configKey = "INTERPRETER_WIN" Then
        If Not GetConfigFromFile(GetConfigFilePath(), configKey, found) Then found = ""
        ' A bare name would be looked for in the current folder as well.
        If Mid$(found, 2, 2) <> ":\" And Left$(found, 1) <> "\" Then Err.Raise 1001, , KpixlText("python_unknown")
        GetConfig = found
    End If
End Function
