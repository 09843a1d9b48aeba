#!/usr/bin/env python3
"""Memory budgets in equal steps, from the least that is accepted to what an unbounded run takes.

    budgets.py BUILD [--levels N] [--steps N] [--model NAME ...] [--shape WxHxFRAMES ...] [--threads N] [--device cpu:0|cuda:N]

For each: the plan that ran, seconds from prompt to last frame, the allocator's peak, and how far the frames are from
those of the unbounded run. Then half of the floor, which has to be refused with the bytes it would need. Models:
shapes (shipped) and wide (random; made by CLIPMILL_DIFFUSERS_PYTHON, see random_models.py). Exit code 1 when a run failed, took
more than its budget, gave other frames, or was accepted below the floor.
"""

import argparse
import pathlib
import sys
import tempfile

import clipmill_program as clipmill
import diffusers_program
import measure

PROMPT = "a red circle moving left on a black background"
SHAPES = ("64x64x17", "96x64x33", "128x128x9")
FLOOR_PRECISION = 1.01
SAME_BYTES = 0.999


class Clip:
    """One model and shape, run under budgets."""

    def __init__(self, program, model, shape, options, folder):
        width, height, frames = shape.split("x")
        self.program, self.folder = program, pathlib.Path(folder)
        self.flags = ["--model", model, "--prompt", PROMPT, "--size", f"{width}x{height}", "--frames", frames, "--guidance", "2",
                      "--steps", options.steps, "--threads", options.threads, "--device", options.device]

    def run(self, budget=None, plan=None):
        limits = (["--vram", budget] if budget else []) + (["--memory-plan", plan] if plan else [])
        return self.program.run(*self.flags, *limits, "--save-tensors", self.folder, "--output", self.folder / "clip.mp4")

    def frames(self):
        return clipmill.saved_bytes(self.folder / "frames.safetensors")


def least_accepted(clip, most):
    """Bytes, to 1 %: below it a run is refused. One that is accepted and then fails is an error."""
    low, high = 1, most
    while high > FLOOR_PRECISION * low:
        middle = (low + high) // 2
        outcome = clip.run(middle)
        if outcome.run.code == 0:
            high = middle
        elif outcome.refused:
            low = middle
        else:
            raise RuntimeError(f"accepted with {middle} bytes, and failed: {outcome.why()}")
    return high


def print_row(budget, outcome, difference):
    start = f"{budget / measure.MIB:9.1f}" if budget else "unbounded"
    if outcome.run.code != 0:
        print(f"{start}  {'refused' if outcome.refused else 'FAILED'}: {outcome.why()}", flush=True)
        return
    job = outcome.jobs[0]
    largest, within = difference
    print(f"{start} {clipmill.allocator_peak(job) / measure.MIB:9.1f} {clipmill.generation_seconds(job):8.2f} {largest:8} "
          f"{within:9.2%}  {clipmill.plans(job)}", flush=True)


def within_budget(clip, budget, expected):
    """Prints the row. True when it ended within the budget with the same frames."""
    outcome = clip.run(budget)
    done = outcome.run.code == 0
    difference = clipmill.byte_difference(clip.frames(), expected) if done else None
    print_row(budget, outcome, difference)
    return done and clipmill.allocator_peak(outcome.jobs[0]) <= budget and difference[1] >= SAME_BYTES


def refused_below(clip, floor):
    outcome = clip.run(floor // 2)
    print_row(floor // 2, outcome, (0, 1))
    return outcome.refused and "smallest memory plan" in outcome.run.errors


def table(clip, levels):
    """Prints it; how many of its rows are not as they should be."""
    unbounded = clip.run()
    if unbounded.run.code != 0:
        raise RuntimeError(f"unbounded: {unbounded.why()}")
    expected, most = clip.frames(), clipmill.allocator_peak(unbounded.jobs[0])
    floor = least_accepted(clip, most)
    print(f"floor {floor / measure.MIB:.1f} MiB ({floor / most:.0%} of the unbounded peak)")
    print("   budget  peak MiB  seconds  max off  within 1  plan")
    print_row(None, unbounded, (0, 1))
    budgets = [floor + (most - floor) * level // (levels - 1) for level in range(levels)]
    good = [within_budget(clip, budget, expected) for budget in reversed(budgets)] + [refused_below(clip, floor)]
    return good.count(False)


def model_folder(build, name):
    return measure.SHAPES if name == "shapes" else diffusers_program.random_model(build, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--levels", type=int, default=10)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", nargs="+", default=["shapes", "wide"], choices=["shapes", "wide", "width13"])
    parser.add_argument("--shape", nargs="+", default=SHAPES)
    parser.add_argument("--device", default="cpu:0")
    options = parser.parse_args()
    program, bad = clipmill.Clipmill(options.build), 0
    for name in options.model:
        for shape in options.shape:
            print(f"\n{name}, {shape}, {options.steps} steps, fp32, {options.device}")
            with tempfile.TemporaryDirectory() as folder:
                bad += table(Clip(program, model_folder(program.build, name), shape, options, folder), options.levels)
    print(f"\n{bad} rows are not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
