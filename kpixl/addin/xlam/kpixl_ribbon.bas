Attribute VB_Name = "kpixl_ribbon"
Option Explicit

' The tab "kpixl". Python reads and writes the workbook in front, which stays open; its user saves it.

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
    Dim book As Object, folder As String, said As String
    Set book = ActiveWorkbook
    If book Is Nothing Then
        Tell KpixlText("no_book")
        Exit Sub
    End If
    folder = book.Path
    If folder = "" Or InStr(folder, "://") > 0 Then folder = CreateObject("WScript.Shell").SpecialFolders("MyDocuments")
    On Error GoTo failed
    said = KpixlAct(action, book, period, folder)
finish:
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
