"""Standard input and output as files, words that are nearly right, and streams that are closed or full."""

import json
import os
import pty
import subprocess
import unittest

from framework import COMMAND_SECONDS, PROM
from model_case import ModelTest
from model_files import read_npy


class StreamTest(ModelTest):
    def setUp(self):
        super().setUp()
        self.compile()

    def run_with(self, *arguments, stdin=None, code=0, stdout=subprocess.PIPE):
        """`prom` with these bytes, or this file, as its standard input: (standard output, standard error)."""
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}
        process = subprocess.run(
            [PROM, *arguments], env=self.environment, stdout=stdout, stderr=subprocess.PIPE, timeout=COMMAND_SECONDS,
            check=False, **given,
        )  # fmt: skip
        self.assertEqual(process.returncode, code, process.stderr)
        return process.stdout, process.stderr.decode()


class Dash(StreamTest):
    def test_every_input_can_be_piped(self):
        proof, outputs = self.path("p"), self.path("y.npy")
        self.prom_json("prove", self.program, self.images, "-o", proof, "--output", outputs)
        for arguments in (
            ("infer", self.program, self.images, "--labels", self.labels),
            ("inspect", self.program),
            ("inspect", model_path := self.images.replace("digits-heldout-images.npy", "digits-cnn.onnx")),
            ("verify", self.program, self.images, outputs, proof),
            ("prove", self.program, self.images, "-o", self.path("again")),
            ("compile", model_path, "--calibrate", self.calibration, "-o", self.path("again.prom")),
        ):
            for at, argument in enumerate(arguments):
                if not os.path.exists(argument) or arguments[at - 1] == "-o":
                    continue
                with self.subTest(arguments=arguments, at=at):
                    piped = (*arguments[:at], "-", *arguments[at + 1 :], "--json")
                    output, errors = self.run_with(*piped, stdin=self.bytes_of(argument))
                    self.assertEqual(errors, "")
                    self.assertNotIn("error", json.loads(output))
        self.assertEqual(self.bytes_of(self.path("again")), self.bytes_of(proof))

    def test_pipes_have_names(self):
        """As a shell gives them: prom verify P X Y <(cat PROOF)."""
        proof, outputs = self.path("p"), self.path("y.npy")
        self.prom_json("prove", self.program, self.images, "-o", proof, "--output", outputs)
        network = self.images.replace("digits-heldout-images.npy", "digits-cnn.onnx")
        for line in (
            f"verify <(cat {self.program}) <(cat {self.images}) <(cat {outputs}) <(cat {proof})",
            f"compile <(cat {network}) --calibrate <(cat {self.calibration}) -o {self.path('again.prom')}",
            f"infer {self.program} /dev/stdin --labels <(cat {self.labels}) <{self.images}",
            f"infer {self.program} /dev/stdin --labels <(cat {self.labels}) < <(cat {self.images})",
        ):
            with self.subTest(line=line):
                done = subprocess.run(
                    ["bash", "-c", f"{PROM} {line} --json"], env=self.environment, capture_output=True,
                    timeout=COMMAND_SECONDS, check=False,
                )  # fmt: skip
                self.assertEqual((done.returncode, done.stderr), (0, b""), done.stdout)
        self.assertEqual(self.bytes_of(self.path("again.prom")), self.bytes_of(self.program))
        done = subprocess.run(["bash", "-c", f"{PROM} inspect <(true)"], env=self.environment, capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, rb"/dev/fd/\d+ is empty")

    def test_a_folder_may_hold_pipes(self):
        """What is not named by the user is not waited for."""
        os.makedirs(self.path("pictures/0"))
        os.mkfifo(self.path("pictures/0/x.png"))
        self.fails("infer", self.program, self.path("pictures"), code=2, says=["x.png is a pipe, not a file"])
        os.mkfifo(self.path("named.npy"))
        with subprocess.Popen(["sh", "-c", f"sleep 0.3; cat {self.images} >{self.path('named.npy')}"]):
            self.assertEqual(self.infer(self.path("named.npy"))["items"], 360)

    def test_numbers_in_json(self):
        """No more digits than were measured, no exponents; and what stands in a string is no number."""
        output, _ = self.prom("infer", self.program, self.images, "-o", self.path("1.23456789012e-07 \\\" 1e-9.npy"), "--json")
        told = json.loads(output, parse_float=str)
        self.assertEqual(told["output"], self.path("1.23456789012e-07 \\\" 1e-9.npy"))
        for name in ("seconds", "items_per_second"):
            self.assertRegex(told[name], r"\A\d+\.\d+\Z")
            self.assertLessEqual(len(told[name].replace(".", "").strip("0")), 4, told[name])
        for value in told["values"]:
            self.assertRegex(value, r"\A-?\d+\.\d+\Z")
            self.assertLessEqual(len(value.strip("-").replace(".", "").strip("0")), 9, value)

    def test_outputs_can_be_piped(self):
        out, proof = self.path("out.npy"), self.path("p")
        self.infer(self.images, "-o", out)
        piped, errors = self.run_with("infer", self.program, self.images, "-o", "-", "--labels", self.labels)
        self.assertEqual(piped, self.bytes_of(out))
        self.assertIn("accuracy 99.", errors)
        self.prom("prove", self.program, self.images, "-o", proof, "--output", out)
        piped, errors = self.run_with("prove", self.program, self.images, "-o", "-")
        self.assertEqual(piped, self.bytes_of(proof))
        self.assertIn("a proof of ", errors)
        piped, _ = self.run_with("prove", self.program, self.images, "-o", self.path("q"), "--output", "-")
        self.assertEqual(piped, self.bytes_of(out))

    def test_terms_can_be_piped(self):
        terms, _ = self.prom("contract", "example")
        output, _ = self.run_with("contract", "tree", "-", "--json", stdin=terms.encode())
        self.assertIn("transactions", json.loads(output))

    def test_a_stream_has_one_use(self):
        for arguments, says in (
            (("infer", "-", "-"), "PROGRAM and X cannot both use standard input"),
            (("infer", self.program, "-", "--labels", "-"), "X and --labels cannot both use standard input"),
            (("prove", self.program, self.images, "-o", "-", "--output=-"), "--proof and --output cannot both use"),
            (("compile", "x.onnx", "-o", "-"), "--output cannot be '-', a standard stream"),
            (("demo", "--output", "-"), "--output cannot be '-', a standard stream"),
            (("compile", "-", "--calibrate", self.calibration), "say with -o where the result goes"),
        ):
            with self.subTest(arguments=arguments):
                self.fails(*arguments, code=2, says=[says])
        output, _ = self.run_with("infer", self.program, self.images, "-o", "-", "--json", code=2)
        self.assertIn("--json and --output cannot both use standard output", json.loads(output)["error"]["message"])
        self.assertFalse(os.path.exists("-"))

    def test_bad_streams(self):
        for content, says in ((b"", "standard input is empty"), (b"\x93NUMPY", "-: ")):
            _, errors = self.run_with("infer", self.program, "-", stdin=content, code=2)
            self.assertIn(says, errors)
        leader, terminal = pty.openpty()
        self.addCleanup(os.close, leader)
        self.addCleanup(os.close, terminal)
        _, errors = self.run_with("infer", self.program, "-", stdin=terminal, code=2)
        self.assertIn("standard input is a terminal", errors)
        _, errors = self.run_with("infer", self.program, self.images, "-o", "-", stdout=terminal, code=2)
        self.assertIn("standard output is a terminal, and this is no text", errors)
        with open("/dev/full", "wb") as full:
            _, errors = self.run_with("infer", self.program, self.images, "-o", "-", stdout=full, code=1)
        self.assertIn("standard output cannot be written: No space left on device", errors)

    def test_closed_streams(self):
        """No file that is opened takes the number of a stream that is closed, and none is written into."""
        out = self.path("out.npy")
        self.infer(self.images, "-o", out)
        expected = self.bytes_of(out)
        for closed, code in (("<&-", 0), ("2>&-", 0), (">&-", 1), (">&- 2>&- <&-", 1)):
            with self.subTest(closed=closed):
                os.remove(out)
                process = subprocess.run(
                    ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", PROM, "infer", self.program, self.images, "-o", out],
                    env=self.environment, check=False, capture_output=True,
                )  # fmt: skip
                self.assertEqual(process.returncode, code)
                self.assertEqual(self.bytes_of(out), expected)
        process = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" <&-', "sh", PROM, "infer", self.program, "-"], env=self.environment,
            check=False, capture_output=True,
        )  # fmt: skip
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"standard input cannot be read", process.stderr)


class Names(StreamTest):
    """Names of files that no friend would choose: one clear sentence each, and nothing that a terminal obeys."""

    def test_long_names(self):
        for name in ("a" * 600, "b/" * 2000 + "c", "d" * 5000):
            for command in (("infer", self.program, name), ("infer", name, self.images), ("inspect", name),
                            ("prove", self.program, name, "-o", "p"), ("contract", "tree", name),
                            ("compile", name, "--calibrate", self.images, "-o", self.path("x.prom"))):  # fmt: skip
                with self.subTest(command=command[0], name=name[0]):
                    self.fails(*command, code=2, says=["cannot be read: "])

    def test_names_do_not_reach_the_terminal(self):
        name = self.path("red\x1b[31m\nline\ttab\x7f")
        _, errors = self.prom("inspect", name, code=2)
        self.assertEqual(errors.count("\n"), 1)
        self.assertIn("red?[31m?line?tab? cannot be read", errors)
        told = json.loads(self.prom("inspect", name, "--json", code=2)[0])
        self.assertIn(name, told["error"]["message"])

    def test_empty_names_and_files(self):
        for command, noun in ((("infer", "", "x"), "program"), (("infer", self.program, ""), "input"),
                              (("inspect", ""), "file"), (("verify", "a", "b", "", "c"), "output")):  # fmt: skip
            self.fails(*command, code=2, says=[f"the name of the {noun} is empty"])
        empty = self.file("empty", b"")
        for command in (("inspect", empty), ("infer", self.program, empty), ("infer", empty, self.images),
                        ("compile", empty, "-o", "x"), ("bench", "prove", empty),
                        ("infer", self.program, self.images, "--labels", empty)):  # fmt: skip
            with self.subTest(command=command):
                self.fails(*command, code=2, says=[f"{empty} is empty"])

    def test_arrays_that_are_no_batch(self):
        single = self.array_file("single.npy", "<f4", (), [1])
        self.fails("infer", self.program, single, code=2, says=["the input is a single value; the model wants a batch"])
        large = self.array_file("large.npy", "<f8", (1, 1, 8, 8), [1e300] * 64)
        self.fails("infer", self.program, large, code=2, says=["is 1e+300, beyond the range of float32"])
        one = self.array_file("one.npy", "<f4", (1, 1, 8, 8), [0] * 64)
        self.fails("infer", self.program, one, "--labels", self.labels, code=2, says=["360 labels for 1 item"])


class Words(StreamTest):
    def test_nearest_words_are_named(self):
        for arguments, says in (
            (("demo", "--scheme", "sumchek"), "(did you mean 'sumcheck'?); --scheme is one of sumcheck, replay"),
            (("help", "--completion", "bsah"), "(did you mean 'bash'?)"),
            (("infer", self.program, self.images, "--kernels", "avx215"), "no kernels 'avx215' (did you mean 'avx2'?)"),
            (("contract", "explian", "x"), "(did you mean 'explain'?)"),
            (("prove", self.program, "x", "-o", "p", "--kernels", "avx2"), "--kernels is an option of infer, not of prove"),
            (("verify", "a", "b", "c", "d", "--threads", "2"), "--threads is an option of prove, not of verify"),
        ):  # fmt: skip
            with self.subTest(arguments=arguments):
                self.fails(*arguments, code=2, says=[says])

    def test_every_command_takes_json(self):
        self.assertRegex(json.loads(self.prom("--version", "--json")[0])["version"], r"^\d+\.\d+\.\d+$")
        told = json.loads(self.prom("--json", "infer", code=2)[0])
        self.assertIn("--json stands behind a command", told["error"]["message"])
        for option in ("--completion=bash", "--man"):
            told = json.loads(self.prom("help", option, "--json", code=2)[0])
            self.assertIn("exclude each other", told["error"]["message"])
        for command in json.loads(self.prom("help", "--json")[0])["commands"]:
            if not command["group"] and command["command"] != "":
                self.assertIn("--json", [parameter["option"] for parameter in command["parameters"]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
