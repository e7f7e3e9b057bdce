"""The page of a node, /metrics and /healthz: what is answered, to whom, and that nobody holds it up; the owner's program."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import socket
import stat
import time
import unittest

from framework import SOURCE, free_port, rpc, wait_until
from node_case import SECONDS, WORDS, RunningTest


class PageTest(RunningTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.lines.append(f"page_port = {self.port}")
        self.configure(*self.lines)

    def get(self, path, method="GET", **headers):
        """(status, headers in small letters, body); `host` may be given, and `_` in names is `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"host": f"127.0.0.1:{self.port}", **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.said += body
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def get_json(self, path, status=200):
        told, headers, body = self.get(path)
        self.assertEqual((told, headers["content-type"]), (status, "application/json"), body)
        return json.loads(body)

    def raw(self, request, seconds=SECONDS):
        """All that comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as client:
            client.sendall(request)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := client.recv(65536):
                    answer += piece
        return answer

    @contextlib.contextmanager
    def events(self):
        """An open stream of events; gives a function that returns the next (event, data)."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as client:
            client.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stream = client.makefile("rb")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += stream.readline()
            self.assertIn(b"\r\nContent-Type: text/event-stream\r\n", head)

            def following():
                event = stream.readline().decode().removeprefix("event: ").strip()
                data = json.loads(stream.readline().decode().removeprefix("data: "))
                self.assertEqual(stream.readline(), b"\n")
                return event, data

            yield following


class Shown(PageTest):
    def check_policy(self, policy, page):
        """Its own style and script by their hashes, and nothing from elsewhere."""
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        for tag in ("style", "script"):
            (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            self.assertEqual(rules[f"{tag}-src"], f"'sha256-{digest}'")
        self.assertEqual((rules["default-src"], rules["connect-src"]), ("'none'", "'self'"))
        for name in ("base-uri", "form-action", "frame-ancestors"):
            self.assertEqual(rules[name], "'none'")

    def test_what_is_there(self):
        self.begin()
        status, headers, body = self.get("/")
        page = body.decode()
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.check_policy(headers["content-security-policy"], page)
        for path in ("/", "/metrics", "/rpc/node.info", "/nothing"):
            headers = self.get(path)[1]
            for name, value in {
                "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
                "cross-origin-resource-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
                "cache-control": "no-store", "connection": "close",
            }.items():  # fmt: skip
                self.assertEqual(headers[name], value, path)
            self.assertFalse([name for name in headers if name.startswith("access-control")])
            self.assertTrue(headers["content-security-policy"].startswith("default-src 'none'"))
        with open(os.path.join(SOURCE, "src", "page", "page.html"), encoding="utf-8") as file:
            self.assertEqual(page, file.read())
        # What it asks is what the socket says.
        info = self.get_json("/rpc/node.info")
        self.assertEqual({**info, "seconds": 0}, {**self.info(), "seconds": 0})
        for method in ("channel.list", "wallet.balance", "peers.list", "rpc.help"):
            self.assertEqual(self.get_json(f"/rpc/{method}"), self.call(method)["result"])
        self.assertEqual(self.get_json("/rpc/channel.show?id=nobody", 400)["error"]["code"], -32001)
        self.assertEqual(self.get_json("/rpc/channel.list?limit=65", 400)["error"]["code"], -32602)
        self.assertEqual(self.get_json("/picture?id=nobody", 400)["error"]["data"], {"error": "bad input"})
        self.assertEqual(self.get("/healthz")[::2], (200, b"ok\n"))
        # Nothing that changes something, and nothing secret.
        for method in ("node.stop", "wallet.address", "wallet.withdraw", "wallet.psbt_export", "log.level"):
            self.assertEqual(self.get(f"/rpc/{method}")[0], 404)
        with open(self.chain["cookie"], encoding="ascii") as file:
            self.check_no_secrets(WORDS, "abandon abandon", file.read().split(":")[1])
        self.end()
        self.check_modes()

    def test_who_may_ask(self):
        self.begin()
        for host in ("evil.example", f"127.0.0.1.evil.example:{self.port}", "[::1]", "0.0.0.0", ""):
            self.assertEqual(self.get("/rpc/node.info", host=host)[0], 421, host)
        for host in ("localhost", f"localhost:{self.port}", "127.0.0.1:8080", "LOCALHOST"):
            self.assertEqual(self.get("/rpc/node.info", host=host)[0], 200, host)
        self.assertTrue(self.raw(b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 421 "))
        for site in ("cross-site", "same-site"):
            self.assertEqual(self.get("/", sec_fetch_site=site)[0], 200)
            for path in ("/rpc/node.info", "/events", "/picture?id=1", "/metrics"):
                self.assertEqual(self.get(path, sec_fetch_site=site)[0], 403, path)
        self.assertEqual(self.get("/rpc/node.info", sec_fetch_site="same-origin", origin="http://evil.example")[0], 200)
        self.end()

    def test_odd_requests(self):
        self.begin()
        for path in ("/", "/metrics", "/rpc/node.info"):
            status, headers, body = self.get(path, "HEAD")
            self.assertEqual((status, body), (200, b""))
            self.assertGreater(int(headers["content-length"]), 100)
        self.assertTrue(self.raw(b"HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200 "))
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"):
            status, headers, body = self.get("/rpc/node.info", method)
            self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"))
        host = b"\r\nHost: 127.0.0.1\r\n\r\n"
        for request, status in (
            (b"GET / HTTP/3.0" + host, 505), (b"GET /" + host, 400), (b"\x16\x03\x01\x02\x00\x01" + host, 400),
            (b"GET http://127.0.0.1/ HTTP/1.1" + host, 400), (b"GET /../../etc/passwd HTTP/1.1" + host, 404),
            (b"GET /%2e%2e/words HTTP/1.1" + host, 404), (b"GET /" + b"x" * 2000 + b" HTTP/1.1" + host, 400),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 9000, 431), (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked" + host + b"0\r\n\r\n", 200),
        ):  # fmt: skip
            self.assertTrue(self.raw(request).startswith(f"HTTP/1.1 {status} ".encode()), (request[:40], status))
        # One request on a connection, whatever is sent behind it.
        answer = self.raw((b"GET /healthz HTTP/1.1" + host) * 50)
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 1)
        self.assertTrue(answer.endswith(b"\r\n\r\nok\n"))
        # Noise, the same in every run.
        noise = hashlib.shake_256(b"noise").digest(40000)
        for at in range(0, len(noise), 1000):
            with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as client:
                client.sendall(noise[at : at + 1000])
        self.assertEqual(self.get("/healthz")[0], 200)
        self.end()

    def test_nobody_holds_it_up(self):
        """100 half-open connections, 100 who follow, of whom some take nothing: the page and /healthz are there, who comes
        is told what happens, and so is the socket."""
        self.begin()
        with contextlib.ExitStack() as all_of_them:
            following = [all_of_them.enter_context(self.events()) for _ in range(100)][-16:]
            for index in range(100):
                client = all_of_them.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS))
                client.sendall(b"GET / HTTP/1.1\r\nHost: 127." if index % 2 else b"")
                if index % 10 == 9:
                    began = time.monotonic()
                    self.assertEqual(self.get("/healthz")[0], 200)
                    self.assertEqual(self.info()["network"], "regtest")
                    self.assertLess(time.monotonic() - began, SECONDS / 4)
            self.assertEqual(self.get("/")[0], 200)
            for follow in following:
                self.assertEqual(follow()[0], "node")
            self.devnet("mine", "1")
            self.assertTrue(wait_until(lambda: self.info()["tip"] == self.chain["height"] + 1, SECONDS))
            for follow in following:
                event, data = follow()
                while event != "node" or data["tip"] != self.chain["height"] + 1:
                    event, data = follow()
        self.assertTrue(wait_until(lambda: self.get("/events", "HEAD")[0] == 200, SECONDS))
        # Half a request ends after a time.
        began = time.monotonic()
        self.assertEqual(self.raw(b"GET / HT"), b"")
        self.assertGreater(time.monotonic() - began, 4)
        self.end()

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", self.port)):
            self.refused("page_port", f"port {self.port} of 127.0.0.1 cannot be listened at", code=1)

    def test_metrics(self):
        """All that the dashboard asks for is there."""
        self.begin()
        _, headers, body = self.get("/metrics")
        self.assertEqual(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        lines = body.decode().splitlines()
        exported = {re.match(r"\w+", line)[0] for line in lines if not line.startswith("#")}
        exported.add("prom_jobs")  # of a node that has none there is no sample
        self.assertEqual({line.split()[2] for line in lines if line.startswith("# HELP")}, exported)
        self.assertEqual({line.split()[2] for line in lines if line.startswith("# TYPE")}, exported)
        for line in lines:
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[0-9]+)$')
        self.assertIn(f"prom_tip_height {self.chain['height']}", lines)
        self.assertIn('prom_balance_sat{part="free"} 0', lines)
        with open(os.path.join(SOURCE, "deploy", "grafana.json"), encoding="utf-8") as file:
            dashboard = json.load(file)
        asked = set()
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                asked |= set(re.findall(r"\bprom_\w+", target["expr"]))
        self.assertLessEqual(asked, exported)
        self.assertLessEqual(exported - {"prom_own_tip_height"}, asked | {"prom_info"})
        self.end()


class Told(PageTest):
    """Those who follow, and the owner's program."""

    def test_money(self):
        out = self.path("notices")
        program = self.write("notify", f"#!/bin/sh\ncat >> {out}\n", 0o755)
        self.configure(*self.lines, f"notify = {program}")
        self.begin()
        address = self.call("wallet.address")["result"]["address"]
        elsewhere = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
        followed = self.start("events", "--follow", "--dir", self.home_dir)
        with self.events() as following:
            self.assertEqual(following()[0], "node")
            self.mined(1, address)
            self.mined(100, elsewhere)
            paid = self.call("wallet.withdraw", to={elsewhere: 10**8}, feerate=2000)["result"]
            self.assertTrue(wait_until(lambda: paid["txid"] in rpc(self.chain, "getrawmempool"), SECONDS))
            self.mined(1, elsewhere)
            payment = self.check_payment(paid, lambda: following(), page=True)
        self.check_payment(paid, lambda: (None, json.loads(followed.stdout.readline())), page=False)
        self.assertTrue(wait_until(lambda: os.path.exists(out) and paid["txid"] in self.notices(out), SECONDS))
        told = [json.loads(line) for line in self.notices(out).splitlines()]
        self.assertIn(payment, told)
        self.assertCountEqual([event["money"]["what"] for event in told if event["kind"] == "money"], ["mined", "payment"])
        # One that fails is in the log, and the configuration that names none is refused.
        self.write("notify", "#!/bin/sh\nexit 7\n", 0o755)
        self.mined(1, self.call("wallet.address")["result"]["address"])
        self.assertTrue(wait_until(lambda: "failed, with exit code 7" in self.log(), SECONDS))
        # What happens while the node is off is told when it is back.
        address = self.call("wallet.address")["result"]["address"]
        self.end()
        followed.communicate(timeout=SECONDS)
        self.write("notify", f"#!/bin/sh\ncat >> {out}\n", 0o755)
        os.unlink(out)
        rpc(self.chain, "generatetoaddress", 1, address)
        subsidy = 50 * 10**8 >> rpc(self.chain, "getblockcount") // 150
        self.begin()
        self.assertTrue(wait_until(lambda: os.path.exists(out) and self.notices(out), SECONDS))
        (told,) = [json.loads(line) for line in self.notices(out).splitlines()]
        self.assertEqual((told["money"]["what"], told["money"]["sat"]), ("mined", subsidy))
        self.end()
        os.chmod(program, stat.S_IRUSR)
        self.refused("notify", "cannot be run")

    def notices(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def check_payment(self, paid, following, page):
        """Reads on to the event of the payment, and returns it."""
        for _ in range(200):
            event, data = following()
            if (not page or event == "happened") and data["kind"] == "money" and data["money"]["what"] == "payment":
                break
        money = data["money"]
        self.assertEqual((money["txid"], money["loss"], money["fee"]), (paid["txid"], True, paid["fee"]))
        self.assertEqual(money["sat"], 10**8 + paid["fee"])
        self.assertEqual(money["height"], rpc(self.chain, "getblockcount"))
        self.assertEqual((data["channel"], data["contract"]), (None, None))
        return data

    def test_alarm(self):
        out = self.path("notices")
        self.configure(*self.lines, f"notify = {self.write('notify', f'#!/bin/sh{chr(10)}cat >> {out}{chr(10)}', 0o755)}")
        self.begin()
        os.kill(self.chain["pid"], 9)
        self.assertTrue(wait_until(lambda: os.path.exists(out) and "alarm" in self.notices(out), SECONDS))
        self.assertTrue(wait_until(lambda: self.get("/healthz")[0] == 503, SECONDS))
        self.end()


if __name__ == "__main__":
    unittest.main()
