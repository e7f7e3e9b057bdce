"""How files are written: whole or as they were, with their modes and links, whatever is killed or exchanged meanwhile."""

import os
import re
import resource
import stat
import struct
import subprocess
import time
import unittest

import framework
from framework import PROM, SANITIZED
from model_files import model, read_npy, write_npy
from outputs_case import OutputsTest

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


class Written(OutputsTest):
    def infer(self, output, **options):
        process = self.start("infer", self.program, self.images, "-o", output, **options)
        _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        return self.bytes_of(output)

    def test_what_could_not_be_told_is_written(self):
        """Standard output is full when the files are there: the sentence says so."""
        proof, outputs, numbers, program = (self.path(name) for name in ("pz", "yz", "numbers.npy", "z.prom"))
        cases = (
            (("prove", self.program, self.images, "-o", proof, "--output", outputs), f"{proof} and {outputs} are"),
            (("prove", self.program, self.images, "-o", proof), f"{proof} is"),
            (("infer", self.program, self.images, "--float", "-o", numbers), f"{numbers} is"),
            (("compile", model("digits-cnn.onnx"), "--calibrate", self.images, "-o", program), f"{program} is"),
        )
        for arguments, written in cases:
            for option in ((), ("--json",)):
                with self.subTest(arguments=arguments, option=option), open("/dev/full", "wb") as full:
                    process = subprocess.run(
                        [PROM, *arguments, *option], env=self.environment, stdout=full, stderr=subprocess.PIPE, check=False
                    )
                    self.assertEqual(process.returncode, 1)
                    says = rf"the output cannot be written(: No space .*)?; but {re.escape(written)} written, and whole\n$"
                    self.assertRegex(process.stderr.decode(), says)
        self.prom("verify", self.program, self.images, outputs, proof)
        self.assertTrue(os.path.exists(numbers) and os.path.exists(program))
        for arguments, code in ((("verify", "--help"), 3), (("prove", "-h"), 1), (("infer", "nosuch"), 2)):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                process = subprocess.run(
                    [PROM, *arguments], env=self.environment, stdout=full, stderr=subprocess.PIPE, check=False
                )
                self.assertEqual(process.returncode, code, process.stderr)
                self.assertNotIn(b"written, and whole", process.stderr)

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


if __name__ == "__main__":
    unittest.main()
