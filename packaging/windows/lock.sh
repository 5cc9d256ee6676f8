#!/usr/bin/env bash
# Write requirements.lock (every package of the Windows folder) and tools.lock (what builds it) anew, with hashes.
#
#   packaging/windows/lock.sh [--upgrade]      needs uv; without --upgrade only what no longer fits changes
#
# uv resolves for Windows as it is asked; pip would look at the markers of the system it runs on, and leave pywin32 out.
set -euo pipefail
cd "$(dirname "$0")/../.."

locked() {
  uv pip compile --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
    --python-version 3.13 "$@"
}
locked "$@" --python-platform x86_64-pc-windows-msvc --only-binary :all: --extra notify --extra keyring \
  pyproject.toml --output-file packaging/windows/requirements.lock
locked "$@" packaging/windows/tools.in --output-file packaging/windows/tools.lock
