"""Random checkpoints and clips: every dimension and option that a config may set, drawn from a seed."""

import math

import torch
from diffusers import AutoencoderKLWan

from checkpoint import Recipe, euler, unipc
from pipelines import Clip

# Of characters in the corpus: with UMT5's ids, T5TokenizerFast gives unknown ones the id of <s>; clipmill does not.
PROMPTS = ["A cat walks through tall green grass in the evening light.", "Snow falls on a quiet street", "red circle",
           "low quality, blurry, static picture", "Close-up of rain drops &amp; city lights " * 5]


def random_recipe(rng):
    vae = random_vae(rng)
    d_model = rng.randrange(8, 65, 2)
    two, residual = rng.random() < 0.3, vae["patch_size"] == 2
    return Recipe(
        transformer=random_transformer(rng, vae["z_dim"], d_model, residual),
        vae=vae,
        text=random_text(rng, d_model),
        scheduler=random_scheduler(rng),
        boundary_ratio=round(rng.uniform(0.1, 0.95), 2) if two else None,
        expand_timesteps=residual,
        umt5_ids=rng.random() < 0.5,
        normalizer=rng.choice(["nmt_nfkc", "identity", "nfkc", "nmt_nfkc_cf"]),
        dtypes=pick(rng, lambda: rng.choice([torch.bfloat16, torch.float16])),
        shard_size=pick(rng, lambda: rng.choice(["20KB", "60KB", "150KB"])),
    )


def pick(rng, value):
    parts = ("transformer", "transformer_2", "vae", "text_encoder")
    return {part: value() for part in parts if rng.random() < 0.3}


def random_transformer(rng, channels, text_dim, per_token):
    return dict(patch_size=(1, 2, 2) if per_token else rng.choice([(1, 2, 2), (1, 1, 2), (1, 2, 1), (2, 2, 2), (1, 1, 1)]),
                num_attention_heads=rng.randint(1, 4), attention_head_dim=rng.choice([6, 10, 12, 16, 22, 24, 32]),
                in_channels=channels, out_channels=channels, text_dim=text_dim, freq_dim=rng.randrange(16, 129, 2),
                ffn_dim=rng.randint(20, 160), num_layers=rng.randint(1, 4), cross_attn_norm=rng.random() < 0.6,
                qk_norm=rng.choice(["rms_norm_across_heads", None]), eps=rng.choice([1e-6, 1e-5]),
                rope_max_seq_len=rng.choice([64, 128, 1024]))


def random_vae(rng):
    """Draws until the class accepts it: the residual form wants channel counts that divide one another."""
    while True:
        stages, residual = rng.choice([2, 3, 4]), rng.random() < 0.4
        patch = 2 if residual and rng.random() < 0.7 else None
        down = [rng.random() < 0.5 for _ in range(stages - 1)]
        vae = dict(base_dim=rng.randint(4, 9), decoder_base_dim=rng.choice([None, rng.randint(4, 9)]),
                   z_dim=rng.randint(3, 16), dim_mult=[rng.randint(1, 4) for _ in range(stages)],
                   num_res_blocks=rng.randint(1, 3), temperal_downsample=down, is_residual=residual, patch_size=patch,
                   in_channels=12 if patch else 3, out_channels=12 if patch else 3, scale_factor_temporal=2 ** sum(down),
                   scale_factor_spatial=2 ** (stages - 1) * (patch or 1))
        if sum(down) not in (1, 2):
            continue
        try:
            AutoencoderKLWan(**vae)
            return vae
        except (AssertionError, ValueError):
            continue


def random_text(rng, d_model):
    return dict(d_model=d_model, d_kv=rng.randint(3, 16), num_heads=rng.randint(1, 6), d_ff=rng.randint(16, 96),
                num_layers=rng.randint(1, 4), feed_forward_proj="gated-gelu", tie_word_embeddings=rng.random() < 0.5,
                relative_attention_num_buckets=rng.choice([16, 32]),
                relative_attention_max_distance=rng.choice([64, 128]), layer_norm_epsilon=rng.choice([1e-6, 1e-5]))


def random_scheduler(rng):
    shift = round(rng.uniform(1, 12), 1)
    if rng.random() < 0.3:
        return unipc(shift, solver_order=rng.choice([1, 2, 3]), disable_corrector=rng.choice([[], [1, 2]]))
    return rng.choice([unipc, euler])(shift)


def random_clip(rng, recipe):
    spatial, temporal = recipe.vae["scale_factor_spatial"], recipe.vae["scale_factor_temporal"]
    patch_t, patch_h, patch_w = recipe.transformer["patch_size"]
    latent_frames = patch_t * rng.randint(1, 3 // patch_t)
    return Clip(
        prompt=rng.choice(PROMPTS), negative_prompt=rng.choice([None, rng.choice(PROMPTS)]),
        width=math.lcm(16, spatial * patch_w) * rng.randint(1, 3), height=math.lcm(16, spatial * patch_h) * rng.randint(1, 3),
        frames=(latent_frames - 1) * temporal + 1, steps=rng.randint(1, 7),
        guidance=rng.choice([0.5, 1.0, 1.5, 3.0, 6.5]),
        guidance_2=rng.choice([None, 2.0, 4.5]) if recipe.boundary_ratio is not None else None,
        flow_shift=rng.choice([None, None, round(rng.uniform(1, 9), 1)]), max_text_tokens=rng.randint(4, 60))
