#!/usr/bin/env python3
"""Solves makespan instances with OR-Tools CP-SAT, to stand beside clipmill's plans in bench_schedule.

    bench_schedule --write FOLDER
    python3 bench/makespan_cp_sat.py FOLDER RESULT.csv [--seconds 15] [--only GLOB]

Needs `pip install ortools`. One worker. A file that RESULT.csv already has is not solved again.
"""
import argparse
import csv
import pathlib
import time

from ortools.sat.python import cp_model

COLUMNS = ["file", "value", "bound", "optimal", "seconds"]


def read(path):
    """(machines, capacity, [(time, demand), …])"""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    machines, jobs, capacity = (int(word) for word in rows[0])
    tasks = [(int(time), int(demand)) for time, demand in rows[1:]]
    assert len(tasks) == jobs, f"{path}: {jobs} jobs announced, {len(tasks)} found"
    return machines, capacity, tasks


def solve(path, seconds):
    machines, capacity, tasks = read(path)
    model = cp_model.CpModel()
    horizon = sum(time for time, _ in tasks)
    starts = [model.new_int_var(0, horizon, f"start{j}") for j in range(len(tasks))]
    intervals = [model.new_fixed_size_interval_var(start, time, f"task{j}")
                 for j, (start, (time, _)) in enumerate(zip(starts, tasks))]
    # What any schedule needs; left to itself, one worker does not add it up.
    area = max(-(-sum(time for time, _ in tasks) // machines),
               -(-sum(time * demand for time, demand in tasks) // capacity))
    makespan = model.new_int_var(area, horizon, "makespan")
    for start, (duration, _) in zip(starts, tasks):
        model.add(start + duration <= makespan)
    model.add_cumulative(intervals, [demand for _, demand in tasks], capacity)
    model.add_cumulative(intervals, [1] * len(tasks), machines)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    began = time.monotonic()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    value = round(solver.objective_value) if found else horizon
    return value, round(solver.best_objective_bound), int(status == cp_model.OPTIMAL), time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--only", default="*.txt", help="which files of the folder")
    options = parser.parse_args()

    known = set()
    if options.result.exists():
        with options.result.open(newline="") as file:
            known = {row["file"] for row in csv.DictReader(file)}
    else:
        options.result.write_text(",".join(COLUMNS) + "\n")
    for path in sorted(options.folder.glob(options.only)):
        if path.name in known:
            continue
        value, bound, optimal, seconds = solve(path, options.seconds)
        with options.result.open("a", newline="") as file:
            csv.writer(file).writerow([path.name, value, bound, optimal, f"{seconds:.2f}"])
        print(f"{path.name}: {value}, at least {bound}, {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
