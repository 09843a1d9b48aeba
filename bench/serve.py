#!/usr/bin/env python3
"""The daemon under load: 1,000 clips submitted over HTTP while 200 clients watch events and 5 read lists.

Prints how long a submission takes (median, p99, longest), whether any job or event was lost, and the daemon's memory and threads.
Exits with 1 where p99 is above 50 ms or something was lost. Clients run on the same cores as the daemon.

Usage: serve.py BUILD [--jobs N] [--watchers N] [--readers N] [--working]
"""
import argparse
import asyncio
import json
import multiprocessing
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
MOST_MS = 50
SUBMITTERS = 4
BETWEEN_READS = 0.1  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Connection:
    """One that is kept open, as clients' libraries do."""

    def __init__(self, port):
        self.port, self.reader = port, None

    async def ask(self, method, path, body=None):
        if self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        text = json.dumps(body).encode() if body is not None else b""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        answer = json.loads(await self.reader.readexactly(length))
        if " 200 " not in head.split("\r\n")[0]:
            raise RuntimeError(f"{method} {path}: {answer}")
        return answer


class Watcher:
    """Counts the jobs that it was told of."""

    def __init__(self, port):
        self.port, self.waiting, self.ended = port, 0, False

    async def watch(self, ready):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        ready.release()
        rest = b""
        while piece := await reader.read(65536):
            *whole, rest = (rest + piece).split(b"\n\n")
            self.waiting += sum(b'"state":"waiting"' in each for each in whole)
        self.ended = True


async def when_set(event):
    while not event.is_set():
        await asyncio.sleep(BETWEEN_READS)


async def watch_events(port, count, started, ended, told):
    watchers, ready = [Watcher(port) for _ in range(count)], asyncio.Semaphore(0)
    watching = [asyncio.create_task(watcher.watch(ready)) for watcher in watchers]
    for _ in watchers:
        await ready.acquire()
    started.set()
    await when_set(ended)
    for task in watching:
        task.cancel()
    told.put(([watcher.waiting for watcher in watchers], sum(watcher.ended for watcher in watchers)))


async def read_list(port, ended, taken):
    connection, paths = Connection(port), ["/v1/queue?limit=100&order=desc", "/v1/videos?limit=100", "/v1/queue?limit=1000&state=waiting"]
    while not ended.is_set():
        for path in paths:
            start = time.perf_counter()
            await connection.ask("GET", path)
            taken.append(time.perf_counter() - start)
            await asyncio.sleep(BETWEEN_READS)


async def read_lists(port, count, started, ended, told):
    taken = []
    started.set()
    await asyncio.gather(*[read_list(port, ended, taken) for _ in range(count)])
    told.put(taken)


class Crowd:
    """Clients in a process of their own: those that submit do not wait for what these do with their answers."""

    def __init__(self, what, *arguments):
        context = multiprocessing.get_context("spawn")
        self.started, self.ended, self.told = context.Event(), context.Event(), context.Queue()
        self.process = context.Process(target=in_process, args=(what, *arguments, self.started, self.ended, self.told), daemon=True)
        self.process.start()

    def end(self):
        self.ended.set()
        return self.told.get(timeout=60)


def in_process(what, *arguments):
    asyncio.run(what(*arguments))


async def submit(port, numbers, taken, ids):
    connection = Connection(port)
    for number in numbers:
        clip = {"prompt": f"a red circle, number {number}", "size": "64x64", "num_frames": 17, "seed": number}
        start = time.perf_counter()
        ids.append((await connection.ask("POST", "/v1/videos", clip))["id"])
        taken.append(time.perf_counter() - start)


async def submit_all(port, count):
    numbers, taken, ids = iter(range(count)), [], []
    await asyncio.gather(*[submit(port, numbers, taken, ids) for _ in range(SUBMITTERS)])
    return taken, ids


def ask(port, method, path, body=None):
    return asyncio.run(Connection(port).ask(method, path, body))


def of_process(process, key):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split(f"{key}:")[1].split()[0])


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def show(name, seconds):
    if seconds:
        print(f"{name:<26}{len(seconds):>7} median {1000 * quantile(seconds, .5):6.1f} ms, p99 {1000 * quantile(seconds, .99):6.1f} ms, "
              f"longest {1000 * max(seconds):6.1f} ms")


def load(options, process, port):
    if not options.working:
        ask(port, "POST", "/v1/queue/pause", {})
    before = of_process(process, "VmRSS")
    watchers, readers = Crowd(watch_events, port, options.watchers), Crowd(read_lists, port, options.readers)
    watchers.started.wait(60)
    readers.started.wait(60)
    start = time.perf_counter()
    submits, ids = asyncio.run(submit_all(port, options.jobs))
    seconds = time.perf_counter() - start
    reads = readers.end()
    time.sleep(2)  # what is still on its way to watchers
    told, cut_off = watchers.end()
    counts = ask(port, "GET", "/v1/queue?limit=1")["counts"]
    print(f"{options.jobs} clips in {seconds:.1f} s; {options.watchers} watch events, {options.readers} read lists; "
          f"{'one device works' if options.working else 'the queue is paused'}")
    show("submit", submits)
    show("read a list", reads)
    lost_jobs = options.jobs - min(len(set(ids)), sum(counts.values()))
    lost_events = sum(max(0, options.jobs - count) for count in told)
    print(f"lost: {lost_jobs} jobs, {lost_events} events of {options.jobs * options.watchers}, {cut_off} watchers cut off")
    print(f"daemon: {before / 1024:.1f} MiB before, {of_process(process, 'VmRSS') / 1024:.1f} MiB after, {of_process(process, 'VmHWM') / 1024:.1f} MiB "
          f"at most; {of_process(process, 'Threads')} threads")
    return quantile(submits, .99) * 1000 <= MOST_MS and lost_jobs == lost_events == cut_off == 0


def wait_until_up(port):
    for _ in range(400):
        try:
            return ask(port, "GET", "/healthz")
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the daemon does not come up")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--readers", type=int, default=5)
    parser.add_argument("--working", action="store_true", help="a device works meanwhile, on the same cores")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([options.build / "clipmill", "daemon", "--state", folder, "--device", "cpu:0", "--listen", f"127.0.0.1:{port}",
                                    "--models", SOURCE / "models"], stdout=subprocess.DEVNULL)
        try:
            wait_until_up(port)
            return 0 if load(options, process, port) else 1
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
