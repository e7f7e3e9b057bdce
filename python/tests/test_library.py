"""Which library the package loads, and which it refuses."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import prom

PACKAGE = pathlib.Path(prom.__file__).resolve().parent
LIBRARY = prom._library.library._name  # that of these tests


class Library(unittest.TestCase):
    """Imports copies of the package in processes of their own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = pathlib.Path(folder.name) / "prom"
        shutil.copytree(PACKAGE, self.copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))

    def imported(self, library):
        """What is said where the copy is imported: the library's version, or what is wrong."""
        environment = {name: value for name, value in os.environ.items() if name != "PROM_LIBRARY"}
        environment["PYTHONPATH"] = str(self.copy.parent)
        if library:
            environment["PROM_LIBRARY"] = str(library)
        command = [sys.executable, "-B", "-c", "import prom; print(prom.library_version)"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]

    def test_of_one_version(self):
        self.assertEqual(prom.__version__, prom.library_version)
        self.assertEqual(self.imported(LIBRARY), prom.__version__)

    def test_of_another_version(self):
        (self.copy / "version.py").write_text('__version__ = "99.1.2"\n', encoding="utf-8")
        said = self.imported(LIBRARY)
        self.assertRegex(said, rf"^ImportError: .*{re.escape(prom.library_version)} .*99\.1\.2")

    def test_what_is_no_such_library(self):
        self.assertRegex(self.imported("no such file"), "^ImportError: no such file cannot be loaded")
        self.assertRegex(self.imported("libc.so.6"), "^ImportError: libc.so.6 cannot be loaded .*prom_version")

    def test_the_variable_wins_over_the_packages_own(self):
        (self.copy / "libprometheus.so").write_bytes(b"no library")
        self.assertEqual(self.imported(LIBRARY), prom.__version__)
        self.assertRegex(self.imported(None), "^ImportError: .*libprometheus.so cannot be loaded")


if __name__ == "__main__":
    unittest.main()
