"""`prom contract tree`: the transactions against bitcoind, the picture, the page of sizes."""

import itertools
import os
import subprocess
import unittest
import xml.etree.ElementTree

from contract_case import NO_KEY, SCHEME, SIGNERS, ContractTest, quorum, reference_payouts
from framework import PROM, SOURCE, rpc

SVG = "{http://www.w3.org/2000/svg}"


class Tree(ContractTest):
    def test_against_bitcoind(self):
        """Every descriptor's address, every transaction's id and fields: for the fewest and for the most arbiters."""
        node = self.prom_json("devnet", "up", "--dir", self.path("devnet"))
        try:
            for arbiters in (3, 9):
                self.check_against(node, self.tree(self.example(arbiters)), arbiters)
        finally:
            self.prom_json("devnet", "down", "--dir", self.path("devnet"))

    def check_against(self, node, tree, arbiters):
        addresses = {}
        made = {}
        decisions = 0
        for tx in tree["transactions"]:
            decoded = rpc(node, "decoderawtransaction", tx["hex"])
            self.assertEqual((decoded["txid"], decoded["version"]), (tx["txid"], 3))
            self.assertEqual(len(decoded["vin"]), len(tx["inputs"]))
            self.assertEqual(len(decoded["vout"]), len(tx["outputs"]))
            for found, told in zip(decoded["vin"], tx["inputs"]):
                self.assertEqual(f"{found['txid']}:{found['vout']}", told["outpoint"])
                self.assertEqual(found["sequence"], told["sequence"])
                self.assertEqual(told["descriptor"] is None, told["leaf"] is None)
                if told["descriptor"] is not None:
                    addresses[told["descriptor"]] = told["address"]
                if tx["name"] != "Tx0":
                    parent = made[told["outpoint"]]
                    for name in ("value", "address", "descriptor"):
                        self.assertEqual(told[name], parent[name])
            for index, (found, told) in enumerate(zip(decoded["vout"], tx["outputs"])):
                self.assertEqual(round(found["value"] * 100000000), told["value"])
                self.assertEqual(found["scriptPubKey"].get("address"), told["address"])
                if told["descriptor"] is not None:
                    addresses[told["descriptor"]] = told["address"]
                made[f"{tx['txid']}:{index}"] = told
            spent = sum(entry["value"] for entry in tx["inputs"])
            self.assertEqual(spent - sum(entry["value"] for entry in tx["outputs"]), tx["fee"])
            self.assertEqual(tx["vsize"], -(-tx["weight"] // 4))
            self.assertGreater(tx["weight"], decoded["weight"])
            decisions += "[" in tx["name"]
        # O0, OV0, OV1, OA; offers and S_i; payouts of all and of F; change of C, W, V.
        self.assertEqual(len(addresses), 4 + 2 * arbiters + 3 + arbiters + 1 + 3)
        for descriptor, address in addresses.items():
            checked = rpc(node, "getdescriptorinfo", descriptor)["descriptor"]
            self.assertEqual(rpc(node, "deriveaddresses", checked), [address])
        self.assertEqual(decisions, {3: 2 * 4, 9: 2 * 130}[arbiters])

    def test_names_signers_and_roles(self):
        for arbiters in (3, 9):
            terms = self.example(arbiters)
            payouts = reference_payouts(terms)
            names = []
            for tx in self.tree(terms)["transactions"]:
                name, _, deciders = tx["name"].partition("[")
                S = [int(number) for number in deciders.rstrip("]").split(",")] if deciders else []
                names.append((name, tuple(S)))
                self.assertEqual(("".join(tx["presigned_by"]), "".join(tx["completed_by"])), SIGNERS[name])
                self.assertEqual(tx["scheme"], SCHEME.get(name))
                if tx["scheme"] is not None:
                    self.check_payouts(tx, payouts[tx["scheme"], len(S) or None], S, arbiters)
            decisions = [S for m in range(quorum(terms), arbiters + 1)
                         for S in itertools.combinations(range(1, arbiters + 1), m)]
            self.assertEqual(sorted(names), sorted([(name, ()) for name in SIGNERS if name not in ("Tx7", "Tx8")]
                                                   + [(name, S) for name in ("Tx7", "Tx8") for S in decisions]))

    def check_payouts(self, tx, payouts, S, arbiters):
        expected = {name: payouts[name] for name in "CWVF"}
        if tx["scheme"] >= 5:
            for i in range(1, arbiters + 1):
                expected[f"A{i}"] = payouts["A_plus" if i in S or not S else "A_minus"]
        paid = {output["role"]: output["value"] for output in tx["outputs"]}
        self.assertEqual(len(paid), len(tx["outputs"]))
        self.assertEqual(paid.pop("anchor"), 240)
        rest = paid.pop("C", 0) - expected.pop("C")
        self.assertGreaterEqual(rest, 0)
        if tx["scheme"] in (6, 7) and expected["F"] < 330:
            expected["F"] = 0
        self.assertEqual(paid, {name: value for name, value in expected.items() if value != 0})

    def test_outputs_that_move(self):
        terms = self.example()
        transactions = {tx["name"]: tx for tx in self.tree(terms)["transactions"]}
        roles = lambda name: [output["role"] for output in transactions[name]["outputs"]]
        changes = ["change of C", "change of W", "change of V"]
        self.assertEqual(roles("Tx0"), ["O0", "S1", "S2", "S3", "P", *changes, "anchor"])
        self.assertEqual(roles("TxV0"), ["OV0", "anchor"])
        self.assertEqual(roles("TxV1"), ["OV1", "anchor"])
        self.assertEqual(roles("TxA"), ["OA", "anchor"])
        self.assertEqual([entry["leaf"] for entry in transactions["TxA"]["inputs"]], [0, 0, 0, 0])
        self.assertEqual([entry["leaf"] for entry in transactions["Tx0"]["inputs"]], [None] * 3 + [0] * 3)
        for name, leaf in {"Tx1": 1, "Tx4": 0, "Tx6": 2, "Tx7[1,2]": 0, "Tx8[1,2]": 1}.items():
            self.assertEqual(transactions[name]["inputs"][0]["leaf"], leaf)
        self.assertEqual(transactions["Tx1"]["inputs"][0]["sequence"], 288)
        mark = transactions["Tx0"]["outputs"][4]
        self.assertEqual((mark["address"], mark["descriptor"], mark["value"]), (None, None, 0))
        data = b"PRMC" + bytes.fromhex(terms["p_txid"])[::-1]
        self.assertIn("6a24" + data.hex(), transactions["Tx0"]["hex"])

    def test_change(self):
        """Change that is not there has no role: of C, by the fee, and of W, by the coins."""
        terms = self.example()
        terms["worker"]["coins"][0]["value"] = terms["w"]
        tree = self.tree(terms)
        tx0 = tree["transactions"][0]
        needed = terms["c"] + tree["reserve"] + 240 + tx0["fee"]
        terms["client"]["coins"][0]["value"] = needed
        roles = [output["role"] for output in self.tree(terms)["transactions"][0]["outputs"]]
        self.assertEqual(roles, ["O0", "S1", "S2", "S3", "P", "change of V", "anchor"])

    def test_mainnet_and_many_coins(self):
        terms = self.example() | {"network": "mainnet"}
        coin = terms["verifier"]["coins"][0]
        terms["verifier"]["coins"] = [coin | {"outpoint": f"{'ab' * 32}:{index}"} for index in range(16)]
        tx0 = self.tree(terms)["transactions"][0]
        self.assertEqual(len(tx0["inputs"]), 1 + 1 + 16 + 3)
        self.assertTrue(tx0["outputs"][0]["address"].startswith("bc1p"))
        self.assertEqual(tx0["inputs"][2]["outpoint"], "ab" * 32 + ":0")
        terms["verifier"]["coins"].append(coin)
        self.refuses(terms, "verifier: 'coins' has 17 elements, at most 16 are possible", action="tree")

    def test_text(self):
        output = self.prom("contract", "tree", self.file(self.example()))[0]
        tree = self.tree(self.example())
        for text in (tree["contract"], tree["digest"]):
            self.assertIn(text, output)
        for tx in tree["transactions"]:
            self.assertIn(tx["txid"], output)
            self.assertIn(tx["name"], output)

    def test_refused(self):
        p2sh = "a914" + "00" * 20 + "87"
        for place, name, value, says in (
            ((), "alpha", 10001, "0 < alpha <= 1"),
            ((), "alpha", 1, "which is dust"),
            (("client", "coins", 0), "script", p2sh, "coin 0 of the client is not a native segwit output"),
            (("worker", "coins", 0), "script", "", "coin 0 of the worker is not a native segwit output"),
            (("worker", "coins", 0), "value", 1999999, "the coins of the worker are less than its deposit"),
            (("worker", "coins", 0), "value", 2000001, "the change of the worker would be dust"),
            (("client", "coins", 0), "value", 1000001, "the client's coins hold 1000001 sat"),
            (("client", "coins", 0), "value", 2100000000000001, "0 <= value <= 2100000000000000"),
            (("client", "coins", 0), "witness_weight", 65536, "0 <= witness_weight <= 65535"),
            (("verifier",), "coins", [], "the verifier brings no coin"),
            (("verifier",), "key", NO_KEY, "a key of the verifier is not on the curve"),
            (("arbiters", 1), "key", NO_KEY, "an arbiter's key is not on the curve"),
            (("arbiters", 1), "expiry", 0, "an arbiter's offer expires at once"),
            ((), "arbiters", [], "there are not n arbiters"),
            ((), "n", 4, "there are not n arbiters"),
            ((), "Y", NO_KEY, "Y is not on the curve"),
            ((), "setup_deadline", 110, "the setup's deadline is not after the snapshot"),
            (("job",), "items", 0, "the job is empty"),
            ((), "retention", 2**32, "0 <= retention <= 4294967295"),
            ((), "most_package", -1, "0 <= most_package <= 18446744073709551615"),
        ):
            terms = self.example()
            self.at(terms, place)[name] = value
            with self.subTest(place=place, name=name, value=value):
                self.refuses(terms, says, action="tree")
        terms = self.example()
        terms["arbiters"] *= 4
        self.refuses(terms, "'arbiters' has 12 elements, at most 9 are possible", action="tree")
        terms = self.example()
        terms["worker"]["key"] = terms["client"]["key"]
        self.refuses(terms, "two parties have the same key", action="tree")
        terms = self.example()
        terms["worker"]["coins"][0]["outpoint"] = terms["client"]["coins"][0]["outpoint"]
        self.refuses(terms, "one coin is named twice", action="tree")


class Picture(ContractTest):
    def draw(self, terms):
        return xml.etree.ElementTree.fromstring(self.prom("contract", "tree", self.file(terms), "--svg")[0])

    def test_what_it_shows(self):
        terms = self.example()
        texts = ["".join(text.itertext()) for text in self.draw(terms).iter(f"{SVG}text")]
        for tx in self.tree(terms)["transactions"]:
            name = tx["name"].partition("[")[0]
            self.assertEqual(sum(text.startswith(f"{name} – ") for text in texts), 1, name)
            if tx["name"] in (name, f"{name}[1,2]"):
                for output in tx["outputs"]:
                    if output["role"] not in ("anchor", "P"):
                        self.assertIn(f"{output['value']:,}", texts)
        for text in (
            "288 blocks",
            "48 h",
            "by anybody, if W, V stay silent",
            "by W, if V stays silent",
            "by anybody, if Y stays silent",
            "one for each S of 2 to 3 arbiters: 4;",
            "here S = A1 to A2",
            "takes in the stakes S1 to S3",
        ):
            self.assertIn(text, texts)
        self.assertEqual(texts.count("shows h_p, the key to the result"), 4)

    def test_boxes(self):
        """No two boxes overlap, all lie on the page, and each text in a box fits by its letters."""
        stakes = {"w": 2**40 - 3, "v": 2**40 - 2, "a": 2**40 - 1, "c": 2**40 - 4}
        largest = stakes | {"sigma": 5000, "delta": 4000, "t3": 30000, "feerate": 10000}
        for changes in ({}, largest):
            for arbiters in (3, 9):
                terms = self.example(arbiters) | changes
                for party, deposit in (("client", "c"), ("worker", "w"), ("verifier", "v")):
                    terms[party]["coins"][0]["value"] = terms[deposit] + 10**9
                self.check_boxes(self.draw(terms))

    def check_boxes(self, root):
        page = [int(number) for number in root.get("viewBox").split()]
        boxes = [
            tuple(int(rect.get(name)) for name in ("x", "y", "width", "height"))
            for rect in root.iter(f"{SVG}rect")
            if rect.get("x") is not None
        ]
        self.assertEqual(len(boxes), 13)
        for x, y, width, height in boxes:
            self.assertTrue(0 <= x and x + width <= page[2] and 0 <= y and y + height <= page[3])
        for (x, y, width, height), (x2, y2, width2, height2) in itertools.combinations(boxes, 2):
            self.assertFalse(x < x2 + width2 and x2 < x + width and y < y2 + height2 and y2 < y + height)
        texts = [text for text in root.iter(f"{SVG}text")]
        for x, y, width, height in boxes:
            lines = {}
            for text in texts:
                tx, ty = int(text.get("x")), int(text.get("y"))
                if x <= tx <= x + width and y <= ty <= y + height:
                    lines[ty] = lines.get(ty, 0) + len("".join(text.itertext()))
            self.assertLessEqual(max(lines), y + height - 4)
            for letters in lines.values():
                self.assertLessEqual(letters * 6.5, width - 24)


class Sizes(ContractTest):
    def test_page(self):
        command = [os.path.join(SOURCE, "tools", "sizes"), PROM]
        made = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        with open(os.path.join(SOURCE, "docs", "sizes.md"), encoding="utf-8") as page:
            self.assertEqual(made.stdout, page.read(), "run tools/sizes > docs/sizes.md")


if __name__ == "__main__":
    unittest.main()
