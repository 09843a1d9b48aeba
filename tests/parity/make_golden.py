#!/usr/bin/env python3
"""Makes tests/golden: small random checkpoints, and what Diffusers computes from them (fp32, CPU, ftfy installed).

    python3 -m venv reference && reference/bin/pip install -r tests/parity/requirements.txt
    reference/bin/python tests/parity/make_golden.py [FOLDER]

The committed data is the judge of the parity tests; run this only to change the cases. See tests/golden/README.md.
"""

import json
import sys
from pathlib import Path

import torch

from checkpoint import build, load
from modules import (TOKENIZER_CASES, UMT5_CASES, write_schedules, write_text_encoder, write_tokenizer, write_transformer, write_vae_decode,
                     write_vae_encode)
from pipelines import Clip, distances, generate, write_case
from recipes import RECIPES

CAT = "A cat walks through tall green grass in the evening light."
NEGATIVE = "low quality, blurry, static picture"

CASES = {  # name: (checkpoint, clip)
    "wan21": ("wan21", Clip(CAT, NEGATIVE, steps=6)),
    "wan21_no_guidance": ("wan21", Clip("“Snow” falls &amp; lamps glow: 夕阳 ☃", frames=5, guidance=1.0)),
    "wan21_one_frame": ("wan21", Clip(CAT, width=48, height=64, frames=1, guidance=5.0, max_text_tokens=16)),
    "wan21_flow_shift": ("wan21", Clip("Snow falls", NEGATIVE, width=32, height=48, frames=5, flow_shift=7.5)),
    "wan21_one_step": ("wan21", Clip(CAT * 4, "", width=48, height=32, frames=5, steps=1, max_text_tokens=20)),
    "two_transformers": ("two_transformers", Clip(CAT, NEGATIVE, frames=5, steps=6, guidance_2=2.5)),
    "two_transformers_flow_shift": ("two_transformers", Clip("Snow falls", width=32, frames=9, flow_shift=2.0)),
    "residual": ("residual", Clip(CAT, NEGATIVE, width=96, height=64, frames=9)),
    "residual_one_frame": ("residual", Clip(CAT, width=64, height=96, frames=1, steps=3)),
}


def write_modules(name, pipeline, folder):
    """Where sizes differ: latents are 6×10, so that height and width cannot be mixed up."""
    folder.mkdir(parents=True, exist_ok=True)
    per_token = pipeline.config.expand_timesteps
    # Euler's timesteps are fractions, UniPC's whole numbers.
    timesteps = (857.6923, 120.5) if name == "two_transformers" else (999, 250)
    for number, timestep in enumerate(timesteps):
        write_transformer(pipeline.transformer, folder / f"transformer_{number}.safetensors", (3, 6, 10), timestep, per_token)
    if pipeline.transformer_2 is not None:
        write_transformer(pipeline.transformer_2, folder / "transformer_2.safetensors", (2, 4, 6), timesteps[1])
    write_text_encoder(pipeline, folder, [(1, 8), (7, 24), (24, 24), (150, 160)] if name == "wan21" else [(9, 20)])
    write_vae_decode(pipeline.vae, folder / "vae_decode_1.safetensors", (1, 3, 5))
    write_vae_decode(pipeline.vae, folder / "vae_decode_3.safetensors", (3, 2, 3))
    factor = pipeline.vae.config.scale_factor_spatial
    write_vae_encode(pipeline.vae, folder / "vae_encode.safetensors", (9 if factor <= 8 else 5, 2 * factor, 3 * factor))


def half_distances(model, clip, made):
    """How far the reference in bf16 and in fp16 is from itself in fp32, by key."""
    noise, reference = made["init_latents"]["latents"], {stem: made[stem] for stem in ("prompt_embeds", "latents", "frames")}
    return {name: distances(generate(load(model, dtype), clip, noise), reference)
            for name, dtype in (("bf16", torch.bfloat16), ("fp16", torch.float16))}


def write_cases(pipelines, folder):
    """cases.json: for each clip the flags of `clipmill run` (paths relative to the file) and what must come out, exactly in
    fp32, and how far from that the reference itself is in half precision."""
    listed = []
    for seed, (name, (model, clip)) in enumerate(CASES.items()):
        made = write_case(pipelines[model], clip, folder / "pipelines" / name, seed)
        flags = ["--model", f"models/{model}", *clip.flags(), "--precision", "fp32", "--device", "cpu",
                 "--init-latents", f"pipelines/{name}/init_latents.safetensors"]
        expected = {stem: f"pipelines/{name}/{stem}.safetensors" for stem in ("prompt_embeds", "latents", "frames")}
        half = half_distances(folder / "models" / model, clip, made)
        listed.append({"name": name, "flags": flags, "expected": expected, "half_distance": half})
    (folder / "cases.json").write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "golden")
    torch.set_num_threads(1)
    pipelines = {}
    for name, (recipe, seed) in RECIPES.items():
        build(recipe, folder / "models" / name, seed)
        pipelines[name] = load(folder / "models" / name)
        write_modules(name, pipelines[name], folder / "modules" / name)
    write_tokenizer(pipelines["wan21"], folder / "modules" / "wan21" / "tokenizer.json", TOKENIZER_CASES)
    write_tokenizer(pipelines["two_transformers"], folder / "modules" / "two_transformers" / "tokenizer.json", UMT5_CASES,
                    unknown=3)
    write_schedules(folder / "modules")
    write_cases(pipelines, folder)


if __name__ == "__main__":
    main()
