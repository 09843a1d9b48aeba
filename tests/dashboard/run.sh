#!/bin/sh
# The dashboard's parts by Node, and the page in Chromium: run.sh SOURCE BUILD [FOLDER for screenshots]
# Needs Debian's nodejs, npm and chromium; playwright-core comes from npm.
set -e
here=$(dirname "$0")
node --test "$here"/*.test.mjs
[ -e "$here/node_modules/playwright-core" ] || npm ci --silent --prefix "$here"
node "$here/dashboard.mjs" "$@"
