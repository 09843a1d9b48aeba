#!/usr/bin/env bash
# Runs every fuzz target for a while, under AddressSanitizer and UBSan; new inputs are kept in build-fuzz/corpus.
# Usage: tools/fuzz.sh [SECONDS]      a target, default 600. Needs clang and libclang-rt-14-dev.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
command -v clang++ >/dev/null || { echo "fuzz: as root, please: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }

cmake --preset fuzz >/dev/null
for source in src/*/*_fuzz.cpp; do
  target="$(basename "$source" .cpp)"
  seeds="$(dirname "$source")/testdata/fuzz"
  corpus="build-fuzz/corpus/$target"
  mkdir -p "$corpus"
  cmake --build build-fuzz --target "$target"
  echo "fuzz: $target for $seconds s"
  "build-fuzz/$target" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 "$corpus" $([ -d "$seeds" ] && echo "$seeds")
done
