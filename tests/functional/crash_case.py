"""What the tests of killed parties share: a demo played by tests/tools/crash.c, whose parties die and start again."""

import concurrent.futures
import json
import os

from demo_case import ABSENT, PARTIES, STORIES, DemoTest

CRASH = os.path.join(os.environ["PROM_TOOLS"], "tool.crash")
PLACES = "ba"  # before a commit, after it
AT_ONCE = 2
DEMO_SECONDS = 600  # longer than any demo may take, though its parties are killed all the time

# All parties of a demo are killed: before they sign the tree at every SETUP-th commit; while they sign it once, at one of the
# first SIGNING, since each kill ends an attempt, and there are 16; and from Tx0 on at every LATER-th, or, in half of the
# demos, at every EACH-th; arbiters at every ARBITERS-th. Some can go no faster: nonces are in memory alone, so arbiters would
# never sign a decision, in which all three coordinate; and a verifier that starts writes its question to them before anything
# else.
SETUP, SIGNING, ONCE, LATER, ARBITERS = 16, 64, 1000, 8, 16
EACH = {"C": 1, "W": 1, "V": 3}
PLANS = 2 * LATER * len(PLACES)  # of each story


def kills(story, number):
    """The plans of all parties for one of the demos in which they are killed: {letter: plan}. Those of one story kill each
    party before and after each commit from Tx0 on; until Tx0 all stories are the same, and the demos of all kill at each."""
    place, each, offset = PLACES[number % 2], number // 2 % 2, number // 4
    setup = list(STORIES).index(story) * PLANS // 2 + number // 2
    plans = {}
    for at, letter in enumerate(PARTIES):
        early = f"{1 + (setup + 3 * at) % SETUP}/{SETUP}{place} *{1 + (setup + 8 * at) % SIGNING}/{ONCE}{place}"
        every = ARBITERS if letter not in EACH else EACH[letter] if each else LATER
        plans[letter] = f"{early} +{1 + (offset + LATER * each + 3 * at) % every}/{every}{place}"
    return plans


class CrashTest(DemoTest):
    def play_plans(self, story, plans, folder, *arguments, **environment):
        """A story in which the party of each letter is killed as its plan says ("17b 30a", see crash.c): what the demo
        tells, and the lines of PROM_CRASH_COUNTS, (letter, how, commits, moment)."""
        counts = folder + ".counts"
        environment |= {f"PROM_CRASH_{letter}": plan for letter, plan in plans.items()}
        code, output, errors = self.run_as(
            CRASH, "demo", "--json", "--dir", folder, "--story", story, *self.few_images(), *arguments,
            seconds=DEMO_SECONDS, PROM_CRASH_COUNTS=counts, **environment,
        )  # fmt: skip
        self.assertEqual((code, errors), (0, ""), output)
        with open(counts, encoding="utf-8") as file:
            lines = [(letter, how, int(commits), moment) for letter, how, commits, moment in map(str.split, file)]
        return json.loads(output), lines

    def play(self, story, letters, plan, folder=None, *arguments, **environment):
        """As play_plans, with one plan for the parties of these letters."""
        folder = folder or self.path("-".join([story, *letters.split(), *plan.split()]))
        return self.play_plans(story, dict.fromkeys(letters.split(), plan), folder, *arguments, **environment)

    def play_kills(self, story, number, folder):
        """One of the demos of kills(), which ends as it should: the lines of the lives that were killed."""
        told, lines = self.play_plans(story, kills(story, number), folder)
        self.check_payouts(told)  # the demo has checked the scheme
        died = [line for line in lines if line[1] == "died"]
        self.assertEqual({letter for letter, _, _, _ in died}, set(PARTIES) - ABSENT.get(story, set()))
        return died
