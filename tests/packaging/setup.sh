#!/usr/bin/env bash
# Build the setup program for Windows into FOLDER, loosely packed, for the tests marked `windows`.
#
#   tests/packaging/setup.sh FOLDER       takes makensis from Debian, the rest from PyPI (KPIXL_WHEELS keeps what is fetched)
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if ! command -v makensis >/dev/null; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nsis >/dev/null
fi
python3 "$checkout/packaging/windows/build.py" "$folder" --fast --wheels "${KPIXL_WHEELS:-$folder/wheels}"
