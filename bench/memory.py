#!/usr/bin/env python3
"""Peak memory of generating a clip: Diffusers' default call, then clipmill's memory plans alone and all together.

    memory.py BUILD [--model shapes|wide|width13] [--shape WxHxFRAMES] [--steps N] [--threads N] [--repeats N]

tensors    most bytes that torch's allocator held at once, weights included: what a device needs
process    most resident memory of the process above what it has after its imports (of a worker: when it is up)
seconds    of a clip in a process that has run one before, from prompt to last frame: the median of the repeats
predicted  peak of the tensors by `clipmill estimates`, and how far the measured one is from it

Naive is WanPipeline in fp32 with everything resident. Needs CLIPMILL_DIFFUSERS_PYTHON.
"""

import pathlib
import statistics
import tempfile

import clipmill_program as clipmill
import diffusers_program
import measure
from budgets import PROMPT, model_folder

PLANS = {
    "unbounded": "resident",
    "released": "released",
    "chunks": "resident, chunks 4",
    "streamed": "resident, streamed",
    "strips": "resident, strips 4",
    "text streamed": "resident, text streamed",
    "without streaming": "released, chunks 4, strips 4",
    "all": "released, text streamed, streamed, chunks 8, strips 8",
}
REFERENCE, AIM, MOST_TIME = -0.63, -0.80, 1.15


class Row:
    """What one way took; bytes, seconds, and predicted bytes where there is a prediction."""

    def __init__(self, name, tensors, process, seconds, predicted=None):
        self.name, self.tensors, self.process, self.seconds, self.predicted = name, tensors, process, seconds, predicted

    def text(self, naive):
        line = (f"{self.name:18} {self.tensors / measure.MIB:9.1f} {self.tensors / naive.tensors - 1:+7.0%} "
                f"{self.process / measure.MIB:9.1f} {self.process / naive.process - 1:+7.0%} {self.seconds:9.2f}")
        if self.predicted:
            line += f" {self.predicted / measure.MIB:11.1f} {self.tensors / self.predicted - 1:+7.1%}"
        return line


def clip_of(options, model):
    width, height, frames = map(int, options.shape.split("x"))
    return {"prompt": PROMPT, "model": str(model), "width": width, "height": height, "frames": frames, "steps": options.steps,
            "guidance": 2}


def naive(model, clip, options):
    """Timed and watched in one process, its tensors counted in another, as counting takes time and memory."""
    timed = diffusers_program.run(model, [clip | {"seed": seed} for seed in range(1 + options.repeats)], threads=options.threads)
    if timed.failures(1 + options.repeats):
        raise RuntimeError(timed.why())
    counted = diffusers_program.run(model, [clip | {"seed": 0, "steps": 1}], threads=options.threads, live_peak=True)
    seconds = [answer["generate_seconds"] for answer in timed.answers[1:]]
    return Row("naive", counted.answers[0]["live_peak"], timed.run.peak_rss - timed.start["rss"], statistics.median(seconds))


def predicted_peak(program, shots, plan):
    stages = program.estimates(shots, "--memory-plan", plan)[0]["stages"]
    return max(stage["bytes"] for stage in stages)


def under_plan(program, name, clip, options, baseline):
    with tempfile.TemporaryDirectory() as folder:
        clips = [clip | {"seed": seed, "output": f"{seed}.mp4"} for seed in range(1 + options.repeats)]
        shots = clipmill.manifest(pathlib.Path(folder, "shots.jsonl"), clips)
        predicted = predicted_peak(program, shots, PLANS[name])
        outcome = program.run(shots, "--output-folder", folder, "--memory-plan", PLANS[name], "--threads", options.threads)
        if outcome.run.code != 0:
            raise RuntimeError(f"{name}: {outcome.why()}")
        jobs = sorted(outcome.jobs, key=lambda job: job["id"])
        return Row(name, max(map(clipmill.allocator_peak, jobs)), outcome.run.peak_rss - baseline,
                   statistics.median(map(clipmill.generation_seconds, jobs[1:])), predicted)


def print_verdict(rows, reference):
    unbounded = next(row for row in rows if row.name == "unbounded")
    small = [row for row in rows if row.tensors / reference.tensors - 1 <= REFERENCE]
    least = min(rows, key=lambda row: row.tensors)
    print(f"least: {least.name}, {least.tensors / reference.tensors - 1:+.0%} (reference {REFERENCE:+.0%}, aim {AIM:+.0%})")
    if small:
        fastest = min(small, key=lambda row: row.seconds)
        print(f"fastest that reaches {REFERENCE:+.0%}: {fastest.name}, {fastest.seconds / unbounded.seconds:.2f} × the unbounded "
              f"time (aim ≤ {MOST_TIME} ×)")
    else:
        print(f"none reaches {REFERENCE:+.0%}")


def main():
    parser = clipmill.measurement_parser(__doc__, steps=4)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    program = clipmill.Clipmill(options.build)
    model = model_folder(program.build, options.model)
    clip, (baseline, _) = clip_of(options, model), program.worker_baseline()
    print(f"{options.model}, {options.shape}, {options.steps} steps, fp32, {options.threads} threads")
    print(f"{'':18} {'tensors MiB':>17} {'process MiB':>17} {'seconds':>9} {'predicted':>11} {'off':>7}")
    reference = naive(model, clip, options)
    print(reference.text(reference), flush=True)
    rows = []
    for name in PLANS:
        rows.append(under_plan(program, name, clip, options, baseline))
        print(rows[-1].text(reference), flush=True)
    print_verdict(rows, reference)


if __name__ == "__main__":
    main()
