#!/usr/bin/env python3
"""OpenAI's Node client (openai_videos.mjs, with the packages of package.json) against a daemon.

Usage: node_test.py SOURCE BUILD
"""
import pathlib
import subprocess
import sys

from daemon import Daemon

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])

with Daemon(SOURCE, BUILD) as daemon:
    test = pathlib.Path(__file__).parent / "openai_videos.mjs"
    sys.exit(subprocess.run(["node", test, f"{daemon.address}/v1", "everything"]).returncode)
