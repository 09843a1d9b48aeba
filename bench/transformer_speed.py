#!/usr/bin/env python3
"""A pass of Diffusers' WanTransformer3DModel, for bench_transformer_speed.

    transformer_speed.py FOLDER        (started by bench_transformer_speed, which writes FOLDER)

Reads lines "fp32" or "bf16", runs one pass, writes its velocity to FOLDER/PRECISION.safetensors and answers
"SECONDS PROCESSOR_SECONDS PEAK_BYTES" (of the resident set, above what it was before the pass).
"""

import json
import sys
import time

import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file, save_file

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def status_bytes(key):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key + ":"))


def reset_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


@torch.inference_mode()
def main():
    folder = sys.argv[1]
    with open(f"{folder}/settings.json", encoding="utf-8") as file:
        torch.set_num_threads(json.load(file)["threads"])
    inputs = load_file(f"{folder}/inputs.safetensors")
    models = {}
    print("ready", flush=True)
    for line in sys.stdin:
        precision = line.strip()
        dtype = TYPES[precision]
        if precision not in models:
            models.clear()
            models[precision] = WanTransformer3DModel.from_pretrained(f"{folder}/transformer", torch_dtype=dtype)
        latents, embeds = inputs["latents"].to(dtype), inputs["embeds"].to(dtype)
        before = status_bytes("VmRSS")
        reset_peak()
        start, processor = time.perf_counter(), time.process_time()
        velocity = models[precision](latents, inputs["timestep"], embeds, return_dict=False)[0]
        seconds, used = time.perf_counter() - start, time.process_time() - processor
        peak = status_bytes("VmHWM") - before
        save_file({"velocity": velocity.float().contiguous()}, f"{folder}/{precision}.safetensors")
        print(f"{seconds:.6f} {used:.6f} {peak}", flush=True)


if __name__ == "__main__":
    main()
