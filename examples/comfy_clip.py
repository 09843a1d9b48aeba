#!/usr/bin/env python3
"""Makes a clip by a ComfyUI server: sends a workflow (saved by "Export (API)"), waits, fetches the video. Standard library only.

--set NODE.INPUT=VALUE puts a value into the workflow: --set "6.text=a red circle" --set 3.seed=7. Numbers are read as such where the
workflow has a number.
"""
import argparse
import json
import pathlib
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TRY_AGAIN = 75  # EX_TEMPFAIL: clipmill takes it as a failure of the moment


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="http://127.0.0.1:8188")
    parser.add_argument("--workflow", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NODE.INPUT=VALUE")
    parser.add_argument("--output", required=True)
    return parser.parse_args()


def call(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def filled(workflow, assignments):
    for assignment in assignments:
        place, value = assignment.split("=", 1)
        node, name = place.split(".", 1)
        if node not in workflow or name not in workflow[node]["inputs"]:
            sys.exit(f"the workflow has no input {name} at node {node}")
        number = isinstance(workflow[node]["inputs"][name], (int, float))
        workflow[node]["inputs"][name] = json.loads(value) if number else value
    return workflow


def submit(server, workflow):
    try:
        return json.loads(call(server, "/prompt", {"prompt": workflow}))["prompt_id"]
    except urllib.error.HTTPError as error:
        sys.exit(f"ComfyUI refuses the workflow: {error.read().decode(errors='replace')[:2000]}")


def wait(server, prompt_id):
    while True:
        history = json.loads(call(server, f"/history/{prompt_id}")).get(prompt_id)
        if history and history.get("status", {}).get("status_str") == "error":
            sys.exit(f"ComfyUI failed: {json.dumps(history['status'].get('messages', []))[-2000:]}")
        if history:
            return history["outputs"]
        time.sleep(0.5)


def find_file(outputs, extension):
    """Nodes call their lists images, gifs or videos: what counts is the file's extension."""
    files = [file for node in outputs.values() for kind in node.values() if isinstance(kind, list)
             for file in kind if isinstance(file, dict) and file.get("filename", "").endswith(extension)]
    return files[-1] if files else sys.exit(f"the workflow made no {extension} file")


def main():
    options = parse()
    workflow = filled(json.loads(pathlib.Path(options.workflow).read_text()), options.set)
    prompt_id = submit(options.server, workflow)

    def interrupt(*_):
        call(options.server, "/interrupt", {"prompt_id": prompt_id})
        sys.exit("interrupted")

    signal.signal(signal.SIGTERM, interrupt)
    file = find_file(wait(options.server, prompt_id), pathlib.Path(options.output).suffix)
    query = urllib.parse.urlencode({key: file.get(key, "") for key in ("filename", "subfolder", "type")})
    pathlib.Path(options.output).write_bytes(call(options.server, f"/view?{query}"))


if __name__ == "__main__":
    try:
        main()
    except urllib.error.URLError as unreachable:
        print(f"ComfyUI does not answer: {unreachable}", file=sys.stderr)
        sys.exit(TRY_AGAIN)
