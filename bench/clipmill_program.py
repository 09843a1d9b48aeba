"""clipmill as a program under measurement: starts it, reads its --json."""

import argparse
import dataclasses
import json
import pathlib
import socket
import struct
import subprocess

import measure

GENERATION = ("load", "encode_text", "denoise", "decode")


def measurement_parser(description, steps):
    """The arguments of a measurement of one clip beside Diffusers."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--model", default="shapes", choices=["shapes", "wide", "width13"])
    parser.add_argument("--shape", default="64x64x17")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--threads", type=int, default=2)
    return parser


@dataclasses.dataclass
class Outcome:
    run: measure.Run
    report: dict  # empty where it was refused

    @property
    def jobs(self):
        return self.report.get("jobs", [])

    @property
    def refused(self):
        return self.run.code == 2

    @property
    def failures(self):
        return sum(job["state"] != "done" for job in self.jobs)

    def why(self):
        """What went wrong first, in short."""
        messages = [job["failure"]["message"] for job in self.jobs if "failure" in job]
        return (messages + self.run.errors.strip().splitlines() + [""])[0][:160]


def stages(job):
    return {stage["stage"]: stage for stage in job["stages"]}


def generation_seconds(job):
    """From the prompt to the last frame, loading included."""
    return sum(stage["seconds"] for name, stage in stages(job).items() if name in GENERATION)


def allocator_peak(job):
    """Most bytes that tensors of one lane held at once, weights included."""
    return max((stage["peak_bytes"] for stage in job["stages"]), default=0)


def allocator_peaks(jobs):
    """The same of each device."""
    devices = {job["device"]: 0 for job in jobs if "device" in job}
    return {device: max(allocator_peak(job) for job in jobs if job.get("device") == device) for device in devices}


def plans(job):
    """Under which plans the clip ran, the first one first."""
    return " → ".join([change["from"] for change in job["plan_changes"]] + [job["plan"]])


class Clipmill:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.program, self.worker = self.build / "clipmill", self.build / "clipmill-worker"

    def run(self, *arguments, data_limit=None):
        command = [self.program, "run", "--worker", self.worker, "--json", *arguments]
        done = measure.run(command, data_limit=data_limit)
        return Outcome(done, json.loads(done.out) if done.out.strip() else {})

    def estimates(self, *arguments):
        """Predicted stages of each clip."""
        return json.loads(subprocess.run([self.program, "estimates", "--json", *map(str, arguments)], check=True,
                                         capture_output=True, text=True).stdout)

    def worker_baseline(self, device="cpu:0"):
        """(VmRSS, VmData) of a worker that is up and has done nothing, in bytes."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            child = subprocess.Popen([self.worker, "--link-fd", str(theirs.fileno()), "--device", device],
                                     pass_fds=[theirs.fileno()])
            ours.recv(1)  # it introduces itself when it is ready
            baseline = measure.status_bytes(child.pid, "VmRSS", "VmData")
            child.kill()
            child.wait()
        return baseline


def manifest(path, clips):
    path.write_text("".join(json.dumps(clip) + "\n" for clip in clips))
    return path


def saved_bytes(path, key="frames"):
    """The bytes of one tensor in a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    first, end = json.loads(data[8:8 + length])[key]["data_offsets"]
    return data[8 + length + first:8 + length + end]


def byte_difference(ours, reference):
    """(largest difference, share of bytes within 1)."""
    if len(ours) != len(reference):
        raise ValueError(f"{len(ours)} bytes beside {len(reference)}: not the same shape")
    if ours == reference:
        return 0, 1.0
    apart = [abs(a - b) for a, b in zip(ours, reference)]
    return max(apart), sum(each <= 1 for each in apart) / len(apart)
