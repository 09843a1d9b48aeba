#!/usr/bin/env bash
# Makes the clips of examples/shots.toml in out/demo, has every one checked by ffprobe, and puts stills of all of
# them on one sheet. A second run makes only what is missing or has changed.
# Usage: tools/demo.sh BUILD_DIR
set -euo pipefail
clipmill="$(cd "${1:?usage: demo.sh BUILD_DIR}" && pwd)/clipmill"
cd "$(dirname "$0")/.."
out=out/demo

mkdir -p "$out"
"$clipmill" run examples/shots.toml --output-folder "$out" --json >"$out/outcome.json"
python3 tools/check_clips.py "$out/outcome.json" --sheet "$out/contact-sheet.png"
echo "demo: look at    $out/contact-sheet.png"
echo "demo: report in  $out/report.html"
echo "demo: clips in   $out/*.mp4"
