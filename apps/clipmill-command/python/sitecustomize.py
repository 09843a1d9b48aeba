"""Run by Python before a command's script: writes which lines' memory grew most between its start and its end.

clipmill puts this folder first into PYTHONPATH for a job with `tracemalloc = N`. Only memory that Python allocates is seen, not a tensor's.
"""
import atexit
import os
import sys
import tracemalloc


def run_the_users_own():
    """The sitecustomize that this one hides."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = ours


def write_report(start, lines, path):
    end = tracemalloc.take_snapshot()
    held, peak = tracemalloc.get_traced_memory()
    ignored = [tracemalloc.Filter(False, __file__), tracemalloc.Filter(False, tracemalloc.__file__)]
    grown = end.filter_traces(ignored).compare_to(start.filter_traces(ignored), "lineno")
    words = " ".join(getattr(sys, "orig_argv", sys.argv))
    report = [f"process {os.getpid()}: {words}", f"held at the end {held:,} bytes, peak {peak:,} bytes"]
    report += [f"{entry.size_diff:+,} bytes in {entry.count_diff:+,} blocks  {entry.traceback[0]}" for entry in grown[:lines]]
    with open(path, "a", encoding="utf-8", errors="replace") as file:  # each Python process of the job adds its own
        file.write("\n".join(report) + "\n\n")


def begin():
    lines, path = int(os.environ.get("CLIPMILL_TRACEMALLOC", "0")), os.environ.get("CLIPMILL_TRACEMALLOC_REPORT")
    if lines > 0 and path:
        tracemalloc.start()
        atexit.register(write_report, tracemalloc.take_snapshot(), lines, path)


run_the_users_own()
begin()
