"""Runs what the two READMEs show: with PyTorch where it is, and with a stand-in for it everywhere."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

import numpy as np

import prom

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PYTORCH = all(importlib.util.find_spec(name) for name in ("torch", "onnxscript"))
SAID = r"^\d+ bytes prove these classes: \[[0-9 ]+\]$"


def blocks(path):
    """The Python code that the page shows."""
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def load_make_model():
    """tools/make-model, which writes ONNX files without PyTorch."""
    loader = importlib.machinery.SourceFileLoader("make_model", str(ROOT / "tools" / "make-model"))
    module = types.ModuleType(loader.name)
    with unittest.mock.patch.object(sys, "dont_write_bytecode", True):
        loader.exec_module(module)
    return module


class Sequential:
    """Layers in the form of tools/make-model's table, which has a Relu behind each but the last, and flattens itself."""

    def __init__(self, *layers):
        self.layers = [layer for layer in layers if layer]

    def eval(self):
        return self


def stand_in():
    """A module with as much of PyTorch as the recipe asks for."""
    make_model = load_make_model()
    random = np.random.default_rng(1)
    nn = types.SimpleNamespace(
        Sequential=Sequential,
        Conv2d=lambda _from, channels, kernel, padding: (make_model.CONVOLUTION, channels, kernel, padding),
        ReLU=lambda: None,
        MaxPool2d=lambda size: (make_model.POOL,) if size == 2 else f"no stand-in for a window of {size}",
        Flatten=lambda: None,
        Linear=lambda _from, width: (make_model.DENSE, width),
    )

    def export(net, example, path, external_data):
        assert external_data is False
        make_model.NETWORKS["recipe"] = (example.shape[1:], net.layers)
        pathlib.Path(path).write_bytes(make_model.build("recipe", make_model.Draw("recipe")))

    module = types.ModuleType("torch")
    module.nn = nn
    module.rand = lambda *shape: random.random(shape, np.float32)
    module.onnx = types.SimpleNamespace(export=export)
    return module


class Recipe(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_both_pages_show_the_same(self):
        self.assertEqual(blocks("README.md"), blocks("python/README.md")[:1])

    def test_with_a_stand_in_for_pytorch(self):
        """And what python/README.md shows below it, line by line."""
        recipe, rest, _ = blocks("python/README.md")  # the last one needs a node: tests/functional/test_client.py
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        names, printed = {}, io.StringIO()
        with unittest.mock.patch.dict(sys.modules, torch=stand_in()), contextlib.redirect_stdout(printed):
            exec(compile(recipe, "README.md", "exec"), names)
        self.assertRegex(printed.getvalue(), SAID)
        self.assertEqual((names["model"].input.shape, names["outputs"].shape), ((1, 28, 28), (16, 10)))
        self.assertGreater(len(set(names["outputs"].argmax(axis=1))), 1)
        wrong = names["outputs"].copy()
        wrong[3] = names["outputs"][4]
        with self.assertRaises(prom.InvalidProof):
            names["model"].verify(names["images"][:16], wrong, names["proof"])
        for line in rest.splitlines():
            if not line.startswith("model.is_valid"):
                exec(compile(line, "python/README.md", "exec"), names)
            else:
                self.assertIs(eval(line, names), True)
        self.assertEqual((self.folder / "net.prom").read_bytes(), names["model"].to_bytes())

    @unittest.skipUnless(PYTORCH, "PyTorch and onnxscript are not installed: the recipe runs with a stand-in only")
    def test_with_pytorch(self):
        (self.folder / "recipe.py").write_text(blocks("README.md")[0], encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-B", "recipe.py"], cwd=self.folder, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.strip().splitlines()[-1], SAID)


if __name__ == "__main__":
    unittest.main()
