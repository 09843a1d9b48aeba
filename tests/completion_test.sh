#!/usr/bin/env bash
# completion_test.sh BUILD_DIR: the scripts that `clipmill completion` prints load, and Bash's completes.
set -euo pipefail
program=$(realpath "$1")/clipmill
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir models
touch shots.toml

# complete WORD...: what Bash offers for the last word of `clipmill WORD...`, one a line, sorted
complete_words() {
  "$program" completion bash > completion.bash
  bash -c 'source completion.bash
    COMP_WORDS=(clipmill "$@"); COMP_CWORD=$#
    $(complete -p clipmill | sed "s/.*-F \([^ ]*\) .*/\1/")
    printf "%s\n" "${COMPREPLY[@]}"' _ "$@" | sort
}

expect() {  # expect DESCRIPTION WANTED WORD...
  local what=$1 wanted=$2 got
  shift 2
  got=$(complete_words "$@" | xargs)
  [[ $got == "$wanted" ]] || { echo "FAILED: $what: wanted '$wanted', got '$got'"; exit 1; }
}

expect "a command" "run" ru
expect "the shells" "bash fish zsh" completion ""
expect "one shell" "zsh" completion z
expect "a flag with a unique beginning" "--negative-prompt" run --negat
expect "several flags" "--height --help" run --he
expect "a folder" "models" run --model ""
expect "a file" "shots.toml" run sho
expect "a free value" "" run --prompt a
for shell in zsh fish; do
  "$program" completion $shell > script
  grep -q -- negative.prompt script || { echo "FAILED: $shell: no flags of run"; exit 1; }
  if command -v $shell > /dev/null; then $shell -n script; fi
done
if "$program" completion tcsh > /dev/null 2>&1; then echo "FAILED: an unknown shell is accepted"; exit 1; fi
echo "completion: all as it should be"
