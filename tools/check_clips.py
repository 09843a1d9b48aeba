#!/usr/bin/env python3
"""Are the clips of a run what was asked for? Reads what `clipmill run --json` printed, asks ffprobe about every clip,
and puts stills of all of them on one sheet. Exit code 1: something is wrong, and a line on stderr says what.

    check_clips.py OUTCOME.json [--sheet SHEET.png]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

STILLS, CELL, CAPTION, COLUMNS = 8, 112, 26, 2
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def wanted(spec):
    """Width, height and frames a second, as delivered."""
    return (spec["output_width"] or spec["width"], spec["output_height"] or spec["height"],
            spec["output_fps"] or spec["fps"])


def probe(path):
    """What ffprobe says of the video stream, every frame decoded."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-of", "json", "-show_entries",
               "stream=codec_name,width,height,r_frame_rate,nb_read_frames", path]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        raise ValueError(f"ffprobe: {done.stderr.strip()}")
    return json.loads(done.stdout)["streams"][0]


def check(job):
    """The number of frames. Raises ValueError with the first thing that is wrong."""
    stream, (width, height, fps) = probe(job["output"]), wanted(job["spec"])
    frames = int(stream["nb_read_frames"])
    duration = job["spec"]["frames"] / job["spec"]["fps"]
    if stream["codec_name"] != "h264":
        raise ValueError(f"codec {stream['codec_name']} instead of h264")
    if (stream["width"], stream["height"]) != (width, height):
        raise ValueError(f"{stream['width']}x{stream['height']} instead of {width}x{height}")
    if abs(Fraction(stream["r_frame_rate"]) - Fraction(fps)) > Fraction(1, 100):
        raise ValueError(f"{stream['r_frame_rate']} frames a second instead of {fps:g}")
    if frames == 0 or abs(frames - duration * fps) > 1:
        raise ValueError(f"{frames} frames instead of about {duration * fps:.1f}")
    return frames


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def draw_row(job, frames, text, row):
    """Evenly spaced stills of the delivered clip under its prompt."""
    width, height, fps = wanted(job["spec"])
    text.write_text(f"{job['spec']['prompt']}   ({width}x{height}, {fps:g} fps, seed {job['spec']['seed']})")
    picked = "+".join(f"eq(n,{i * (frames - 1) // (STILLS - 1)})" for i in range(STILLS))
    ffmpeg("-i", job["output"], "-vf",
           f"select='{picked}',scale={CELL}:{CELL}:force_original_aspect_ratio=decrease:flags=area,"
           f"pad={CELL}:{CELL}:-1:-1:0x303030,tile={STILLS}x1:padding=2:color=0x303030,"
           f"pad=iw+16:ih+{CAPTION}:8:{CAPTION}:0x181818,drawtext=textfile={text}:expansion=none:fontfile={FONT}:"
           "fontsize=15:fontcolor=white:x=8:y=6", "-frames:v", 1, row)


def draw_sheet(jobs, frames, sheet):
    with tempfile.TemporaryDirectory() as folder:
        for index, job in enumerate(jobs):
            draw_row(job, frames[index], Path(folder, "text"), Path(folder, f"{index:04}.png"))
        rows = -(-len(jobs) // COLUMNS)
        ffmpeg("-i", Path(folder, "%04d.png"), "-vf", f"tile={COLUMNS}x{rows}:color=0x181818", "-frames:v", 1, sheet)


def is_newer(sheet, jobs):
    return sheet.exists() and all(sheet.stat().st_mtime > Path(job["output"]).stat().st_mtime for job in jobs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outcome", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    jobs, frames = json.loads(arguments.outcome.read_text())["jobs"], []
    for job in jobs:
        try:
            frames.append(check(job))
        except ValueError as error:
            sys.exit(f"{job['output']}: {error}")
    print(f"{len(jobs)} clips are as asked for: codec, size, frame rate and length, by ffprobe")
    if arguments.sheet and not is_newer(arguments.sheet, jobs):
        draw_sheet(jobs, frames, arguments.sheet)


if __name__ == "__main__":
    main()
