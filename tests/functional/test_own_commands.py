"""prom contract publish, list and show, and prom offer: what an owner does by hand, by a node that runs."""

import json
import os
import unittest

from framework import free_port, rpc, wait_until
from node_case import SECONDS, RunningTest

ELSEWHERE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
NOWHERE = "00" * 32


class Own(RunningTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.lines += ["roles = arbiter", f"listen = 127.0.0.1:{self.port}"]
        self.configure(*self.lines)
        self.terms = self.write("terms.json", self.prom("contract", "example")[0])
        self.where = ("--dir", self.home_dir)

    def fund(self, coins):
        for _ in range(coins):
            self.mined(1, self.call("wallet.address")["result"]["address"])
        self.mined(100, ELSEWHERE)

    def sent(self, *words):
        """What a command says of its transaction is what bitcoind finds; its dry run changes nothing, and costs the same."""
        before = (self.prom_node("wallet", "balance"), rpc(self.chain, "getrawmempool"))
        dry = self.prom_node(*words, "--feerate", "3", "--dry-run")
        self.assertEqual((self.prom_node("wallet", "balance"), rpc(self.chain, "getrawmempool")), before)
        made = self.prom_node(*words, "--feerate", "3")
        self.assertEqual([made[name] for name in ("fee", "locks", "vsize")], [dry[name] for name in ("fee", "locks", "vsize")])
        self.assertTrue(wait_until(lambda: made["txid"] in rpc(self.chain, "getrawmempool"), SECONDS))
        entry = rpc(self.chain, "getmempoolentry", made["txid"])
        self.assertEqual((round(entry["fees"]["base"] * 10**8), entry["vsize"]), (made["fee"], made["vsize"]))
        self.assertEqual(made["fee"], 3 * made["vsize"])
        return made

    def offers(self):
        return {offer["txid"]: offer for offer in self.prom_node("offer", "list")["offers"]}

    def show(self, p_txid):
        return self.prom_node("contract", "show", p_txid)

    def test_from_the_first_offer_to_the_last(self):
        self.begin()
        self.fund(3)
        self.assertEqual(self.prom("contract", "list", *self.where)[0], "there is no P on this chain\n")
        self.assertEqual(self.prom("offer", "list", *self.where)[0], "there are no offers\n")
        published = self.sent("contract", "publish", self.terms)
        self.assertEqual((published["purpose"], published["locks"]), ("P", 0))
        p_txid = published["txid"]
        self.mined(1, ELSEWHERE)
        (listed,) = self.prom_node("contract", "list")["contracts"]
        with open(self.terms, encoding="utf-8") as file:
            terms = json.load(file)
        self.assertEqual(listed["P"], {name: terms[name] for name in listed["P"]})
        self.assertEqual((listed["txid"], listed["counted"], listed["contracts"]), (p_txid, 0, 0))
        encoding = self.show(p_txid)["encoding"]
        script = rpc(self.chain, "getrawtransaction", p_txid, 1, listed_block(self.chain, listed))["vout"][0]
        self.assertEqual(script["scriptPubKey"]["hex"], "6a4c4e" + encoding)
        self.assertEqual(self.prom_json("contract", "explain", self.terms)["encoding"], encoding)
        made = [self.sent("offer", "make", "--contract", p_txid, "--retainer", str(1000 + i))["txid"] for i in range(3)]
        self.assertEqual([self.offers()[txid]["fate"] for txid in made], ["waits"] * 3)
        self.mined(1, ELSEWHERE)
        for i, txid in enumerate(made):
            offer = self.offers()[txid]
            self.assertEqual((offer["fate"], offer["retainer"], offer["sat"]), ("unspent", 1000 + i, terms["a"]))
            self.assertEqual((offer["contract"], offer["age"], offer["address"]), (p_txid, 1, f"127.0.0.1:{self.port}"))
        self.assertEqual(self.prom_node("wallet", "balance")["staked"], 3 * terms["a"])
        self.check_show(p_txid, made, terms)
        self.renew_and_withdraw(p_txid, made, terms)

    def check_show(self, p_txid, made, terms):
        """Before they are old enough, and when they are."""
        young = self.show(p_txid)
        self.assertEqual((young["counted"], young["waiting"], young["ages"]), (0, 3, None))
        self.mined(20, ELSEWHERE)
        shown = self.show(p_txid)
        self.assertEqual((shown["counted"], shown["waiting"], shown["locked"]), (3, 0, 3 * terms["a"]))
        self.assertEqual(shown["ages"], {"youngest": 21, "oldest": 21})
        self.assertEqual([offer["txid"] for offer in shown["offers"]], sorted(made, key=order_in_block(self.chain, shown)))
        # All three are paid out of each other's change, or of coins apart: what bitcoind says of their inputs.
        self.assertEqual(shown["owners"]["count"], len(owners(self.chain, shown["offers"])))
        self.assertEqual(shown["quorum"]["seats"], 2)
        self.assertEqual(shown["quorum"]["stake"], shown["quorum"]["offers"] * terms["a"])
        said = self.prom("contract", "show", p_txid, *self.where)[0]
        self.assertIn("3 offers count", said)
        self.assertIn(f"which lock {shown['quorum']['stake']:,} sat", said)
        self.assertIn("retainer 1,000 sat", said)
        without = self.call("contract.show", contract=p_txid, limit=2)["result"]
        self.assertEqual((len(without["offers"]), without["more"], without["offers"][0]["owner"]), (2, True, None))

    def renew_and_withdraw(self, p_txid, made, terms):
        renewed = self.sent("offer", "renew", made[0])
        self.assertEqual(renewed["locks"], terms["a"])
        dearer = self.sent("offer", "renew", made[1], "--retainer", "5000")
        gone = self.sent("offer", "withdraw", made[2])
        self.assertEqual(gone["purpose"], "withdrawal")
        self.assertTrue(all(self.offers()[txid]["leaving"] for txid in made))
        self.fails("offer", "withdraw", made[2], *self.where, code=2, says=["waits for a block"])
        self.mined(1, ELSEWHERE)
        offers = self.offers()
        self.assertEqual([offers[txid]["fate"] for txid in made], ["withdrawn"] * 3)
        self.assertEqual(offers[made[2]]["spent_by"], gone["txid"])
        self.assertEqual([offers[txid]["retainer"] for txid in (renewed["txid"], dearer["txid"])], [1000, 5000])
        self.assertEqual(self.prom_node("wallet", "balance")["staked"], 2 * terms["a"])
        self.assertEqual(self.show(p_txid)["withdrawn"], 3)
        # The next start knows them all.
        self.end()
        self.begin()
        self.assertEqual(self.offers(), offers)
        # The same P once more, of which nobody stands ready.
        again = self.sent("contract", "publish", "--like", p_txid)["txid"]
        self.mined(1, ELSEWHERE)
        shown = self.show(again)
        self.assertEqual((shown["encoding"], shown["counted"], shown["withdrawn"]), (self.show(p_txid)["encoding"], 0, 0))
        self.assertEqual([listed["txid"] for listed in self.prom_node("contract", "list")["contracts"]], [p_txid, again])

    def test_a_name_may_change(self):
        """What waits is made dearer or taken back by commands: P and offers get another name, and the chain says which."""
        self.begin()
        self.fund(3)
        wallet = lambda *words: self.prom_node("wallet", *words)
        first = self.sent("contract", "publish", self.terms)["txid"]
        bumped = wallet("bump", first, "--feerate", "9")
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") == [bumped["txid"]], SECONDS))
        self.assertEqual((bumped["purpose"], bumped["fee"]), ("P", 9 * bumped["vsize"]))
        self.mined(1, ELSEWHERE)
        (listed,) = self.prom_node("contract", "list")["contracts"]
        self.assertEqual(listed["txid"], bumped["txid"])
        make = ("offer", "make", "--contract", listed["txid"], "--retainer", "1000")
        low = self.sent(*make)["txid"]
        high = wallet("bump", low, "--feerate", "9")
        self.assertEqual([offer["fate"] for offer in self.offers().values()], ["missing", "waits"])
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") == [high["txid"]], SECONDS))
        gone = wallet("cancel", high["txid"], "--feerate", "20")
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") == [gone["txid"]], SECONDS))
        self.mined(1, ELSEWHERE)
        self.assertEqual([offer["fate"] for offer in self.offers().values()], ["missing", "missing"])
        self.assertEqual(self.prom_node("wallet", "balance")["staked"], 0)
        purposes = [(payment["purpose"], payment["fate"]) for payment in wallet("payments")["payments"]]
        self.assertEqual(purposes, [("P", "replaced"), ("P", "mined"), ("offer", "replaced"), ("offer", "replaced"),
                                    ("cancellation", "mined")])  # fmt: skip
        rows = wallet("history")["rows"]
        self.assertEqual([row["what"] for row in rows], ["mined"] * 3 + ["P", "cancellation"])
        offer = self.sent(*make)["txid"]
        self.mined(1, ELSEWHERE)
        self.assertEqual(self.prom_node("wallet", "history")["rows"][-1]["what"], "offer")
        withdrawn = self.sent("offer", "withdraw", offer)["txid"]
        self.fails("wallet", "cancel", withdrawn, "--feerate", "9", *self.where, code=2, says=["it spends an offer"])
        self.fails("wallet", "bump", NOWHERE, "--feerate", "9", *self.where, code=2, says=["no payment of ours"])
        self.fails("wallet", "bump", withdrawn, "--feerate", "2", *self.where, code=2, says=["already"])

    def test_what_is_wrong_is_said(self):
        self.begin()
        wrong = lambda *words, says: self.fails(*words, *self.where, code=2, says=says)
        wrong("contract", "publish", self.path("none.json"), says=["none.json"])
        wrong("contract", "publish", self.write("bad.json", "{"), says=["is not JSON"])
        wrong("contract", "publish", self.write("odd.json", '{"w": 5, "x": 1}'), says=["unknown field 'x'"])
        with open(self.terms, encoding="utf-8") as file:
            terms = json.load(file)
        low = self.write("low.json", json.dumps({**terms, "t3": 1}))
        wrong("contract", "publish", low, "--feerate", "2", says=["t3 is 1"])
        main = self.write("main.json", self.prom("contract", "example", "--network", "signet")[0])
        wrong("contract", "publish", main, says=["is for the network 'signet', and the node is on 'regtest'"])
        wrong("contract", "publish", self.terms, "--feerate", "2", says=["sat"])  # there is no money
        wrong("contract", "publish", says=["give one of both"])
        wrong("contract", "publish", self.terms, "--like", NOWHERE, says=["give one of both"])
        wrong("contract", "publish", "--like", NOWHERE, says=["our chain has no P in the transaction"])
        wrong("contract", "show", "zz", says=["must be a transaction's id"])
        wrong("contract", "show", NOWHERE, says=["our chain has no P in the transaction"])
        wrong("offer", "make", says=["--contract"])
        wrong("offer", "make", "--contract", NOWHERE, "--feerate", "2", says=["our chain has no P"])
        wrong("offer", "make", "--contract", NOWHERE, "--retainer", "5x", says=["no amount"])
        for sat in ("-5", "0", "2100000000000001", "99999999999999999999", "1.5", " 1"):
            says = f"'{sat}' is no amount: give a number of sat from 1 to 2,100,000,000,000,000"
            wrong("wallet", "withdraw", ELSEWHERE, sat, says=[says])
        wrong("offer", "renew", NOWHERE, "--feerate", "2", says=["no offer of ours"])
        wrong("offer", "withdraw", "1", "--feerate", "2", says=["must be a transaction's id"])
        wrong("offer", "withdraw", NOWHERE, "--feerate", "2", says=["no offer of ours"])
        for params in ({"encoding": "00" * 78}, {"encoding": "zz"}, {}, {"encoding": "00" * 78, "feerate": 1}):
            self.assertIn("error", self.call("contract.publish", **params))
        self.assertEqual(rpc(self.chain, "getrawmempool"), [])
        for words, method in ((("contract", "publish", self.terms), "contract.publish"),
                              (("contract", "show", NOWHERE), "contract.show"),
                              (("offer", "make", "--contract", NOWHERE), "offer.make"),
                              (("offer", "list"), "offer.list")):  # fmt: skip
            self.assertEqual(json.loads(self.prom(*words, "--explain", *self.where)[0])["method"], method)

    def test_a_node_that_cannot(self):
        """One that is no arbiter, and one that has not caught up."""
        self.configure(*[line for line in self.lines if not line.startswith("roles")])
        self.begin()
        self.fund(1)
        p_txid = self.sent("contract", "publish", self.terms)["txid"]
        self.mined(1, ELSEWHERE)
        self.fails("offer", "make", "--contract", p_txid, "--feerate", "2", *self.where, code=2, says=["no arbiter"])
        self.end()
        self.configure("bitcoind_url = http://127.0.0.1:1", *self.lines[1:])
        self.begin(wait=False)
        self.assertTrue(wait_until(lambda: self.info() != {}, SECONDS))
        making = (("contract", "publish", self.terms, "--feerate", "2"),
                  ("offer", "make", "--contract", p_txid, "--feerate", "2"))  # fmt: skip
        for words in making:
            self.fails(*words, *self.where, code=2, says=["bitcoind"])
        self.assertEqual(len(self.prom_node("contract", "list")["contracts"]), 1)  # what it has read it knows
        self.end()
        os.unlink(os.path.join(self.folder, "prometheus.sqlite"))
        self.begin(wait=False)
        self.assertTrue(wait_until(lambda: self.info() != {}, SECONDS))
        for words in (("contract", "list"), ("contract", "show", p_txid), ("offer", "list")):
            self.fails(*words, *self.where, code=2, says=["read"])


def listed_block(chain, listed):
    return rpc(chain, "getblockhash", listed["height"])


def order_in_block(chain, shown):
    (height,) = {offer["height"] for offer in shown["offers"]}
    return rpc(chain, "getblock", rpc(chain, "getblockhash", height))["tx"].index


def owners(chain, offers):
    """Sets of offers that are paid out of one transaction, or one out of the other's: by bitcoind."""
    sets = []
    for offer in offers:
        block = rpc(chain, "getblockhash", offer["height"])
        inputs = rpc(chain, "getrawtransaction", offer["txid"], 1, block)["vin"]
        traces = {offer["txid"], *(spent["txid"] for spent in inputs)}
        joined = [one for one in sets if one & traces]
        sets = [one for one in sets if not one & traces] + [traces.union(*joined)]
    return sets


if __name__ == "__main__":
    unittest.main()
