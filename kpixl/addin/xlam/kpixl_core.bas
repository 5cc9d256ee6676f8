Attribute VB_Name = "kpixl_core"
Option Explicit
Option Private Module

' Values in, values and real errors out: for a function no range, caller or workbook crosses over to Python.
' Texts stand on the sheet, because a VBA project holds one code page and a sheet holds every script.

Private Const PYTHON_FAILED As String = "Python COM Server Internal Error"
Private Const SECONDS_TO_WAIT As Double = 10
Private Const TIMES_TO_WAIT As Double = 5    ' as long as the attempt took: xlwings' DLL waits for minutes
Private Const TEXT_COLUMN As Long = 1

Private mPython As Object          ' kept, because XLPy() reads all settings again
Private mReason As String          ' why the last call did not get through to kpixl
Private mMissing As String         ' why there is no Python, and since when: not tried again at once
Private mMissingSince As Double
Private mMissingFor As Double

Public Function KpixlCall(ByVal func As String, ByVal args As Variant) As Variant
    Dim values() As Variant, i As Long, retried As Boolean, started As Double
    started = Timer
    If mMissing <> "" And started >= mMissingSince And started - mMissingSince < mMissingFor Then
        KpixlCall = mMissing
        Exit Function
    End If
    On Error GoTo failed
    If UBound(args) < LBound(args) Then
        values = Array()
    Else
        ReDim values(LBound(args) To UBound(args))
    End If
    For i = LBound(args) To UBound(args)
        If IsObject(args(i)) Then values(i) = CellValues(args(i)) Else values(i) = args(i)
    Next i
again:
    KpixlCall = Answer(KpixlPython().CallUDF("udfs", func, values, Nothing, Nothing))
    mReason = ""
    mMissing = ""
    Exit Function
failed:
    mReason = func & ": " & Split(Err.Description & vbLf, vbLf)(0)
    If Err.Source = PYTHON_FAILED Then
        KpixlCall = CVErr(xlErrValue)
        Exit Function
    End If
    If Not mPython Is Nothing And Not retried Then
        retried = True
        Set mPython = Nothing
        Resume again
    End If
    Set mPython = Nothing
    mMissing = KpixlText("no_python")
    mMissingSince = Timer
    mMissingFor = SECONDS_TO_WAIT
    If mMissingSince > started Then mMissingFor = mMissingFor + TIMES_TO_WAIT * (mMissingSince - started)
    KpixlCall = mMissing
End Function

Public Function KpixlReason() As Variant
    If mReason <> "" Then
        KpixlReason = mReason
    Else
        KpixlReason = KpixlCall("KPIXL_LASTERROR", Array())
    End If
End Function

Public Function KpixlAct(ByVal action As String, ByVal book As Object, ByVal period As String, ByVal folder As String) As String
    Dim python As Object
    Set mPython = Nothing
    Set python = KpixlPython()
    KpixlAct = python.Str(python.Call(python.Module("kpixl.ribbon"), action, python.Tuple(book, period, folder)))
End Function

Public Function KpixlText(ByVal key As String) As String
    Dim at As Long
    at = 1
    With ThisWorkbook.Worksheets("kpixl.conf")
        Do While .Cells(at, TEXT_COLUMN).Value <> ""
            If .Cells(at, TEXT_COLUMN).Value = key Then
                KpixlText = .Cells(at, TEXT_COLUMN + 1).Value
                Exit Function
            End If
            at = at + 1
        Loop
    End With
End Function

Public Sub KpixlDescribe()
    Dim at As Long, last As Long, i As Long, docs() As Variant, key As String
    On Error Resume Next
    at = 1
    With ThisWorkbook.Worksheets("kpixl.conf")
        Do While .Cells(at, TEXT_COLUMN).Value <> ""
            key = .Cells(at, TEXT_COLUMN).Value
            If Left$(key, 3) = "KPI" Or Left$(key, 6) = "FUNNEL" Then
                last = 0
                Do While .Cells(at, TEXT_COLUMN + 2 + last).Value <> ""
                    last = last + 1
                Loop
                If last = 0 Then
                    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & key, _
                        Description:=.Cells(at, TEXT_COLUMN + 1).Value, Category:="kpixl"
                Else
                    ReDim docs(1 To last)
                    For i = 1 To last
                        docs(i) = .Cells(at, TEXT_COLUMN + 1 + i).Value
                    Next i
                    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & key, _
                        Description:=.Cells(at, TEXT_COLUMN + 1).Value, Category:="kpixl", ArgumentDescriptions:=docs
                End If
            End If
            at = at + 1
        Loop
    End With
    ThisWorkbook.Saved = True
End Sub

Private Function KpixlPython() As Object
    Dim interpreter As String
    If mPython Is Nothing Then
        interpreter = GetConfig("INTERPRETER_WIN")
        If Not FileExists(interpreter) Then Err.Raise 1001, , KpixlText("python_gone") & interpreter
        Set mPython = XLPy()
        If KpixlText("language") = "en" Then    ' never the cell itself: what is given to Exec runs
            mPython.Exec "import os; os.environ['KPIXL_LANG'] = 'en'"
        Else
            mPython.Exec "import os; os.environ['KPIXL_LANG'] = 'ja'"
        End If
    End If
    Set KpixlPython = mPython
End Function

' A whole column is cut to the rows in use: a million blanks take seconds to cross over.
Private Function CellValues(ByVal target As Object) As Variant
    Dim used As Object, last As Long
    If target.Rows.Count > 10000 Then
        Set used = target.Worksheet.UsedRange
        last = used.Row + used.Rows.Count - 1
        If last < target.Row Then last = target.Row
        If target.Row + target.Rows.Count - 1 > last Then Set target = target.Resize(last - target.Row + 1, target.Columns.Count)
    End If
    CellValues = target.Value2
End Function

Private Function Answer(ByVal given As Variant) As Variant
    Dim i As Long, j As Long
    If Not IsArray(given) Then
        Answer = OneCell(given)
        Exit Function
    End If
    If Dimensions(given) = 2 Then
        For i = LBound(given, 1) To UBound(given, 1)
            For j = LBound(given, 2) To UBound(given, 2)
                given(i, j) = OneCell(given(i, j))
            Next j
        Next i
    Else
        For i = LBound(given) To UBound(given)
            given(i) = OneCell(given(i))
        Next i
    End If
    Answer = given
End Function

Private Function Dimensions(ByVal given As Variant) As Long
    Dim last As Long
    Dimensions = 1
    On Error GoTo done
    last = UBound(given, 2)
    Dimensions = 2
done:
End Function

Private Function OneCell(ByVal given As Variant) As Variant
    OneCell = given
    If VarType(given) = vbString Then
        If Left$(given, 1) = "#" Then
            Select Case given
            Case "#N/A": OneCell = CVErr(xlErrNA)
            Case "#VALUE!": OneCell = CVErr(xlErrValue)
            Case "#NUM!": OneCell = CVErr(xlErrNum)
            Case "#DIV/0!": OneCell = CVErr(xlErrDiv0)
            Case "#REF!": OneCell = CVErr(xlErrRef)
            Case "#NAME?": OneCell = CVErr(xlErrName)
            Case "#NULL!": OneCell = CVErr(xlErrNull)
            End Select
        End If
    End If
End Function
