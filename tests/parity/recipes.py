"""The three checkpoints behind the committed golden data. No two sizes that could be mixed up are equal."""

import torch

from checkpoint import Recipe, euler, unipc

# Wan 2.1 as published, small: sharded, UniPC, every default of the class that matters kept.
WAN21 = Recipe(
    transformer=dict(num_attention_heads=3, attention_head_dim=20, in_channels=8, out_channels=8, text_dim=48,
                     freq_dim=64, ffn_dim=100, num_layers=3, rope_max_seq_len=32),
    vae=dict(base_dim=4, z_dim=8, num_res_blocks=2),
    text=dict(d_model=48, d_kv=12, num_heads=5, d_ff=80, num_layers=3, feed_forward_proj="gated-gelu",
              tie_word_embeddings=False),
    scheduler=unipc(3.0),
    shard_size={"transformer": "300KB", "text_encoder": "120KB"},
)

# Wan 2.2 A14B's shape: two transformers. Uneven RoPE split (8/4/4), no norm before cross attention, a patch that
# is not square, a VAE with two stages and its own decoder width, half precision on disk.
TWO_TRANSFORMERS = Recipe(
    transformer=dict(patch_size=(1, 1, 2), num_attention_heads=2, attention_head_dim=16, in_channels=6, out_channels=6,
                     text_dim=40, freq_dim=48, ffn_dim=56, num_layers=2, cross_attn_norm=False, rope_max_seq_len=64),
    vae=dict(base_dim=4, decoder_base_dim=6, z_dim=6, dim_mult=[1, 2, 3], num_res_blocks=1,
             temperal_downsample=[False, True], scale_factor_temporal=2, scale_factor_spatial=4),
    text=dict(d_model=40, d_kv=8, num_heads=3, d_ff=72, num_layers=2, feed_forward_proj="gated-gelu"),
    scheduler=euler(5.0),
    boundary_ratio=0.875,
    umt5_ids=True,
    normalizer="identity",
    dtypes={"transformer_2": torch.bfloat16, "text_encoder": torch.float16},
)

# Wan 2.2 TI2V-5B's shape: residual VAE on 2×2 pixel patches, one timestep a token.
RESIDUAL = Recipe(
    transformer=dict(num_attention_heads=2, attention_head_dim=18, in_channels=12, out_channels=12, text_dim=32,
                     freq_dim=32, ffn_dim=64, num_layers=2, rope_max_seq_len=32),
    vae=dict(base_dim=3, decoder_base_dim=4, z_dim=12, num_res_blocks=1, is_residual=True, in_channels=12,
             out_channels=12, patch_size=2, scale_factor_spatial=16),
    text=dict(d_model=32, d_kv=8, num_heads=3, d_ff=64, num_layers=2, feed_forward_proj="gated-gelu"),
    scheduler=unipc(5.0),
    expand_timesteps=True,
    normalizer="identity",
    dtypes={"vae": torch.bfloat16},
)

RECIPES = {"wan21": (WAN21, 100), "two_transformers": (TWO_TRANSFORMERS, 200), "residual": (RESIDUAL, 300)}
