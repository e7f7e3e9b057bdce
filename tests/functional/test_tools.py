"""The scripts of tools/ where something goes wrong: they are told to end, another one is at it, a disk is full, git's
folder is not there."""

import os
import pathlib
import platform
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from framework import SOURCE

WAIT_MAX = 20  # seconds


def wait_for(what):
    """Returns what `what` returns as soon as that is true; fails when it takes too long."""
    end = time.monotonic() + WAIT_MAX
    while not (found := what()):
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")
        time.sleep(0.02)
    return found


def is_alive(process):
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # has ended, and nobody has asked yet


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.sources = self.root / "sources"
        shutil.copytree(pathlib.Path(SOURCE, "tools"), self.sources / "tools")
        self.programs = self.root / "programs"
        self.programs.mkdir()
        self.environment = os.environ | {"PATH": f"{self.programs}:{os.environ['PATH']}", "HOME": str(self.root)}
        self.environment.pop("XDG_CACHE_HOME", None)

    def program(self, name, text):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def start(self, name, *arguments):
        process = subprocess.Popen(
            [self.sources / "tools" / name, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        process.terminate()
        try:
            process.wait(WAIT_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def first_line(self, process):
        """Of what it says; fails when it says nothing for long."""
        self.assertTrue(select.select([process.stdout], [], [], WAIT_MAX)[0], "it says nothing")
        return process.stdout.readline()

    def run_tool(self, name, *arguments):
        process = self.start(name, *arguments)
        return process.communicate(timeout=WAIT_MAX)[0], process.returncode

    def compiler(self):
        """What a script of the class started, and what that started in turn: two processes that would run for long."""
        numbers = self.root / "numbers"
        self.program("compiler", f"echo $$ >>{numbers}; sleep 60")
        return (
            f"{self.programs}/compiler & {self.programs}/compiler",
            lambda: numbers.exists() and len(numbers.read_text().split()) == 2 and numbers.read_text().split(),
        )

    def deps_that_build(self, libsecp256k1=True):
        """tools/deps with no bitcoind to find, and a build of one that takes long; or, without one, of libsecp256k1."""
        text, numbers = self.compiler()
        for name in ("secp256k1", "wasmtime") if libsecp256k1 else ():  # these are there
            script = (self.sources / "tools" / name).read_text(encoding="utf-8")
            revision = re.search(r"^revision=(\S+)", script, re.MULTILINE)[1]
            folder = self.root / ".cache" / "prometheus" / f"{name}-{revision}-{platform.machine()}"
            folder.mkdir(parents=True, exist_ok=True)
        self.program("dpkg-query", "echo installed")
        self.program("bitcoind", "echo Bitcoin Core daemon version v1.0.0")
        self.program("cargo", text)
        return numbers


class Ends(Tools):
    def ended(self, process, numbers, sent):
        """Told alone, the script ends by that signal, and what it had started with it."""
        started = wait_for(numbers)
        process.send_signal(sent)
        self.assertEqual(process.wait(WAIT_MAX), -sent)
        left = [number for number in started if is_alive(number)]
        for number in left:
            os.kill(int(number), signal.SIGKILL)
        self.assertEqual(left, [])

    def test_deps(self):
        for sent in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(sent):
                numbers = self.deps_that_build()
                (self.root / "numbers").unlink(missing_ok=True)
                self.ended(self.start("deps"), numbers, sent)

    def test_build(self):
        text, numbers = self.compiler()
        self.program("cmake", "exit 0")
        self.program("ninja", text)
        self.ended(self.start("build", "release"), numbers, signal.SIGTERM)

    def test_check(self):
        """What it calls ends what that has started."""
        (self.sources / "tools" / "lint").write_text("#!/bin/sh\n", encoding="utf-8")
        (self.sources / "tools" / "deps").write_text("#!/bin/sh\n", encoding="utf-8")
        text, numbers = self.compiler()
        self.program("cmake", "exit 0")
        self.program("ninja", text)
        self.ended(self.start("check"), numbers, signal.SIGTERM)

    def test_what_ignores_it(self):
        """Is ended all the same, and the lock is free then."""
        numbers = self.deps_that_build()
        self.program("compiler", f"trap '' TERM; echo $$ >>{self.root}/numbers; while :; do sleep 0.1; done")
        self.ended(self.start("deps"), numbers, signal.SIGTERM)
        lock = self.root / ".cache" / "prometheus" / "build.lock"
        subprocess.run(["flock", "-n", lock, "true"], check=True)

    def test_libsecp256k1(self):
        """Built by a script of its own, which ends, too, and what that has started."""
        numbers = self.deps_that_build(libsecp256k1=False)
        self.ended(self.start("deps"), numbers, signal.SIGTERM)


class Waits(Tools):
    def test_deps(self):
        numbers = self.deps_that_build()
        first = self.start("deps")
        wait_for(numbers)
        second = self.start("deps")
        cache = self.root / ".cache" / "prometheus"
        said = self.first_line(second)
        self.assertEqual(
            said,
            f"deps: waiting for process {first.pid}, which builds Bitcoin Core; its log is {cache}/build.log\n",
        )
        self.stop(second)
        self.assertIsNone(first.poll())

    def test_libsecp256k1(self):
        numbers = self.deps_that_build(libsecp256k1=False)
        self.start("deps")
        wait_for(numbers)
        said = self.first_line(self.start("deps"))
        self.assertRegex(said, r"^secp256k1: waiting for process \d+, which builds libsecp256k1; its log is /\S+\.log$")

    def test_build(self):
        text, numbers = self.compiler()
        self.program("cmake", "exit 0")
        self.program("ninja", text)
        first = self.start("build", "release")
        wait_for(numbers)
        second = self.start("build", "release", "prom")
        said = self.first_line(second)
        self.assertEqual(said, f"build: waiting for process {first.pid}, which builds 'release' here\n")


class Wheel(Tools):
    def setUp(self):
        super().setUp()
        shutil.copytree(pathlib.Path(SOURCE, "python"), self.sources / "python")
        build = self.sources / "tools" / "build"
        build.write_text('#!/bin/sh\necho "time $SOURCE_DATE_EPOCH"\nmkdir -p build\n', encoding="utf-8")
        os.utime(self.sources / "python" / "pyproject.toml", (1234567890, 1234567890))

    def test_without_gits_folder(self):
        """It goes on, with the time of the sources; and what fails then is told."""
        self.program("python3", "echo no room >&2; exit 1")
        said, status = self.run_tool("wheel")
        self.assertEqual(
            said,
            "time 1234567890\nno room\nwheel: installing what makes wheels failed, see above; dist/ is as it was\n",
        )
        self.assertEqual(status, 1)

    def test_time_as_told(self):
        self.program("python3", "exit 1")
        self.environment["SOURCE_DATE_EPOCH"] = "99"
        self.assertIn("time 99\n", self.run_tool("wheel")[0])

    def test_where_git_does_not_trust_the_folder(self):
        (self.sources / ".git").mkdir()
        self.program("python3", "exit 1")
        self.assertIn("time 1234567890\n", self.run_tool("wheel")[0])

    def made(self, cp):
        """Ends with the copy into dist/, by that program."""
        made = self.sources / "build" / "wheel"
        self.program("strip", "exit 0")
        self.program("ldd", "exit 0")
        self.program("dpkg", "echo libc6: x")
        tools = f"mkdir -p {made}/tools/bin {made}/fresh/bin; "
        tools += f"for name in tools/bin/pip tools/bin/auditwheel fresh/bin/pip fresh/bin/python; do "
        tools += f"printf '#!/bin/sh\\nexit 0\\n' >{made}/$name; chmod +x {made}/$name; done; "
        tools += f"mkdir -p {made}/plain {made}/repaired; echo new >{made}/repaired/prom_compute-2.whl"
        self.program("python3", tools)
        self.program("cp", cp)
        (self.sources / "dist").mkdir()
        (self.sources / "dist" / "prom_compute-1.whl").write_text("old", encoding="utf-8")
        said, status = self.run_tool("wheel")
        return said, status, {path.name: path.read_text() for path in (self.sources / "dist").iterdir()}

    def test_a_full_disk(self):
        full = 'case "$*" in *dist/*) echo half >"$2"; echo "cp: $2: No space left on device" >&2; exit 1;; -r*) exec /bin/cp "$@";; esac'
        said, status, wheels = self.made(full)
        self.assertIn("No space left on device\nwheel: copying the wheel to dist/ failed, see above; dist/ is as it", said)
        self.assertEqual((status, wheels), (1, {"prom_compute-1.whl": "old"}))

    def test_the_new_one_takes_the_place(self):
        said, status, wheels = self.made('case "$*" in -r* | *dist/*) exec /bin/cp "$@";; esac')
        self.assertEqual((status, wheels), (0, {"prom_compute-2.whl": "new\n"}), said)


class Pages(Tools):
    def test_what_cannot_be_written(self):
        """A man page's scdoc notices no full disk: nothing of half a page stays."""
        folder = self.root / "pages"
        prom = os.environ["PROM"]
        said, status = self.run_tool("pages", prom, folder, "cat")
        self.assertEqual((said, status), ("", 0))
        pages = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}
        self.assertGreater(len(pages), 15)
        fails = 'if [ $# -eq 0 ] && [ "$(readlink /proc/$$/fd/1)" = "{}" ]; then echo "cat: full" >&2; exit 1; fi'
        for page, before in pages.items():
            self.program("cat", fails.format(f"{page}.new") + '; exec /bin/cat "$@"')
            said, status = self.run_tool("pages", prom, folder, "/bin/cat")
            self.assertEqual((said, status), (f"cat: full\npages: {page} cannot be written, see above\n", 1))
            self.assertFalse(page.with_name(f"{page.name}.new").exists())
            if "man" not in page.parts:
                self.assertEqual(page.read_text(encoding="utf-8"), before)


if __name__ == "__main__":
    unittest.main()
