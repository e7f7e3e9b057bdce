#!/usr/bin/env python3
"""Measures how many images a second `prom`'s programs and ONNX Runtime's 8-bit models do on one core, side by side.
Prints the table of docs/onnx-runtime.md. Not part of `make check`, since it needs models/requirements.txt.

  bench/compare_infer.py [--build FOLDER] [--rounds N] [--seconds N] [--core N] [NETWORK...]

For each network of tools/make-model and each batch: ONNX Runtime quantises the network in several ways, and the one
that is fastest in a first try stays. Then both run in turns, on the same core, and the medians count. ONNX Runtime has
one thread and all its optimisations; its times include quantising the float inputs and getting floats back.
"""

import argparse
import json
import logging
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization import QuantFormat, QuantType
from onnxruntime.quantization.shape_inference import quant_pre_process

ROOT = pathlib.Path(__file__).resolve().parent.parent
NETWORKS = ("vgg16", "mlp-4m", "cnn-264k")
BATCHES = (1, 64)
INPUTS = 64

# Its sums of uint8 and int8 use VNNI where the processor has it. What remains are the format, and whether each output
# channel's weights have their own scale.
FORMS = {
    "QDQ": (QuantFormat.QDQ, False),
    "QDQ, per channel": (QuantFormat.QDQ, True),
    "QOperator": (QuantFormat.QOperator, False),
    "QOperator, per channel": (QuantFormat.QOperator, True),
}


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, items):
        self.batches = iter([{"image": items}])

    def get_next(self):
        return next(self.batches, None)


def quantise(model, calibration, form):
    """The file of the model in 8 bits, beside the model's."""
    layout, per_channel = FORMS[form]
    folded = model.with_suffix(".folded.onnx")
    made = model.with_suffix(f".{form.replace(', ', '.').replace(' ', '-')}.onnx")
    if not folded.exists():
        quant_pre_process(str(model), str(folded), skip_symbolic_shape=True)
    quantization.quantize_static(
        str(folded),
        str(made),
        Calibration(np.load(calibration)),
        quant_format=layout,
        per_channel=per_channel,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    return made


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def theirs(session, inputs, seconds):
    """Images in a second of the core's time, over at least so many seconds and three runs; one more run before, to warm
    up. The core's time, as in bench_infer: what other programs take of the core counts for neither side."""
    session.run(None, {"image": inputs})
    runs, start = 0, time.process_time()
    while runs < 3 or time.process_time() - start < seconds:
        session.run(None, {"image": inputs})
        runs += 1
    return runs * len(inputs) / (time.process_time() - start)


def ours(bench, program, inputs, batch):
    """What bench_infer says: images_per_second, gmac_per_second, kernels."""
    command = [bench, program, inputs, "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"compare_infer: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def multiplications(path):
    """Of one image, in convolutions and dense layers."""
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    for value in (*model.graph.value_info, *model.graph.output):
        shapes[value.name] = tuple(size.dim_value for size in value.type.tensor_type.shape.dim[1:])
    total = 0
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            pixels = shapes[node.output[0]][1:]
            total += int(np.prod(shapes[node.input[1]])) * int(np.prod(pixels))
    return total


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"compare_infer: {' '.join(map(str, command))}: {done.stderr.strip()}")


def prepare(network, folder, prom):
    """The files of a network: its program, its inputs, the sessions of ONNX Runtime, multiplications of an image."""
    model, program = folder / f"{network}.onnx", folder / f"{network}.prom"
    calibration, inputs = folder / f"{network}-calibration.npy", folder / f"{network}-inputs.npy"
    options = ("--calibration", calibration, "--inputs", INPUTS, inputs)
    run(ROOT / "tools" / "make-model", network, "-o", model, *options)
    run(prom, "compile", model, "--calibrate", calibration, "-o", program)
    sessions = {form: open_session(quantise(model, calibration, form)) for form in FORMS}
    return program, inputs, sessions, multiplications(model)


def measure(network, batch, prepared, given):
    """A row of the table."""
    program, inputs, sessions, count = prepared
    images = np.load(inputs)[:batch]
    best = max(sessions, key=lambda form: theirs(sessions[form], images, given.seconds / 2))
    mine, other = [], []
    for _ in range(given.rounds):
        mine.append(ours(given.build / "bench" / "bench_infer", program, inputs, batch))
        other.append(theirs(sessions[best], images, given.seconds))
    said = mine[0]["gmac_per_second"] / mine[0]["images_per_second"] * 1e9
    if abs(said / count - 1) > 0.01:
        sys.exit(f"compare_infer: bench_infer counts {said:.0f} multiplications in an image of {network}, not {count}")
    a, b = statistics.median(one["images_per_second"] for one in mine), statistics.median(other)
    cells = (batch, f"{a:.1f}", f"{a * count / 1e9:.2f}", f"{b:.1f}", f"{b * count / 1e9:.2f}", best, f"{a / b:.2f}")
    print(f"| {network} | {' | '.join(map(str, cells))} |", flush=True)
    return mine[0]["kernels"]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        said = dict(line.split(": ", 1) for line in file.read().replace("\t", "").splitlines() if ": " in line)
    flags = said.get("flags", "").split()
    extensions = " ".join(name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni") if name in flags)
    return f"{said.get('model name')} (family {said.get('cpu family')}, model {said.get('model')}; {extensions})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="of tools/make-model; all when not given")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", metavar="FOLDER", help="build/")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured; 5")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long ONNX Runtime runs in a round, at least; 1")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the last one when not given")
    given = parser.parse_args()
    wrong = [name for name in given.networks if name not in NETWORKS]
    if wrong:
        parser.error(f"no network '{wrong[0]}': {', '.join(NETWORKS)}")
    os.sched_setaffinity(0, {given.core})
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(3)
    print(f"{processor()}; ONNX Runtime {onnxruntime.__version__}; one core, medians of {given.rounds} rounds\n")
    print("| network | batch | prom: images/s | GMAC/s | ONNX Runtime: images/s | GMAC/s | its form | ratio |")
    print("|---|--:|--:|--:|--:|--:|---|--:|")
    kernels = set()
    with tempfile.TemporaryDirectory() as folder:
        for network in given.networks or NETWORKS:
            prepared = prepare(network, pathlib.Path(folder), given.build / "prom")
            kernels |= {measure(network, batch, prepared, given) for batch in BATCHES}
    print(f"\nprom's kernels: {', '.join(sorted(kernels))}")


if __name__ == "__main__":
    main()
