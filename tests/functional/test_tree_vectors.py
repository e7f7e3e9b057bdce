# Terms whose payouts, change or leftovers are rounded, at the dust limit, just below it, or nothing.
ROUNDING = {
    "nothing divides": {"c": 1_000_003, "w": 2_000_003, "v": 2_500_007, "a": 3_000_011, "rho": 5003, "alpha": 3333,
                        "beta": 4001, "gamma": 1111, "delta": 2777, "epsilon": 3331, "sigma": 8999},
    "payouts of 330 sat": {"c": 330, "w": 660, "v": 660, "a": 661, "rho": 0, "feerate": 1, "sigma": 10000, "gamma": 1,
                           "epsilon": 5000},
    "whole stakes are lost": {"alpha": 10000, "beta": 10000, "gamma": 5000, "delta": 9500, "epsilon": 10000},
    "no retainer, and nothing of the worker's stake for F": {"rho": 0, "delta": 0},
    "the largest retainer": {"rho": 116_666},
    "F would get 329 sat in scheme 7": {"v": 2_000_327},
    "F gets 330 sat in scheme 7": {"v": 2_000_328},
    "301 sat would be left for C in scheme 7": {"feerate": 7},
    "344 sat are left for C in scheme 7": {"feerate": 8},
    "329 sat would be C's change": {"change": [3559, 100_000, 100_000]},
    "330 sat are C's change": {"change": [3560, 100_000, 100_000]},
    "329 sat would be W's change, V has none": {"change": [100_000, 531, 116]},
    "330 sat are V's change, W has none": {"change": [100_000, 116, 532]},
    "sixteen coins of the worker": {"coins": [1, 16, 1]},
    "sixteen coins of everybody": {"coins": [16, 16, 16]},
    "least feerate": {"feerate": 1},
    "high feerate": {"feerate": 1000, "change": [3_000_000, 200_000, 200_000]},
    "three of five arbiters decide": {"n": 5, "mu": 5500},
}  # fmt: skip
VECTOR_REQUESTS = {
    "three.json": {"two of three arbiters decide": TERMS},
    "nine.json": {"nine of nine arbiters decide": {**TERMS, "n": 9, "mu": 10000}},
    "rounding.json": {title: {**TERMS, **changed} for title, changed in ROUNDING.items()},
}


# The vectors.


def make_vectors():
    """File name -> content, and the funding and the contracts that it is made of: two whole, and what many settle to."""
    vectors = {}
    for number, (name, requests) in enumerate(VECTOR_REQUESTS.items(), 1):
        funding, contracts = make_contracts(number, list(requests.values()), [()] * len(requests))
        show = whole if len(requests) == 1 else summary
        shown = {title: show(contract) for title, contract in zip(requests, contracts)}
        content = {"coinbase": coinbase().hex(), "funding": funding, "contracts": shown}
        vectors[name] = (vector_text(content), funding, contracts)
    return vectors


def whole(contract):
    return {"request": contract.terms, **contract.answer}


def summary(contract):
    """A contract as a row of the matrix: the outputs of its transactions, and their whole bytes by hash."""
    rows = {}
    for name, tx in contract.tx.items():
        outputs = [[sat, payee or "-"] for sat, payee in contract.outputs(name)]
        rows[name] = {"txid": tx["txid"], "wtxid": wtxid_of(tx["signed"]), "fee": tx["fee"], "outputs": outputs}
    return {"request": contract.terms, "reserve": contract.answer["reserve"], "transactions": rows}


def vector_text(content):
    """JSON, one line for each transaction and each request."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\n {5,}|\n {4,}(?=[\]}])", " ", text) + "\n"


def write_vectors():
    for name, (text, _, _) in make_vectors().items():
        with open(os.path.join(VECTORS, name), "w", encoding="utf-8") as file:
            file.write(text)


    def test_vectors(self):
        """The driver makes what is committed, byte for byte, and the node takes all of it."""
        contracts = []
        for name, (text, funding, made) in make_vectors().items():
            with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
                self.assertEqual(file.read(), text, f"{name}; if it is to change, see the head of {__file__}")
            self.send([funding])
            contracts += made
        self.chain.mine()
        self.replay(contracts)

    def check_branch(self, contracts, names):
        for contract in contracts:
            for name, tx in contract.tx.items():
                if name.partition("[")[0] in names:
                    self.check_accepted(tx, f"{contract.terms}: {name}")

    def mine_all(self, contracts, name):
        """A block of one transaction of each contract, whose outputs are looked at."""
        block = self.chain.mine_only([contract.tx[name]["signed"] for contract in contracts])
        for contract in contracts:
            self.check_coins(contract, name)
        return block

    def replay(self, contracts):
        """All transactions of all contracts, each when its lock is over."""
        t1, t2, t3, t4 = (TERMS[name] for name in ("t1", "t2", "t3", "t4"))
        self.send(contract.tx["Tx0"]["signed"] for contract in contracts)
        self.mine_all(contracts, "Tx0")
        self.chain.mine(t3 - 1)
        self.check_branch(contracts, ("Tx1", "Tx3", "Tx4", "TxV0"))
        self.mine_all(contracts, "TxV0")
        self.chain.mine(t2 - t1 - 1)
        self.check_branch(contracts, ("Tx5", "TxA"))
        self.mine_all(contracts, "TxA")
        self.chain.mine(t4 - 1)
        self.check_branch(contracts, ("Tx6", "Tx7", "Tx8"))


