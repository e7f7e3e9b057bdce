"""`prom demo`: one contract on a chain of its own, looked at from outside; wrong input; killed at any moment."""

import hashlib
import json
import os
import shlex
import signal
import sqlite3
import stat
import struct
import subprocess
import time
import unittest

import framework
from framework import port_open, processes, rpc, wait_until
from model_files import model, onnx_pool, onnx_with, png, read_npy, write_npy

DELAYS = (0, 0.03, 0.06, 0.1, 0.14, 0.17, 0.2, 0.22, 0.24, 0.26, 0.3, 0.35, 0.4, 0.7, 1)  # the demo takes about 1.3 s
PARTIES = {"C", "W", "V", "A1", "A2", "A3"}
PHASES = "compile chain fund setup lock compute prove verify settle total".split()
ACCURACY_LOSS = 0.005
RETAINER = 1500  # sat, to each arbiter


class DemoTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.dir = self.path("demo")
        self.log = self.dir + ".log"
        self.environment["PATH"] = os.pathsep.join(
            folder for folder in self.environment["PATH"].split(os.pathsep)
            if not os.path.exists(os.path.join(folder, "bitcoind"))
        )

    def demo(self, *arguments, code=0):
        return self.prom_json("demo", "--dir", self.dir, *arguments, code=code)

    def demo_fails(self, *arguments, code, says):
        """The demo fails with this exit code and a sentence that has all of `says` and names the log, as text and as
        JSON; the log ends with it; nothing is left of the chain."""
        output, errors = self.prom("demo", "--dir", self.dir, *arguments, code=code)
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

    def down(self):
        self.assertTrue(self.prom_json("devnet", "down", "--dir", self.dir)["stopped"])
        self.assertFalse(os.path.exists(self.dir))

    def own_files(self, **changed):
        files = {
            "model": model("digits-mlp.onnx"),
            "calibrate": model("digits-calibration.npy"),
            "input": model("digits-heldout-images.npy"),
            **changed,
        }
        return [part for name, path in files.items() for part in ("--" + name, path)]

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class Contract(DemoTest):
    def test_what_is_promised_is_told(self):
        told = self.demo()
        self.assertEqual((told["scheme"], told["proof"], told["items"], told["receipts"]), (3, "sumcheck", 360, 3))
        self.assertTrue(100_000 < told["proof_bytes"] < 1_000_000, told["proof_bytes"])
        for name in ("tx0", "tx4"):
            self.assertEqual(set(told[name]), {"txid", "vsize", "fee"})
            self.assertEqual(told[name]["fee"], 2 * told[name]["vsize"])
        self.assertEqual((told["tx0"]["vsize"], told["tx4"]["vsize"]), (588, 407))  # docs/protocol.md, section 7
        for name in ("h", "h_p", "contract", "program"):
            self.assertEqual(len(bytes.fromhex(told[name])), 32)
        self.assertEqual(hashlib.sha256(bytes.fromhex(told["h_p"])).hexdigest(), told["h"])
        self.assertEqual(set(told["locked"]), PARTIES)
        self.assertEqual(set(told["payouts"]), PARTIES | {"F"})
        self.assertEqual(set(told["seconds"]), set(PHASES))
        phases = [told["seconds"][name] for name in PHASES[:-1]]
        self.assertTrue(all(seconds >= 0 for seconds in phases), phases)
        self.assertAlmostEqual(sum(phases) / told["seconds"]["total"], 1, 2)  # of four digits each
        self.assertEqual(told["output"], self.dir + "-output.npy")
        self.assertEqual(told["log"], self.log)
        self.assertEqual(set(told["rpc"]), {"url", "cookie"})
        self.assertGreater(told["height"], 100)
        # Nothing of the chain is left.
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))
        self.assertFalse(port_open(int(told["rpc"]["url"].rsplit(":", 1)[1])))

    def test_both_schemes_deliver_the_same(self):
        results = {}
        for scheme in ("sumcheck", "replay"):
            told = self.demo("--scheme", scheme, "--output", self.path(scheme + ".npy"))
            self.assertEqual((told["scheme"], told["proof"]), (3, scheme))
            results[scheme] = told
        proven, replayed = results["sumcheck"], results["replay"]
        self.assertEqual(replayed["proof_bytes"], 0)
        self.assertGreater(proven["proof_bytes"], 0)
        self.assertEqual(proven["program"], replayed["program"])
        with open(proven["output"], "rb") as one, open(replayed["output"], "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_network_that_cannot_be_proven(self):
        """It is refused before a chain is started, and the scheme that takes it is named."""
        arguments = self.own_files(model=self.file("pool.onnx", onnx_pool(17)))
        self.demo_fails(*arguments, code=2, says=["'sumcheck' cannot prove", "window has 17 places", "'replay'"])
        told = self.demo("--scheme", "replay", *arguments)
        self.assertEqual((told["scheme"], told["proof"]), (3, "replay"))

    def test_payouts_are_those_of_scheme_3(self):
        told = self.demo()
        locked, payouts = told["locked"], told["payouts"]
        reserve = locked["C"] - 1000000 - 3 * RETAINER
        self.assertEqual((locked["W"], locked["V"]), (2000000, 2500000))
        self.assertEqual((payouts["W"], payouts["V"], payouts["F"]), (2900000, 2600000, 0))
        self.assertEqual(payouts["C"], reserve - told["tx4"]["fee"] - 240)  # what the reserve has left
        for arbiter in ("A1", "A2", "A3"):
            self.assertEqual((locked[arbiter], payouts[arbiter]), (3000000, 3000000 + RETAINER))
        self.assertEqual(sum(locked.values()), sum(payouts.values()) + told["tx4"]["fee"] + 240)

    def test_output_is_what_the_model_says(self):
        told = self.demo("--output", self.path("result.npy"))
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

    def test_chain_holds_what_was_told(self):
        told = self.demo("--keep")
        status = told["rpc"]
        tx0 = rpc(status, "getrawtransaction", told["tx0"]["txid"], 1)
        tx4 = rpc(status, "getrawtransaction", told["tx4"]["txid"], 1)
        for name, tx in (("tx0", tx0), ("tx4", tx4)):
            self.assertGreaterEqual(tx["confirmations"], 2)
            self.assertEqual((tx["version"], tx["vsize"]), (3, told[name]["vsize"]))
        self.assertEqual([(coin["txid"], coin["vout"]) for coin in tx4["vin"]], [(told["tx0"]["txid"], 0)])
        # h_p is an element of the witness, and h stands in the leaf that it satisfies; h_p is nowhere in Tx0.
        *stack, leaf, _control = tx4["vin"][0]["txinwitness"]
        self.assertEqual(sorted(map(len, stack)), [64, 128, 128])  # h_p, V's signature, ALL's
        self.assertIn(told["h_p"], stack)
        self.assertIn("a820" + told["h"] + "88", leaf)  # OP_SHA256 <h> OP_EQUALVERIFY
        self.assertNotIn(told["h_p"], json.dumps(tx0))
        # Tx0 locks what it says, Tx4 pays what it says, and both pay the fee that they say.
        sat = lambda amount: round(amount * 100000000)
        locked = told["locked"]
        self.assertEqual(sat(tx0["vout"][0]["value"]), sum(locked.values()))  # one lock for all
        paid = [sat(output["value"]) for output in tx4["vout"]]
        self.assertEqual(paid, [told["payouts"][party] for party in ("C", "W", "V", "A1", "A2", "A3")] + [240])
        self.assertEqual(sat(tx0["vout"][0]["value"]) - sum(paid), told["tx4"]["fee"])
        self.assertEqual(tx4["vout"][-1]["scriptPubKey"]["hex"], "51024e73")
        # The stakes come home with the settlement: nothing else of the contract is on the chain.
        spending = [
            tx["txid"]
            for height in range(1, told["height"] + 1)
            for tx in rpc(status, "getblock", rpc(status, "getblockhash", height), 2)["tx"]
            if any(coin.get("txid") in (told["tx0"]["txid"], told["tx4"]["txid"]) for coin in tx["vin"])
        ]
        self.assertEqual(spending, [told["tx4"]["txid"]])
        # Each party's store is its own, and nobody else's to read.
        stores = [name for name in os.listdir(self.dir) if name.endswith(".sqlite")]
        self.assertEqual(len(stores), 6)
        for name in stores:
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.dir, name)).st_mode), 0o600)
        self.down()

    def test_kept_chain_is_replaced(self):
        first = self.demo("--keep")
        self.assertEqual(len(processes(self.dir)), 1)
        second = self.demo("--keep")
        self.assertNotEqual(first["tx0"]["txid"], second["tx0"]["txid"])
        self.assertEqual(len(processes(self.dir)), 1)
        self.assertEqual(rpc(second["rpc"], "getblockcount"), second["height"])
        self.demo()
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))

    def test_text_without_bitcoin_cli(self):
        """What it names is there."""
        real = self.environment["PROM_BITCOIND"]
        self.environment["PROM_BITCOIND"] = self.write("only/bitcoind", f'#!/bin/sh\nexec {shlex.quote(real)} "$@"\n', 0o755)
        self.dir = self.path("a demo's $folder")
        output, _ = self.prom("demo", "--keep", "--dir", self.dir)
        self.assertNotIn("bitcoin-cli", output)
        look = next(line for line in output.splitlines() if "getrawtransaction" in line)
        shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(json.loads(shown.stdout)["result"]["version"], 3)
        self.prom("devnet", "down", "--dir", self.dir)

    def test_text(self):
        self.dir = self.path("a demo's $folder")
        output, errors = self.prom("demo", "--keep", "--dir", self.dir)
        self.assertEqual(errors, "")
        for phase in PHASES[:-1]:
            self.assertRegex(output, rf"(?m)^  {phase} +[\d.]+ (µs|ms|s)   ")
        for line in (r"worker +2,000,000 +2,900,000   \+900,000", r"verifier +2,500,000 +2,600,000   \+100,000"):
            self.assertRegex(output, line)
        shown = ("Settled by scheme #3", "in the witness of Tx4", "accuracy 99.", "scheme   sumcheck: compute ")
        for text in (*shown, self.dir + "-output.npy"):
            self.assertIn(text, output)
        self.assertRegex(output, r"(?m)^  proof    \d{3} kB; 3 of 3 arbiters")
        # The commands that it names do what they say.
        lines = [line.strip() for line in output.splitlines()]
        look = next(line for line in lines if " getrawtransaction " in line)
        stop = next(line for line in lines if line.startswith("prom devnet down "))
        shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(json.loads(shown.stdout)["version"], 3)
        self.prom(*shlex.split(stop)[1:])
        self.assertEqual(processes(self.dir), {})

    def test_other_files_and_no_labels(self):
        told = self.demo(*self.own_files())
        self.assertEqual((told["items"], told["accuracy"], told["accuracy_float"]), (360, None, None))
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
        _, errors = self.prom("demo", "--dir", self.dir, *self.own_files(input=loud))
        self.assertIn(f"prom: warning: {loud}: 100 % of the input (128 of 128 values) lies beyond ", errors)

    def test_what_compiling_lost_is_told(self):
        """Before anything is paid, as `compile` tells it."""
        descr, shape, data = read_npy(model("digits-calibration.npy"))
        values = struct.unpack(f"<{len(data) // 4}f", data)
        wild = [value * (1000 if at < 64 else 1) for at, value in enumerate(values)]
        wild = write_npy(self.path("wild.npy"), descr, shape, struct.pack(f"<{len(wild)}f", *wild))
        told = self.prom_json("compile", model("digits-mlp.onnx"), "--calibrate", wild, "-o", self.path("p.prom"))
        _, errors = self.prom("demo", "--dir", self.dir, *self.own_files(calibrate=wild))
        self.assertIn("stretched by item 0 ", told["warnings"][0])
        for sentence in told["warnings"]:
            said = sentence.replace("--calibration-method percentile", "'prom compile --calibration-method percentile'")
            self.assertIn(f"prom: warning: {model('digits-mlp.onnx')}: {said}\n", errors)
        self.assertEqual(self.demo()["warnings"], [])

    def test_why_checking_takes_longer(self):
        """One item of a small network is run in microseconds, and no proof is checked in so few."""
        descr, shape, data = read_npy(model("digits-heldout-images.npy"))
        one = write_npy(self.path("one.npy"), descr, (1, *shape[1:]), data[: 4 * 64])
        for scheme, told in (("sumcheck", True), ("replay", False)):
            output, _ = self.prom("demo", "--dir", self.dir, *self.own_files(input=one), "--scheme", scheme)
            says = "Checking a proof takes longer than running a network this small again" in output
            self.assertEqual(says, told, output)

    def test_plain_runs_are_measured_long_enough(self):
        """One is over in less than a millisecond: they are repeated for 50, which belong to no phase."""
        told = self.demo("--scheme", "replay")["seconds"]
        with open(self.log, encoding="utf-8") as file:
            at = {line.split()[2]: float(line.split()[0]) for line in file if line.split()[1] == "phase"}
        self.assertGreater(at["chain:"] - at["compile:"] - told["chain"], 0.045)
        self.assertLess(told["compute"], 0.045)

    def test_default_folder(self):
        told = self.prom_json("demo")
        folder = self.path(".local/share/prometheus/demo")
        self.assertEqual((told["log"], told["output"]), (folder + ".log", folder + "-output.npy"))
        self.assertTrue(os.path.exists(told["output"]))


class Killed(DemoTest):
    def kill_after(self, delay, *arguments):
        process = self.start("demo", "--json", "--dir", self.dir, *arguments)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=framework.COMMAND_SECONDS)

    def test_killed_at_any_moment(self):
        for delay in DELAYS:
            with self.subTest(delay=delay):
                self.kill_after(delay)
                self.assertTrue(wait_until(lambda: not processes(self.dir)), "bitcoind outlived the demo")
                self.assertEqual(self.demo()["scheme"], 3)
                self.assertEqual(processes(self.dir), {})
                self.assertFalse(os.path.exists(self.dir))

    def test_no_secret_is_in_a_log(self):
        """What the parties keep to themselves stands on their own disks and nowhere else."""
        told = self.demo("--keep")
        secrets = {}
        for name in ("client", "worker", "verifier", "arbiter 1", "arbiter 2", "arbiter 3"):
            store = sqlite3.connect(os.path.join(self.dir, f"{name}.sqlite"))
            kinds = "'seed', 'h_p', 'k_p'"
            for kind, value in store.execute(f"SELECT kind, bytes FROM journal WHERE kind IN ({kinds})"):
                secrets[name, kind] = value.hex()
            store.close()
        self.assertEqual(len(secrets), 6 + 2)  # seeds; the worker's
        logs = [told["log"], os.path.join(self.dir, "bitcoin", "regtest", "debug.log")]
        for log in logs:
            with open(log, encoding="utf-8", errors="replace") as file:
                text = file.read().lower()
            for who, secret in secrets.items():
                self.assertNotIn(secret, text, f"{who} in {log}")
        shown = json.dumps(told)
        for who, secret in secrets.items():
            self.assertEqual(secret in shown, who[1] == "h_p", who)  # h_p: the chain has shown it
        self.down()

    def test_killed_while_it_keeps_its_chain(self):
        for delay in DELAYS[::3]:
            with self.subTest(delay=delay):
                self.kill_after(delay, "--keep")
                self.assertEqual(self.demo()["scheme"], 3)
                self.assertEqual(processes(self.dir), {})
                self.assertFalse(os.path.exists(self.dir))


class WrongInput(DemoTest):
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

    def test_command_line(self):
        self.fails("demo", "--strange", code=2, says=["unknown option '--strange'"])
        self.fails("demo", "here", code=2, says=["'here' is one argument too many"])
        self.fails("demo", "--dir=", code=2, says=["--dir needs a value"])
        self.fails("demo", "--scheme", "none", code=2, says=["there is no proof scheme 'none'", "sumcheck", "replay"])
        self.fails("demo", "--scheme=", code=2, says=["--scheme needs a value"])
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
            options = ("--scheme", "--keep", "--json", "--output", "--dir", "--bitcoind", "--model")
            for text in ("usage: prom demo", *options, "Example"):
                self.assertIn(text, output)


if __name__ == "__main__":
    unittest.main()
