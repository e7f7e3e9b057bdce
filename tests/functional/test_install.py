#!/usr/bin/env python3
"""The examples, built and run against the installed library as users do it; and the installed tree goes away again."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ["PROM_SOURCE"])
BUILD = pathlib.Path(os.environ["PROM_BUILD"])
COMPILER = os.environ["PROM_CC"]
ITEMS = 4
ITEM_BYTES = 64 * 4


def run(*command, status=0, **options):
    """Runs the command, and returns all that it says; fails when its exit status is another one."""
    command = [str(part) for part in command]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f"{command} exited with {done.returncode}, not {status}: {done.stdout}")
    return done.stdout


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


class Install(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.prefix = self.folder / "prefix"
        self.manifest = self.folder / "manifest.txt"

    def install(self, prefix, **environment):
        """The component is what has none: with it CMake leaves the list of what the user has installed alone."""
        command = (SOURCE / "tools" / "install", BUILD, prefix, "--component", "Unspecified")
        said = run(*command, env=os.environ | environment)
        shutil.move(BUILD / "install_manifest_Unspecified.txt", self.manifest)
        return said

    def uninstall(self, status=0, **environment):
        return run(SOURCE / "tools" / "uninstall", self.manifest, status=status, env=os.environ | environment)

    def moved_install(self):
        """The tree is found where it is, not where it was."""
        self.install(self.folder / "first")
        (self.folder / "first").rename(self.prefix)
        [pc] = self.prefix.rglob("prometheus.pc")
        self.libraries = pc.parent.parent
        self.environment = os.environ | {
            "PKG_CONFIG_PATH": str(pc.parent),
            "LD_LIBRARY_PATH": str(self.libraries),
            "CC": COMPILER,
        }
        self.model = self.folder / "digits.prom"
        models = self.prefix / "share" / "prometheus" / "models"
        calibration = models / "digits-calibration.npy"
        run(self.prefix / "bin" / "prom", "compile", models / "digits-mlp.onnx", "--calibrate", calibration, "-o", self.model)
        images = (models / "digits-heldout-images.npy").read_bytes()
        start = 10 + int.from_bytes(images[8:10], "little")  # behind NumPy's header
        self.inputs = self.folder / "inputs"
        self.inputs.write_bytes(images[start : start + ITEMS * ITEM_BYTES])

    def examples(self, name):
        """A copy of the examples, in an empty folder."""
        return pathlib.Path(shutil.copytree(SOURCE / "examples", self.folder / name))

    def run_examples(self, programs, environment):
        files = [self.model, self.inputs, programs / "outputs", programs / "proof"]
        said = run(programs / "prove", *files, env=environment)
        self.assertIn(f"{ITEMS} items proven", said)
        self.assertIn("the proof holds", run(programs / "verify", *files, env=environment))
        outputs = bytearray(files[2].read_bytes())
        self.assertEqual(len(outputs), ITEMS * 10 * 4)
        outputs[:4], outputs[4:8] = outputs[4:8], outputs[:4]
        files[2].write_bytes(outputs)
        self.assertIn("not valid: ", run(programs / "verify", *files, env=environment, status=1))
        files[2].write_bytes(outputs[4:])
        self.assertIn("do not have as many items", run(programs / "verify", *files, env=environment, status=2))
        files[1] = self.folder / "none"
        self.assertIn("No such file", run(programs / "prove", *files, env=environment, status=1))
        return (programs / "proof").read_bytes()

    def test_examples(self):
        self.moved_install()
        nowhere = {name: value for name, value in self.environment.items() if name != "LD_LIBRARY_PATH"}
        with self.subTest("pkg-config, shared"):
            programs = self.examples("shared")
            run("make", "-C", programs, env=self.environment)
            proof = self.run_examples(programs, self.environment)
            run(programs / "verify", status=127, env=nowhere)
        with self.subTest("pkg-config, static"):
            programs = self.examples("static")
            run("make", "-C", programs, "STATIC=1", env=self.environment)
            self.assertEqual(self.run_examples(programs, nowhere), proof)
        with self.subTest("CMake"):
            programs = self.examples("cmake") / "build"
            prefix = f"-DCMAKE_PREFIX_PATH={self.prefix}"
            without = {name: value for name, value in nowhere.items() if name != "PKG_CONFIG_PATH"}
            run("cmake", "-S", programs.parent, "-B", programs, prefix, env=without)
            run("cmake", "--build", programs, env=without)
            self.assertEqual(self.run_examples(programs, nowhere), proof)
        with self.subTest("C++"):
            program = self.folder / "version.cpp"
            program.write_text(
                '#include <prometheus/prometheus.h>\n#include <cstring>\n'
                "int main() { return std::strcmp(prom_version(), PROM_VERSION); }\n"
            )
            flags = run("pkg-config", "--cflags", "--libs", "prometheus", env=self.environment).split()
            compiled = self.folder / "version"
            run(os.environ["PROM_CXX"], "-std=c++17", program, "-o", compiled, *flags, env=self.environment)
            run(compiled, env=self.environment)
        with self.subTest("version"):
            version = run("pkg-config", "--modversion", "prometheus", env=self.environment).strip()
            self.assertEqual(run(self.prefix / "bin" / "prom", "--version"), f"prom {version}\n")

    def test_headers(self):
        self.install(self.prefix)
        public = files_in(SOURCE / "include")
        self.assertEqual(files_in(self.prefix / "include"), public)

    def test_uninstall(self):
        self.install(self.prefix)
        other = self.prefix / "share" / "other"
        other.write_text("")
        self.assertGreater(len(files_in(self.prefix)), 50)
        self.assertIn("files removed", self.uninstall())
        self.assertEqual(files_in(self.prefix), ["share/other"])
        self.assertEqual([path for path in self.prefix.rglob("prometheus")], [])
        self.assertIn("so nothing is known to be installed", self.uninstall(status=1))

    def test_loader(self):
        """By an ldconfig that looks into the folders that its environment names, and users that are root or are not."""
        programs = self.folder / "programs"
        programs.mkdir()
        renewed = self.folder / "renewed"
        ldconfig = f'if [ $# -eq 0 ]; then echo >>{renewed}; else printf "%s: (from x)\\n\\tlibx.so\\n" $LOOKED_INTO; fi'
        for name, text in (("ldconfig", ldconfig), ("id", "echo $USER_NUMBER")):
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        path = f"{programs}:{os.environ['PATH']}"
        said = self.install(self.prefix, PATH=path, LOOKED_INTO="/lib", USER_NUMBER="0")
        [pc] = self.prefix.rglob("prometheus.pc")
        libraries = os.path.realpath(pc.parent.parent)
        self.assertIn(f"install: the loader does not look into {libraries}: run", said)
        self.assertIn(f"with LD_LIBRARY_PATH={libraries}\n", said)
        looks = {"PATH": path, "LOOKED_INTO": f"/lib {libraries} {libraries}/x"}
        said = self.install(self.prefix, USER_NUMBER="1000", **looks)
        self.assertIn(f"install: run 'ldconfig' as root, so that the loader finds the library in {libraries}\n", said)
        self.install("/usr", DESTDIR=str(self.folder / "stage"), USER_NUMBER="0", **looks)
        self.assertFalse(renewed.exists())
        self.assertNotIn("install:", self.install(self.prefix, USER_NUMBER="0", **looks))
        self.assertEqual(renewed.read_text(), "\n")

    def test_staged(self):
        """Packagers install below a folder of their own."""
        stage = str(self.folder / "stage")
        self.install("/usr", DESTDIR=stage)
        self.assertTrue((self.folder / "stage" / "usr" / "bin" / "prom").is_file())
        self.assertIn("/usr/bin/prom\n", self.manifest.read_text())
        self.uninstall(DESTDIR=stage)
        self.assertEqual(files_in(self.folder / "stage"), [])


if __name__ == "__main__":
    unittest.main()
