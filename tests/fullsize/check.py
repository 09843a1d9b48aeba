#!/usr/bin/env python3
"""check.py CLIPMILL MODEL FOLDER: is the full-size checkpoint what clipmill says, and does a clip come out of it?

Standard library only. Prints seconds and the peak memory of the largest process; exit code 1 at the first problem.
"""

import array
import json
import math
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

# name: (parameters, tensors, files) of the published checkpoint
PUBLISHED = {
    "transformer": (1_418_996_800, 825, 2),
    "text_encoder": (5_680_910_336, 242, 5),
    "vae": (126_892_531, 194, 1),
}
SIZE = 128


def measured(command):
    """The command's output; prints what it took. Its processes are waited for, so their peak is known here."""
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"{command[0].name} {command[1]}: exit code {done.returncode}, {seconds:.1f} s, peak {peak:.2f} GiB", flush=True)
    if done.returncode != 0:
        sys.exit(done.stdout)
    return done.stdout


def check_summary(text):
    (summary,) = json.loads(text)
    found = {part["name"]: (part["parameters"], part["tensors"], part["files"]) for part in summary["components"]}
    if found != PUBLISHED:
        sys.exit(f"clipmill models sees (parameters, tensors, files) {found}, published are {PUBLISHED}")


def read_tensor(path, name):
    """Its values and shape, from a safetensors file of fp32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8:8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    return array.array("f", data[begin:end]), entry["shape"]


def check_latents(path):
    values, shape = read_tensor(path, "latents")
    if shape != [1, 16, 1, SIZE // 8, SIZE // 8]:
        sys.exit(f"{path}: latents have shape {shape}")
    spread = max(values) - min(values)
    if not all(map(math.isfinite, values)) or spread == 0:
        sys.exit(f"{path}: latents are not finite, or all the same")
    print(f"latents: {len(values)} finite values, spread {spread:.2f}")


def check_clip(path):
    entries = "stream=codec_name,width,height,nb_frames"
    probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json", path],
                           stdout=subprocess.PIPE, check=True)
    (stream,) = json.loads(probe.stdout)["streams"]
    expected = {"codec_name": "h264", "width": SIZE, "height": SIZE, "nb_frames": "1"}
    if {key: stream.get(key) for key in expected} != expected:
        sys.exit(f"ffprobe sees {stream}, expected {expected}")
    print(f"clip: {path}, H.264, {SIZE}x{SIZE}, 1 frame")


def main():
    program, model, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    check_summary(measured([program, "models", model, "--json"]))
    clip = folder / "clip.mp4"
    clip.unlink(missing_ok=True)
    measured([program, "run", "--model", model, "--prompt", "A cat walks through tall green grass.",
              "--width", str(SIZE), "--height", str(SIZE), "--frames", "1", "--steps", "1", "--guidance", "1",
              "--max-text-tokens", "64", "--precision", "bf16", "--save-tensors", folder, "--output", clip])
    check_latents(folder / "latents.safetensors")
    check_clip(clip)


if __name__ == "__main__":
    main()
