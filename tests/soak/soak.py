#!/usr/bin/env python3
"""Hours of short jobs, as a service has them: submitted, watched, fetched, cancelled, deleted, and workers that die.

Prints memory, descriptors and threads of the daemon and its worker over time. Exits with 1 where one of them grows, or a job is lost.

Usage: soak.py BUILD [--minutes N] [--rate CLIPS_A_MINUTE]
"""
import argparse
import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import statistics
import sys
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "clients"))
from daemon import Daemon  # noqa: E402

AT_ONCE = 12  # clips of ours that wait or run
SAMPLE_SECONDS = 10
KILL_SECONDS = 300  # between deaths of the worker
CLIP = {"model": "shapes", "size": "32x32", "num_frames": 5, "num_inference_steps": 1}
# Between the first and the last third, once it has warmed up.
MOST_GROWTH, MOST_GROWTH_MIB = 0.03, 2


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": "Bearer everything"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def json(self, method, path, body=None):
        status, text = self.ask(method, path, body)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {text[:300]}")
        return json.loads(text)


class Load:
    """What clients do, in threads of their own, until it ends."""

    def __init__(self, port, rate):
        """`rate`: clips a minute at most, the same from beginning to end, since what is held grows with it."""
        self.port, self.rate, self.ended, self.failure = port, rate, threading.Event(), None
        self.made = self.cancelled = self.deleted = 0
        self.threads = [threading.Thread(target=self.guarded, args=(work,), daemon=True)
                        for work in (self.make_clips, self.look_on, self.look_on, self.read)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(120)

    def guarded(self, work):
        try:
            work(Client(self.port), random.Random(work.__name__))
        except Exception as failure:  # the main thread tells of it
            self.failure = self.failure or failure

    def make_clips(self, client, chance):
        numbers, open_clips, due = itertools.count(), [], time.monotonic()
        while not self.ended.is_set() or open_clips:
            while len(open_clips) < AT_ONCE and time.monotonic() >= due and not self.ended.is_set():
                due += 60 / self.rate
                open_clips.append(client.json("POST", "/v1/videos", CLIP | {"prompt": f"a red circle {next(numbers)}"})["id"])
                if chance.random() < 0.05:
                    client.json("POST", "/v1/queue/jobs/cancel", {"ids": [int(open_clips[-1].removeprefix("video_"))]})
            time.sleep(0.2)
            open_clips = [clip for clip in open_clips if not self.finish(client, chance, clip)]

    def finish(self, client, chance, clip):
        """Whether it has come to its end; then most are fetched and deleted."""
        video = client.json("GET", f"/v1/videos/{clip}")
        if video["status"] in ("queued", "in_progress"):
            return False
        if video["status"] == "completed":
            status, content = client.ask("GET", f"/v1/videos/{clip}/content")
            if status != 200 or content[4:8] != b"ftyp":
                raise RuntimeError(f"{clip} is no clip: {status}")
            self.made += 1
        elif video["error"] and "cancel" not in json.dumps(video["error"]).lower():
            raise RuntimeError(f"{clip} failed: {video['error']}")
        else:
            self.cancelled += 1
        if chance.random() < 0.9:
            client.json("DELETE", f"/v1/videos/{clip}")
            self.deleted += 1
        return True

    def look_on(self, _, chance):
        """Somebody opens the events, sees some, and goes, by saying so or not."""
        while not self.ended.is_set():
            watcher = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            watcher.request("GET", "/v1/events", headers={"Authorization": "Bearer everything"})
            events, until = watcher.getresponse(), time.monotonic() + chance.uniform(0.5, 5)
            while time.monotonic() < until and not self.ended.is_set():
                events.readline()
            watcher.close()

    def read(self, client, _):
        paths = ("/v1/queue", "/v1/videos", "/v1/health", "/metrics", "/v1/history?seconds=600", "/v1/gantt?seconds=60",
                 "/v1/report?seconds=60", "/", "/healthz")
        for path in itertools.cycle(paths):
            if self.ended.is_set():
                return
            status, _text = client.ask("GET", path)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
            time.sleep(0.5)


def worker_of(daemon):
    children = pathlib.Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    return int(children[0]) if children else 0


def look_at(process):
    """MiB, descriptors, threads."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, len(os.listdir(f"/proc/{process}/fd")), int(status["Threads"])


def grown(name, values, most_share=0.0, most=2.0):
    """Whether the last third lies above the first; the first fifth is warming up."""
    warm = values[len(values) // 5:]
    third = max(1, len(warm) // 3)
    first, last = statistics.median(warm[:third]), statistics.median(warm[-third:])
    bad = last - first > max(most, most_share * first)
    print(f"{name:<22} first third {first:8.1f}, last third {last:8.1f}, at most {max(values):8.1f}{'  GROWS' if bad else ''}")
    return bad


def run(options, daemon):
    load, samples, deaths = Load(daemon.port, options.rate), [], 0
    start, next_death = time.monotonic(), time.monotonic() + KILL_SECONDS
    while time.monotonic() - start < 60 * options.minutes and not load.failure:
        time.sleep(SAMPLE_SECONDS)
        samples.append((*look_at(daemon.process.pid), look_at(worker_of(daemon.process.pid))[0] if worker_of(daemon.process.pid) else 0))
        if len(samples) % 12 == 0:
            print(f"{(time.monotonic() - start) / 60:5.1f} min: {load.made} clips; daemon {samples[-1][0]:.1f} MiB, {samples[-1][1]} descriptors, "
                  f"{samples[-1][2]} threads; worker {samples[-1][3]:.0f} MiB", flush=True)
        if time.monotonic() > next_death and worker_of(daemon.process.pid):
            os.kill(worker_of(daemon.process.pid), signal.SIGKILL)
            deaths, next_death = deaths + 1, time.monotonic() + KILL_SECONDS
    load.end()
    print(f"{load.made} clips made and fetched, {load.cancelled} cancelled, {load.deleted} deleted, the worker killed {deaths} times")
    if load.failure:
        print(f"failed: {load.failure}")
    bad = [grown("daemon, MiB", [s[0] for s in samples], MOST_GROWTH, MOST_GROWTH_MIB), grown("daemon, descriptors", [s[1] for s in samples]),
           grown("daemon, threads", [s[2] for s in samples], most=0), grown("worker, MiB", [s[3] for s in samples if s[3]], MOST_GROWTH, 8)]
    counts = Client(daemon.port).json("GET", "/v1/queue?limit=1")["counts"]
    kept = load.made + load.cancelled - load.deleted
    print(f"in the queue at the end: {counts}; {kept} were kept")
    lost = sum(counts.values()) != kept or counts["failed"] or counts["quarantined"]
    return 1 if load.failure or any(bad) or lost else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=120)
    options = parser.parse_args()
    with Daemon(SOURCE, options.build) as daemon:
        return run(options, daemon)


if __name__ == "__main__":
    sys.exit(main())
