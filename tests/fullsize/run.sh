#!/usr/bin/env bash
# A random checkpoint in the exact published layout of Wan2.1-T2V-1.3B (14.5 GB), and one clip from it.
# Usage: run.sh BUILD_DIR [FOLDER]      FOLDER: where the checkpoint goes, default BUILD_DIR/fullsize.
# It is deleted at the end; KEEP=1 keeps it, and a kept one is used again.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="$(cd "${1:?usage: run.sh BUILD_DIR [FOLDER]}" && pwd)"
folder="${2:-$build/fullsize}"
needed_gb=16

check_space() {
  local free_gb
  free_gb=$(($(df --output=avail -k "$folder" | tail -1) / 1024 / 1024))
  [ "$free_gb" -ge "$needed_gb" ] && return
  echo "fullsize: $folder has $free_gb GB free, $needed_gb are needed; name another folder as second argument" >&2
  exit 1
}

make_checkpoint() {
  check_space
  cmake --build "$build" --target make_checkpoint
  "$build/make_checkpoint" "$here/configs" "$here/../golden/models/wan21/tokenizer" "$folder/model"
  touch "$folder/complete"
}

clean_up() {
  [ "${KEEP:-0}" = 1 ] || rm -rf "$folder/model" "$folder/complete" "$folder/clip"
}

mkdir -p "$folder"
trap clean_up EXIT
[ -e "$folder/complete" ] || make_checkpoint
python3 "$here/check.py" "$build/clipmill" "$folder/model" "$folder/clip"
