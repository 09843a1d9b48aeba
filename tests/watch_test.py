#!/usr/bin/env python3
"""Health, alarms and metrics of a daemon: every threshold is crossed for real, on a virtual device with programs that
fill it, idle on it, or keep others waiting; each alarm must fire and be over again, by webhook, command and log.

Usage: watch_test.py SOURCE BUILD      (promtool and prometheus take part where they are installed)
"""
import atexit
import fcntl
import http.server
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from checks import expect, free_port

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CLIPMILL = str(BUILD / "clipmill")
BUDGET = 200_000_000
PATIENCE = 240  # seconds until something that must happen is given up

GPU_METRICS = {"clipmill_device_power_watts", "clipmill_device_temperature_celsius", "clipmill_device_memory_size_bytes"}

# Holds so many bytes, computes or sleeps, until the file is there.
PROGRAM = """
import os, sys, time
output, end, held, spins = sys.argv[1], sys.argv[2], b"x" * int(sys.argv[3]), sys.argv[4] == "spins"
while not os.path.exists(end):
    if not spins: time.sleep(0.05)
open(output, "w").write("made")
"""


def until(look, message):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    sys.exit(f"FAILED: {message}")


class Webhook:
    """Keeps what is posted to it; refuses the first call, so that it is tried again."""

    def __init__(self):
        self.heard, self.refused = [], 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                refuse = hook.refused == 0
                hook.refused += refuse
                if not refuse:
                    hook.heard.append(body)
                self.send_response(503 if refuse else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/alarm"

    def until(self, name, state):
        return until(lambda: next((a for a in self.heard if (a["name"], a["state"]) == (name, state)), None),
                     f"the webhook does not hear that {name} is {state}: {self.heard}")


class Daemon:
    def __init__(self, folder, hook):
        self.folder, self.port = folder, free_port()
        self.environment = {**os.environ, "CLIPMILL_STATE": str(folder / "state")}
        self.told = folder / "told.jsonl"
        self.log = folder / "daemon.log"
        log = open(self.log, "w")
        self.process = subprocess.Popen(
            [CLIPMILL, "daemon", "--device", "cpu:0", "--vram", str(BUDGET), "--threads", "1", "--models", SOURCE / "models",
             "--listen", f"127.0.0.1:{self.port}", "--alarm-window", "1s", "--alarm-webhook", hook.url, "--alarm-command",
             f'[ "$CLIPMILL_SUBJECT" ] && cat >>{self.told} && echo >>{self.told}'],
            env=self.environment, stdout=log, stderr=log)
        atexit.register(self.process.kill)
        until(lambda: self.status("/readyz") == 200, "the daemon does not get ready: " + self.log.read_text())

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read().decode()

    def json(self, path):
        return json.loads(self.get(path))

    def status(self, path):
        try:
            self.get(path)
            return 200
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def call(self, *words):
        return subprocess.run([CLIPMILL, *words], env=self.environment, capture_output=True, text=True, timeout=100)

    def submit(self, name, held, how, priority=0):
        """A program on the device; it ends when the returned file is made."""
        end, program, manifest = (self.folder / f"{name}{ending}" for ending in (".end", ".py", ".toml"))
        program.write_text(PROGRAM)
        words = json.dumps(["python3", str(program), "{output}", str(end), str(held), how])
        manifest.write_text(f'engine = "command"\ncommand = {words}\nmemory = "{BUDGET}"\npriority = {priority}\n'
                            f'[[clip]]\nprompt = "{name}"\noutput = "{self.folder}/{name}.mp4"\n')
        submitted = self.call("submit", str(manifest))
        expect(submitted.returncode == 0, submitted.stderr)
        return end

    def device(self):
        return self.json("/v1/health")["devices"][0]

    def until_runs(self, name):
        until(lambda: any(job["name"] == f"{name}.mp4" for job in self.device()["jobs"]), f"{name} does not run")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(timeout=100) == 0, "the daemon does not end well")


def idle_and_waiting(daemon, hook):
    """A program that sleeps on the device while a job that somebody waits for is in the queue."""
    sleeper = daemon.submit("sleeper", 0, "sleeps")
    daemon.until_runs("sleeper")
    urgent = daemon.submit("urgent", 0, "spins", priority=5)
    use = hook.until("device_utilisation", "firing")
    expect(use["subject"] == "cpu:0" and use["value"] < 0.7 and "several clips" in use["advice"], f"{use}")
    waits = hook.until("waiting_share", "firing")
    expect(waits["subject"] == "interactive" and waits["value"] > 0.1 and waits["advice"], f"{waits}")
    on_screen(daemon)
    sleeper.touch()
    urgent.touch()
    hook.until("device_utilisation", "ok")


def full(daemon, hook):
    """A program that holds most of the budget."""
    hog = daemon.submit("hog", 182_000_000, "spins")
    memory = hook.until("device_memory", "firing")
    expect(memory["value"] > 0.9 and "memory plan" in memory["advice"], f"{memory}")
    device = daemon.device()
    expect(device["intermediate_bytes"] > 0.9 * device["budget_bytes"] == 0.9 * BUDGET, f"{device}")
    hog.touch()
    hook.until("device_memory", "ok")


def a_clip_by_category(daemon):
    """The engine's memory is told apart while it works."""
    manifest = daemon.folder / "clip.toml"
    manifest.write_text(f'model = "{SOURCE}/models/shapes"\nsize = "64x64"\nframes = 17\nsteps = 400\nguidance = 2\n'
                        f'[[clip]]\nprompt = "a red circle"\noutput = "{daemon.folder}/clip.mp4"\n')
    expect(daemon.call("submit", str(manifest)).returncode == 0, "submit")
    until(lambda: daemon.device().get("model_bytes", 0) > 0, "the engine does not tell of its model's memory")
    daemon.call("cancel", str(max(job["id"] for job in json.loads(daemon.call("queue", "--json").stdout)["jobs"])))


def on_screen(daemon):
    """clipmill top, in a pipe and on a terminal of 80 x 24."""
    once = daemon.call("top", "--once")
    lines = once.stdout.splitlines()
    expect(once.returncode == 0 and len(lines) <= 24 and max(map(len, lines)) <= 80, f"top: {once.stdout}{once.stderr}")
    for word in ("cpu:0", "sleeper.mp4", "urgent.mp4", "waiting_share", "1 waiting"):
        expect(word in once.stdout, f"top does not show {word}:\n{once.stdout}")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    top = subprocess.Popen([CLIPMILL, "top"], env=daemon.environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    screen = b""
    while b"sleeper.mp4" not in screen or b"\x1b[J" not in screen:
        screen += os.read(ours, 65536)
    expect(screen.startswith(b"\x1b[?1049h"), "top draws over what stood there")
    expect(screen.split(b"\x1b[J")[0].count(b"\n") < 24, "the first picture is higher than the terminal")
    top.send_signal(signal.SIGINT)
    expect(top.wait(timeout=60) == 0, "top does not end by Ctrl-C")
    expect(b"\x1b[?1049l" in os.read(ours, 65536), "top keeps the terminal")


def told_everywhere(daemon, hook):
    """Each change once to each: webhook, command and log."""
    heard = [(a["name"], a["subject"], a["state"]) for a in hook.heard]
    until(lambda: daemon.told.exists() and len(daemon.told.read_text().splitlines()) >= len(heard), "the command heard less")
    told = [json.loads(line) for line in daemon.told.read_text().splitlines()]
    expect([(a["name"], a["subject"], a["state"]) for a in told][:len(heard)] == heard, f"{told} is not {heard}")
    for name, subject, state in heard:
        words = f"{name} of {subject} " + ("fires" if state == "firing" else "is over")
        expect(words in daemon.log.read_text(), f"the log lacks: {words}")
    for key in {(name, subject) for name, subject, _ in heard}:
        states = [state for name, subject, state in heard if (name, subject) == key]
        expect(states == ["firing", "ok"] * (len(states) // 2) + ["firing"] * (len(states) % 2), f"{key}: {states}")
    alarms = daemon.json("/v1/health")["alarms"]
    expect({"device_memory", "device_utilisation", "waiting_share"} <= {a["name"] for a in alarms}, f"{alarms}")


def curves(daemon):
    history = daemon.json("/v1/history?seconds=3600")
    device = history["devices"]["cpu:0"]
    expect(len(history["times"]) == len(history["waiting"]) == len(device["intermediate_bytes"]) > 3, f"{history}")
    expect(max(device["intermediate_bytes"]) > 0.9 * BUDGET and max(history["waiting"]) >= 1, f"{history}")
    expect(history["times"] == sorted(history["times"]), "times go back")
    expect(daemon.status("/v1/history?seconds=soon") == 400, "a history of no number")
    expect(daemon.status("/healthz") == daemon.status("/readyz") == 200, "healthz, readyz")


def metrics(daemon):
    text = daemon.get("/metrics")
    for line in ('clipmill_jobs_ended_total{outcome="done"} 3', 'clipmill_jobs{state="done"} 3',
                 'clipmill_job_waiting_seconds_count{class="interactive"} 1'):
        expect(line in text, f"/metrics lacks {line}:\n{text}")
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        expect(checked.returncode == 0, f"promtool check metrics: {checked.stdout}{checked.stderr}")
        rules = subprocess.run(["promtool", "test", "rules", "clipmill-alerts-test.yml"], cwd=SOURCE / "examples/monitoring",
                               capture_output=True, text=True)
        expect(rules.returncode == 0, f"promtool test rules: {rules.stdout}{rules.stderr}")
    known = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    for file in ("clipmill-dashboard.json", "clipmill-alerts.yml"):
        used = re.findall(r"clipmill_\w+", (SOURCE / "examples/monitoring" / file).read_text())
        unknown = {name.removesuffix("_bucket") for name in used} - known - GPU_METRICS
        expect(not unknown, f"{file} speaks of {unknown}, which there are not")


def scraped(daemon):
    """A real Prometheus reads it, and every expression of the dashboard is one that it understands."""
    if not shutil.which("prometheus"):
        return "not scraped: Prometheus is not installed"
    config, port = daemon.folder / "prometheus.yml", free_port()
    example = (SOURCE / "examples/monitoring/prometheus.yml").read_text()
    config.write_text(example.replace("127.0.0.1:8000", f"127.0.0.1:{daemon.port}").replace("5s", "1s"))
    shutil.copy(SOURCE / "examples/monitoring/clipmill-alerts.yml", daemon.folder)
    server = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={daemon.folder}/tsdb",
                               f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(server.kill)

    def query(expression):
        url = f"http://127.0.0.1:{port}/api/v1/query?query=" + urllib.parse.quote(expression)
        try:
            return json.load(urllib.request.urlopen(url, timeout=60))["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it starts
                return []
            sys.exit(f"FAILED: Prometheus refuses {expression}: {error.read()}")
        except OSError:
            return []

    until(lambda: [r["value"][1] for r in query('clipmill_device_up{device="cpu:0"}')] == ["1"], "Prometheus reads nothing")
    board = json.loads((SOURCE / "examples/monitoring/clipmill-dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            query(target["expr"])
    server.terminate()
    server.wait(timeout=60)
    return "scraped by Prometheus"


def main():
    with tempfile.TemporaryDirectory() as name:
        hook = Webhook()
        daemon = Daemon(pathlib.Path(name), hook)
        idle_and_waiting(daemon, hook)
        full(daemon, hook)
        hook.until("waiting_share", "ok")
        told_everywhere(daemon, hook)
        curves(daemon)
        metrics(daemon)
        how = scraped(daemon)
        a_clip_by_category(daemon)
        daemon.stop()
        print(f"memory, utilisation and waiting alarms fired and cleared; {how}")


main()
