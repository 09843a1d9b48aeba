#!/usr/bin/env python3
"""The daemon with programs of the user's, so that no engine is needed: order, failure, retry, export, expiry, kills.

Usage: queue_test.py SOURCE BUILD
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from checks import expect  # noqa: E402

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CLIPMILL = str(BUILD / "clipmill")


def until(truth, message):
    for _ in range(1200):
        if found := truth():
            return found
        time.sleep(0.05)
    sys.exit(f"FAILED: {message}")


class Daemon:
    def __init__(self, folder, *flags):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.environment = {**os.environ, "CLIPMILL_STATE": str(folder / "state")}
        self.flags = flags
        self.start()

    def start(self):
        log = open(self.folder / "daemon.log", "a")
        self.process = subprocess.Popen([CLIPMILL, "daemon", *self.flags], env=self.environment, stdout=log, stderr=log)
        until(lambda: self.call("queue").returncode == 0, "the daemon does not come up")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(timeout=60) == 0, "the daemon does not end well")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, *words):
        return subprocess.run([CLIPMILL, *words], env=self.environment, capture_output=True, text=True, timeout=100)

    def queue(self):
        return json.loads(self.call("queue", "--json").stdout)

    def states(self):
        return {pathlib.Path(job["spec"]["output"]).name: job["state"] for job in self.queue()["jobs"]}

    def show(self, number):
        return json.loads(self.call("show", "--json", str(number)).stdout)

    def submit(self, *clips):
        """Clips as (name, shell script where $1 is the output, names that it comes after)."""
        manifest = self.folder / "shots.jsonl"
        manifest.write_text("".join(json.dumps(self.clip(*clip)) + "\n" for clip in clips))
        return self.call("submit", str(manifest), "--output-folder", str(self.folder))

    def clip(self, name, script, after=(), **more):
        clip = {"engine": "command", "command": ["sh", "-c", script, "sh", "{output}"], "output": name, **more}
        if after:
            clip["after"] = ";".join(str(self.folder / need) for need in after)
        return clip


MAKE = 'echo clip > "$1"'


def order_and_failure(daemon):
    first = daemon.submit(("b.mp4", MAKE, ["a.mp4"]), ("a.mp4", f"[ -e {daemon.folder}/repaired ] && {MAKE}"))
    expect(first.returncode == 0, f"a clip cannot stand before one that it needs: {first.stderr}")
    until(lambda: daemon.states() == {"a.mp4": "failed", "b.mp4": "failed"}, "they do not fail")
    circle = daemon.submit(("b.mp4", MAKE, ["a.mp4"]), ("a.mp4", MAKE, ["b.mp4"]))
    expect(circle.returncode == 2 and "a circle" in circle.stderr, f"a circle is taken: {circle.stderr}")
    (daemon.folder / "repaired").touch()
    expect(daemon.call("retry", "--all").returncode == 0, "retry --all")
    expect(daemon.call("wait").returncode == 0, f"not all are done after it: {daemon.states()}")
    history = daemon.show(2)["history"]
    expect([attempt["outcome"] for attempt in history] == ["input", "done"], f"its history: {history}")
    large = daemon.submit(("large.mp4", MAKE, (), ))
    expect(large.returncode == 0, large.stderr)
    manifest = daemon.folder / "large.jsonl"
    manifest.write_text(json.dumps(daemon.clip("huge.mp4", MAKE, memory="900TB")))
    huge = daemon.call("submit", str(manifest), "--output-folder", str(daemon.folder))
    expect(huge.returncode == 2 and "the largest device has" in huge.stderr, f"900 TB are taken: {huge.stderr}")


def export(daemon, folder):
    daemon.call("pause")
    daemon.submit(("c.mp4", MAKE, ["b.mp4"]), ("d.mp4", MAKE), ("e.mp4", MAKE, ["d.mp4"]), ("f.mp4", MAKE, ["c.mp4"]))
    numbers = {pathlib.Path(job["spec"]["output"]).name: job["id"] for job in daemon.queue()["jobs"]}
    daemon.call("cancel", str(numbers["d.mp4"]))
    carried = folder / "queue.json"
    expect(daemon.call("queue", "--export", str(carried)).returncode == 0, "export")
    other = Daemon(folder / "elsewhere")
    taken = other.call("submit", "--import", str(carried))
    expect(taken.returncode == 0, f"import: {taken.stderr}")
    expect(set(other.states()) == {"c.mp4", "f.mp4"}, f"imported: {other.states()}")
    expect(other.call("wait").returncode == 0, "the imported jobs are not made")
    other.stop()


def pause_frees_memory(daemon):
    daemon.call("pause")
    workers = lambda: subprocess.run(["pgrep", "-P", str(daemon.process.pid)], capture_output=True, text=True).stdout
    until(lambda: not workers(), f"a paused queue keeps workers: {workers()}")
    daemon.call("resume")


def a_kill_leaves_no_second_program(daemon):
    stubborn = ('exec 9> lock; flock -n 9 || echo twice > twice; trap "" TERM; '
                f'[ -e second ] && {MAKE} || (touch second; sleep 1000)')
    daemon.submit(("k.mp4", f"cd {daemon.folder}; {stubborn}"))
    until(lambda: (daemon.folder / "second").exists(), "it does not start")
    daemon.kill()
    daemon.start()
    expect(daemon.call("wait").returncode == 1, "a cancelled and a failed job count as done")
    expect(daemon.states()["k.mp4"] == "done", f"not made after the kill: {daemon.states()}")
    expect(not (daemon.folder / "twice").exists(), "the program ran twice at once")


def expiry(folder):
    daemon = Daemon(folder / "expiry", "--expire", "2s")
    daemon.submit(("gone.mp4", MAKE), ("kept.mp4", f"{MAKE}; true"))
    expect(daemon.call("wait").returncode == 0, "they are not made")
    (daemon.folder / "kept.mp4").write_text("another clip by now")
    until(lambda: not daemon.queue()["jobs"], "nothing expires")
    until(lambda: not (daemon.folder / "gone.mp4").exists(), "an expired clip stays")
    expect(not (daemon.folder / "gone.mp4.log").exists(), "its log stays")
    expect((daemon.folder / "kept.mp4").exists(), "somebody else's file is deleted")
    daemon.stop()


def broken_worker(folder):
    daemon = Daemon(folder / "broken", "--worker", "/nowhere/clipmill-worker")
    clip = daemon.folder / "clip.jsonl"
    clip.write_text(json.dumps({"model": str(SOURCE / "models/shapes"), "prompt": "a red circle", "size": "64x64",
                                "frames": 9, "steps": 2, "output": "clip.mp4"}))
    expect(daemon.call("submit", str(clip), "--output-folder", str(daemon.folder)).returncode == 0, "submit")
    queue = until(lambda: (q := daemon.queue()) and "trouble" in q["devices"][0] and q, "the queue hides its trouble")
    expect("/nowhere/clipmill-worker" in queue["devices"][0]["trouble"], f"without the reason: {queue['devices']}")
    expect(daemon.states() == {"clip.mp4": "waiting"}, f"the job pays for it: {daemon.states()}")
    expect("given up" in daemon.call("queue").stdout, "people are not told")
    daemon.stop()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        daemon = Daemon(folder / "main")
        order_and_failure(daemon)
        export(daemon, folder)
        pause_frees_memory(daemon)
        a_kill_leaves_no_second_program(daemon)
        daemon.stop()
        expiry(folder)
        broken_worker(folder)
        print("order, failure, retry, export, pause, kill, expiry and a broken worker")


main()
