#!/usr/bin/env python3
"""Does clipmill make what Diffusers makes? Runs both on the same checkpoint, flags and initial noise, in fp32.

    compare_diffusers.py MODEL_DIR [--clipmill build/clipmill] --prompt "A cat" --width 64 --height 64 --frames 17 --steps 8
    compare_diffusers.py models/shapes --lora pytorch_lora_weights.safetensors …      # the same LoRA in both
    compare_diffusers.py --random 50                # random checkpoints of random configurations
    compare_diffusers.py --random 1 --seed 17 --keep FOLDER     # number 17 again, and keep its checkpoint

For developers; needs the packages of tests/parity/requirements.txt. Exit code 1: a difference beyond the tolerances
(relative L2 of embeddings 1e-5 and latents 1e-4; 99.5 % of the frames' bytes within 1).
"""

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "parity"))
from checkpoint import build, load  # noqa: E402
from pipelines import Clip, generate, initial_noise, relative_l2  # noqa: E402
from random_recipe import random_clip, random_recipe  # noqa: E402

TOLERANCE = {"prompt_embeds": 1e-5, "negative_prompt_embeds": 1e-5, "latents": 1e-4, "frames": 0.005}


def share_beyond_one(ours, reference):
    return ((ours.int() - reference.int()).abs() > 1).double().mean().item()


def differences(ours, reference):
    """{key: difference}; infinite where something is missing or has another shape."""
    found = {}
    for stem, tensors in reference.items():
        path = ours / f"{stem}.safetensors"
        saved = load_file(path) if path.exists() else {}
        for key, expected in tensors.items():
            measure = share_beyond_one if key == "frames" else relative_l2
            same_shape = key in saved and saved[key].shape == expected.shape
            found[key] = measure(saved[key], expected) if same_shape else float("inf")
    return found


def run_clipmill(program, model, clip, noise, folder, lora=None):
    """Returns the error output, empty when the run succeeded."""
    save_file({"latents": noise}, folder / "noise.safetensors")
    command = [program, "run", "--model", Path(model).resolve(), *clip.flags(), "--precision", "fp32", "--device", "cpu",
               "--init-latents", folder / "noise.safetensors", "--save-tensors", folder, "--output", folder / "clip.mp4"]
    if lora:
        command += ["--lora", Path(lora).resolve()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stdout}{done.stderr}"


def compare(program, model, clip, seed, lora=None):
    """Prints one line. True when everything is within tolerance."""
    pipeline = load(model)
    noise = initial_noise(pipeline, clip, seed)
    if lora:
        pipeline.load_lora_weights(lora)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problem = run_clipmill(program, model, clip, noise, folder, lora)
        found = {} if problem else differences(folder, generate(pipeline, clip, noise))
    good = not problem and all(value <= TOLERANCE[key] for key, value in found.items())
    shown = problem or "  ".join(f"{key} {value:.1e}" for key, value in found.items())
    print("ok  " if good else "BAD ", shown, flush=True)
    if not good:
        print("     flags:", *clip.flags(), flush=True)
    return good


def compare_random(program, seed, keep):
    rng = random.Random(seed)
    recipe = random_recipe(rng)
    clip = random_clip(rng, recipe)
    with tempfile.TemporaryDirectory() as name:
        model = Path(keep or name) / f"seed{seed}"
        build(recipe, model, seed)
        print(f"seed {seed}: ", end="", flush=True)
        return compare(program, model, clip, seed)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="checkpoint folder in the Diffusers layout")
    parser.add_argument("--clipmill", default="build/clipmill")
    parser.add_argument("--random", type=int, metavar="N", help="compare N random checkpoints instead")
    parser.add_argument("--seed", type=int, default=0, help="of the noise, or of the first random checkpoint")
    parser.add_argument("--keep", metavar="FOLDER", help="where the random checkpoints stay; otherwise they are deleted")
    parser.add_argument("--lora", metavar="FILE", help="a LoRA for the model folder, loaded by both")
    parser.add_argument("--prompt", default="A cat walks through tall green grass.")
    parser.add_argument("--negative-prompt")
    for name, kind in (("width", int), ("height", int), ("frames", int), ("steps", int), ("guidance", float),
                       ("guidance-2", float), ("flow-shift", float), ("max-text-tokens", int)):
        parser.add_argument(f"--{name}", type=kind)
    options = parser.parse_args()
    if (options.model is None) == (options.random is None):
        parser.error("give a model folder or --random N")
    return options


def main():
    options = arguments()
    program = Path(options.clipmill).resolve()
    if options.random is not None:
        good = [compare_random(program, options.seed + number, options.keep) for number in range(options.random)]
    else:
        given = {key: value for key, value in vars(options).items() if key in Clip.__annotations__ and value is not None}
        good = [compare(program, options.model, Clip(**given), options.seed, options.lora)]
    print(f"{sum(good)} of {len(good)} agree")
    return 0 if all(good) else 1


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    sys.exit(main())
