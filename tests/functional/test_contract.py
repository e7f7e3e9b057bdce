"""`prom contract example` and `explain`; invalid contracts, files of another form."""

import copy
import json
import struct
import unittest

from contract_case import FRACTIONS, NO_KEY, PARAMETERS, SCHEME, SIGNERS, TIMES
from contract_case import ContractTest, quorum, reference_payouts


class Example(ContractTest):
    def test_it_is_the_same_in_every_run_and_accepted_by_all(self):
        plain = self.prom("contract", "example")[0]
        self.assertEqual(plain, self.prom("contract", "example", "--json")[0])
        self.assertEqual(plain, self.prom("contract", "example", "--arbiters", "3")[0])
        self.assertIn("For trying only", json.loads(plain)["comment"])
        for arbiters in range(3, 10):
            terms = self.example(arbiters)
            self.assertEqual(len(terms["arbiters"]), arbiters)
            offers = [arbiter["offer"] for arbiter in terms["arbiters"]]
            self.assertEqual([bytes.fromhex(offer[:64])[::-1] for offer in offers],
                             sorted(bytes.fromhex(offer[:64])[::-1] for offer in offers))
            self.assertEqual(self.explain(terms)["k"], quorum(terms))
            self.tree(terms)

    def test_command_line(self):
        path = self.file(self.example())
        for arguments, says in (
            ((), "say what to do: explain, example, tree"),
            (("encode",), "'encode' is none of contract's commands: explain, example, tree"),
            (("explain",), "no file of terms is given"),
            (("explain", path, path), "one argument too many"),
            (("example", path), "one argument too many"),
            (("example", "--arbiters", "2"), "a number of arbiters"),
            (("example", "--arbiters", "10"), "a number of arbiters"),
            (("example", "--svg"), "--svg is an option of tree, not of example"),
            (("explain", path, "--svg"), "--svg is an option of tree, not of explain"),
            (("tree", path, "--arbiters", "3"), "--arbiters is an option of example, not of tree"),
            (("tree", path, "--sgv"), "unknown option '--sgv' (did you mean '--svg'?)"),
        ):
            self.fails("contract", *arguments, code=2, says=[says])
        told = self.prom_json("contract", "tree", path, "--svg", code=2)
        self.assertIn("--json and --svg exclude each other", told["error"]["message"])

    def test_help(self):
        output = self.prom("help", "contract")[0]
        for name in (*PARAMETERS, "explain FILE", "example", "tree FILE", "Exit codes"):
            self.assertIn(name, output)
        self.assertIn("  contract ", self.prom("--help")[0])


class Explain(ContractTest):
    def test_payouts(self):
        for changes in (
            {},
            {"n": 9, "a": 2500001, "mu": 5001},
            {"n": 4, "mu": 10000, "c": 999999, "sigma": 3333},
            {"w": 1099511627774, "v": 1099511627774, "a": 1099511627775, "c": 1099511627773, "sigma": 5000},
        ):
            P = self.parameters(**changes)
            told = self.explain(P)
            expected = reference_payouts(P)
            self.assertEqual(told["k"], quorum(P))
            self.assertEqual({(row["id"], row["m"]): row["payouts"] for row in told["schemes"]}, expected)
            self.assertEqual(len(told["schemes"]), len(expected))
            self.assertEqual({tuple(sorted(row)) for row in told["schemes"]}, {("id", "m", "payouts")})
            self.assertEqual(sum(told["shares"].values()), P["c"])

    def test_encoding(self):
        P = self.parameters()
        amounts = b"".join(P[name].to_bytes(5, "big") for name in "wva")
        numbers = struct.pack(">13H", *(P[name] for name in (*FRACTIONS, *TIMES)))
        encoding = b"PRM1" + amounts + bytes([P["n"]]) + bytes.fromhex(P["F"]) + numbers
        self.assertEqual(len(encoding), 78)
        self.assertEqual(self.explain(P)["encoding"], encoding.hex())

    def test_losses(self):
        losses = {party["party"]: party for party in self.explain(self.parameters())["losses"]}
        ways = {
            name: [
                (way["loses"], way["scheme"], way["transactions"][1:], "".join(way["by"]), "".join(way["without"]))
                for way in party["ways"]
            ]
            for name, party in losses.items()
        }
        undecided = (5, ["TxV0", "TxA", "Tx6"], "WV", "Y")
        self.assertEqual(
            ways,
            {
                "C": [
                    (1000000, 3, ["Tx4"], "WV", ""),
                    (1000000, 3, ["TxV1", "Tx4b"], "WV", ""),
                    (1000000, 7, ["TxV0", "TxA", "Tx8"], "WVY", ""),
                ],
                "W": [
                    (2000000, 6, ["TxV0", "TxA", "Tx7"], "WVY", ""),
                    (1100000, 4, ["TxV0", "Tx5"], "V", "W"),
                    (1000000, 1, ["Tx1"], "", "WV"),
                    (1000000, 1, ["TxV1", "Tx1b"], "V", "W"),
                    (600000, *undecided),
                ],
                "V": [
                    (2500000, 7, ["TxV0", "TxA", "Tx8"], "WVY", ""),
                    (1250000, 2, ["Tx3"], "W", "V"),
                    (750000, *undecided),
                ],
                "A": [
                    (3000000, 6, ["TxV0", "TxA", "Tx7"], "WVY", ""),
                    (3000000, 7, ["TxV0", "TxA", "Tx8"], "WVY", ""),
                    (900000, *undecided),
                ],
            },
        )
        self.assertEqual({name: party["deposit"] for name, party in losses.items()},
                         {"C": 1000000, "W": 2000000, "V": 2500000, "A": 3000000})
        for party in losses.values():
            self.assertEqual(party["worst"], party["ways"][0]["loses"])
        for way in losses["C"]["ways"]:
            self.assertEqual(way["shows"], "h_p")
        # When all must agree, every arbiter signs: none is left to be fined by the others.
        alone = self.explain(self.parameters(mu=10000))["losses"][3]
        self.assertEqual([way["scheme"] for way in alone["ways"]], [5])

    def test_duties_are_the_table_of_deadlines(self):
        P = self.parameters()
        told = self.explain(P)
        t1, t2, t3 = (P[name] for name in ("t1", "t2", "t3"))
        windows = {(it["who"], it["does"].split(",")[0]): (it["first_tip"], it["last_tip"]) for it in told["duties"]}
        s = 2 if P.get("network") == "regtest" else 6
        self.assertEqual(windows["worker", "publishes Tx4"], (s - 1, t3 - s - 1))
        self.assertEqual(windows["verifier", "publishes TxV1"], (t1 - 1, t2 - s - 1))
        self.assertEqual(windows["worker", "publishes Tx3"][0], t2)
        self.assertEqual(len(told["duties"]), 22)

    def test_transactions_deadlines_and_paths(self):
        P = self.parameters()
        told = self.explain(P)
        names = [(tx["name"], tx["m"]) for tx in told["transactions"]]
        self.assertEqual(names, [(name, None) for name in SIGNERS if name not in ("Tx7", "Tx8")]
                         + [("Tx7", 2), ("Tx7", 3), ("Tx8", 2), ("Tx8", 3)])
        self.assertEqual([tx["count"] for tx in told["transactions"]], [1] * 11 + [3, 1, 3, 1])
        stages = {tx["name"]: tx["stage"] for tx in told["transactions"]}
        self.assertEqual({name for name in stages if stages[name] == 1}, {"TxA", "Tx6"})
        self.assertEqual({name for name in stages if stages[name] == 2}, {"Tx7", "Tx8"})
        self.assertEqual({name for name in stages if stages[name] == 4}, {"Tx0"})
        for tx in told["transactions"]:
            self.assertEqual(("".join(tx["presigned_by"]), "".join(tx["completed_by"])), SIGNERS[tx["name"]])
            self.assertEqual(tx["scheme"], SCHEME.get(tx["name"]))
            self.assertGreaterEqual(tx["fee"], tx["vsize"] * P["feerate"])
        self.assertEqual({tx["name"] for tx in told["transactions"] if tx["shows"] == "h_p"},
                         {"Tx3", "Tx4", "Tx4b", "Tx8"})
        self.assertEqual({tx["name"] for tx in told["transactions"] if tx["shows"] == "k_p"}, {"TxA"})

        self.assertEqual(
            {(entry["transaction"], entry["after"]): entry["blocks"] for entry in told["deadlines"]},
            {
                ("TxV0", "Tx0"): 144,
                ("TxV1", "Tx0"): 144,
                ("Tx3", "Tx0"): 216,
                ("Tx1", "Tx0"): 288,
                ("Tx5", "TxV0"): 72,
                ("Tx1b", "TxV1"): 72,
                ("Tx6", "TxA"): 144,
                ("stake", "Tx0"): 432,
            },
        )
        for entry in told["deadlines"]:
            self.assertAlmostEqual(entry["hours"], entry["blocks"] / 6)

        sizes = {(tx["name"], tx["m"]): (tx["vsize"], tx["fee"]) for tx in told["transactions"]}
        self.assertEqual(len(told["paths"]), 11)
        for path in told["paths"]:
            steps = [(name, path["m"] if name in ("Tx7", "Tx8") else None) for name in path["transactions"]]
            self.assertEqual(path["vsize"], sum(sizes[step][0] for step in steps))
            self.assertEqual(path["fee"], sum(sizes[step][1] for step in steps))
            self.assertEqual(path["anchors"], 240 * len(steps))
            self.assertEqual(path["earliest_hours"], path["earliest_blocks"] / 6)
            self.assertLessEqual(path["fee"] + path["anchors"], told["fees"]["most"])
        ends = {tuple(path["transactions"]): (path["earliest_blocks"], path["latest_blocks"]) for path in told["paths"]}
        self.assertEqual(ends["Tx0", "Tx4"], (0, 288))
        self.assertEqual(ends["Tx0", "Tx3"], (216, 288))
        self.assertEqual(ends["Tx0", "TxV1", "Tx4b"], (144, 288 + 72))
        self.assertEqual(ends["Tx0", "TxV0", "Tx5"], (144 + 72, 288 + 72))
        self.assertEqual(ends["Tx0", "TxV0", "TxA", "Tx6"], (144 + 144, 288 + 72 + 144))

    def test_text(self):
        output, errors = self.prom("contract", "explain", self.file(self.parameters(t1=145, t2=217)))
        self.assertEqual(errors, "")
        for text in (
            "3 arbiters, of whom 2 decide",
            "#6 worker at fault           m=2    1,000,000           0   2,500,000   4,000,000           0   3,000,000",
            "2,000,000  #6  TxV0 (V), TxA (W), Tx7 (Y)",
            "1,250,000  #2  Tx3 (W, without V); shows h_p",
            "145 blocks (24.2 h) after Tx0",
            "72 blocks (12 h) after TxV0",
            "#3  Tx0 TxV1 Tx4b",
        ):
            self.assertIn(text, output)

    def test_it_needs_no_keys_and_agrees_with_the_tree(self):
        for arbiters in (3, 9):
            terms = self.example(arbiters)
            told = self.explain({name: terms[name] for name in (*PARAMETERS, "network")})
            self.assertEqual(told, self.explain(terms))
            sizes = {tx["name"].partition("[")[0]: tx["vsize"] for tx in self.tree(terms)["transactions"]}
            for tx in told["transactions"]:
                if tx["m"] in (None, arbiters):
                    self.assertEqual(tx["vsize"], sizes[tx["name"]])

    def test_network(self):
        for name, told in ((None, "main"), ("mainnet", "main"), ("main", "main"), ("regtest", "regtest")):
            self.assertEqual(self.explain(self.parameters(network=name))["network"], told)
        self.rejects(self.parameters(network="testnet"), "'network' must be", "regtest")

    def test_bounds(self):
        for changes, bound in (
            ({"w": 0}, "w > 0"),
            ({"w": 2500001}, "w <= v"),
            ({"v": 3000000}, "v < a"),
            ({"n": 2}, "3 <= n <= 9"),
            ({"n": 10}, "3 <= n <= 9"),
            ({"n": 255}, "3 <= n <= 9"),
            ({"F": NO_KEY}, "F is an x-only key on the curve"),
            ({"alpha": 0}, "0 < alpha <= 1"),
            ({"alpha": 10001}, "0 < alpha <= 1"),
            ({"beta": 0}, "0 < beta <= 1"),
            ({"beta": 10001}, "0 < beta <= 1"),
            ({"gamma": 0}, "0 < gamma < epsilon"),
            ({"gamma": 3000}, "0 < gamma < epsilon"),
            ({"epsilon": 10001}, "0 < epsilon <= 1"),
            ({"delta": 10001}, "0 <= delta <= 1"),
            ({"mu": 5000}, "0.5 < mu <= 1"),
            ({"mu": 10001}, "0.5 < mu <= 1"),
            ({"sigma": 0}, "0 < sigma <= 1"),
            ({"sigma": 10001}, "0 < sigma <= 1"),
            ({"varsigma": 0}, "0 < varsigma <= 1"),
            ({"varsigma": 10001}, "0 < varsigma <= 1"),
            ({"t1": 6}, "t1 >= 3s + 1"),
            ({"t1": 18, "network": None}, "t1 >= 3s + 1 (on main: s = 6"),
            ({"t2": 144 + 4}, "t2 - t1 >= s + vt + 2"),
            ({"t2": 144 + 29, "network": "mainnet"}, "t2 - t1 >= s + vt + 2"),
            ({"t3": 216 + 2}, "t3 - t2 >= s + 1"),
            ({"t3": 216 + 6, "network": "mainnet"}, "t3 - t2 >= s + 1"),
            ({"t4": 8}, "t4 >= n - k + 4 + vt + s + 1"),
            ({"t4": 33, "network": "mainnet"}, "t4 >= n - k + 4 + vt + s + 1"),
            ({"t5": 1}, "t5 = 0"),
            ({"t3": 65392}, "t3 + 2 (t2 - t1) + t5 <= 65535"),
            ({"c": 0}, "0 < c < w"),
            ({"c": 2000000}, "0 < c < w"),
            ({"delta": 9501}, "[delta w] + share_v <= w"),
            ({"beta": 3599}, "[beta v] >= share_w"),
            ({"feerate": 0}, "the feerate is not 1 to 10000"),
            ({"feerate": 10001}, "the feerate is not 1 to 10000"),
        ):
            with self.subTest(changes):
                self.refuses(self.parameters(**changes), bound)
        for changes in (  # the last values that hold
            {"w": 2500000, "v": 2999999},
            {"t1": 7, "t2": 12, "t3": 15, "t4": 9},
            {"t1": 19, "t2": 49, "t3": 56, "t4": 34, "network": "mainnet"},
            {"t3": 65391},
            {"delta": 9500, "beta": 3600},
            {"feerate": 10000},
        ):
            with self.subTest(changes):
                self.explain(self.parameters(**changes))

    def test_numbers_that_do_not_fit(self):
        for name in PARAMETERS:
            if name == "F":
                continue
            most = {"n": 2**8, "c": 2100000000000001, "feerate": 2**32}.get(name, 2**40 if name in "wva" else 2**16)
            for value in (-1, most, 2**63 - 1, -(2**63)):
                with self.subTest(name=name, value=value):
                    self.refuses(self.parameters(**{name: value}), f"0 <= {name} <= {most - 1}")

    def test_dust(self):
        for changes, says in (
            ({"alpha": 1}, "scheme #1 would pay F 200 sat, which is dust"),
            ({"alpha": 9999}, "scheme #1 would pay W 200 sat, which is dust"),
            ({"beta": 9999}, "scheme #2 would pay V 250 sat, which is dust"),
            ({"delta": 1}, "scheme #4 would pay F 200 sat, which is dust"),
            ({"epsilon": 9999}, "scheme #5 would pay W 200 sat, which is dust"),
        ):
            with self.subTest(changes):
                self.refuses(self.parameters(**changes), says)


class Form(ContractTest):
    """Files that are no terms at all."""

    def test_not_json(self):
        for content, says in (
            ("", "line 1, column 0"),
            ("{", "line 1, column 1"),
            ('{\n"w": 1,\n}', "line 3"),
            ("w = 2000000", "is not JSON"),
            ("2000000", "is not JSON"),
            ('{"w": 1, "w": 2}', "duplicate object key"),
            ('{"w": 99999999999999999999}', "too big integer"),
            ('{"w": 1} trailing', "end of file expected"),
            ("[" * 100000, "maximum parsing depth"),
            ("[]", "must be an object"),
            ('{"a\\u001b[31mb": 1}', "unknown field 'a?[31mb'"),
        ):
            with self.subTest(content[:20]):
                self.rejects(content, says)
        path = self.path("bytes")
        with open(path, "wb") as file:
            file.write(b'{"w\xff\x00": 1}')
        self.fails("contract", "explain", path, code=2, says=["is not JSON"])

    def test_not_readable(self):
        self.fails("contract", "explain", self.path("nowhere"), code=2, says=["cannot be read"])
        self.fails("contract", "explain", self.home, code=2, says=[self.home])
        self.fails("contract", "explain", "/dev/zero", code=2, says=["/dev/zero"])
        terms = json.dumps(self.parameters())
        path = self.file(terms + " " * (2**20 - len(terms)))
        self.prom_json("contract", "explain", path)
        self.rejects(terms + " " * (2**20 + 1 - len(terms)), "is larger than 1.05 MB")

    def test_fields(self):
        """Each field of the whole terms: missing, and of another type."""
        terms = self.example()
        places = [(), ("job",), ("client",), ("worker",), ("verifier",)]
        places += [("client", "coins", 0), ("verifier", "coins", 0), ("arbiters", 0), ("arbiters", 2)]
        for place in places:
            for name in self.at(terms, place):
                self.check_field(terms, place, name)
            self.check_unknown(terms, place)

    def shown(self, place):
        text = ""
        for key in place:
            text += f"[{key}]" if isinstance(key, int) else f": {key}"
        return text + ": "

    def check_field(self, terms, place, name):
        optional = name in ("comment", "network")
        changed = copy.deepcopy(terms)
        for wrong in (None, True, 1.5, {"x": 1}, [1], "x"):
            value = self.at(terms, place)[name]
            if isinstance(value, (dict, list)) and isinstance(wrong, type(value)) or name == "comment" and wrong == "x":
                continue
            self.at(changed, place)[name] = wrong
            for action in ("tree", "explain"):
                with self.subTest(place=place, name=name, wrong=wrong):
                    self.rejects(changed, self.shown(place), f"'{name}' must be ", action=action)
        del self.at(changed, place)[name]
        for action in ("tree", "explain"):
            if not optional:
                self.rejects(changed, self.shown(place), f"'{name}' is missing", action=action)

    def check_unknown(self, terms, place):
        changed = copy.deepcopy(terms)
        self.at(changed, place)["suprise"] = 1
        for action in ("tree", "explain"):
            self.rejects(changed, self.shown(place), "unknown field 'suprise'", action=action)

    def test_elements(self):
        """Elements of lists, and texts that are nearly right."""
        for place, name, wrong, says in (
            ((), "arbiters", [1], "arbiters[0]: this must be an object"),
            (("worker",), "coins", ["x"], "worker: coins[0]: this must be an object"),
            ((), "F", "50" * 31, "'F' must be 64 hex digits"),
            ((), "F", "50" * 33, "'F' must be 64 hex digits"),
            ((), "h", "5g" * 32, "'h' must be 64 hex digits"),
            ((), "p_txid", "50" * 31, "'p_txid' must be 64 hex digits"),
            (("client", "coins", 0), "script", "512", "'script' must be a script in hex"),
            (("client", "coins", 0), "outpoint", "50" * 32, "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ":", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ":01", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ":-1", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ": 1", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ":4294967296", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 32 + ":99999999999", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "50" * 31 + ":0", "'outpoint' must be of the form"),
            (("client", "coins", 0), "outpoint", "5g" * 32 + ":0", "'outpoint' must be of the form"),
        ):
            terms = self.example()
            self.at(terms, place)[name] = wrong
            with self.subTest(place=place, name=name, wrong=wrong):
                self.rejects(terms, says, action="tree")
        terms = self.example()
        terms["client"]["coins"][0]["outpoint"] = "50" * 32 + ":4294967295"
        self.tree(terms)


if __name__ == "__main__":
    unittest.main()
