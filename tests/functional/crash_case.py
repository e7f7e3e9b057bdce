"""What the tests of killed parties share: a demo played by tests/tools/crash.c, whose parties die and start again."""

import concurrent.futures
import json
import os

from demo_case import DemoTest

CRASH = os.path.join(os.environ["PROM_TOOLS"], "tool.crash")
PLACES = "ba"  # before a commit, after it
AT_ONCE = 2


class CrashTest(DemoTest):
    def play(self, story, letters, plan, folder=None, *arguments, **environment):
        """A story in which the parties of these letters are killed as `plan` says ("17b 30a", see crash.c): what the demo
        tells, and what the parties' processes told of their ends, (letter, how, commits)."""
        folder = folder or self.path("-".join([story, *letters.split(), *plan.split()]))
        counts = folder + ".counts"
        environment |= {f"PROM_CRASH_{letter}": plan for letter in letters.split()}
        code, output, errors = self.run_as(
            CRASH, "demo", "--json", "--dir", folder, "--story", story, *self.few_images(), *arguments,
            PROM_CRASH_COUNTS=counts, **environment,
        )  # fmt: skip
        self.assertEqual((code, errors), (0, ""), output)
        with open(counts, encoding="utf-8") as file:
            ends = [(letter, how, int(commits)) for letter, how, commits in map(str.split, file)]
        return json.loads(output), ends

    def lives(self, story, letter, plan):
        """Of one party, whose demo ended as it should: (how, commits) of each life."""
        told, ends = self.play(story, letter, plan)
        self.check_payouts(told)
        return [(how, commits) for who, how, commits in ends if who == letter]

    def each_of(self, crashes):
        """Each of them, (story, letters, plan), two at a time: the same scheme, the same payouts."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for crash, played in [(crash, pool.submit(self.play, *crash)) for crash in crashes]:
                with self.subTest(crash=crash):
                    told, ends = played.result()
                    self.check_payouts(told)  # the demo has checked the scheme
                    self.assertIn("died", {how for _, how, _ in ends})
