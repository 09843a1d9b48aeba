#!/usr/bin/env python3
"""Loads a model folder that clipmill wrote with Diffusers and makes a small clip.

    load_in_diffusers.py FOLDER [IDS.json]

IDS.json: [[caption, [id, ...]], ...], what clipmill's tokenizer makes of captions; Transformers must make the same.
Prints what it measured; ends with an error where something differs. Needs tests/parity/requirements.txt.
"""

import json
import sys

import torch
from diffusers import WanPipeline
from transformers import AutoTokenizer, T5TokenizerFast


def check_ids(folder, file):
    with open(file, encoding="utf-8") as stream:
        cases = json.load(stream)
    for name, loader in (("AutoTokenizer", AutoTokenizer), ("T5TokenizerFast", T5TokenizerFast)):
        tokenizer = loader.from_pretrained(f"{folder}/tokenizer")
        for caption, ids in cases:
            found = tokenizer(caption).input_ids
            assert found == ids, f"{name}: {caption!r}: {found}, clipmill {ids}"
        print(f"{name}: the same ids for {len(cases)} captions")


def check_clip(folder):
    pipeline, report = WanPipeline.from_pretrained(folder), {}
    for name in ("transformer", "vae", "text_encoder"):
        report[name] = str(getattr(pipeline, name).dtype)
    pipeline.to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    frames = pipeline("a red circle moving left on a black background", height=64, width=64, num_frames=5,
                      num_inference_steps=4, guidance_scale=2.0, output_type="pt",
                      generator=torch.Generator().manual_seed(1)).frames
    assert tuple(frames.shape) == (1, 5, 3, 64, 64), frames.shape
    assert torch.isfinite(frames).all(), "the clip holds NaN"
    print(f"loaded as {report}; a clip of mean {frames.mean():.3f}, standard deviation {frames.std():.3f}")


def main():
    torch.set_num_threads(1)
    if len(sys.argv) > 2:
        check_ids(sys.argv[1], sys.argv[2])
    check_clip(sys.argv[1])


if __name__ == "__main__":
    main()
