#!/usr/bin/env python3
"""curl against the daemon's video API: what it serves, and what it refuses without harm.

Usage: curl_test.py SOURCE BUILD
"""
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from daemon import Daemon

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from checks import expect  # noqa: E402

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CLIP = {"prompt": "a red circle moving left on a black background", "model": "shapes", "size": "64x64", "num_frames": 9,
        "num_inference_steps": 8}


def send(**body):
    return "--data", json.dumps(CLIP | body)


def finished(daemon, video):
    while video["status"] in ("queued", "in_progress"):
        time.sleep(0.1)
        video = daemon.json(f"/v1/videos/{video['id']}")[1]
    expect(video["status"] == "completed", f"ended: {video}")
    return video


def content(daemon):
    video = finished(daemon, daemon.json("/v1/videos", *send())[1])
    path = f"/v1/videos/{video['id']}/content"
    whole = daemon.curl(path)
    expect(whole[0] == 200 and whole[1][4:8] == b"ftyp", "the clip is no MP4")
    expect(daemon.curl(path, "--range", "4-7") == (206, b"ftyp"), "a range")
    expect(daemon.curl(path, "--range", f"{len(whole[1])}-")[0] == 416, "a range behind the end")
    pictures = [daemon.curl(path + "?variant=" + variant)[1] for variant in ("thumbnail", "spritesheet")]
    expect(pictures[0][:2] == b"\xff\xd8" and pictures[1][1:4] == b"PNG", "pictures")
    for key in ("completed_at", "inference_time_s", "stage_durations", "peak_memory_mb"):
        expect(video.get(key), f"a video without {key}: {video}")
    files = list((daemon.folder / "state/videos").iterdir())
    expect(len(files) == 3, f"beside the clip: {files}")
    expect(daemon.curl(f"/v1/videos/{video['id']}", "--request", "DELETE")[0] == 200, "DELETE")
    files = list((daemon.folder / "state/videos").iterdir())
    expect(not files, f"a deleted video leaves {files}")


def batches(daemon):
    daemon.command("pause")
    for kind, text in (("toml", 'size = "64x64"\n[[clip]]\nprompt = "a"\nseeds = [1, 2]\n'), ("jsonl", '{"prompt": "a", "size": "64x64"}\n'),
                       ("csv", "prompt,size\na,64x64\n")):
        kind = "text/csv" if kind == "csv" else f"application/{kind}"
        status, videos = daemon.json("/v1/batches", "--header", f"Content-Type: {kind}", "--data-binary", text)
        expect(status == 200 and videos["data"][0]["status"] == "queued", f"{kind}: {videos}")
    status, wrong = daemon.json("/v1/batches", "--header", "Content-Type: text/csv", "--data-binary", "prompt,size\na,64x64\nb,65x64\n")
    expect(status == 422 and wrong["error"]["details"][0]["line"] == 3, f"a wrong line: {wrong}")
    expect(daemon.json("/v1/videos?limit=1")[1]["has_more"], "a page")


def tokens(daemon):
    expect(daemon.curl("/v1/videos", token="guessed")[0] == 401, "a stranger is served")
    expect(daemon.curl("/v1/videos", token="looks")[0] == 200, "a reader may not read")
    expect(daemon.curl("/v1/videos", *send(), token="looks")[0] == 403, "a reader may submit")
    expect(daemon.json("/v1/videos", token="makes")[1]["data"] == [], "a client sees others' videos")
    said = [daemon.curl("/v1/videos", *send(seed=seed), token="makes")[0] for seed in (1, 2, 3)]
    expect(said == [200, 200, 429], f"a quota of two: {said}")


def misuse(daemon):
    for path in ("/v1/videos/../../../etc/passwd", "/v1/videos/%2e%2e%2f%2e%2e%2fetc%2fpasswd/content", "//etc/passwd",
                 "/v1/videos/video_1%00/content", "/v1/videos/video_99999999999999999999"):
        expect(daemon.curl(path)[0] == 404, path)
    for body in ("{", "[]", '"x"', "{\"prompt\": \"\\ud800\"}", "[" * 100000, "{\"prompt\": 1e999}"):
        expect(daemon.curl("/v1/videos", "--data-binary", body)[0] == 400, f"taken: {body[:30]}")
    expect(daemon.curl("/v1/videos", "--form", "prompt=x", "--form", "model=shapes", "--form", "input_reference=@/etc/hostname")[0] == 400,
           "a file")
    with tempfile.NamedTemporaryFile() as huge:
        huge.truncate(64 << 20)
        for flag in ("--form", "--data-binary"):
            value = f"prompt=@{huge.name}" if flag == "--form" else f"@{huge.name}"
            expect(daemon.curl("/v1/videos", flag, value)[0] in (0, 413), "a huge body is taken")
            expect(daemon.curl("/v1/videos", flag, value, "--header", "Transfer-Encoding: chunked")[0] in (0, 413), "a huge chunked body")
    expect(daemon.curl("/v1/videos", "--header", "X: " + "x" * 100_000)[0] in (0, 413, 431), "a huge header is taken")
    for garbage in (b"\x16\x03\x01" * 100, b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as connection:
            connection.sendall(garbage)
    expect(daemon.curl("/readyz")[0] == 200, "it did no harm")


def slow_clients(daemon):
    """Half a request on many connections keeps nobody else waiting."""
    held = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(100)]
    for connection in held:
        connection.sendall(b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Le")
    expect(daemon.curl("/v1/videos", "--max-time", "20")[0] == 200, "slow clients keep others waiting")
    for connection in held:
        connection.close()


def drain(daemon):
    """The first SIGTERM lets what runs end between two steps, and takes nothing more."""
    video = daemon.json("/v1/videos", *send(num_frames=81, num_inference_steps=1000))[1]
    while daemon.json(f"/v1/videos/{video['id']}")[1]["status"] == "queued":
        time.sleep(0.05)
    daemon.process.send_signal(signal.SIGTERM)
    said = set()
    while daemon.process.poll() is None:
        said.add(daemon.curl("/v1/videos", *send(seed=9))[0])
    expect(daemon.process.returncode == 0, f"a drain ends with {daemon.process.returncode}")
    return said


def tls(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    with Daemon(SOURCE, BUILD, "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem") as daemon:
        known = subprocess.run(["curl", "--silent", "--cacert", folder / "cert.pem", daemon.address + "/healthz"], capture_output=True)
        expect(json.loads(known.stdout) == {"status": "ok"}, f"TLS: {known}")
        expect(subprocess.run(["curl", "--silent", daemon.address + "/healthz"]).returncode == 60, "an unknown certificate is taken")
        plain = subprocess.run(["curl", "--silent", daemon.address.replace("https", "http") + "/healthz"], capture_output=True)
        expect(plain.returncode != 0 and not plain.stdout, "HTTP is served beside HTTPS")


def main():
    with Daemon(SOURCE, BUILD) as daemon:
        content(daemon)
        batches(daemon)
        tokens(daemon)
        misuse(daemon)
        slow_clients(daemon)
    with Daemon(SOURCE, BUILD) as daemon:
        said = drain(daemon)
        expect(said <= {0, 200, 503} and said & {0, 503}, f"while it ends it says {said}")
    with tempfile.TemporaryDirectory() as folder:
        tls(pathlib.Path(folder))
    print("curl: content, batches, tokens, misuse, slow clients, drain, TLS")


main()
