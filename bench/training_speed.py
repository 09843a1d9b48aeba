#!/usr/bin/env python3
"""The training step of bench_training_speed in Python, with Diffusers' transformer and Transformers' text encoder.

    training_speed.py FOLDER        (started by bench_training_speed, which writes FOLDER)

Reads lines "VARIANT STEP" and answers each with "LOSS SECONDS" (of the processor). Variants:
    usual      captions as WanPipeline gives them: padded to 512 tokens, zeros after the last one
    trimmed    padded to the batch's longest caption, which the pipeline does not do and is not quite the same function
Each variant is a model of its own, from the same weights. Needs tests/parity/requirements.txt.
"""

import json
import sys
import time

import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file
from transformers import UMT5EncoderModel

LENGTHS = {"usual": 512, "trimmed": 0}


class Training:
    def __init__(self, folder, settings, length):
        self.length = length
        self.clip_norm = settings["clip_norm"]
        self.text_encoder = UMT5EncoderModel.from_pretrained(f"{folder}/model/text_encoder").float().train()
        self.transformer = WanTransformer3DModel.from_pretrained(f"{folder}/model/transformer").float().train()
        self.parameters = list(self.text_encoder.parameters()) + list(self.transformer.parameters())
        for parameter in self.parameters:
            parameter.requires_grad_(True)
        matrices = [p for p in self.parameters if p.dim() > 1]
        vectors = [p for p in self.parameters if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": settings["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}],
            betas=(settings["beta1"], settings["beta2"]), eps=1e-8, fused=True)
        self.average = [p.detach().clone() for p in self.parameters]

    def context(self, ids, mask):
        """[B, S] → [B, S or 512, d], zeros for padding."""
        pad = max(0, self.length - ids.shape[1])
        ids, mask = torch.nn.functional.pad(ids, (0, pad)), torch.nn.functional.pad(mask, (0, pad))
        return self.text_encoder(ids, mask.long()).last_hidden_state * mask.unsqueeze(-1)

    def step(self, batch, learning_rate, decay):
        self.optimizer.zero_grad(set_to_none=True)
        context = self.context(batch["ids"], batch["mask"])
        predicted = self.transformer(batch["x"], batch["timestep"], context, return_dict=False)[0]
        loss = torch.nn.functional.mse_loss(predicted.float(), batch["velocity"])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1 - decay)
        return loss.item()


def main():
    folder = sys.argv[1]
    with open(f"{folder}/settings.json", encoding="utf-8") as file:
        settings = json.load(file)
    torch.set_num_threads(settings["threads"])
    tensors = load_file(f"{folder}/batches.safetensors")
    trainings = {name: Training(folder, settings, length) for name, length in LENGTHS.items()}
    print("ready", flush=True)
    for line in sys.stdin:
        variant, step = line.split()
        batch = {name: tensors[f"{name}.{step}"] for name in ("x", "velocity", "timestep", "ids", "mask")}
        start = time.process_time()
        loss = trainings[variant].step(batch, settings["learning_rates"][int(step)], settings["decays"][int(step)])
        print(f"{loss:.8f} {time.process_time() - start:.6f}", flush=True)


if __name__ == "__main__":
    main()
