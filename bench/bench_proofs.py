#!/usr/bin/env python3
"""Measures what proofs cost beside plain inference: the table of "Proofs" in docs/performance.md.

  bench/bench_proofs.py [PROM]

PROM is the program, build/prom by default. Makes and compiles the networks in a folder of its own. Takes a minute or
two, and 3 GB of memory. Needs Python alone.
"""

import pathlib
import sys
import tempfile

from proofs import ROOT, compile_all, machine, measure

# Network, items, threads, rounds.
ROWS = (
    ("cnn-264k", 1, 1, 9),
    ("mlp-4m", 1, 1, 9),
    ("vgg16", 1, 1, 9),
    ("vgg16", 16, 1, 3),
    ("vgg16", 64, 1, 1),
    ("digits-cnn", 1, 1, 9),
    ("digits-cnn", 64, 1, 9),
    ("vgg16", 1, 2, 9),
    ("vgg16", 16, 2, 3),
    ("vgg16", 64, 2, 1),
)


def milliseconds(seconds):
    return f"{seconds * 1e3:,.3f}" if seconds < 0.001 else f"{seconds * 1e3:,.1f}"


def line(name, row):
    cells = [
        name,
        row["items"],
        row["threads"],
        milliseconds(row["inference_seconds"]),
        milliseconds(row["prove_seconds"]),
        f"{row['prove_times_inference']:,.0f}",
        milliseconds(row["verify_seconds"]),
        f"{row['proof_bytes']:,}",
        f"{row['memory_bytes'] / 1e6:,.0f}",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    prom = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else ROOT / "build/prom").resolve()
    print(f"{machine()}\n")
    print("| network | items | threads | inference, ms | prove, ms | times | verify, ms | proof, bytes | memory, MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        programs = compile_all(prom, pathlib.Path(folder))
        for name, items, threads, rounds in ROWS:
            print(line(name, measure(prom, programs[name], items, rounds, threads)), flush=True)


if __name__ == "__main__":
    main()
