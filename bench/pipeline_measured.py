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


def run(clips, overlap, one_by_one=False):
    with tempfile.TemporaryDirectory() as folder:
        manifest = pathlib.Path(folder) / "shots.jsonl"
        clip = {"prompt": "a red circle moving left on a black background", "model": str(SOURCE / "models/shapes"),
                "size": "64x64", "frames": 33, "steps": 10, "guidance": 2, "output_size": "1280x720"}
        shots = [{**clip, "seed": i, "output": f"{i}.mp4"} for i in range(clips)]
        for before, shot in zip(shots, shots[1:] if one_by_one else []):
            shot["after"] = [before["output"]]
        manifest.write_text("".join(json.dumps(shot) + "\n" for shot in shots))
        lanes = ["--decode-threads", "1", "--decode-cores", "1"] if overlap else []
        answer = subprocess.run(
            [BUILD / "clipmill", "run", manifest, "--output-folder", folder, "--threads", "1", "--cores", "0", "--json",
             *lanes], check=True, capture_output=True, text=True)
        return json.loads(answer.stdout)


def stage_times():
    """Of a clip that has the machine to itself and finds its model loaded, under the same pinning: seconds until its latents
    are there, and from there to its file."""
    job = max(run(3, True, one_by_one=True)["jobs"], key=lambda job: job["id"])
    stages = {stage["stage"]: stage["seconds"] for stage in job["stages"]}
    first = sum(stages[name] for name in FIRST)
    return first, job["wall_seconds"] - first - stages.get("load", 0)


def measure(overlap):
    """Seconds that CLIPS clips take more than one clip does, which starts up and loads as well."""
    return run(CLIPS, overlap)["totals"]["wall_seconds"] - run(1, overlap)["totals"]["wall_seconds"]


def main():
    ratios, gains = [], []
    print(f"{'t1':>7}{'t2':>7}{'formula':>9}{'measured':>10}{'ratio':>7}{'no overlap':>12}{'gain':>6}")
    for _ in range(REPEATS):
        times = [stage_times() for _ in range(3)]
        t1, t2 = (statistics.median(each) for each in zip(*times))
        total, alone = measure(True) + t1 + t2, measure(False) + t1 + t2
        formula = t1 + t2 + (CLIPS - 1) * max(t1, t2)
        ratios.append(total / formula)
        gains.append(alone / total)
        print(f"{t1:7.3f}{t2:7.3f}{formula:9.2f}{total:10.2f}{ratios[-1]:7.3f}{alone:12.2f}{gains[-1]:6.2f}", flush=True)
    print(f"median: measured / formula {statistics.median(ratios):.3f}, gain {statistics.median(gains):.2f}")


if __name__ == "__main__":
    main()
