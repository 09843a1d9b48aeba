#!/usr/bin/env python3
"""What clipmill does on a device: clips beside the CPU's, the published layout, training. Standard library only.

  measure.py BUILD [PART ...] [--device cuda:0] [--output FOLDER] [--brief]

PART: machine, clips, published (needs the target make_checkpoint and 16 GB of disk), training, model (the whole
recipe of the shipped model, from scratch). Default: all but model. Prints a table of each, ends with code 1 at the
first failure. --brief: few steps and small sizes, to see on any machine that all of it runs.
"""

import argparse
import csv
import json
import shutil
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SHAPES = SOURCE / "models/shapes"
PRECISIONS = ("fp32", "bf16", "fp16")
PROMPT = "a purple circle growing on a white background"
SIZES = ("96x64", "64x96", "64x64x33")


class UsedMemory:
    """The most memory in use on the GPU meanwhile, by anybody, in MiB; 0 where no nvidia-smi answers."""

    def __enter__(self):
        self.peak, self.done = 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def watch(self):
        if not shutil.which("nvidia-smi"):
            return
        query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        while not self.done.wait(0.1):
            answer = subprocess.run(query, stdout=subprocess.PIPE, text=True).stdout
            self.peak = max([self.peak, *map(int, answer.split()[:1])])


def frames_in(folder):
    data = (folder / "frames.safetensors").read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    return data[8 + length:]


class Measurement:
    def __init__(self, options):
        self.build, self.device = options.build.resolve(), options.device
        self.output, self.brief = options.output.resolve(), options.brief
        self.output.mkdir(parents=True, exist_ok=True)

    def clipmill(self, *arguments):
        command = [str(self.build / "clipmill"), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def clip(self, name, model, device, *flags):
        """Its folder, stages by name, and what nvidia-smi saw."""
        folder = self.output / name
        with UsedMemory() as used:
            out = self.clipmill("run", "--model", model, "--prompt", PROMPT, "--device", device, *flags, "--json",
                                "--save-tensors", folder, "--output", folder / "clip.mp4")
        (job,) = json.loads(out)["jobs"]
        return folder, {stage["stage"]: stage for stage in job["stages"]}, used.peak

    def machine(self):
        print(self.clipmill("doctor"))

    def clips(self):
        shape = ["--size", "64x64", "--frames", "17", "--steps", 2 if self.brief else 20, "--guidance", "2"]
        expected = frames_in(self.clip("cpu", SHAPES, "cpu:0", *shape)[0])
        print("clip of models/shapes     denoise  decode  peak MiB  nvidia-smi MiB  from the CPU's: max  mean  again")
        for precision in PRECISIONS:
            flags = [*shape, "--precision", precision]
            self.clip("warm", SHAPES, self.device, *flags)
            folder, stages, used = self.clip(precision, SHAPES, self.device, *flags)
            found = frames_in(folder)
            again = frames_in(self.clip("again", SHAPES, self.device, *flags)[0])
            off = [abs(a - b) for a, b in zip(found, expected)]
            peak = max(stage["peak_bytes"] for stage in stages.values()) / 2**20
            print(f"{precision:22} {stages['denoise']['seconds']:8.2f} s {stages['decode']['seconds']:5.2f} s {peak:9.1f}"
                  f" {used:14} {max(off):21} {sum(off) / len(off):5.2f}  {'same' if again == found else 'differs'}")
        self.batch_of_clips(shape)

    def batch_of_clips(self, shape):
        """Seconds a clip where the worker is up and its model resident."""
        count = 2 if self.brief else 40
        for precision in PRECISIONS:
            out = self.output / f"batch-{precision}"
            manifest = self.output / "batch.toml"
            manifest.write_text(f'output_folder = "{out}"\n[[clip]]\nmodel = "{SHAPES}"\nprompt = "{PROMPT}"\n'
                                f'seeds = "1..{count}"\noutput = "{{seed}}.mp4"\n')
            totals = json.loads(self.clipmill("run", manifest, "--device", self.device, *shape, "--precision", precision,
                                              "--json"))["totals"]
            print(f"{count} clips, {precision}: {totals['wall_seconds'] / count:.3f} s a clip, start included")

    def published(self):
        model = self.output / "published"
        fullsize = SOURCE / "tests/fullsize"
        if not (model / "model_index.json").exists():
            subprocess.run([self.build / "make_checkpoint", fullsize / "configs",
                            SOURCE / "tests/golden/models/wan21/tokenizer", model], check=True)
        size, counts, steps = ("128x128", (1,), 1) if self.brief else ("832x480", (17, 81), 4)
        for frames in counts:
            _, stages, used = self.clip("published-clip", model, self.device, "--size", size, "--frames", frames, "--steps",
                                        steps, "--guidance", "5", "--precision", "bf16")
            print(f"published 1.3B layout, bf16, {size}, {frames} frames, nvidia-smi {used} MiB:")
            for name, stage in stages.items():
                print(f"  {name:14} {stage['seconds']:8.2f} s  peak {stage['peak_bytes'] / 2**30:6.2f} GiB")
            print(f"  a step (two passes) takes {stages['denoise']['seconds'] / steps:.2f} s")

    def train(self, name, *settings):
        folder = self.output / name
        flags = [word for setting in settings for word in ("--set", setting)]
        self.clipmill("train", SOURCE / "examples/shapes.toml", "--output", folder, "--device", self.device, *flags)
        with open(folder / "loss.csv") as file:
            return list(csv.DictReader(file))

    def training(self):
        """A short run in each precision, then more of the same: it goes on where it was."""
        first, more = (4, 6) if self.brief else (200, 400)
        common = ["data.clips=64", "watch.log_every=2", "watch.sample_every=0", "watch.evaluate_every=0",
                  "watch.evaluate_final=0", "train_vae.image_steps=2", "train_vae.decoder_steps=2"]
        for precision in PRECISIONS:
            for steps in (first, more):
                rows = self.train(f"train-{precision}", *common, f"precision={precision}", f"train_vae.steps={steps}",
                                  f"train_transformer.steps={steps}")
            for phase in ("vae", "transformer"):
                own = [row for row in rows if row["phase"] == phase]
                a, b = own[len(own) // 2], own[-1]
                rate = (int(b["step"]) - int(a["step"])) / (float(b["seconds"]) - float(a["seconds"]))
                print(f"{precision} {phase:12} loss {float(own[0]['loss']):.4f} → {float(b['loss']):.4f} at step {b['step']}, "
                      f"{rate:.1f} steps/s")

    def model(self):
        started = time.monotonic()
        brief = ["data.clips=32", "train_vae.steps=4", "train_vae.image_steps=2", "train_vae.decoder_steps=2",
                 "train_transformer.steps=4", "watch.evaluate_final=2", "watch.evaluate_every=0", "watch.sample_every=0"]
        self.train("shapes", *(brief if self.brief else []))
        print(f"trained in {time.monotonic() - started:.0f} s")
        few = 2 if self.brief else 0
        self.evaluate(few or 240, "64x64")
        for size in SIZES:
            self.evaluate(few or 200, size)

    def evaluate(self, prompts, size):
        folder = self.output / f"evaluation-{size}"
        print(self.clipmill("evaluate", "--model", self.output / "shapes", "--prompts", prompts, "--size", size, "--device",
                            self.device, "--output", folder))


def main():
    parts = ("machine", "clips", "published", "training", "model")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("part", nargs="*", default=parts[:-1], metavar="PART")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--output", type=Path, default=Path("out/measured"))
    parser.add_argument("--brief", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.part) - set(parts):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}")
    measurement = Measurement(options)
    for part in options.part:
        started = time.monotonic()
        getattr(measurement, part)()
        print(f"[{part}: {time.monotonic() - started:.1f} s]\n", flush=True)


if __name__ == "__main__":
    main()
