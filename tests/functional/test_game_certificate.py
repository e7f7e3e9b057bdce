#!/usr/bin/env python3
"""`prom game certificate` and `prom game verify`: what a certificate says is so, and what is changed in one is found.

Of what can be changed some are tried, in an order that is always the same; with PROM_GAMES set all are.
"""

import copy
import glob
import hashlib
import json
import os
import random
import re
import struct
import unittest
import xml.etree.ElementTree

import contract_case
import framework

SVG = "{http://www.w3.org/2000/svg}"
EXAMPLES = sorted(glob.glob(os.path.join(framework.SOURCE, "examples", "contracts", "*.json")))
BEGINS = 900000
SOMEBODYS_F = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
HEADINGS = ("You can lose at most", "The cheapest attack", "To collude they need", "True as long as", "Not covered")
# docs/game.md, section 9: name, struct format; in the order of the hash.
P_FIELDS = (
    *((name, "Q") for name in "wva"),
    ("n", "B"),
    ("F", "32s"),
    *((name, "H") for name in ("alpha", "beta", "gamma", "delta", "epsilon", "mu", "sigma", "varsigma")),
    *((f"t{i}", "H") for i in range(1, 6)),
)
WHOLE_FIELDS = (("c", "Q"), ("retainer", "Q"), ("feerate", "I"), ("items", "I"), ("samples", "B"))
SETTING_FIELDS = (
    *((name, "Q") for name in ("z", "y", "arbitration", "check", "benefit", "price")),
    *((name, "I") for name in ("interest", "q", "known", "rolls", "audit", "compute", "verify")),
    *((name, "I") for name in ("pool", "owned", "future")),
)
SIZES = ("tx0_client", "tx0_worker", "tx0_verifier")
SIZES += ("Tx1", "Tx3", "Tx4", "TxV0", "Tx5", "TxA", "Tx6", "Tx7", "Tx8", "payout")
SIZE_FIELDS = tuple((name, "I") for name in SIZES)
PARAMETERS = [name for name, _ in P_FIELDS if name not in ("F", "t5")]
PARAMETERS += ["c", "retainer", "feerate", "items", *(name for name, _ in SETTING_FIELDS)]


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def example(name="small"):
    return read(os.path.join(framework.SOURCE, "examples", "contracts", f"{name}.json"))


def audited(terms):
    """The same with an audit window, in which the client checks every other result."""
    return terms | {"game": terms["game"] | {"audit": 144, "q": 5000}}


def leaves(value, place=()):
    """(where it stands, itself) of everything that is no object and no list."""
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*place, key))
    else:
        yield place, value


def changed(value, place, new):
    """A copy with another leaf there."""
    copied = copy.deepcopy(value)
    at = copied
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = new
    return copied


def some(choices, count):
    """So many of the choices, always the same ones; with PROM_GAMES set all."""
    choices = list(choices)
    return choices if "PROM_GAMES" in os.environ else random.Random(1).sample(choices, min(count, len(choices)))


def other_value(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.001
    return 1 if value is None else value + "x"


class CertificateTest(contract_case.ContractTest):
    made = {}  # of the same terms it is always the same: see test_every_example, where pages are those in examples/

    def make(self, terms, code, option):
        key = json.dumps(terms), option
        if key not in self.made:
            self.made[key] = self.prom("game", "certificate", self.file(terms), option, code=code)[0]
        return self.made[key]

    def certificate(self, terms, code=0):
        return json.loads(self.make(terms, code, "--json"))

    def page(self, terms, code=0):
        return self.make(terms, code, "--svg")

    def verify(self, certificate, *file, code=0, says=(), name="certificate"):
        text = certificate if isinstance(certificate, str) else json.dumps(certificate)
        path = self.write(name, text)
        if code != 0:
            return self.wrong(path, *file, code=code, says=says)
        return self.prom("game", "verify", path, *file)

    def wrong(self, path, *file, code, says):
        errors = self.fails("game", "verify", path, *file, code=code, says=says)
        self.assertEqual("the certificate is not valid: " in errors, code == 1)
        return errors


class Says(CertificateTest):
    def test_every_example(self):
        for path in EXAMPLES:
            terms = read(path)
            with self.subTest(path):
                certificate, page = self.certificate(terms), self.page(terms)
                self.verify(page, path)
                with open(path.replace(".json", ".svg"), encoding="utf-8") as file:
                    self.assertEqual(file.read(), page, f"run prom game certificate {path} --svg > {path[:-4]}svg")
                self.check_page(certificate, page)
        for path in some(EXAMPLES, 1):
            with self.subTest(path):
                certificate = self.certificate(read(path))
                self.verify(certificate)
                self.verify(certificate, path)
                self.check_text(certificate, self.prom("game", "certificate", path)[0])

    def check_text(self, certificate, text):
        flat = " ".join(text.split())
        for heading in (*HEADINGS, certificate["inputs_hash"], certificate["meaning"].split(".")[0]):
            self.assertIn(" ".join(heading.split()), flat)
        for line in certificate["lines"].values():
            for sentence in line:
                self.assertIn(" ".join(sentence.split()), flat)
        for step in certificate["story"]:
            self.assertIn(f"{step['height']:,} {step['text']}", flat)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)

    def check_page(self, certificate, page):
        root = xml.etree.ElementTree.fromstring(page)
        self.assertEqual(json.loads(root.find(f"{SVG}metadata").text), certificate)
        width, height = int(root.get("width")), int(root.get("height"))
        texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
        flat = " ".join(texts)
        for sentence in [*sum(certificate["lines"].values(), []), *(step["text"] for step in certificate["story"])]:
            for word in sentence.split():
                self.assertIn(word, flat)
        for text in root.iter(f"{SVG}text"):
            if text.get("class") in ("said", "heading", "height"):
                self.assertLess(int(text.get("x")) + len("".join(text.itertext())) * 6.6, width)
                self.assertLess(int(text.get("y")), height)
        self.assertIn("The game of a contract", texts)
        self.assertTrue(any(path.get("class") == "attack" for path in root.iter(f"{SVG}path")))

    def test_hash_of_the_inputs(self):
        """Computed here a second time, from the layout that docs/game.md gives."""
        genesis = {"main": "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
                   "regtest": "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"}
        for terms in (*map(read, EXAMPLES), self.example()):
            inputs = self.certificate(terms)["inputs"]
            tag = hashlib.sha256(b"prometheus/game-inputs").digest()
            data = tag + tag + b"\0" + bytes.fromhex(genesis[inputs["network"]])[::-1]
            for values, fields in ((inputs["P"], P_FIELDS), (inputs, WHOLE_FIELDS), (inputs["setting"], SETTING_FIELDS),
                                   (inputs["sizes"], SIZE_FIELDS)):
                for name, form in fields:
                    value = bytes.fromhex(values[name]) if form == "32s" else values[name]
                    data += struct.pack(">" + form, value)
            self.assertEqual(hashlib.sha256(data).hexdigest(), self.certificate(terms)["inputs_hash"])

    def test_losses(self):
        for path in EXAMPLES:
            terms = read(path)
            told = {loss["party"]: loss for loss in self.certificate(terms)["losses"]}
            client = terms["c"] + terms["n"] * terms["retainer"]
            share_v = terms["c"] - terms["sigma"] * terms["c"] // 10000
            self.assertEqual(told["C"]["keeping_the_rules"], client)
            self.assertTrue(told["C"]["without_a_right_result"])
            self.assertEqual(told["C+V"]["keeping_the_rules"], client - share_v)  # which it pays to itself
            deposits = {"C": client, "C+V": client + terms["v"]} | {party: terms[party.lower()] for party in "WVA"}
            for party, deposit in deposits.items():
                self.assertEqual((told[party]["deposit"], told[party]["worst"]), (deposit, deposit))
            for party in "WVA":
                self.assertEqual(told[party]["keeping_the_rules"], 0)
            for loss in self.explain(terms)["losses"]:
                self.assertEqual(loss["worst"], told[loss["party"]]["worst"])

    def test_client_as_its_own_verifier(self):
        """It pays for nothing that does not pass its check, and the worker loses nothing by it: see docs/protocol.md."""
        for path in EXAMPLES:
            terms = read(path)
            first, *_, default, _ = self.certificate(terms)["lines"]["lose"]
            share_w = terms["sigma"] * terms["c"] // 10000
            retainers = terms["n"] * terms["retainer"]
            self.assertIn(f"if you are your own verifier: {share_w + retainers:,} sat for a result that passes", first)
            self.assertIn(f"passes your check, {retainers:,} sat where you have none", first)
            self.assertIn(f"somebody else: {terms['c'] + retainers:,} sat, and get no right result for it", first)
            self.assertIn(f"its part of the reward, {terms['w'] + share_w:,} sat, whatever client and verifier do", default)

    def test_audit_window_takes_a_bond(self):
        """Which the client deposits besides; its verifier is somebody else then."""
        terms = example()
        found = self.certificate(audited(terms), code=1)
        deposit = terms["c"] + terms["n"] * terms["retainer"] + terms["w"] * terms["epsilon"] // 10000
        told = {loss["party"]: loss["deposit"] for loss in found["losses"]}
        self.assertEqual(told, {"C": deposit, "W": terms["w"], "V": terms["v"], "A": terms["a"]})
        self.assertIn(f"The client locks {deposit:,} sat, the worker", found["story"][0]["text"])
        self.assertNotIn("your own verifier", found["lines"]["lose"][0])
        who = found["attack"]["who"]
        seats = re.search(r"(\d)A", who)
        locks = sum(told[name] for name in "CWV" if name in who) + terms["a"] * (int(seats.group(1)) if seats else 0)
        self.assertEqual(found["attack"]["locks"], locks)

    def test_verdict_names_its_exception(self):
        terms = example()
        exception = "but a client whose worker and verifier are one person pays for garbage"
        found = self.certificate(terms)
        self.assertIn("worker-is-verifier", [finding["name"] for finding in found["findings"]])
        self.assertIn(exception, found["meaning"])
        found = self.certificate(audited(terms), code=1)
        self.assertNotIn("worker-is-verifier", [finding["name"] for finding in found["findings"]])
        self.assertNotIn(exception, found["meaning"])

    def test_findings_are_those_of_explain(self):
        for path in EXAMPLES:
            terms = read(path)
            told = self.explain(terms)["game"] if "game" in self.explain(terms) else self.explain(terms)["verdict"]
            self.assertEqual(self.certificate(terms)["findings"], told["findings"])

    def test_story_has_the_heights_of_the_deadlines(self):
        terms = example()
        found = self.certificate(terms)
        heights = [step["height"] for step in found["story"]]
        self.assertEqual(heights[0], BEGINS)
        self.assertEqual(heights, sorted(heights))
        self.assertEqual(heights[-1], BEGINS + found["attack"]["blocks"])
        # Stalling pays where epsilon is small: an accusation, an appeal, no decision.
        terms = terms | {"epsilon": 600}
        found = self.certificate(terms, code=1)
        self.assertEqual(found["verdict"], "bound")
        steps = {name: step for step in found["story"] for name in ("TxV0", "TxA", "#5") if name in step["text"]}
        accusation = BEGINS + terms["t1"] + 2  # tip t1 + 1 is the first at which V may publish
        appeal = accusation + 1
        self.assertEqual(steps["TxV0"]["height"], accusation)
        self.assertIn(f"blocks {accusation:,} to {BEGINS + terms['t2'] - 6:,} are the time", steps["TxV0"]["text"])
        self.assertEqual(steps["TxA"]["height"], appeal)
        last = accusation + terms["t2"] - terms["t1"] - 6
        self.assertIn(f"blocks {appeal:,} to {last:,} are the time", steps["TxA"]["text"])
        self.assertEqual(steps["#5"]["height"], appeal + terms["t4"])
        self.assertEqual(found["attack"]["blocks"], appeal + terms["t4"] - BEGINS)

    def test_story_of_nothing(self):
        """Where nothing is delivered there is nothing that the client could look at, or that could be wrong."""
        terms = example()
        found = self.prom_json_any("game", "certificate", self.file(terms | {"game": terms["game"] | {"known": 5}}))
        told = " ".join(step["text"] for step in found["story"])
        self.assertIn("The worker computes nothing, delivers nothing", told)
        self.assertIn("The client has no result.", told)
        self.assertNotRegex(told, "check|wrong|knew")

    def test_margins_are_exact(self):
        """At the number that is named a finding comes or goes; one nearer nothing does."""
        terms = example()
        margins = {margin["parameter"]: margin for margin in self.certificate(terms)["margins"]}
        before = {finding["name"] for finding in self.certificate(terms)["findings"]}
        self.assertEqual(sorted(margins), sorted(PARAMETERS))
        for name in some(("benefit", "z", "y", "pool", "c", "sigma", "t2"), 1):
            margin = margins[name]
            of_setting = name in terms["game"]
            now = terms["game"][name] if of_setting else terms[name]
            self.assertEqual(margin["now"], now)
            self.assertAlmostEqual(margin["change"], margin["value"] / now - 1, places=6)
            nearer = margin["value"] + (1 if margin["value"] < now else -1)
            for value, flips in ((margin["value"], True), (nearer, False)):
                varied = terms | ({"game": terms["game"] | {name: value}} if of_setting else {name: value})
                if not of_setting:  # F follows P, as it is nobody's
                    varied["F"] = self.nobodys(varied)
                found = self.prom_json_any("game", "certificate", self.file(varied))
                after = {finding["name"] for finding in found["findings"]}
                with self.subTest(name=name, value=value):
                    self.assertEqual((margin["risk"] in before) != (margin["risk"] in after), flips)
                    self.assertEqual(after != before, flips)

    def prom_json_any(self, *arguments):
        process = self.start(*arguments, "--json")
        output = process.communicate(timeout=framework.COMMAND_SECONDS)[0]
        self.assertIn(process.returncode, (0, 1))
        return json.loads(output)

    def nobodys(self, terms):
        path = self.file(terms | {"F": SOMEBODYS_F})
        return self.prom_json_any("contract", "explain", path, "--accept", "fund-owned").get("nobodys_fund", terms["F"])

    def test_what_is_refused_has_a_certificate(self):
        terms = example()
        for changes, verdict, word in (
            ({"epsilon": 600}, "bound", "NOT VALID"),
            ({"game": terms["game"] | {"pool": 30, "owned": 10}}, "refused", "NOT SAFE"),
        ):
            refused = terms | changes
            found = self.certificate(refused, code=1)
            self.assertEqual(found["verdict"], verdict)
            self.verify(found)
            page = self.page(refused, code=1)
            self.verify(page)
            self.assertIn(f">{word}<", page)

    def test_fund_of_somebody_is_said(self):
        terms = example() | {"F": SOMEBODYS_F}
        found = self.prom_json_any("game", "certificate", self.file(terms))
        says = "common fund F is not the key that nobody has"
        self.assertTrue(any(says in text for text in found["lines"]["collude"]))
        self.verify(found)


class Changed(CertificateTest):
    def test_every_leaf(self):
        """Whatever number is changed, or text, it is not valid; but who wrote it says nothing of what is in it."""
        certificate = self.certificate(example())
        for place, value in [(("program",), certificate["program"]), *some(leaves(certificate), 60)]:
            text = json.dumps(changed(certificate, place, other_value(value)))
            path = self.write("changed.json", text)
            process = self.start("game", "verify", path)
            errors = process.communicate(timeout=framework.COMMAND_SECONDS)[1].decode()
            with self.subTest(place=place, errors=errors):
                if place == ("program",):
                    self.assertEqual(process.returncode, 0)
                else:
                    self.assertIn(process.returncode, (1, 2))

    def test_names_the_place_and_both_values(self):
        certificate = self.certificate(example())
        gain = certificate["attack"]["gain"]
        self.verify(changed(certificate, ("attack", "gain"), gain + 5), code=1,
                    says=(f"attack.gain is {gain + 5} there, and {gain} here",))
        self.verify(changed(certificate, ("losses", 1, "worst"), 1), code=1, says=("losses[1].worst is 1 there",))
        self.verify(changed(certificate, ("verdict",), "safe"), code=1, says=('verdict is "safe" there',))
        self.verify(changed(certificate, ("inputs", "P", "w"), certificate["inputs"]["P"]["w"] + 1), code=1,
                    says=(f"inputs_hash is {certificate['inputs_hash']} there",))
        self.verify(certificate | {"more": 1}, code=1, says=("more is 1 there, and nothing here",))

    def test_margins(self):
        certificate = self.certificate(example())
        margins = certificate["margins"]
        place = next(i for i, margin in enumerate(margins) if margin["parameter"] == "a")  # of P: it is in no sentence
        value, now = margins[place]["value"], margins[place]["now"]
        for new, says in ((value - 1, "is said to be the first that changes the verdict"),
                          (value + 1, "is said to change the verdict, and does not")):
            moved = margins[place] | {"value": new, "change": new / now - 1}
            self.verify(changed(certificate, ("margins", place), moved), code=1, says=(f"a = {new} {says}",))
            self.verify(changed(certificate, ("margins", place, "value"), new), code=1,
                        says=(f"margins[{place}].change is ",))
        moved = margins[place] | {"risk": "locked"}
        self.verify(changed(certificate, ("margins", place), moved), code=1, says=("'locked' is said to come",))
        moved = margins[place] | {"comes": False}
        self.verify(changed(certificate, ("margins", place), moved), code=1,
                    says=("'bound' is said to go, and 'bound' does come",))
        none = copy.deepcopy(certificate)
        none["margins"][place] |= {name: None for name in ("value", "change", "risk", "comes")}
        none["margins"].sort(key=lambda margin: (margin["change"] is None, abs(margin["change"] or 0),
                                                 PARAMETERS.index(margin["parameter"])))
        self.verify(none, code=1, says=("a is said to have no margin, and with 200000 already 'bound' comes",))
        self.verify(changed(certificate, ("margins", 3), margins[4]), code=1, says=("margins[4] is of ",))
        swapped = copy.deepcopy(certificate)
        swapped["margins"][2:4] = margins[3], margins[2]
        self.verify(swapped, code=1, says=("margins[3] is smaller than the one before",))

    def test_parts_are_missing(self):
        certificate = self.certificate(example())
        for name in certificate:
            left = {key: value for key, value in certificate.items() if key != name}
            code = 2 if name in ("certificate", "program", "inputs") else 1
            self.verify(left, code=code, says=(certificate["inputs_hash"],) if name == "inputs_hash" else ())
        self.verify(certificate | {"margins": certificate["margins"][1:]}, code=1, says=("'margins' has 35 entries",))

    def test_another_contract(self):
        certificate = self.certificate(example())
        self.verify(certificate, self.write("other.json", json.dumps(example() | {"retainer": 1501})), code=1,
                    says=("it is about another contract: retainer is 1500 there, and 1501 here",))
        self.verify(certificate, self.write("other.json", json.dumps(example() | {"comment": "another"})))
        self.verify(certificate, self.path("nothing.json"), code=2)

    def test_how_it_is_written_does_not_matter(self):
        certificate = self.certificate(example())
        self.verify(json.dumps(certificate, sort_keys=True, indent=7))
        self.verify("\n\t " + json.dumps(certificate, separators=(",", ":")) + "\n")

    def test_other_programs(self):
        certificate = self.certificate(example()) | {"program": "9.9.9"}
        self.verify(certificate)
        self.verify(changed(certificate, ("attack", "gain"), 1), code=1, says=("made by prom 9.9.9, and this is ",))
        for program in ("", 7, "x" * 33, "1\n2", None):
            self.verify(certificate | {"program": program}, code=2, says=("is no certificate",))
        self.verify(certificate | {"certificate": 2}, code=2, says=("of form 2, and this program knows form 1",))

    def test_page(self):
        terms = example()
        page = self.page(terms)
        gain = re.search(r"gains ([0-9,]+) sat more", page).group(1)
        lied = page.replace(f"gains {gain} sat more", "gains 1 sat more")
        self.assertNotEqual(lied, page)
        self.verify(lied, code=1)
        shown = page[page.index("</metadata>"):]
        metadata = page[: page.index("</metadata>")]
        for old, new in (("SAFE, WITH WARNINGS", "SAFE"), (f"gains {gain} sat", "gains 1 sat"), ("+1,500", "+1,501"),
                         ("class=\"attack\"", "class=\"other\""), ("</svg>", "<script/></svg>"), ("</svg>\n", "</svg>\n ")):
            self.assertIn(old, shown)
            errors = self.verify(metadata + shown.replace(old, new, 1), code=1, says=("of the page is '",))
            self.assertRegex(errors, r"line \d+ of the page is '")
        self.verify(page.replace("<metadata>", "<metadaten>"), code=2, says=("has no <metadata>",))

    def test_paper_has_none(self):
        certificate = self.certificate(example())
        paper = changed(certificate, ("inputs", "rules"), "paper")
        self.verify(paper, code=1)


class Hostile(CertificateTest):
    """Nobody's bytes make it fail in another way than by saying so."""

    def judge(self, content, name="hostile"):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content)
        process = self.start("game", "verify", path)
        output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertIn(process.returncode, (0, 1, 2), errors)
        self.assertEqual(errors.startswith(b"prom: "), process.returncode != 0)
        self.assertTrue(errors.isascii())
        return process.returncode

    def test_cut(self):
        for whole in (json.dumps(self.certificate(example())), self.page(example())):
            whole = whole.encode()
            cuts = [0, 1, 2, *range(len(whole) // 20, len(whole) - 1, len(whole) // 20)]
            for at in [*some(cuts, 5), len(whole) - 2]:
                self.assertNotEqual(self.judge(whole[:at]), 0, at)

    def test_garbage(self):
        invent = random.Random(1)
        whole = json.dumps(self.certificate(example())).encode()
        for _ in some(range(25), 10):
            self.assertEqual(self.judge(invent.randbytes(invent.randrange(1, 3000))), 2)
        for _ in some(range(40), 10):
            at = invent.randrange(len(whole))
            broken = bytearray(whole)
            broken[at] ^= 1 << invent.randrange(8)
            self.judge(bytes(broken))
        for content in (b"[" * 5000, b"{\"a\":" * 3000, b"null", b"[]", b"7", b"\"x\"", b"{}", b"<", b"<svg>", b"<metadata>",
                        b"<metadata></metadata>", b"<metadata>{}</metadata>", b"<metadata>&amp;</metadata>",
                        b"</metadata><metadata>", b"\0", b" " * 100, b"{\"certificate\":1,\"certificate\":1}",
                        b"{\"certificate\":1e400}", b"{\"certificate\":99999999999999999999}"):
            self.assertEqual(self.judge(content), 2, content[:40])

    def test_large(self):
        self.assertEqual(self.judge(b" " * (1 << 20) + b"{}"), 2)
        self.fails("game", "verify", self.path("hostile"), code=2, says=("is larger than",))
        self.fails("game", "verify", self.path("nothing"), code=2)

    def test_margin_beyond_all_numbers(self):
        certificate = self.certificate(example())
        last = next(i for i, margin in reversed(list(enumerate(certificate["margins"]))) if margin["value"] is not None)
        for value in ((1 << 53) + 1, (1 << 63) - 1):
            self.verify(changed(certificate, ("margins", last, "value"), value), code=1,
                        says=(f"margins[{last}]: it has no value",))

    def test_wrong_kinds(self):
        """Another kind of value in place of any object, list or leaf."""
        certificate = self.certificate(example())
        places = [(name,) for name in certificate] + [("inputs", name) for name in certificate["inputs"]]
        places += [("inputs", group, name) for group in ("P", "setting", "sizes") for name in certificate["inputs"][group]]
        places += [("margins", 0), ("margins", 0, "value"), ("margins", 0, "parameter"), ("margins", 0, "comes"), ("story", 0)]
        kinds = (None, True, -1, 1.5, 10**18, "", "x", [], {}, [1], {"x": 1})
        for i, place in some(enumerate(places), 20):
            for j in range(2):  # all kinds at any six places in a row
                value = kinds[(2 * i + j) % len(kinds)]
                at = certificate
                for key in place:
                    at = at[key]
                if at == value and isinstance(at, bool) == isinstance(value, bool) or place == ("program",) and value == "x":
                    continue
                with self.subTest(place=place, value=value):
                    self.assertNotEqual(self.judge(json.dumps(changed(certificate, place, value)).encode()), 0)


if __name__ == "__main__":
    unittest.main()
