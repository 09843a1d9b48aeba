#!/usr/bin/env bash
# Installs what a build needs: the Debian packages of packages.txt, and torch in a project-local .venv.
# Usage: tools/setup.sh [TORCH]      TORCH: a pip requirement (torch==2.13.0), a wheel, or a folder with LibTorch;
#                                    by default torch 2.13.0, as a CPU build where there is no NVIDIA GPU
set -euo pipefail
cd "$(dirname "$0")/.."
torch="${1:-}"
release="torch==2.13.0"
cpu_index="https://download.pytorch.org/whl/cpu"

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

has_gpu() { [ -e /dev/nvidia0 ] || nvidia-smi >/dev/null 2>&1; }

torch_folder() { .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib") + "/torch")'; }

# pip_install REQUIREMENT OPTION...: pip writes what went wrong to .venv/pip.log.
pip_install() {
  local requirement="$1"
  shift
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" "$requirement" 2>.venv/pip.log || return
  taken="$requirement"
}

# The default: without an NVIDIA GPU a CPU build, a fraction of the size, where one is offered.
install_default_torch() {
  if ! has_gpu; then
    pip_install "$release+cpu" --no-deps --timeout 20 --retries 1 && return
    pip_install "$release+cpu" --no-deps --timeout 20 --retries 1 --index-url "$cpu_index" && return
    echo "setup: no CPU build from the configured indexes or $cpu_index; taking pip's choice of $release"
  fi
  pip_install "$release"
}

remake_torch() {
  # Debian's own Python: the wheel's LibTorch does not depend on it, but the venv must outlive the shell's choice.
  .venv/bin/python -m pip --version >/dev/null 2>&1 ||
    "$( [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || command -v python3)" -m venv .venv
  # Gone before pip starts: an interrupted installation is neither taken for complete nor in pip's way.
  rm -f .venv-torch .venv/torch-requirement
  local site
  site="$(dirname "$(torch_folder)")"
  rm -rf "$site"/torch "$site"/torch-*.dist-info "$site"/nvidia "$site"/nvidia_*.dist-info
  echo "setup: installing ${torch:-$release} into .venv"
  if [ -n "$torch" ]; then pip_install "$torch"; else install_default_torch; fi || { cat .venv/pip.log >&2; exit 1; }
  # A CUDA build brings CUDA's headers but for those that the compiler usually ships; without them: the CPU, with a warning.
  if [ -e "$site/torch/lib/libtorch_cuda.so" ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "cuda-toolkit[crt]" 2>.venv/pip.log ||
      echo "setup: no CUDA headers from pip; the build will look for an installed CUDA toolkit" >&2
  fi
  echo "setup: took torch $(sed -n "s/^__version__ = '\(.*\)'/\1/p" "$site/torch/version.py"), asked for as $taken"
  echo "$taken" >.venv/torch-requirement
}

install_torch() {
  if [ -n "$torch" ] && [ -d "$torch" ]; then
    (cd "$torch" && pwd) >.venv-torch
    return
  fi
  local installed
  installed="$(cat .venv/torch-requirement 2>/dev/null || true)"
  case "$installed" in
    "") remake_torch ;;
    "$torch") ;;
    "$release") [ -z "$torch" ] || remake_torch ;;
    "$release+cpu") [ -z "$torch" ] && ! has_gpu || remake_torch ;;
    *) remake_torch ;;
  esac
  torch_folder >.venv-torch
}

install_packages
install_torch
