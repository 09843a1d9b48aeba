#!/usr/bin/env python3
"""kill -9 of daemon and workers at random moments over a batch: nothing lost, nothing twice, nothing torn.

Usage: crash_test.py BUILD [--kills N] [--seed S]
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
VERSION = re.search(r"kVersion = (\d+)", (HERE / "../../src/link/messages.h").read_text()).group(1)


class Crash:
    def __init__(self, build, folder, seed):
        self.clipmill = str(pathlib.Path(build).resolve() / "clipmill")
        self.folder, self.random = folder, random.Random(seed)
        self.state = folder / "state"
        self.log = folder / "made.log"
        self.environment = {**os.environ, "CLIPMILL_CRASH_LOG": str(self.log), "CLIPMILL_LINK_VERSION": VERSION,
                            "CLIPMILL_CRASH_STEP": "0.01", "CLIPMILL_STATE": str(self.state)}
        self.daemon = None
        self.submitted = 0

    def start(self):
        self.daemon = subprocess.Popen(
            [self.clipmill, "daemon", "--worker", str(HERE / "worker.py"), "--device", "cpu:0", "--device", "cpu:1",
             "--decode-threads", "1"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def call(self, *words):
        return subprocess.run([self.clipmill, *words], env=self.environment, capture_output=True, text=True)

    def up(self):
        for _ in range(500):
            if self.call("queue", "--json").returncode == 0:
                return
            if self.daemon.poll() is not None:
                self.start()
            time.sleep(0.02)
        sys.exit("the daemon does not come up")

    def queue(self):
        self.up()
        answer = self.call("queue", "--json")
        return json.loads(answer.stdout)["jobs"] if answer.returncode == 0 else None

    def submit(self, count):
        """Over the socket as `clipmill submit` does it, which would want a real model."""
        class Connection(http.client.HTTPConnection):
            def connect(connection):
                connection.sock = socket.socket(socket.AF_UNIX)
                connection.sock.connect(str(self.state / "socket"))

        jobs = [{"prompt": f"clip {self.submitted + i}", "model": str(self.folder),
                 "output": str(self.folder / f"{self.submitted + i:04}.mp4")} for i in range(count)]
        connection = Connection("localhost", timeout=10)
        connection.request("POST", "/v1/queue/jobs", json.dumps({"jobs": jobs}))
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            sys.exit(f"submission refused: {body}")
        self.submitted += count  # only what was answered counts as promised

    def workers(self):
        found = subprocess.run(["pgrep", "-f", str(HERE / "worker.py")], capture_output=True, text=True).stdout
        return [int(pid) for pid in found.split() if int(pid) != self.daemon.pid]

    def kill_something(self):
        time.sleep(self.random.uniform(0, 0.12))
        if self.random.random() < 0.4:
            self.daemon.kill()
            self.daemon.wait()
            self.start()
            return "daemon"
        workers = self.workers()
        if not workers:
            return None
        try:
            os.kill(self.random.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return None
        return "worker"

    def retry_quarantined(self, jobs):
        """Two of our kills may meet one job."""
        put_aside = [str(job["id"]) for job in jobs if job["state"] == "quarantined"]
        if put_aside:
            self.call("retry", *put_aside)
        return bool(put_aside)

    def check(self):
        """What must hold at the end."""
        jobs = self.queue()
        problems = []
        if len(jobs) != self.submitted:
            problems.append(f"{self.submitted - len(jobs)} jobs lost")
        for job in jobs:
            if job["state"] != "done":
                problems.append(f"job {job['id']} is {job['state']}: {job.get('failure')}")
            path = pathlib.Path(job["spec"]["output"])
            if not path.exists() or path.read_bytes() != (job["spec"]["prompt"] + "\n").encode() * 1000:
                problems.append(f"{path.name} is missing or torn")
        made = self.log.read_text().split() if self.log.exists() else []
        twice = len(made) - len(set(made))
        if twice:
            problems.append(f"{twice} clips made twice")
        return problems, len(made)

    def end(self):
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=30)
        store = sqlite3.connect(self.state / "jobs.db")
        return store.execute("PRAGMA integrity_check").fetchone()[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crash") as name:
        crash = Crash(options.build, pathlib.Path(name), options.seed)
        crash.start()
        crash.up()
        kills = {"daemon": 0, "worker": 0}
        while sum(kills.values()) < options.kills:
            jobs = crash.queue()
            if jobs is None:
                continue
            crash.retry_quarantined(jobs)
            if sum(job["state"] in ("waiting", "running") for job in jobs) < 4:
                crash.submit(6)
            killed = crash.kill_something()
            if killed:
                kills[killed] += 1
        for _ in range(600):
            jobs = crash.queue() or []
            if not crash.retry_quarantined(jobs) and jobs and all(job["state"] == "done" for job in jobs):
                break
            time.sleep(0.1)
        problems, made = crash.check()
        states = [state.name for state in (crash.state / "states").iterdir() if state.name.isdigit()]
        if states:
            problems.append(f"states of finished clips are left: {states}")
        integrity = crash.end()
        if integrity != "ok":
            problems.append(f"integrity: {integrity}")
        print(f"seed {options.seed}: {kills['daemon']} kills of the daemon, {kills['worker']} of workers; "
              f"{crash.submitted} jobs, {made} clips made; {len(problems)} problems")
        for problem in problems[:20]:
            print("  " + problem)
        sys.exit(1 if problems else 0)


main()
