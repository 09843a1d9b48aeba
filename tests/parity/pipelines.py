"""Whole clips by the reference pipeline, and the same clip as clipmill's flags."""

from dataclasses import asdict, dataclass

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from safetensors.torch import save_file


@dataclass
class Clip:
    """One clip; the names are those of clipmill's flags, absent values are left to their defaults."""
    prompt: str
    negative_prompt: str | None = None
    width: int = 80
    height: int = 48
    frames: int = 9
    steps: int = 4
    guidance: float = 4.0
    guidance_2: float | None = None
    flow_shift: float | None = None
    max_text_tokens: int = 24

    def flags(self):
        flags = []
        for name, value in asdict(self).items():
            if value is not None:
                flags += ["--" + name.replace("_", "-"), format(value, "g") if isinstance(value, float) else str(value)]
        return flags


def initial_noise(pipeline, clip, seed):
    """[1,C,T,H,W] as the pipeline would draw it."""
    spatial, temporal = pipeline.vae.config.scale_factor_spatial, pipeline.vae.config.scale_factor_temporal
    shape = (1, pipeline.transformer.config.in_channels, (clip.frames - 1) // temporal + 1,
             clip.height // spatial, clip.width // spatial)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_shift(scheduler, shift):
    if shift is None:
        return scheduler
    key = "shift" if isinstance(scheduler, FlowMatchEulerDiscreteScheduler) else "flow_shift"
    return type(scheduler).from_config(scheduler.config, **{key: shift})


@torch.no_grad()
def generate(pipeline, clip, noise):
    """What `clipmill run --save-tensors` saves, as {file stem: {key: tensor}}."""
    own = pipeline.scheduler
    pipeline.scheduler = with_shift(own, clip.flow_shift)
    last = {}

    def keep_latents(_, step, timestep, values):
        last["latents"] = values["latents"]
        return {}

    pixels = pipeline(prompt=clip.prompt, negative_prompt=clip.negative_prompt, height=clip.height, width=clip.width,
                      num_frames=clip.frames, num_inference_steps=clip.steps, guidance_scale=clip.guidance,
                      guidance_scale_2=clip.guidance_2, latents=noise, output_type="pt",
                      max_sequence_length=clip.max_text_tokens, callback_on_step_end=keep_latents).frames
    pipeline.scheduler = own
    positive, negative = pipeline.encode_prompt(clip.prompt, clip.negative_prompt, clip.guidance > 1,
                                                max_sequence_length=clip.max_text_tokens)
    embeds = {"prompt_embeds": positive} | ({} if negative is None else {"negative_prompt_embeds": negative})
    frames = (pixels[0].permute(0, 2, 3, 1) * 255).round().to(torch.uint8)
    return {"prompt_embeds": embeds, "latents": {"latents": last["latents"]}, "frames": {"frames": frames}}


def relative_l2(other, reference):
    reference = reference.double()
    return ((other.double() - reference).norm() / reference.norm()).item()


def distances(other, reference):
    """Relative L2 of each tensor that generate() returned, by key."""
    return {key: relative_l2(other[stem][key], tensor)
            for stem, tensors in reference.items() for key, tensor in tensors.items()}


def write_case(pipeline, clip, folder, seed):
    """init_latents, prompt_embeds, latents and frames, each a safetensors file in `folder`. Returns all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = initial_noise(pipeline, clip, seed)
    made = {"init_latents": {"latents": noise}} | generate(pipeline, clip, noise)
    for stem, tensors in made.items():
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{stem}.safetensors")
    return made
