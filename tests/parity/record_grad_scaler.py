#!/usr/bin/env python3
"""Records what torch.amp.GradScaler does over random sequences of training steps, overflows among them:
src/vram/testdata/grad_scaler.json, against which grad_scaler_test.cpp checks clipmill's own.

    python tests/parity/record_grad_scaler.py
"""
import json
import random
from pathlib import Path

import torch

TARGET = Path(__file__).parents[2] / "src/vram/testdata/grad_scaler.json"
LEARNING_RATE = 0.125


def coefficient(rng, overflow):
    """One loss coefficient, and so, times the scale, one gradient; as text, because JSON has no infinity."""
    if rng.random() < overflow:
        return rng.choice(["inf", "-inf", "nan", "3e38"])
    return repr(round(rng.uniform(-4, 4), 3))


def digits(tensor):
    """As text with all the digits fp32 has."""
    return [f"{x:.9g}" for x in tensor.tolist()]


def random_step(rng, optimizers, overflow):
    return {
        "coefficients": [[coefficient(rng, overflow) for _ in range(3)] for _ in range(optimizers)],
        "unscale": [rng.random() < 0.4 for _ in range(optimizers)],
        "passes": rng.choice([1, 1, 2]),
        "set_scale": rng.choice([0] * 12 + [1.0, 1000.0]),
        "reload": rng.random() < 0.1,
    }


def apply(step, scaler, weights, optimizers):
    for optimizer in optimizers:
        optimizer.zero_grad()
    for _ in range(step["passes"]):
        loss = sum((w * torch.tensor([float(c) for c in cs])).sum() for w, cs in zip(weights, step["coefficients"]))
        scaler.scale(loss).backward()
    stepped, gradients = [], []
    for weight, optimizer, unscale in zip(weights, optimizers, step["unscale"]):
        if unscale:
            scaler.unscale_(optimizer)
            gradients.append(digits(weight.grad))
            torch.nn.utils.clip_grad_value_([weight], 1.5)
        else:
            gradients.append([])
        before = weight.detach().clone()
        scaler.step(optimizer)
        stepped.append(not torch.equal(before, weight.detach()))
    scaler.update(step["set_scale"] or None)
    state = scaler.state_dict()
    return {**step, "stepped": stepped, "unscaled": gradients, "weights": [digits(w) for w in weights],
            "scale": state["scale"], "growth_tracker": state["_growth_tracker"]}


def record(seed):
    rng = random.Random(seed)
    options = {"initial_scale": rng.choice([1.0, 8.0, 65536.0, 2.0**120]), "growth_factor": rng.choice([2.0, 1.5, 10.0]),
               "backoff_factor": rng.choice([0.5, 0.25, 0.9]), "growth_interval": rng.choice([1, 2, 3, 5])}
    scaler = torch.amp.GradScaler("cpu", init_scale=options["initial_scale"],
                                  **{k: v for k, v in options.items() if k != "initial_scale"})
    count = rng.choice([1, 1, 2])
    weights = [torch.full((3,), 0.5 + i, requires_grad=True) for i in range(count)]
    optimizers = [torch.optim.SGD([w], lr=LEARNING_RATE) for w in weights]
    overflow = rng.choice([0.0, 0.05, 0.3])
    steps = []
    for _ in range(12):
        step = random_step(rng, count, overflow)
        if step["reload"]:
            state = scaler.state_dict()
            scaler = torch.amp.GradScaler("cpu")
            scaler.load_state_dict(state)
        steps.append(apply(step, scaler, weights, optimizers))
    return {"options": options, "steps": steps}


TARGET.parent.mkdir(exist_ok=True)
runs = [record(seed) for seed in range(12)]
TARGET.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "learning_rate": LEARNING_RATE, "runs": runs},
                             separators=(",", ":")) + "\n")
skipped = sum(not s for r in runs for step in r["steps"] for s in step["stepped"])
print(f"{TARGET}: {len(runs)} runs, {skipped} steps skipped")
