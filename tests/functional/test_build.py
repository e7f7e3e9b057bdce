"""tools/build, on a project of one file with the presets of ours: a clone that was moved or copied builds again."""

import os
import pathlib
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


class Build(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.clone = self.root / "clone"
        (self.clone / "tools").mkdir(parents=True)
        for path in ("tools/build", "CMakePresets.json"):
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
