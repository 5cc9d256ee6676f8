Attribute VB_Name = "kpixl_ribbon"
Option Explicit

' The tab "kpixl". A workbook is saved before Python reads its file, and closed while a refresh writes it.

Public Sub Auto_Open()
    KpixlDescribe
End Sub

Public Sub KpixlRefresh(ByVal control As Object)
    KpixlRun "refresh", ""
End Sub

Public Sub KpixlReport(ByVal control As Object)
    Dim period As Variant
    period = Application.InputBox(KpixlText("ask_month"), "kpixl", Format$(DateAdd("m", -1, Date), "yyyy-mm"), Type:=2)
    If VarType(period) = vbBoolean Then Exit Sub
    KpixlRun "report", CStr(period)
End Sub

Public Sub KpixlCheck(ByVal control As Object)
    KpixlRun "check", ""
End Sub

Public Sub KpixlHelp(ByVal control As Object)
    Tell KpixlText("help")
End Sub

Private Sub KpixlRun(ByVal action As String, ByVal period As String)
    Dim book As Object, path As String, said As String, closed As Boolean
    Set book = ActiveWorkbook
    If book Is Nothing Then
        Tell KpixlText("no_book")
        Exit Sub
    End If
    path = book.FullName
    If book.Path = "" Or InStr(path, "://") > 0 Then
        Tell KpixlText("not_on_disk")
        Exit Sub
    End If
    If book.ReadOnly Then
        Tell KpixlText("not_on_disk")
        Exit Sub
    End If
    On Error GoTo failed
    book.Save
    If action = "refresh" Then
        book.Close False
        closed = True
    End If
    said = KpixlAct(action, path, period)
finish:
    On Error Resume Next
    If closed Then Workbooks.Open path
    Tell said
    Exit Sub
failed:
    said = KpixlText("failed") & vbLf & Split(Err.Description & vbLf, vbLf)(0)
    Resume finish
End Sub

' Popup shows every script; MsgBox only those of Windows' code page.
Private Sub Tell(ByVal text As String)
    CreateObject("WScript.Shell").Popup text, 0, "kpixl", 64
End Sub
