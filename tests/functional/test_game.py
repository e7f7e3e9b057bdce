"""`prom game solve`: what it says, in text and in JSON, and whether the two and the numbers agree."""

import json
import subprocess
import unittest

from framework import PROM
from game_case import OF_CONTRACT, OF_SETTING, PLAYERS, GameTest

MEMBERS = {
    "findings": {"name", "severity", "meaning", "amount", "group", "gain", "victim", "loss", "scheme", "deviations"},
    "groups": {"players", "arbiters", "gain", "victim", "loss", "scheme", "deviations"},
    "griefs": {"players", "arbiters", "gain", "victim", "loss", "scheme", "deviations", "factor"},
    "choices": {"W", "V", "C", "get"},
    "equilibria": {"pure", "W", "V", "C", "expected"},
    "margins": {"parameter", "now", "change", "value", "risk", "comes"},
    "conditions": {"claim", "form", "factors", "value", "local"},
}  # fmt: skip
SEATS = {"arbiters", "best", "worth", "chance", "chances", "bribe_each", "bribe_promised"}
SECTIONS = (
    "Verdict:", "Weakest point:", "Assumptions", "What each gets", "Findings", "What groups", "The client as its own", "Seats", "Where nobody sees",
    "Griefing", "Least values", "Margins", "Conditions",
)  # fmt: skip


class Shape(GameTest):
    def cases(self):
        """Files, options, and the exit code."""
        yield self.example(), (), 0
        yield self.example(), ("--paper",), 1

    def test_text_fits_the_page(self):
        most = 2**40 - 1
        self.check_width(self.solved(self.parameters(w=most, v=most, a=most, c=most - 1), code=1))
        self.check_width(self.solved(self.parameters(mu=0), code=1))
        for terms, options, code in self.cases():
            text = self.solved(terms, *options, code=code)
            self.check_width(text)
            places = [text.index("\n" + section) for section in SECTIONS]
            self.assertEqual(places, sorted(places))

    def test_json_is_as_documented(self):
        documented = self.documented("solve")
        page = " ".join(self.prom("help", "game", "solve")[0].split())
        for terms, options, code in self.cases():
            told = self.solve(terms, *options, code=code)
            self.assertEqual(set(told), documented)
            for name, members in MEMBERS.items():
                for row in told[name]:
                    self.assertEqual(set(row), members, name)
                for member in members:
                    self.assertIn(member, page)
            self.assertEqual(set(told["seats"]), {"block", "decide", "expected", "cost"})
            for name in ("block", "decide"):
                self.assertEqual(set(told["seats"][name]), SEATS)
            self.assertEqual(set(told["client_as_verifier"]), {"locked", "honest", "promised", "against"})
            for play in told["client_as_verifier"]["against"]:
                self.assertEqual(set(play), MEMBERS["groups"] | {"worker"})
            self.assertEqual(set(told["assumptions"]), {*OF_CONTRACT, *OF_SETTING})
            self.assertEqual(set(told["honest"]), set(PLAYERS))
            self.assertEqual(set(told["checkmate"]), {"weak_immunity", "collusion_resilience", "practicality"})

    def test_both_say_the_same(self):
        for terms, options, code in self.cases():
            told, text = self.solve(terms, *options, code=code), self.solved(terms, *options, code=code)
            flat = " ".join(text.split())
            self.assertIn(f"Weakest point: {told['weakest']}. ", flat)
            for finding in told["findings"]:
                severity = "not valid" if finding["severity"] == "bound" else finding["severity"]
                self.assertIn(f"{severity}: {finding['name']}. {finding['meaning']}", flat)
                if finding["group"] is not None:
                    self.assertIn(f" {abs(finding['gain']):,.0f} sat", flat)
            for name, number in told["assumptions"].items():
                if number["of_setting"]:
                    mark = r" \*" if number["default"] else ""
                    self.assertRegex(text, rf"\n  {name} +{number['value']:,} {number['unit']} +{number['what']}{mark}\n")
            both = told["client_as_verifier"]
            self.assertIn(f"together lock {both['locked']:,} and get {both['honest']:,} when all keep the rules", flat)
            for row in told["conditions"]:
                self.assertIn(f"{row['form']} >= 0".replace(" ", ""), flat.replace(" ", ""))

    def test_streams(self):
        path = self.file(self.parameters(mu=0))  # there is no game then, and little to solve
        self.check_streams("game", "solve", path)
        self.check_streams("game", "solve", path, "--json")


class Refusals(GameTest):
    def test_command_line(self):
        path = self.file(self.example())
        for arguments, says in (
            ((), "say what to do: solve, sweep, "),
            (("slove", path), "(did you mean 'solve'?)"),
            (("solve",), "no file of terms is given"),
            (("solve", path, path), "one argument too many"),
            (("solve", path, "--csv"), "--csv is an option of sweep, not of solve"),
            (("solve", path, "--accept", "lazyverifier"), "(did you mean 'lazy-verifier'?)"),
            (("solve", path, "--accept", ""), "--accept needs a value"),
            (("solve", path, "--accept", "locked,"), "there is no risk ''"),
            (("solve", path, "--accept", "x" * 5000), "there is no risk"),
        ):
            self.fails("game", *arguments, code=2, says=[says])

    def test_files(self):
        for content, says in (
            ("", "is not JSON"), ("{", "is not JSON"), ("[]", "must be an object"), ("{}", "is missing"), ("{\"w\": 1}", "is missing"),
        ):  # fmt: skip
            self.fails("game", "solve", self.file(content), code=2, says=[says])
        self.fails("game", "solve", self.path("none"), code=2, says=["cannot be read"])
        self.fails("game", "solve", self.path("."), code=2)
        for game, says in (
            ({"q": 10001}, "q is 10001, and 0 to 10000 can be"),
            ({"owned": 5}, "owned is 5"),
            ({"zz": 1}, "game: unknown field 'zz'"),
        ):
            self.fails("game", "solve", self.file(self.parameters() | {"game": game}), code=2, says=[says])

    def test_terms_from_a_pipe(self):
        """Told as by a file, in every run."""
        terms = self.example()
        done = subprocess.run([PROM, "game", "solve", "-", "--json"], env=self.environment,
                              input=json.dumps(terms).encode(), capture_output=True, check=True)  # fmt: skip
        self.assertEqual(json.loads(done.stdout), self.solve(terms))


if __name__ == "__main__":
    unittest.main(verbosity=2)
