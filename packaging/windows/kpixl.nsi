; kpixl-VERSION-setup.exe: for one user, without an administrator. pack.py calls makensis with
;   VERSION, OUT, FILES (the lines that lay out the folder), SIZE (of it, in kB), LICENCE, and perhaps FAST and SIGNER.
; /QUICK leaves out compiling, which is for tests. Exit codes of a silent run (/S): 0 done, 3 kpixl or Excel uses it, 4 the folder holds something else.
Unicode true
Target amd64-unicode
ManifestSupportedOS Win10
ManifestDPIAware true
!ifdef FAST
  SetCompress off
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif
SetDateSave off
RequestExecutionLevel user
!ifdef SIGNER
  !finalize '${SIGNER} "%1"' = 0
  !uninstfinalize '${SIGNER} "%1"' = 0
!endif
!include MUI2.nsh
!include FileFunc.nsh
!include WinVer.nsh

Name "kpixl ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\kpixl"
InstallDirRegKey HKCU "Software\kpixl" "InstallDir"
VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=0 "ProductName" "kpixl"
VIAddVersionKey /LANG=0 "FileDescription" "kpixl setup"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "CompanyName" "The kpixl authors"
VIAddVersionKey /LANG=0 "LegalCopyright" "The kpixl authors, MIT"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\kpixl"
!define APP "Software\Microsoft\Windows\CurrentVersion\App Paths\kpixl.exe"
!define ADDIN "$APPDATA\Microsoft\Excel\XLSTART\kpixl.xlam"

!define MUI_FINISHPAGE_RUN "$INSTDIR\kpixl-demo.exe"
!define MUI_FINISHPAGE_RUN_TEXT "$(demo)"
!define MUI_COMPONENTSPAGE_SMALLDESC
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_LANGUAGE "English"

!macro TEXT NAME JAPANESE ENGLISH
  LangString ${NAME} ${LANG_JAPANESE} "${JAPANESE}"
  LangString ${NAME} ${LANG_ENGLISH} "${ENGLISH}"
!macroend
; What is shown in Windows has both names at hand, since either may be there when kpixl is removed.
!macro NAMED NAME JAPANESE ENGLISH
  !define ${NAME}_JAPANESE "${JAPANESE}"
  !define ${NAME}_ENGLISH "${ENGLISH}"
  !insertmacro TEXT ${NAME} "${JAPANESE}" "${ENGLISH}"
!macroend
!macro DELETE_NAMED FOLDER NAME
  Delete "${FOLDER}\${${NAME}_JAPANESE}.lnk"
  Delete "${FOLDER}\${${NAME}_ENGLISH}.lnk"
!macroend
!insertmacro NAMED demo "デモを作って開く" "Make the demo and open it"
!insertmacro NAMED new "新しい計画" "New plan"
!insertmacro NAMED import "CSV を計画に取り込む" "Bring a CSV into a plan"
!insertmacro NAMED drop "ここに CSV をドロップ" "Drop a CSV here"
!insertmacro NAMED folder "kpixl フォルダー" "kpixl folder"
!insertmacro NAMED prompt "kpixl コマンド" "kpixl command prompt"
!insertmacro NAMED remove "kpixl をアンインストール" "Uninstall kpixl"
!insertmacro TEXT language "ja" "en"
!insertmacro TEXT base "kpixl 本体" "kpixl itself"
!insertmacro TEXT addin "Excel のアドイン(関数と「kpixl」タブ)" "Excel add-in (functions and the tab kpixl)"
!insertmacro TEXT prepare "すぐに動くように準備しています(1 分ほど)" "Getting ready to start fast (about a minute)"
!insertmacro TEXT inuse \
  "kpixl が使われています。Excel と kpixl の画面をすべて閉じてから、「再試行」を押してください。" \
  "kpixl is in use. Close Excel and every window of kpixl, then press Retry."
!insertmacro TEXT occupied \
  "$INSTDIR には kpixl でないものが入っているので、何も変えませんでした。別のフォルダーを指定してください。" \
  "$INSTDIR holds something that is not kpixl, so nothing was changed. Give another folder."
!insertmacro TEXT noaddin \
  "kpixl は入りましたが、Excel のアドインは入れられませんでした。計画、取り込み、レポートは使えます。" \
  "kpixl is installed, but the Excel add-in could not be. Plans, imports and reports work."
!insertmacro TEXT oldwindows "kpixl には Windows 10 以降が必要です。" "kpixl needs Windows 10 or later."

; Nothing is touched while something runs: a program holds its python.exe, Excel xlwings' DLL or the add-in.
!macro FUNCTIONS UN
Function ${UN}RequireOurs ; what is removed as a whole must have come from here
  IfFileExists "$INSTDIR\kpixl-import.exe" ours
  ${DirState} "$INSTDIR" $1
  StrCmp $1 1 0 ours ; 1 is a folder with something in it
  MessageBox MB_OK|MB_ICONSTOP "$(occupied)" /SD IDOK
  SetErrorLevel 4
  Quit
ours:
FunctionEnd

Function ${UN}RequireFree
again:
  StrCpy $6 ""
  StrCpy $5 "${ADDIN}"
  IfFileExists $5 0 programs
  Call ${UN}TryOpen
programs:
  FindFirst $1 $2 "$INSTDIR\python\*.*"
next:
  StrCmp $2 "" free
  StrCpy $3 $2 "" -4
  StrCmp $3 ".exe" try
  StrCmp $3 ".dll" try skip
try:
  StrCpy $5 "$INSTDIR\python\$2"
  Call ${UN}TryOpen
  StrCmp $6 "" skip held
skip:
  FindNext $1 $2
  Goto next
held:
  FindClose $1
  MessageBox MB_RETRYCANCEL|MB_ICONSTOP "$(inuse)" /SD IDCANCEL IDRETRY again
  SetErrorLevel 3
  Quit
free:
  FindClose $1
  StrCmp $6 "" 0 held
FunctionEnd

Function ${UN}TryOpen ; $6 stays "held" once a file could not be opened to be written
  ClearErrors
  FileOpen $4 $5 a
  IfErrors 0 opened
  StrCpy $6 "held"
  Return
opened:
  FileClose $4
FunctionEnd
!macroend
!insertmacro FUNCTIONS ""
!insertmacro FUNCTIONS "un."

Function .onInit
  SetShellVarContext current
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(oldwindows)" /SD IDOK
    SetErrorLevel 4
    Quit
  ${EndIf}
FunctionEnd

Function un.onInit
  SetShellVarContext current
FunctionEnd

Section "!$(base)" SecBase
  SectionIn RO
  Call RequireOurs
  Call RequireFree
  RMDir /r "$INSTDIR\python" ; of an older version
  RMDir /r "$INSTDIR\licenses"
  !include "${FILES}"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${GetParameters} $1
  ClearErrors
  ${GetOptions} $1 "/QUICK" $2
  IfErrors 0 compiled
  DetailPrint "$(prepare)" ; Excel starts Python so that it keeps nothing of what it compiles
  nsExec::ExecToLog '"$INSTDIR\python\python.exe" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    "$INSTDIR\python\Lib\site-packages"'
  Pop $0
compiled:

  CreateDirectory "$DOCUMENTS\kpixl"
  CreateDirectory "$SMPROGRAMS\kpixl"
  SetOutPath "$DOCUMENTS\kpixl" ; where the shortcuts begin
  CreateShortcut "$SMPROGRAMS\kpixl\$(demo).lnk" "$INSTDIR\kpixl-demo.exe"
  CreateShortcut "$SMPROGRAMS\kpixl\$(new).lnk" "$INSTDIR\kpixl-new.exe"
  CreateShortcut "$SMPROGRAMS\kpixl\$(import).lnk" "$INSTDIR\kpixl-import.exe"
  CreateShortcut "$SMPROGRAMS\kpixl\$(folder).lnk" "$DOCUMENTS\kpixl"
  CreateShortcut "$SMPROGRAMS\kpixl\$(prompt).lnk" "$SYSDIR\cmd.exe" '/k "set PATH=$INSTDIR;%PATH%"'
  CreateShortcut "$SMPROGRAMS\kpixl\$(remove).lnk" "$INSTDIR\uninstall.exe"
  CreateShortcut "$SENDTO\$(import).lnk" "$INSTDIR\kpixl-import.exe"
  CreateShortcut "$DOCUMENTS\kpixl\$(drop).lnk" "$INSTDIR\kpixl-import.exe"

  WriteRegStr HKCU "Software\kpixl" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${APP}" "" "$INSTDIR\kpixl.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "kpixl"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The kpixl authors"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${SIZE}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "$(addin)" SecAddin
  IfFileExists "${ADDIN}" 0 install ; one of another version gives way, one that is not kpixl's does not
  nsExec::ExecToLog '"$INSTDIR\kpixl.exe" addin uninstall --lang $(language)'
  Pop $0
install:
  nsExec::ExecToStack '"$INSTDIR\kpixl.exe" addin install --lang $(language)'
  Pop $0
  Pop $1
  DetailPrint "$1"
  StrCmp $0 0 done
  MessageBox MB_OK|MB_ICONEXCLAMATION "$(noaddin)$\r$\n$\r$\n$1" /SD IDOK
done:
SectionEnd

Section "Uninstall"
  Call un.RequireOurs
  Call un.RequireFree
  IfFileExists "$INSTDIR\python\python.exe" 0 files
  nsExec::ExecToLog '"$INSTDIR\python\python.exe" -m kpixl.shortcuts remove --lang $(language)'
  Pop $0
files:
  RMDir /r "$INSTDIR\python"
  RMDir /r "$INSTDIR\licenses"
  Delete "$INSTDIR\kpixl.exe"
  Delete "$INSTDIR\kpixl-demo.exe"
  Delete "$INSTDIR\kpixl-new.exe"
  Delete "$INSTDIR\kpixl-import.exe"
  Delete "$INSTDIR\kpixl-addin.exe"
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP" ; nobody can remove the folder that they are in
  RMDir "$INSTDIR"
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" demo
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" new
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" import
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" folder
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" prompt
  !insertmacro DELETE_NAMED "$SMPROGRAMS\kpixl" remove
  !insertmacro DELETE_NAMED "$SENDTO" import
  !insertmacro DELETE_NAMED "$DOCUMENTS\kpixl" drop
  RMDir "$SMPROGRAMS\kpixl"
  RMDir "$DOCUMENTS\kpixl" ; only if nothing of the user's is in it
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\kpixl"
  DeleteRegKey HKCU "${APP}"
SectionEnd
