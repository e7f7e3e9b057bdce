#!/usr/bin/env python3
"""Measures what solving the game of a contract costs: the table of "The game" in docs/performance.md.

  bench/bench_game.py [PROM]

PROM is the program, build/prom by default. Sweeps 10,000 sets of numbers over the example of 3, 5 and 9 arbiters, and
solves each once with all that `prom game solve` says. Takes half a minute. Needs Python alone.
"""

import os
import pathlib
import resource
import sys
import tempfile

from proofs import ROOT, machine, run

OVER = "w=1500000:2500000:100,sigma=5000:9900:100"


def cpu_seconds(*command):
    """CPU time of the command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = run(*command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    prom = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else ROOT / "build/prom").resolve()
    print(f"{machine()}\n")
    print("| n | sets | seconds | sets a second | solve, seconds |")
    print("|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for arbiters in (3, 5, 9):
            terms = os.path.join(folder, "terms.json")
            pathlib.Path(terms).write_text(run(prom, "contract", "example", "--arbiters", arbiters), encoding="utf-8")
            seconds, rows = cpu_seconds(prom, "game", "sweep", terms, "--over", OVER, "--csv")
            once, _ = cpu_seconds(prom, "game", "solve", terms)
            sets = rows.count("\n") - 1
            print(f"| {arbiters} | {sets:,} | {seconds:.1f} | {sets / seconds:,.0f} | {once:.2f} |", flush=True)


if __name__ == "__main__":
    main()
