"""The projects of the case: clips of mixed sizes, lengths and priorities, drawn from a fixed seed."""

import dataclasses
import random

import measure

COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
FORMS = ("circle", "square", "triangle")
MOTIONS = ("moving left", "moving right", "moving up", "moving down", "growing", "shrinking")
GROUNDS = ("black", "white", "gray")
DELIVERED = "1920x1080"


@dataclasses.dataclass(frozen=True)
class Project:
    """What is made, and in how much memory."""
    model: str  # shapes, or a name of random_models.py
    shapes: tuple  # width, height and frames that the clips are drawn from
    steps: int
    limit: int  # bytes of private memory of each process above its own after start-up
    vram: int  # of these, bytes that clipmill's tensors may take; the rest is for rendering and x264

    def clips(self, count, seed=1):
        """Every shape about equally often, in random order; those of higher priority come first in each way."""
        rng = random.Random(seed)
        clips = [self.clip(rng, number, self.shapes[number % len(self.shapes)]) for number in range(count)]
        rng.shuffle(clips)
        return sorted(clips, key=lambda clip: -clip["priority"])

    def clip(self, rng, number, shape):
        width, height, frames = shape
        prompt = f"a {rng.choice(COLOURS)} {rng.choice(FORMS)} {rng.choice(MOTIONS)} on a {rng.choice(GROUNDS)} background"
        return {"prompt": prompt, "width": width, "height": height, "frames": frames, "steps": self.steps, "guidance": 2,
                "seed": number, "priority": rng.randrange(3), "output_size": DELIVERED, "output": f"{number}.mp4"}

    def largest(self):
        """The clip that takes most memory."""
        return self.clip(random.Random(0), 0, max(self.shapes, key=lambda shape: (shape[0] * shape[1], shape[2])))


PROJECTS = {
    "large": Project("shapes", ((192, 192, 13), (256, 256, 9), (320, 192, 9), (384, 384, 5), (384, 384, 9)), 20,
                     limit=440 * measure.MIB, vram=78 * measure.MIB),
    "small": Project("shapes", ((64, 64, 17), (64, 64, 9), (96, 64, 17), (64, 96, 17), (96, 96, 9)), 10,
                     limit=400 * measure.MIB, vram=10 * measure.MIB),
    "width13": Project("width13", ((192, 192, 5), (256, 160, 5), (160, 160, 9), (256, 256, 5)), 4,
                       limit=800 * measure.MIB, vram=600 * measure.MIB),
}
