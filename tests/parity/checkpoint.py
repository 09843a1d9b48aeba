"""Small random checkpoints in the Diffusers folder layout: a Recipe says what is in one, build() writes it."""

import io
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import sentencepiece
import torch
from diffusers import (AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, WanPipeline,
                       WanTransformer3DModel)
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel

CORPUS = """A red circle moves from left to right over a dark background.
Two blue squares turn slowly while the camera zooms out.
A cat walks through tall green grass in the evening light.
The old lighthouse stands on a cliff above the stormy sea.
Snow falls on a quiet street; the lamps glow in soft yellow.
A paper boat drifts down a small river under the bridge.
Close-up of rain drops on a window, blurred city lights behind it.
An astronaut plays the piano on the moon, 35 mm film, wide shot.
Waves roll over black sand & white foam at 100 percent speed.
low quality, blurry, static picture, text, extra fingers, worst
He said "don't move" and it's fine: file number 0123456789.
一只猫在草地上行走，夕阳的光。
红色的圆形从左向右移动，背景很暗。
低质量，模糊，静态画面
Le café près de la gare était fermé; die Straße führt über Brücken."""


@dataclass
class Recipe:
    """Everything that makes one checkpoint. `transformer`, `vae` and `text` are keyword arguments of the classes."""
    transformer: dict
    vae: dict
    text: dict
    scheduler: object
    boundary_ratio: float | None = None  # given: two transformers
    expand_timesteps: bool = False
    umt5_ids: bool = False  # <pad> </s> <s> <unk> as UMT5 has them, instead of T5's <pad> </s> <unk>
    normalizer: str = "nmt_nfkc"
    dtypes: dict = field(default_factory=dict)  # component -> dtype it is stored in; else float32
    shard_size: dict = field(default_factory=dict)  # component -> bytes; else one file


def unipc(shift, **options):
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift, **options)


def euler(shift):
    return FlowMatchEulerDiscreteScheduler(shift=shift)


def randomize(module, seed, fan_gain=1.0):
    """Every parameter random, weights scaled by their fan-in, so that activations stay of order one."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data.copy_(noise * spread(name, parameter, fan_gain) + (1 if is_scale(name) else 0))
    return module.eval()


def is_scale(name):
    return name.endswith("gamma") or ("norm" in name and name.endswith("weight"))


def spread(name, parameter, fan_gain):
    if is_scale(name):
        return 0.2
    if name == "decoder.conv_out.bias":
        return 0.1
    if name.endswith("bias") or "scale_shift_table" in name:
        return 0.3
    if "shared" in name or "relative_attention_bias" in name:
        return 0.7
    return fan_gain / parameter[0].numel() ** 0.5


def make_transformer(arguments, seed):
    return randomize(WanTransformer3DModel(**arguments), seed)


def make_vae(arguments, seed):
    """Random latent statistics too. The last convolution is scaled so that few pixels are clamped to [-1,1]."""
    generator = torch.Generator().manual_seed(seed + 1)
    mean = torch.randn(arguments["z_dim"], generator=generator).mul(0.5).tolist()
    std = torch.rand(arguments["z_dim"], generator=generator).add(0.7).tolist()
    vae = randomize(AutoencoderKLWan(**{"latents_mean": mean, "latents_std": std} | arguments), seed, fan_gain=1.2)
    seen = {}
    hook = vae.decoder.conv_out.register_forward_hook(lambda module, arguments, output: seen.update(output=output))
    with torch.no_grad():
        vae.decode(torch.randn(1, vae.config.z_dim, 2, 6, 6, generator=generator))
    hook.remove()
    vae.decoder.conv_out.weight.data.mul_(0.4 / seen["output"].std())
    return vae


def make_text_encoder(arguments, seed):
    """UMT5 does not scale its attention scores: the random queries are made smaller instead."""
    encoder = randomize(UMT5EncoderModel(UMT5Config(**arguments)), seed)
    for name, parameter in encoder.named_parameters():
        if name.endswith(".q.weight"):
            parameter.data.div_(arguments["d_kv"] ** 0.5 / 2)
    return encoder


def train_tokenizer(folder, umt5_ids, normalizer):
    """Writes spiece.model and, through T5TokenizerFast, tokenizer.json. Returns the tokenizer."""
    model = io.BytesIO()
    special = dict(pad_id=0, eos_id=1, bos_id=2, unk_id=3) if umt5_ids else dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.splitlines()), model_writer=model, vocab_size=300, hard_vocab_limit=False,
        model_type="unigram", normalization_rule_name=normalizer, character_coverage=1.0, minloglevel=2, **special)
    folder.mkdir(parents=True)
    (folder / "spiece.model").write_bytes(model.getvalue())
    tokenizer = T5TokenizerFast.from_pretrained(folder, extra_ids=0)
    tokenizer.save_pretrained(folder)
    return T5TokenizerFast.from_pretrained(folder)


def build(recipe, folder, seed):
    """Writes the checkpoint to `folder`, replacing what is there."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    tokenizer = train_tokenizer(folder / "tokenizer", recipe.umt5_ids, recipe.normalizer)
    vocabulary = {"vocab_size": len(tokenizer) + 7}  # published models have more rows than pieces, too
    parts = {
        "text_encoder": make_text_encoder(vocabulary | recipe.text, seed),
        "transformer": make_transformer(recipe.transformer, seed + 10),
        "vae": make_vae(recipe.vae, seed + 20),
    }
    if recipe.boundary_ratio is not None:
        parts["transformer_2"] = make_transformer(recipe.transformer, seed + 30)
    for name, part in parts.items():
        part.to(recipe.dtypes.get(name, torch.float32))
        part.save_pretrained(folder / name, max_shard_size=recipe.shard_size.get(name, "5GB"))
    recipe.scheduler.save_pretrained(folder / "scheduler")
    write_index(recipe, folder, parts)


def write_index(recipe, folder, parts):
    index = {"_class_name": "WanPipeline", "_diffusers_version": "0.42.1", "boundary_ratio": recipe.boundary_ratio,
             "expand_timesteps": recipe.expand_timesteps,
             "scheduler": ["diffusers", type(recipe.scheduler).__name__],
             "text_encoder": ["transformers", "UMT5EncoderModel"], "tokenizer": ["transformers", "T5TokenizerFast"],
             "transformer": ["diffusers", "WanTransformer3DModel"],
             "transformer_2": ["diffusers", "WanTransformer3DModel"] if "transformer_2" in parts else [None, None],
             "vae": ["diffusers", "AutoencoderKLWan"]}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def load(folder, dtype=torch.float32):
    """The reference pipeline on `folder`, on the CPU; the VAE in fp32 whatever the others are, as Diffusers' documentation has it."""
    vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32)
    pipeline = WanPipeline.from_pretrained(folder, vae=vae, torch_dtype=dtype)
    encoder = pipeline.text_encoder.eval()
    # Some versions leave embed_tokens empty when tie_word_embeddings is false.
    encoder.encoder.embed_tokens.weight.data.copy_(encoder.shared.weight.data)
    for part in (encoder, pipeline.transformer, pipeline.vae, pipeline.transformer_2):
        assert part is None or dtype != torch.float32 or all(p.dtype == torch.float32 for p in part.parameters())
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
