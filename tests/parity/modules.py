"""Golden data of single modules: inputs and outputs, by hooks on the reference."""

import json

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.pipelines.wan import pipeline_wan
from safetensors.torch import save_file

from checkpoint import euler, unipc

TOKENIZER_CASES = [  # (kind, prompt, maximum length); kind "ftfy": differs where ftfy is not installed
    ("plain", "A red circle moves from left to right over a dark background.", 24),
    ("plain", "", 24),
    ("plain", "   ", 24),
    ("plain", "  a\tcat\n\nwalks \r\n through   grass  ", 24),
    ("plain", "a\u00a0cat\u2003on\u3000the\u2028moon\u200a.", 24),
    ("plain", "一只猫在草地上行走，夕阳的光。", 24),
    ("plain", "a cat \U0001f408\u200d\u2b1b on the moon \U0001f319", 24),
    ("plain", "caf\u00e9 Cafe\u0301 stra\u00dfe \u00c5 \u212b ² ½ № ™ …", 48),
    ("plain", "The old lighthouse stands on a cliff above the stormy sea. " * 6, 24),
    ("plain", "zero\u200bwidth soft\u00adhyphen \ufeffbom", 48),
    ("plain", "</s> <pad> <unk> <extra_id_0>", 48),
    ("html", "white foam &amp; black sand &lt;wide shot&gt; &quot;slow&quot; &#39;x&#39; &#x41; &eacute; &nbsp; &hellip;", 96),
    ("html", "twice &amp;amp;amp; &amp;lt;b&amp;gt;", 48),
    ("html", "no semicolon &amp &copy2 &notit; &bogus; &#0; &#128; &#xD800; &#1114112; &#65", 96),
    ("html", "tag <b> keeps &amp; entities &lt; &eacute;", 48),
    ("ftfy", "“curly” ‘quotes’ don’t ‚low‘ „double“", 48),
    ("ftfy", "ｆｕｌｌ　ｗｉｄｔｈ！ １２３", 48),
    ("ftfy", "ﬁle ﬂow oﬃce ĳ ﬆ", 48),
    ("ftfy", "bell\u0007 and escape \u001b[31mred\u001b[0m and nul-like \u0001", 48),
    ("mojibake", "schÃ¶n cafÃ© donâ€™t", 48),
]


UMT5_CASES = [
    ("plain", "A cat walks, slowly.", 24),
    ("unknown", "A \u2603 cat and \u00bd a moon", 24),
]


def write_tokenizer(pipeline, path, cases, unknown=2):
    """T5TokenizerFast takes `<unk>` to be id 2 whatever the vocabulary says: `unknown` is what spiece.model says."""
    write_lines(path, [tokenizer_case(pipeline.tokenizer, *case, unknown) for case in cases])


def write_lines(path, values):
    """A JSON array, one element a line."""
    lines = ",\n".join(" " + json.dumps(value) for value in values)
    path.write_text(f"[\n{lines}\n]\n")


def tokenizer_case(tokenizer, kind, prompt, length, unknown):
    """`cleaned`/`ids` as with ftfy installed (as all golden data here), `plain_…` as without."""
    case = {"kind": kind, "prompt": prompt, "max_length": length}
    for prefix, with_ftfy in (("", True), ("plain_", False)):
        pipeline_wan.is_ftfy_available = lambda value=with_ftfy: value
        cleaned = pipeline_wan.prompt_clean(prompt)
        ids = [unknown if id == 2 else id for id in tokenizer(cleaned, max_length=length, truncation=True).input_ids]
        case |= {prefix + "cleaned": cleaned, prefix + "ids": ids}
    pipeline_wan.is_ftfy_available = lambda: True
    return case


def record(store, name):
    """A forward hook that keeps the output under `name`."""
    def hook(module, arguments, output):
        store[name] = output
    return hook


def save(path, tensors):
    save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, path)


@torch.no_grad()
def write_text_encoder(pipeline, folder, lengths):
    """One file a length: `input_ids` and `attention_mask` [1,S], `layer.i` and `last_hidden_state` [1,S,d]."""
    generator = torch.Generator().manual_seed(1)
    for real, padded in lengths:
        ids = torch.randint(3, pipeline.text_encoder.config.vocab_size, (1, padded), generator=generator)
        mask = (torch.arange(padded) < real).long()[None]
        ids = ids * mask
        ids[0, real - 1] = 1
        layers = {}
        hooks = [block.register_forward_hook(record(layers, f"layer.{i}"))
                 for i, block in enumerate(pipeline.text_encoder.encoder.block)]
        output = pipeline.text_encoder(ids, mask).last_hidden_state
        for hook in hooks:
            hook.remove()
        layers = {name: value[0] if isinstance(value, tuple) else value for name, value in layers.items()}
        save(folder / f"text_encoder_{real}of{padded}.safetensors",
             {"input_ids": ids, "attention_mask": mask, "last_hidden_state": output} | layers)


@torch.no_grad()
def write_transformer(transformer, path, shape, timestep, per_token=False):
    """`hidden_states` [1,C,T,H,W], `timestep` [1], `encoder_hidden_states` [1,S,text] to `sample`, and every step
    on the way: `rope_cos`, `rope_sin` [L,head_dim], `patch` [1,L,d], `temb`, `timestep_proj`, `context`, `block.i`."""
    generator = torch.Generator().manual_seed(int(timestep))
    config = transformer.config
    text = torch.randn(1, 24, config.text_dim, generator=generator)
    text[:, 13:] = 0  # padded rows are zero, as the pipeline makes them
    inputs = {"hidden_states": torch.randn(1, config.in_channels, *shape, generator=generator),
              "timestep": torch.tensor([timestep]), "encoder_hidden_states": text}
    tokens = torch.tensor(shape).div(torch.tensor(config.patch_size)).prod().int().item()
    steps = {}
    hooks = [transformer.rope.register_forward_hook(record(steps, "rope")),
             transformer.condition_embedder.register_forward_hook(record(steps, "condition")),
             transformer.blocks[0].register_forward_pre_hook(lambda _, arguments: steps.update(patch=arguments[0]))]
    hooks += [block.register_forward_hook(record(steps, f"block.{i}")) for i, block in enumerate(transformer.blocks)]
    given = dict(inputs, timestep=inputs["timestep"].expand(1, tokens)) if per_token else inputs
    sample = transformer(**given, return_dict=False)[0]
    for hook in hooks:
        hook.remove()
    cos, sin = steps.pop("rope")
    temb, projection, context, _ = steps.pop("condition")
    if per_token:  # all rows are equal: one is enough
        temb, projection = temb[:, 0], projection[:, 0]
    save(path, inputs | steps | {"rope_cos": cos[0, :, 0], "rope_sin": sin[0, :, 0], "temb": temb,
                                 "timestep_proj": projection, "context": context, "sample": sample})


@torch.no_grad()
def write_vae_decode(vae, path, shape):
    """`latents` [1,z,T,H,W] (as vae.decode takes them) to `frames` [1,3,F,H,W] in [-1,1]; `post_quant`, and for each
    latent frame k the decoder's `chunk.k.conv_in`, `.mid`, `.up.0`."""
    latents = torch.randn(1, vae.config.z_dim, *shape, generator=torch.Generator().manual_seed(shape[0]))
    stages, chunks = {}, []
    parts = {"conv_in": vae.decoder.conv_in, "mid": vae.decoder.mid_block, "up.0": vae.decoder.up_blocks[0]}
    hooks = [part.register_forward_hook(record(stages, name)) for name, part in parts.items()]
    hooks.append(vae.decoder.register_forward_hook(lambda *_: chunks.append(dict(stages))))
    frames = vae.decode(latents, return_dict=False)[0]
    for hook in hooks:
        hook.remove()
    named = {f"chunk.{k}.{name}": value for k, chunk in enumerate(chunks) for name, value in chunk.items()}
    save(path, {"latents": latents, "post_quant": vae.post_quant_conv(latents), "frames": frames} | named)


@torch.no_grad()
def write_vae_encode(vae, path, shape):
    """`frames` [1,3,F,H,W] in [-1,1] to `moments` [1,2z,T,h,w], their mode `mean` and clamped `logvar`."""
    frames = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(9)).mul(2).sub(1)
    distribution: DiagonalGaussianDistribution = vae.encode(frames).latent_dist
    save(path, {"frames": frames, "moments": distribution.parameters, "mean": distribution.mode(),
                "logvar": distribution.logvar})


def write_schedules(folder):
    """schedules.json: sigmas and timesteps for several step counts and shifts. steps_*.safetensors: `sample.0`, and
    for each step `model_output.i` to `sample.i+1`."""
    tables = []
    for name, make in (("unipc", unipc), ("euler", euler)):
        for shift in (1.0, 3.0, 5.0, 12.0):
            for count in (1, 2, 3, 4, 8, 20, 50):
                scheduler = make(shift)
                scheduler.set_timesteps(count)
                tables.append({"sampler": name, "shift": shift, "steps": count,
                               "sigmas": scheduler.sigmas.tolist(), "timesteps": scheduler.timesteps.tolist()})
        for shift, count in ((3.0, 1), (3.0, 2), (5.0, 3), (3.0, 7)):
            write_steps(make(shift), count, folder / f"steps_{name}_shift{shift:g}_n{count}.safetensors")
    for order in (1, 3):
        write_steps(unipc(3.0, solver_order=order), 6, folder / f"steps_unipc_order{order}_n6.safetensors")
    write_lines(folder / "schedules.json", tables)


def write_steps(scheduler, count, path):
    generator = torch.Generator().manual_seed(count)
    scheduler.set_timesteps(count)
    sample = torch.randn(1, 3, 2, 3, 4, generator=generator)
    tensors = {"sample.0": sample}
    for i, timestep in enumerate(scheduler.timesteps):
        output = torch.randn(sample.shape, generator=generator)
        sample = scheduler.step(output, timestep, sample, return_dict=False)[0]
        tensors |= {f"model_output.{i}": output, f"sample.{i + 1}": sample}
    save(path, tensors)
