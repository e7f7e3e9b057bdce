"""tools/build, on a project of one file with the presets of ours: a clone that was moved or copied builds again. And what
is built, and which packages are wanted, by the options of the project's own lists."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from framework import SOURCE

LISTS = """cmake_minimum_required(VERSION 3.25)
project(small C)
add_executable(where where.c)
target_compile_definitions(where PRIVATE WHERE="${CMAKE_SOURCE_DIR}")
"""
PROGRAM = """#include <stdio.h>
int main(void)
{
    return puts(WHERE) < 0;
}
"""


PACKAGES_OF_PROGRAM = ("libcurl", "libssl", "libcrypto", "jansson", "sqlite3", "libpng", "libjpeg")
PACKAGES_OF_TESTS = ("cmocka",)


class Configured(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def configure(self, absent, *options, status=0, more=None, **environment):
        """Configures where these packages are not there, and those of `more` are, whose .pc files it gives by their
        names. Returns all that CMake says."""
        packages = self.root / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir()
        command = ["pkg-config", "--variable=pc_path", "pkg-config"]
        places = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(":")
        places = os.environ.get("PKG_CONFIG_PATH", "").split(":") + places
        for pc in [pc for place in places if place for pc in pathlib.Path(place).glob("*.pc")]:
            if not pc.stem.startswith(absent) and not (packages / pc.name).exists():
                (packages / pc.name).symlink_to(pc)
        for name, text in (more or {}).items():
            (packages / f"{name}.pc").write_text(text)
        command = ["cmake", "--fresh", "-G", "Ninja", "-S", SOURCE, "-B", self.root / "build", *options]
        command += [f"-DCMAKE_C_COMPILER={os.environ['PROM_CC']}"]
        environment = os.environ | {"PKG_CONFIG_LIBDIR": str(packages), "PKG_CONFIG_PATH": ""} | environment
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def targets(self):
        command = ["ninja", "-C", self.root / "build", "-t", "targets", "all"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
        return {line.split(":")[0] for line in lines}


class Options(Configured):
    def test_library_alone(self):
        self.configure(PACKAGES_OF_PROGRAM + PACKAGES_OF_TESTS, "-DPROM_PROGRAM=OFF")
        targets = self.targets()
        self.assertLessEqual({"product", "prometheus", "prometheus_static"}, targets)
        self.assertEqual({name for name in targets if name.startswith(("prom/", "tests/", "bench/")) or name == "prom"}, set())

    def test_without_tests(self):
        self.configure(PACKAGES_OF_TESTS, "-DBUILD_TESTING=OFF")
        targets = self.targets()
        self.assertLessEqual({"product", "prometheus", "prom"}, targets)
        self.assertEqual({name for name in targets if name.startswith(("tests/", "bench/"))}, set())

    def test_whole(self):
        self.configure(("none",))
        self.assertLessEqual({"product", "prometheus", "prom", "unit.base.arena"}, self.targets())
        self.assertIn("cmocka", self.configure(PACKAGES_OF_TESTS, status=1))


class Curve(Configured):
    """Which libsecp256k1 is taken: the system's, where that has all that is used of it, or the one that was built."""

    def library(self, **options):
        """Configures the library alone, where nothing was built and the system's own libsecp256k1 is not there."""
        (self.root / "cache").mkdir(exist_ok=True)
        absent = PACKAGES_OF_PROGRAM + PACKAGES_OF_TESTS + ("libsecp256k1",)
        return self.configure(absent, "-DPROM_PROGRAM=OFF", XDG_CACHE_HOME=str(self.root / "cache"), **options)

    @staticmethod
    def package(flags, libraries, version="0.6.0"):
        lines = ("Name: libsecp256k1", "Description: x", f"Version: {version}", f"Cflags: {flags}", f"Libs: {libraries}")
        return {"libsecp256k1": "\n".join(lines) + "\n"}

    @staticmethod
    def installed():
        """What compiles and links with the libsecp256k1 that this build uses."""
        built = subprocess.run([f"{SOURCE}/tools/secp256k1"], capture_output=True, text=True, check=False).stdout.strip()
        if built:
            return f"-I{built}/include", f"-L{built}/lib -lsecp256k1"
        flags = [["pkg-config", option, "libsecp256k1"] for option in ("--cflags", "--libs")]
        return [subprocess.run(one, capture_output=True, text=True, check=True).stdout.strip() for one in flags]

    def test_none(self):
        said = " ".join(self.library(status=1).split())
        self.assertIn("there is no libsecp256k1 with all that is used of it", said)
        self.assertIn("run 'make deps'", said)

    def test_system(self):
        self.library(more=self.package(*self.installed()))

    def test_too_old(self):
        self.library(status=1, more=self.package(*self.installed(), version="0.5.1"))

    def test_lacks_a_module(self):
        """A library of the right version that was built without MuSig2 is not taken."""
        headers = self.root / "headers"
        headers.mkdir()
        self.library(status=1, more=self.package(f"-I{headers}", "-lm"))

    def test_list_is_whole(self):
        """What makes CMake take the system's library is all that the sources call, and nothing else."""
        called = set()
        for path in pathlib.Path(SOURCE, "src").rglob("*.[ch]"):
            called |= set(re.findall(r"\b(secp256k1_\w+)\(", path.read_text()))
        listed = pathlib.Path(SOURCE, "cmake", "secp256k1_used.c").read_text()
        self.assertEqual(called, set(re.findall(r"\(function\)(secp256k1_\w+)", listed)))


class Build(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.clone = self.root / "clone"
        (self.clone / "tools").mkdir(parents=True)
        for path in ("tools/build", "tools/common", "CMakePresets.json"):
            shutil.copy(os.path.join(SOURCE, path), self.clone / path)
        (self.clone / "CMakeLists.txt").write_text(LISTS)
        (self.clone / "where.c").write_text(PROGRAM)

    def builds(self, clone):
        """Builds there, and the program tells that it was built there."""
        command = [clone / "tools" / "build", "release"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        told = subprocess.run([clone / "build" / "where"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(told, f"{clone}\n")

    def test_moved(self):
        self.builds(self.clone)
        moved = self.clone.rename(self.root / "moved")
        self.builds(moved)
        self.builds(moved)

    def test_copied(self):
        """Both go on building, each in its own folder."""
        self.builds(self.clone)
        copied = self.root / "copied"
        shutil.copytree(self.clone, copied)
        self.builds(copied)
        self.builds(self.clone)

    def test_same_folder_by_another_name(self):
        """Nothing is thrown away there."""
        self.builds(self.clone)
        with open(self.clone / "build" / "CMakeCache.txt", "a", encoding="utf-8") as cache:
            cache.write("OWN_SETTING:STRING=kept\n")
        other = self.root / "other"
        other.symlink_to(self.clone)
        subprocess.run([other / "tools" / "build", "release"], check=True)
        self.assertIn("OWN_SETTING:STRING=kept", (self.clone / "build" / "CMakeCache.txt").read_text())


if __name__ == "__main__":
    unittest.main()
