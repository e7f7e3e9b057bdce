"""The files that commands write: tried first, never one that is read, whole or as they were, whoever else writes."""

import os
import re
import resource
import shutil
import socket
import stat
import struct
import subprocess
import time
import unittest

import framework
from framework import PROM, processes, real_bitcoind, wait_until
from model_case import ModelTest, SANITIZED
from model_files import model, png, read_npy, write_npy

NO_NAMELESS_FILES = b"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int refuse(const char *name, int folder, const char *path, int flags, mode_t mode)
{
    int (*next)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, name);
    errno = EOPNOTSUPP;
    return (flags & O_TMPFILE) == O_TMPFILE ? -1 : next(folder, path, flags, mode);
}
#define REFUSE(name)                                                  \\
    int name(int folder, const char *path, int flags, ...)            \\
    {                                                                 \\
        va_list more;                                                 \\
        va_start(more, flags);                                        \\
        const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \\
        va_end(more);                                                 \\
        return refuse(#name, folder, path, flags, mode);              \\
    }
REFUSE(openat)
REFUSE(openat64)
"""
TEMPORARY = re.compile(r"\.prom-[0-9a-f]{16}\.tmp")


class OutputsTest(ModelTest):
    def setUp(self):
        super().setUp()
        self.compile()
        self.model = self.copy("digits-cnn.onnx")
        self.images = self.copy("digits-heldout-images.npy")
        self.labels = self.copy("digits-heldout-labels.npy")
        self.calibration = self.copy("digits-calibration.npy")

    def copy(self, name):
        return self.file(name, self.bytes_of(model(name)))

    def snapshot(self):
        """What the home holds: names, what each is, and the content of files."""
        found = {}
        for folder, names, files in os.walk(self.home):
            for name in names + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = self.bytes_of(path) if stat.S_ISREG(status.st_mode) else b""
                found[path] = (status.st_mode, status.st_nlink, content)
        return found

    def refused(self, *arguments, says, code=2):
        """The command fails with these words and has changed nothing."""
        before = self.snapshot()
        self.fails(*arguments, code=code, says=says)
        after = self.snapshot()
        self.assertEqual(sorted(after), sorted(before))
        self.assertEqual({path for path, what in after.items() if what != before[path]}, set())

    def commands(self, output):
        """Each way to name a file that is written, with all that is read beside it: (arguments, names of the inputs)."""
        read = (self.model, self.calibration, self.images, self.labels)
        demo = ("demo", "--dir", self.path("d"), "--model", read[0], "--calibrate", read[1], "--input", read[2],
                "--labels", read[3])  # fmt: skip
        prove = ("prove", self.program, self.images)
        return (
            (("infer", self.program, self.images, "--labels", self.labels, "-o", output),
             (self.program, self.images, self.labels)),
            ((*prove, "-o", output), (self.program, self.images)),
            ((*prove, "-o", self.path("p"), f"--output={output}"), (self.program, self.images)),
            (("compile", self.model, "--calibrate", self.calibration, "--test", self.images, "--labels", self.labels,
              "-o", output), read),
            ((*demo, "--output", output), read),
        )  # fmt: skip


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


class Written(OutputsTest):
    def infer(self, output, **options):
        process = self.start("infer", self.program, self.images, "-o", output, **options)
        _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        return self.bytes_of(output)

    def test_nothing_else_is_touched(self):
        """Files that have the names that temporary files once had."""
        out = self.path("out.npy")
        self.file("out.npy.new", b"mine")
        self.file("p.new", b"mine")
        before = self.snapshot()
        self.infer(out)
        os.symlink(self.labels, self.path("q.new"))
        self.prom("prove", self.program, self.images, "-o", self.path("q"), "--output", self.path("p"))
        after = self.snapshot()
        self.assertEqual({path: after[path] for path in before}, before)
        self.assertEqual(set(after) - set(before), {out, self.path("q"), self.path("p"), self.path("q.new")})

    def test_modes(self):
        out = self.path("out.npy")
        for umask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0, 0o666)):
            self.infer(out, umask=umask)
            self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), mode)
            os.remove(out)
        for mode in (0o600, 0o640, 0o755, 0o666):
            self.file("out.npy", b"old")
            os.chmod(out, mode)
            self.infer(out, umask=0o077)
            self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), mode)
        if os.geteuid() == 0:
            os.chown(out, 1234, 4321)
            self.infer(out)
            self.assertEqual((os.stat(out).st_uid, os.stat(out).st_gid), (1234, 4321))

    def test_links(self):
        """What a symbolic link leads to is written, there or not yet; the link stays. A hard link is another name of the
        old content."""
        content = self.infer(self.path("direct.npy"))
        os.makedirs(self.path("far", "away"))
        os.symlink("far/away", self.path("folder"))
        os.symlink("folder/next", self.path("link"))
        os.symlink("../target.npy", self.path("far", "away", "next"))
        for _ in range(2):
            self.assertEqual(self.infer(self.path("link")), content)
            self.assertEqual(os.readlink(self.path("link")), "folder/next")
            self.assertEqual(os.readlink(self.path("far", "away", "next")), "../target.npy")
            self.assertEqual(os.listdir(self.path("far", "away")), ["next"])
            self.assertEqual(sorted(os.listdir(self.path("far"))), ["away", "target.npy"])
            self.assertTrue(stat.S_ISREG(os.lstat(self.path("far", "target.npy")).st_mode))
        self.file("old", b"old")
        os.link(self.path("old"), self.path("old-too"))
        self.assertEqual(self.infer(self.path("old")), content)
        self.assertEqual(self.bytes_of(self.path("old-too")), b"old")

    def test_long_name(self):
        """A name that has just room in its folder: the temporary file's is no longer."""
        self.infer(self.path("n" * 255))

    def test_disk_full(self):
        """A limit of the shell's (ulimit -f) is told like one: its signal, which would leave a half-written file, is not
        waited for."""
        self.file("old", b"old")
        before = self.snapshot()
        for output in ("old", "new"):
            process = self.start(
                "infer", self.program, self.images, "-o", self.path(output),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
            )  # fmt: skip
            _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertEqual(process.returncode, 1)
            self.assertIn(f"{self.path(output)} cannot be written: File too large", errors.decode())
        self.assertEqual(self.snapshot(), before)

    def test_proof_and_outputs_together(self):
        """The outputs would fit and the proof does not: neither is replaced, or the pair would not fit together."""
        self.file("proof", b"old")
        self.file("y.npy", b"old")
        before = self.snapshot()
        process = self.start(
            "prove", self.program, self.images, "-o", self.path("proof"), "--output", self.path("y.npy"),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000)),
        )  # fmt: skip
        _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"{self.path('proof')} cannot be written: File too large", errors.decode())
        self.assertEqual(self.snapshot(), before)

    def is_writing(self, process):
        """Whether the process holds a file without a name in the home folder."""
        try:
            held = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in os.listdir(f"/proc/{process.pid}/fd")]
        except OSError:
            held = []
        return any(name.startswith(self.path("#")) and name.endswith("(deleted)") for name in held)

    def test_killed(self):
        """Killed as soon as it has a temporary file, it leaves none, and the output is whole; only the moment between
        two system calls could leave one, by its name."""
        content = self.infer(self.path("out.npy"))
        others = set(os.listdir(self.home))
        seen = left = 0
        for _ in range(40):
            self.file("out.npy", b"old")
            process = self.start("infer", self.program, self.images, "-o", self.path("out.npy"))
            while process.poll() is None and not self.is_writing(process):
                pass
            seen += process.poll() is None
            process.kill()
            process.communicate()
            self.assertIn(self.bytes_of(self.path("out.npy")), (b"old", content))
            for name in set(os.listdir(self.home)) - others:
                self.assertRegex(name, TEMPORARY)
                os.remove(self.path(name))
                left += 1
        self.assertEqual(self.infer(self.path("out.npy")), content)
        self.assertEqual(set(os.listdir(self.home)), others)
        self.assertGreater(seen, 0, "no kill came at the right time")
        self.assertLessEqual(left, 4)

    @unittest.skipIf(SANITIZED, "a sanitizer wants to be loaded before anything else")
    def test_without_nameless_files(self):
        """On a file system that has none, such as NFS, the temporary file has its name from the beginning."""
        content = self.infer(self.path("direct.npy"))
        shim = self.file("shim.c", NO_NAMELESS_FILES)
        compiler = [os.environ["PROM_CC"], "-shared", "-fPIC", "-o", self.path("shim.so"), shim]
        subprocess.run(compiler, check=True)
        self.environment["LD_PRELOAD"] = self.path("shim.so")
        before = set(os.listdir(self.home))
        self.file("old.npy", b"old")
        os.chmod(self.path("old.npy"), 0o640)
        for name, mode in (("new.npy", 0o600), ("old.npy", 0o640)):
            self.assertEqual(self.infer(self.path(name), umask=0o077), content)
            self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode), mode)
            os.remove(self.path(name))
        self.assertEqual(set(os.listdir(self.home)), before)
        seen = set()
        for _ in range(20):
            self.file("out.npy", b"old")
            process = self.start("infer", self.program, self.images, "-o", self.path("out.npy"))
            while process.poll() is None and not set(os.listdir(self.home)) - before - {"out.npy"}:
                pass
            process.kill()
            process.communicate()
            self.assertIn(self.bytes_of(self.path("out.npy")), (b"old", content))
            seen |= set(os.listdir(self.home)) - before - {"out.npy"}
        self.assertGreater(len(seen), 0, "no kill came at the right time")
        for name in seen:
            self.assertRegex(name, TEMPORARY)

    def test_exchanged_while_it_runs(self):
        """An input that takes the output's name after the first look is not written over."""
        out = self.path("out.npy")
        content = self.bytes_of(self.images)
        for old in (False, True):
            if old:
                self.file("out.npy", b"old")
            # The labels come last, and are waited for.
            process = subprocess.Popen(
                [PROM, "infer", self.program, self.images, "--labels", "-", "-o", out], env=self.environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            time.sleep(0.5)
            os.rename(self.images, out)
            _, errors = process.communicate(self.bytes_of(self.labels), timeout=framework.COMMAND_SECONDS)
            self.assertEqual((process.returncode, self.bytes_of(out) == content), (2, True), errors)
            self.assertIn(f"{out} would be written over, and is read here", errors.decode())
            os.rename(out, self.images)
        self.assertEqual([name for name in os.listdir(self.home) if TEMPORARY.fullmatch(name)], [])

    def test_weights_beside_the_model(self):
        """Files that the model names are read like the model."""
        vectors = os.path.join(framework.SOURCE, "tests", "vectors", "onnx")
        network, weights = (
            self.file(name, self.bytes_of(os.path.join(vectors, name))) for name in ("external.onnx", "external.bin")
        )
        inputs = write_npy(self.path("x.npy"), "<f4", (2, 3), struct.pack("<6f", 1, 2, 3, -4, 5, 6))
        os.link(weights, self.path("hard"))
        content = self.bytes_of(weights)
        for output in (weights, self.path("hard")):
            says = [f"{output} would be written over"]
            self.refused("compile", network, "--calibrate", self.path("nothing"), "-o", output, says=says)
            self.fails("demo", "--dir", self.path("d"), "--model", network, "--calibrate", inputs, "--input", inputs,
                       "--output", output, code=2, says=says)  # fmt: skip
            self.assertEqual(self.bytes_of(output), content)
            self.assertFalse(os.path.exists(self.path("d")))  # that was before anything started

    def test_many_write_one_file(self):
        """All succeed, and the file is one of theirs, whole."""
        out = self.path("out.npy")
        descr, shape, data = read_npy(self.images)
        item = len(data) // shape[0]
        inputs = [
            write_npy(self.path(f"{items}.npy"), descr, (items, *shape[1:]), data[: items * item])
            for items in (1, 30, 90, 180, 270, 360)
        ]
        contents = []
        for path in inputs:
            self.prom("infer", self.program, path, "-o", out)
            contents.append(self.bytes_of(out))
        before = set(os.listdir(self.home))
        for _ in range(10):
            running = [self.start("infer", self.program, path, "-o", out) for path in inputs]
            for process in running:
                _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
                self.assertEqual(process.returncode, 0, errors)
            self.assertIn(self.bytes_of(out), contents)
            self.assertEqual(set(os.listdir(self.home)), before)


class Demos(framework.PromTest):
    def start_demo(self, name):
        return self.start("demo", "--dir", self.path(name), "--output", self.path(name + ".npy"))

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
