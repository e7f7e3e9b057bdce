"""Makes the networks of the benchmarks of proofs, and reads what `prom bench prove` says of them."""

import json
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIGITS = ("mlp", "depthwise", "cnn", "resnet")
MADE = ("cnn-264k", "mlp-4m", "vgg16")


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def compile_all(prom, folder):
    """The integer programs, by name."""
    programs = {}
    for name in DIGITS:
        programs[f"digits-{name}"] = (ROOT / "models" / f"digits-{name}.onnx", ROOT / "models/digits-calibration.npy")
    for name in MADE:
        model, calibration = folder / f"{name}.onnx", folder / f"{name}.npy"
        run(ROOT / "tools/make-model", name, "-o", model, "--calibration", calibration)
        programs[name] = (model, calibration)
    for name, (model, calibration) in programs.items():
        programs[name] = folder / f"{name}.prom"
        run(prom, "compile", model, "--calibrate", calibration, "-o", programs[name])
    return programs


def measure(prom, program, items, rounds=5, threads=None):
    """One proof's costs: `rounds` times, with as many threads as the machine has where `threads` is None."""
    options = [] if threads is None else ["--threads", threads]
    return json.loads(run(prom, "bench", "prove", program, "--batch", items, "--rounds", rounds, "--json", *options))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine():
    return f"{processor()}, {len(os.sched_getaffinity(0))} processors"
