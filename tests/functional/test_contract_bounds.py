"""Contracts that `prom contract` refuses, and files that are no terms at all."""

import copy
import json
import unittest

from contract_case import NO_KEY, PARAMETERS, ContractTest

OPTIONAL = ("comment", "network", "retainer", "draw_height", "frost_revision", "dkg_revision", "flags", "offer_key")


class Bounds(ContractTest):
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
        for number in (0, 4, 99, 65535):
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
                    self.refuses(self.parameters(**{name: value}), f"{name} is {value}, and 0 to {most - 1} can be written")

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
