"""`prom demo` as it is: nodes on a chain of its own, a batch in four contracts with two workers, looked at from outside; nodes
that are killed, a demo that is, and one that is interrupted. The stories that parties play are in test_demo.py."""

import hashlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

import framework
from demo_case import A, ANCHOR, N, REWARD, RETAINER, SIGMA, V, W, DemoTest, part, sat
from framework import port_open, processes, rpc, wait_until
from model_files import model, read_npy, write_npy

NODES = ["C", "W1", "W2", "A1", "A2", "A3", "A4"]
OWNERS = NODES[3:]
CONTRACTS = 4
DELAYS = (0.3, 1.5, 3, 6, 12)  # seconds; a demo of few images takes some 20
SECONDS = 600  # longer than any demo may take


class Market(DemoTest):
    def start_market(self, *arguments):
        return self.start("demo", "--json", "--dir", self.dir, *arguments)

    def end(self, process, code=0):
        output, errors = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, errors), (code, b""), output)
        return json.loads(output)

    def market(self, *arguments):
        return self.end(self.start_market(*arguments))

    def images(self, items):
        """Arguments for so many of the held-out images, with their labels."""
        found = []
        for name, option in (("images", "--input"), ("labels", "--labels")):
            descr, shape, data = read_npy(model(f"digits-heldout-{name}.npy"))
            size = len(data) // shape[0]
            path = write_npy(self.path(f"{name}-{items}.npy"), descr, (items, *shape[1:]), data[: items * size])
            found += [option, path]
        return ["--model", model("digits-mlp.onnx"), "--calibrate", model("digits-calibration.npy"), *found]

    def expected(self, items):
        """What the program makes of them, by itself."""
        program, output = self.path("p.prom"), self.path("expected.npy")
        self.prom("compile", model("digits-mlp.onnx"), "--calibrate", model("digits-calibration.npy"), "-o", program)
        self.prom("infer", program, self.path(f"images-{items}.npy"), "--integers", "-o", output)
        with open(output, "rb") as file:
            return file.read()

    def nodes(self):
        """letter -> pid of those that run in self.dir."""
        found = {}
        for pid, arguments in processes(os.path.join(self.dir, "parties")).items():
            if arguments[1:3] == ["node", "--dir"]:
                found[os.path.basename(arguments[3])] = pid
        return found

    def check_nothing_is_left(self):
        self.assertTrue(wait_until(lambda: not processes(self.dir)), processes(self.dir))

    def ask(self, letter, method, **params):
        """The answer of a node, over its socket."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(os.path.join(self.dir, "parties", letter, "regtest", "rpc"))
            client.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
            return json.loads(client.makefile("rb").readline())["result"]

    def check_contracts(self, told, items):
        """All by scheme #3, and nobody has got more or less than docs/protocol.md, section 3, says."""
        contracts = told["contracts"]
        self.assertEqual((told["story"], told["scheme"], len(contracts)), ("normal", 3, CONTRACTS))
        done = sorted(item for it in contracts for item in range(it["first"], it["first"] + it["items"]))
        self.assertEqual(done, list(range(items)))
        for it in contracts:
            keys = "first items worker reward scheme tx0 tx4 settled_by h h_p payouts"
            self.assertEqual(set(it), set(keys.split()))
            self.assertEqual((it["scheme"], it["tx4"]), (3, it["settled_by"]))
            self.assertEqual(hashlib.sha256(bytes.fromhex(it["h_p"])).hexdigest(), it["h"])
            seats = [name for name in it["payouts"] if name in OWNERS]
            self.assertEqual((len(seats), len(it["payouts"])), (N, N + 3), it)  # C, its worker and F besides
            share = part(SIGMA, it["reward"])
            for name, sum_ in it["payouts"].items():
                if name in seats:
                    self.assertEqual(sum_, A + RETAINER)
                elif name == it["worker"]:
                    self.assertEqual(sum_, W + share)
                elif name == "C":  # it is the verifier, and has back what was kept for fees and not needed
                    self.assertGreaterEqual(sum_, V + it["reward"] - share)
                    self.assertLess(sum_, V + it["reward"] - share + 10_000)
                else:
                    self.assertEqual((name, sum_), ("F", 0))
        for name in (*NODES, "F"):
            self.assertEqual(told["payouts"][name], sum(it["payouts"].get(name, 0) for it in contracts))
        self.assertEqual(told["locked"]["C"], sum(it["reward"] + N * RETAINER + V for it in contracts))
        self.assertEqual(len({it[name] for it in contracts for name in ("tx0", "tx4")}), 2 * CONTRACTS)
        self.assertEqual(set(told["why"]), {*NODES, "F"})

    def check_chain(self, told):
        """What is told of the contracts is in the chain of its bitcoind."""
        offers = {offer["txid"]: name for name in OWNERS for offer in self.ask(name, "offer.list")["offers"]}
        self.assertEqual(len(offers), 6 * len(OWNERS))
        seats = []
        for it in told["contracts"]:
            tx0, tx4 = (rpc(told["rpc"], "getrawtransaction", it[name], 1) for name in ("tx0", "tx4"))
            self.assertEqual([(coin["txid"], coin["vout"]) for coin in tx4["vin"]], [(it["tx0"], 0)])
            *stack, leaf, _control = tx4["vin"][0]["txinwitness"]
            self.assertIn(it["h_p"], stack)
            self.assertIn("a820" + it["h"] + "88", leaf)  # OP_SHA256 <h> OP_EQUALVERIFY
            self.assertNotIn(it["h_p"], json.dumps(tx0))
            paid = [sat(output["value"]) for output in tx4["vout"] if output["scriptPubKey"]["hex"] != ANCHOR]
            self.assertEqual(sum(paid), sum(it["payouts"].values()))
            # Three different arbiters have the seats: who holds several offers says no to a second seat.
            owners = [offers[coin["txid"]] for coin in tx0["vin"] if coin["txid"] in offers]
            self.assertEqual(sorted(owners), sorted(name for name in it["payouts"] if name in OWNERS))
            self.assertEqual(len(set(owners)), N)
            seats.append(set(owners))
        self.assertEqual(sum(map(len, seats)), N * CONTRACTS)
        txs = [(tx["name"], tx["txid"]) for tx in told["transactions"]]
        self.assertEqual(sorted(txs), sorted((name, it[name.lower()]) for it in told["contracts"] for name in ("Tx0", "Tx4")))
        for tx in told["transactions"]:
            its = rpc(told["rpc"], "getrawtransaction", tx["txid"], 1)
            self.assertEqual((its["vsize"], its["blockhash"]), (tx["vsize"], rpc(told["rpc"], "getblockhash", tx["height"])))


class Whole(Market):
    def test_what_is_promised_is_told(self):
        """Of the model and the images that come with the program, in the folder that it takes where none is named: and all is
        as it tells, which its kept nodes say, too. Then it is ended, by 'prom devnet down', as it says."""
        self.dir = self.path(".local/share/prometheus/demo")
        output, errors = self.prom("demo", "--keep")
        self.assertEqual(errors, "")
        for phase in ("compile", "chain", "fund", "play"):
            self.assertRegex(output, rf"(?m)^  {phase} +[\d.]+ (µs|ms|s)   ")
        for text in (" P: what many contracts share", "seven ways, the schemes #1 to #7", "r is what the verifier says",
                     "In scheme #3 all keep the rules", "h_p, the key to the encrypted result", "Settled by scheme #3: 4 contracts.", "accuracy   99."):  # fmt: skip
            self.assertIn(text, output)
        self.assertEqual(len(re.findall(r"(?m)^  Tx4 +[0-9a-f]{64} +\d+ vB, block \d+$", output)), CONTRACTS)
        self.assertEqual(sorted(self.nodes()), sorted(NODES))
        # The page that it names is there, and the commands that it names do what they say.
        (page,) = set(re.findall(r"http://127\.0\.0\.1:\d+/", output[output.index("The client's page") :]))
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(page, timeout=30) as reply:
            self.assertIn(b"<html", reply.read())
        lines = [line.strip() for line in output.splitlines()]
        receipt = next(line for line in lines if line.startswith("prom jobs receipt "))
        self.assertIn("360 of 360 items have their output", self.prom(*shlex.split(receipt)[1:])[0])
        for name in ("channel list", "wallet history", "peers"):
            command = next(line for line in lines if line.startswith(f"prom {name} "))
            self.assertNotEqual(self.prom(*shlex.split(command)[1:])[0], "")
        look = next(line for line in lines if " getrawtransaction " in line)
        shown = subprocess.run(look, shell=True, capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(json.loads(shown.stdout)["version"], 3)
        stop = next(line for line in lines if line.startswith("prom devnet down "))
        self.prom(*shlex.split(stop)[1:])
        self.check_nothing_is_left()
        self.assertFalse(os.path.exists(self.dir))

    def test_chain_holds_what_was_told(self):
        told = self.market("--keep", "--output", self.path("result.npy"), *self.images(8))
        self.check_contracts(told, 8)
        self.check_chain(told)
        self.assertEqual({it["worker"] for it in told["contracts"]}, {"W1", "W2"})
        self.assertEqual([node["name"] for node in told["nodes"]], NODES)
        self.assertTrue(all(node["ends"] == 0 for node in told["nodes"]), told["nodes"])
        self.assertEqual([node["page"] is None for node in told["nodes"]], [False] + 6 * [True])
        with open(told["output"], "rb") as file:
            self.assertEqual(file.read(), self.expected(8))
        self.assertEqual(told["items"], 8)
        self.assertGreater(told["accuracy"], 0.5)
        # The next one takes the place of what was kept, and leaves nothing.
        pids = set(self.nodes().values())
        fewer = self.market("--scheme", "replay", *self.few_images())
        self.assertEqual((fewer["proof"], fewer["scheme"], len(fewer["contracts"])), ("replay", 3, 2))
        self.assertFalse(any(os.path.exists(f"/proc/{pid}") for pid in pids))
        self.assertNotEqual(fewer["contracts"][0]["tx0"], told["contracts"][0]["tx0"])
        self.check_nothing_is_left()
        self.assertFalse(os.path.exists(self.dir))
        self.assertFalse(port_open(int(told["rpc"]["url"].rsplit(":", 1)[1])))

    def test_folder_with_a_long_name(self):
        """A socket's name has at most 107 bytes: it is said before anything starts."""
        folder = self.path("d" * 100)
        self.fails("demo", "--dir", folder, code=2, says=[folder, "sockets", "--dir", "a story that is played by parties"])
        self.assertFalse(os.path.exists(folder + ".log"))


class Killed(Market):
    def said(self):
        try:
            with open(self.dir + ".log", encoding="utf-8") as file:
                return file.read()
        except OSError:
            return ""

    def wait_for(self, process, text):
        """Until the log has it."""
        self.assertTrue(wait_until(lambda: text in self.said() or process.poll() is not None, SECONDS), text)
        self.assertIsNone(process.poll(), "it has ended before")

    def kill(self, letter):
        os.kill(self.nodes()[letter], signal.SIGKILL)

    def test_killed_nodes(self):
        """The client while the first contract is set up, its worker when Tx0 is in a block, an arbiter when it is settled: each
        goes on where it was, and the job ends as it would have."""
        process = self.start_market("--output", self.path("result.npy"), *self.images(8))
        self.wait_for(process, "client: state: held")
        self.kill("C")
        self.wait_for(process, "contract 1, items 0 to 1, worker 1: Tx0 locks")
        self.kill("W1")
        self.wait_for(process, "contract 1, items 0 to 1, worker 1: settled")
        self.kill("A1")
        told = self.end(process)
        self.check_contracts(told, 8)
        self.assertEqual({node["name"]: node["ends"] for node in told["nodes"]}, dict.fromkeys(NODES, 0) | {"C": 1, "W1": 1, "A1": 1})
        with open(told["output"], "rb") as file:
            self.assertEqual(file.read(), self.expected(8))
        self.check_nothing_is_left()

    def test_killed_demo(self):
        """No node outlives it, and without --keep no bitcoind; the next one makes a clean sweep."""
        for delay, arguments in [(delay, ()) for delay in DELAYS] + [(DELAYS[2], ("--keep",))]:
            with self.subTest(delay=delay, arguments=arguments):
                process = self.start_market(*arguments, *self.few_images())
                time.sleep(delay)
                os.kill(process.pid, signal.SIGKILL)
                process.communicate(timeout=SECONDS)
                left = self.nodes if arguments else lambda: processes(self.dir)
                self.assertTrue(wait_until(lambda: not left()), processes(self.dir))
        self.down()
        self.check_nothing_is_left()

    def test_interrupted(self):
        """By Ctrl-C, or as a service is ended, with its nodes up: all is stopped and deleted, and it says so."""
        for number, arguments in ((signal.SIGINT, ()), (signal.SIGTERM, ("--keep",)), (signal.SIGINT, ("--story", "nobody-moves"))):
            with self.subTest(number=number, arguments=arguments):
                process = self.start_market(*arguments, *self.few_images())
                self.wait_for(process, ": state: ")
                process.send_signal(number)
                told = self.end(process, code=1)
                self.assertIn("interrupted: all that was started is stopped and deleted", told["error"]["message"])
                self.check_nothing_is_left()
                self.assertFalse(os.path.exists(self.dir))
                os.remove(self.dir + ".log")


if __name__ == "__main__":
    unittest.main()
