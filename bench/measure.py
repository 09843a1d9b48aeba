"""Runs a command and tells how long it took and how much memory its processes held. Standard library only."""

import dataclasses
import os
import pathlib
import resource
import subprocess
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
SHAPES = SOURCE / "models/shapes"
MIB = 2**20
SAMPLE_SECONDS = 0.05


@dataclasses.dataclass
class Run:
    """One finished command."""
    code: int
    seconds: float
    out: str
    errors: str
    peak_rss: int  # bytes of the largest process of the tree; the kernel's own high-water mark, nothing is missed
    peak_tree: int  # bytes of all its processes together, shared pages counted in each; sampled
    peak_data: int  # bytes of private writable memory of the largest process, what RLIMIT_DATA bounds; sampled


def status_bytes(process, *names):
    """Of /proc/PID/status, as VmRSS and VmData; zeros when the process is gone."""
    try:
        lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return [0] * len(names)
    fields = dict(line.split(":", 1) for line in lines)
    return [int(fields[name].split()[0]) * 1024 if name in fields else 0 for name in names]


def tree(process):
    """The process and all that it started, as far as they still run."""
    found = [process]
    for parent in found:
        try:
            for task in os.scandir(f"/proc/{parent}/task"):
                found += map(int, pathlib.Path(task.path, "children").read_text().split())
        except OSError:
            pass
    return found


class Sampler:
    """Watches a process tree until it is stopped."""

    def __init__(self, process):
        self.process, self.rss, self.data = process, 0, 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.done.wait(SAMPLE_SECONDS):
            resident, data = zip(*(status_bytes(each, "VmRSS", "VmData") for each in tree(self.process)))
            self.rss, self.data = max(self.rss, sum(resident)), max(self.data, *data)

    def stop(self):
        self.done.set()
        self.thread.join()


def limit_data(limit):
    """For preexec_fn: bounds the private writable memory of the process and of each that it starts."""
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def run(command, lines="", data_limit=None, environment=None):
    """Runs it to its end with `lines` as its input; `environment` beside ours. A failure is an exit code, not an exception."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        given.write(lines)
        given.seek(0)
        start = time.monotonic()
        child = subprocess.Popen([str(word) for word in command], stdin=given, stdout=out, stderr=errors,
                                 env=os.environ | (environment or {}),
                                 preexec_fn=limit_data(data_limit) if data_limit else None)
        sampler = Sampler(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        sampler.stop()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        return Run(child.returncode, seconds, out.read(), errors.read(), usage.ru_maxrss * 1024, sampler.rss, sampler.data)
