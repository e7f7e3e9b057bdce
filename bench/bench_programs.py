#!/usr/bin/env python3
"""Measures programs that are modules beside the same sources compiled for this machine: the table of "Programs" in
docs/performance.md.

  bench/bench_programs.py [--runs N]

All on one core, which this script takes for itself and what it starts. *native* is the processor's time of the nodes; *module*
the wall's time of the nodes, with the session that prom opens for them and the hashes of the results; *whole command* the
processor's time of prom and prom-wasm together, with their start, reading and writing. *compiling* is the wall's time of
opening a session, which every command does anew, as nothing compiled is kept; *verifying* that of computing a share of the
nodes again. The median of the runs counts, of all in turn. That module and native program give the same results is checked.
Takes two minutes, on a machine that does nothing else. Needs build/prom, build/prom-wasm and gcc.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROM = os.environ.get("PROM", str(ROOT / "build" / "prom"))
PROGRAMS = ROOT / "examples" / "programs"
SHARE = 10  # per cent that are verified

sys.path.append(str(ROOT / "tests" / "functional"))
from program_examples import read_results  # noqa: E402, pylint: disable=wrong-import-position


def told(*arguments):
    done = subprocess.run([PROM, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def seconds_of(*arguments):
    """What the command says, and what it and all that it starts take of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = told(*arguments)["seconds"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def canonical(items):
    return struct.pack(f">I{len(items)}I", len(items), *map(len, items)) + b"".join(items)


def texts():
    """The chapters, over and over: 100 items of a megabyte each."""
    chapters = b"".join(path.read_bytes() for path in sorted((PROGRAMS / "wordcount" / "text").iterdir()))
    return [(chapters * 13)[: 1 << 20]] * 100


def seeds():
    return [b"%d 5000000" % seed for seed in range(100)]


WORK = {"wordcount": texts, "montecarlo": seeds}


def native_seconds(program, items, results):
    """What it says itself: "N nodes in SECONDS s of processor time"."""
    done = subprocess.run([program, items, results], check=True, capture_output=True, text=True)
    words = done.stdout.split()
    return float(words[words.index("in") + 1])


def without_fuel(path):
    """The results of nodes; who runs natively counts no fuel."""
    return [(status, trap, given) for status, trap, _, given in read_results(pathlib.Path(path).read_bytes())]


def measure(folder, name, runs):
    items = folder / f"{name}.items"
    items.write_bytes(canonical(WORK[name]()))
    program, results, natives = (str(folder / f"{name}.{kind}") for kind in ("prom", "results", "native-results"))
    told("program", "make", str(PROGRAMS / name / f"{name}.wasm"), "-o", program, "--result-bytes", "1M", "--fold-bytes", "1M")
    given = (program, str(items), "--items", "records", "--results", results)
    native, module, whole, verify, compiling = [], [], [], [], []
    for _ in range(runs):
        native.append(native_seconds(str(folder / name), str(items), natives))
        nodes, all_of_it = seconds_of("program", "run", *given)
        module.append(nodes)
        whole.append(all_of_it)
        verify.append(seconds_of("program", "verify", *given, "--share", str(SHARE))[0])
        compiling.append(told("program", "check", program)["compile_seconds"])
    if without_fuel(results) != without_fuel(natives):
        sys.exit(f"{name}: the module and the native program give different results")
    times = [statistics.median(one) for one in (native, module, whole, verify, compiling)]
    print(f"| {name} | {times[0]:.2f} s | {times[1]:.2f} s | {times[1] / times[0]:.2f} | {times[2]:.2f} s | {times[3]:.2f} s | "
          f"{times[3] / times[1]:.2f} | {1000 * times[4]:.0f} ms |")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    if not os.path.exists(os.path.join(os.path.dirname(PROM), "prom-wasm")):
        sys.exit(f"there is no prom-wasm beside {PROM}: 'make deps build' makes it")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"| program | native | module | module / native | whole command | verifying {SHARE} % | verifying / module | compiling |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([PROGRAMS / "build", "--native", folder], check=True)
        for program in WORK:
            measure(folder, program, runs)


if __name__ == "__main__":
    main()
