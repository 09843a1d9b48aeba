#!/usr/bin/env python3
"""examples/comfy_clip.py against a server that answers as ComfyUI's HTTP API does."""
import http.server
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path

SCRIPT = Path(sys.argv.pop(1)) / "examples/comfy_clip.py"
WORKFLOW = {"3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0]}},
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "x"}}}


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, answer, outputs):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.outputs, self.polls, self.calls = answer, outputs, 0, []
        self.polled = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, body, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append((self.path, body))
        refused = self.server.answer == "refuse" and self.path == "/prompt"
        self.reply({"error": {"message": "no outputs"}} if refused else {"prompt_id": "p1"}, 400 if refused else 200)

    def do_GET(self):
        if self.path.startswith("/view"):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            return self.reply(("video of " + query["filename"][0]).encode())
        self.server.polls += 1
        self.server.polled.set()
        if self.server.answer == "endless" or self.server.polls < 2:
            return self.reply({})
        status = {"status_str": self.server.answer, "completed": True, "messages": [["execution_error", {"node": "3"}]]}
        self.reply({"p1": {"status": status, "outputs": self.server.outputs}})


class ComfyClip(unittest.TestCase):
    def start(self, answer, outputs=None, settings=("6.text=a 'red' = circle", "3.seed=7"), port=None):
        self.server = Server(answer, outputs or {"9": {"gifs": [{"filename": "a.mp4", "subfolder": "", "type": "output"}],
                                                       "animated": [True]}})
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        self.output = folder / "clip.mp4"
        (folder / "workflow.json").write_text(json.dumps(WORKFLOW))
        address = f"http://127.0.0.1:{port or self.server.server_port}"
        words = [sys.executable, SCRIPT, "--server", address, "--workflow", folder / "workflow.json", "--output", self.output]
        for setting in settings:
            words += ["--set", setting]
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)

    def test_makes_a_clip(self):
        program = self.start("success")
        self.assertEqual(program.communicate()[1], "")
        self.assertEqual(program.returncode, 0)
        self.assertEqual(self.output.read_bytes(), b"video of a.mp4")
        sent = self.server.calls[0][1]["prompt"]
        self.assertEqual(sent["6"]["inputs"]["text"], "a 'red' = circle")
        self.assertEqual(sent["3"]["inputs"]["seed"], 7)

    def fails(self, status, words, *arguments, **named):
        program = self.start(*arguments, **named)
        errors = program.communicate()[1]
        self.assertEqual(program.returncode, status, errors)
        self.assertIn(words, errors)
        self.assertFalse(self.output.exists())

    def test_failures_are_told(self):
        self.fails(1, "execution_error", "error")
        self.fails(1, "no outputs", "refuse")
        self.fails(1, "made no .mp4", "success", {"9": {"images": [{"filename": "a.png"}]}})
        self.fails(1, "no input txt at node 6", "success", settings=["6.txt=x"])
        self.fails(75, "does not answer", "success", port=1)

    def test_sigterm_interrupts_the_server(self):
        program = self.start("endless")
        self.server.polled.wait()
        program.send_signal(signal.SIGTERM)
        program.communicate()
        self.assertEqual(self.server.calls[-1][0], "/interrupt")


if __name__ == "__main__":
    unittest.main()
