"""Nodes that vanish, lie, or say nothing, each among honest ones: how their contracts end, who gets what on the chain, and
what the client is told of it."""

import time
import unittest

from dispute_case import DisputeTest, LyingNode

DEAR = "price_effort = 3"  # of a worker: who fails is cheaper, and so gets the job first
SILENT = "#4: the worker was accused, and did not appeal; the worker delivered nothing in time"


class Workers(DisputeTest):
    def test_workers(self):
        """One vanishes for good right after Tx0, one delivers what it has not proven: the client's own node verifies. And one
        lies to a verifier that says it is good, whatever it is."""
        honest = self.open_node("honest", "roles = worker", DEAR)
        vanishing = self.open_node("vanishing", "roles = worker")
        lying = self.open_node("lying", "roles = worker", lie="output")
        bribed = self.open_node("bribed", "roles = verifier", lie="accept")
        upright = self.open_node("upright", "roles = verifier", "price_steps = 3")
        peers = [f"peer = {self.at(node)}" for node in (bribed, upright)]
        client = self.open_node("client", "roles = client", *peers, listens=False)
        self.fund(honest, vanishing, lying, bribed, upright, coins=10)
        self.fund(client, coins=28)
        self.wait_in_step()
        batches = self.batches(3)
        self.keep_mining()
        failing = [vanishing, lying, lying]
        keys = [node.key() for node in failing]
        jobs = [self.run_job(client, batch, [bad, honest], verifier)
                for (batch, _), bad, verifier in zip(batches, failing, ("self", "self", "market"))]  # fmt: skip
        self.await_tx0(client, jobs[0])
        vanishing.kill()
        ends = [self.await_end(client, job) for job in jobs]
        for end, key, (_, wanted) in zip(ends, keys, batches):
            self.assertEqual((end["end"], end["done"]), ("done", 2), end)
            self.assertEqual([attempt["worker"] for attempt in end["attempts"]], [key, honest.key()], end)
            self.check_payouts(end["attempts"][1], 3)
            self.check_output(client, end["job"], wanted)
            self.assertIn("are done, by attempt 2", self.why(client, end["job"]))
        wrong = "what the worker delivered is proven wrong"
        for end, scheme, loss, told in zip(
            ends,
            (4, 6, 3),
            ("worker_silent", "bad_package", "bad_package"),
            (SILENT, f"#6: the arbiters found the worker at fault; {wrong}", f"#3: the result was accepted; {wrong}"),
        ):
            self.check_payouts(end["attempts"][0], scheme)
            self.assertEqual([attempt["loss"] for attempt in end["attempts"]], [loss, "none"], end)
            self.assertIn(told, self.receipt(client, end["job"]))
        # Who has let a lie pass is not asked again.
        self.assertEqual([attempt["verifier"] for attempt in ends[2]["attempts"]], [bribed.key(), upright.key()])


class Arbiters(DisputeTest):
    """What arbiters settle when nobody else is there."""

    def test_alone(self):
        """The worker, the verifier and the client are all killed right after Tx0, the worker for good: the arbiters settle
        the contract when its time is over, and the worker loses what #1 takes. The other two come back, and have their
        coins; the job goes on with another worker."""
        vanishing = self.open_node("vanishing", "roles = worker")
        honest = self.open_node("honest", "roles = worker", DEAR)
        verifier = self.open_node("verifier", "roles = verifier")
        client = self.open_node("client", "roles = client", listens=False)
        self.fund(vanishing, honest, verifier, coins=5)
        self.fund(client, coins=12)
        self.wait_in_step()
        before = self.total(verifier)
        ((batch, wanted),) = self.batches(1)
        self.keep_mining()
        job = self.run_job(client, batch, [vanishing, honest], self.at(verifier))
        keys = [node.key() for node in (vanishing, honest)]
        tx0 = self.await_tx0(client, job)
        for node in (vanishing, verifier, client):
            node.kill()
        self.await_spent(tx0)
        verifier.start()
        self.assertTrue(self.wait_for(lambda: -5000 < self.total(verifier) - before <= 0), self.total(verifier) - before)
        client.start()
        end = self.await_end(client, job)
        self.assertEqual((end["end"], end["done"]), ("done", 2), end)
        self.assertEqual([attempt["worker"] for attempt in end["attempts"]], keys, end)
        self.assertEqual([attempt["loss"] for attempt in end["attempts"]], ["worker_silent", "none"], end)
        self.check_payouts(end["attempts"][0], 1)
        self.check_payouts(end["attempts"][1], 3)
        self.assertIn("#1: ", self.receipt(client, job))
        self.check_output(client, job, wanted)


class LyingArbiters(DisputeTest):
    """What arbiters decide though one of them lies."""

    NODE = LyingNode
    LIES = ("reject", "share", "stop", "lists")
    SIGN_SECONDS = 300  # sessions that stall end after a minute each

    def quiet(self):
        """Nor does a block come that ends the time for a vote or for signing the decision, while these are still made."""
        super().quiet()
        end = time.monotonic() + self.SIGN_SECONDS
        while self.mining.is_set() and self.is_being_decided() and time.monotonic() < end:
            time.sleep(0.2)

    def is_being_decided(self):
        logs = [arbiter.log() for arbiter in self.arbiters]
        for channel in self.client.call("channel.list")["channels"]:
            last = {step["what"].split()[0]: step["to_tip"] for step in channel.get("steps", ())}
            if channel.get("money") != "appealed" or channel["scheme"] is not None or "commits" not in last:
                continue
            voted = [f"[contract {channel['contract'][:16]}] we vote against" in log for log in logs]
            if channel["tip"] >= last["signs"] or (channel["tip"] >= last["commits"] - 1 and not all(voted)):
                return True
        return False

    def first_seat(self, tx0):
        """The arbiter that is to coordinate first: the order of seats is that of the offers among the inputs of Tx0."""
        offers = {offer["txid"]: arbiter for arbiter in self.arbiters for offer in arbiter.call("offer.list")["offers"]}
        spent = [coin["txid"] for coin in self.rpc("getrawtransaction", tx0, 1)["vin"]]
        return next(offers[txid] for txid in spent if txid in offers)

    def make_lie(self, job, lie):
        """In the job's contract the arbiter that is to coordinate first lies so: (this arbiter, the line of its lie)."""
        liar = self.first_seat(self.await_tx0(self.client, job))
        (attempt,) = self.job(self.client, job)["attempts"]
        line = (lie, self.client.call("channel.show", id=attempt["channel"])["contract"])
        with open(liar.lies, "a", encoding="ascii") as file:
            file.write(" ".join(line) + "\n")
        return liar, line

    def test_lies(self):
        """A verifier rejects what is good, in four contracts, and the worker appeals. In each the arbiter that coordinates
        the signature first lies: it votes against the evidence; its shares are wrong; it gives nonces and then nothing; it
        tells each signer another list. The others decide as they would have, and the first of these loses its stake."""
        worker = self.open_node("worker", "roles = worker")
        rejecting = self.open_node("rejecting", "roles = verifier", lie="reject")
        self.client = self.open_node("client", "roles = client", listens=False)
        self.fund(worker, rejecting, coins=10)
        self.fund(self.client, coins=20)
        self.wait_in_step()
        found = self.batches(len(self.LIES))
        self.keep_mining()
        jobs = [self.run_job(self.client, batch, [worker], self.at(rejecting)) for batch, _ in found]
        made = [self.make_lie(job, lie) for job, lie in zip(jobs, self.LIES)]
        for job, (liar, line), (_, wanted) in zip(jobs, made, found):
            end = self.await_end(self.client, job)
            (attempt,) = end["attempts"]
            self.assertIn(line, liar.lies_told())
            self.assertEqual((end["end"], attempt["loss"]), ("done", "none"), end)
            self.check_payouts(attempt, 7, ("A2", "A3") if line[0] == "reject" else ("A1", "A2", "A3"))
            self.check_output(self.client, job, wanted)


class Verifiers(DisputeTest):
    """A third party verifies."""

    def open_network(self):
        self.workers = [self.open_node(f"worker-{i}", "roles = worker", DEAR) for i in (1, 2)]
        self.keeping = self.open_node("keeping", "roles = worker", lie="withhold")
        self.upright = self.open_node("upright", "roles = verifier")
        self.rejecting = self.open_node("rejecting", "roles = verifier", lie="reject")
        self.mute = self.open_node("mute", "roles = verifier", lie="silent")
        self.client = self.open_node("client", "roles = client", listens=False)
        self.shopper = self.open_node("shopper", "roles = client", f"peer = {self.at(self.upright)}", listens=False)
        self.fund(*self.workers, self.keeping, self.upright, self.rejecting, self.mute, coins=10)
        self.fund(self.client, self.shopper, coins=16)
        self.wait_in_step()
        self.found = self.batches(6)
        self.end_mining = self.keep_mining()

    def test_verifiers(self):
        """One does its work and is paid, also where the worker signs a package and gives it to nobody; one rejects what is
        good, and the arbiters find it at fault, without the one of them that is away; one says nothing. Then two clients go
        offline right after Tx0, and come back a day later."""
        self.open_network()
        one, other = self.workers
        before = self.total(self.upright)
        cases = (([self.keeping, other], self.upright), ([one], self.upright), ([one], self.mute), ([other], self.rejecting))
        jobs = []
        for (batch, _), (workers, verifier) in zip(self.found, cases):
            if verifier is self.rejecting:  # when nobody needs all three arbiters any more
                self.await_tx0(self.client, jobs[0], attempt=2)
            jobs.append(self.run_job(self.client, batch, workers, self.at(verifier)))
        tx0 = self.await_tx0(self.client, jobs[3])
        self.await_spent(tx0)  # by TxV0
        self.arbiters[0].kill()
        self.await_job(self.client, jobs[3], lambda told: told["attempts"][0]["scheme"], "the decision")
        self.arbiters[0].start()
        ends = [self.await_end(self.client, job) for job in jobs]
        for end, (_, wanted) in zip(ends, self.found):
            self.assertEqual((end["end"], end["done"]), ("done", 2), end)
            self.check_output(self.client, end["job"], wanted)
        self.check_payouts(ends[0]["attempts"][0], 4)
        self.check_payouts(ends[0]["attempts"][1], 3)
        self.check_payouts(ends[1]["attempts"][0], 3)
        self.check_payouts(ends[2]["attempts"][0], 2)
        self.check_payouts(ends[3]["attempts"][0], 7, ("A1", "A2"))  # two of the three
        for end, told in zip(ends, (
            SILENT,
            "#3: the result was accepted;",
            "#2: the verifier was silent, and the worker is paid;",
            "#7: the arbiters found the verifier at fault, and the worker is paid;",
        )):  # fmt: skip
            self.assertIn(told, self.receipt(self.client, end["job"]))
        paid = [attempt["reward"] for end in ends[:2] for attempt in end["attempts"]]
        fees = self.total(self.upright) - before - sum(reward - reward * 9 // 10 for reward in paid)
        self.assertTrue(-5000 < fees <= 0, fees)  # its own coins of Tx0
        for node in (self.rejecting, self.mute, self.keeping):
            node.kill()
        self.check_offline()

    def check_offline(self):
        """Each is killed as soon as its Tx0 is out, and finds what it has paid for when 144 blocks more have passed: one
        with a verifier that it has named, one with a verifier that it has found, whose worker is gone for good."""
        one, other = self.workers
        befores = [self.total(node) for node in (self.client, self.shopper)]
        cases = [(self.client, self.found[4], one, self.at(self.upright)), (self.shopper, self.found[5], other, "market")]
        jobs, tx0s = [], []
        for client, (batch, _), worker, verifier in cases:
            jobs.append(self.run_job(client, batch, [worker], verifier))
            tx0s.append(self.await_tx0(client, jobs[-1]))
            client.kill()
        for tx0 in tx0s:
            self.await_spent(tx0)
        other.kill()
        self.end_mining()
        self.mine(144)
        self.wait_in_step()
        for (client, (_, wanted), *_), job, before in zip(cases, jobs, befores):
            client.start()
            end = self.await_end(client, job)
            self.assertEqual((end["end"], end["done"], len(end["attempts"])), ("done", 2, 1), end)
            (attempt,) = end["attempts"]
            self.check_payouts(attempt, 3)
            self.check_output(client, job, wanted)
            self.assertEqual(attempt["verifier"], self.upright.key())
            self.assertEqual(attempt["paid"], attempt["reward"] + 3 * 1500)
            self.assertEqual(before - self.total(client), attempt["paid"] + attempt["fees"])


if __name__ == "__main__":
    unittest.main()
