#!/usr/bin/env python3
"""The same programs by different engines, for `make soak`: engines_soak.py BUILD SECONDS FILE.

The examples with their inputs, the edges and limits of tests/engines, and random modules (tests/vectors/module) are
metered by BUILD/tests/tool.meter and run by each BUILD/engines/engine-NAME. The bytes of the results of all nodes, with
statuses, traps and fuel, must be the same by all, and as the interpreter of tests/vectors/module has them, which counts by
itself: of the examples, which are too long for it, it gets the inputs that are refused. What the
examples compute must be what Python computes, and wordcount in Rust the same as in C.

What has been compared stands in FILE, and the next run goes on from there as long as programs and sources are the same.
The last line says how far it is; the status is 1 where anything differed. Standard library only.
"""

import collections
import functools
import hashlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors" / "module"
sys.path[:0] = [str(VECTORS), str(ROOT / "tests" / "functional")]

import canonical  # noqa: E402
import decoder  # noqa: E402
import edges  # noqa: E402
import frames  # noqa: E402
import interpreter  # noqa: E402
import limits  # noqa: E402
import program_examples  # noqa: E402
import random_modules  # noqa: E402

RANDOM = 1000  # modules; seeds from 0
LIMITS = canonical.Limits(folds=1, pages=1024, result_bytes=1 << 24, fold_bytes=1 << 24, fuel=1 << 40, fold_fuel=1 << 40)
UNIT = 16  # bytes of stack that a unit of depth stands for
LONGEST = 600  # seconds for a job

# What is run: its name, limits, module and items; whether the interpreter can; and what gives what its nodes must be.
Case = collections.namedtuple("Case", "name limits code items plain wanted")


# Who is known to be wrong, and by what; anything else is a finding, and so is one of these that is right again.
OWN = "wasmtime"  # prom-wasm's
SELECT = "chooses the wrong one of a constant and a call's result: edges.select_edge"
KNOWN = {
    ("wasmi", "edge.select"): SELECT,
    ("wasmi", "random.81"): SELECT,
}


class Differs(Exception):
    """Two who run a program do not say the same."""


def example_cases():
    for name, program in program_examples.PROGRAMS.items():
        code = (program_examples.ROOM / program.module).read_bytes()
        limits = LIMITS if program.reduce is not None else LIMITS._replace(folds=0, fold_bytes=0, fold_fuel=0)
        for kind, items in (("inputs", program.inputs()), ("hostile", program.hostile)):
            wanted = functools.partial(program_examples.run, program, items)
            yield Case(f"{name}.{kind}", limits, code, items, kind == "hostile" and name != "search", wanted)


def edge_cases():
    for name, limits, code, items in edges.all_edges():
        yield Case(f"edge.{name}", limits, code, items, True, None)


def limit_cases():
    for name, make in limits.MODULES.items():
        yield Case(f"limit.{name}", edges.LIMITS, make(), [b""], False, None)


def random_case(seed):
    return Case(f"random.{seed}", random_modules.LIMITS, random_modules.module(seed), random_modules.items(seed), True, None)


def cases(first):
    """All from number `first` on: a random module is made when its turn comes."""
    fixed = [*example_cases(), *edge_cases(), *limit_cases()]
    return itertools.chain(fixed[first:], map(random_case, range(max(0, first - len(fixed)), RANDOM))), len(fixed) + RANDOM


def engines(build):
    return sorted((build / "engines").glob("engine-*"))


def digest_of(build):
    """Of all that the results hang on."""
    hash_ = hashlib.sha256()
    sources = [*sorted(VECTORS.glob("*.py")), *sorted(pathlib.Path(__file__).parent.glob("*.py"))]
    for path in [build / "tests" / "tool.meter", *engines(build), *sources]:
        hash_.update(path.read_bytes())
    return hash_.hexdigest()


def read_results(data):
    return [canonical.Node(*row) for row in program_examples.read_results(data)]


def meter(case, build, folder):
    (folder / "program").write_bytes(canonical.write_program(case.limits, case.code))
    command = [build / "tests" / "tool.meter", folder / "program", folder / "metered"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Differs(f"{case.name}: is refused: {done.stderr.strip()}")


def fattest_frame(build, folder):
    """The most bytes of stack for a unit of depth, of all engines."""
    found = []
    for (name, make), engine in itertools.product(frames.MODULES.items(), engines(build)):
        meter(Case(f"frame.{name}", edges.LIMITS, make(), None, False, None), build, folder)
        said = subprocess.run([engine, "stack", folder / "metered"], capture_output=True, text=True, check=False)
        if said.returncode != 0 or float(said.stdout.split()[0]) > UNIT:
            raise Differs(f"frame.{name}: {engine.name} has {said.stdout.strip()}{said.stderr[:200]}, {UNIT} is what there is")
        found.append(float(said.stdout.split()[0]))
    return max(found)


def run_by(engine, folder):
    """The results' bytes, or why there are none."""
    out = folder / "results"
    out.unlink(missing_ok=True)
    paths = [folder / "program", folder / "metered", folder / "items", out]
    done = subprocess.run([engine, "run", *paths], capture_output=True, text=True, errors="replace", timeout=LONGEST, check=False)
    return out.read_bytes() if done.returncode == 0 else f"status {done.returncode}: {done.stderr[:200].strip()}"


def first_difference(one, two):
    """In words, of two results of a case."""
    if isinstance(one, str) or isinstance(two, str):
        return f"{one if isinstance(one, str) else 'results'} and {two if isinstance(two, str) else 'results'}"
    pairs = itertools.zip_longest(read_results(one), read_results(two))
    node, pair = next((number, pair) for number, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"node {node} is {pair[0]} and {pair[1]}"


def compare(case, right, name, said):
    """Returns whether this is a known fault."""
    known = (name, case.name) in KNOWN
    wrong = said != right or isinstance(said, str)
    if known and not wrong:
        raise Differs(f"{case.name}: {name} is right: take it from the list of what is known")
    if wrong and not known:
        raise Differs(f"{case.name}: by {OWN} and {name}, {first_difference(right, said)}")
    return known


def check(case, build, folder):
    """Runs a case by all. Returns its nodes, none where it cannot be run, and how many faults are known."""
    meter(case, build, folder)
    (folder / "items").write_bytes(canonical.write_items(case.items))
    said = {engine.name.removeprefix("engine-"): run_by(engine, folder) for engine in engines(build)}
    known = sum([compare(case, said[OWN], name, what) for name, what in said.items()])
    if isinstance(said[OWN], str):
        return [], known
    if case.plain:
        nodes = interpreter.run(decoder.Module(case.code), case.limits, case.items)
        compare(case, said[OWN], "the interpreter", canonical.write_results(nodes))
    nodes = read_results(said[OWN])
    if case.wanted is not None and [(node.status, node.trap, node.bytes) for node in nodes] != case.wanted():
        raise Differs(f"{case.name}: the results are not those that Python computes")
    return nodes, known


def count(state, case, nodes, known):
    state["plain"] += case.plain
    state["known"] += known
    for node in nodes:
        end = f"{node.status}.{node.trap}"
        state["ends"][end] = state["ends"].get(end, 0) + 1


def measure(state, build, folder):
    try:
        state["frame"] = fattest_frame(build, folder)
    except Differs as differs:
        state["failed"].append(str(differs))


def read_state(path, digest):
    """What was compared of these, or nothing yet."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        if state["digest"] == digest:
            return state
    return {"digest": digest, "done": 0, "frame": 0.0, "plain": 0, "known": 0, "ends": {}, "seconds": 0.0, "failed": []}


def main(build, seconds, path):
    build = pathlib.Path(build)
    state = read_state(path, digest_of(build))
    until = time.monotonic() + float(seconds)
    left, total = cases(state["done"])
    with tempfile.TemporaryDirectory() as folder:
        if state["done"] == 0:
            measure(state, build, pathlib.Path(folder))
        for case in left:
            begun = time.monotonic()
            if begun > until:
                break
            try:
                count(state, case, *check(case, build, pathlib.Path(folder)))
            except Differs as differs:
                state["failed"].append(str(differs))
            state["done"] += 1
            state["seconds"] += time.monotonic() - begun
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(state, file)
            os.replace(path + ".new", path)
    for line in state["failed"]:
        print(line, file=sys.stderr)
    names = ", ".join(engine.name.removeprefix("engine-") for engine in engines(build))
    print(
        f"engines: {state['done']} of {total} modules, {sum(state['ends'].values())} runs, {len(state['failed'])} differ; "
        f"{state['seconds']:.0f} s, {names}; {state['plain']} by the interpreter; {len(state['ends'])} kinds of ends; "
        f"{state['known']} known faults; {state['frame']:.2f} bytes of stack for a unit of depth at most"
    )
    return 1 if state["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
