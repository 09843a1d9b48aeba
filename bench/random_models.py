#!/usr/bin/env python3
"""Random checkpoints that the measurements need beside the shipped model.

    random_models.py NAME FOLDER        (run by CLIPMILL_DIFFUSERS_PYTHON; see the measurements)

wide        the published 1.3B's proportions of text encoder, transformer and VAE, at about a hundredth of its size
width13     a transformer of the 1.3B's width (12 × 128, ffn 8960) with 2 of its 30 layers, and the shipped model's VAE
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/parity"))
from checkpoint import Recipe, build, unipc  # noqa: E402

WIDE = Recipe(
    transformer=dict(num_attention_heads=8, attention_head_dim=64, in_channels=16, out_channels=16, text_dim=768,
                     freq_dim=256, ffn_dim=2048, num_layers=4, rope_max_seq_len=256),
    vae=dict(base_dim=24, z_dim=16, num_res_blocks=2),
    text=dict(d_model=768, d_kv=64, num_heads=12, d_ff=2048, num_layers=10, feed_forward_proj="gated-gelu",
              tie_word_embeddings=False),
    scheduler=unipc(3.0),
)

WIDTH13 = Recipe(
    transformer=dict(num_attention_heads=12, attention_head_dim=128, in_channels=8, out_channels=8, text_dim=256,
                     freq_dim=256, ffn_dim=8960, num_layers=2, rope_max_seq_len=256),
    vae=dict(base_dim=16, z_dim=8, num_res_blocks=1, dim_mult=[1, 2, 2], temperal_downsample=[True, True],
             is_residual=True, in_channels=12, out_channels=12, patch_size=2, scale_factor_spatial=8),
    text=dict(d_model=256, d_kv=32, num_heads=8, d_ff=512, num_layers=2, feed_forward_proj="gated-gelu",
              tie_word_embeddings=False),
    scheduler=unipc(3.0),
)

if __name__ == "__main__":
    name, folder = sys.argv[1:]
    build({"wide": WIDE, "width13": WIDTH13}[name], folder, seed=1)
