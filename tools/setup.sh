#!/usr/bin/env bash
# Installs what a build needs: the Debian packages of packages.txt, and torch in a project-local .venv.
# Usage: tools/setup.sh [TORCH]      TORCH: a pip requirement (torch==2.13.0), a wheel, or a folder with LibTorch
set -euo pipefail
cd "$(dirname "$0")/.."
torch="${1:-torch==2.13.0}"

packages() { sed -e 's/#.*//' -e '/^\s*$/d' tools/packages.txt; }

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian; make sure that these are installed under their names here:" >&2
    packages | sed 's/^/  /' >&2
    return
  fi
  local missing=() name
  for name in $(packages); do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: as root, please: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=sudo
  fi
  echo "setup: installing ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_torch() {
  if [ -d "$torch" ]; then
    echo "$torch" >.venv-torch
    return
  fi
  if [ "$(cat .venv/torch-requirement 2>/dev/null)" != "$torch" ]; then
    # Debian's own Python: the wheel's LibTorch does not depend on it, but the venv must outlive the shell's choice.
    [ -x .venv/bin/python ] || "$( [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || command -v python3)" -m venv .venv
    echo "setup: installing $torch into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$torch"
    echo "$torch" >.venv/torch-requirement
  fi
  .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib") + "/torch")' >.venv-torch
}

install_packages
install_torch
