#!/usr/bin/env python3
"""OpenAI's Python client against the daemon's video API, with the shipped model: create, poll, list, download, delete.

Usage: openai_videos.py SOURCE BUILD      (a Python that has the package `openai`)
"""
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import openai
from checks import expect, free_port

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
TOKEN = "a-token-of-the-test"


def start_daemon(folder, port):
    tokens = folder / "tokens"
    tokens.write_text(f"# of this test\n{TOKEN}\n")
    log = open(folder / "daemon.log", "a")
    return subprocess.Popen([BUILD / "clipmill", "daemon", "--state", folder / "state", "--listen", f"127.0.0.1:{port}",
                             "--token-file", tokens, "--models", SOURCE / "models"], stdout=log, stderr=log)


def wait_until_up(client):
    for _ in range(200):
        try:
            return client.models.list()
        except openai.APIConnectionError:
            time.sleep(0.05)
    sys.exit("FAILED: the daemon does not answer")


def finished(client, video):
    while video.status in ("queued", "in_progress"):
        time.sleep(0.1)
        video = client.videos.retrieve(video.id)
    return video


def refused(call, *words):
    try:
        call()
    except openai.APIStatusError as error:
        expect(all(word in str(error) for word in words), f"another error: {error}")
        return error.status_code
    sys.exit(f"FAILED: not refused: {words}")


def frames_in(file):
    probe = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0",
                            file], capture_output=True, text=True)
    return probe.stdout.strip()


def use(client, folder):
    expect([model.id for model in client.models.list()] == ["shapes"], "models")
    small = {"num_frames": 9, "num_inference_steps": 8, "guidance_scale": 2, "seed": 7}
    video = client.videos.create(prompt="a red circle moving left on a black background", model="shapes", size="64x64",
                                 extra_body=small, extra_headers={"Idempotency-Key": "one"})
    again = client.videos.create(prompt="a red circle moving left on a black background", model="shapes", size="64x64",
                                 extra_body=small, extra_headers={"Idempotency-Key": "one"})
    expect(video.id == again.id, "one key made two videos")
    expect(refused(lambda: client.videos.create(prompt="another", model="shapes", size="64x64", extra_body=small,
                                                extra_headers={"Idempotency-Key": "one"}), "something else") == 409, "a key twice")
    expect(video.status in ("queued", "in_progress") and video.object == "video", f"created: {video}")
    video = finished(client, video)
    expect(video.status == "completed" and video.progress == 100, f"ended: {video}")
    file = folder / "clip.mp4"
    client.videos.download_content(video.id).write_to_file(file)
    expect(frames_in(file).startswith("9"), f"downloaded: {frames_in(file)}")
    remix = finished(client, client.videos.remix(video.id, prompt="a blue square growing on a white background"))
    expect(remix.status == "completed" and remix.size == "64x64", f"remix: {remix}")
    listed = [each.id for each in client.videos.list(limit=1)]
    expect(listed == [remix.id, video.id], f"listed page by page: {listed}")
    expect(client.videos.delete(video.id).deleted, "delete")
    expect(refused(lambda: client.videos.retrieve(video.id), "no video") == 404, "a deleted video is there")
    return remix


def misuse(client, port):
    def create(**more):
        return client.videos.create(**({"prompt": "x", "model": "shapes", "size": "64x64"} | more))
    expect(refused(lambda: create(model="nobody"), "no model") == 422, "unknown model")
    expect(refused(lambda: create(size="65x64"), "multiple of") == 422, "size")
    expect(refused(lambda: create(input_reference=("a.png", b"not a picture")), "text alone") == 400, "input_reference")
    expect(refused(lambda: create(extra_body={"output": "/tmp/x.mp4"}), "unknown parameter") == 400, "output")
    stranger = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="guessed", max_retries=0)
    expect(refused(stranger.models.list, "token") == 401, "a stranger is served")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder, port = pathlib.Path(name), free_port()
        daemon = start_daemon(folder, port)
        try:
            client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=TOKEN, max_retries=0)
            wait_until_up(client)
            kept = use(client, folder)
            misuse(client, port)
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
            daemon = start_daemon(folder, port)
            wait_until_up(client)
            expect(client.videos.retrieve(kept.id).status == "completed", "a video is lost over a restart")
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=60)
    print("openai", openai.__version__, "create, poll, list, download, remix, delete, refusals, a restart")


main()
