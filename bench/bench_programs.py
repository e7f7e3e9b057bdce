#!/usr/bin/env python3
"""Measures programs that are modules beside the same sources compiled for this machine: the tables of "Programs" in
docs/performance.md.

  bench/bench_programs.py [--runs N]

One core each. A module's time is that of its nodes alone, and of the whole command beside it, with the start of the helper,
compiling and reading; a native program's that of its nodes. The median of the runs counts, of both in turn. Takes a minute.
Needs build/prom, build/prom-wasm and gcc.
"""

import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROM = os.environ.get("PROM", str(ROOT / "build" / "prom"))
PROGRAMS = ROOT / "examples" / "programs"
SHARE = 10  # per cent that are verified


def told(*arguments):
    done = subprocess.run([PROM, *arguments, "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def canonical(items):
    return struct.pack(f">I{len(items)}I", len(items), *map(len, items)) + b"".join(items)


def texts():
    """The chapters, over and over: 100 items of a megabyte each."""
    chapters = b"".join(path.read_bytes() for path in sorted((PROGRAMS / "wordcount" / "text").iterdir()))
    return [(chapters * 10)[: 1 << 20]] * 100


def seeds():
    return [b"%d 5000000" % seed for seed in range(100)]


WORK = {"wordcount": texts, "montecarlo": seeds}


def native_seconds(program, items, results):
    done = subprocess.run([program, items, results], check=True, capture_output=True, text=True)
    return float(next(word for word in (done.stdout + done.stderr).split() if word.replace(".", "", 1).isdigit() and "." in word))


def measure(folder, name, runs):
    items = folder / f"{name}.items"
    items.write_bytes(canonical(WORK[name]()))
    program, results = str(folder / f"{name}.prom"), str(folder / f"{name}.results")
    told("program", "make", str(PROGRAMS / name / f"{name}.wasm"), "-o", program, "--result-bytes", "1M", "--fold-bytes", "1M")
    compiling = told("program", "check", program)["compile_seconds"]
    module, whole, native, verify = [], [], [], []
    for _ in range(runs):
        began = time.monotonic()
        module.append(told("program", "run", program, str(items), "--items", "records", "--results", results)["seconds"])
        whole.append(time.monotonic() - began)
        native.append(native_seconds(str(folder / name), str(items), str(folder / "native.results")))
        verify.append(told("program", "verify", program, str(items), "--items", "records", "--results", results,
                           "--share", str(SHARE))["seconds"])  # fmt: skip
    times = [statistics.median(one) for one in (native, module, whole, verify)]
    print(f"| {name} | {times[0]:.2f} s | {times[1]:.2f} s | {times[1] / times[0]:.2f} | {times[2]:.2f} s | "
          f"{1000 * compiling:.0f} ms | {times[3]:.2f} s | {times[3] / times[1]:.2f} |")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"| program | native | module | module / native | whole command | compiling | verifying {SHARE} % | of the module's |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([PROGRAMS / "build", "--native", folder], check=True)
        for program in WORK:
            measure(folder, program, runs)


if __name__ == "__main__":
    main()
