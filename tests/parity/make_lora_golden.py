#!/usr/bin/env python3
"""Makes tests/golden/lora: LoRA files in the three key styles for models/wan21, and what Diffusers computes with them.

    reference/bin/python tests/parity/make_lora_golden.py

Needs peft beside tests/parity/requirements.txt. Inputs are those of modules/wan21/transformer_0.safetensors.
"""

import json
import re
import shutil
from pathlib import Path

import torch
from diffusers import WanPipeline, WanTransformer3DModel
from safetensors.torch import load_file, save_file

GOLDEN = Path(__file__).parents[1] / "golden"
FOLDER = GOLDEN / "lora"

ORIGINAL = [("attn1.to_out.0", "self_attn.o"), ("attn2.to_out.0", "cross_attn.o"), ("attn1.to_", "self_attn."),
            ("attn2.to_", "cross_attn."), ("ffn.net.0.proj", "ffn.0"), ("ffn.net.2", "ffn.2"), ("proj_out", "head.head"),
            ("condition_embedder.time_proj", "time_projection.1"),
            ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
            ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
            ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
            ("condition_embedder.text_embedder.linear_2", "text_embedding.2")]

CASES = {  # name: [(file, scale)]
    "diffusers": [("diffusers", 1.0)],
    "original": [("original", 1.0)],
    "kohya": [("kohya", 1.0)],
    "patterns": [("patterns", 1.0)],
    "outside": [("outside", 1.0)],
    "head_difference": [("head_difference", 1.0)],
    "several": [("kohya", 0.7), ("outside", -0.4), ("patterns", 1.5)],
}


def original(layer):
    for checkpoint, name in ORIGINAL:
        layer = layer.replace(checkpoint, name)
    return layer


class Maker:
    def __init__(self, transformer):
        self.shapes = {name: module.weight.shape for name, module in transformer.named_modules()
                       if isinstance(module, torch.nn.Linear)}
        self.generator = torch.Generator().manual_seed(7)

    def in_blocks(self):
        return [name for name in self.shapes if name.startswith("blocks.")]

    def outside(self):
        return [name for name in self.shapes if not name.startswith("blocks.")]

    def random(self, *shape, spread=1.0):
        return torch.randn(*shape, generator=self.generator) * spread

    def pair(self, layer, rank):
        """A, B so that B·A is about a third as large as the weight."""
        out, width = self.shapes[layer]
        return self.random(rank, width, spread=width ** -0.5), self.random(out, rank, spread=0.3 * rank ** -0.5)

    def bias(self, layer):
        return self.random(self.shapes[layer][0], spread=0.1)


def write(name, tensors, config=None):
    config = {f"transformer.{key}": value for key, value in (config or {}).items()}
    metadata = {"format": "pt"} | ({"lora_adapter_metadata": json.dumps(config, indent=2, sort_keys=True)} if config else {})
    save_file({key: value.contiguous() for key, value in tensors.items()}, FOLDER / f"{name}.safetensors", metadata)


def write_three_styles(maker, rank=2, alpha=3.0):
    """The same LoRA of every layer in the blocks."""
    pairs = {layer: maker.pair(layer, rank) for layer in maker.in_blocks()}
    peft, comfy, kohya = {}, {}, {}
    for layer, (down, up) in pairs.items():
        peft |= {f"transformer.{layer}.lora_A.weight": down, f"transformer.{layer}.lora_B.weight": up}
        name = f"diffusion_model.{original(layer)}"
        comfy |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(alpha)}
        name = "lora_unet_" + original(layer).replace(".", "_")
        kohya |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(alpha)}
    write("diffusers", peft, {"r": rank, "lora_alpha": alpha, "target_modules": ["to_q", "to_k", "to_v", "to_out.0",
                                                                                 "net.0.proj", "net.2"]})
    write("original", comfy)
    write("kohya", kohya)


def write_patterns(maker):
    """PEFT with biases of B, another rank and another alpha in some layers."""
    tensors, ranks, alphas = {}, {"to_k": 3}, {"attn2.to_v": 5.0, "^blocks.1.attn1.to_q": 1.0}
    layers = [layer for layer in maker.in_blocks() if re.search(r"to_[qkv]$", layer)]
    for layer in layers:
        down, up = maker.pair(layer, 3 if layer.endswith("to_k") else 2)
        tensors |= {f"transformer.{layer}.lora_A.weight": down, f"transformer.{layer}.lora_B.weight": up,
                    f"transformer.{layer}.lora_B.bias": maker.bias(layer)}
    write("patterns", tensors, {"r": 2, "lora_alpha": 4.0, "target_modules": layers, "rank_pattern": ranks,
                                "alpha_pattern": alphas, "lora_bias": True})


def write_outside(maker):
    """ComfyUI's names with lora_A, lora_B and bias differences: everything outside of the blocks and one layer inside.
    The difference of a norm has to be ignored."""
    tensors = {}
    for layer in maker.outside() + ["blocks.1.ffn.net.2"]:
        down, up = maker.pair(layer, 2)
        name = f"diffusion_model.{original(layer)}"
        tensors |= {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up, f"{name}.diff_b": maker.bias(layer)}
    tensors["diffusion_model.blocks.0.norm3.diff"] = torch.full((maker.shapes["blocks.0.attn1.to_q"][0],), 0.5)
    write("outside", tensors)


def write_head_difference(maker):
    """A difference of the whole weight, as distilled models have it for the last layer."""
    down, up = maker.pair("blocks.0.ffn.net.0.proj", 2)
    tensors = {"diffusion_model.head.head.diff": maker.random(*maker.shapes["proj_out"], spread=0.1),
               "diffusion_model.head.head.diff_b": maker.bias("proj_out")}
    name = "diffusion_model.blocks.0.ffn.0"
    tensors |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up,
                f"{name}.diff_b": maker.bias("blocks.0.ffn.net.0.proj")}
    write("head_difference", tensors)


@torch.no_grad()
def sample(transformer):
    inputs = load_file(GOLDEN / "modules/wan21/transformer_0.safetensors")
    return transformer(hidden_states=inputs["hidden_states"], timestep=inputs["timestep"],
                       encoder_hidden_states=inputs["encoder_hidden_states"], return_dict=False)[0].clone()


def load_transformer():
    return WanTransformer3DModel.from_pretrained(GOLDEN / "models/wan21/transformer", torch_dtype=torch.float32).eval()


def compute(loras):
    """The velocity with `loras` loaded, apart and fused."""
    transformer = load_transformer()
    pipeline = WanPipeline(tokenizer=None, text_encoder=None, vae=None, scheduler=None, transformer=transformer)
    for name, _ in loras:
        pipeline.load_lora_weights(FOLDER / f"{name}.safetensors", adapter_name=Path(name).name, low_cpu_mem_usage=False)
    pipeline.set_adapters([Path(name).name for name, _ in loras], [scale for _, scale in loras])
    unfused = sample(transformer)
    pipeline.fuse_lora(components=["transformer"], adapter_names=[Path(name).name for name, _ in loras])
    return {"unfused": unfused, "fused": sample(transformer)}


def main():
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    transformer = load_transformer()
    maker = Maker(transformer)
    write_three_styles(maker)
    write_patterns(maker)
    write_outside(maker)
    write_head_difference(maker)
    plain, results = sample(transformer), {}
    for name, loras in CASES.items():
        computed = compute(loras)
        for mode, value in computed.items():
            results[f"{name}.{mode}"] = value.contiguous()
            print(f"{name}.{mode}: differs from no LoRA by {((value - plain).norm() / plain.norm()).item():.3f}, "
                  f"from unfused by {((value - computed['unfused']).norm() / plain.norm()).item():.1e}")
    save_file(results, FOLDER / "samples.safetensors")


if __name__ == "__main__":
    main()
