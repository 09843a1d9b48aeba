#!/usr/bin/env python3
"""The case: a project of many clips, delivered at 1080p, made in three ways within the same memory limit.

    case.py BUILD [large] [small] [width13] [--clips N] [--trial N] [--lever-clips N] [--rounds N]

naive      a Diffusers script started once per clip, one after another, fp32, everything resident; a failed clip is lost
loop       the same script with all clips in one process, at the settings that a trial found best; start-up not counted.
           Then the same without the limit
clipmill   one run on two virtual devices, at the settings that a trial found best; start-up counted

Clips are generated small and scaled to 1920x1080 when they are delivered. The limit is RLIMIT_DATA of every process,
above what that kind of process holds after its imports; x264 runs inside clipmill's worker, and beside the script in a
process of its own with a limit of its own. "process" is the largest process's resident peak above that after its imports,
"tensors" the most that torch's allocator held on a device; "all" are those of all processes and devices together. Then
clipmill and the loop are run in turn, --rounds times, on the first --lever-clips clips; and each lever is switched, one at a
time, with a run as before beside it. Needs CLIPMILL_DIFFUSERS_PYTHON.
"""

import argparse
import dataclasses
import pathlib
import statistics

import clipmill_program as clipmill
import measure
from budgets import model_folder
from case_project import PROJECTS
from case_ways import LoopSettings, Settings, Ways

LOOPS = [LoopSettings(1, 2), LoopSettings(2, 1), LoopSettings(1, 2, "bf16"), LoopSettings(2, 1, "bf16"),
         LoopSettings(1, 2, restarts=True)]
FREE_LOOPS = [dataclasses.replace(settings, limited=False) for settings in LOOPS[:4]]
SETTINGS = [Settings(2, 1), Settings(2, 1, 1), Settings(1, 2), Settings(1, 1, 1), Settings(2, 1, 0, "bf16")]
HEADER = f"{'':44}{'an hour':>9}{'failed':>10}{'process MiB':>13}{'all':>8}{'tensors MiB':>13}{'all':>8}"


def show(name, result):
    tensors = (f"{result.tensors / measure.MIB:13.1f}{result.all_tensors / measure.MIB:8.1f}" if result.tensors else f"{'':21}")
    print(f"{name:44}{result.an_hour:9.1f}{result.failures:5} of {result.clips:<3}{result.largest_process / measure.MIB:11.1f}"
          f"{result.all_processes / measure.MIB:8.1f}{tensors}  {result.why}", flush=True)
    return result


def best(title, candidates, run):
    """The settings with the most finished clips an hour in two rounds; the better result of each is shown."""
    print(f"\n{title}\n{HEADER}")
    results = {settings: [] for settings in candidates}
    for _ in range(2):
        for settings in candidates:
            results[settings].append(run(settings))
    rates = {settings: show(settings.text(), max(each, key=lambda result: result.an_hour)).an_hour
             for settings, each in results.items()}
    return max(rates, key=rates.get)


def levers(settings):
    """(name, settings with that lever the other way)"""
    other = dataclasses.replace
    yield "a worker for each clip", other(settings, resident=False)
    lane = 0 if settings.decode_threads else 1
    yield "with decode lanes" if lane else "without decode lanes", other(settings, decode_threads=lane)
    devices = 3 - settings.devices
    yield f"{devices} device{'s' * (devices - 1)}", other(settings, devices=devices, threads=3 - devices)
    precision = "fp32" if settings.precision == "bf16" else "bf16"
    yield precision, other(settings, precision=precision)
    yield "no plan by prediction: begins resident", other(settings, plan="resident")


def show_levers(ways, clips, settings):
    print(f"\nlevers of clipmill, one switched at a time, {len(clips)} clips\n{HEADER}")
    for name, other in levers(settings):
        reference = show("as above", ways.clipmill(clips, settings))
        result = show(name, ways.clipmill(clips, other))
        times = reference.an_hour / result.an_hour if result.an_hour else float("inf")
        print(f"{'':44}as above is {times:.2f} × as many an hour")
    print("batches of one shape: clipmill has none, see bench-clip_batch for what they would give")


def in_turn(ways, clips, loop_settings, settings, rounds):
    """clipmill and the loop on the same clips, one after the other, several times: the machine's speed changes."""
    print(f"\nin turn, {len(clips)} clips, {rounds} rounds: {settings.text()} beside the loop, {loop_settings.text()}")
    ratios = []
    for _ in range(rounds):
        theirs, ours = ways.loop(clips, loop_settings), ways.clipmill(clips, settings)
        ratios.append(ours.an_hour / theirs.an_hour if theirs.an_hour else float("inf"))
        print(f"{'':44}{theirs.an_hour:9.1f} → {ours.an_hour:9.1f}  {ratios[-1]:.2f} ×", flush=True)
    print(f"{'clipmill / loop, the middle one':44}{statistics.median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})")


def change(ours, theirs):
    return f"{ours / theirs - 1:+.0%}" if theirs else "nothing to compare with"


def show_verdict(naive, loop, free, ours):
    without = naive.seconds - naive.imports
    print(f"\n{'':44}{'measured':>24}{'guide':>14}")
    print(f"{'videos an hour, naive → clipmill':44}{naive.an_hour:12.1f} → {ours.an_hour:9.1f}{'3 → 22':>14}")
    for name, value, guide in (
            ("clipmill / naive", f"{ours.an_hour / naive.an_hour:.2f} ×" if naive.an_hour else "naive made none", "7.33 ×"),
            ("clipmill / naive, its imports left out",
             f"{ours.an_hour / (naive.an_hour * naive.seconds / without):.2f} ×" if naive.an_hour else "naive made none", ""),
            ("clipmill / loop", f"{ours.an_hour / loop.an_hour:.2f} ×" if loop.an_hour else "loop made none", ""),
            ("clipmill / loop without a memory limit", f"{ours.an_hour / free.an_hour:.2f} ×" if free.an_hour else "loop made none", ""),
            ("peak of tensors, a device, against naive", change(ours.tensors, naive.tensors), "−63 %"),
            ("peak of tensors, all devices", change(ours.all_tensors, naive.tensors), ""),
            ("peak of the largest process", change(ours.largest_process, naive.largest_process), ""),
            ("peak of all processes", change(ours.all_processes, naive.all_processes), ""),
            ("failures, against naive", change(ours.failures, naive.failures), "−85 %")):
        print(f"{name:44}{value:>24}{guide:>14}")


def case(name, program, options):
    project = PROJECTS[name]
    ways = Ways(program, model_folder(program.build, project.model), project)
    clips = project.clips(options.clips)
    print(f"\n=== {name}: {len(clips)} clips of {project.model}, {project.steps} steps, "
          f"{', '.join('x'.join(map(str, shape)) for shape in project.shapes)}; limit {project.limit / measure.MIB:.0f} MiB, "
          f"of it --vram {project.vram / measure.MIB:.0f} MiB")
    trial = clips[:options.trial]
    loop_settings = best(f"loop, trial of {len(trial)} clips", LOOPS, lambda settings: ways.loop(trial, settings))
    settings = best(f"clipmill, trial of {len(trial)} clips", SETTINGS, lambda settings: ways.clipmill(trial, settings))
    print(f"\nthe project\n{HEADER}")
    tensors = ways.naive_tensors()
    naive = dataclasses.replace(ways.naive(clips), tensors=tensors, all_tensors=tensors)
    show("naive", naive)
    loop = show(f"loop: {loop_settings.text()}", ways.loop(clips, loop_settings))
    print(f"{'':44}{loop.seconds / max(1, loop.clips - loop.failures):.2f} s a clip")
    free_settings = best(f"loop without the limit, trial of {len(trial)} clips", FREE_LOOPS,
                         lambda settings: ways.loop(trial, settings))
    free = show(f"loop: {free_settings.text()}", ways.loop(clips, free_settings))
    ours = show(f"clipmill: {settings.text()}", ways.clipmill(clips, settings))
    show_verdict(naive, loop, free, ours)
    in_turn(ways, clips[:options.lever_clips], free_settings, settings, options.rounds)
    show_levers(ways, clips[:options.lever_clips], settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("project", nargs="*", default=["large", "small", "width13"], metavar="PROJECT")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--trial", type=int, default=6)
    parser.add_argument("--lever-clips", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if unknown := set(options.project) - set(PROJECTS):
        parser.error(f"no such project: {', '.join(unknown)}; there are {', '.join(PROJECTS)}")
    for name in options.project:
        case(name, clipmill.Clipmill(options.build), options)


if __name__ == "__main__":
    main()
