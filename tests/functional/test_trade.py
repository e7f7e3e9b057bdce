"""Nodes that ask each other what a job would cost: two processes on a chain of their own, and what the owner of the asked
one takes."""

import re
import time
import unittest
import urllib.request

from contract import ContractTest, p2tr, tool
from framework import free_port, wait_until
from trade_case import SECONDS, Node

FEE = 1000
JOB = {"scheme": 2, "program_bytes": 100000, "input_bytes": 8000, "package_bytes": 200000, "macs": 2000000,
       "effort": 1000000, "memory": 50000000, "items": 10}  # fmt: skip


class Trade(ContractTest):
    def setUp(self):
        super().setUp()
        coin, value = self.coins("funder", 1)[0]
        script = tool("p")[0]
        self.p = self.confirm(self.pay(2, f"in:{coin}", f"out:0:{script}", f"out:{value - FEE}:{p2tr('change')}"))
        self.seller = Node(self, 1, roles="worker verifier", page_port=free_port()).start()
        self.rpc("generatetoaddress", 4, self.seller.call("wallet.address")["address"])
        self.mine(100)
        self.assertTrue(wait_until(self.seller.ready, SECONDS))
        self.key = self.seller.call("node.info")["key"]
        self.buyer = Node(self, 0).start()

    def ask(self, asking=None, **changes):
        """Asks the seller; returns what names the answer."""
        asked = {"node": self.key, "address": self.seller.socket, "p": self.p, **JOB, **changes}
        return (asking or self.buyer).call("market.ask", **asked)["id"]

    def answer(self, name, asking=None, seconds=SECONDS):
        answer = {}

        def is_there():
            answer.update((asking or self.buyer).call("market.answer", id=name))
            return answer["state"] != "waits"

        self.assertTrue(wait_until(is_there, seconds), answer)
        return answer

    def quote(self, **changes):
        answer = self.answer(self.ask(**changes))
        self.assertEqual(answer["state"], "quoted", answer)
        return answer["quote"]

    def refused(self, *reasons, **changes):
        quote = self.quote(**changes)
        self.assertEqual([reason["name"] for reason in quote["reasons"]], list(reasons))
        self.assertIsNone(quote["price"])
        return quote["reasons"][0]

    def check_prices(self):
        """By the rates of prom.conf, with the bytes of a worker: in once, out to three arbiters, packages to five."""
        quote = self.quote()
        self.assertEqual(quote["reasons"], [])
        moved = 4 * (JOB["program_bytes"] + JOB["input_bytes"]) + 5 * JOB["package_bytes"]
        rates = quote["rates"]
        counts = ((JOB["macs"] * JOB["items"], "macs"), (moved, "bytes"), (JOB["effort"], "effort"))
        msat = sum(-(-count * rates[rate] // 10**6) for count, rate in counts)
        fees = quote["price"] - -(-msat // 1000)
        self.assertTrue(0 < fees < 10000, quote)
        self.assertEqual(quote["valid_until"], self.rpc("getblockcount") + 6)
        return quote

    def metrics(self):
        """What the seller's /metrics says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.seller.settings['page_port']}/metrics", timeout=SECONDS) as page:
            return {name: int(value) for name, value in re.findall(r"^(prom_[^# ]*) (\d+)$", page.read().decode(), re.M)}

    def test_asks_and_answers(self):
        unknown = self.ask(node="ab" * 32, address=self.path("nobody"))
        self.assertIn("needs the parameter 'p'", self.buyer.say("market.ask", node=self.key)["error"]["message"])
        first = self.check_prices()
        self.assertEqual(first["rates"], {"macs": 1, "fuel": 0, "bytes": 10, "effort": 1, "least": 1000})
        # What does not fit is refused, with both numbers.
        reason = self.refused("deadline", effort=10**15)
        self.assertGreater(reason["needed"], reason["there"])
        reason = self.refused("memory_to_prove", memory=5 << 30)
        self.assertEqual((reason["code"], reason["needed"], reason["there"]), (11, 5 << 30, 4 << 30))
        self.assertIn("proving takes 5.3", reason["text"])
        self.refused("payload", program_bytes=1 << 28)
        self.refused("p_unknown", p="cd" * 32)
        self.refused("scheme", scheme=999)
        self.assertEqual(self.quote(role="verifier", effort=1000)["reasons"], [])
        # New prices, and whom and what the owner takes: a running node takes them.
        self.assertIn("was read again", self.seller.reload(price_effort=10**6, reward_min=5000))
        dear = self.check_prices()
        self.assertEqual(dear["rates"], {"macs": 1, "fuel": 0, "bytes": 10, "effort": 10**6, "least": 5000})
        self.assertGreater(dear["price"], first["price"])
        deny = self.write("deny", f"{self.buyer.call('node.info')['key']}  # a rival\n")
        self.seller.reload(deny_nodes=deny)
        self.refused("peer_denied")
        self.seller.reload(deny_nodes="", accept_p="ef" * 32)
        self.refused("p_refused")
        self.seller.reload(accept_p=self.p)
        self.check_prices()
        self.assertIn("stays as it was", self.seller.reload(accept_p="nonsense"))
        self.check_prices()
        # A file that is gone is a mistake too, at the start as later.
        self.assertIn("stays as it was", self.seller.reload(accept_p="", allow_nodes=self.path("gone")))
        self.seller.end()
        self.seller.configure(allow_nodes="", roles="worker")
        self.seller.start()
        self.refused("role", role="verifier")
        told = self.seller.call("market.selling")
        self.assertEqual((told["asks"], told["refused"], told["unanswered"]), (1, 1, 0))
        self.assertFalse(told["verifier"]["on"])
        metrics = self.metrics()
        self.assertEqual([metrics[f'prom_asks_total{{answer="{answer}"}}'] for answer in ("price", "reasons", "none")], [0, 1, 0])
        self.assertEqual(told["refusals"], {"role": 1})
        refusals = {name: value for name, value in metrics.items() if name.startswith("prom_asks_refused")}
        self.assertEqual({name for name, value in refusals.items() if value}, {'prom_asks_refused_total{reason="role"}'})
        self.assertGreater(len(refusals), 40)
        for direction in ("received", "sent"):
            self.assertGreater(metrics[f'prom_link_bytes_total{{direction="{direction}"}}'], 100)
        answer = self.answer(unknown, seconds=30)
        self.assertEqual(answer["state"], "failed")
        self.assertTrue(answer["why"].startswith("it cannot be reached: "), answer["why"])

    def test_benchmark_sets_what_is_sold(self):
        """While the node runs, which takes it with SIGHUP."""
        told = self.prom_json("benchmark", "--dir", self.path("node1"), "--seconds", "1", "--hour", "5000")["settings"]
        self.assertEqual(self.quote()["rates"]["effort"], 1)
        self.assertIn("was read again", self.seller.take())
        quote = self.check_prices()
        rates = {"fuel": 0} | {name: told[f"price_{name}"] for name in ("macs", "bytes", "effort")}
        self.assertEqual(quote["rates"], rates | {"least": 1000})
        for speed in ("macs_per_second", "effort_per_second", "steps_per_second"):
            self.assertEqual(quote["machine"][speed], told[speed])
        self.assertEqual(quote["machine"]["memory"], told["prover_memory_mb"] << 20)
        self.assertEqual(self.quote(role="verifier", effort=1000)["rates"]["effort"], told["price_steps"])

    def test_capacity_and_coins(self):
        """What there is at the moment of the question, and not how much."""
        self.assertEqual(self.quote()["capacity"], 16)
        self.seller.reload(contracts_max=2)
        self.assertEqual(self.quote()["capacity"], 2)
        self.seller.reload(worker_contracts_max=1)
        self.assertEqual(self.quote()["capacity"], 1)
        self.assertEqual(self.quote(role="verifier", effort=1000)["capacity"], 2)
        address = self.buyer.call("wallet.address")["address"]
        free = self.seller.call("wallet.balance")["free"]
        self.seller.call("wallet.withdraw", to={address: free - 100000}, feerate=1000)
        reason = self.refused("stake")
        self.assertEqual(reason["there"], 0)
        self.assertGreater(reason["needed"], 100000)

    def test_floods(self):
        """One node asks as much as it can: it costs little, and another one has its answer meanwhile."""
        other = Node(self, 2).start()
        self.quote()
        begun = self.seller.processor_seconds()
        started = time.monotonic()
        asked = [self.ask() for _ in range(120)]
        self.assertEqual(self.answer(self.ask(asking=other), asking=other, seconds=5)["state"], "quoted")
        self.assertTrue(wait_until(lambda: self.seller.call("market.selling")["asks"] >= 122, SECONDS))
        told = self.seller.call("market.selling")
        spent = self.seller.processor_seconds() - begun
        elapsed = time.monotonic() - started
        self.assertGreater(told["unanswered"], 30)
        self.assertLess(told["quoted"], 22 + 2 * elapsed + 2)
        self.assertLess(spent, 0.5 * elapsed + 1)
        states = [self.buyer.call("market.answer", id=name)["state"] for name in asked[-64:]]
        self.assertIn("waits", states)


if __name__ == "__main__":
    unittest.main()
