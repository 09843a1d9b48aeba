#!/usr/bin/env python3
"""A worker for the crash test: makes a clip of known bytes, in steps and in parts, and writes down that it did.

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
        try:
            piece = LINK.recv(size - len(data))
        except OSError:
            piece = b""
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


def write(path, data):
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.{os.getpid()}-1.part{os.path.splitext(name)[1]}"  # as base/atomic_file.h
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)


class Cancelled(Exception):
    pass


def denoise(order, head, cancelled):
    """Four steps, from those that an earlier attempt left in the state file."""
    state, prompt = order.get("state_file"), order["run"]["prompt"]
    first = 0
    if state and os.path.exists(state):
        saved = json.loads(open(state).read())  # torn: this worker dies, and the test sees it
        first = saved["step"] if saved["prompt"] == prompt else 0
    for step in range(first, 4):
        send({**head, "event": "stage_progress", "stage": "denoise", "done": step + 1, "total": 4})
        time.sleep(STEP)
        if state:
            write(state, json.dumps({"prompt": prompt, "step": step + 1}).encode())
        if cancelled():
            raise Cancelled
    send({**head, "event": "stage_finished", "stage": "denoise", "seconds": 4 * STEP, "peak_bytes": 1000, "plan": "resident"})


def decode(order):
    job, state = order["run"], order.get("state_file")
    if order.get("part") == "decode":
        assert json.loads(open(state).read()) == {"prompt": job["prompt"], "step": 4}
    log = os.open(os.environ["CLIPMILL_CRASH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    write(job["output"], content(job))
    os.write(log, (job["output"] + "\n").encode())
    os.close(log)
    time.sleep(STEP)


def run(order, cancelled):
    job, head = order["run"], {k: order[k] for k in ("job", "attempt", "device")}
    try:
        if order.get("part") != "decode":
            denoise(order, head, cancelled)
        if order.get("part") == "denoise":
            return send({**head, "event": "job_finished", "output_bytes": 1, "seconds": 4 * STEP})
        decode(order)
    except Cancelled:
        return send({**head, "event": "job_failed", "kind": "cancelled", "message": "cancelled", "hint": ""})
    send({**head, "event": "job_finished", "output_bytes": os.path.getsize(job["output"]), "seconds": STEP})
    if order.get("state_file"):
        os.remove(order["state_file"])


def lane(orders, mine):
    """One order after the other, beside the other lane."""
    seen = 0
    while True:
        if seen == len(orders):
            time.sleep(0.002)
            continue
        order = orders[seen]
        seen += 1
        if "run" in order and mine(order):
            run(order, lambda: any(o.get("cancel") == order["attempt"] for o in orders))


def main():
    device = sys.argv[sys.argv.index("--device") + 1]
    version = int(os.environ["CLIPMILL_LINK_VERSION"])
    send({"hello": version, "device": device, "torch": "none", "threads": 1})
    threading.Thread(target=beat, daemon=True).start()
    orders = []
    threading.Thread(target=listen, args=(orders,), daemon=True).start()
    threading.Thread(target=lane, args=(orders, lambda order: order.get("part") == "decode"), daemon=True).start()
    lane(orders, lambda order: order.get("part") != "decode")


main()
