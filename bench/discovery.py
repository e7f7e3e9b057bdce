#!/usr/bin/env python3
"""Discovery with many nodes on one machine: how long it takes until a new worker's pointer is found, and what each node
costs in traffic, memory and processor time. Prints JSON; docs/discovery.md has what it printed.

  bench/discovery.py [--nodes N] [--found N] [--idle SECONDS] [PROM_DHT]

Each node is a prom-dht of its own (make dht). Two fifths publish a pointer as workers, one fifth as verifiers, the rest
are clients, which listen for both. No test: it takes a quarter of an hour.
"""

import argparse
import json
import os
import pathlib
import queue
import statistics
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
POINTER_BYTES = 212  # with one address of 40 characters
HEADERS = 28  # of IPv4 and UDP, a packet
WORKERS = "11" * 20
VERIFIERS = "22" * 20
PATIENCE = 120


class Node:
    def __init__(self, program, bootstrap):
        self.started = time.monotonic()
        command = [program, "--network", "50", *([] if bootstrap is None else ["--bootstrap", f"127.0.0.1:{bootstrap}"])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.events = queue.Queue()
        self.seen = {}  # value: when it came first
        threading.Thread(target=self.read, daemon=True).start()
        self.port = self.wait("ready")["port"]

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["is"] == "value":
                self.seen.setdefault(event["value"], time.monotonic())
            else:
                self.events.put(event)

    def do(self, what, **more):
        self.process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, what):
        while True:
            event = self.events.get(timeout=PATIENCE)
            if event["is"] == what:
                return event

    def status(self):
        self.do("status")
        return self.wait("status")

    def memory(self):
        """Resident kB, and its share of what processes share."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if line.startswith(("Rss", "Pss:"))}

    def seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)


def find_new_ones(program, first, clients, count):
    """For each of so many new workers: seconds from its start, and from its put, until half of the clients and until all
    have its pointer."""
    found = []
    for _ in range(count):
        value = os.urandom(POINTER_BYTES).hex()
        worker = Node(program, first.port)
        put_at = time.monotonic()
        worker.do("put", key=WORKERS, value=value)
        until = put_at + PATIENCE
        while not all(value in client.seen for client in clients) and time.monotonic() < until:
            time.sleep(0.005)
        times = sorted(client.seen.get(value, float("inf")) for client in clients)
        found.append(
            {
                "from_start": round(times[len(times) // 2] - worker.started, 3),
                "half": round(times[len(times) // 2] - put_at, 3),
                "all": round(times[-1] - put_at, 3),
            }
        )
        worker.close()
    return found


def traffic(before, after, seconds):
    """Bytes an hour, with headers, of each node."""
    both = []
    for one, other in zip(before, after):
        sums = [
            other[f"bytes_{way}"] - one[f"bytes_{way}"] + HEADERS * (other[f"packets_{way}"] - one[f"packets_{way}"])
            for way in ("in", "out")
        ]
        both.append(sum(sums) * 3600 / seconds)
    return both


def spread(numbers):
    return {"least": round(min(numbers)), "median": round(statistics.median(numbers)), "most": round(max(numbers))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--found", type=int, default=10)
    parser.add_argument("--idle", type=float, default=780)
    parser.add_argument("program", nargs="?", default=str(ROOT / "build-dht" / "prom-dht"))
    options = parser.parse_args()
    first = Node(options.program, None)
    nodes = [first]
    for _ in range(options.nodes - 1):
        nodes.append(Node(options.program, first.port))
    workers = nodes[1 : 1 + options.nodes * 2 // 5]
    verifiers = nodes[1 + len(workers) : 1 + len(workers) + options.nodes // 5]
    clients = nodes[1 + len(workers) + len(verifiers) :]
    for key, group in ((WORKERS, workers), (VERIFIERS, verifiers)):
        for node in group:
            node.do("put", key=key, value=os.urandom(POINTER_BYTES).hex())
    for client in clients:
        client.do("listen", key=WORKERS)
        client.do("listen", key=VERIFIERS)
    settled = time.monotonic()
    wanted = len(workers) + len(verifiers)
    while any(len(client.seen) < wanted for client in clients) and time.monotonic() < settled + PATIENCE:
        time.sleep(0.05)
    report = {
        "nodes": options.nodes,
        "clients": len(clients),
        "pointers": wanted,
        "all_know_all_after": round(time.monotonic() - settled, 2),
        "found": find_new_ones(options.program, first, clients, options.found),
    }
    before = [node.status() for node in nodes]
    cpu = [node.seconds() for node in nodes]
    begin = time.monotonic()
    time.sleep(options.idle)
    after = [node.status() for node in nodes]
    seconds = time.monotonic() - begin
    hourly = dict(zip(nodes, traffic(before, after, seconds)))
    report |= {
        "idle_seconds": round(seconds),
        "bytes_an_hour": {
            "first": round(hourly[first]),
            "workers": spread([hourly[node] for node in workers]),
            "verifiers": spread([hourly[node] for node in verifiers]),
            "clients": spread([hourly[node] for node in clients]),
        },
        "cpu_seconds_an_hour": spread([(n.seconds() - c) * 3600 / seconds for n, c in zip(nodes, cpu)]),
        "rss_kb": spread([node.memory()["Rss"] for node in nodes]),
        "pss_kb": spread([node.memory()["Pss"] for node in nodes]),
        "dropped": sum(status["dropped"] for status in after),
    }
    print(json.dumps(report, indent=1))
    for node in nodes:
        node.close()


if __name__ == "__main__":
    main()
