"""Mines the other branch of a reorganised chain, for tests/tools/crash.c: reorg_branch.py WHAT FOLDER, of a demo.

empty: blocks without transactions.
Tx5, and other names: likewise, and the transaction of that name, which the client holds, as soon as it may be mined."""

import json
import os
import shutil
import subprocess
import sys

from framework import PROM, rpc

BLOCKS_MAX = 60


def main(what, folder):
    node = {"url": os.environ["PROM_URL"], "cookie": os.environ["PROM_COOKIE"]}
    address = "raw(51)"  # nobody spends it
    blocks = int(os.environ["PROM_BLOCKS"])
    for _ in range(blocks):
        rpc(node, "generateblock", address, [])
    if what != "empty":
        name, txid, tx = held(what, folder)
        mine_when_due(node, address, tx)
        tell(folder, name, txid)


def held(name, folder):
    """A transaction that is signed completely, out of a copy of the client's database."""
    copy = os.path.join(folder, "copy")
    os.mkdir(copy)
    for file in os.listdir(os.path.join(folder, "parties", "C")):
        if file.startswith(("prometheus.sqlite", "words")):
            shutil.copy(os.path.join(folder, "parties", "C", file), copy)
    tower = copy + ".tower"
    command = [PROM, "tower", "export", "demo", "--dir", copy, "-o", tower, "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=False, text=True).stdout)
    if "error" in told:
        raise RuntimeError(told["error"]["message"])
    with open(tower, "rb") as file:
        content = file.read()
    branch = next(it for it in told["branches"] if it["name"] == name)
    spent = bytes.fromhex(branch["spends"]["txid"])[::-1] + branch["spends"]["index"].to_bytes(4, "little")
    at = content.index(b"\x03\0\0\0\0\x01\x01" + spent)  # version 3, with witness, one input
    length = int.from_bytes(content[at - 4 : at], "big")
    return name, branch["txid"], content[at : at + length].hex()


def mine_when_due(node, address, tx):
    """Empty blocks until it is valid."""
    for _ in range(BLOCKS_MAX):
        try:
            rpc(node, "generateblock", address, [tx])
            return
        except RuntimeError:  # not yet: its input must be older
            rpc(node, "generateblock", address, [])
    raise RuntimeError("it was never valid")


def tell(folder, name, txid):
    """The player knows a transaction's name from who published it."""
    line = json.dumps({"seconds": 0, "kind": "published", "channel": 0, "text": f"{name} {txid}"})
    with open(os.path.join(folder, "parties", "C", "log"), "a", encoding="utf-8") as log:
        log.write(line + "\n")


main(*sys.argv[1:])
