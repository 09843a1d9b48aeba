#!/usr/bin/env python3
"""n equal clips, denoised on one core and decoded on another: the measured total beside the formula
t_1 + t_2 + (n-1) max(t_1, t_2) of its stages' times, measured under the same pinning, and beside no overlap.

Usage: pipeline_measured.py BUILD [CLIPS] [REPEATS]
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
CLIPS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
REPEATS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
FIRST = ("encode_text", "denoise")
LAST = ("decode", "render", "encode_video")


def run(clips, overlap):
    with tempfile.TemporaryDirectory() as folder:
        manifest = pathlib.Path(folder) / "shots.jsonl"
        clip = {"prompt": "a red circle moving left on a black background", "model": str(SOURCE / "models/shapes"),
                "size": "64x64", "frames": 33, "steps": 10, "guidance": 2, "output_size": "1280x720"}
        manifest.write_text("".join(json.dumps({**clip, "seed": i, "output": f"{i}.mp4"}) + "\n" for i in range(clips)))
        lanes = ["--decode-threads", "1", "--decode-cores", "1"] if overlap else []
        answer = subprocess.run(
            [BUILD / "clipmill", "run", manifest, "--output-folder", folder, "--threads", "1", "--cores", "0", "--json",
             *lanes], check=True, capture_output=True, text=True)
        return json.loads(answer.stdout)


def stage_times(outcome):
    """Medians over the clips: of denoising, and of the longest of the stages that frames flow through."""
    jobs = outcome["jobs"][1:]  # the first one loads the model
    stages = [{stage["stage"]: stage["seconds"] for stage in job["stages"]} for job in jobs]
    first = [sum(each[name] for name in FIRST) for each in stages]
    last = [max(each[name] for name in LAST) for each in stages]
    return statistics.median(first), statistics.median(last)


def measure(overlap):
    """Seconds that CLIPS clips take without start-up and loading, which one clip has as well; and t_1, t_2."""
    outcome = run(CLIPS, overlap)
    t1, t2 = stage_times(outcome)
    return outcome["totals"]["wall_seconds"] - run(1, overlap)["totals"]["wall_seconds"] + t1 + t2, t1, t2


def main():
    ratios, gains = [], []
    print(f"{'t1':>7}{'t2':>7}{'formula':>9}{'measured':>10}{'ratio':>7}{'no overlap':>12}{'gain':>6}")
    for _ in range(REPEATS):
        total, t1, t2 = measure(True)
        alone = measure(False)[0]
        formula = t1 + t2 + (CLIPS - 1) * max(t1, t2)
        ratios.append(total / formula)
        gains.append(alone / total)
        print(f"{t1:7.3f}{t2:7.3f}{formula:9.2f}{total:10.2f}{ratios[-1]:7.3f}{alone:12.2f}{gains[-1]:6.2f}", flush=True)
    print(f"median: measured / formula {statistics.median(ratios):.3f}, gain {statistics.median(gains):.2f}")


if __name__ == "__main__":
    main()
