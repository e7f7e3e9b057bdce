"""`prom contract tree`: the transactions against bitcoind, the picture, the page of sizes."""

import itertools
import os
import subprocess
import unittest
import xml.etree.ElementTree

from contract_case import COMPLETED, DECISIONS, NO_KEY, SCHEME, ContractTest, presigned, quorum, reference_payouts
from framework import PROM, SOURCE, rpc

SVG = "{http://www.w3.org/2000/svg}"
# By which each transaction spends its one output: docs/protocol.md, section 7. None: by its key.
LEAVES = {"Tx1": None, "Tx3": 1, "Tx4": 0, "TxV0": 2, "Tx5": None, "TxA": 0, "Tx6": None, "Tx7": 0, "Tx8": 1}
# At most so many vB for 3 and for 9 arbiters: the table of docs/protocol.md, section 7.
LARGEST = {"Tx0": (588, 933), "Tx1": (382, 640), "Tx3": (391, 649), "Tx4": (407, 665), "TxV0": (182, 182),
           "Tx5": (382, 640), "TxA": (160, 160), "Tx6": (382, 640), "Tx7": (346, 604), "Tx8": (364, 622)}


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
                addresses[told["descriptor"]] = told["address"]
                if tx["name"] == "Tx0":
                    self.assertRegex(told["descriptor"], "^rawtr\\([0-9a-f]{64}\\)$")
                    self.assertIsNone(told["leaf"])
                else:
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
        # Coins and offers; O0, OV0, OA; payouts of all and of F; change of C, W, V.
        self.assertEqual(len(addresses), 3 + arbiters + 3 + 3 + arbiters + 1 + 3)
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
                self.assertEqual(("".join(tx["presigned_by"]), "".join(tx["completed_by"])),
                                 (presigned(name), COMPLETED[name]))
                self.assertEqual(tx["scheme"], SCHEME.get(name))
                if tx["scheme"] is not None:
                    self.check_payouts(tx, payouts[tx["scheme"], len(S) or None], S, arbiters)
            decisions = [S for m in range(quorum(terms), arbiters + 1)
                         for S in itertools.combinations(range(1, arbiters + 1), m)]
            self.assertEqual(sorted(names), sorted([(name, ()) for name in COMPLETED if name not in DECISIONS]
                                                   + [(name, S) for name in DECISIONS for S in decisions]))

    def check_payouts(self, tx, payouts, S, arbiters):
        expected = {name: payouts[name] for name in "CWVF"}
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
        self.assertEqual(roles("Tx0"), ["O0", "P", *changes, "anchor"])
        self.assertEqual(roles("TxV0"), ["OV0", "anchor"])
        self.assertEqual(roles("TxA"), ["OA", "anchor"])
        self.assertEqual(roles("Tx1"), ["C", "W", "V", "A1", "A2", "A3", "F", "anchor"])
        self.assertEqual([entry["leaf"] for entry in transactions["Tx0"]["inputs"]], [None] * 6)
        for name, leaf in LEAVES.items():
            name = f"{name}[1,2]" if name in DECISIONS else name
            self.assertEqual([entry["leaf"] for entry in transactions[name]["inputs"]], [leaf], name)
        self.assertEqual(transactions["Tx1"]["inputs"][0]["sequence"], 288)
        mark = transactions["Tx0"]["outputs"][1]
        self.assertEqual((mark["address"], mark["descriptor"], mark["value"]), (None, None, 0))
        data = b"PRMC" + bytes.fromhex(terms["p_txid"])[::-1]
        self.assertIn("6a24" + data.hex(), transactions["Tx0"]["hex"])

    def test_change(self):
        """Change that is not there has no role: of C, by the fee, and of W, by the coins."""
        terms = self.example()
        fee = 5 * -(-230 // 4)  # of one coin
        terms["worker"]["coins"][0]["value"] = terms["w"] + fee
        tree = self.tree(terms)
        tx0 = tree["transactions"][0]
        deposit = terms["c"] + 3 * terms["retainer"]
        needed = deposit + tree["reserve"] + 240 + tx0["fee"] - fee - 5 * -(-(230 + 172) // 4) - 43 * 5
        terms["client"]["coins"][0]["value"] = needed
        roles = [output["role"] for output in self.tree(terms)["transactions"][0]["outputs"]]
        self.assertEqual(roles, ["O0", "P", "change of V", "anchor"])
        terms["client"]["coins"][0]["value"] = needed - 1
        self.refuses(terms, f"the client's coins hold {needed - 1} sat, and at least {needed} are needed", action="tree")

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
        p2wpkh = "0014" + "00" * 20
        for place, name, value, says in (
            ((), "alpha", 10001, "alpha is 10001 basis points"),
            ((), "alpha", 2, "n rho is 30000 sat, and at most 400"),
            (("client", "coins", 0), "script", p2sh, "client: coins[0]: 'script' is not that of a P2TR output"),
            (("client", "coins", 0), "script", p2wpkh, "'script' is not that of a P2TR output"),
            (("worker", "coins", 0), "script", "", "'script' is not that of a P2TR output"),
            (("worker", "coins", 0), "script", "5120" + NO_KEY, "coin 1 of the worker can be spent by nobody"),
            (("worker", "coins", 0), "value", 1999999, "what the coins of the worker hold is 1999999 sat, and at least"),
            (("worker", "coins", 0), "value", 2000289, "the worker's coins hold 2000289 sat, and at least 2000290"),
            (("client", "coins", 0), "value", 1030001, "the client's coins hold 1030001 sat"),
            (("client", "coins", 0), "value", 2100000000000001, "and 0 to 2100000000000000 can be written"),
            (("verifier",), "coins", [], "the verifier brings 0 coins, and 1 to 16 are possible"),
            (("verifier",), "key", NO_KEY, "the verifier's key is not the x coordinate of a point"),
            (("verifier",), "seal_key", NO_KEY, "the verifier's seal key is not the x coordinate"),
            (("client",), "joint_key", NO_KEY, "the client's joint key is not the x coordinate"),
            (("arbiters", 1), "key", NO_KEY, "arbiter 2's key is not the x coordinate"),
            (("arbiters", 1), "offer_key", NO_KEY, "arbiter 2's offer key is not the x coordinate"),
            (("arbiters", 2), "payout", NO_KEY, "arbiter 3's payout is not the x coordinate"),
            ((), "arbiters", [], "the terms have 0 arbiters, and n is 3"),
            ((), "n", 4, "the terms have 3 arbiters, and n is 4"),
            ((), "Y", NO_KEY, "the arbiters' joint key Y is not the x coordinate"),
            ((), "draw_height", 110, "the height of the draw's block is 110, and at least 111"),
            ((), "setup_deadline", 116, "the height of the setup's deadline is 116, and at least 117"),
            (("job",), "items", 0, "the number of items is 0"),
            ((), "retention", 2**32, "and 0 to 4294967295 can be written"),
            ((), "retention", 587, "the retention in blocks is 587, and at least 588"),
            ((), "most_package", -1, "and 0 to 18446744073709551615 can be written"),
            ((), "most_package", 2**30 + 1, "the largest package in bytes is 1073741825"),
        ):
            terms = self.example()
            self.at(terms, place)[name] = value
            with self.subTest(place=place, name=name, value=value):
                self.refuses(terms, says, action="tree")
                self.refuses(terms, says)
        terms = self.example()
        terms["arbiters"] *= 4
        self.refuses(terms, "'arbiters' has 12 elements, at most 9 are possible", action="tree")
        terms = self.example()
        terms["worker"]["key"] = terms["client"]["key"]
        self.refuses(terms, "the client's key and the worker's key are the same", action="tree")
        terms = self.example()
        terms["worker"]["coins"][0]["outpoint"] = terms["client"]["coins"][0]["outpoint"]
        self.refuses(terms, "is to be spent twice", action="tree")


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
            "A1 to A2, each",
        ):
            self.assertIn(text, texts)
        self.assertEqual(texts.count("shows h_p, the key to the result"), 3)
        self.assertTrue(any("the reward of 1,000,000 and retainers of 30,000; by the worker: 2,000,000" in text
                            for text in texts))

    def test_boxes(self):
        """No two boxes overlap, all lie on the page, and each text in a box fits by its letters."""
        stakes = {"w": 2**40 - 3, "v": 2**40 - 2, "a": 2**40 - 1, "c": 2**40 - 4}
        largest = stakes | {"sigma": 5000, "beta": 6000, "delta": 4000, "epsilon": 5000, "t3": 30000, "feerate": 10000}
        for changes in ({}, largest):
            for arbiters in (3, 9):
                terms = self.example(arbiters) | changes
                terms["retention"] = terms["t3"] + 2 * (terms["t2"] - terms["t1"]) + terms["t4"] + 12
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
        self.assertEqual(len(boxes), 10)
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

    def test_none_is_larger_than_promised(self):
        """To the byte: the largest of each name is what the table says."""
        for place, arbiters in enumerate((3, 9)):
            largest = {}
            for tx in self.tree(self.example(arbiters) | {"mu": 5500})["transactions"]:
                name = tx["name"].partition("[")[0]
                largest[name] = max(largest.get(name, 0), tx["vsize"])
            self.assertEqual(largest, {name: sizes[place] for name, sizes in LARGEST.items()})


if __name__ == "__main__":
    unittest.main()
