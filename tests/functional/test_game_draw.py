#!/usr/bin/env python3
"""`prom game draw`: the picture is XML, nothing lies on anything else or beyond the page, and each ending pays what
`prom contract explain` says."""

import glob
import json
import os
import re
import unittest
import xml.etree.ElementTree

import contract_case
import framework

SVG = "{http://www.w3.org/2000/svg}"
EXAMPLES = sorted(glob.glob(os.path.join(framework.SOURCE, "examples", "contracts", "*.json")))
LETTER = 6.3  # pixels of a letter of what is done, on the average
NAMES = ("C", "W", "V", "A")
SOLVED = ("small.json", "paper", "audit")  # by make check; with PROM_GAMES set all are


def example(name="small"):
    with open(os.path.join(framework.SOURCE, "examples", "contracts", f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def number(text):
    return int(text.replace(",", "").replace("+", ""))


def shown(element):
    return "".join(element.itertext())


class Ending:
    def __init__(self, group):
        texts = list(group.iter(f"{SVG}text"))
        self.y = int(texts[0].get("y"))
        self.name = shown(texts[0])
        self.note = shown(texts[1])
        found = re.match(r"#(\d+) ", self.name)
        self.scheme = int(found.group(1)) if found else 0
        of_class = lambda name: [text for text in texts if name in text.get("class").split()]
        self.worth = [number(shown(text)) for text in of_class("worth")]
        self.money = [number(shown(text)) for text in of_class("money")]
        self.colours = [text.get("class") for text in of_class("worth")]


class Picture(contract_case.ContractTest):
    def draw(self, terms, *options):
        path = self.write("terms.json", json.dumps(terms))
        return xml.etree.ElementTree.fromstring(self.prom("game", "draw", path, *options)[0])

    def endings(self, root):
        return [Ending(group) for group in root.iter(f"{SVG}g") if group.get("class") == "ending"]

    def everything(self):
        """Pictures of many kinds: the examples, all endings of the audit window, large and small numbers, the paper."""
        for path in EXAMPLES:
            with open(path, encoding="utf-8") as file:
                yield os.path.basename(path), json.load(file), ()
        terms = example()
        yield "paper", terms, ("--paper",)
        yield "audit", terms | {"game": terms["game"] | {"audit": 144, "q": 5000}}, ()
        yield "known", terms | {"game": terms["game"] | {"known": 3, "q": 1000}}, ()
        yield "whole", terms | {"varsigma": 10000}, ()
        yield "one of three", terms | {"mu": 10000, "epsilon": 9000}, ()
        yield "regtest", self.example(9), ()
        large = {name: 2**40 - less for name, less in (("w", 3), ("v", 2), ("a", 1), ("c", 2**39))}
        yield "large", terms | large, ()

    def test_pays_what_explain_says(self):
        for path in EXAMPLES:
            with open(path, encoding="utf-8") as file:
                terms = json.load(file)
            told = self.explain(terms)
            n = terms["n"]
            deposits = {"C": terms["c"] + n * terms["retainer"], "W": terms["w"], "V": terms["v"], "A": terms["a"]}
            payouts = {(scheme["id"], scheme["m"]): scheme["payouts"] for scheme in told["schemes"]}
            endings = self.endings(self.draw(terms))
            self.assertGreater(len(endings), 12)
            self.assertEqual({ending.scheme for ending in endings}, set(range(1, 8)))
            for ending in endings:
                with self.subTest(file=path, ending=ending.name):
                    row = payouts[ending.scheme, n if ending.scheme in (6, 7) else None]
                    each = dict(zip(NAMES, (row["C"], row["W"], row["V"], row["A_plus"])))
                    self.assertEqual(ending.money, [each[name] - deposits[name] for name in NAMES])
                    C, W, V, A = ending.money
                    self.assertEqual(C + W + V + n * A + row["F"], 0)

    def test_worth_of_honest_play(self):
        """The first row is what all get who keep the rules, as `prom game solve` has it."""
        for path in EXAMPLES:
            with open(path, encoding="utf-8") as file:
                terms = json.load(file)
            solved = self.prom_json("game", "solve", path)
            first = self.endings(self.draw(terms))[0]
            self.assertEqual(first.scheme, 3)
            self.assertTrue(first.note.startswith("right result, after "))
            for name, worth in zip(NAMES, first.worth):
                self.assertLessEqual(abs(solved["honest"][name]["result"] - worth), 0.501, (path, name))

    def test_what_honest_players_do_is_thick(self):
        for name, terms, options in self.everything():
            root = self.draw(terms, *options)
            first = self.endings(root)[0]
            ways = [path for path in root.iter(f"{SVG}path") if path.get("class") == "rules"]
            ends = [way for way in ways if way.get("marker-end")]
            with self.subTest(name):
                self.assertGreaterEqual(len(ends), 1)
                self.assertIn(f"V{first.y + 3}H", ends[-1].get("d"))
                discs = [disc for disc in root.iter(f"{SVG}circle") if disc.get("class") == "rules"]
                self.assertGreaterEqual(len(discs), 2)
                self.assertEqual({int(disc.get("cy")) for disc in discs}, {first.y + 3})

    def first_equilibrium(self, *options):
        process = self.start("game", "solve", self.path("terms.json"), *options, "--json")
        return json.loads(process.communicate(timeout=framework.COMMAND_SECONDS)[0])["equilibria"][0]

    def test_what_players_do_for_themselves_is_marked(self):
        """One way leads from the first disc to an ending, which is worth what the first equilibrium is, where nobody
        draws what to do."""
        for name, terms, options in self.everything():
            root = self.draw(terms, *options)
            ways = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("class") == "play"]
            ends = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("class") == "play" and path.get("marker-end")]
            with self.subTest(name):
                self.assertEqual(len(ends), 1)
                self.assertEqual(ways[-2], ends[0])  # the last one stands in the legend
                row = int(re.search(r"V(\d+)H", ends[0]).group(1))
                reached = [ending for ending in self.endings(root) if abs(ending.y + 3 - row) < 6]
                self.assertEqual(len(reached), 1)
                if name in SOLVED or "PROM_GAMES" in os.environ:
                    solved = self.first_equilibrium(*options)
                    if not solved["pure"] or terms.get("game", {}).get("q"):
                        continue
                    worth = dict(zip(NAMES, reached[0].worth))
                    for player in "WVC":
                        self.assertLessEqual(abs(worth[player] - solved["expected"][player]), 0.501)

    def test_equilibrium_is_no_check(self):
        """Where nobody can punish it, the worker delivers garbage, and the verifier signs without looking."""
        endings = self.prom_json("game", "draw", self.write("terms.json", json.dumps(example())))["endings"]
        reached = [ending for ending in endings if ending["equilibrium"]]
        self.assertEqual([(ending["scheme"], ending["result"]) for ending in reached], [(3, "wrong result")])
        self.assertFalse(reached[0]["by_rules"])

    def test_verifier_sees_no_difference(self):
        """Where the verifier decides whether to look, good packages and garbage are joined by one number."""
        root = self.draw(example())
        rings = [ring for ring in root.iter(f"{SVG}circle") if ring.get("class") == "same"]
        numbers = [shown(text) for text in root.iter(f"{SVG}text") if text.get("class") == "set"]
        self.assertEqual(len(rings), len(numbers) + 1)  # one more stands in the legend
        self.assertGreaterEqual(numbers.count("1"), 2)
        self.assertGreaterEqual(numbers.count("2"), 2)

    def test_says_what_pays_more(self):
        terms = example()
        root = self.draw(terms)
        gains = [shown(text) for text in root.iter(f"{SVG}text") if text.get("class") == "gains"]
        self.assertIn(f"pays {terms['game']['y']:,} more", gains)  # to sign without looking

    def test_audit_window_has_its_endings(self):
        terms = example()
        ends = self.endings(self.draw(terms | {"game": terms["game"] | {"audit": 144, "q": 5000}}))
        self.assertTrue({8, 9, 10, 11} <= {ending.scheme for ending in ends})

    def test_paper(self):
        root = self.draw(example(), "--paper")
        ends = self.endings(root)
        self.assertIn("locked for ever", [ending.name for ending in ends])
        terms = example()
        for ending in ends:
            if ending.scheme == 0:
                stakes = [-terms[name] for name in ("c", "w", "v")]
                self.assertEqual(ending.money[:3], stakes)
        texts = [shown(text) for text in root.iter(f"{SVG}text")]
        self.assertIn("The game of the paper, as it is written", texts)
        self.assertFalse(any("retainer" in text for text in texts if text.startswith("What each may do")))
        self.assertTrue(any(text.startswith("withholds") or "signs for itself Tx5" in text for text in texts))

    def test_colours(self):
        for name, terms, options in self.everything():
            for ending in self.endings(self.draw(terms, *options)):
                for worth, colour in zip(ending.worth, ending.colours):
                    self.assertEqual(colour, "worth" + (" up" if worth > 0 else " down" if worth < 0 else ""), name)

    def test_nothing_lies_on_anything_else(self):
        for name, terms, options in self.everything():
            with self.subTest(name):
                self.check_places(self.draw(terms, *options))

    def check_places(self, root):
        width, height = (int(root.get(name)) for name in ("width", "height"))
        self.assertLessEqual(height, 1800)
        endings = self.endings(root)
        self.assertLessEqual(len(endings), 32)
        rows = [ending.y for ending in endings]
        self.assertEqual(rows, sorted(rows))
        for above, below in zip(rows, rows[1:]):
            self.assertGreaterEqual(below - above, 34)
        for text in root.iter(f"{SVG}text"):
            x, y = int(text.get("x")), int(text.get("y"))
            self.assertTrue(0 < x < width and 0 < y < height, shown(text))
        self.check_amounts(root)
        self.check_words(root, width)

    def check_amounts(self, root):
        """Amounts end at their column's edge, and do not reach the one before."""
        ends = sorted({int(text.get("x")) for text in root.iter(f"{SVG}text") if text.get("class") == "money"})
        room = min(second - first for first, second in zip(ends, ends[1:]))
        for text in root.iter(f"{SVG}text"):
            if (text.get("class") or "").startswith("worth"):
                self.assertLessEqual(len(shown(text)) * 7.8, room)

    def check_words(self, root, width):
        """What is done stands between the line where ways part and the next disc."""
        discs = sorted({int(disc.get("cx")) for disc in root.iter(f"{SVG}circle") if disc.get("cy") is not None})
        lines = {}
        for text in root.iter(f"{SVG}text"):
            if text.get("class") in (None, "gains"):
                lines.setdefault((int(text.get("x")), int(text.get("y"))), []).append(shown(text))
        for (x, y), texts in lines.items():
            self.assertEqual(len(texts), 1, texts)
            following = [disc for disc in discs if disc > x]
            if following and len(texts[0]) * LETTER > min(following) - 13 - x:
                beside = [disc for disc in root.iter(f"{SVG}circle")
                          if int(disc.get("cx")) == min(following) and abs(int(disc.get("cy")) - y - 6) < 13]
                self.assertEqual(beside, [], texts)

    def test_failures(self):
        self.fails("game", "draw", self.path("nothing.json"), code=2)
        self.fails("game", "draw", self.write("terms.json", "{"), code=2)


if __name__ == "__main__":
    unittest.main()
