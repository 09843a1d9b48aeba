#!/usr/bin/env python3
"""The daemon with the shipped model: submit, watch, a worker killed, pause, cancel, retry, a restart.

Usage: daemon_test.py SOURCE BUILD [CLIPS]
"""
import atexit
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from checks import expect

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CLIPS = int(sys.argv[3]) if len(sys.argv) > 3 else 6
CLIPMILL = str(BUILD / "clipmill")


class Daemon:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "CLIPMILL_STATE": str(folder / "state")}
        self.start()

    def start(self):
        log = open(self.folder / "daemon.log", "a")
        self.process = subprocess.Popen([CLIPMILL, "daemon", "--device", "cpu:0", "--device", "cpu:1", "--threads", "1",
                                         "--decode-threads", "1"],
                                        env=self.environment, stdout=log, stderr=log)
        atexit.register(self.process.kill)  # also where the test fails
        for _ in range(200):
            if self.call("queue").returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("FAILED: the daemon does not come up:\n" + (self.folder / "daemon.log").read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(timeout=60) == 0, "the daemon does not end well")

    def call(self, *words):
        return subprocess.run([CLIPMILL, *words], env=self.environment, capture_output=True, text=True, timeout=500)

    def jobs(self):
        return json.loads(self.call("queue", "--json").stdout)["jobs"]

    def until(self, truth, message):
        for _ in range(2000):
            jobs = self.jobs()
            if truth(jobs):
                return jobs
            time.sleep(0.1)
        sys.exit(f"FAILED: {message}: {[(job['id'], job['state'], job.get('failure')) for job in jobs]}")


def running_worker(daemon):
    """A worker that clipmill devices says to run a job, once there is one."""
    for _ in range(200):
        for holder in json.loads(daemon.call("devices", "--json").stdout)["holders"]:
            if holder["belongs_to_a_job"] and holder["what"].endswith(f" of process {daemon.process.pid}"):
                expect(holder["device"] in ("cpu:0", "cpu:1") and holder["bytes"] > 0, f"devices: {holder}")
                return holder
        time.sleep(0.05)
    sys.exit("FAILED: no worker is said to run a job")


def states(jobs):
    return [job["state"] for job in jobs]


def after_the_batch(daemon, folder, manifest):
    """What the batch taught, and the queue carried elsewhere."""
    store = str(folder / "state")
    estimates = json.loads(daemon.call("estimates", "--store", store, "--json").stdout)
    expect({"denoise", "decode"} <= {row["stage"] for row in estimates}, f"nothing was measured: {estimates}")
    plan = json.loads(daemon.call("plan", str(manifest), "--store", store, "--devices", "2", "--json").stdout)
    expect(all(policy["makespan"] >= plan["lower_bound"] > 0 for policy in plan["policies"]), f"plan: {plan}")
    daemon.call("pause")
    daemon.call("submit", str(manifest), "--seed", "77", "--output-folder", str(folder / "more"))
    carried = folder / "queue.json"
    expect(daemon.call("queue", "--export", str(carried)).returncode == 0, "export")
    waiting = [job["spec"]["output"] for job in daemon.jobs() if job["state"] == "waiting"]
    elsewhere = {**os.environ, "CLIPMILL_STATE": str(folder / "elsewhere")}
    other = subprocess.Popen([CLIPMILL, "daemon"], env=elsewhere, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while subprocess.run([CLIPMILL, "pause"], env=elsewhere, capture_output=True).returncode != 0:
        time.sleep(0.05)
    taken = subprocess.run([CLIPMILL, "submit", "--import", str(carried)], env=elsewhere, capture_output=True, text=True)
    expect(taken.returncode == 0, f"import: {taken.stderr}")
    there = json.loads(subprocess.run([CLIPMILL, "queue", "--json"], env=elsewhere, capture_output=True, text=True).stdout)
    imported = [job["spec"]["output"] for job in there["jobs"]]
    expect(imported == waiting, f"the imported queue is another: {imported}, not {waiting}")
    other.terminate()
    expect(other.wait(timeout=60) == 0, "the other daemon does not end well")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        manifest = folder / "shots.toml"
        manifest.write_text(f'model = "{SOURCE}/models/shapes"\nsize = "64x64"\nframes = 9\nsteps = 8\nguidance = 2\n'
                            'output_folder = "clips"\n\n[[clip]]\n'
                            'prompt = "a red circle moving left on a black background"\n'
                            f'count = {CLIPS}\noutput = "{{index:03}}-{{seed}}.mp4"\n')
        alone = subprocess.run([CLIPMILL, "submit", str(manifest)], capture_output=True, text=True,
                               env={**os.environ, "CLIPMILL_STATE": str(folder / "nobody")})
        expect(alone.returncode == 2 and "clipmill daemon" in alone.stderr, f"no hint without a daemon: {alone.stderr}")

        daemon = Daemon(folder)
        second = daemon.call("daemon")
        expect(second.returncode == 2 and "in use by" in second.stderr, f"a second daemon starts: {second.stderr}")
        submitted = daemon.call("submit", str(manifest))
        expect(submitted.returncode == 0, submitted.stderr)
        expect(len(daemon.jobs()) == CLIPS, "not all jobs are in the queue")
        daemon.call("submit", str(manifest))
        expect(len(daemon.jobs()) == CLIPS, "the same manifest twice makes other jobs")

        daemon.until(lambda jobs: "running" in states(jobs), "nothing runs")
        os.kill(running_worker(daemon)["pid"], signal.SIGKILL)
        expect(daemon.call("pause").returncode == 0, "pause")
        paused = daemon.until(lambda jobs: "running" not in states(jobs), "pause frees no device")
        expect(all("waits_for" in job for job in paused if job["state"] == "waiting"), "a wait without a reason")
        last = str(paused[-1]["id"])
        expect(daemon.call("cancel", last).returncode == 0, "cancel")
        daemon.stop()
        daemon.start()
        expect(json.loads(daemon.call("queue", "--json").stdout)["paused"], "the pause is forgotten")
        expect(daemon.call("resume").returncode == 0, "resume")
        expect(daemon.call("wait").returncode == 1, "a cancelled job counts as done")
        expect(daemon.call("retry", last).returncode == 0, "retry")
        expect(daemon.call("wait").returncode == 0, "wait after retry")
        jobs = daemon.jobs()
        expect(states(jobs) == ["done"] * CLIPS, f"{states(jobs)}")
        for job in jobs:
            probe = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames",
                                    "-of", "csv=p=0", job["spec"]["output"]], capture_output=True, text=True)
            expect(probe.stdout.strip().startswith("9"), f"{job['spec']['output']}: {probe.stdout}{probe.stderr}")
        expect("job 1" in daemon.call("show", "1").stdout, "show")
        expect(daemon.call("show", "99").returncode == 2, "show of no job")
        after_the_batch(daemon, folder, manifest)
        daemon.stop()
        left = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True).stdout
        expect(not left.strip(), f"processes are left: {left}")
        print(f"{CLIPS} clips through the daemon, a worker killed, paused, cancelled, retried, restarted")


main()
