#!/usr/bin/env python3
"""The account of a daemon's time with the shipped model: its parts, its factors, its traces, from outside.

Usage: report_test.py SOURCE BUILD [CLIPS]
"""
import atexit
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from checks import expect, free_port

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CLIPS = int(sys.argv[3]) if len(sys.argv) > 3 else 6
CLIPMILL = str(BUILD / "clipmill")
STAGES = ("load", "encode_text", "denoise", "decode", "render", "encode_video")


class Daemon:
    def __init__(self, folder):
        self.state = folder / "state"
        self.environment = {**os.environ, "CLIPMILL_STATE": str(self.state)}
        self.address = f"127.0.0.1:{free_port()}"
        self.log = folder / "daemon.log"
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [CLIPMILL, "daemon", "--device", "cpu:0", "--device", "cpu:1", "--threads", "1", "--decode-threads", "1",
                 "--listen", self.address, "--models", str(SOURCE / "models")],
                env=self.environment, stdout=log, stderr=log)
        atexit.register(self.process.kill)  # also where the test fails
        for _ in range(400):
            if self.call("queue").returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("FAILED: the daemon does not come up:\n" + self.log.read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(timeout=60) == 0, "the daemon does not end well")

    def call(self, *words):
        return subprocess.run([CLIPMILL, *words], env=self.environment, capture_output=True, text=True, timeout=500)

    def good(self, *words):
        result = self.call(*words)
        expect(result.returncode == 0, f"{words}: {result.stderr}")
        return result.stdout

    def ask(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=60) as answer:
            return json.load(answer)


class Collector:
    """Takes OTLP/HTTP requests, as a collector does."""

    def __init__(self, status=200):
        collector = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def manifest(folder, name, count):
    file = folder / f"{name}.toml"
    file.write_text(f'model = "{SOURCE}/models/shapes"\nsize = "64x64"\nframes = 9\nsteps = 8\nguidance = 2\n'
                    f'output_folder = "{name}"\n\n[[clip]]\n'
                    'prompt = "a red circle moving left on a black background"\n'
                    f'count = {count}\noutput = "{{index:03}}-{{seed}}.mp4"\n')
    return str(file)


def check_account(report, clips):
    expect([device["name"] for device in report["devices"]] == ["cpu:0", "cpu:1"], f"devices: {report['devices']}")
    for device in report["devices"]:
        parts = {part["name"]: part["seconds"] for part in device["parts"]}
        off = abs(sum(parts.values()) / report["seconds"] - 1)
        expect(off < 1e-3, f"{device['name']}: the parts sum to {sum(parts.values())}, not {report['seconds']}")
        expect(parts.get("denoise", 0) > 0, f"{device['name']} has denoised nothing: {parts}")
        expect(min(parts.values()) >= 0, f"a part below 0: {parts}")
    known = {part["name"] for device in report["devices"] for part in device["parts"]}
    expect({"load", "encode_text", "denoise", "decode"} <= known, f"stages are missing: {known}")
    counts = {stage["stage"]: stage["count"] for stage in report["stages"]}
    expect(all(counts[stage] == clips for stage in STAGES[1:]), f"{clips} clips, but stages {counts}")
    expect(report["attempts"] == {"ended": clips, "done": clips}, f"attempts: {report['attempts']}")


def check_speed_up(report):
    speed, formula = report["speed_up"], report["formula"]
    product = 1
    for factor in speed["factors"].values():
        product *= factor
    expect(abs(product / speed["measured"] - 1) < 1e-9, f"the factors do not multiply to the speed-up: {speed}")
    expect(abs(speed["serial_seconds"] / speed["wall_seconds"] - speed["measured"]) < 1e-9, f"speed-up: {speed}")
    expect(speed["spared_loads"] > 0 and speed["loads"] >= 3, f"nobody stayed resident: {speed}")
    expect(speed["alone_known_seconds"] > 0, f"the clip that ran alone taught nothing: {speed}")
    expect(0 <= formula["alpha"] < 1 and formula["beta"] >= 1, f"formula: {formula}")
    expect(abs(formula["beta"] / (1 - formula["alpha"]) - formula["predicted"]) < 1e-9, f"formula: {formula}")
    expect(formula["budget_bytes"] > formula["job_bytes"] > 0, f"the memory of jobs is not known: {formula}")


def check_trace(file, clips):
    """The fields that the Trace Event Format asks for, and what it says of threads: their events nest."""
    trace = json.loads(file.read_text())
    events = trace["traceEvents"]
    expect({event["ph"] for event in events} == {"M", "X"}, "other events than names and complete ones")
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    devices = {event["args"]["name"] for event in events if event["name"] == "process_name"}
    expect(devices == {"cpu:0", "cpu:1"}, f"processes: {devices}")
    complete = sorted((event for event in events if event["ph"] == "X"), key=lambda event: event["ts"])
    ends = {}
    for event in complete:
        thread = event["pid"], event["tid"]
        expect(all(isinstance(event[key], int) for key in ("pid", "tid", "ts", "dur")), f"no whole numbers: {event}")
        expect(event["ts"] >= 0 and event["dur"] >= 0 and thread in named, f"event: {event}")
        expect(event["ts"] >= ends.get(thread, 0), f"events of one thread overlap: {event}")
        ends[thread] = event["ts"] + event["dur"]
    for stage in STAGES[1:]:
        jobs = [event["args"]["job"] for event in complete if event["name"] == stage]
        expect(sorted(jobs) == list(range(1, clips + 1)), f"{stage} of jobs {jobs}")
    expect(all(event["args"]["shape"] == "64x64x9" for event in complete if event["name"] == "denoise"), "shapes")


def check_otlp(requests, clips):
    expect(all(path == "/v1/traces" and kind == "application/json" for path, kind, _ in requests), "paths and types")
    spans = [span for _, _, body in requests for resource in body["resourceSpans"]
             for scope in resource["scopeSpans"] for span in scope["spans"]]
    ids = {span["spanId"]: span for span in spans}
    expect(len(ids) == len(spans), "two spans have one id")
    for span in spans:
        expect(re.fullmatch("[0-9a-f]{32}", span["traceId"]) and re.fullmatch("[0-9a-f]{16}", span["spanId"]), f"{span}")
        expect(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]), f"ends before it starts: {span}")
        parent = ids.get(span.get("parentSpanId"), span)
        expect(parent["traceId"] == span["traceId"], f"a parent of another trace: {span}")
    roots = [span for span in spans if "parentSpanId" not in span]
    expect(len(roots) == clips == len({root["traceId"] for root in roots}), f"{len(roots)} traces of {clips} jobs")
    for stage in STAGES[1:]:
        expect(sum(span["name"] == stage for span in spans) == clips, f"spans of {stage}")


def check_run(daemon, folder):
    """A run writes the same trace, and its store tells the account afterwards."""
    trace = folder / "run.json"
    daemon.good("run", manifest(folder, "made", 1), "--threads", "1", "--trace", str(trace))
    names = {event["name"] for event in json.loads(trace.read_text())["traceEvents"] if event["ph"] == "X"}
    expect(set(STAGES) <= names, f"the run's trace lacks stages: {names}")
    report = json.loads(daemon.good("report", "--state", str(folder / "made" / ".clipmill"), "--json"))
    expect(report["attempts"]["done"] == 1, f"the run's store: {report['attempts']}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        nothing = subprocess.run([CLIPMILL, "report", "--state", str(folder / "none")], capture_output=True, text=True)
        expect(nothing.returncode == 2 and "there is no store" in nothing.stderr, f"without a store: {nothing.stderr}")
        daemon = Daemon(folder)
        daemon.good("submit", manifest(folder, "alone", 1))
        daemon.good("wait")
        daemon.good("submit", manifest(folder, "clips", CLIPS))
        running = []
        while not running:
            running = [span for span in daemon.ask("/v1/gantt")["spans"] if span["end"] is None]
        expect(running[0]["outcome"] == "running" and running[0]["device"] in ("cpu:0", "cpu:1"), f"gantt: {running}")
        try:
            daemon.ask("/v1/spans")
            expect(False, "prompts and paths of all jobs are told over TCP")
        except urllib.error.HTTPError as error:
            expect(error.code == 404, f"/v1/spans: {error.code}")
        daemon.good("wait")
        check_account(daemon.ask("/v1/report?seconds=600"), CLIPS + 1)

        trace, page, collector = folder / "trace.json", folder / "page.html", Collector()
        report = json.loads(daemon.good("report", "--json", "--since", "10m", "--trace", str(trace), "--html", str(page),
                                        "--otlp", collector.url))
        check_account(report, CLIPS + 1)
        check_speed_up(report)
        check_trace(trace, CLIPS + 1)
        check_otlp(collector.requests, CLIPS + 1)
        expect(not re.search(r"src=|href=|url\(|<script", page.read_text()), "the page asks for other files")
        refused = daemon.call("report", "--otlp", Collector(500).url)
        expect(refused.returncode == 1 and "status 500" in refused.stderr, f"a refusal is not told: {refused.stderr}")
        daemon.stop()

        after = json.loads(daemon.good("report", "--json", "--since", "10m"))
        check_account(after, CLIPS + 1)
        check_speed_up(after)
        check_run(daemon, folder)
        speed = report["speed_up"]
        print(f"{CLIPS + 1} clips accounted for: {speed['measured']:.3f} times the speed of one after the other")


main()
