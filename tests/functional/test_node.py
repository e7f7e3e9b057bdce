"""prom node: what it refuses to start with, how it runs and ends, and what asks it while it runs."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

from framework import SOURCE, free_port, rpc, wait_until
from node_case import SECONDS, WORDS, NodeTest, RunningTest
from psbt_signer import Psbt


class Refusals(NodeTest):
    def test_configurations(self):
        for line, *says in (
            ("reward_mni = 5", "line 2: there is no setting 'reward_mni'", "did you mean 'reward_min'?"),
            ("nonsense", "line 2: neither a comment"),
            ("network = regtest", "line 2: network stands in line 1 already"),
            ("threads = 1000", "threads = '1000' cannot be: give a whole number from 1 to 64"),
            ("reward_max = all", "reward_max = 'all' cannot be"),
            ("any_pool = true", "any_pool = 'true' cannot be: give yes or no"),
            ("log_level = loud", "give one of error, warn, info, debug"),
            ("log_file = node.log", "an absolute path"),
            ("backup = ~/backup", "'~' is no path here"),
            ("roles = baker", "some of client, worker, verifier, arbiter"),
        ):
            with self.subTest(line=line):
                self.configure(line)
                self.refused(*says)
        self.assertFalse(os.path.exists(self.folder))  # nothing is made of what cannot be used
        self.configure(network="mainnet")
        self.refused("line 1: network = 'mainnet' cannot be")
        self.refused("there is no /nowhere", arguments=("--config", "/nowhere"))
        os.chmod(self.configure("x" * 2000), 0o600)
        self.refused("line 2: longer than 1023 bytes")
        os.chmod(self.configure(), 0o606)
        self.refused("can be written by everybody on this machine", "chmod 600")

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_configuration_of_another_user(self):
        path = self.configure()
        os.chown(path, 65534, 65534)
        self.refused("is another user's than the node's or root's", "chown 0")
        os.chown(path, 0, 0)
        self.refused("there is no seed in")

    def test_what_must_be_there(self):
        self.configure()
        self.refused("there is no seed in", "prom node --create --dir /")
        self.refused("on a terminal", arguments=("--create",))
        path = self.seed()
        os.chmod(path, 0o644)
        self.refused("is open to others than its owner")
        os.chmod(path, 0o600)
        self.refused("there is no folder for bitcoind's cookie", "bitcoind_cookie")
        self.configure("bitcoind_url = http://10.0.0.1:8332", f"bitcoind_cookie = {self.path('cookie')}")
        self.refused("is not the URL of a bitcoind on this machine")
        auth = self.write("auth", "prom:secret-of-rpcauth\n", 0o644)
        self.configure(f"bitcoind_auth = {auth}")
        self.refused("is open to others than its owner", "another password")
        self.configure(f"bitcoind_auth = {auth}", f"bitcoind_cookie = {auth}")
        self.refused("leave one of them out")
        self.configure(f"offer = {self.write('offer', 'zz')}", f"bitcoind_cookie = {self.path('cookie')}")
        self.refused("offer, line 1, is no announcement")
        self.check_no_secrets("secret-of-rpcauth", WORDS)

    def test_main_is_a_risk(self):
        self.seed("main")
        self.configure(network="main")
        self.refused("the coins are real", "1,000,000 sat at most, and 4 are open at once", "--i-accept-the-risk")
        self.refused("there is no folder for bitcoind's cookie", arguments=("--i-accept-the-risk",))
        self.refused("the coins are real", arguments=("--network", "main"))

    def test_databases(self):
        self.seed()
        self.configure(f"bitcoind_cookie = {self.path('cookie')}", "bitcoind_url = http://127.0.0.1:1")
        path = os.path.join(self.folder, "prometheus.sqlite")
        self.write("prom/regtest/prometheus.sqlite", "no database, but long enough to be looked at" * 40, 0o600)
        self.refused("is no database")
        os.unlink(path)
        node = self.start("node", "--dir", self.home_dir)
        self.assertTrue(wait_until(lambda: os.path.exists(os.path.join(self.folder, "rpc")), SECONDS))
        node.terminate()
        self.said += b"".join(node.communicate(timeout=SECONDS))
        self.assertEqual(node.returncode, 0)
        shutil.copytree(self.folder, self.path("prom", "signet"))
        self.refused("belongs to another chain", arguments=("--network", "signet"))
        with sqlite3.connect(path) as store:
            (version,) = store.execute("PRAGMA user_version").fetchone()
            store.execute(f"PRAGMA user_version = {version + 1}")
        store.close()
        self.refused("newer")

    def test_first_steps(self):
        """The file, the seed on a terminal, its passphrase."""
        where = ("--dir", self.home_dir)
        self.assertIn("prom.conf", self.prom("node", "--write-config", "--network", "regtest", *where)[0])
        path = os.path.join(self.home_dir, "prom.conf")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.refused("is never written over", arguments=("--write-config",))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(self.prom("node", "--write-config", "--config", "-", "--network", "regtest")[0], file.read())
        shown = self.on_terminal("node", "--create", *where, stream="stdout")[0].decode()
        with open(os.path.join(self.folder, "words"), encoding="ascii") as file:
            words = file.read().strip()
        self.assertEqual(shown.split("\n", 2)[2].split(), words.split())
        self.assertIn(b"is there already", self.on_terminal("node", "--create", *where, stream="stdout", code=2)[1])
        os.unlink(os.path.join(self.folder, "words"))
        one = self.write("one", "open sesame one\n", 0o600)
        two = self.write("two", "open sesame two\n", 0o600)
        shown = self.on_terminal(
            "node", "--create", "--encrypt", "--passphrase-file", one, *where, stream="stdout")[0].decode()  # fmt: skip
        words = shown.split("\n", 2)[2].split()
        path = os.path.join(self.folder, "words")
        with open(path, encoding="ascii") as file:
            self.assertNotIn(words[0] + " " + words[1], file.read())
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertTrue(self.prom_json("seed", "check", path, "--passphrase-file", one)["right"])
        changed = self.prom_json("seed", "passphrase", path, "--passphrase-file", one, "--new", two)
        self.assertEqual(changed, {"file": path, "encrypted": True})
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.refused("this is not its passphrase", arguments=("--passphrase-file", one))
        self.refused("there is no terminal to ask")
        self.refused("no folder for bitcoind's cookie", arguments=("--passphrase-file", two))
        self.prom("seed", "passphrase", path, "--passphrase-file", two, "--remove")
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read().split(), words)
        self.check_no_secrets("open sesame", " ".join(words[:3]))


class Deployed(NodeTest):
    """What deploy/ has for those who run a node as a service."""

    UNIT = os.path.join(SOURCE, "deploy", "prom-node.service")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there")
    def test_unit_is_closed(self):
        judged = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", self.UNIT], capture_output=True, text=True, check=False,
            timeout=SECONDS,
        )  # fmt: skip
        score = re.search(r"Overall exposure level for prom-node.service: ([0-9.]+)", judged.stdout)
        self.assertLess(float(score[1]), 2)

    def test_unit_names_what_there_is(self):
        """The command of the unit is one that the program takes."""
        with open(self.UNIT, encoding="utf-8") as file:
            (command,) = re.findall(r"^ExecStart=(.*)$", file.read(), re.M)
        options = {word for word in command.split() if word.startswith("--")}
        self.assertLessEqual(options, set(re.findall(r"--[a-z-]+", self.prom("help", "node")[0])))


class Running(RunningTest):
    def test_life(self):
        os.chmod(self.folder, 0o755)
        self.begin()
        self.check_modes()
        info = self.prom_json("rpc", "node.info", "--dir", self.home_dir)
        self.assertEqual((info["network"], info["roles"], info["pid"]), ("regtest", ["client"], self.node.pid))
        self.assertEqual(info["tip"], self.chain["height"])
        self.assertEqual(self.prom_node("channel", "list"), {"network": "regtest", "channels": []})
        self.assertEqual(self.prom("channel", "list", "--dir", self.folder)[0], "there are no channels\n")
        nobody = {"peers": [], "links": 0, "link_bytes": 0, "received": 0, "sent": 0, "contacts": [], "topics": [], "cut": False, "discovery": True, "dht": None}
        self.assertEqual(self.prom_node("peers"), nobody)
        self.fails("channel", "show", "nobody's", "--dir", self.home_dir, code=2, says=["there is no channel nobody's"])
        self.fails("rpc", "node.inof", "--dir", self.home_dir, code=2, says=["did you mean 'node.info'?"])
        for command, method in ((("stop",), "node.stop"), (("peers",), "peers.list"),
                                (("channel", "list"), "channel.list"), (("events", "--follow"), "events.follow")):  # fmt: skip
            text = self.prom(*command, "--explain", "--dir", self.home_dir)[0]  # of peers two calls
            self.assertEqual(json.JSONDecoder().raw_decode(text)[0]["method"], method)
        # Two at once: the second touches nothing, least of all the log of the first.
        before = self.log()
        self.refused("is in use by", f"process {self.node.pid}", code=1)
        self.assertEqual(self.log(), before)
        self.assertEqual(self.info()["pid"], self.node.pid)
        # A block comes.
        self.devnet("mine", "1")
        self.assertTrue(wait_until(lambda: self.info()["tip"] == self.chain["height"] + 1, SECONDS))
        # It is killed, and goes on.
        self.end(signal.SIGKILL, code=-signal.SIGKILL)
        self.fails("peers", "--dir", self.home_dir, code=2, says=["no node runs in", "start it by 'prom node'"])
        for command in "quote", "run":  # before it looks at files, or makes some
            self.fails(command, "no.prom", "no.npy", "--dir", self.home_dir, code=2, says=["no node runs in"])
        self.assertEqual(self.prom_node("channel", "list"), {"network": "regtest", "channels": []})
        self.begin()
        stopped = self.prom_node("stop")
        self.assertEqual(stopped, {"pid": self.node.pid})
        self.assertEqual(self.prom_node("channel", "list")["channels"], [])  # the folder is free
        self.assertEqual(self.node.wait(timeout=SECONDS), 0)
        self.end(how=None, code=0)
        for how in (signal.SIGINT, signal.SIGTERM):
            self.begin(wait=False)
            self.assertTrue(wait_until(lambda: self.info() != {}, SECONDS))
            self.end(how)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "rpc")))
        self.check_modes()
        with open(self.chain["cookie"], encoding="ascii") as file:
            self.check_no_secrets(WORDS, "abandon abandon", file.read().split(":")[1])

    def test_files_are_read_beside(self):
        """What an owner asks about is read while the node goes on; whoever asks has its answers in the order of asking."""
        self.begin()
        path = self.write("zeros", "\0" * (8 << 20))
        names = {"program": path, "input": path}
        questions = [("job.quote", names), ("node.info", {}), ("job.run", names)]
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(os.path.join(self.folder, "rpc"))
            for number, (method, params) in enumerate(questions):
                request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
                client.sendall(json.dumps(request).encode() + b"\n")
            client.shutdown(socket.SHUT_WR)  # and has nothing more to say
            self.assertEqual(self.info()["tip"], self.chain["height"])  # another client is answered
            stream = client.makefile("rb")
            answers = [json.loads(stream.readline()) for _ in questions]
        self.assertEqual([answer["id"] for answer in answers], [0, 1, 2])
        self.assertEqual(answers[1]["result"]["tip"], self.chain["height"])
        for answer in (answers[0], answers[2]):
            self.assertEqual(answer["error"]["code"], -32001)
            self.assertIn(path, answer["error"]["message"])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "jobs")))
        self.end()

    def check_wallet_commands(self, elsewhere, rows):
        where = ("--dir", self.home_dir)
        self.assertEqual(self.prom_node("wallet", "history")["rows"][:3], rows)
        self.assertEqual(len(self.prom("wallet", "history", "--csv", *where)[0].splitlines()), 5)
        self.assertEqual(self.prom("wallet", "coins", *where)[0], "there are no coins\n")
        self.assertRegex(self.prom("wallet", "balance", *where)[0], r"(?m)^total +0 sat$")
        self.assertTrue(self.prom("wallet", "address", *where)[0].startswith("bcrt1p"))
        withdraw = ("wallet", "withdraw", elsewhere)
        said = self.prom(*withdraw, "5000", "--feerate", "2", "--dry-run", "--explain", *where)[0]
        params = {"to": {elsewhere: 5000}, "feerate": 2000, "dry_run": True}
        self.assertEqual(json.loads(said)["params"], params)
        other = "bcrt1pfeesnyr2tx"
        said = self.prom(*withdraw, "5000", other, "6000", "--explain", *where)[0]
        self.assertEqual(json.loads(said)["params"], {"to": {elsewhere: 5000, other: 6000}})
        self.assertEqual(json.loads(self.prom(*withdraw, "all", "--explain", *where)[0])["params"], {"all": elsewhere})
        self.fails(*withdraw, "5000", other, *where, code=2, says=["an amount is missing"])
        self.fails(*withdraw, "5000", elsewhere, "1", *where, code=2, says=["is named twice"])
        self.assertIn("are free", self.prom(*withdraw, "5000", "--feerate", "2", *where, code=2)[1])
        self.assertIn("no amount", self.prom(*withdraw, "5x", *where, code=2)[1])
        self.fails("wallet", "import", self.write("odd.psbt", "?"), *where, code=2, says=["odd.psbt: ", "base 64"])
        self.fails("wallet", "import", self.path("none.psbt"), *where, code=2, says=["none.psbt"])
        self.assertIn("block", self.prom("wallet", "payments", *where)[0])

    def test_wallet(self):
        """Money in, out, out by a signer elsewhere, and what the history says of it."""
        self.begin()
        elsewhere = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
        address = self.call("wallet.address")["result"]["address"]
        self.mined(2, address)
        self.assertEqual(self.call("wallet.balance")["result"]["immature"], 100 * 10**8)
        self.mined(100, elsewhere)
        pay = {"to": {elsewhere: 10**8}, "feerate": 2000}
        dry = self.call("wallet.withdraw", **pay, dry_run=True)["result"]
        self.assertEqual(rpc(self.chain, "getrawmempool"), [])
        paid = self.call("wallet.withdraw", **pay, reference="rent")["result"]
        self.assertEqual((paid["fee"], paid["vsize"], paid["psbt"]), (dry["fee"], dry["vsize"], None))
        self.assertEqual(self.call("wallet.withdraw", **pay, reference="rent")["result"], {**paid, "before": True})
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") == [paid["txid"]], SECONDS))
        self.assertIn("either to or all", self.call("wallet.withdraw")["error"]["message"])
        self.assertIn("network", self.call("wallet.withdraw", to={"1BoatSLRHtKNngkdXEeobR76b53LETtpyT": 1000})["error"]["message"])  # fmt: skip
        self.mined(1, elsewhere)
        out = self.call("wallet.psbt_export", all=elsewhere, feerate=2000)["result"]
        self.assertIn("not signed", self.call("wallet.psbt_import", psbt=out["psbt"])["error"]["message"])
        psbt = Psbt(out["psbt"])
        psbt.sign(hashlib.pbkdf2_hmac("sha512", WORDS.encode(), b"mnemonic", 2048), set(range(out["inputs"])))
        lines = "\n".join(re.findall(".{1,64}", psbt.text()))
        taken = self.prom_node("wallet", "import", self.write("signed.psbt", lines + "\n"))
        self.assertEqual(taken["txid"], out["txid"])
        self.assertEqual([coin["use"] for coin in self.call("wallet.coins")["result"]["coins"]], ["paid", "paid"])
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") == [out["txid"]], SECONDS))
        self.mined(1, elsewhere)
        self.assertEqual(self.call("wallet.balance")["result"]["total"], 0)
        page = self.call("wallet.history", limit=3)["result"]
        self.assertEqual([row["what"] for row in page["rows"]], ["mined", "mined", "payment"])
        self.assertEqual((page["rows"][2]["loss"], page["rows"][2]["sat"]), (True, 10**8 + paid["fee"]))
        self.check_wallet_commands(elsewhere, page["rows"])
        last = self.call("wallet.history", **{"from": page["next"]}, csv=True)["result"]
        lines = last["csv"].splitlines()
        self.assertEqual((len(lines), last["next"]), (2, None))
        self.assertIn(f"{out['txid']},payment,-{page['rows'][2]['balance']},{out['fee']},0", lines[1])

    def test_sighup(self):
        self.begin()
        self.assertEqual(self.call("log.level")["result"], {"level": "info"})
        self.configure(*self.lines, "log_level = debug", "contracts_max = 7", "threads = 2", "log_stderr = no")
        self.node.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: self.info()["channels_max"] == 7, SECONDS))
        self.assertEqual(self.call("log.level")["result"], {"level": "debug"})
        self.assertIn("warn threads, and perhaps others, is taken with the next start", self.log())
        self.configure(*self.lines, "contracts_max = lots")
        log = os.path.join(self.folder, "node.log")
        os.rename(log, log + ".1")  # as logrotate does
        self.node.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: os.path.exists(log) and "threads" not in self.log(), SECONDS))
        self.assertEqual(self.info()["channels_max"], 7)
        with open(log + ".1", encoding="utf-8") as file:
            self.assertIn("the configuration stays as it was", file.read())
        for line in "listen = 1.2.3.4", "proxy = nowhere", "peer = nobody":  # at the next start too they cannot be
            self.configure(*self.lines, line)
            self.node.send_signal(signal.SIGHUP)
            name = line.split()[0]
            self.assertTrue(wait_until(lambda: f"error the configuration stays as it was: `{name}` in prom.conf" in self.log(), SECONDS))
        for lines, says in (
            ([self.lines[0], "bitcoind_cookie = /nowhere/cookie"], "there is no folder for bitcoind's cookie"),
            (["bitcoind_url = http://10.0.0.1:8332", self.lines[1]], "is not the URL of a bitcoind on this machine"),
            ([*self.lines, f"offer = {self.write('offer', 'zz')}"], "offer, line 1, is no announcement"),
            ([*self.lines, f"offers = {self.path('gone')}"], "gone"),
            ([*self.lines, f"seed_passphrase_file = {self.write('open', 'phrase', 0o644)}"], "is open to others"),
        ):
            self.configure(*lines)
            self.node.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda says=says: says in self.log(), SECONDS), says)
            self.assertNotIn("was read again", self.log())
        self.configure(*self.lines, network="main")
        self.node.send_signal(signal.SIGHUP)
        self.assertTrue(wait_until(lambda: "stays as it was: on the main chain the coins are real" in self.log(), SECONDS))
        self.assertEqual(self.call("log.level", level="warn")["result"], {"level": "warn"})
        self.end()

    def test_hostile_clients(self):
        self.begin()
        clients = []
        for index in range(60):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            client.connect(os.path.join(self.folder, "rpc"))
            clients.append(client)
            try:
                if index % 3 == 0:
                    client.send(os.urandom(3000) + b"\n")
                elif index % 3 == 1:
                    for _ in range(4):
                        client.send(b"x" * 60000)
                else:
                    client.send(b'{"jsonrpc": "2.0", "id": 1, "meth')  # and never more
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                pass
            if index % 10 == 0:
                began = time.monotonic()
                self.assertEqual(self.info()["network"], "regtest")
                self.assertLess(time.monotonic() - began, SECONDS / 4)
        flood = clients[-1]
        flood.setblocking(True)
        flood.settimeout(SECONDS)
        line = b'{"jsonrpc":"2.0","id":1,"method":"rpc.help"}\n'
        try:
            flood.sendall(line * 1000)  # and its answers are not read
        except OSError:
            pass
        self.assertEqual(self.info()["network"], "regtest")
        for client in clients:
            client.close()
        for text, code in (("[" * 60000, -32700), ("[]", -32600), ('{"jsonrpc":"2.0","id":1,"method":"x"}', -32601)):
            self.assertEqual(self.ask(text)["error"]["code"], code)
        self.assertEqual(self.call("channel.show", id=5)["error"]["code"], -32602)
        self.end()

    def test_bitcoind_away(self):
        """A bitcoind that comes, goes, and comes back: behind a door that is opened and shut."""
        port = free_port()
        cookie = self.path("bitcoind", "cookie")
        os.makedirs(os.path.dirname(cookie))
        self.configure(f"bitcoind_url = http://127.0.0.1:{port}", f"bitcoind_cookie = {cookie}", "bitcoind_poll_ms = 50")
        self.begin(wait=False)
        self.assertTrue(wait_until(lambda: self.info() != {}, SECONDS))
        self.assertFalse(self.info()["ready"])
        self.assertIn("warn bitcoind is waited for: ", self.log())
        self.assertTrue(wait_until(lambda: "is bitcoind running?" in self.info()["waiting"], SECONDS), self.info())
        shutil.copy(self.chain["cookie"], cookie)
        theirs = int(self.chain["url"].rsplit(":", 1)[1])
        for _ in range(2):
            door = subprocess.Popen([sys.executable, "-c", DOOR, str(port), str(theirs)])
            try:
                self.assertTrue(wait_until(lambda: self.info()["ready"], SECONDS), self.info())
                self.assertEqual(rpc(self.chain, "getblockcount"), self.info()["tip"])
            finally:
                door.kill()
                door.wait()
            self.assertTrue(wait_until(lambda: not self.info()["ready"], SECONDS))
        self.assertIn("is bitcoind running?", self.info()["waiting"])
        self.end()

    def test_wrong_chain(self):
        self.seed("signet")
        self.configure(*self.lines, network="signet")
        self.refused("is on the chain 'regtest', and this node is to be on 'signet'")

    def test_events_and_numbers(self):
        port = free_port()
        self.configure(*self.lines, f"page_port = {port}")
        self.begin()
        get = lambda page: urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=SECONDS)
        with get("healthz") as answer:
            self.assertEqual(answer.read(), b"ok\n")
        with get("metrics") as answer:
            self.assertIn(f"\nprom_tip_height {self.chain['height']}\n", answer.read().decode())
        with self.assertRaises(urllib.error.HTTPError):
            get("words")
        events = self.start("events", "--follow", "--dir", self.home_dir)
        time.sleep(0.3)
        os.kill(self.chain["pid"], signal.SIGKILL)
        event = json.loads(events.stdout.readline())
        self.assertEqual((event["kind"], event["channel"], event["contract"]), ("alarm", None, None))
        with self.assertRaises(urllib.error.HTTPError) as unhealthy:
            get("healthz")
        self.assertEqual(unhealthy.exception.code, 503)
        self.end()
        events.communicate(timeout=SECONDS)
        self.assertEqual(events.returncode, 0)


# Lets connections to one port of the loopback interface through to another.
DOOR = """
import socket, sys, threading
def carry(one, other):
    try:
        while piece := one.recv(65536):
            other.sendall(piece)
    except OSError:
        pass
    other.close()
door = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    inside, _ = door.accept()
    outside = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for pair in ((inside, outside), (outside, inside)):
        threading.Thread(target=carry, args=pair, daemon=True).start()
"""


if __name__ == "__main__":
    unittest.main()
