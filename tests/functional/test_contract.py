"""`prom contract example` and `explain`; invalid contracts, files of another form."""

import copy
import hashlib
import json
import struct
import unittest

from contract_case import COMPLETED, DECISIONS, FRACTIONS, NO_KEY, PARAMETERS, SCHEME, TIMES, WAITS
from contract_case import ContractTest, presigned, quorum, reference_payouts

NETWORKS = ("regtest", "mainnet", "testnet4", "signet")
# docs/protocol.md, section 5: what a first contract might have, by its arbiters.
STARTS = {3: (200_000, 250_000, 1_500, 2), 5: (2_000_000, 2_500_000, 3_500, 3), 9: (20_000_000, 25_000_000, 20_000, 5)}


OPTIONAL = ("comment", "network", "retainer", "draw_height", "frost_revision", "dkg_revision", "flags", "offer_key")
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
                told = self.explain(terms)
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
            {"n": 4, "mu": 10000, "c": 999999, "sigma": 3333, "delta": 4000},
            {"retainer": 0},
            {"w": 1099511627774, "v": 1099511627774, "a": 1099511627775, "c": 1099511627773, "sigma": 5000,
             "beta": 6000, "delta": 3900},
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
        output = self.prom("contract", "explain", self.file(P))[0]
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
            words = " ".join(self.prom("contract", "explain", self.file(P))[0].split())
            self.assertIn("F is not the key that nobody has. Whoever holds it is one more party, and gains from every "
                          "failure", words)

    def test_no_retainer(self):
        P = self.parameters(retainer=None)
        self.assertEqual(self.explain(P)["retainer"], 0)
        self.assertIn("The arbiters get no retainer", self.prom("contract", "explain", self.file(P))[0])

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
        output = self.prom("contract", "explain", self.file(P))[0]
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
        output = self.prom("contract", "explain", self.file(terms))[0]
        self.assertIn("cannot even fetch the package in time", output)

    def test_width(self):
        """No line has more than 80 columns, whatever the amounts and times."""
        largest = {"w": 1099511627774, "v": 1099511627774, "a": 1099511627775, "c": 1099511627773, "sigma": 5000,
                   "beta": 6000, "delta": 3900, "feerate": 10000, "retainer": 100_000_000, "t1": 10000, "t2": 20000, "t3": 30000, "t4": 65535}
        for terms in (
            *(self.example(arbiters, network) for arbiters in (3, 9) for network in NETWORKS),
            self.parameters(**largest),
            self.parameters(n=9, **largest),
        ):
            for line in self.prom("contract", "explain", self.file(terms))[0].split("\n"):
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
        output, errors = self.prom("contract", "explain", self.file(self.parameters(t1=145, t2=217)))
        self.assertEqual(errors, "")
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

    def test_bounds(self):
        for changes, bound in (
            ({"w": 0}, "w is 0 sat, and at least 1"),
            ({"w": 2500001}, "v is 2500000 sat, and at least 2500001 is needed: w"),
            ({"v": 3000000}, "a is 3000000 sat, and at least 3000001 is needed: more than v"),
            ({"n": 2}, "n is 2, and 3 to 9 arbiters are possible"),
            ({"n": 10}, "n is 10, and 3 to 9"),
            ({"n": 255}, "n is 255, and 3 to 9"),
            ({"F": NO_KEY}, "F is no key"),
            ({"alpha": 0}, "alpha is 0 basis points, and at least 1"),
            ({"alpha": 10001}, "alpha is 10001 basis points, and at most 10000"),
            ({"beta": 0}, "beta is 0"),
            ({"beta": 10001}, "beta is 10001"),
            ({"gamma": 0}, "gamma is 0"),
            ({"gamma": 3000}, "epsilon is 3000 basis points, and at least 3001 is needed: more than gamma"),
            ({"epsilon": 10001}, "epsilon is 10001"),
            ({"delta": 10001}, "delta is 10001"),
            ({"mu": 5000}, "mu is 5000 basis points, and at least 5001 is needed: more than half"),
            ({"mu": 10001}, "mu is 10001"),
            ({"sigma": 0}, "sigma is 0"),
            ({"sigma": 10001}, "sigma is 10001"),
            ({"varsigma": 0}, "varsigma is 0"),
            ({"varsigma": 10001}, "varsigma is 10001"),
            ({"t1": 6}, "t1 is 6, and at least 7 is needed: 3s + 1"),
            ({"t1": 18, "network": None}, "t1 is 18, and at least 19"),
            ({"t2": 144 + 6}, "t2 is 150, and at least 151 is needed: t1 + 2s + vt + 2"),
            ({"t2": 144 + 35, "network": "mainnet"}, "t2 is 179, and at least 180"),
            ({"t3": 216 + 7}, "t3 is 223, and at least 224 is needed: t2 + 4s"),
            ({"t3": 216 + 23, "network": "mainnet"}, "t3 is 239, and at least 240"),
            ({"t4": 10}, "t4 is 10, and at least 11 is needed: e (n - k + 1) + 2s + vt + 3p + 1"),
            ({"t4": 58, "network": "mainnet"}, "t4 is 58, and at least 59"),
            ({"t5": 1}, "t5 is 1, and at most 0"),
            ({"t3": 65392}, "t3 + 2 (t2 - t1) + t5 is 65536, and at most 65535"),
            ({"c": 0}, "c is 0 sat, and at least 1"),
            ({"c": 2000000}, "c is 2000000 sat, and at most 1999999 is allowed: less than w"),
            ({"delta": 9501}, "[delta w] + share_v is 2000200 sat, and at most 2000000"),
            ({"beta": 3719}, "[beta v] is 929750 sat, and at least 930000 is needed: share_w + n rho"),
            ({"alpha": 149}, "n rho is 30000 sat, and at most 29800 is allowed: [alpha w]"),
            ({"delta": 149}, "n rho is 30000 sat, and at most 29800 is allowed: [delta w]"),
            ({"gamma": 1, "epsilon": 2}, "[epsilon v] + b [epsilon a] is 1700 sat, and at least 900200"),
            ({"gamma": 1, "epsilon": 1199, "sigma": 100}, "[epsilon w] + b [epsilon a]"),
            ({"retainer": 116_667}, "n rho"),
            ({"feerate": 0}, "the feerate in sat/vB is 0, and at least 1"),
            ({"feerate": 10001}, "the feerate in sat/vB is 10001, and at most 10000"),
        ):
            with self.subTest(changes):
                self.refuses(self.parameters(**changes), bound)
        for changes in (  # the last values that hold
            {"w": 2500000, "v": 2999999},
            {"t1": 7, "t2": 14, "t3": 22, "t4": 11},
            {"t1": 19, "t2": 55, "t3": 79, "t4": 59, "network": "mainnet"},
            {"t3": 65391},
            {"delta": 9500},
            {"beta": 3720},
            {"alpha": 150},
            {"feerate": 10000},
        ):
            with self.subTest(changes):
                self.explain(self.parameters(**changes))

    def test_scheme_of_proof(self):
        """One that the program lacks, and one that takes no samples."""
        for number in (0, 3, 99, 65535):
            terms = self.example()
            terms["job"]["scheme"] = number
            for action in ("explain", "tree"):
                self.refuses(terms, f"proof scheme {number}, which this program lacks", action=action)
        terms = self.example()
        terms["job"]["scheme"] = 2
        self.tree(terms)
        terms["varsigma"] = 9999
        self.refuses(terms, "varsigma is 9999, and 10000 is needed: the scheme 'sumcheck'", action="tree")

    def test_numbers_that_do_not_fit(self):
        for name in (*PARAMETERS, "retainer"):
            if name == "F":
                continue
            most = {"n": 2**8, "c": 2100000000000001, "retainer": 2100000000000001, "feerate": 2**32}.get(name, 2**40 if name in "wva" else 2**16)
            for value in (-1, most, 2**63 - 1, -(2**63)):
                with self.subTest(name=name, value=value):
                    self.refuses(self.parameters(**{name: value}), f"0 <= {name} <= {most - 1}")

    def test_dust(self):
        for changes, says in (
            ({"alpha": 1}, "scheme #1 would pay F 200 sat, and at least 330"),
            ({"alpha": 9999}, "scheme #1 would pay W 200 sat, and at least 330"),
            ({"beta": 9999}, "scheme #2 would pay V 250 sat, and at least 330"),
            ({"delta": 1}, "scheme #4 would pay F 200 sat, and at least 330"),
            ({"epsilon": 9999}, "scheme #5 would pay W 200 sat, and at least 330"),
        ):
            with self.subTest(changes):
                self.refuses(self.parameters(retainer=0, **changes), says)


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
        optional = name in OPTIONAL
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
            (("client", "coins", 0), "script", "512", "'script' must be an even number of hex digits"),
            (("client", "coins", 0), "script", "zz", "'script' must be an even number of hex digits"),
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

    def test_gone(self):
        """What the first edition had is an unknown field now."""
        for place, name, value in (
            (("client", "coins", 0), "witness_weight", 66),
            (("arbiters", 0), "x_hash", "00" * 32),
            (("arbiters", 0), "expiry", 1000),
            (("worker",), "seal_key", "00" * 32),
        ):
            terms = self.example()
            self.at(terms, place)[name] = value
            self.rejects(terms, f"unknown field '{name}'", action="tree")

    def test_defaults(self):
        """What may be left out is what it would be, and what it stands for when it is given."""
        terms = self.example()
        contract = self.tree(terms)["contract"]
        self.assertEqual(terms["draw_height"], terms["snapshot_height"] + 4)
        for name in ("draw_height", "frost_revision", "dkg_revision", "flags"):
            shorter = {key: value for key, value in terms.items() if key != name}
            self.assertEqual(self.tree(shorter)["contract"], contract, name)
            other = self.example() | {name: terms[name] + 1}
            if name == "draw_height":
                self.assertNotEqual(self.tree(other)["contract"], contract)
            else:
                self.refuses(other, "and this program", action="tree")
        own = self.example()
        for arbiter in own["arbiters"]:
            arbiter["offer_key"] = arbiter["key"]
        changed = copy.deepcopy(own)
        for arbiter in changed["arbiters"]:
            del arbiter["offer_key"]
        self.assertEqual(self.tree(changed)["contract"], self.tree(own)["contract"])
        self.assertNotEqual(self.tree(own)["contract"], contract)
        self.refuses(terms | {"earlier": "00"}, "of the earlier setup whose draw stands", action="tree")


if __name__ == "__main__":
    unittest.main()
