"""How long a client's node does not answer while it reads a batch: prom bench's figures in docs/performance.md.

    PROM=build/prom python3 bench/stall.py [MB]

A node beside a devnet's bitcoind is asked what it is a hundred times a second, over its socket, while another client has
it read a batch of so many MB, 900 where nothing is said, by job.quote.
"""

import json
import os
import struct
import sys
import threading
import time
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("PROM", os.path.join(SOURCE, "build", "prom"))
os.environ.setdefault("PROM_SOURCE", SOURCE)
sys.path.insert(0, os.path.join(SOURCE, "tests", "functional"))

from node_case import RunningTest  # noqa: E402

MEGABYTE = 1 << 20
VALUES = 64  # of an item of the digits
SECONDS = 600


class Stall(RunningTest):
    megabytes = 900

    def test(self):
        models = os.path.join(SOURCE, "models")
        program, batch = self.path("digits.prom"), self.path("batch")
        self.prom("compile", os.path.join(models, "digits-mlp.onnx"), "--calibrate",
                  os.path.join(models, "digits-calibration.npy"), "-o", program)  # fmt: skip
        with open(batch, "wb") as file:
            file.write(struct.pack("<II", self.megabytes * MEGABYTE // VALUES, VALUES))
            for _ in range(self.megabytes):
                file.write(b"\1" * MEGABYTE)
        self.begin()
        waits = []
        over = threading.Event()

        def ask():
            while not over.is_set():
                began = time.monotonic()
                self.info()
                waits.append(time.monotonic() - began)
                time.sleep(0.01)

        asker = threading.Thread(target=ask)
        asker.start()
        time.sleep(2)
        idle, waits[:] = max(waits), []
        began = time.monotonic()
        params = {"program": program, "input": batch}
        answer = self.ask(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "job.quote", "params": params}), SECONDS)
        took = time.monotonic() - began
        over.set()
        asker.join()
        self.end()
        assert "no contract P" in answer["error"]["message"], answer  # what comes behind the reading
        print(f"{self.megabytes} MB read in {took:.1f} s; longest wait for an answer {max(waits) * 1000:.0f} ms, "
              f"before it {idle * 1000:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Stall.megabytes = int(sys.argv.pop())
    unittest.main()
