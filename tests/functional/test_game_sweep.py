"""`prom game sweep`: which sets there are, what each row says, and in which forms."""

import json
import unittest

from game_case import OF_CONTRACT, OF_SETTING, PLAYERS, RANK, GameTest

COLUMNS = [
    "verdict", "bound", "worst", "amount", "group", "gain", *(f"honest_{p}" for p in PLAYERS), *(f"pays_{p}" for p in PLAYERS),
]  # fmt: skip


class Sets(GameTest):
    def values(self, over, terms=None):
        told = self.sweep(terms or self.parameters(), over)
        return {axis["name"]: axis["values"] for axis in told["over"]}, told

    def test_a_name_alone(self):
        """Five values, from a quarter to four times; what cannot be held is the nearest that can."""
        P = self.parameters()
        values, told = self.values("w,sigma")
        self.assertEqual(values["w"], [P["w"] // 4, P["w"] // 2, P["w"], 2 * P["w"], 4 * P["w"]])
        self.assertEqual(values["sigma"], [2250, 4500, 9000, 18000, 36000])
        self.assertEqual(told["sets"], len(told["rows"]))
        self.assertEqual(told["sets"], 25)
        self.assertEqual([axis["unit"] for axis in told["over"]], ["sat", "bp"])
        self.assertEqual(self.values("varsigma", P | {"varsigma": 10000})[0]["varsigma"], [2500, 5000, 10000, 20000, 40000])
        self.assertEqual(self.values("mu", P | {"mu": 40000})[0]["mu"], [10000, 20000, 40000, 65535])

    def test_ranges(self):
        for over, expected in (
            ("w=1000000:2000000", [1000000, 1250000, 1500000, 1750000, 2000000]),
            ("w=1000000:2000000:3", [1000000, 1500000, 2000000]),
            ("w=5:5:1", [5]),
            ("w=5:5", [5]),
            ("n=3:5:3", [3, 4, 5]),
            ("n=3:5", [3, 4, 5]),
            ("n=3:9:2", [3, 9]),
            ("price=1:9007199254740992:2", [1, 2**53]),
            ("z=0:1099511627775:2", [0, 2**40 - 1]),
            ("q=0:10000:2", [0, 10000]),
            ("sigma=9000:9001:2", [9000, 9001]),
        ):
            with self.subTest(over=over):
                values, told = self.values(over)
                self.assertEqual(values[over.partition("=")[0]], expected)
                self.assertEqual([list(row["values"].values())[0] for row in told["rows"]], expected)

    def test_the_last_one_changes_fastest(self):
        told = self.sweep(self.parameters(), "w=1000000:2000000:2,z=1:3:3,feerate=1:2:2")
        self.assertEqual(
            [tuple(row["values"].values()) for row in told["rows"]],
            [(w, z, f) for w in (1000000, 2000000) for z in (1, 2, 3) for f in (1, 2)],
        )
        self.assertEqual(list(told["rows"][0]["values"]), ["w", "z", "feerate"])

    def test_every_number_can_be_varied(self):
        terms = self.parameters() | {"game": {"q": 10, "known": 1, "pool": 100, "owned": 10, "future": 100}}
        page = self.prom("help", "game", "sweep")[0]
        for name in (*OF_CONTRACT, *OF_SETTING):
            over = f"{name}=0:40:2" if name in ("audit", "n") else name
            told = self.sweep(terms, over)
            self.assertEqual(told["over"][0]["name"], name)
            self.assertGreaterEqual(len(told["rows"]), 2 if name != "known" else 1, name)
            self.assertRegex(page, rf"[ ,]{name}[ ,\n]")

    def test_what_cannot_be_varied(self):
        path = self.file(self.parameters())
        for over, says in (
            ("omega", "the game has no number 'omega'; 'prom help game sweep' lists"),
            ("sgima", "(did you mean 'sigma'?)"),
            ("W", "has no number 'W'"),
            ("t5", "has no number 't5'"),
            ("", "--over needs a value"),
            (",", "an empty name"),
            ("w,", "an empty name"),
            ("w,,v", "an empty name"),
            ("=1:2", "an empty name"),
            ("w,v,w", "w is to be varied twice"),
            ("w=", "'' is no range of w"),
            ("w=5", "'5' is no range of w"),
            ("w=1:", "no range"),
            ("w=:2", "no range"),
            ("w=1:2:", "no range"),
            ("w=1:2:3:4", "no range"),
            ("w=2:1", "the smaller first"),
            ("w=-1:5", "no range"),
            ("w=1.5:2", "no range"),
            ("w=1e3:2e3", "no range"),
            ("w= 1:2", "no range"),
            ("w=0x1:0x2", "no range"),
            ("w=1:2=3", "no range"),
            ("w=1:9999999999999999", "no range of w: give FROM:TO or FROM:TO:STEPS, whole numbers up to 9007199254740992"),
            ("w=1:9007199254740993", "no range"),
            ("w=1:9007199254740992", "w cannot be 9007199254740992: the nearest that it can be is 2100000000000000"),
            ("z=0:1000000000000000:5", "z cannot be 1000000000000000: the nearest that it can be is 1099511627775"),
            ("price=0:5", "price cannot be 0: the nearest that it can be is 1"),
            ("w=1:5:6", "6 steps of w: from 1 to 5 are no more than 5 whole numbers"),
            ("w=5:5:2", "2 steps of w: from 5 to 5 are no more than 1 whole number"),
            ("w=1:2:0", "0 steps of w"),
            ("w=1:2:1", "1 steps of w"),
            ("w=1:2:1000001", "1000001 steps of w"),
            ("n=3:300", "n cannot be 300: the nearest that it can be is 255"),
            ("sigma=1:65536", "sigma cannot be 65536: the nearest that it can be is 65535"),
            ("q", "q is 0, and a quarter to four times of it is as well: give a range, q=FROM:TO"),
            ("w=1:1000000:1000,v=1:1000000:1001", "1,001,000 sets of numbers, and 1,000,000 are the most"),
            (",".join(f"{name}=1:1000:1000" for name in ("w", "v", "a", "c", "z", "y", "check")), "and 1,000,000 are the most"),
            (",".join(f"{name}=1:2" for name in (*OF_CONTRACT, *OF_SETTING)), "more than 16 numbers are to be varied"),
            ("x" * 5000, "has no number 'xxx"),
            ("w=" + "1" * 5000, "no range"),
        ):
            with self.subTest(over=over[:60]):
                self.fails("game", "sweep", path, "--over", over, code=2, says=[says])
        self.fails("game", "sweep", path, code=2, says=["--over LIST is missing"])
        told = self.prom_json("game", "sweep", path, "--over", "w", "--csv", code=2)
        self.assertIn("--json and --csv exclude each other", told["error"]["message"])


class Rows(GameTest):
    def check_row(self, row, terms):
        """It says what solve says of the same numbers."""
        told = json.loads(self.start("game", "solve", self.file(terms), "--json").communicate(timeout=60)[0])
        worst = told["findings"][0] if told["findings"] else {"name": None, "amount": None}
        self.assertEqual(set(row["findings"]), {finding["name"] for finding in told["findings"]})
        self.assertEqual(row["bound"], told["bound"])
        self.assertEqual((row["verdict"], row["worst"]), (told["verdict"], worst["name"]))
        if row["amount"] is not None:
            self.assertAlmostEqual(row["amount"], worst["amount"], delta=1)
        for player in PLAYERS:
            self.assertEqual(row["honest"][player], told["honest"][player]["result"])
        few = terms["n"] - -(-terms["mu"] * terms["n"] // 10000)
        gains = [group for group in told["groups"] if group["arbiters"] <= few]
        best = max(gains, key=lambda group: group["gain"])
        self.assertAlmostEqual(row["gain"], best["gain"], delta=0.002)
        alone = {"C": ["C"], "W": ["W"], "V": ["V"], "A": []}
        for player, players in alone.items():
            gain = next(g["gain"] for g in told["groups"] if g["players"] == players and g["arbiters"] == (players == []))
            self.assertEqual(row["pays"][player], gain == 0 and row["honest"][player] >= 0, player)

    def test_rows_are_what_solve_says(self):
        """Numbers that leave P alone: else F is another."""
        for terms, tried in ((self.parameters(), (0, 4)), (self.contract("medium"), (2,))):
            z = terms["sigma"] * terms["c"] // 20000
            terms = terms | {"game": {"z": z}}
            told = self.sweep(terms, f"z={z // 2}:{4 * z}:3,retainer=0:{2 * terms['retainer']}:3")
            for row in (told["rows"][i] for i in tried):
                with self.subTest(values=row["values"]):
                    changed = terms | {"retainer": row["values"]["retainer"], "game": {"z": row["values"]["z"]}}
                    self.check_row(row, changed)
            self.assertGreater(len({(row["verdict"], *row["pays"].values()) for row in told["rows"]}), 1)

    def test_bounds_are_a_verdict(self):
        P = self.parameters()
        told = self.sweep(P, f"w={P['w']}:{P['v'] + 1}:2,mu=5000:5001:2")
        self.assertEqual([row["verdict"] for row in told["rows"]], ["bound", "warning", "bound", "bound"])
        self.assertEqual(told["rows"][0]["worst"], "bound")
        why = [row["bound"] for row in told["rows"]]
        self.assertIn("mu is 5000 basis points", why[0])
        self.assertIsNone(why[1])
        self.assertIn(f"v is {P['v']} sat, and at least {P['v'] + 1} is needed: w", why[3])
        self.assertIn("bound", told["rows"][3]["findings"])

    def test_every_n_has_transactions_of_its_own(self):
        """As solve says of a file with that n: what the client pays of Tx0 grows with it. F is nobody's in neither."""
        terms = self.parameters(F="79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        for row in self.sweep(terms, "n=3:9:3")["rows"]:
            with self.subTest(n=row["values"]["n"]):
                self.check_row(row, terms | row["values"])

    def test_what_makes_no_question(self):
        terms = self.parameters() | {"game": {"pool": 100}}
        told = self.sweep(terms, "owned=0:200:3,z=1:2:2")
        self.assertEqual([row["verdict"] == "impossible" for row in told["rows"]], [False] * 4 + [True] * 2)
        self.assertEqual(
            told["rows"][-1],
            {"values": {"owned": 200, "z": 2}, "verdict": "impossible"}
            | {"bound": "owned is 200, and 0 to 100 can be: offers of one person, of all that count"}
            | dict.fromkeys(("findings", "worst", "amount", "group", "gain", "honest", "pays")),
        )
        rows = self.sweep_csv(terms, "owned=0:200:3,z=1:2:2")
        self.assertEqual(
            [rows[-1][name] for name in COLUMNS],
            ["impossible", told["rows"][-1]["bound"]] + [""] * (len(COLUMNS) - 2),
        )
        self.assertIn("2 impossible", self.swept(terms, "owned=0:200:3,z=1:2:2"))

    def test_the_paper_needs_a_majority_too(self):
        told = self.sweep(self.parameters(), "mu=3000:6000:2", "--paper")
        self.assertEqual([row["verdict"] for row in told["rows"]], ["impossible", "refused"])

    def test_the_price_moves_costs_unless_they_are_varied(self):
        terms = self.parameters() | {"game": {"z": 400_000, "price": 100}}
        worker = lambda over: [row["honest"]["W"] for row in self.sweep(terms, over)["rows"]]
        share, dear = worker("price=100:200:2")
        self.assertAlmostEqual(dear - share, 200_000, delta=1)
        self.assertEqual(worker("z=400000:400000,price=100:200:2"), [share, share])
        self.assertEqual(worker("price=100:200:2,z=400000:400000"), [share, share])

    def test_accepted_risks(self):
        terms = self.parameters(F="79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        told = self.sweep(terms, "z=1:2:2")
        self.assertEqual({row["verdict"] for row in told["rows"]}, {"refused"})
        names = "fund-owned,coalition-gains,stalling-pays,client-robbed,worker-robbed,verifier-robbed,arbiter-robbed"
        told = self.sweep(terms, "z=1:2:2", "--accept", names)
        self.assertEqual({row["verdict"] for row in told["rows"]}, {"warning"})
        paper = self.sweep(self.parameters(), "z=1:2:2", "--paper")
        self.assertEqual({row["verdict"] for row in paper["rows"]}, {"refused"})


class Forms(GameTest):
    OVER = "w=1000000:4000000:5,z=1:900000:3"

    def test_json_is_as_documented(self):
        told = self.sweep(self.parameters(), self.OVER)
        self.assertEqual(set(told), self.documented("sweep"))
        page = " ".join(self.prom("help", "game", "sweep")[0].split())
        for row in told["rows"]:
            self.assertEqual(
                list(row), ["values", "verdict", "bound", "findings", "worst", "amount", "group", "gain", "honest", "pays"]
            )
            self.assertIn(row["verdict"], RANK)
        for name in (*told["rows"][0], *told["over"][0]):
            self.assertIn(name, page)

    def test_csv_is_the_same(self):
        told = self.sweep(self.parameters(), self.OVER)["rows"]
        rows = self.sweep_csv(self.parameters(), self.OVER)
        self.assertEqual(len(told), len(rows))
        self.assertEqual(list(rows[0]), ["w", "z", *COLUMNS])
        for row, flat in zip(told, rows):
            expected = {name: str(value) for name, value in row["values"].items()}
            expected |= {"verdict": row["verdict"], "worst": row["worst"] or "", "group": row["group"]}
            expected["bound"] = row["bound"] or ""
            self.assertEqual(flat, flat | expected)
            numbers = {"gain": row["gain"]} | {f"honest_{p}": row["honest"][p] for p in PLAYERS}
            numbers |= {"amount": row["amount"]} if row["amount"] is not None else {}
            for name, number in numbers.items():
                self.assertAlmostEqual(float(flat[name]), number, places=3)
            for player in PLAYERS:
                self.assertEqual(flat[f"pays_{player}"], str(int(row["pays"][player])))

    def test_the_table(self):
        text = self.swept(self.parameters(), self.OVER)
        self.check_width(text)
        lines = text.splitlines()
        self.assertEqual(lines[0].split(), ["w", "z", "verdict", "worst", "amount", "gain", "pays"])
        told = self.sweep(self.parameters(), self.OVER)["rows"]
        for line, row in zip(lines[1:], told):
            cells = line.split()
            pays = "".join(p if row["pays"][p] else "-" for p in PLAYERS)
            expected = [str(row["values"]["w"]), str(row["values"]["z"]), row["verdict"], row["worst"] or "-"]
            self.assertEqual(cells[:3] + cells[-1:], expected[:3] + [pays])
        self.assertEqual(lines[1 + len(told)], "")
        self.assertTrue(lines[2 + len(told)].startswith("15 sets: "))
        counted = [row["verdict"] for row in told]
        for verdict in set(counted):
            self.assertIn(f"{counted.count(verdict)} {verdict}", lines[2 + len(told)])

    def test_what_each_gets_where_there_is_room(self):
        narrow = self.swept(self.parameters(), "n=3:5:3")
        self.check_width(narrow)
        self.assertEqual(narrow.split("\n")[0].split()[-5:], ["C", "W", "V", "A", "pays"])
        self.check_width(self.swept(self.parameters(), "w,v,z"))

    def test_streams(self):
        path = self.file(self.parameters())
        for form in ((), ("--csv",), ("--json",)):
            self.check_streams("game", "sweep", path, "--over", "z", *form)

    def test_progress_on_a_terminal(self):
        path = self.file(self.parameters())
        output, shown = self.on_terminal("game", "sweep", path, "--over", "z=1:900000:400", "--csv")
        self.assertIn(b"sweep", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.assertEqual(output.count(b"\r\n"), 401)
        self.assertNotIn(b"\x1b", output)
        output, shown = self.on_terminal("game", "sweep", path, "--over", "z=1:9:2", "--csv", stream="stdout")
        self.assertEqual(shown, b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
