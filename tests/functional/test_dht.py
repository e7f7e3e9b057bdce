"""prom-dht, where it was built (make dht): values that one puts are found by another; what is no command; its end; and
nodes whose directories are filled by it."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time
import unittest

PROM_DHT = os.environ.get("PROM_DHT", str(pathlib.Path(__file__).resolve().parents[2] / "build-dht" / "prom-dht"))
KEY = "00112233445566778899aabbccddeeff00112233"
SECONDS = 60
NEW = 0  # prom_taken


class Helper:
    """One prom-dht, and what it said."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PROM_DHT, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.events = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.port = self.wait("ready")["port"]

    def read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def say(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def do(self, what, **more):
        self.say(json.dumps({"do": what, **more}))

    def wait(self, what, seconds=SECONDS, **wanted):
        """The next event of this kind that has these members; others are passed over."""
        until = time.monotonic() + seconds
        while True:
            event = self.events.get(timeout=max(0.01, until - time.monotonic()))
            if event["is"] == what and all(event[name] == value for name, value in wanted.items()):
                return event

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=SECONDS)
        self.process.stdout.close()
        return status


class Node:
    """tool.discovery: a directory over a prom-dht of its own."""

    def __init__(self, port, name, *work):
        command = [f"{os.environ['PROM_TOOLS']}/tool.discovery", PROM_DHT, str(port), name, *work]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = self.wait("up")["up"]

    def wait(self, member, **wanted):
        """The next line with this member, and those of `wanted`."""
        for line in self.process.stdout:
            said = json.loads(line)
            if member in said and all(said.get(name) == value for name, value in wanted.items()):
                return said
        raise AssertionError(f"it ended without having said {member} {wanted}")

    def helper(self):
        """The process id of its prom-dht."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=SECONDS)
        self.process.stdout.close()
        return status


@unittest.skipUnless(os.access(PROM_DHT, os.X_OK), "prom-dht was not built: make dht")
class Dht(unittest.TestCase):
    def helper(self, *options):
        made = Helper("--network", "7067", *options)
        self.addCleanup(made.process.kill)
        return made

    def test_what_one_puts_another_finds(self):
        first = self.helper()
        worker = self.helper("--bootstrap", f"127.0.0.1:{first.port}")
        client = self.helper()
        client.do("bootstrap", host="127.0.0.1", port=first.port)
        client.do("listen", key=KEY)
        worker.do("put", key=KEY, value="c0ffee")
        self.assertTrue(worker.wait("put")["ok"])
        client.wait("value", key=KEY, value="c0ffee")
        worker.do("put", key=KEY, value="decaf0")  # in place of the other
        client.wait("value", key=KEY, value="decaf0")
        late = self.helper("--bootstrap", f"127.0.0.1:{first.port}")
        late.do("get", key=KEY)
        late.wait("value", value="decaf0")
        self.assertTrue(late.wait("got")["ok"])
        client.do("forget", key=KEY)
        worker.do("status")
        status = worker.wait("status")
        self.assertEqual(status["port"], worker.port)
        self.assertEqual(status["keys"], 1)
        self.assertGreater(status["bytes_in"], 0)
        self.assertGreater(status["packets_out"], 0)
        for one in (worker, client, late, first):
            self.assertEqual(one.close(), 0)

    def node(self, *words):
        made = Node(*words)
        self.addCleanup(made.process.kill)
        return made

    def test_nodes_find_each_other(self):
        client = self.node(0, "client")
        worker = self.node(client.port, "worker", "work")
        found = client.wait("node", address="worker.example:7067")
        self.assertEqual(found["taken"], NEW)
        os.kill(worker.helper(), signal.SIGKILL)  # a helper that dies is no end
        self.assertIn("has ended", worker.wait("down")["down"])
        worker.wait("up")
        late = self.node(client.port, "late")
        late.wait("node", node=found["node"], taken=NEW)
        helpers = [node.helper() for node in (worker, late, client)]
        for node in (worker, late, client):
            self.assertEqual(node.close(), 0)
        for helper in helpers:  # none is left behind
            self.assertFalse(pathlib.Path(f"/proc/{helper}").exists())

    def test_what_is_no_command(self):
        helper = self.helper()
        whys = {
            "x": "one JSON object",
            "[]": "a command is",
            '{"do":"fly"}': "no such command",
            '{"do":"put","key":"00","value":"00"}': "40 hex digits",
            '{"do":"put","key":"%s","value":"%s"}' % (KEY, "00" * 513): "1 to 512 bytes",
            '{"do":"put","key":"%s","value":"0"}' % KEY: "1 to 512 bytes",
            '{"do":"listen","key":"%s"}' % KEY.upper(): "40 hex digits",
            '{"do":"bootstrap","host":"$(x)","port":1}': "a host and a port",
            '{"do":"bootstrap","host":"x","port":70000}': "a host and a port",
            "y" * 5000: "4096 bytes at most",
        }
        for line, why in whys.items():
            helper.say(line)
            self.assertIn(why, helper.wait("error")["why"], line[:60])
        for number in range(64):
            helper.do("get", key=f"{number:040x}")
        helper.do("get", key=f"{64:040x}")
        self.assertIn("64 keys are in use", helper.wait("error")["why"])
        helper.do("status")
        self.assertEqual(helper.wait("status")["keys"], 64)
        self.assertEqual(helper.close(), 0)

    def test_its_end(self):
        stays = self.helper("--stay")
        stays.process.stdin.close()
        time.sleep(0.5)
        self.assertIsNone(stays.process.poll())
        stays.process.terminate()
        self.assertEqual(stays.process.wait(timeout=SECONDS), 0)
        stays.process.stdout.close()
        wrong = subprocess.run([PROM_DHT, "--port", "x"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 2)


if __name__ == "__main__":
    unittest.main()
