#!/usr/bin/env python3
"""The examples, built and run against the installed library as users do it; and the installed tree goes away again."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ["PROM_SOURCE"])
BUILD = pathlib.Path(os.environ["PROM_BUILD"])
COMPILER = os.environ["PROM_CC"]
LIST = pathlib.Path("share", "prometheus", "installed-files")  # of what was installed, below the prefix
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

    def install(self, prefix, status=0, **environment):
        """The component is what has none: CMake's own list has another name then, and is not the user's."""
        command = (SOURCE / "tools" / "install", BUILD, prefix, "--component", "Unspecified")
        said = run(*command, status=status, env=os.environ | environment)
        self.assertEqual(list(BUILD.glob("install.*")), [])
        (BUILD / "install_manifest_Unspecified.txt").unlink(missing_ok=True)
        return said

    def uninstall(self, prefix, status=0, **environment):
        return run(SOURCE / "tools" / "uninstall", prefix, status=status, env=os.environ | environment)

    def programs(self, **scripts):
        """A PATH that begins with these programs: shell scripts by name."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        for name, text in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

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
        """And where the tree was moved meanwhile, and nothing of the build is there."""
        self.install(self.folder / "first")
        (self.folder / "first").rename(self.prefix)
        other = self.prefix / "share" / "other"
        other.write_text("")
        installed = files_in(self.prefix)
        self.assertGreater(len(installed), 50)
        lines = [line for line in (self.prefix / LIST).read_text().splitlines() if not line.endswith("/")]
        self.assertEqual(sorted([*lines, str(LIST), "share/other"]), installed)
        self.assertIn(f"{len(lines) + 1} files removed", self.uninstall(self.prefix))
        self.assertEqual(files_in(self.prefix), ["share/other"])
        self.assertEqual(list(self.prefix.rglob("*")), [self.prefix / "share", other])
        said = self.uninstall(self.prefix, status=1)
        self.assertIn("so nothing is known to be installed there; say 'make uninstall PREFIX=...'", said)

    def test_uninstall_removes_the_folders_that_were_made(self):
        """And those alone; an install in between does not forget them."""
        self.install(self.prefix)
        self.install(self.prefix)
        self.uninstall(self.prefix)
        self.assertFalse(self.prefix.exists())
        (self.prefix / "share" / "man").mkdir(parents=True)
        self.install(self.prefix)
        self.uninstall(self.prefix)
        self.assertEqual(list(self.prefix.rglob("*")), [self.prefix / "share", self.prefix / "share" / "man"])

    def test_uninstall_keeps_what_was_not_installed(self):
        """By a list that names what lies elsewhere; and what an earlier version had installed goes with the rest."""
        (self.folder / "mine").write_text("")
        (self.prefix / LIST).parent.mkdir(parents=True)
        (self.prefix / LIST).write_text("../mine\nshare/../../mine\nshare/earlier\n")
        (self.prefix / "share" / "earlier").write_text("")
        self.install(self.prefix)
        said = self.uninstall(self.prefix)
        self.assertIn("names '../mine', which was not installed; it stays", said)
        self.assertTrue((self.folder / "mine").exists())
        self.assertEqual(files_in(self.prefix), [])

    def test_uninstall_without_the_rights(self):
        """The list stays, and so a later try finds all that is still there."""
        self.install(self.prefix)
        fails = 'case "$*" in */prom) echo "rm: $*: not today" >&2; exit 1;; esac; exec /bin/rm "$@"'
        said = self.uninstall(self.prefix, status=1, PATH=self.programs(rm=fails))
        self.assertRegex(said, r"(.*/prom: not today\n)+uninstall: \d+ files removed, \d could not be, see above")
        self.uninstall(self.prefix)
        self.assertEqual(files_in(self.prefix), [])

    def test_a_full_disk(self):
        """Its file half written is told by name, and nothing is left of it or of those before; what an install before
        had installed is as it was."""
        full = """case "$*" in *models/digits-cnn.onnx.new-*)
            for to; do :; done; echo half >"$to"; echo "cp: error writing '$to': No space left on device" >&2; exit 1;;
            esac; exec /bin/cp "$@" """
        path = self.programs(cp=full)
        said = self.install(self.prefix, status=1, PATH=path)
        model = self.prefix / "share" / "prometheus" / "models" / "digits-cnn.onnx"
        self.assertEqual(said, f"install: {model} cannot be written: No space left on device; nothing was installed\n")
        self.assertFalse(self.prefix.exists())
        self.install(self.prefix)
        (self.prefix / "bin" / "prom").write_text("the one before")
        before = files_in(self.prefix)
        self.install(self.prefix, status=1, PATH=path)
        self.assertEqual(files_in(self.prefix), before)
        self.assertEqual((self.prefix / "bin" / "prom").read_text(), "the one before")

    def test_a_prefix_that_is_a_file(self):
        self.prefix.write_text("")
        said = self.install(self.prefix / "below", status=1)
        self.assertEqual(
            said, f"install: the folder {self.prefix} cannot be made: File exists; nothing was installed\n"
        )

    def test_loader(self):
        """By an ldconfig that looks into the folders that its environment names, and users that are root or are not."""
        renewed = self.folder / "renewed"
        ldconfig = f'if [ $# -eq 0 ]; then echo >>{renewed}; else printf "%s: (from x)\\n\\tlibx.so\\n" $LOOKED_INTO; fi'
        path = self.programs(ldconfig=ldconfig, id="echo $USER_NUMBER")
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
        said = self.install(self.prefix, USER_NUMBER="0", **looks)
        self.assertRegex(said, rf"^install: \d+ files in {re.escape(str(self.prefix))}\n$")
        self.assertEqual(renewed.read_text(), "\n")

    def test_staged(self):
        """Packagers install below a folder of their own."""
        stage = str(self.folder / "stage")
        self.install("/usr", DESTDIR=stage)
        self.assertTrue((self.folder / "stage" / "usr" / "bin" / "prom").is_file())
        self.assertIn("bin/prom\n", (self.folder / "stage" / "usr" / LIST).read_text())
        self.uninstall("/usr", DESTDIR=stage)
        self.assertEqual(files_in(self.folder / "stage"), [])


if __name__ == "__main__":
    unittest.main()
