#!/usr/bin/env python3
"""A clip of the shipped model by clipmill and by Diffusers: same weights, threads, steps and initial noise, in fp32.

    side_by_side.py BUILD [--model shapes|wide|width13] [--shape WxHxFRAMES] [--steps N] [--threads N] [--pairs N]

warm    in a process that has its model loaded and has made a clip before; to the last frame, and to the finished mp4
cold    from the command to the finished mp4, all start-up in it; below it, what of that is start-up
The runs alternate; the ratio is Diffusers' seconds by clipmill's, its median and quartiles over the pairs. Needs
CLIPMILL_DIFFUSERS_PYTHON.
"""

import pathlib
import statistics
import tempfile

import clipmill_program as clipmill
import diffusers_program
import measure
from budgets import PROMPT, model_folder

GENERATION = ("encode_text", "denoise", "decode")


def quartiles(values):
    """(lower, median, upper)"""
    return tuple(statistics.quantiles(values, n=4, method="inclusive")) if len(values) > 1 else (values[0],) * 3


class Comparison:
    """The same clip by both, in a folder of its own."""

    def __init__(self, program, model, options, folder):
        width, height, frames = map(int, options.shape.split("x"))
        self.program, self.model, self.threads, self.folder = program, model, options.threads, pathlib.Path(folder)
        self.clip = {"prompt": PROMPT, "width": width, "height": height, "frames": frames, "steps": options.steps, "guidance": 2,
                     "seed": 1}

    def theirs(self, **more):
        return self.clip | {"output": str(self.folder / "theirs.mp4"), "output_size": f"{self.clip['width']}x{self.clip['height']}"} | more

    def ours(self, clips, **more):
        """A run of so many equal clips, in the order of their ids."""
        clip = self.clip | {"model": str(self.model), "init_latents": str(self.folder / "init_latents.safetensors")} | more
        shots = clipmill.manifest(self.folder / "shots.jsonl", [clip | {"output": f"{i}.mp4"} for i in range(clips)])
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            outcome = self.program.run(shots, "--output-folder", out, "--threads", self.threads)
        if outcome.run.code != 0:
            raise RuntimeError(outcome.why())
        return outcome, sorted(outcome.jobs, key=lambda job: job["id"])

    def outputs(self, process):
        """Writes the noise that both start from, and says how far their frames are apart."""
        process.make(self.theirs(tensors=str(self.folder)))
        self.ours(1, save_tensors=str(self.folder / "ours"))
        return clipmill.byte_difference(clipmill.saved_bytes(self.folder / "ours/frames.safetensors"),
                                        clipmill.saved_bytes(self.folder / "frames.safetensors"))

    def warm(self, process):
        """{what: (their seconds, our seconds)} of one pair."""
        theirs = process.make(self.theirs())
        _, (_, job) = self.ours(2)
        stages = clipmill.stages(job)
        generation = sum(stages[name]["seconds"] for name in GENERATION)
        return {"warm, frames": (theirs["generate_seconds"], generation), "warm, mp4": (theirs["seconds"], job["wall_seconds"])}

    def cold(self):
        theirs = diffusers_program.run(self.model, [self.theirs()], threads=self.threads)
        outcome, (job,) = self.ours(1)
        work = sum(stage["seconds"] for stage in job["stages"] if stage["stage"] != "load")
        return {"cold, mp4": (theirs.run.seconds, outcome.run.seconds),
                "of it start-up": (theirs.run.seconds - theirs.answers[0]["seconds"], outcome.run.seconds - work)}


def print_table(pairs):
    print(f"{'':16}{'Diffusers':>10}{'clipmill':>10}{'ratio':>8}   quartiles")
    for what in pairs[0]:
        theirs, ours = zip(*(pair[what] for pair in pairs))
        lower, median, upper = quartiles([a / b for a, b in zip(theirs, ours)])
        print(f"{what:16}{statistics.median(theirs):10.2f}{statistics.median(ours):10.2f}{median:8.2f}   {lower:.2f} to {upper:.2f}")


def main():
    parser = clipmill.measurement_parser(__doc__, steps=20)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    program = clipmill.Clipmill(options.build)
    model = model_folder(program.build, options.model)
    print(f"{options.model}, {options.shape}, {options.steps} steps, fp32, {options.threads} threads, {options.pairs} pairs")
    with tempfile.TemporaryDirectory() as folder, diffusers_program.Warm(model, threads=options.threads) as process:
        comparison = Comparison(program, model, options, folder)
        largest, within = comparison.outputs(process)
        print(f"frames: largest difference {largest} of 255, {within:.2%} of bytes within 1", flush=True)
        print_table([comparison.warm(process) | comparison.cold() for _ in range(options.pairs)])


if __name__ == "__main__":
    main()
