#!/usr/bin/env python3
"""Clips as a Diffusers user makes them: WanPipeline, then ffmpeg for the delivered size.

    diffusers_clips.py MODEL [--threads N] [--precision fp32|bf16] [--limit BYTES] [--live-peak] [--stop-on-error]

Reads a clip as JSON on each line of its input (prompt, width, height, frames, steps, guidance, seed; output and
output_size for an mp4; tensors for a folder with initial noise and frames) and answers each with a line of JSON:
seconds, generate_seconds, rss and error. The first line tells what came before: import_seconds, load_seconds, rss
and data after the imports. --limit bounds private memory (RLIMIT_DATA) above that of the bare process after its
imports. --stop-on-error ends the process with the first clip that failed. --live-peak counts what torch's allocator held
at most (by its profiler, which slows everything down). Needs tests/parity/requirements.txt.
"""

import time

START = time.monotonic()

import argparse  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy  # noqa: E402
import torch  # noqa: E402
from diffusers import AutoencoderKLWan, WanPipeline, WanTransformer3DModel  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import T5TokenizerFast, UMT5EncoderModel  # noqa: E402, F401 (the pipeline's own late imports)

from measure import status_bytes  # noqa: E402

IMPORT_SECONDS = time.monotonic() - START
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load(model, precision):
    """The VAE stays in fp32, as Diffusers' documentation has it."""
    vae = AutoencoderKLWan.from_pretrained(model, subfolder="vae", torch_dtype=torch.float32)
    pipeline = WanPipeline.from_pretrained(model, vae=vae, torch_dtype=PRECISIONS[precision])
    encoder = pipeline.text_encoder
    # Some versions leave embed_tokens empty when tie_word_embeddings is false.
    encoder.encoder.embed_tokens.weight.data.copy_(encoder.shared.weight.data)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def noise(pipeline, clip):
    """[1,C,T,H,W]"""
    spatial, temporal = pipeline.vae.config.scale_factor_spatial, pipeline.vae.config.scale_factor_temporal
    shape = (1, pipeline.transformer.config.in_channels, (clip["frames"] - 1) // temporal + 1,
             clip["height"] // spatial, clip["width"] // spatial)
    return torch.randn(shape, generator=torch.Generator().manual_seed(clip["seed"]))


def generate(pipeline, clip, latents):
    """[T,H,W,3] of float, from 0 to 1."""
    return pipeline(prompt=clip["prompt"], height=clip["height"], width=clip["width"], num_frames=clip["frames"],
                    num_inference_steps=clip["steps"], guidance_scale=float(clip["guidance"]), latents=latents).frames[0]


def write_video(frames, clip, threads):
    """8-bit frames to an mp4, scaled with the filter and the quality that clipmill uses."""
    height, width = frames.shape[1:3]
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "16",
               "-i", "-", "-vf", f"scale={clip['output_size'].replace('x', ':')}:flags=lanczos", "-pix_fmt", "yuv420p",
               "-c:v", "libx264", "-crf", "18", "-threads", str(threads), clip["output"]]
    subprocess.run(command, input=frames.tobytes(), check=True)


def save_tensors(folder, latents, frames):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"latents": latents}, folder / "init_latents.safetensors")
    save_file({"frames": torch.from_numpy(frames)}, folder / "frames.safetensors")


def make(pipeline, clip, threads):
    start = time.monotonic()
    latents = noise(pipeline, clip)
    frames = generate(pipeline, clip, latents)
    generated = time.monotonic()
    frames = numpy.ascontiguousarray((frames * 255).round().astype("uint8"))
    if "output" in clip:
        write_video(frames, clip, threads)
    answer = {"seconds": time.monotonic() - start, "generate_seconds": generated - start}
    if "tensors" in clip:
        save_tensors(Path(clip["tensors"]), latents, frames)
    return answer


def resident_bytes(pipeline):
    """Of all parameters and buffers."""
    parts = (pipeline.text_encoder, pipeline.transformer, pipeline.transformer_2, pipeline.vae)
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
                for part in parts if part for tensor in (*part.parameters(), *part.buffers())}
    return sum(storages.values())


def live_peak(pipeline, clip):
    """Most bytes that tensors held at once while the clip was made, weights included."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profiler:
        generate(pipeline, clip, noise(pipeline, clip))
    events = [event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"]
    live = peak = resident_bytes(pipeline)
    for event in sorted(events, key=lambda event: event.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    return {"live_peak": peak, "weights": resident_bytes(pipeline)}


def answer(pipeline, clip, options):
    try:
        found = live_peak(pipeline, clip) if options.live_peak else make(pipeline, clip, options.threads)
    except (RuntimeError, MemoryError, OSError, subprocess.SubprocessError) as error:
        found = {"error": (str(error).splitlines() or [type(error).__name__])[0]}
    return found | {"rss": status_bytes("self", "VmHWM")[0]}


def tell(values):
    print(json.dumps(values), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--live-peak", action="store_true")
    parser.add_argument("--stop-on-error", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rss, data = status_bytes("self", "VmRSS", "VmData")
    if options.limit:
        resource.setrlimit(resource.RLIMIT_DATA, (data + options.limit, data + options.limit))
    start = time.monotonic()
    pipeline = load(options.model, options.precision)
    tell({"import_seconds": IMPORT_SECONDS, "load_seconds": time.monotonic() - start, "rss": rss, "data": data})
    for line in sys.stdin:
        told = answer(pipeline, json.loads(line), options)
        tell(told)
        if options.stop_on_error and "error" in told:
            break


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    main()
