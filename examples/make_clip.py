#!/usr/bin/env python3
"""A stand-in for a model of your own: draws a moving test picture with ffmpeg and says how far it is.

What it shows is all that clipmill asks of a program: write the file it is told, print progress, exit with 0.
"""
import argparse
import subprocess
import sys


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--fps", type=float, default=24)
    parser.add_argument("--output", required=True)
    return parser.parse_args()


def encoder(options):
    """ffmpeg, which takes raw RGB frames on its standard input."""
    return subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", options.size, "-r", str(options.fps), "-i", "-",
         "-pix_fmt", "yuv420p", "-metadata", f"comment={options.prompt}", options.output], stdin=subprocess.PIPE)


def frame(options, number):
    """A diagonal gradient that moves; the seed chooses its colours."""
    width, height = (int(side) for side in options.size.split("x"))
    red, green, blue = (options.seed * step % 5 + 1 for step in (1, 2, 3))
    row = bytearray()
    for x in range(width):
        row += bytes(((x * red + number * 4) % 256, (x * green) % 256, (x * blue + number) % 256))
    return b"".join(row[3 * (y % width):] + row[: 3 * (y % width)] for y in range(height))


def main():
    options = parse()
    video = encoder(options)
    for number in range(options.frames):
        video.stdin.write(frame(options, number))
        print(f"frame {number + 1}/{options.frames}", flush=True)
    video.stdin.close()
    return video.wait()


if __name__ == "__main__":
    sys.exit(main())
