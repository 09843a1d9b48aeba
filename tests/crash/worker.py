#!/usr/bin/env python3
"""A worker for the crash test: makes a clip of known bytes in steps, and writes down that it did.

Speaks the link of src/link/messages.h. Environment: CLIPMILL_CRASH_LOG, a file to which a line with the clip's
path is added after the clip has its name; CLIPMILL_CRASH_STEP, seconds a step.
"""
import json
import os
import socket
import struct
import sys
import threading
import time

LINK = socket.socket(fileno=3)
LOCK = threading.Lock()
STEP = float(os.environ.get("CLIPMILL_CRASH_STEP", "0.01"))


def send(message):
    data = json.dumps(message).encode()
    with LOCK:
        LINK.sendall(struct.pack("<I", len(data)) + data)


def read(size):
    data = b""
    while len(data) < size:
        piece = LINK.recv(size - len(data))
        if not piece:
            os._exit(0)  # the daemon is gone: so are we
        data += piece
    return data


def receive():
    return json.loads(read(struct.unpack("<I", read(4))[0]))


def content(job):
    return (job["prompt"] + "\n").encode() * 1000


def beat():
    while True:
        time.sleep(1)
        send({"heartbeat": True})


def listen(orders):
    while True:
        orders.append(receive())


def run(order, orders):
    job, head = order["run"], {k: order[k] for k in ("job", "attempt", "device")}
    for step in range(4):
        send({**head, "event": "stage_progress", "stage": "denoise", "done": step + 1, "total": 4})
        time.sleep(STEP)
        if any(o.get("cancel") == order["attempt"] for o in orders):
            return send({**head, "event": "job_failed", "kind": "cancelled", "message": "cancelled", "hint": ""})
    send({**head, "event": "stage_finished", "stage": "denoise", "seconds": 4 * STEP, "peak_bytes": 1000})
    temporary = f"{job['output']}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        file.write(content(job))
        file.flush()
        os.fsync(file.fileno())
    log = os.open(os.environ["CLIPMILL_CRASH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    line = (job["output"] + "\n").encode()
    os.rename(temporary, job["output"])
    os.write(log, line)
    os.close(log)
    time.sleep(STEP)
    send({**head, "event": "job_finished", "output_bytes": os.path.getsize(job["output"]), "seconds": 5 * STEP})


def main():
    device = sys.argv[sys.argv.index("--device") + 1]
    version = int(os.environ["CLIPMILL_LINK_VERSION"])
    send({"hello": version, "device": device, "torch": "none", "threads": 1})
    threading.Thread(target=beat, daemon=True).start()
    orders = []
    threading.Thread(target=listen, args=(orders,), daemon=True).start()
    done = 0
    while True:
        runs = [o for o in orders if "run" in o]
        if len(runs) > done:
            run(runs[done], orders)
            done += 1
        time.sleep(0.002)


main()
