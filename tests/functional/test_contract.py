"""`prom contract example` and `explain`."""

import hashlib
import json
import math
import struct
import unittest

from contract_case import COMPLETED, DECISIONS, FRACTIONS, PARAMETERS, SCHEME, TIMES, WAITS
from contract_case import ContractTest, presigned, quorum, reference_payouts

NETWORKS = ("regtest", "mainnet", "testnet4", "signet")
# What a first contract might have, by its arbiters: docs/protocol.md has the table.
STARTS = {3: (200_000, 250_000, 1_500, 2), 5: (2_000_000, 2_500_000, 3_500, 3), 9: (20_000_000, 25_000_000, 20_000, 5)}


# The script of the default signet's blocks (BIP 325).
DEFAULT_CHALLENGE = (
    "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430"
    "210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae"
)


def blocks_left(terms):
    """Of t1 for computing, on mainnet with a sample and a line of 1 MB a second."""
    payload = terms["job"]["program_bytes"] + terms["job"]["input_bytes"]
    packages = (terms["n"] + 2) * terms["most_package"]
    seconds = (-(-(packages + terms["n"] * payload) // 10**6), -(-packages // 10**6))
    return terms["t1"] - 2 * 6 - (12 + 2 * 6) - sum(-(-it // 600) for it in seconds)


class Example(ContractTest):
    def test_it_is_the_same_in_every_run_and_accepted_by_all(self):
        plain = self.prom("contract", "example")[0]
        self.assertEqual(plain, self.prom("contract", "example", "--json")[0])
        self.assertEqual(plain, self.prom("contract", "example", "--arbiters", "3")[0])
        self.assertIn("For trying only", json.loads(plain)["comment"])
        for network in NETWORKS:
            for arbiters in range(3, 10):
                terms = self.example(arbiters, network)
                self.assertEqual(len(terms["arbiters"]), arbiters)
                told = self.explain(terms, accept=())
                self.assertEqual(told["k"], quorum(terms))
                self.assertEqual(told["network"], network.removesuffix("net") if network == "mainnet" else network)
                self.assertTrue(told["fund_is_nobodys"])
                self.tree(terms)

    def test_public_networks_have_values_to_begin_with(self):
        for arbiters, (stake, a, retainer, k) in STARTS.items():
            terms = self.example(arbiters, "mainnet")
            self.assertEqual([terms[name] for name in ("w", "v", "a", "retainer", "c")],
                             [stake, stake, a, retainer, 2 * stake // 3])
            self.assertEqual(quorum(terms), k)

    def test_keys_are_made_from_names(self):
        """What each secret is, the comment says; so everybody can sign for the example."""
        terms = self.example()
        named = lambda name: hashlib.sha256(f"prometheus example, {name}".encode()).digest()
        self.assertEqual(terms["h"], hashlib.sha256(named("worker h_p")).hexdigest())
        self.assertEqual(terms["k_h"], hashlib.sha256(named("worker k_p")).hexdigest())
        keys = [terms[party][name] for party in ("client", "worker", "verifier")
                for name in ("key", "joint_key", "payout", "change")]
        keys += [arbiter[name] for arbiter in terms["arbiters"] for name in ("key", "joint_key", "offer_key", "payout")]
        self.assertEqual(len({*keys, terms["verifier"]["seal_key"], terms["Y"], terms["F"]}), len(keys) + 3)

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
            (("example", "--network", "testnet"), "there is no network 'testnet'"),
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
            {"n": 4, "mu": 10000, "c": 999999, "sigma": 6667, "delta": 3800},
            {"retainer": 0},
            {"w": 1099511627774, "v": 1099511627774, "a": 1099511627775, "c": 1099511627773, "sigma": 5000,
             "beta": 6000, "delta": 2000},
        ):
            P = self.parameters(**changes)
            told = self.explain(P)
            self.assertEqual(told["retainer"], P["retainer"])
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
                    (1030000, 3, ["Tx4"], "WV", ""),
                    (1030000, 7, ["TxV0", "TxA", "Tx8"], "WVY", ""),
                    (30000, 1, ["Tx1"], "", "WV"),  # the retainers
                    (30000, 4, ["TxV0", "Tx5"], "V", "W"),
                    (30000, 6, ["TxV0", "TxA", "Tx7"], "WVY", ""),
                ],
                "W": [
                    (2000000, 6, ["TxV0", "TxA", "Tx7"], "WVY", ""),
                    (1100000, 4, ["TxV0", "Tx5"], "V", "W"),
                    (1000000, 1, ["Tx1"], "", "WV"),
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
                         {"C": 1030000, "W": 2000000, "V": 2500000, "A": 3000000})
        for party in losses.values():
            self.assertEqual(party["worst"], party["ways"][0]["loses"])
        for way in losses["C"]["ways"]:
            self.assertEqual(way["shows"], "h_p" if way["scheme"] in (3, 7) else None)
        # When all must agree, every arbiter signs: none is left to be fined by the others.
        alone = self.explain(self.parameters(mu=10000))["losses"][3]
        self.assertEqual([way["scheme"] for way in alone["ways"]], [5])
        # Without retainers the client loses nothing but the reward.
        free = self.explain(self.parameters(retainer=0))["losses"][0]
        self.assertEqual([(way["loses"], way["scheme"]) for way in free["ways"]], [(1000000, 3), (1000000, 7)])

    def test_what_comes_first(self):
        """What is worst for whom, who V is, retainers and fund: before any table, and in JSON."""
        P = self.parameters()
        output = self.explained(P)
        words = " ".join(output.split())
        at = [words.index(text) for text in (
            "A contract on regtest with n = 3 arbiters, of whom k = 2 decide",
            "client loses 1,030,000 of the 1,030,000 that it locks, by #3",
            "worker loses 2,000,000 of the 2,000,000 that it locks, by #6",
            "verifier loses 2,500,000 of the 2,500,000 that it locks, by #7",
            "arbiter loses 3,000,000 of the 3,000,000 that it locks, by #6",
            "Who is the verifier? By default the client itself, by a second key: it then locks 3,530,000 in all",
            "(t5 = 0), worker and verifier that are one person take the reward for garbage",
            "The client pays each arbiter a retainer of 10,000, 30,000 together, in every ending but #5",
            "The common fund F is the key that nobody has",
            "owns k seats, and so every decision, with a chance of 2.8, 10 or 22 %",
            "P, a transaction on the chain that many contracts share",
            "What each locks",
        )]
        self.assertEqual(at, sorted(at))
        told = self.explain(P)
        self.assertEqual(told["client_as_verifier_locks"], 3_530_000)
        self.assertIs(told["fund_is_nobodys"], True)
        self.assertEqual([(it["share"], round(it["chance"], 3)) for it in told["chances"]],
                         [(0.1, 0.028), (0.2, 0.104), (0.3, 0.216)])
        nine = self.explain(self.example(9, "mainnet"))["chances"]
        self.assertEqual([round(it["chance"], 4) for it in nine], [0.0009, 0.0196, 0.0988])

    def test_fund_of_somebody(self):
        """Another key than the one that nobody has is a party that gains; so is the same F with another P."""
        for changes in ({"F": self.example()["client"]["key"]}, {"t4": 145}):
            P = self.parameters(**changes)
            self.assertIs(self.explain(P)["fund_is_nobodys"], False)
            words = " ".join(self.explained(P).split())
            self.assertIn("F is not the key that nobody has. Whoever holds it is one more party, and gains from every "
                          "failure", words)

    def test_no_retainer(self):
        P = self.parameters(retainer=None)
        self.assertEqual(self.explain(P)["retainer"], 0)
        self.assertIn("The arbiters get no retainer", self.explained(P))

    def test_costs(self):
        """What the endings move, and where their paths cost more."""
        P = self.parameters()
        told = self.explain(P)
        payouts = reference_payouts(P)
        deposits = {"C": P["c"] + 3 * P["retainer"], "W": P["w"], "V": P["v"]}
        sizes = {(path["scheme"], path["m"]): (path["vsize"], path["anchors"]) for path in told["paths"]}
        self.assertEqual({(it["scheme"], it["m"]) for it in told["costs"]}, set(sizes))
        dear = []
        for it in told["costs"]:
            paid = payouts[it["scheme"], it["m"]]
            moves = sum(max(0, deposits[name] - paid[name]) for name in deposits)
            moves += (3 - (it["m"] or 0)) * max(0, P["a"] - paid["A_minus"])
            self.assertEqual(it["moves"], moves)
            vsize, anchors = sizes[it["scheme"], it["m"]]
            self.assertEqual([entry["feerate"] for entry in it["at"]], [1, 10, 100, 1000])
            for entry in it["at"]:
                self.assertEqual(entry["costs"], vsize * entry["feerate"] + anchors)
                self.assertEqual(entry["more_than_it_moves"], entry["costs"] > moves)
                dear += [(it["scheme"], entry["feerate"])] * entry["more_than_it_moves"]
        self.assertEqual(dear, [(4, 1000)])
        output = self.explained(P)
        self.assertIn("  #4             1,130,000       1,872       12,240      115,920    1,152,720*", output)

    def test_job(self):
        """What it may take: by docs/protocol.md, section 3, on a line of 1 MB a second."""
        terms = self.example(9, "mainnet")
        told = self.explain(terms)["job"]
        self.assertEqual((told["scheme"], told["items"], told["rounds"]), ("replay", 100, 2))
        self.assertEqual(told["package_bytes"], terms["most_package"])
        self.assertEqual(told["compute_seconds"], blocks_left(terms) * 2 // 3 * 400)
        self.assertEqual(told["verify_seconds"], 22 * 200 - -(-2 * terms["most_package"] // 10**6))
        # A package that no line of 1 MB a second carries in time.
        terms["most_package"] = 2**30
        told = self.explain(terms)["job"]
        self.assertEqual((told["compute_seconds"], told["verify_seconds"]), (blocks_left(terms) * 2 // 3 * 400, 2252))
        terms = self.example() | {"most_package": 2**30, "t1": 20, "t2": 40, "t3": 60}
        terms["retention"] = 60 + 2 * 20 + 144 + 12
        told = self.explain(terms)["job"]
        self.assertEqual((told["compute_seconds"], told["verify_seconds"]), (1600, None))
        output = self.explained(terms)
        self.assertIn("cannot even fetch the package in time", output)

    def test_chance_to_find_a_lie(self):
        """By the formula for draws without replacement; where all is checked nothing is said of it."""
        terms = self.example(9, "mainnet")
        for varsigma, checked, said in (1000, 10, "10 %, one of 10 with 67 %."), (9900, 99, "99 %, one of 10 with 100 %."):
            terms["varsigma"] = varsigma
            told = self.explain(terms)["job"]
            self.assertEqual(told["checked"], checked)
            for lie, wrong in zip(told["lies"], (1, 10), strict=True):
                self.assertEqual(lie["wrong"], wrong)
                missed = math.comb(100 - wrong, checked) / math.comb(100, checked)
                self.assertAlmostEqual(lie["found"], 1 - missed, delta=1e-9)
            self.assertIn(f"{checked}, drawn once all results are fixed, are computed again.", self.words(terms))
            self.assertIn(f"One wrong item is found with a chance of {said}", self.words(terms))
        self.assertIn("with 99.9 %.", self.words(terms | {"varsigma": 6000}))
        told = self.explain(terms | {"varsigma": 10000})["job"]
        self.assertEqual((told["checked"], told["lies"][0]["found"]), (100, 1))
        self.assertNotIn("computed again", self.words(terms | {"varsigma": 10000}))

    def words(self, terms):
        """The explanation without its line breaks."""
        return " ".join(self.explained(terms).split())

    def test_width(self):
        """No line has more than 80 columns, whatever the amounts and times."""
        largest = {"w": 1099511627774, "v": 1099511627774, "a": 1099511627775, "c": 1099511627773, "sigma": 5000,
                   "beta": 6000, "delta": 2000, "feerate": 10000, "retainer": 100_000_000, "t1": 10000, "t2": 20000, "t3": 30000, "t4": 65535}
        for terms in (
            *(self.example(arbiters, network) for arbiters in (3, 9) for network in NETWORKS),
            self.parameters(**largest),
            self.parameters(n=9, **largest),
        ):
            for line in self.explained(terms).split("\n"):
                self.assertLessEqual(len(line), 80, line)

    def test_duties_are_the_table_of_deadlines(self):
        P = self.parameters()
        told = self.explain(P)
        windows = {(it["who"], it["does"].split(",")[0]): (it["first_tip"], it["last_tip"]) for it in told["duties"]}
        s, t2, t3 = 2, P["t2"], P["t3"]
        self.assertEqual(windows["worker", "publishes Tx4"], (s - 1, t3 - s - 1))
        self.assertEqual(windows["verifier", "publishes TxV0"], (P["t1"] + 1, t2 - s - 1))
        self.assertEqual(windows["worker", "publishes Tx3"][0], t2 - 1)
        self.assertEqual(windows["anybody", "publishes Tx1"], (t3 - 1, None))
        self.assertEqual(len(told["duties"]), 25)
        by_sample = self.explain(self.example(3, "mainnet"))["duties"]
        self.assertEqual(len(by_sample), 31)
        self.assertIn(("worker", "block X", -12), {(it["who"], it["after"], it["last_tip"]) for it in by_sample})

    def test_transactions_deadlines_and_paths(self):
        P = self.parameters()
        told = self.explain(P)
        names = [(tx["name"], tx["m"]) for tx in told["transactions"]]
        self.assertEqual(names, [(name, None) for name in COMPLETED if name not in DECISIONS]
                         + [("Tx7", 2), ("Tx7", 3), ("Tx8", 2), ("Tx8", 3)])
        self.assertEqual([tx["count"] for tx in told["transactions"]], [1] * 8 + [3, 1, 3, 1])
        stages = {tx["name"]: tx["stage"] for tx in told["transactions"]}
        self.assertEqual(stages, {name: 2 if name == "Tx0" else 1 for name in COMPLETED})
        for tx in told["transactions"]:
            name = tx["name"]
            self.assertEqual(("".join(tx["presigned_by"]), "".join(tx["completed_by"])),
                             (presigned(name), COMPLETED[name]))
            self.assertEqual(sorted(tx["waits_for"]), sorted(WAITS.get(name, [])))
            self.assertEqual(tx["scheme"], SCHEME.get(tx["name"]))
            self.assertGreaterEqual(tx["fee"], tx["vsize"] * P["feerate"])
        self.assertEqual({tx["name"] for tx in told["transactions"] if tx["shows"] == "h_p"},
                         {"Tx3", "Tx4", "Tx8"})
        self.assertEqual({tx["name"] for tx in told["transactions"] if tx["shows"] == "k_p"}, {"TxA"})

        self.assertEqual(
            {(entry["transaction"], entry["after"]): entry["blocks"] for entry in told["deadlines"]},
            {
                ("TxV0", "Tx0"): 144,
                ("Tx3", "Tx0"): 216,
                ("Tx1", "Tx0"): 288,
                ("Tx5", "TxV0"): 72,
                ("Tx6", "TxA"): 144,
            },
        )
        for entry in told["deadlines"]:
            self.assertAlmostEqual(entry["hours"], entry["blocks"] / 6)

        sizes = {(tx["name"], tx["m"]): (tx["vsize"], tx["fee"]) for tx in told["transactions"]}
        self.assertEqual(len(told["paths"]), 9)
        for path in told["paths"]:
            steps = [(name, path["m"] if name in ("Tx7", "Tx8") else None) for name in path["transactions"]]
            self.assertEqual(path["vsize"], sum(sizes[step][0] for step in steps))
            self.assertEqual(path["fee"], sum(sizes[step][1] for step in steps))
            self.assertEqual(path["anchors"], 240 * len(steps))
            self.assertEqual(path["earliest_hours"], path["earliest_blocks"] / 6)
            self.assertLessEqual(path["fee"] + path["anchors"], told["fees"]["most"] + 2 * 505)  # W's and V's part
        ends = {tuple(path["transactions"]): (path["earliest_blocks"], path["latest_blocks"]) for path in told["paths"]}
        self.assertEqual(ends["Tx0", "Tx4"], (0, 288))
        self.assertEqual(ends["Tx0", "Tx3"], (216, 288))
        self.assertEqual(ends["Tx0", "TxV0", "Tx5"], (144 + 72, 288 + 72))
        self.assertEqual(ends["Tx0", "TxV0", "TxA", "Tx6"], (144 + 144, 288 + 72 + 144))

    def test_text(self):
        output = self.explained(self.parameters(t1=145, t2=217))
        for text in (
            "A contract on regtest with n = 3 arbiters, of whom k = 2 decide",
            "#6 worker at fault           m=2   1,000,000           0   2,500,000",
            "#6 worker at fault           m=2   3,676,666           0   3,676,668",
            "2,000,000  #6  TxV0 (V), TxA (W), Tx7 (Y)",
            "1,250,000  #2  Tx3 (W, without V); shows h_p",
            "145 blocks (24.2 h) after Tx0",
            "72 blocks (12 h) after TxV0",
            "#3      Tx0 Tx4            995       4,975           0 (0 h)        288 (48 h)",
            "s = 2, the blocks within which a\n  transaction is taken to confirm, and vt = 1, those that a verification",
        ):
            self.assertIn(text, output)

    def test_it_needs_no_keys_and_agrees_with_the_tree(self):
        for arbiters in (3, 9):
            terms = self.example(arbiters)
            told = self.explain({name: terms[name] for name in (*PARAMETERS, "retainer", "network")})
            self.assertEqual(told, self.explain(terms))
            sizes = {tx["name"].partition("[")[0]: tx["vsize"] for tx in self.tree(terms)["transactions"]}
            for tx in told["transactions"]:
                if tx["m"] in (None, arbiters):
                    self.assertEqual(tx["vsize"], sizes[tx["name"]])

    def test_network(self):
        for name, told in ((None, "main"), ("mainnet", "main"), ("main", "main"), ("regtest", "regtest"),
                           ("testnet4", "testnet4"), ("signet", "signet")):
            P = self.parameters(network=name)
            self.assertEqual(self.explain(P)["network"], told)
        self.rejects(self.parameters(network="testnet"), "'network' must be", "regtest")

    def test_signets(self):
        """One of one's own has another contract id; naming the default one's challenge is the same as not naming it."""
        terms = self.example(3, "signet")
        ids = [self.tree(terms | changes)["contract"] for changes in
               ({}, {"signet_challenge": DEFAULT_CHALLENGE}, {"signet_challenge": "51"})]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[0], ids[2])
        self.assertEqual(self.explain(self.parameters(network="signet", signet_challenge="51"))["network"], "signet")
        self.rejects(terms | {"signet_challenge": "5"}, "'signet_challenge' must be an even number of hex digits")
        self.refuses(self.example() | {"signet_challenge": "51"}, "does not know the chain of the terms")


if __name__ == "__main__":
    unittest.main()
