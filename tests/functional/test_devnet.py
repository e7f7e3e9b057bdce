"""`prom devnet`: up, status, mine, down; wrong input; commands killed at any moment."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

import framework
from framework import PROM, port_open, processes, real_bitcoind, rpc, wait_until

FIRST_BLOCKS = 110
NEWEST_OLD = "27.2.0"
DELAYS = (0, 0.005, 0.01, 0.02, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.28, 0.3)  # up takes about 0.3 s


class DevnetTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.dir = self.path("devnet")

    def devnet(self, *arguments, code=0):
        return self.prom_json("devnet", *arguments, "--dir", self.dir, code=code)

    def devnet_fails(self, *arguments, code, says):
        return self.fails("devnet", *arguments, "--dir", self.dir, code=code, says=says)

    def check_gone(self, port=None):
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))
        if port is not None:
            self.assertFalse(port_open(port))

    def down(self):
        """Stops the devnet, which must be up; nothing may be left."""
        status = self.devnet("status")
        self.assertTrue(self.devnet("down")["stopped"])
        self.check_gone(port_of(status))

    def state(self):
        with open(os.path.join(self.dir, "devnet.json"), encoding="utf-8") as file:
            return json.load(file)

    def fake_bitcoind(self, name, body, version="v31.0.0"):
        """A program that calls itself Bitcoin Core and runs `body` instead of a node."""
        return self.write(
            name,
            "#!/bin/sh\n"
            f'if [ "$1" = --version ]; then echo "Bitcoin Core daemon version {version} bitcoind"; exit 0; fi\n'
            f"{body}\n",
            0o755,
        )


def port_of(status):
    return int(status["url"].rsplit(":", 1)[1])


def listening(pid):
    """The addresses, in the kernel's hex, at which the process listens over TCP."""
    sockets = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{name}")
        if target.startswith("socket:["):
            sockets.add(target[len("socket:[") : -1])
    addresses = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    addresses.append(fields[1])
    return addresses


class Life(DevnetTest):
    def test_from_up_to_down(self):
        up = self.devnet("up")
        self.assertEqual((up["what"], up["running"], up["height"]), ("started", True, FIRST_BLOCKS))
        self.assertEqual(up["dir"], self.dir)
        self.assertEqual(os.path.realpath(real_bitcoind()), up["bitcoind"])
        self.assertIn(up["pid"], processes(self.dir))

        again = self.devnet("up")
        self.assertEqual(again, {**up, "what": "already running"})
        self.assertEqual(self.devnet("up", "--rpc-port", str(port_of(up))), again)
        self.assertEqual(self.devnet("status"), {**up, "what": "running"})

        mined = self.devnet("mine", "205")
        self.assertEqual((mined["mined"], mined["height"]), (205, FIRST_BLOCKS + 205))
        self.assertEqual(mined["best"], rpc(up, "getbestblockhash"))
        self.assertEqual(self.devnet("status")["height"], FIRST_BLOCKS + 205)

        self.assertEqual(
            self.devnet("down"), {"running": False, "stopped": True, "deleted": True, "dir": self.dir}
        )
        self.check_gone(port_of(up))
        self.assertEqual(
            self.devnet("down"), {"running": False, "stopped": False, "deleted": False, "dir": self.dir}
        )
        self.assertEqual(self.devnet("status", code=3), {"running": False, "dir": self.dir})

    def test_text(self):
        output, errors = self.prom("devnet", "up", "--dir", self.dir)
        self.assertEqual(errors, "")
        status = self.devnet("status")
        for text in ("started: ", status["url"], status["cookie"], str(status["pid"]), status["version"], self.dir):
            self.assertIn(text, output)
        self.assertIn("already running: ", self.prom("devnet", "up", "--dir", self.dir)[0])
        self.assertIn("running: ", self.prom("devnet", "status", "--dir", self.dir)[0])
        self.assertIn("mined 3 blocks; the height is 113", self.prom("devnet", "mine", "3", "--dir", self.dir)[0])
        self.assertIn("stopped and deleted: ", self.prom("devnet", "down", "--dir", self.dir)[0])
        self.assertIn("nothing to do: ", self.prom("devnet", "down", "--dir", self.dir)[0])
        self.assertIn("not running: ", self.prom("devnet", "status", "--dir", self.dir, code=3)[0])

    def test_it_is_private_and_funded(self):
        up = self.devnet("up")
        self.assertEqual(listening(up["pid"]), ["0100007F:%04X" % port_of(up)])
        self.assertEqual(rpc(up, "getnetworkinfo")["connections"], 0)
        self.assertEqual(rpc(up, "getblockchaininfo")["chain"], "regtest")
        self.assertTrue(wait_until(lambda: rpc(up, "getindexinfo", "txindex")["txindex"]["synced"]))

        block = rpc(up, "getblock", rpc(up, "getblockhash", 1), 2)
        script = block["tx"][0]["vout"][0]["scriptPubKey"]
        self.assertEqual(script["type"], "witness_v1_taproot")
        coins = rpc(up, "scantxoutset", "start", [f"raw({script['hex']})"])
        self.assertEqual((len(coins["unspents"]), coins["total_amount"]), (FIRST_BLOCKS, 50 * FIRST_BLOCKS))

        self.assertEqual(stat.S_IMODE(os.stat(self.dir).st_mode), 0o700)
        secret = os.stat(os.path.join(self.dir, "secret"))
        self.assertEqual((stat.S_IMODE(secret.st_mode), secret.st_size), (0o600, 32))
        self.down()

    def test_bitcoind_holds_nothing_of_the_caller(self):
        reading, writing = os.pipe()
        process = self.start("devnet", "up", "--dir", self.dir, pass_fds=[writing])
        os.close(writing)
        process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 0)
        os.set_blocking(reading, False)
        self.assertEqual(os.read(reading, 1), b"")  # the end of the file; BlockingIOError were it held open
        os.close(reading)
        pid = self.devnet("status")["pid"]
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        self.down()

    def test_two_devnets_side_by_side(self):
        first = self.devnet("up")
        other = self.path("other")
        second = self.prom_json("devnet", "up", "--dir", other)
        self.assertNotEqual(first["url"], second["url"])
        self.devnet("mine", "1")
        self.assertEqual(self.prom_json("devnet", "status", "--dir", other)["height"], FIRST_BLOCKS)
        self.down()
        self.assertTrue(self.prom_json("devnet", "down", "--dir", other)["stopped"])

    def test_chosen_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.assertEqual(port_of(self.devnet("up", "--rpc-port", str(port))), port)
        other = port - 1 if port > 1024 else port + 1
        self.devnet_fails("up", "--rpc-port", str(other), code=2, says=["already runs at port", str(port), str(other)])
        self.down()

    def test_commands_at_the_same_time(self):
        ups = [self.start("devnet", "up", "--json", "--dir", self.dir) for _ in range(4)]
        told = [json.loads(up.communicate(timeout=framework.COMMAND_SECONDS)[0])["what"] for up in ups]
        self.assertEqual(sorted(told), ["already running"] * 3 + ["started"])
        self.assertEqual(len(processes(self.dir)), 1)
        mixed = [
            self.start("devnet", command, "--json", "--dir", self.dir) for command in ("down", "up", "down", "up", "down")
        ]
        for process in mixed:
            output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertEqual((process.returncode, errors), (0, b""), output)
        self.devnet("down")
        self.check_gone()

    def test_default_folder(self):
        expected = self.path(".local/share/prometheus/devnet")
        self.assertEqual(self.prom_json("devnet", "status", code=3)["dir"], expected)
        self.environment["XDG_DATA_HOME"] = self.path("data")
        self.assertEqual(self.prom_json("devnet", "status", code=3)["dir"], self.path("data/prometheus/devnet"))
        del self.environment["XDG_DATA_HOME"], self.environment["HOME"]
        self.fails("devnet", "status", code=2, says=["HOME is not set", "--dir"])

    def test_empty_folder_and_relative_name(self):
        os.mkdir(self.dir)
        self.assertFalse(self.devnet("down")["deleted"])
        self.assertTrue(os.path.isdir(self.dir))
        up = self.prom_json("devnet", "up", "--dir", os.path.relpath(self.dir))
        self.assertEqual(up["dir"], self.dir)
        self.down()

    def test_proxy_variables_are_not_heeded(self):
        self.environment["http_proxy"] = self.environment["ALL_PROXY"] = "http://127.0.0.1:9"
        self.devnet("up")
        self.down()


class Repair(DevnetTest):
    def kill_after(self, delay, *arguments):
        process = self.start("devnet", *arguments, "--dir", self.dir)
        time.sleep(delay)
        process.kill()
        process.communicate(timeout=framework.COMMAND_SECONDS)

    def test_up_killed_then_up(self):
        for delay in DELAYS:
            with self.subTest(delay=delay):
                self.kill_after(delay, "up")
                self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
                self.assertEqual(len(processes(self.dir)), 1)
                self.assertEqual(self.devnet("mine", "1")["height"], FIRST_BLOCKS + 1)
                self.down()

    def test_up_killed_then_down(self):
        for delay in DELAYS:
            with self.subTest(delay=delay):
                self.kill_after(delay, "up")
                self.devnet("down")
                self.assertEqual(processes(self.dir), {})
                self.devnet("status", code=3)

    def test_down_killed(self):
        for delay in (0.01, 0.02, 0.04, 0.08, 0.12):
            with self.subTest(delay=delay):
                self.devnet("up")
                self.kill_after(delay, "down")
                self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
                self.kill_after(delay, "down")
                self.devnet("down")
                self.check_gone()

    def test_down_killed_while_it_waits(self):
        """From its first moment on, nobody uses the devnet again."""
        up = self.devnet("up")
        self.devnet("mine", "1")
        os.kill(up["pid"], signal.SIGSTOP)
        down = self.start("devnet", "down", "--dir", self.dir)
        self.assertTrue(wait_until(lambda: not os.path.exists(os.path.join(self.dir, "devnet.json"))))
        down.kill()
        down.communicate()
        self.assertIn(up["pid"], processes(self.dir))
        os.kill(up["pid"], signal.SIGCONT)
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"]), ("started", FIRST_BLOCKS))
        self.down()

    def test_mine_killed(self):
        self.devnet("up")
        self.kill_after(0.1, "mine", "10000")
        height = self.devnet("status")["height"]
        self.assertLess(height, FIRST_BLOCKS + 10000)
        self.assertGreater(self.devnet("mine", "1")["height"], height)
        self.down()

    def end_bitcoind(self, status, number):
        os.kill(status["pid"], number)
        self.assertTrue(wait_until(lambda: not processes(self.dir)))

    def test_stopped_bitcoind_keeps_its_chain(self):
        """As at a shutdown of the machine."""
        up = self.devnet("up")
        best = self.devnet("mine", "7")["best"]
        self.end_bitcoind(up, signal.SIGTERM)
        self.assertEqual(self.devnet("status", code=3)["running"], False)
        self.devnet_fails("mine", "1", code=1, says=["no devnet runs", "prom devnet up"])
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"]), ("started", FIRST_BLOCKS + 7))
        self.assertEqual(rpc(again, "getbestblockhash"), best)
        self.down()

    def test_killed_bitcoind(self):
        """What it had not yet written is lost; the devnet is funded anew."""
        self.end_bitcoind(self.devnet("up"), signal.SIGKILL)
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"]), ("started", FIRST_BLOCKS))
        self.end_bitcoind(again, signal.SIGKILL)
        self.assertIn("was not running, deleted", self.prom("devnet", "down", "--dir", self.dir)[0])
        self.check_gone(port_of(again))

    def test_bitcoind_ends_while_up_looks_at_it(self):
        for _ in range(3):
            rpc(self.devnet("up"), "stop")
            self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
        self.down()

    def test_half_deleted_data(self):
        """A down that was killed between two of its deletions."""
        up = self.devnet("up")
        os.rename(os.path.join(self.dir, "devnet.json"), os.path.join(self.dir, "condemned.json"))
        self.end_bitcoind(up, signal.SIGTERM)
        shutil.rmtree(os.path.join(self.dir, "bitcoin", "regtest", "blocks"))
        self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
        self.down()

    def test_condemned(self):
        """A down that was killed before it stopped bitcoind."""
        up = self.devnet("up")
        os.rename(os.path.join(self.dir, "devnet.json"), os.path.join(self.dir, "condemned.json"))
        os.remove(os.path.join(self.dir, "bitcoin", "regtest", "bitcoind.pid"))
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "being deleted"])
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"]), ("started", FIRST_BLOCKS))
        self.assertEqual(list(processes(self.dir)), [again["pid"]])
        self.down()

    def test_lost_state(self):
        whole = None
        for damage in (None, "", "{", '{"pid": "x"}', '{"pid": -1, "rpc_port": 1, "bitcoind": "", "version": ""}', "x" * 20000):
            with self.subTest(damage=damage):
                pid = self.devnet("up")["pid"]
                path = os.path.join(self.dir, "devnet.json")
                os.remove(path)
                if damage is not None:
                    self.write("devnet/devnet.json", damage)
                self.devnet_fails("status", code=1, says=[str(pid), "prom devnet up"])
                self.devnet_fails("mine", "1", code=1, says=["no devnet runs"])
                whole = self.devnet("up")
                self.assertEqual((whole["what"], whole["height"]), ("started", FIRST_BLOCKS))
                self.assertEqual(list(processes(self.dir)), [whole["pid"]])
        os.remove(os.path.join(self.dir, "devnet.json"))
        self.assertTrue(self.devnet("down")["stopped"])
        self.check_gone(port_of(whole))

    def test_a_stranger_with_the_pid_is_left_alone(self):
        self.end_bitcoind(self.devnet("up"), signal.SIGKILL)
        stranger = subprocess.Popen(["sleep", "600"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        for name, content in (
            ("devnet.json", json.dumps({**self.state(), "pid": stranger.pid})),
            ("bitcoin/regtest/bitcoind.pid", f"{stranger.pid}\n"),
        ):
            self.write("devnet/" + name, content)
        self.devnet("status", code=3)
        self.assertFalse(self.devnet("down")["stopped"])
        self.assertIsNone(stranger.poll())

    def test_frozen_bitcoind(self):
        up = self.devnet("up")
        os.kill(up["pid"], signal.SIGSTOP)
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "does not answer"])
        self.assertTrue(self.devnet("down")["stopped"])
        self.check_gone()

    def test_damaged_secret(self):
        self.devnet("up")
        for content in ("short", "x" * 33):
            self.write("devnet/secret", content)
            self.devnet_fails("mine", "1", code=1, says=["secret"])
        self.down()


class WrongInput(DevnetTest):
    def test_command_line(self):
        self.assertIn("devnet", self.prom(code=2)[1])
        for arguments, says in (
            (["devent"], ["unknown command 'devent' (did you mean 'devnet'?)", "prom --help"]),
            (["help", "devent"], ["unknown command 'devent'"]),
            (["--devnet"], ["unknown option '--devnet'"]),
            (["devnet"], ["say what to do: up, down, status, mine", "prom help devnet"]),
            (["devnet", "start"], ["'start' is none of devnet's commands: up, down, status, mine", "prom help devnet"]),
            (["devnet", "up", "--port", "1"], ["unknown option '--port'", "prom help devnet up"]),
            (["devnet", "up", "--dir"], ["--dir needs a value"]),
            (["devnet", "up", "--dir="], ["--dir needs a value"]),
            (["devnet", "up", "now"], ["'now' is one argument too many"]),
            (["devnet", "mine"], ["no number of blocks is given"]),
            (["devnet", "down", "--rpc-port", "1"], ["--rpc-port is an option of up, not of down"]),
            (["devnet", "mine", "1", "--bitcoind", "x"], ["--bitcoind is an option of up, not of mine"]),
        ):
            with self.subTest(arguments=arguments):
                if arguments[-1] == "--dir":
                    self.assertIn(says[0], self.prom(*arguments, code=2)[1])
                else:
                    self.fails(*arguments, code=2, says=says)
        self.assertIn("--json takes no value", self.prom("devnet", "up", "--json=yes", code=2)[1])
        self.assertIn("say what to do", self.prom("devnet", "--", "--dir", code=2)[1])
        self.assertIn("'--dir' is one argument too many", self.prom("devnet", "up", "--", "--dir", code=2)[1])

    def test_help(self):
        usage = self.prom("--help")[0]
        self.assertIn("devnet", usage)
        self.assertEqual(self.prom("help")[0], usage)
        self.assertEqual(self.prom("-h")[0], usage)
        text = self.prom("help", "devnet")[0]
        self.assertEqual(self.prom("devnet", "--help")[0], text)
        for word in ("devnet up", "down", "status", "mine N", "--dir", "--rpc-port", "--bitcoind", "--json", "Exit codes"):
            self.assertIn(word, text)
        self.assertRegex(self.prom("--version")[0], r"^prom \d+\.\d+\.\d+\n$")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([PROM, "--help"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual((run.returncode, run.stderr), (1, b"prom: the output cannot be written\n"))

    def test_numbers(self):
        for count in ("-1", "x", "0", "10001", "1.5", "+1", " 1", "", "99999999999999999999"):
            self.devnet_fails("mine", count, code=2, says=[f"'{count}'", "a number of blocks", "1 to 10000"])
        for port in ("-1", "x", "0", "65536", "4294967297"):
            self.devnet_fails("up", "--rpc-port", port, code=2, says=[f"'{port}' is not a port", "1 to 65535"])
        self.devnet_fails("mine", "1", code=1, says=["no devnet runs in", "prom devnet up"])
        self.check_gone()

    def test_no_bitcoind(self):
        del self.environment["PROM_BITCOIND"]
        self.environment["PATH"] = self.path("bin") + "::/nowhere"
        self.devnet_fails("up", code=1, says=["no bitcoind found", "make deps", "28 or newer"])
        self.check_gone()  # nothing is left of a devnet that never was
        self.environment["PROM_BITCOIND"] = self.path("nothing")
        self.devnet_fails("up", code=1, says=["PROM_BITCOIND", self.path("nothing"), "No such file"])
        self.devnet_fails("up", "--bitcoind", self.path("bitcoind"), code=2, says=[self.path("bitcoind"), "No such file"])

    def test_old_bitcoind(self):
        del self.environment["PROM_BITCOIND"]
        self.environment["PATH"] = self.path("bin") + ":" + self.environment["PATH"]
        old = self.fake_bitcoind("bin/bitcoind", "exit 1", f"v{NEWEST_OLD}")
        self.devnet_fails("up", code=1, says=[old, "too old", f"v{NEWEST_OLD}", "28 or newer"])
        self.check_gone()
        # The one that `make deps` built is taken where the one on the PATH is too old.
        built = self.path(".cache/prometheus/bitcoin-core-0.3.0/bin/bitcoind")
        os.makedirs(os.path.dirname(built))
        os.symlink(real_bitcoind(), built)
        self.assertEqual(self.devnet("up")["bitcoind"], os.path.realpath(real_bitcoind()))
        self.down()
        self.devnet_fails("up", "--bitcoind", old, code=2, says=[old, "too old"])

    def test_not_a_bitcoind(self):
        cases = (
            ("not-executable", "#!/bin/sh\n", 0o644, "Permission denied"),
            ("no-program", "neither", 0o755, "Exec format error"),
            ("another", "#!/bin/sh\necho Bitcoin Knots version v29.0.0\n", 0o755, "is not a bitcoind"),
            ("silent", "#!/bin/sh\n", 0o755, "is not a bitcoind"),
            ("endless", "#!/bin/sh\nexec yes\n", 0o755, "is not a bitcoind"),
        )
        for name, content, mode, says in cases:
            with self.subTest(name=name):
                self.devnet_fails("up", "--bitcoind", self.write(name, content, mode), code=2, says=[name, says])
        self.check_gone()

    def test_bitcoind_that_hangs(self):
        hangs = self.write("hangs", "#!/bin/sh\nexec sleep 600\n", 0o755)
        begin = time.monotonic()
        self.assertIn("is not a bitcoind", self.prom("devnet", "up", "--bitcoind", hangs, code=2)[1])
        self.assertLess(time.monotonic() - begin, 20)

    def test_taken_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.devnet_fails("up", "--rpc-port", port, code=1, says=["port " + port, "in use", "--rpc-port"])
        self.assertFalse(os.path.exists(os.path.join(self.dir, "devnet.json")))
        self.devnet("down")

    def test_free_port_lost_to_another(self):
        """A bitcoind whose port is taken between the choice and the start: another port is tried."""
        taker = self.write(
            "taker.py",
            "import os, socket, sys\n"
            "port = next(int(a.split('=')[1]) for a in sys.argv if a.startswith('-rpcport='))\n"
            f"mark = {self.path('taken')!r}\n"
            "if os.path.exists(mark):\n"
            f"    os.execv({real_bitcoind()!r}, [{real_bitcoind()!r}] + sys.argv[1:])\n"
            "s = socket.socket()\n"
            "s.bind(('127.0.0.1', port))\n"
            "s.listen()\n"
            "open(mark, 'w').write(str(port))\n"
            "if os.fork() == 0:\n"
            "    import time; time.sleep(3); os._exit(0)\n"
            "sys.exit('Error: Unable to start HTTP server.')\n",
        )
        fake = self.fake_bitcoind("bitcoind", f'exec python3 -B {taker} "$@"')
        up = self.devnet("up", "--bitcoind", fake)
        with open(self.path("taken"), encoding="ascii") as file:
            self.assertNotEqual(port_of(up), int(file.read()))
        self.assertTrue(wait_until(lambda: len(processes(self.dir)) == 1))
        self.down()

    def test_bitcoind_that_dies(self):
        cases = (
            ("echo 'Error: Disk space is too low!' >&2; exit 1", "Error: Disk space is too low!"),
            ("echo one; echo two; exit 1", "one two"),
            ("exit 1", "it said nothing"),
            ("kill -9 $$", "it said nothing"),
            ("yes | head -c 100000; echo the end", "y y the end"),
            (
                'for a; do case $a in -datadir=*) d=${a#-datadir=};; esac; done; mkdir -p "$d/regtest"; '
                'printf "%0400d\\nlast line of the log\\n" 0 >"$d/regtest/debug.log"',
                "last line of the log",
            ),
        )
        for body, says in cases:
            with self.subTest(body=body):
                fake = self.fake_bitcoind("bitcoind", body)
                self.devnet_fails("up", "--bitcoind", fake, code=1, says=["ended while starting", says])
                self.assertEqual(processes(self.dir), {})
                self.devnet("down")
        self.check_gone()

    def test_foreign_folder(self):
        letter = self.write("devnet/letter", "dear me")
        for command in (["up"], ["down"], ["status"], ["mine", "1"]):
            self.devnet_fails(*command, code=2, says=[self.dir, "not a devnet's folder"])
        with open(letter, encoding="utf-8") as file:
            self.assertEqual(file.read(), "dear me")
        self.assertEqual(os.listdir(self.dir), ["letter"])
        os.mkdir(self.path("sign"))
        os.mkdir(self.path("sign/prometheus-devnet.lock"))  # a sign is a file
        self.fails("devnet", "down", "--dir", self.path("sign"), code=2, says=["not a devnet's folder"])

    def test_links_are_not_followed(self):
        self.devnet("up")
        letter = self.write("elsewhere/letter", "dear me")
        os.symlink(os.path.dirname(letter), os.path.join(self.dir, "bitcoin", "link"))
        self.down()
        self.assertTrue(os.path.exists(letter))

    def test_folder_that_cannot_be(self):
        blocker = self.write("file", "")
        self.fails("devnet", "up", "--dir", blocker + "/devnet", code=1, says=["cannot make the folder", "Not a dir"])
        self.fails("devnet", "up", "--dir", blocker, code=1, says=["cannot make the folder", blocker])
        self.fails("devnet", "down", "--dir", blocker, code=1, says=["cannot read the folder", "Not a directory"])
        long = self.path("x" * 200 + "/" + "y" * 4000)
        self.fails("devnet", "up", "--dir", long, code=2, says=["too long"])
        nearly = (self.home + "/" + ("d" * 250 + "/") * 17)[:4080]  # fits, but the names of the files in it do not
        self.fails("devnet", "up", "--dir", nearly, code=2, says=["too long"])

    def test_folder_without_write_permission(self):
        closed = self.path("closed")
        os.mkdir(closed, 0o500)
        if os.geteuid() == 0:
            self.mount(closed, "ro,size=1m")
        errors = self.fails("devnet", "up", "--dir", closed + "/devnet", code=1, says=["cannot make the folder"])
        self.assertRegex(errors, "Permission denied|Read-only")
        errors = self.fails("devnet", "up", "--dir", closed, code=1, says=["cannot write"])
        self.assertRegex(errors, "Permission denied|Read-only")

    def mount(self, folder, options):
        run = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            self.skipTest("mounting a tmpfs is not permitted here: " + run.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)

    def test_full_disk(self):
        os.mkdir(self.dir)
        self.mount(self.dir, "size=1m")
        self.devnet_fails("up", code=1, says=["no room on the disk", "200 MB", self.dir])
        self.assertEqual(os.listdir(self.dir), [])

    def test_names_that_are_not_utf8(self):
        folder = os.fsencode(self.path("d")) + b"\xff"
        run = subprocess.run([PROM, "devnet", "up", "--dir", folder], env=self.environment, capture_output=True, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        down = [PROM, "devnet", "down", "--json", "--dir", folder]
        run = subprocess.run(down, env=self.environment, capture_output=True, check=False)
        self.assertEqual((run.returncode, run.stderr), (1, b""))
        self.assertIn("not UTF-8", json.loads(run.stdout)["error"]["message"])
        self.assertFalse(os.path.exists(folder))
        run = subprocess.run([PROM, "--json", b"\xff"], env=self.environment, capture_output=True, check=False)
        self.assertEqual(run.returncode, 2)
        run = subprocess.run([PROM, b"\xff", "--json"], env=self.environment, capture_output=True, check=False)
        self.assertIn("'?'", json.loads(run.stdout)["error"]["message"])


if __name__ == "__main__":
    unittest.main()
