"""What the tests in Python share."""
import socket
import sys


def expect(truth, message):
    if not truth:
        sys.exit(f"FAILED: {message}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
