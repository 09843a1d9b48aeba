"""diffusers_clips.py as a program under measurement. CLIPMILL_DIFFUSERS_PYTHON names a Python that has Diffusers."""

import dataclasses
import json
import os
import subprocess

import measure

PYTHON = os.environ.get("CLIPMILL_DIFFUSERS_PYTHON", "python3")
SCRIPT = measure.SOURCE / "bench/diffusers_clips.py"


def command(model, **options):
    """Options are those of the script, as threads=2, live_peak=True; false and absent ones are left out."""
    words = [PYTHON, "-W", "ignore", SCRIPT, model]
    for name, value in options.items():
        if value:
            words += ["--" + name.replace("_", "-")] + ([] if value is True else [value])
    return words


@dataclasses.dataclass
class Outcome:
    run: measure.Run
    start: dict  # import_seconds, load_seconds, rss, data; empty where it did not get so far
    answers: list  # one of each clip, until the process died

    def failures(self, clips):
        """How many of so many clips have no video."""
        return clips - sum("error" not in answer for answer in self.answers)

    def why(self):
        errors = [answer["error"] for answer in self.answers if "error" in answer]
        return (errors + self.run.errors.strip().splitlines()[-1:] + [""])[0]


def run(model, clips, environment=None, **options):
    """All clips in one process, which then ends."""
    done = measure.run(command(model, **options), "".join(json.dumps(clip) + "\n" for clip in clips), environment=environment)
    lines = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
    return Outcome(done, lines[0] if lines else {}, lines[1:])


class Warm:
    """A process that has its model loaded and waits for clips."""

    def __init__(self, model, **options):
        self.child = subprocess.Popen([str(word) for word in command(model, **options)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.start = self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.communicate()

    def read(self):
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{PYTHON} ended: {self.child.stderr.read()}")
        return json.loads(line)

    def make(self, clip):
        self.child.stdin.write(json.dumps(clip) + "\n")
        self.child.stdin.flush()
        answer = self.read()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


def random_model(build, name):
    """A checkpoint of random_models.py, made once and kept below the build folder."""
    folder = build / "random-models" / name
    if not (folder / "model_index.json").exists():
        folder.parent.mkdir(exist_ok=True)
        subprocess.run([PYTHON, "-W", "ignore", measure.SOURCE / "bench/random_models.py", name, folder], check=True)
    return folder
