#!/usr/bin/env python3
"""Trains small networks on scikit-learn's digits and writes the files that README.md lists, beside itself.

The networks are exported as their users would export them: one by each exporter of PyTorch, one with its
BatchNormalization left in. The quantised ones are made by ONNX Runtime's own quantiser.

Everything is seeded; with the versions of requirements.txt, on one machine, the same files come out every time.
"""

import logging
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn import functional

SEED = 1
HELD_OUT = 360
CALIBRATION = 128
HIDDEN = (64, 32)
EPOCHS = 60
BATCH = 32
HERE = pathlib.Path(__file__).resolve().parent


def load():
    """Images Nx1x8x8 between 0 and 1, and labels: (training images, held-out images, their labels each)."""
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = digits.target.astype(np.int64)
    return train_test_split(images, labels, test_size=HELD_OUT, random_state=SEED, stratify=labels)


def train_mlp(images, labels):
    """Trains scikit-learn's perceptron, and writes it node by node: Flatten, then Gemm and Relu in turns."""
    network = MLPClassifier(hidden_layer_sizes=HIDDEN, alpha=1e-3, max_iter=400, random_state=SEED)
    network.fit(images.reshape(len(images), -1).astype(np.float64), labels)
    nodes = [helper.make_node("Flatten", ["image"], ["flat"], name="flatten", axis=1)]
    initializers = []
    value = "flat"
    last = len(network.coefs_)
    for i, (weights, biases) in enumerate(zip(network.coefs_, network.intercepts_), start=1):
        for name, array in ((f"fc{i}.weight", weights.T), (f"fc{i}.bias", biases)):
            initializers.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
        made = "logits" if i == last else f"fc{i}.out"
        nodes.append(helper.make_node("Gemm", [value, f"fc{i}.weight", f"fc{i}.bias"], [made], name=f"fc{i}", transB=1))
        if i != last:
            nodes.append(helper.make_node("Relu", [made], [f"relu{i}.out"], name=f"relu{i}"))
            made = f"relu{i}.out"
        value = made
    graph = helper.make_graph(
        nodes,
        "digits-mlp",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="prometheus")
    model.ir_version = 7
    return model


def convolution(inputs, outputs, kernel=3, stride=1, groups=1):
    """A convolution that keeps the size (at stride 1), and its normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Cnn(nn.Module):
    """Three convolutions, two poolings, two dense layers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            convolution(1, 16), nn.ReLU(), convolution(16, 32), nn.ReLU(), nn.MaxPool2d(2),
            convolution(32, 32), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Linear(32 * 2 * 2, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10))

    def forward(self, image):
        return self.classifier(torch.flatten(self.features(image), 1))


class Residual(nn.Module):
    """Two convolutions beside a shortcut, which is a strided 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = convolution(inputs, outputs, stride=stride)
        self.second = convolution(outputs, outputs)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else convolution(inputs, outputs, kernel=1, stride=stride)

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = convolution(1, 16)
        self.blocks = nn.Sequential(Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 32, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(32, 10)

    def forward(self, image):
        x = self.pool(self.blocks(functional.relu(self.stem(image))))
        return self.classifier(torch.flatten(x, 1))


def separable(inputs, outputs, stride):
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution across channels."""
    return nn.Sequential(
        convolution(inputs, inputs, stride=stride, groups=inputs), nn.ReLU6(),
        convolution(inputs, outputs, kernel=1), nn.ReLU6(),
    )  # fmt: skip


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(convolution(1, 24), nn.ReLU6())
        self.blocks = nn.Sequential(separable(24, 48, 1), separable(48, 64, 2), separable(64, 64, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(64, 10)

    def forward(self, image):
        x = self.pool(self.blocks(self.stem(image)))
        return self.classifier(x.view(x.size(0), -1))


def shifted(images, generator):
    """The images moved by up to one pixel in each direction, all of a batch alike."""
    rows, columns = torch.randint(0, 3, (2,), generator=generator).tolist()
    return functional.pad(images, (1, 1, 1, 1))[:, :, rows : rows + 8, columns : columns + 8]


def train(network, images, labels):
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    network = network()
    steps = EPOCHS * -(-len(images) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=5e-3, total_steps=steps)
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)
    network.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=generator).split(BATCH):
            optimiser.zero_grad()
            logits = network(shifted(images[batch], generator))
            functional.cross_entropy(logits, labels[batch], label_smoothing=0.05).backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def export(network, **options):
    """The network as an ONNX model with the batch N, by PyTorch's exporter."""
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"input_names": ["image"], "output_names": ["logits"]}
        torch.onnx.export(network, (torch.zeros(2, 1, 8, 8),), file.name, **names, **options)
        model = onnx.load(file.name)
    # Where each node came from in which file of the machine that exported it.
    for holder in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        holder.doc_string = ""
        del holder.metadata_props[:]
    return model


def export_classic(network, **options):
    axes = {"image": {0: "N"}, "logits": {0: "N"}}
    return export(network, dynamo=False, dynamic_axes=axes, **options)


def export_default(network, **options):
    return export(network, dynamo=True, dynamic_shapes=({0: torch.export.Dim("N")},), verbose=False, **options)


def keep_normalisation():
    """What makes the classic exporter leave BatchNormalization in the graph of a trained network."""
    return {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, images):
        self.batches = iter([{"image": images}])

    def get_next(self):
        return next(self.batches, None)


def quantise(model, images, form):
    """The model in 8 bits, one scale for each output channel's weights, in ONNX Runtime's form QDQ or QOperator."""
    with tempfile.TemporaryDirectory() as folder:
        whole, folded, made = (str(pathlib.Path(folder) / name) for name in ("whole.onnx", "folded.onnx", "made.onnx"))
        onnx.save(model, whole)
        quant_pre_process(whole, folded, skip_symbolic_shape=True)
        quantization.quantize_static(
            folded,
            made,
            Calibration(images),
            quant_format=form,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        return onnx.load(made)


def run(model, images, optimised=True):
    """What ONNX Runtime computes. Not optimised, it runs the nodes as they stand: a QDQ model in float, for one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"image": images})[0]


def save(name, model, images, labels):
    """Writes the model and what ONNX Runtime computes on the held-out set; prints how many it gets right."""
    onnx.checker.check_model(model, full_check=True)
    logits = run(model, images, optimised=False)
    onnx.save(model, HERE / f"digits-{name}.onnx")
    np.save(HERE / f"digits-{name}-heldout-logits.npy", logits)
    right = int((logits.argmax(axis=1) == labels).sum())
    stored = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
    size = (HERE / f"digits-{name}.onnx").stat().st_size
    changes = np.abs(run(model, images) - logits)
    print(
        f"| `digits-{name}.onnx` | {model.opset_import[0].version} | {stored} | {size} | {right} of {len(labels)}, "
        f"{100 * right / len(labels):.2f} % | {changes.max():.2g}; {int((changes > 1e-4).sum())} of {changes.size} |"
    )


def main():
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    train_images, held_images, train_labels, held_labels = load()
    calibration = train_images[:CALIBRATION]
    np.save(HERE / "digits-calibration.npy", calibration)
    np.save(HERE / "digits-heldout-images.npy", held_images)
    np.save(HERE / "digits-heldout-labels.npy", held_labels)

    mlp = train_mlp(train_images, train_labels)
    cnn, resnet, depthwise = (train(network, train_images, train_labels) for network in (Cnn, ResNet, Depthwise))
    float_models = {
        "mlp": mlp,
        "cnn": export_default(cnn, opset_version=18),
        "resnet": export_classic(resnet, opset_version=13, **keep_normalisation()),
        "depthwise": export_classic(depthwise, opset_version=17),
    }
    models = float_models | {
        "cnn-qdq": quantise(float_models["cnn"], calibration, quantization.QuantFormat.QDQ),
        "cnn-qlinear": quantise(float_models["cnn"], calibration, quantization.QuantFormat.QOperator),
        "resnet-qdq": quantise(float_models["resnet"], calibration, quantization.QuantFormat.QDQ),
    }
    print("| model | operator set | numbers in it | bytes | held-out images right | change when optimised |")
    print("|---|--:|--:|--:|---|---|")
    for name, model in models.items():
        save(name, model, held_images, held_labels)


if __name__ == "__main__":
    main()
