"""`prom devnet`: up, status, mine, down; commands killed at any moment."""

import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import time
import unittest

import framework
from devnet_case import DevnetTest, port_of
from framework import free_port, listening, processes, real_bitcoind, rpc, wait_until

FIRST_BLOCKS = 110
DELAYS = (0, 0.005, 0.01, 0.02, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.28, 0.3)  # up takes about 0.3 s

GENERATOR = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"  # of secp256k1: a valid key


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

        down = {"running": False, "stopped": True, "deleted": True, "kept": 0, "dir": self.dir}
        self.assertEqual(self.devnet("down"), down)
        self.check_gone(port_of(up))
        self.assertEqual(self.devnet("down"), {**down, "stopped": False, "deleted": False})
        self.assertEqual(self.devnet("status", code=3), {"running": False, "found": "none", "dir": self.dir})

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
        self.assertIn("not running: no devnet in", self.prom("devnet", "status", "--dir", self.dir, code=3)[0])

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
        port = free_port()
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

    def test_progress_bar(self):
        """On a terminal alone, and taken away at the end."""
        self.devnet("up")
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        arguments = [framework.PROM, "devnet", "mine", "3000", "--json", "--dir", self.dir]
        with subprocess.Popen(arguments, env=self.environment, stdout=subprocess.PIPE, stderr=theirs) as process:
            os.close(theirs)
            shown = b""
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:  # Linux' sign that the other end is closed
                pass
            self.assertEqual(json.loads(process.stdout.read())["height"], FIRST_BLOCKS + 3000)
        self.assertRegex(shown, rb"\r\x1b\[K  mine +\[#* *\] \d+/3000, \d+ s left")
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.down()

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

    def test_down_killed_while_it_deletes(self):
        """What says so goes last: else the next up would start on the half of a chain."""
        self.devnet("up")
        chain = os.path.join(self.dir, "bitcoin", "regtest")
        for number in range(50000):
            os.symlink("nothing", os.path.join(chain, f"extra{number}"))
        down = self.start("devnet", "down", "--dir", self.dir)
        self.assertTrue(wait_until(lambda: len(os.listdir(chain)) < 49900))
        down.kill()
        down.communicate()
        self.assertTrue(os.path.exists(chain) and os.path.exists(os.path.join(self.dir, "condemned.json")))
        self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
        self.down()

    def test_mine_to_an_address(self):
        up = self.devnet("up")
        address = rpc(up, "deriveaddresses", rpc(up, "getdescriptorinfo", f"rawtr({GENERATOR})")["descriptor"])[0]
        best = self.devnet("mine", "2", "--to", address)["best"]
        paid = rpc(up, "getblock", best, 2)["tx"][0]["vout"][0]["scriptPubKey"]["address"]
        self.assertEqual(paid, address)
        height = self.devnet("status")["height"]
        for wrong in ("bcrt1qqq", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"):
            self.devnet_fails("mine", "1", "--to", wrong, code=2, says=["address"])
        self.assertEqual(self.devnet("status")["height"], height)
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
        self.assertEqual(self.devnet("status", code=3)["found"], "stopped")
        self.assertIn("is stopped; 'prom devnet up", self.prom("devnet", "status", "--dir", self.dir, code=3)[0])
        self.devnet_fails("mine", "1", code=1, says=["no blocks were mined", "is stopped", f"prom devnet up --dir {self.dir}"])
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"], again["url"]), ("started", FIRST_BLOCKS + 7, up["url"]))
        self.assertEqual(rpc(again, "getbestblockhash"), best)
        self.down()

    def test_killed_bitcoind(self):
        """Nothing of the chain is lost, and the devnet is not denied; a block that is cut off costs that block alone."""
        up = self.devnet("up")
        best = self.devnet("mine", "7")["best"]
        with open(up["cookie"], encoding="ascii") as file:
            self.assertNotEqual(file.read(), "")
        own = rpc(up, "generatetodescriptor", 2, "raw(51)")[-1]
        self.end_bitcoind(up, signal.SIGKILL)
        self.assertEqual(self.devnet("status", code=3)["found"], "killed")
        told = self.prom("devnet", "status", "--dir", self.dir, code=3)[0]
        for text in ("not running: bitcoind of the devnet in " + self.dir, "ended unexpectedly", "prom devnet up --dir"):
            self.assertIn(text, told)
        self.assertIn("(it was killed or crashed, and told of no error)", told)  # and nothing of what the log happens to say
        with open(up["log"], "a", encoding="utf-8") as log:
            log.write("2026-01-01T00:00:00Z [error] the moon is full\n2026-01-01T00:00:00Z Using data in /mirror\n[error] Fatal Le")
        told = self.prom("devnet", "status", "--dir", self.dir, code=3)[0]
        self.assertIn("(2026-01-01T00:00:00Z [error] the moon is full)", told)
        self.devnet_fails("mine", "1", code=1, says=["no blocks were mined", "ended unexpectedly", "prom devnet up --dir"])
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"], again["url"]), ("restored", FIRST_BLOCKS + 9, up["url"]))
        self.assertEqual(rpc(again, "getbestblockhash"), own)
        self.assertEqual(rpc(again, "getblockhash", FIRST_BLOCKS + 7), best)
        self.assertTrue(wait_until(lambda: rpc(again, "getindexinfo", "txindex")["txindex"]["synced"]))

        self.end_bitcoind(again, signal.SIGKILL)
        self.assertIn("made again of its blocks", self.prom("devnet", "up", "--dir", self.dir)[0])
        self.end_bitcoind(self.devnet("status"), signal.SIGKILL)
        self.assertIn("was not running, deleted", self.prom("devnet", "down", "--dir", self.dir)[0])
        self.check_gone(port_of(again))

    def test_restoring_that_loses_blocks(self):
        """Of files of blocks that are cut off or gone, those that are lost are counted, once."""
        up = self.devnet("up")
        self.devnet("mine", "20")
        blocks = os.path.join(self.dir, "bitcoin/regtest/blocks")
        self.end_bitcoind(up, signal.SIGKILL)
        os.truncate(os.path.join(blocks, "blk00000.dat"), 20000)
        told = self.prom("devnet", "up", "--dir", self.dir)[0]
        self.assertRegex(told, r"[0-9]+ blocks lost: the height was 130, and [0-9]+ is left; new ones were mined")
        lost, left = (int(told.split(mark)[0].split()[-1]) for mark in (" blocks lost", " is left"))
        self.assertEqual((lost + left, left > 0, lost > 20), (130, True, True))
        again = self.devnet("up")
        self.assertNotIn("lost", again)
        self.end_bitcoind(again, signal.SIGKILL)
        shutil.rmtree(blocks)
        again = self.devnet("up")
        self.assertEqual((again["what"], again["lost"], again["height"]), ("restored", 110, FIRST_BLOCKS))
        self.down()

    def test_restoring_that_is_interrupted(self):
        """Killed at any moment while the chain is made again, the next up makes it."""
        self.devnet("up")
        best = self.devnet("mine", "300")["best"]
        for delay in (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3):
            with self.subTest(delay=delay):
                self.end_bitcoind(self.devnet("up"), signal.SIGKILL)
                self.kill_after(delay, "up")
                again = self.devnet("up")
                self.assertEqual((again["height"], rpc(again, "getbestblockhash")), (FIRST_BLOCKS + 300, best))
        self.down()

    def test_restoring_that_fails(self):
        """It is said, nothing is deleted, and the next up does it."""
        self.devnet("up")
        best = self.devnet("mine", "3")["best"]
        self.end_bitcoind(self.devnet("status"), signal.SIGKILL)
        body = "echo 'Error: the moon is full' >&2; rm -f " + os.path.join(self.dir, "bitcoin/regtest/bitcoind.pid") + "; exit 1"
        for _ in range(2):
            fake = self.fake_bitcoind("fails", body)
            says = ["cannot be restored: Error: the moon is full", "nothing of it was deleted"]
            self.devnet_fails("up", "--bitcoind", fake, code=1, says=says)
        again = self.devnet("up")
        self.assertEqual((again["what"], rpc(again, "getbestblockhash")), ("restored", best))
        self.down()

    def orphan(self):
        """A bitcoind whose folder is gone."""
        up = self.devnet("up")
        shutil.rmtree(self.dir)
        self.assertIn(up["pid"], processes(self.dir))
        return up

    def test_deleted_folder(self):
        """The bitcoind is found by its arguments, whatever became of the folder."""
        for again in ("nothing", "folder"):
            with self.subTest(again=again):
                up = self.orphan()
                if again == "folder":
                    os.mkdir(self.dir)
                self.devnet_fails("status", code=1, says=[str(up["pid"]), "being deleted or damaged", "prom devnet down"])
                self.devnet_fails("mine", "1", code=1, says=[str(up["pid"]), "prom devnet down"])
                down = self.devnet("down")
                self.assertEqual((down["stopped"], down["deleted"]), (True, False))
                self.assertEqual(processes(self.dir), {})
                self.assertEqual(self.devnet("status", code=3)["found"], "none")
        up = self.orphan()
        text = self.prom("devnet", "up", "--dir", self.dir)[0]
        self.assertIn(f"bitcoind (pid {up['pid']}) ran on without its folder", text)
        self.assertEqual(list(processes(self.dir)), [self.devnet("status")["pid"]])
        self.down()

    def test_deleted_folder_by_other_names(self):
        up = self.orphan()
        os.symlink(self.home, self.path("link"))
        self.assertTrue(self.prom_json("devnet", "down", "--dir", self.path("link", "devnet//"))["stopped"])
        self.assertNotIn(up["pid"], processes(self.dir))
        self.orphan()
        run = subprocess.run(
            [framework.PROM, "devnet", "down", "--dir", "devnet"], cwd=self.home, env=self.environment, check=True,
            capture_output=True,
        )  # fmt: skip
        self.assertIn(b"stopped: the bitcoind that ran on without its folder", run.stdout)
        self.check_gone()

    def test_deleted_data(self):
        """The folder is there, and what bitcoind worked on is not."""
        up = self.devnet("up")
        shutil.rmtree(os.path.join(self.dir, "bitcoin"))
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "damaged"])
        again = self.devnet("up")
        self.assertEqual((again["what"], again["height"]), ("started", FIRST_BLOCKS))
        self.assertEqual(list(processes(self.dir)), [again["pid"]])
        self.down()

    def test_whose_data_folder_it_is_alone_is_no_sign(self):
        """bitcoin-cli, for one, has the same -datadir."""
        stranger = subprocess.Popen(
            ["sh", "-c", "sleep 600; :", "bitcoin-cli", f"-datadir={self.dir}/bitcoin", "-regtest"], start_new_session=True
        )
        self.addCleanup(stranger.wait)
        self.addCleanup(os.killpg, stranger.pid, signal.SIGKILL)
        self.assertFalse(self.devnet("down")["stopped"])
        self.devnet("up")
        self.assertTrue(self.devnet("down")["stopped"])
        self.assertIsNone(stranger.poll())

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
                height = self.devnet("mine", "1")["height"]
                path = os.path.join(self.dir, "devnet.json")
                os.remove(path)
                if damage is not None:
                    self.write("devnet/devnet.json", damage)
                self.devnet_fails("status", code=1, says=[str(pid), "prom devnet up"])
                self.devnet_fails("mine", "1", code=1, says=["no blocks were mined"])
                whole = self.devnet("up")
                self.assertEqual((whole["what"], whole["height"]), ("started", height))
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
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "does not answer", f"kill -9 {up['pid']}"])
        mine = self.start("devnet", "mine", "1", "--dir", self.dir)
        self.addCleanup(mine.communicate)
        begun = time.monotonic()
        note = mine.stderr.readline().decode()  # long before it gives up
        self.assertLess(time.monotonic() - begun, 30)
        for text in ("prom: note: ", "does not answer", f"'kill -9 {up['pid']}' ends it", "prom devnet up", "waiting"):
            self.assertIn(text, note)
        os.kill(up["pid"], signal.SIGKILL)  # as it says
        self.assertEqual(mine.wait(framework.COMMAND_SECONDS), 1)
        self.assertEqual(self.devnet("up")["height"], FIRST_BLOCKS)
        self.down()

    def test_deleted_cookie(self):
        up = self.devnet("up")
        os.remove(up["cookie"])
        begun = time.monotonic()
        told = self.prom("devnet", "up", "--dir", self.dir, code=1)[1].splitlines()
        self.assertLess(time.monotonic() - begun, 40)
        for line in told:
            self.assertIn(f"'kill -9 {up['pid']}' ends it, and 'prom devnet up --dir {self.dir}' starts it again", line)
        self.assertEqual((len(told), told[0].startswith("prom: note: "), "cookie" in told[1]), (2, True, True))
        self.end_bitcoind(up, signal.SIGKILL)
        self.assertEqual(self.devnet("up")["what"], "restored")
        self.down()

    def test_damaged_secret(self):
        self.devnet("up")
        for content in ("short", "x" * 33):
            self.write("devnet/secret", content)
            self.devnet_fails("mine", "1", code=1, says=["secret"])
        self.down()


if __name__ == "__main__":
    unittest.main()
