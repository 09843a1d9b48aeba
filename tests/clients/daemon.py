"""A clipmill daemon of a test's own, with the shipped model."""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from checks import free_port  # noqa: E402

TOKENS = """# of the tests
everything
looks name=looker scopes=read
makes name=maker scopes=read,submit waiting=2
"""


class Daemon:
    """Runs from __enter__ to __exit__; `more`: flags beside those for a port, tokens and models."""

    def __init__(self, source, build, *more):
        self.program = build / "clipmill"
        self.models, self.more = source / "models", more
        self.port = free_port()
        self.address = f"http{'s' if '--tls-cert' in more else ''}://127.0.0.1:{self.port}"

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "tokens").write_text(TOKENS)
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            [self.program, "daemon", "--state", self.folder / "state", "--device", "cpu:0", "--listen", f"127.0.0.1:{self.port}",
             "--token-file", self.folder / "tokens", "--models", self.models, *self.more], stdout=self.log, stderr=self.log)
        for _ in range(400):
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended: {(self.folder / 'log').read_text()}")
            if self.curl("/readyz")[0] == 200:
                return self
            time.sleep(0.05)
        raise RuntimeError(f"the daemon does not answer: {(self.folder / 'log').read_text()}")

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        self.log.close()
        self.temporary.cleanup()

    def command(self, *words):
        subprocess.run([self.program, *words, "--state", self.folder / "state"], check=True, stdout=subprocess.DEVNULL)

    def curl(self, path, *more, token="everything"):
        """Status and body (bytes) of what curl gets there; status 0 where the connection is refused or broken."""
        got = subprocess.run(["curl", "--silent", "--insecure", "--path-as-is", "--header", f"Authorization: Bearer {token}",
                              "--write-out", "\n%{http_code}", *more, self.address + path], capture_output=True)
        body, _, status = got.stdout.rpartition(b"\n")
        return int(status), body

    def json(self, path, *more, **options):
        status, body = self.curl(path, *more, **options)
        return status, json.loads(body)
