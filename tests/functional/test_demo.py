"""`prom demo`: one contract on a chain of its own, looked at from outside; wrong input; killed at any moment. Its stories
are in test_demo_stories.py."""

import concurrent.futures
import hashlib
import json
import os
import resource
import shlex
import signal
import stat
import struct
import subprocess
import time
import unittest

import framework
from demo_case import ABSENT, ANCHOR, PARTIES, STORIES, DemoTest
from framework import port_open, processes, rpc, wait_until
from model_files import model, onnx_pool, onnx_with, png, read_npy, write_npy

DELAYS = (0, 0.05, 0.2, 0.5, 1, 2, 3, 5, 7)  # seconds; a demo of few images takes about 8
PHASES = "compile chain fund play total".split()
ACCURACY_LOSS = 0.005


class Demo(DemoTest):
    def demo_fails(self, *arguments, code, says):
        """The demo fails with this exit code and a sentence that has all of `says` and names the log, as text and as
        JSON; the log ends with it; nothing is left of the chain."""
        output, errors = self.prom("demo", "--story", "one-contract", "--dir", self.dir, *arguments, code=code)
        self.assertNotIn("Settled", output)
        self.assertTrue(errors.startswith("prom: demo: ") and errors.count("\n") == 1, errors)
        told = self.demo(*arguments, code=code)["error"]["message"]
        for text in (*says, f"(log: {self.log})"):
            self.assertIn(text, errors)
            self.assertIn(text, told)
        with open(self.log, encoding="utf-8") as file:
            self.assertIn("failed: ", file.read().splitlines()[-1])
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class Contract(Demo):
    def test_what_is_promised_is_told(self):
        """Of the model and the images that come with the program; the result is what the model says."""
        told = self.demo("--output", self.path("result.npy"))
        self.assertEqual((told["story"], told["scheme"], told["proof"], told["items"]), ("one-contract", 3, "sumcheck", 360))
        txs = told["transactions"]
        self.assertTrue(all(set(tx) == {"name", "txid", "vsize", "height"} for tx in txs), txs)
        # docs/sizes.md
        self.assertEqual([(tx["name"], tx["vsize"]) for tx in txs], [("Tx0", 588), ("Tx4", 407)])
        self.assertGreater(txs[1]["height"], txs[0]["height"])
        self.assertEqual(len(bytes.fromhex(told["program"])), 32)
        self.check_payouts(told)
        self.assertEqual(set(told["why"]), {*PARTIES, "F"})
        self.assertEqual(set(told["seconds"]), set(PHASES))
        phases = [told["seconds"][name] for name in PHASES[:-1]]
        self.assertTrue(all(seconds >= 0 for seconds in phases), phases)
        self.assertAlmostEqual(sum(phases) / told["seconds"]["total"], 1, 2)  # of four digits each
        self.assertEqual(told["log"], self.log)
        self.assertEqual(set(told["rpc"]), {"url", "cookie"})
        self.assertGreater(told["height"], txs[1]["height"])
        self.assertEqual(told["warnings"], [])
        # Nothing of the chain is left.
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))
        self.assertFalse(port_open(int(told["rpc"]["url"].rsplit(":", 1)[1])))
        self.check_result(told)

    def check_result(self, told):
        self.assertEqual(told["output"], self.path("result.npy"))
        descr, shape, data = read_npy(told["output"])
        self.assertEqual((descr, shape, len(data)), ("|u1", (360, 10), 3600))
        scores = struct.unpack("3600B", data)
        _, _, labels = read_npy(model("digits-heldout-labels.npy"))
        right = 0
        for item, label in enumerate(struct.unpack("<360q", labels)):
            row = scores[10 * item : 10 * item + 10]
            right += row.index(max(row)) == label
        self.assertAlmostEqual(told["accuracy"], right / 360)
        self.assertLessEqual(abs(told["accuracy"] - told["accuracy_float"]), ACCURACY_LOSS)

    def test_both_schemes_deliver_the_same(self):
        results = []
        for scheme in ("sumcheck", "replay"):
            told = self.demo("--scheme", scheme, *self.few_images())
            self.assertEqual((told["scheme"], told["proof"]), (3, scheme))
            self.assertEqual(told["output"], self.dir + "-output.npy")
            with open(told["output"], "rb") as file:
                results.append((told["program"], file.read()))
        self.assertEqual(results[0], results[1])

    def test_network_that_cannot_be_proven(self):
        """It is refused before a chain is started, and the scheme that takes it is named."""
        arguments = self.own_files(model=self.file("pool.onnx", onnx_pool(17)))
        self.demo_fails(*arguments, code=2, says=["'sumcheck' cannot prove", "window has 17 places", "'replay'"])
        told = self.demo("--scheme", "replay", *arguments)
        self.assertEqual((told["scheme"], told["proof"]), (3, "replay"))

    def test_chain_holds_what_was_told(self):
        told = self.story("one-contract", "--keep")
        self.check_chain(told)
        status = told["rpc"]
        tx0, tx4 = (rpc(status, "getrawtransaction", tx["txid"], 1) for tx in told["transactions"])
        # h_p is an element of the witness, and its hash stands in the leaf that it satisfies; h_p is nowhere in Tx0.
        *stack, leaf, _control = tx4["vin"][0]["txinwitness"]
        self.assertEqual(sorted(map(len, stack)), [64, 128, 128])  # h_p, V's signature, ALL's
        h_p = min(stack, key=len)
        self.assertIn("a820" + hashlib.sha256(bytes.fromhex(h_p)).hexdigest() + "88", leaf)  # OP_SHA256 <h> OP_EQUALVERIFY
        self.assertNotIn(h_p, json.dumps(tx0))
        self.assertEqual(tx4["vout"][-1]["scriptPubKey"]["hex"], ANCHOR)
        # The stakes come home with the settlement: nothing else of the contract is on the chain.
        txids = [tx["txid"] for tx in told["transactions"]]
        spending = [
            tx["txid"]
            for height in range(1, told["height"] + 1)
            for tx in rpc(status, "getblock", rpc(status, "getblockhash", height), 2)["tx"]
            if any(coin.get("txid") in txids for coin in tx["vin"])
        ]
        self.assertEqual(spending, txids[1:])
        # Each party's folder is its own, and what is secret in it is nobody else's to read.
        folder = os.path.join(self.dir, "parties")
        self.assertEqual(sorted(os.listdir(folder)), sorted(PARTIES))
        for party in PARTIES:
            for name in ("prometheus.sqlite", "words"):
                path = os.path.join(folder, party, name)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
        self.down()

    def test_own_verifier_is_the_clients(self):
        """One node has both parts, a channel for each."""
        self.story("self-verified", "--keep")
        folder = os.path.join(self.dir, "parties")
        self.assertEqual(sorted(os.listdir(folder)), sorted(set(PARTIES) - ABSENT["self-verified"]))
        listed = self.prom_json("channel", "list", "--dir", os.path.join(folder, "C"))
        self.assertEqual(sorted(channel["role"] for channel in listed["channels"]), ["client", "verifier"])
        self.down()

    def test_kept_chain_is_replaced(self):
        first = self.story("one-contract", "--keep")
        self.assertEqual(len(processes(self.dir)), 1)  # bitcoind: the parties have ended
        second = self.story("one-contract", "--keep")
        self.assertNotEqual(first["transactions"][0]["txid"], second["transactions"][0]["txid"])
        self.assertEqual(len(processes(self.dir)), 1)
        self.assertEqual(rpc(second["rpc"], "getblockcount"), second["height"])
        self.story("one-contract")
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))

    def test_two_in_one_folder(self):
        """They take turns, and both are whole."""
        arguments = ("demo", "--story", "one-contract", "--json", "--dir", self.dir, *self.few_images())
        both = [self.start(*arguments) for _ in range(2)]
        for process in both:
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertEqual((process.returncode, errors), (0, b""), output)
            self.check_payouts(json.loads(output))
        self.assertEqual(processes(self.dir), {})

    def test_two_folders_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            playing = [pool.submit(self.story, "one-contract", folder=self.path(name)) for name in ("one", "other")]
            txids = {story.result()["transactions"][0]["txid"] for story in playing}
        self.assertEqual(len(txids), 2)

    def test_folder_with_a_long_name(self):
        """A socket's name has at most 107 bytes."""
        self.dir = self.path("d" * 120, "e" * 200)
        self.check_payouts(self.story("one-contract"))

    def test_text_without_bitcoin_cli(self):
        """What it names is there."""
        real = self.environment["PROM_BITCOIND"]
        self.environment["PROM_BITCOIND"] = self.write("only/bitcoind", f'#!/bin/sh\nexec {shlex.quote(real)} "$@"\n', 0o755)
        self.dir = self.path("a demo's $folder")
        output, _ = self.prom("demo", "--story", "one-contract", "--keep", "--dir", self.dir, *self.few_images())
        self.assertNotIn("bitcoin-cli", output)
        look = next(line for line in output.splitlines() if "getrawtransaction" in line)
        shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(json.loads(shown.stdout)["result"]["version"], 3)
        self.prom("devnet", "down", "--dir", self.dir)

    def test_text(self):
        self.dir = self.path("a demo's $folder")
        output, errors = self.prom("demo", "--story", "one-contract", "--keep", "--dir", self.dir)
        self.assertEqual(errors, "")
        for phase in PHASES[:-1]:
            self.assertRegex(output, rf"(?m)^  {phase} +[\d.]+ (µs|ms|s)   ")
        for line in (r"worker +2,000,000 +2,900,000 +\+900,000", r"verifier +2,500,000 +2,600,000 +\+100,000"):
            self.assertRegex(output, line + " +[a-z]")  # and why
        for name, vsize in (("Tx0", 588), ("Tx4", 407)):
            self.assertRegex(output, rf"(?m)^  {name} +[0-9a-f]{{64}} +{vsize} vB, block \d+$")
        for text in ("Settled by scheme #3: everybody keeps the rules.", "accuracy   99.", self.dir + "-output.npy"):
            self.assertIn(text, output)
        # The commands that it names do what they say.
        lines = [line.strip() for line in output.splitlines()]
        look = next(line for line in lines if " getrawtransaction " in line)
        stop = next(line for line in lines if line.startswith("prom devnet down "))
        shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(json.loads(shown.stdout)["version"], 3)
        inside = next(line for line in lines if line.startswith("prom channel list "))
        self.assertRegex(self.prom(*shlex.split(inside)[1:])[0], "worker +closed +settled")
        self.prom(*shlex.split(stop)[1:])
        self.assertEqual(processes(self.dir), {})

    def test_other_files_and_no_labels(self):
        told = self.demo(*self.few_images())
        self.assertEqual((told["items"], told["accuracy"], told["accuracy_float"]), (2, None, None))
        told = self.demo(*self.own_files(labels=model("digits-heldout-labels.npy")))
        self.assertGreater(told["accuracy"], 0.9)

    def test_quantised_model_needs_no_calibration(self):
        files = self.own_files(model=model("digits-cnn-qdq.onnx"), labels=model("digits-heldout-labels.npy"))
        at = files.index("--calibrate")
        del files[at : at + 2]
        self.assertGreater(self.demo(*files)["accuracy"], 0.98)
        files[files.index("--model") + 1] = model("digits-cnn.onnx")
        self.demo_fails(*files, code=2, says=[model("digits-cnn.onnx"), "--calibrate"])

    def test_pictures(self):
        """As of `infer`: resized and normalised, they give what the same numbers in an array give."""
        folder = self.path("pictures")
        os.mkdir(folder)
        for item in range(3):
            pixels = bytes((37 * item + 7 * pixel) % 256 for pixel in range(64))
            wide = b"".join(bytes([pixels[at]] * 2) for at in range(64))
            self.file(f"pictures/{item}.png", png(16, 16, b"".join(wide[16 * row : 16 * row + 16] * 2 for row in range(8))))
        options = ("--resize", "--mean", "0.25", "--std", "0.5")
        told = self.demo(*self.own_files(input=folder, calibrate=folder), *options)
        program, expected = self.path("p.prom"), self.path("expected.npy")
        self.prom_json("compile", model("digits-mlp.onnx"), "--calibrate", folder, "-o", program, *options)
        self.prom_json("infer", program, folder, "--integers", "-o", expected, *options)
        with open(told["output"], "rb") as one, open(expected, "rb") as other:
            self.assertEqual(one.read(), other.read())
        self.fails("demo", "--resize", code=2, says=["--resize is for a model and a batch of your own"])

    def test_clamped_numbers_are_told(self):
        descr, shape, data = read_npy(model("digits-heldout-images.npy"))
        loud = write_npy(self.path("loud.npy"), descr, (2, *shape[1:]), struct.pack("<128f", *[255] * 128))
        self.assertEqual(self.demo(*self.own_files(input=loud))["clamped"], 128)
        _, errors = self.prom("demo", "--story", "one-contract", "--dir", self.dir, *self.own_files(input=loud))
        self.assertIn(f"prom: warning: {loud}: 100 % of the input (128 of 128 values) lies beyond ", errors)

    def test_what_compiling_lost_is_told(self):
        """Before anything is paid, as `compile` tells it."""
        descr, shape, data = read_npy(model("digits-calibration.npy"))
        values = struct.unpack(f"<{len(data) // 4}f", data)
        wild = [value * (1000 if at < 64 else 1) for at, value in enumerate(values)]
        wild = write_npy(self.path("wild.npy"), descr, shape, struct.pack(f"<{len(wild)}f", *wild))
        told = self.prom_json("compile", model("digits-mlp.onnx"), "--calibrate", wild, "-o", self.path("p.prom"))
        _, errors = self.prom("demo", "--story", "one-contract", "--dir", self.dir, *self.own_files(calibrate=wild))
        self.assertIn("stretched by item 0 ", told["warnings"][0])
        for sentence in told["warnings"]:
            said = sentence.replace("--calibration-method percentile", "'prom compile --calibration-method percentile'")
            self.assertIn(f"prom: warning: {model('digits-mlp.onnx')}: {said}\n", errors)

    def test_default_folder(self):
        told = self.prom_json("demo", *self.few_images())
        folder = self.path(".local/share/prometheus/demo")
        self.assertEqual((told["log"], told["output"]), (folder + ".log", folder + "-output.npy"))
        self.assertTrue(os.path.exists(told["output"]))


class Killed(Demo):
    def kill_after(self, delay, *arguments):
        process = self.start("demo", "--story", "one-contract", "--json", "--dir", self.dir, *self.few_images(), *arguments)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=framework.COMMAND_SECONDS)

    def parties(self):
        return {pid: arguments for pid, arguments in processes(self.dir).items() if "party" in arguments}

    def test_killed_at_any_moment(self):
        """Neither bitcoind nor a party outlives it, and the next demo makes a clean sweep."""
        for delay in DELAYS:
            with self.subTest(delay=delay):
                self.kill_after(delay)
                self.assertTrue(wait_until(lambda: not processes(self.dir)), processes(self.dir))
        self.check_payouts(self.story("one-contract"))
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))

    def test_killed_while_it_keeps_its_chain(self):
        """Then bitcoind may be left, for the next demo to replace."""
        for delay in DELAYS[::3]:
            with self.subTest(delay=delay):
                self.kill_after(delay, "--keep")
                self.assertTrue(wait_until(lambda: not self.parties()), self.parties())
        self.check_payouts(self.story("one-contract"))
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))

    def test_killed_party(self):
        """It is named, and so is what to do; nothing is left."""
        for party, named in (("A1", "arbiter 1"), ("V", "the verifier")):
            with self.subTest(party=party):
                process = self.start("demo", "--story", "one-contract", "--dir", self.dir, *self.few_images())
                folder = os.path.join(self.dir, "parties", party)
                mine = lambda: [pid for pid, words in self.parties().items() if folder in words]
                self.assertTrue(wait_until(mine))
                os.kill(int(mine()[0]), signal.SIGKILL)
                errors = process.communicate(timeout=framework.COMMAND_SECONDS)[1].decode()
                self.assertEqual(process.returncode, 1, errors)
                self.assertIn(f"demo: the process of {named} has ended (it was killed): run the demo again", errors)
                self.assertFalse(os.path.exists(self.dir))

    def test_no_secret_is_in_a_log(self):
        """What the parties keep to themselves stands in their own folders and nowhere else."""
        told = self.story("one-contract", "--keep")
        parties = os.path.join(self.dir, "parties")
        files = [told["log"], os.path.join(self.dir, "bitcoin", "regtest", "debug.log")]
        secrets = {}
        for party in PARTIES:
            with open(os.path.join(parties, party, "words"), encoding="utf-8") as file:
                words = file.read().rstrip("\n")
            seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)  # BIP 39
            secrets[party] = (words.encode(), seed, seed.hex().encode(), seed[:32], seed[:32].hex().encode())
            files += [os.path.join(parties, party, name) for name in ("log", "party.json", "prometheus.sqlite")]
        for path in files:
            with open(path, "rb") as file:
                content = file.read()
            for party, forms in secrets.items():
                self.assertFalse(any(form in content for form in forms), f"{party}'s seed is in {path}")
        self.down()


class WrongInput(Demo):
    def test_model(self):
        rubbish = self.file("rubbish.onnx", b"this is no model")
        self.demo_fails(*self.own_files(model=rubbish), code=2, says=[rubbish, "ONNX"])
        strange = self.file("strange.onnx", onnx_with("Einsum"))
        self.demo_fails(*self.own_files(model=strange), code=2, says=[strange, "Einsum", "strange-node"])
        empty = self.file("empty.onnx", b"")
        self.demo_fails(*self.own_files(model=empty), code=2, says=[empty])

    def test_input(self):
        wrong = write_npy(self.path("wrong.npy"), "<f4", (3, 5), bytes(60))
        self.demo_fails(*self.own_files(input=wrong), code=2, says=[wrong, "3x5", "Nx"])
        whole = write_npy(self.path("whole.npy"), "<i8", (3, 5), bytes(120))
        self.demo_fails(*self.own_files(input=whole), code=2, says=[whole])
        rubbish = self.file("rubbish.npy", b"no array")
        self.demo_fails(*self.own_files(input=rubbish), code=2, says=[rubbish])
        self.demo_fails(*self.own_files(calibrate=wrong), code=2, says=[wrong, "3x5", "Nx"])

    def test_labels(self):
        few = write_npy(self.path("few.npy"), "<i8", (10,), bytes(80))
        self.demo_fails(*self.own_files(labels=few), code=2, says=[few, "10 labels for 360 items"])
        floats = write_npy(self.path("floats.npy"), "<f4", (360,), bytes(4 * 360))
        self.demo_fails(*self.own_files(labels=floats), code=2, says=[floats])

    def test_missing_files(self):
        gone = self.path("gone")
        for name in ("model", "calibrate", "input", "labels"):
            self.demo_fails(*self.own_files(**{name: gone}), code=2, says=[gone, "No such file"])

    def test_bitcoind(self):
        old = self.write(
            "old-bitcoind", '#!/bin/sh\necho "Bitcoin Core daemon version v27.2.0 bitcoind"\n', mode=0o755
        )
        # Before the model is compiled: there is no log yet.
        for path, says in ((old, "27.2"), (self.path("gone"), self.path("gone")), ("/bin/true", "is not a bitcoind")):
            self.fails("demo", "--dir", self.dir, "--bitcoind", path, code=2, says=[path, says])
            self.assertFalse(os.path.exists(self.log))
        del self.environment["PROM_BITCOIND"]
        self.environment["XDG_CACHE_HOME"] = self.path("cache")
        self.fails("demo", "--dir", self.dir, code=1, says=["bitcoind", "make deps"])

    def test_places(self):
        gone = self.path("gone", "result.npy")
        self.fails("demo", "--dir", self.dir, "--output", gone, code=1, says=[gone, "No such file"])
        self.assertFalse(os.path.exists(self.log))  # it had not begun
        mine = self.write("mine/file", "mine")
        errors = self.prom("demo", "--dir", os.path.dirname(mine), code=2)[1]
        self.assertIn(os.path.dirname(mine), errors)
        with open(mine, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        errors = self.prom("demo", "--dir", os.path.join(mine, "demo"), code=1)[1]
        self.assertIn(mine, errors)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_no_rights(self):
        closed = self.path("closed")
        os.mkdir(closed, 0o555)
        errors = self.prom("demo", "--dir", os.path.join(closed, "demo"), code=1)[1]
        self.assertIn(closed, errors)
        self.assertIn("Permission denied", errors)

    def test_no_room(self):
        """Files that cannot grow stand for a disk that is full: the demo says so, and leaves nothing running."""
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        process = self.start("demo", "--story", "one-contract", "--dir", self.dir, *self.few_images(), preexec_fn=limit)
        output, errors = (text.decode() for text in process.communicate(timeout=framework.COMMAND_SECONDS))
        self.assertEqual(process.returncode, 1, output + errors)
        self.assertTrue(errors.startswith("prom: demo: ") and errors.count("\n") == 1, errors)
        self.assertEqual(processes(self.dir), {})
        self.check_payouts(self.story("one-contract"))

    def test_command_line(self):
        self.fails("demo", "--strange", code=2, says=["unknown option '--strange'"])
        self.fails("demo", "here", code=2, says=["'here' is one argument too many"])
        self.fails("demo", "--dir=", code=2, says=["--dir needs a value"])
        self.fails("demo", "--scheme", "none", code=2, says=["there is no proof scheme 'none'", "sumcheck", "replay"])
        self.fails("demo", "--scheme=", code=2, says=["--scheme needs a value"])
        self.fails("demo", "--story", "none", code=2, says=["there is no story 'none'", *STORIES])
        self.fails("demo", "--keep=yes", code=2, says=["--keep takes no value"])
        both = "is for a model and a batch of your own: give both --model and --input"
        for name in ("model", "input", "calibrate", "labels", "end-at", "mean", "std"):
            self.fails("demo", f"--{name}", "1", code=2, says=[f"--{name} {both}"])
        self.fails("demo", "--resize", code=2, says=[f"--resize {both}"])
        self.fails("demo", "--input", "x", "--labels", "y", code=2, says=[f"--input {both}"])
        del self.environment["HOME"]
        self.fails("demo", code=2, says=["HOME is not set", "--dir"])

    def test_help(self):
        for arguments in (("demo", "--help"), ("help", "demo"), ("demo", "--keep", "-h")):
            output, errors = self.prom(*arguments)
            self.assertEqual(errors, "")
            options = ("--scheme", "--story", "--keep", "--json", "--output", "--dir", "--bitcoind", "--model")
            for text in ("usage: prom demo", *options, *STORIES, "Example"):
                self.assertIn(text, output)

    def test_party(self):
        """It is started by the demo; by hand it says what its folder lacks."""
        output, errors = self.prom("party", "--help")
        self.assertEqual(errors, "")
        for text in ("usage: prom party --dir", "party.json", "DIR/log", "SIGTERM"):
            self.assertIn(text, output)
        self.prom("party", code=2)
        for path, says in ((self.path("gone"), "No such file"), (self.write("file", "x"), "Not a directory")):
            output, errors = self.prom("party", "--dir", path, code=2)
            self.assertTrue(errors.startswith("prom: party: ") and says in errors and path in errors, errors)
        os.mkdir(self.path("empty"))
        errors = self.prom("party", "--dir", self.path("empty"), code=2)[1]
        self.assertIn("party.json", errors)


if __name__ == "__main__":
    unittest.main()
