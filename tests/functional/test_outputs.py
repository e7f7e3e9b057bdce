"""The files that commands write: tried first, never one that is read; and demos that run at once."""

import os
import shutil
import socket
import subprocess
import time
import unittest

import framework
from framework import PROM, processes, real_bitcoind, wait_until
from model_files import png
from outputs_case import OutputsTest


class Guard(OutputsTest):
    def aliases(self, path):
        """Other names of a file."""
        name = os.path.basename(path)
        os.link(path, self.path("hard-" + name))
        os.symlink(name, self.path("soft-" + name))
        os.symlink("soft-" + name, self.path("softer-" + name))
        os.makedirs(self.path("in"), exist_ok=True)
        around = self.path("in", "..", "in", "..")
        return [path, self.path(".", name), f"{around}//{name}", self.path("hard-" + name), self.path("soft-" + name),
                self.path("softer-" + name)]  # fmt: skip

    def test_what_is_read_is_not_written_over(self):
        aliases = {}
        for number in range(len(self.commands(""))):
            for read in self.commands("")[number][1]:
                if read not in aliases:
                    aliases[read] = self.aliases(read)
                for alias in aliases[read]:
                    arguments, _ = self.commands(alias)[number]
                    with self.subTest(arguments=arguments):
                        self.refused(*arguments, says=[read, "would be written over"])

    def test_the_output_that_is_not_given(self):
        self.refused("compile", self.model, "--calibrate", self.file("digits-cnn.prom", self.bytes_of(self.images)),
                     says=["digits-cnn.prom would be written over"])  # fmt: skip
        bitcoind = self.path("bitcoind")
        shutil.copy(real_bitcoind(), bitcoind)  # a copy: the others need theirs
        os.symlink("bitcoind", self.path("node"))
        says = [self.path("node"), "would be written over"]
        self.refused("demo", "--dir", self.path("d"), "--bitcoind", self.path("node"), "--output", bitcoind, says=says)
        self.refused("demo", "--dir", self.path("digits"), "--labels", self.labels, "--input", self.images,
                     "--calibrate", self.calibration, "--model", self.file("digits.log", self.bytes_of(self.model)),
                     says=["digits.log would be written over"])  # fmt: skip

    def test_two_outputs_that_are_one(self):
        os.symlink("nothing-yet", self.path("dangling"))
        os.symlink(".", self.path("here"))
        self.file("old", b"old")
        os.link(self.path("old"), self.path("old-too"))
        for one, other in (("p", "p"), ("p", "./p"), ("p", "here/p"), ("dangling", "nothing-yet"), ("old", "old-too")):
            with self.subTest(one=one, other=other):
                self.refused("prove", self.program, self.images, "-o", self.path(one), "--output", self.path(other),
                             says=["are one file"])  # fmt: skip
        self.refused("demo", "--dir", self.path("d"), "--output", self.path(".", "d.log"), says=["are one file"])

    def test_folders(self):
        """A folder that is read, or made, is no place for an output."""
        os.makedirs(self.path("pictures", "deeper"))
        for name in ("a.png", "b.png"):
            self.file(os.path.join("pictures", name), png(8, 8, bytes(64)))
        pictures = self.path("pictures")
        for output in ("a.png", "new.npy", "deeper/new.npy"):
            says = ["pictures", output, "lies in the folder"]
            self.refused("infer", self.program, pictures, "-o", os.path.join(pictures, output), says=says)
        os.rmdir(self.path("pictures", "deeper"))
        self.prom("infer", self.program, pictures, "-o", self.path("out.npy"))
        self.prom("infer", self.program, pictures, "-o", self.path("out.npy"))
        self.refused("demo", "--dir", self.path("d"), "--output", self.path("d"), says=["give the output another name"])
        os.makedirs(self.path("d"))
        self.refused("demo", "--dir", self.path("d"), "--output", self.path("d"), says=["is not a file"])
        self.refused("demo", "--dir", self.path("d"), "--output", self.path("d", "x"), says=["lies in the folder"])

    def test_standard_streams(self):
        """A shell makes the file of `>` before the program runs: what goes there would be lost."""
        out = self.path("out.npy")
        for stream, name in enumerate(("input", "output", "error")):
            link = self.path(f"stream-{stream}")  # as /dev/stdout is one
            os.symlink(f"/proc/self/fd/{stream}", link)
            for output in (out, link):
                self.file("out.npy", b"as it was")
                with open(out, "a+b") as file:
                    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
                    streams[("stdin", "stdout", "stderr")[stream]] = file
                    done = subprocess.run([PROM, "infer", self.program, self.images, "-o", output], check=False,
                                          env=self.environment, **streams)  # fmt: skip
                self.assertEqual(done.returncode, 2)
                told = self.bytes_of(out) if stream == 2 else done.stderr
                self.assertTrue(self.bytes_of(out).startswith(b"as it was"))
                self.assertRegex(told.decode(), rf"is standard {name} here|is not a file")
                self.assertTrue(os.path.islink(link))

    def test_what_is_no_file(self):
        os.mkfifo(self.path("fifo"))
        os.symlink("fifo", self.path("to-fifo"))
        os.symlink("/proc/self/fd/1", self.path("stdout"))  # as /dev/stdout is one: a pipe here
        os.makedirs(self.path("folder"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path("socket"))
            for name in ("fifo", "to-fifo", "stdout", "folder", "socket", "none/", "folder/..", "."):
                for arguments, _ in self.commands(self.path(name)):
                    with self.subTest(arguments=arguments):
                        self.refused(*arguments, says=[self.path(name), "is not a file"])


class First(OutputsTest):
    """Outputs are tried before anything else: where nothing else is right either, the output is what is told."""

    def test_before_the_work(self):
        self.file("file", b"")
        os.symlink("a", self.path("b"))
        os.symlink("b", self.path("a"))
        for name, says in (("gone/x", "No such file"), ("file/x", "Not a directory"), ("a", "Too many levels")):
            self.program = self.images = self.model = self.calibration = self.labels = self.path("nothing")
            for arguments, _ in self.commands(self.path(name)):
                with self.subTest(arguments=arguments):
                    self.refused(*arguments, code=1, says=[self.path(name), "cannot be written: " + says])
        self.refused("compile", self.path("gone", "m.onnx"), code=1, says=["m.prom cannot be written: No such file"])
        self.refused("prove", "x", "y", "-o", self.path("n" * 256), code=2, says=["too long"])
        self.refused("prove", "x", "y", "-o", self.path("n/" * 3000), code=2, says=["too long"])

    def test_folder_that_is_closed(self):
        user = {} if os.geteuid() else {"user": 65534, "group": 65534, "extra_groups": []}
        program = self.file("prom", self.bytes_of(PROM))
        os.chmod(program, 0o755)
        os.chmod(self.home, 0o755)
        os.makedirs(self.path("closed"))
        os.chmod(self.path("closed"), 0o555)
        protected = self.file("protected", b"mine")
        os.makedirs(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        os.link(protected, self.path("open", "protected"))
        os.chmod(protected, 0o444)
        os.makedirs(self.path("sticky"))
        shared = self.file("sticky/shared", b"mine")
        os.chmod(shared, 0o666)
        os.chmod(self.path("sticky"), 0o1777)
        refused = [("closed/x", "Permission denied"), ("open/protected", "Permission denied")]
        if user:  # as in /tmp: one may write to what is another's, but not replace it
            refused.append(("sticky/shared", "Operation not permitted"))
        for output, why in refused:
            done = subprocess.run([program, "prove", "x", "y", "-o", self.path(output)], env=self.environment,
                                  capture_output=True, check=False, **user)  # fmt: skip
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(f"{self.path(output)} cannot be written: {why}", done.stderr.decode())
        self.assertEqual((self.bytes_of(protected), self.bytes_of(shared)), (b"mine", b"mine"))
        self.assertEqual(os.listdir(self.path("open")), ["protected"])

    @unittest.skipIf(os.geteuid() != 0, "only root can make another user's link")
    def test_link_of_another_user(self):
        """As the kernel refuses it with fs.protected_symlinks: a link in a folder like /tmp may be a trap."""
        victim = self.file("victim", b"mine")
        os.makedirs(self.path("sticky"))
        os.chmod(self.path("sticky"), 0o1777)
        for name, owner in (("foreign", 65534), ("own", 0)):
            os.symlink(victim, self.path("sticky", name))
            os.lchown(self.path("sticky", name), owner, owner)
        output = self.path("sticky", "foreign")
        self.refused("infer", self.program, self.images, "-o", output, says=[f"{output} is another user's symbolic link"])
        self.assertEqual(self.bytes_of(victim), b"mine")
        self.prom("infer", self.program, self.images, "-o", self.path("sticky", "own"))
        self.assertNotEqual(self.bytes_of(victim), b"mine")

    def test_bench(self):
        started = time.monotonic()
        self.refused("bench", "prove", self.program, "--batch", "1048576", says=["1,048,576 items", "fewer"])
        self.assertLess(time.monotonic() - started, 2)  # two runs; it computed for four seconds and then said so


class Demos(framework.PromTest):
    def start_demo(self, name):
        return self.start("demo", "--story", "one-contract", "--dir", self.path(name), "--output", self.path(name + ".npy"))

    def end(self, process):
        output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 0, (output, errors))
        self.assertIn(b"Settled by scheme #3", output)
        return errors.decode()

    def test_at_once(self):
        """In folders of their own they know nothing of each other; whoever has a home, and in what state."""
        self.write(".bitcoin/bitcoin.conf", "this is no line of a configuration\n")
        running = [self.start_demo("a"), self.start_demo("b")]
        del self.environment["HOME"]
        running.append(self.start_demo("c"))
        for process in running:
            self.assertEqual(self.end(process), "")
        self.assertEqual(os.listdir(self.path(".bitcoin")), ["bitcoin.conf"])

    def test_log_that_is_none(self):
        """A file that only happens to have the log's name is its owner's."""
        log = self.write("d.log", "what I wrote")
        self.fails("demo", "--dir", self.path("d"), code=2, says=[log, "is not the log of a demo", "--dir"])
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "what I wrote")
        self.write("d.log", "")
        for _ in range(2):
            self.end(self.start_demo("d"))

    def test_folder_that_is_somebodys(self):
        """Nothing is touched: no log is made beside it either."""
        self.write("mine/letter", "dear me")
        self.write("file", "")
        before = sorted(os.listdir(self.home))
        self.fails("demo", "--dir", self.path("mine"), code=2, says=["is not a devnet's folder: nothing in it was touched"])
        self.fails("demo", "--dir", self.path("file"), code=1, says=["Not a directory"])
        self.assertEqual(sorted(os.listdir(self.home)), before)
        self.prom("devnet", "up", "--dir", self.path("d"))
        self.write("d/letter", "dear me")
        errors = self.prom("demo", "--dir", self.path("d"), code=2)[1]
        self.assertIn(f"{self.path('d')} has what is not a devnet's, such as letter, which was kept", errors)
        self.assertEqual(os.listdir(self.path("d")), ["letter"])

    def test_in_one_folder(self):
        """The second waits, and says for whom."""
        first = self.start_demo("d")
        self.assertTrue(wait_until(lambda: os.path.exists(self.path("d.log")) and processes(self.path("d", "bitcoin"))))
        second = self.start_demo("d")
        self.assertEqual(self.end(first), "")
        told = self.end(second)
        self.assertEqual(
            told,
            f"prom: demo: another demo (process {first.pid}) writes {self.path('d.log')}: waiting until it has ended\n",
        )
        with open(self.path("d.log"), encoding="utf-8") as file:
            self.assertEqual(sum("phase compile" in line for line in file), 1)


if __name__ == "__main__":
    unittest.main()
