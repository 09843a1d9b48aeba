"""Three ways to make a project's clips: a script started for each, a warm loop of it, and clipmill."""

import concurrent.futures
import dataclasses
import pathlib
import tempfile
import time

import clipmill_program
import diffusers_program


# What clipmill's workers have: glibc keeps an arena for each thread else, which a loop of many clips is worse off with.
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}


@dataclasses.dataclass
class Result:
    """Of one way with one project. Bytes are above those of the bare processes after their imports."""
    clips: int
    failures: int
    seconds: float
    largest_process: int
    all_processes: int  # those that ran side by side, together
    tensors: int = 0  # most that torch's allocator held at once, of one device; 0 where it was not counted
    all_tensors: int = 0  # of all devices, the most of each
    imports: float = 0  # seconds of `seconds` that went into importing
    why: str = ""  # of the first failure

    @property
    def an_hour(self):
        return 3600 * (self.clips - self.failures) / self.seconds


@dataclasses.dataclass(frozen=True)
class LoopSettings:
    loops: int = 1  # processes side by side, the clips dealt out to them
    threads: int = 2
    precision: str = "fp32"
    restarts: bool = False  # with a new process after a clip that failed
    limited: bool = True  # in the project's memory limit

    def text(self):
        words = [f"{self.loops} × {self.threads} threads", self.precision]
        return ", ".join(words + ["new process after a failure"] * self.restarts + ["no limit"] * (not self.limited))


@dataclasses.dataclass(frozen=True)
class Settings:
    devices: int = 2
    threads: int = 1
    decode_threads: int = 0  # 0: no decode lane, nothing overlaps on a device
    precision: str = "fp32"
    plan: str = ""  # "": the fastest that fits
    resident: bool = True  # false: a run, and with it a worker, for each clip

    def text(self):
        lane = f"{self.decode_threads} to decode" if self.decode_threads else "no decode lane"
        words = [f"{self.devices} devices × {self.threads} threads", lane, self.precision]
        return ", ".join(words + ([f"plan {self.plan}"] if self.plan else []) + ([] if self.resident else ["a worker each"]))


class Ways:
    def __init__(self, program, model, project):
        self.program, self.model, self.project = program, model, project
        self.worker_rss, self.worker_data = program.worker_baseline()

    def naive(self, clips):
        """fp32, everything resident, one process after another; what fails is lost."""
        with tempfile.TemporaryDirectory() as folder:
            runs = [diffusers_program.run(self.model, [placed(clip, folder)], limit=self.project.limit) for clip in clips]
        return Result(len(clips), sum(run.failures(1) for run in runs), sum(run.run.seconds for run in runs), above_start(runs),
                      above_start(runs), imports=sum(run.start.get("import_seconds", 0) for run in runs), why=first_reason(runs, 1))

    def loop(self, clips, settings=LoopSettings()):
        """Its start-up is left out of the seconds."""
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(settings.loops) as pool:
            dealt = [[placed(clip, folder) for clip in clips[number::settings.loops]] for number in range(settings.loops)]
            ends = list(pool.map(lambda share: self.one_loop(share, settings), dealt))
        runs = [run for runs, _ in ends for run in runs]
        done = sum("error" not in answer for run in runs for answer in run.answers)
        return Result(len(clips), len(clips) - done, max(seconds for _, seconds in ends), above_start(runs),
                      sum(above_start(runs) for runs, _ in ends), why=first_reason(runs))

    def one_loop(self, clips, settings):
        """(runs, seconds): a process that died is replaced, the clip that killed it is lost. Of start-ups the first is left
        out of the seconds."""
        runs, seconds = [], 0
        while clips:
            run = diffusers_program.run(self.model, clips, environment=ONE_ARENA, threads=settings.threads,
                                        precision=settings.precision, stop_on_error=settings.restarts,
                                        limit=self.project.limit if settings.limited else None)
            seconds += run.run.seconds
            if not runs:
                seconds -= run.start.get("import_seconds", 0) + run.start.get("load_seconds", 0)
            runs.append(run)
            stopped = settings.restarts and run.answers and "error" in run.answers[-1]
            clips = clips[len(run.answers) + (0 if stopped else 1):]
        return runs, seconds

    def naive_tensors(self):
        """Bytes, of the largest clip, without the limit."""
        counted = diffusers_program.run(self.model, [self.project.largest() | {"steps": 1}], live_peak=True)
        return counted.answers[0]["live_peak"]

    def clipmill(self, clips, settings=Settings()):
        """Its start-up is in the seconds."""
        groups = [clips] if settings.resident else [[clip] for clip in clips]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1 if settings.resident else settings.devices) as pool:
            outcomes = list(pool.map(lambda group: self.one_run(group, settings), groups))
        seconds = time.monotonic() - start
        jobs = [job for outcome in outcomes for job in outcome.jobs]
        done = [job for job in jobs if job["state"] == "done"]
        failed = [outcome for outcome in outcomes if outcome.run.code != 0]
        stepped = sum(bool(job.get("plan_changes")) for job in jobs)
        why = failed[0].why() if failed else f"{stepped} went on under a smaller plan" if stepped else ""
        at_once = 1 if settings.resident else settings.devices
        processes = at_once * max(outcome.run.peak_tree for outcome in outcomes) - settings.devices * self.worker_rss
        tensors = list(clipmill_program.allocator_peaks(jobs).values()) or [0]
        return Result(len(clips), len(clips) - len(done), seconds,
                      max(outcome.run.peak_rss for outcome in outcomes) - self.worker_rss, processes,
                      max(tensors), at_once * sum(tensors), why=why)

    def one_run(self, clips, settings):
        devices = range(settings.devices if settings.resident else 1)
        flags = [word for device in devices for word in ("--device", f"cpu:{device}")]
        flags += ["--threads", settings.threads, "--precision", settings.precision, "--vram", self.project.vram]
        flags += ["--decode-threads", settings.decode_threads] if settings.decode_threads else []
        flags += ["--memory-plan", settings.plan] if settings.plan else []
        with tempfile.TemporaryDirectory() as folder:
            shots = clipmill_program.manifest(pathlib.Path(folder, "shots.jsonl"),
                                              [clip | {"model": str(self.model)} for clip in clips])
            return self.program.run(shots, "--output-folder", folder, *flags, data_limit=self.worker_data + self.project.limit)


def placed(clip, folder):
    return clip | {"output": f"{folder}/{clip['output']}"}


def above_start(runs):
    """Peak of the largest process above what it held after its imports."""
    return max((run.run.peak_rss - run.start["rss"] for run in runs if run.start), default=0)


def first_reason(runs, clips=0):
    reasons = [run.why() for run in runs if run.failures(clips or len(run.answers)) or run.run.code != 0]
    return reasons[0][:160] if reasons else ""
