"""What tests of contract transactions share: a devnet whose blocks pay named keys, and the program tool.contract, which
makes keys, signatures and transactions by the library. Its source, tests/tools/contract.c, tells its arguments."""

import os
import subprocess

import framework

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.contract")
COINBASE_MATURITY = 100
ANCHOR_SAT = 240
ANCHOR_SCRIPT = "51024e73"


def sat(coins):
    """An amount as bitcoind gives it, in whole satoshi."""
    return round(coins * 100_000_000)


def tool(*arguments, lines=()):
    """The lines that tool.contract prints."""
    done = subprocess.run(
        [TOOL, *map(str, arguments)], input="\n".join(lines), capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    return done.stdout.split("\n")[:-1]


def feerates(wanted, info):
    """Feerates as the tool's bump wants them: sat/vB, and what bitcoind's getmempoolinfo says, in sat for 1000 vB."""
    return f"{1000 * wanted}:{sat(info['mempoolminfee'])}:{sat(info['incrementalrelayfee'])}"


def key(name):
    return tool("key", name)[0]


def p2tr(name):
    return "5120" + key(name)


class ContractTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.status = self.prom_json("devnet", "up", "--dir", self.path("devnet"))
        self.addCleanup(self.prom, "devnet", "down", "--dir", self.path("devnet"))

    def rpc(self, method, *params):
        return framework.rpc(self.status, method, *params)

    def mine(self, blocks, name="nobody"):
        """Blocks that pay a named key; the hashes."""
        return self.rpc("generatetodescriptor", blocks, f"rawtr({key(name)})")

    def coins(self, name, count):
        """So many confirmed coins of a named key that can be spent, as the tool wants them, and the value of each."""
        blocks = self.mine(count, name)
        self.mine(COINBASE_MATURITY)
        found = []
        for block in blocks:
            coinbase = self.rpc("getblock", block, 2)["tx"][0]
            value = sat(coinbase["vout"][0]["value"])
            found.append((f"{coinbase['txid']}:0:{value}:{name}", value))
        return found

    def pay(self, version, *arguments):
        return tool("pay", version, *arguments)[0]

    def txid(self, tx):
        return self.rpc("decoderawtransaction", tx)["txid"]

    def vsize(self, tx):
        return self.rpc("decoderawtransaction", tx)["vsize"]

    def send(self, tx):
        return self.rpc("sendrawtransaction", tx)

    def refusal(self, *txs):
        """Why the mempool refuses the last of the transactions; None when it would take them."""
        return self.rpc("testmempoolaccept", txs)[-1].get("reject-reason")

    def confirm(self, tx):
        """Sends a transaction and mines it; its txid."""
        txid = self.send(tx)
        self.assertIn(txid, self.rpc("getblock", self.mine(1)[0])["tx"])
        return txid
