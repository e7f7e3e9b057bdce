#!/usr/bin/env python3
"""Compares what `prom` computes with what ONNX Runtime computes, model by model. Prints Markdown; fails when a
threshold is missed. Not part of `make check`, since it needs models/requirements.txt.

  models/compare.py [--prom PROGRAM] [--only TEXT]

Three tables:
- the trained float models: predicted classes on the held-out images, equal on at least 99 %;
- the trained models that ONNX Runtime quantised, and one of them taking and giving integers: outputs within one step on
  at least 99.9 %;
- small networks with random weights for each operator (compare_cases.py): as float models, how far the integer
  program's outputs are from the float ones, beside ONNX Runtime's own 8-bit form of the same network; and quantised in
  five ways, outputs within one step on at least 99.9 %.

The reference is ONNX Runtime without optimising the graph, so that it runs each node as it stands.
"""

import argparse
import logging
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import zlib

import compare_cases
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization import QuantFormat, QuantType
from onnxruntime.quantization.shape_inference import quant_pre_process

MODELS = pathlib.Path(__file__).resolve().parent
PROM = MODELS.parent / "build" / "prom"
SAME_CLASS = 0.99
WITHIN_STEP = 0.999
SIGNAL_TO_NOISE = 25  # dB, of a case's outputs; right operators reach it, a wrong one does not come near
ITEMS = 128  # inputs of a case; all, and 32 of them to quantise it by ONNX Runtime, so that some values are cut off
QUANTISE_ITEMS = 32

TRAINED = ("digits-mlp", "digits-cnn", "digits-resnet", "digits-depthwise")
QUANTISED = ("digits-cnn-qdq", "digits-cnn-qlinear", "digits-resnet-qdq")
INTEGERS = "digits-cnn-qlinear"  # this one also as a model that takes and gives integers

# How ONNX Runtime quantises a case: format, activations, weights, a scale for each output channel.
FORMS = {
    "QDQ uint8, int8 per channel": (QuantFormat.QDQ, QuantType.QUInt8, QuantType.QInt8, True),
    "QDQ uint8, int8": (QuantFormat.QDQ, QuantType.QUInt8, QuantType.QInt8, False),
    "QDQ uint8, uint8 around 128": (QuantFormat.QDQ, QuantType.QUInt8, QuantType.QUInt8, False),
    "QDQ int8, int8 per channel": (QuantFormat.QDQ, QuantType.QInt8, QuantType.QInt8, True),
    "QOperator uint8, int8 per channel": (QuantFormat.QOperator, QuantType.QUInt8, QuantType.QInt8, True),
}


class Refused(Exception):
    """`prom` ended with an error; its sentence."""


class Prom:
    """The program, with a folder for its files."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise Refused(lines[-1].replace(str(self.folder) + "/", ""))

    def infer(self, model, inputs, calibration=None):
        """The outputs of the model's integer program, as floats and as integers."""
        names = ("model.onnx", "model.prom", "x.npy", "y.npy")
        onnx_file, program, given, made = (self.folder / name for name in names)
        onnx.save(model, onnx_file)
        np.save(given, inputs)
        options = []
        if calibration is not None:
            np.save(self.folder / "calibration.npy", calibration)
            options = ["--calibrate", self.folder / "calibration.npy"]
        self.run("compile", onnx_file, *options, "-o", program)
        results = []
        for flags in ([], ["--integers"]):
            made.unlink(missing_ok=True)
            self.run("infer", program, given, "-o", made, *flags)
            results.append(np.load(made))
        return results


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, name, items):
        self.batches = iter([{name: items}])

    def get_next(self):
        return next(self.batches, None)


def quantise(model, calibration, form):
    layout, activations, weights, per_channel = FORMS[form]
    with tempfile.TemporaryDirectory() as folder:
        whole, folded, made = (str(pathlib.Path(folder) / name) for name in ("whole.onnx", "folded.onnx", "made.onnx"))
        onnx.save(model, whole)
        quant_pre_process(whole, folded, skip_symbolic_shape=True)
        quantization.quantize_static(
            folded,
            made,
            Calibration(model.graph.input[0].name, calibration),
            quant_format=layout,
            per_channel=per_channel,
            activation_type=activations,
            weight_type=weights,
            extra_options={"WeightSymmetric": True},
        )
        return onnx.load(made)


def reference(model, inputs, optimised=False):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {model.graph.input[0].name: inputs})[0]


def output_scale(model):
    """Scale and zero point of the DequantizeLinear that gives the model's output."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    last = next(node for node in model.graph.node if model.graph.output[0].name in node.output)
    if last.op_type != "DequantizeLinear":
        raise ValueError(f"the output comes from {last.op_type}, not from DequantizeLinear")
    return (numpy_helper.to_array(constants[name]).item() for name in last.input[1:3])


def without_floats(model, inputs):
    """The model without the QuantizeLinear at its input and the DequantizeLinear at its output, and its inputs."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = list(model.graph.node)
    first = next(node for node in nodes if model.graph.input[0].name in node.input)
    last = next(node for node in nodes if model.graph.output[0].name in node.output)
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    del cut.graph.node[:]
    cut.graph.node.extend(node for node in nodes if node not in (first, last))
    for ends, name in ((cut.graph.input, first.output[0]), (cut.graph.output, last.input[0])):
        ends[0].name = name
        ends[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    scale, zero_point = (constants[name] for name in first.input[1:3])
    return cut, np.clip(np.rint(inputs / scale) + zero_point, 0, 255).astype(np.uint8)


def steps_apart(model, expected, floats, integers):
    """How many steps of the output's scale each value is from the expected one. The floats must say the same as the
    integers do."""
    scale, zero_point = output_scale(model)
    codes = np.rint(expected / np.float32(scale)).astype(np.int64) + zero_point
    if not np.allclose((integers.astype(np.int64) - zero_point) * scale, floats, rtol=1e-5, atol=1e-6 * scale):
        raise Refused("the floats are not the integers at the model's scale and zero point")
    return np.abs(codes - integers.astype(np.int64).reshape(codes.shape))


def signal_to_noise(expected, made):
    """In dB. The signal is what differs from item to item: a constant output would say nothing of the operators."""
    noise = np.square(made.reshape(expected.shape) - expected).mean()
    return 10 * np.log10(np.square(expected - expected.mean(axis=0)).mean() / noise) if noise else np.inf


class Report:
    """Rows of tables, and whether all thresholds were reached."""

    def __init__(self):
        self.missed = []
        self.rows = 0

    def table(self, title, *columns):
        print(f"\n### {title}\n\n| {' | '.join(columns)} |\n|---{'|--:' * (len(columns) - 1)}|")

    def row(self, name, *cells):
        self.rows += 1
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

    def judge(self, name, good, cell):
        """The cell; in bold, and noted, when it is not good."""
        if good:
            return cell
        self.missed.append(f"{name}: {cell}")
        return f"**{cell}**"

    def attempt(self, name, cells):
        """What `cells` gives; or what the program said."""
        try:
            return cells()
        except Refused as refused:
            self.missed.append(f"{name}: {refused}")
            return ["**refused**"]


def percent(part):
    return f"{100 * part:.2f} %"


def within(steps):
    """within one step, equal."""
    return f"{percent((steps <= 1).mean())}, {percent((steps == 0).mean())}"


def compare_trained(report, prom, only):
    images = np.load(MODELS / "digits-heldout-images.npy")
    labels = np.load(MODELS / "digits-heldout-labels.npy")
    calibration = np.load(MODELS / "digits-calibration.npy")

    def cells(name, model):
        expected = reference(model, images)
        made, _ = prom.infer(model, images, calibration)
        same = (expected.argmax(axis=1) == made.argmax(axis=1)).mean()
        rights = [f"{(logits.argmax(axis=1) == labels).sum()} of {len(labels)}" for logits in (expected, made)]
        noise = f"{signal_to_noise(expected, made):.1f} dB"
        return [*rights, report.judge(name, same >= SAME_CLASS, percent(same)), noise]

    columns = ("ONNX Runtime, float: right", "prom: right", "same class", "signal to noise")
    report.table(f"Trained float models, {len(images)} held-out images", "model", *columns)
    for name in (name for name in TRAINED if only in name):
        report.row(name, *report.attempt(name, lambda: cells(name, onnx.load(MODELS / f"{name}.onnx"))))


def compare_quantised(report, prom, only):
    images = np.load(MODELS / "digits-heldout-images.npy")
    labels = np.load(MODELS / "digits-heldout-labels.npy")

    def cells(name, model):
        expected = reference(model, images)
        floats, integers = prom.infer(model, images)
        steps = steps_apart(model, expected, floats, integers)
        rights = [f"{(logits.argmax(axis=1) == labels).sum()} of {len(labels)}" for logits in (expected, floats)]
        scale, zero_point = output_scale(model)
        optimised = reference(model, images, optimised=True)
        theirs = steps_apart(model, expected, optimised, np.rint(optimised / np.float32(scale)) + zero_point)
        good = report.judge(name, (steps <= 1).mean() >= WITHIN_STEP, within(steps))
        return [*rights, good, str(steps.max()), within(theirs)]

    columns = ("ONNX Runtime: right", "prom: right", "within one step, equal", "most steps apart")
    columns += ("ONNX Runtime, optimised: within one step, equal",)
    report.table(f"Trained quantised models, {len(images)} held-out images", "model", *columns)
    for name in (name for name in QUANTISED if only in name):
        report.row(name, *report.attempt(name, lambda: cells(name, onnx.load(MODELS / f"{name}.onnx"))))

    def integer_cells(name, model, codes):
        expected = reference(model, codes).astype(np.int64)
        _, made = prom.infer(model, codes)
        steps = np.abs(expected - made)
        rights = [f"{(outputs.argmax(axis=1) == labels).sum()} of {len(labels)}" for outputs in (expected, made)]
        good = report.judge(name, made.dtype == np.uint8 and (steps <= 1).mean() >= WITHIN_STEP, within(steps))
        return [*rights, good, str(steps.max()), "-"]

    name = f"{INTEGERS}, integers in and out"
    if only in name:
        bare = without_floats(onnx.load(MODELS / f"{INTEGERS}.onnx"), images)
        report.row(name, *report.attempt(name, lambda: integer_cells(name, *bare)))


def compare_cases_as_float(report, prom, cases):
    def cells(case, model, inputs):
        expected = reference(model, inputs)
        made, _ = prom.infer(model, inputs, inputs)
        theirs = "-"
        if case.quantise:
            quantised = quantise(model, inputs, "QDQ uint8, int8 per channel")
            theirs = f"{signal_to_noise(expected, reference(quantised, inputs)):.1f} dB"
        found = signal_to_noise(expected, made)
        return [report.judge(case.name, found >= SIGNAL_TO_NOISE, f"{found:.1f} dB"), theirs]

    columns = ("prom: signal to noise", "ONNX Runtime in 8 bits: signal to noise")
    report.table("Operators, from float models with random weights", "network", *columns)
    for case, *given in cases:
        report.row(case.name, *report.attempt(case.name, lambda: cells(case, *given)))


def compare_cases_quantised(report, prom, cases):
    def cells(name, model, inputs, form):
        quantised = quantise(model, inputs[:QUANTISE_ITEMS], form)
        floats, integers = prom.infer(quantised, inputs)
        steps = steps_apart(quantised, reference(quantised, inputs), floats, integers)
        return [report.judge(name, (steps <= 1).mean() >= WITHIN_STEP, within(steps))]

    report.table("Operators, quantised by ONNX Runtime: outputs within one step, equal", "network", *FORMS)
    for case, *given in cases:
        if case.quantise:
            row = []
            for form in FORMS:
                name = f"{case.name}, {form}"
                row += report.attempt(name, lambda: cells(name, *given, form))
            report.row(case.name, *row)


def made_cases(only):
    """Each case with its model and inputs; all drawn from its name."""
    for case in compare_cases.CASES:
        if only in case.name:
            generator = np.random.default_rng(zlib.crc32(case.name.encode()))
            model = compare_cases.build(case, generator)
            inputs = compare_cases.inputs(case, generator, ITEMS)
            size = reference(model, inputs).shape[1]
            model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = size
            yield case, model, inputs


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = [line.split(": ", 1) for line in file if ": " in line]
    said = {key.strip(): value.strip() for key, value in lines}
    # Without it, ONNX Runtime's sums of QLinearConv may saturate, and are no reference.
    vnni = "with VNNI" if "vnni" in said.get("flags", "") else "without VNNI"
    return f"{said.get('model name', platform.machine())}, {vnni}; ONNX Runtime {onnxruntime.__version__}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prom", type=pathlib.Path, default=PROM, metavar="PROGRAM", help="build/prom when not given")
    parser.add_argument("--only", default="", metavar="TEXT", help="only models and networks with this in their name")
    given = parser.parse_args()
    if not os.access(given.prom, os.X_OK):
        parser.error(f"{given.prom} is no program; build it, or name it with --prom")
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(3)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        prom = Prom(given.prom.resolve(), folder)
        print(machine())
        compare_trained(report, prom, given.only)
        compare_quantised(report, prom, given.only)
        cases = list(made_cases(given.only))
        compare_cases_as_float(report, prom, cases)
        compare_cases_quantised(report, prom, cases)
    if report.rows == 0:
        parser.error(f"no model and no network has '{given.only}' in its name")
    for missed in report.missed:
        print(f"compare: missed: {missed}", file=sys.stderr)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
