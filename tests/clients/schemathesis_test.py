#!/usr/bin/env python3
"""schemathesis: requests made from /openapi.json, valid and not, and whether the answers are what it promises.

Usage: schemathesis_test.py SOURCE BUILD [CASES]      at least so many cases (2000); a Python that has schemathesis

The queue is paused: what counts here is what is taken and said, not the clips.
"""
import os
import pathlib
import re
import subprocess
import sys

from daemon import Daemon

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CASES = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
HERE = pathlib.Path(__file__).parent


def main():
    with Daemon(SOURCE, BUILD) as daemon:
        daemon.command("pause")
        program = pathlib.Path(sys.executable).parent / "schemathesis"
        run = subprocess.run(
            [program, "--config-file", HERE / "schemathesis.toml", "run", f"{daemon.address}/openapi.json",
             "--header", "Authorization: Bearer everything", "--checks", "all", "--max-examples", str(max(20, CASES // 40))],
            cwd=daemon.folder, env=os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}, stdout=subprocess.PIPE, text=True)
        up = daemon.curl("/healthz")[0] == 200
        log = (daemon.folder / "log").read_text()
    print(run.stdout)
    cases = int(re.search(r"(\d+) generated", run.stdout.replace(",", ""))[1])
    if run.returncode == 0 and cases < CASES:
        sys.exit(f"FAILED: only {cases} cases")
    if run.returncode != 0 or not up:
        sys.exit(f"FAILED: schemathesis ended with {run.returncode}; the daemon says:\n{log}")


main()
