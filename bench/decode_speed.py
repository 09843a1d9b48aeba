#!/usr/bin/env python3
"""The VAE's decode beside Diffusers' AutoencoderKLWan: same random weights, latents and threads, in turn.

    decode_speed.py BENCH_DECODE_SPEED [--size 256 --frames 9 --threads 2 --rounds 3 --strips 1 2 4 8]

Prints seconds, memory above what was there before, and the largest difference of the frames. clipmill computes the VAE in
fp32 always; Diffusers does in fp32, by whose seconds all others are divided, and in bf16. "convolutions alone" is what of
Diffusers' own decode its convolutions take: oneDNN's, which a decode cannot do without. Needs tests/parity/requirements.txt.
"""

import argparse
import contextlib
import copy
import statistics
import subprocess
import tempfile
import time

import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import load_file, save_file


def resident(field):
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


@contextlib.contextmanager
def timed_convolutions():
    """A list to which each convolution meanwhile adds its seconds."""
    plain, seconds = {name: getattr(torch.nn.functional, name) for name in ("conv2d", "conv3d")}, []

    def timed(convolution):
        def run(*arguments, **options):
            start = time.perf_counter()
            result = convolution(*arguments, **options)
            seconds.append(time.perf_counter() - start)
            return result
        return run

    for name, convolution in plain.items():
        setattr(torch.nn.functional, name, timed(convolution))
    try:
        yield seconds
    finally:
        for name, convolution in plain.items():
            setattr(torch.nn.functional, name, convolution)


def decode_in_diffusers(vae, latents):
    """Seconds, growth in bytes, frames, seconds of convolutions. The VAE takes latents that are not normalised."""
    before = resident("VmRSS")
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    mean, std = (torch.tensor(x).view(1, -1, 1, 1, 1) for x in (vae.config.latents_mean, vae.config.latents_std))
    given = (latents / (1.0 / std) + mean).to(vae.dtype)
    start = time.perf_counter()
    with torch.no_grad(), timed_convolutions() as convolutions:
        frames = vae.decode(given, return_dict=False)[0]
    return time.perf_counter() - start, resident("VmHWM") - before, frames.float(), sum(convolutions)


def decode_in_clipmill(bench, folder, threads, strips):
    """Seconds, the allocator's peak, growth, frames."""
    out = subprocess.run([bench, folder, str(threads), str(strips)], check=True, capture_output=True, text=True).stdout
    seconds, peak, growth = out.split()
    return float(seconds), int(peak), int(growth), load_file(f"{folder}/frames.safetensors")["frames"]


def print_row(name, seconds, reference, peak, growth, difference):
    ratios = [r / s for s, r in zip(seconds, reference)]
    print(f"{name:<22}{statistics.median(seconds):>9.2f} ({min(seconds):.2f}-{max(seconds):.2f})"
          f"{statistics.median(ratios):>8.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
          f"{peak / 2**20 if peak else float('nan'):>10.0f}{growth / 2**20:>10.0f}{difference:>12.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--strips", type=int, nargs="+", default=[1, 2, 4, 8])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    vae = AutoencoderKLWan().eval()
    latents = torch.randn(1, 16, (args.frames - 1) // 4 + 1, args.size // 8, args.size // 8)
    half = copy.deepcopy(vae).to(torch.bfloat16)
    reference, in_half, rows = [], [], {strips: [] for strips in args.strips}
    with tempfile.TemporaryDirectory() as folder:
        vae.save_pretrained(folder)
        save_file({"latents": latents}, f"{folder}/latents.safetensors")
        for _ in range(args.rounds):
            reference.append(decode_in_diffusers(vae, latents))
            in_half.append(decode_in_diffusers(half, latents))
            for strips in args.strips:
                rows[strips].append(decode_in_clipmill(args.bench, folder, args.threads, strips))
    frames = reference[0][2]
    print(f"{args.size}x{args.size}, {args.frames} frames, {args.threads} threads; {args.rounds} rounds: median (range)")
    print(f"{'':<22}{'seconds':>21}{'times faster':>20}{'peak MiB':>10}{'grown MiB':>10}{'max diff.':>12}")
    seconds = [r[0] for r in reference]
    print_row("Diffusers, fp32", seconds, seconds, None, max(r[1] for r in reference), 0.0)
    print_row("  convolutions alone", [r[3] for r in reference], seconds, None, 0, 0.0)
    print_row("Diffusers, bf16", [r[0] for r in in_half], seconds, None, max(r[1] for r in in_half),
              (in_half[0][2] - frames).abs().max().item())
    for strips, row in rows.items():
        print_row(f"clipmill, {strips} strip(s)", [r[0] for r in row], seconds, max(r[1] for r in row),
                  max(r[2] for r in row), (row[0][3] - frames).abs().max().item())


if __name__ == "__main__":
    main()
