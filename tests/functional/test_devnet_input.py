"""`prom devnet` with wrong input: command lines, folders, other bitcoinds, full disks."""

import json
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

import framework
from devnet_case import DevnetTest, port_of
from framework import PROM, port_open, processes, real_bitcoind, wait_until

NEWEST_OLD = "27.2.0"


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
            (["devnet", "up", "--dir", "-d"], ["--dir needs a value", "as a value it is given so: --dir=-d"]),
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
        self.assertEqual((run.returncode, run.stderr), (1, b"prom: the output cannot be written: No space left on device\n"))

    def test_numbers(self):
        for count in ("-1", "x", "0", "10001", "1.5", "+1", " 1", "", "99999999999999999999"):
            self.devnet_fails("mine", count, code=2, says=[f"'{count}'", "a number of blocks", "1 to 10000"])
        for port in ("-1", "x", "0", "65536", "4294967297"):
            self.devnet_fails("up", "--rpc-port", port, code=2, says=[f"'{port}' is not a port", "1 to 65535"])
        self.devnet_fails("mine", "1", code=1, says=["no blocks were mined: no devnet in", "prom devnet up"])
        self.check_gone()

    def test_port_of_the_past(self):
        """A devnet that has its chain comes back where nodes look for it, unless somebody else has taken that port."""
        up = self.devnet("up")
        os.kill(up["pid"], signal.SIGTERM)
        self.assertTrue(wait_until(lambda: not processes(self.dir)))
        with socket.create_server(("127.0.0.1", port_of(up))):
            other = self.devnet("up")
        self.assertNotEqual(other["url"], up["url"])
        self.assertTrue(self.devnet("down")["stopped"])

    def test_no_bitcoind(self):
        del self.environment["PROM_BITCOIND"]
        self.environment["PATH"] = self.path("bin") + "::/nowhere"
        self.devnet_fails("up", code=1, says=["no bitcoind found", "make deps", "28 or newer", "--bitcoind PATH"])
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

    def test_its_own_words(self):
        """What bitcoind says instead of its version is quoted, from either stream; a warning before it does no harm."""
        for name, content, says in (
            ("complains", "echo 'Error: the moon is full' >&2; exit 1", "it said 'Error: the moon is full'"),
            ("colours", r"printf '\033[31mno\nyes'", "it said '?[31mno'"),
            ("silent", "true", "it said nothing"),
        ):
            path = self.write(name, f"#!/bin/sh\n{content}\n", 0o755)
            self.devnet_fails("up", "--bitcoind", path, code=2, says=[path, "is not a bitcoind", says])
        warns = "echo 'loader: warning' >&2; echo 'Bitcoin Core daemon version v27.1.0 bitcoind'"
        path = self.write("warns", f"#!/bin/sh\n{warns}\n", 0o755)
        self.devnet_fails("up", "--bitcoind", path, code=2, says=[path, "too old", "v27.1.0"])

    def test_what_the_user_has_is_not_touched(self):
        """bitcoind is asked for its version, and runs, whatever the user's own data folder holds, and leaves it be."""
        conf = self.write(".bitcoin/bitcoin.conf", "this is no line of a configuration\n")
        self.write(".bitcoin/settings.json", "{")
        self.devnet("up")
        self.down()
        self.assertEqual(sorted(os.listdir(self.path(".bitcoin"))), ["bitcoin.conf", "settings.json"])
        os.remove(conf)
        shutil.rmtree(self.path(".bitcoin"))
        self.devnet("up")
        self.down()
        self.assertEqual(os.listdir(self.home), [])
        for home in ("/dev/null", None):  # no folder can be made in it; none is known
            self.environment.pop("HOME")
            if home is not None:
                self.environment["HOME"] = home
            self.devnet("up")
            self.down()
            self.environment["HOME"] = self.home

    def test_many_ask_at_once(self):
        """tools/deps and several devnets that look for a bitcoind together: all find it."""
        self.environment["XDG_CACHE_HOME"] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
            real_bitcoind()))))  # fmt: skip
        deps = [os.path.join(framework.SOURCE, "tools", "deps"), "--bitcoind"]
        for _ in range(3):
            asked = [
                subprocess.Popen(deps, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for _ in range(8)
            ]
            for process in asked:
                output, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
                self.assertEqual((process.returncode, errors), (0, b""), output)
        self.assertEqual(os.listdir(self.home), [])

    def test_state_that_cannot_be_written(self):
        """It is told, and nothing half written stays."""
        process = self.start(
            "devnet", "up", "--dir", self.dir, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        )
        _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertIn("cannot write " + os.path.join(self.dir, "devnet.json") + ": File too large", errors.decode())
        self.assertEqual(sorted(os.listdir(self.dir)), ["bitcoin", "prometheus-devnet.lock"])
        self.devnet("up")
        self.down()

    def test_bitcoind_that_hangs(self):
        hangs = self.write("hangs", "#!/bin/sh\nexec sleep 600\n", 0o755)
        begin = time.monotonic()
        errors = self.prom("devnet", "up", "--bitcoind", hangs, code=2)[1]
        self.assertIn("is not a bitcoind", errors)
        self.assertIn("did not end within 10 seconds", errors)
        self.assertLess(time.monotonic() - begin, 30)

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
            ("exit 1", "it was killed or crashed, and told of no error"),
            ("kill -9 $$", "it was killed or crashed, and told of no error"),
            ("yes | head -c 100000; echo the end", "y y the end"),
            (
                'for a; do case $a in -datadir=*) d=${a#-datadir=};; esac; done; mkdir -p "$d/regtest"; '
                'printf "%0400d\\nlast line of the log\\n" 0 >"$d/regtest/debug.log"',
                "told of no error",
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

    def test_what_is_the_users_stays(self):
        """down deletes what the devnet made, by its name and kind."""
        for name in ("notes.txt", "bitcoin/bitcoin.conf", "backup/wallet.dat", "secret.txt", "mine.sqlite", "secrets/secret"):
            with self.subTest(name=name):
                up = self.devnet("up")
                path = self.write("devnet/" + name, "dear me")
                os.symlink("nowhere", os.path.join(self.dir, "link"))
                down = self.devnet("down")
                self.assertEqual((down["stopped"], down["deleted"], down["kept"]), (True, True, 2))
                self.assertFalse(port_open(port_of(up)))
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(file.read(), "dear me")
                self.assertEqual(sorted(os.listdir(self.dir)), sorted(["link", name.split("/")[0]]))
                self.devnet_fails("up", code=2, says=["not a devnet's folder"])
                shutil.rmtree(self.dir)
        self.devnet("up")
        self.write("devnet/letter", "dear me")
        text = self.prom("devnet", "down", "--dir", self.dir)[0]
        self.assertIn(f"deleted: the devnet in {self.dir}; kept what is not the devnet's: 1 item, such as letter", text)

    def test_half_deleted_devnet_with_what_is_the_users(self):
        """The up that starts anew keeps it too."""
        self.devnet("up")
        path = self.write("devnet/letter", "dear me")
        os.rename(os.path.join(self.dir, "devnet.json"), os.path.join(self.dir, "condemned.json"))
        self.devnet("up")
        os.remove(path)
        self.down()

    def test_links_are_not_followed(self):
        self.devnet("up")
        letter = self.write("elsewhere/letter", "dear me")
        os.symlink(os.path.dirname(letter), os.path.join(self.dir, "bitcoin", "regtest", "link"))
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

    def test_disk_that_fills(self):
        """Whoever notices it, the disk is named."""
        os.mkdir(self.dir)
        self.mount(self.dir, "size=230m")
        self.devnet("up")
        filler = os.path.join(self.dir, "bitcoin", "regtest", "filler")
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1M"], stderr=subprocess.DEVNULL, check=False)
        told = self.prom("devnet", "mine", "5000", "--dir", self.dir, code=1)[1]
        for text in ("at least ", " of 5000 blocks were mined", "ended: ", "no room on the disk: 0 MB are left", "prom devnet up --dir"):
            self.assertIn(text, told)
        self.assertIn("no room on the disk: 0 MB", self.prom("devnet", "status", "--dir", self.dir, code=3)[0])
        self.devnet_fails("mine", "1", code=1, says=["no room on the disk: 0 MB"])
        self.devnet_fails("up", code=1, says=["no room on the disk", "0 MB left"])
        os.remove(filler)
        self.assertGreaterEqual(self.devnet("up")["height"], 110)
        self.devnet("down")
        self.assertEqual(os.listdir(self.dir), [])

    def test_disk_that_fills_while_up_starts(self):
        os.mkdir(self.dir)
        self.mount(self.dir, "size=230m")
        fill = f"dd if=/dev/zero of={self.dir}/bitcoin/filler bs=1M count=$(cat {self.path('megabytes')}) 2>/dev/null"
        fake = self.fake_bitcoind("bitcoind", f'{fill}; exec {real_bitcoind()} "$@"')
        for megabytes in ("1000", "190"):
            self.write("megabytes", megabytes)
            errors = self.prom("devnet", "up", "--bitcoind", fake, "--dir", self.dir, code=1)[1]
            self.assertIn("ended while starting: Error: ", errors)
            self.assertIn("no room on the disk: ", errors)
            os.remove(os.path.join(self.dir, "bitcoin", "filler"))
            self.devnet("down")

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_folders_of_others(self):
        """What another user may have put there is neither believed nor touched."""
        for mode, marked, says in (
            (0o755, False, "is another user's"), (0o777, False, "is another user's"), (0o755, True, "is another user's"),
        ):  # fmt: skip
            with self.subTest(mode=mode, marked=marked):
                os.mkdir(self.dir)
                if marked:
                    self.write("devnet/prometheus-devnet.lock", "")
                os.chown(self.dir, 65534, 65534)
                os.chmod(self.dir, mode)
                for command in (["up"], ["down"], ["status"], ["mine", "1"]):
                    self.devnet_fails(*command, code=2, says=[self.dir, says, "--dir"])
                self.assertEqual(os.listdir(self.dir), ["prometheus-devnet.lock"] if marked else [])
                shutil.rmtree(self.dir)
        os.mkdir(self.dir)
        sign = self.write("devnet/prometheus-devnet.lock", "")
        os.chown(sign, 65534, 65534)
        self.devnet_fails("up", code=2, says=["is another user's"])

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_links_of_others(self):
        """In a folder like /tmp, a link of another user's is not followed, wherever in the path it stands."""
        os.mkdir(self.path("sticky"))
        os.chmod(self.path("sticky"), 0o1777)
        os.mkdir(self.path("aim"))
        os.symlink(self.path("aim"), self.path("sticky/link"))
        os.symlink(self.path("sticky/link"), self.path("own"))
        os.chown(self.path("sticky/link"), 65534, 65534, follow_symlinks=False)
        says = ["another user's symbolic link in a folder that everybody may write to"]
        for way in ("sticky/link", "sticky/link/x", "sticky/link/x/y", "sticky/../sticky/link/x", "own/x"):
            for command in (["devnet", "up"], ["devnet", "status"], ["demo"]):
                self.fails(*command, "--dir", self.path(way), code=2, says=says)
        self.fails("infer", "p", "x", "-o", self.path("sticky/link/y.npy"), code=2, says=says)
        self.assertEqual(os.listdir(self.path("aim")), [])
        os.chown(self.path("sticky/link"), 0, 0, follow_symlinks=False)
        self.assertEqual(self.prom_json("devnet", "status", "--dir", self.path("own/x"), code=3)["dir"], self.path("own/x"))

    def test_folder_that_others_may_write_to(self):
        """An empty one is closed to them; one with a devnet is not believed."""
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o777)
        self.devnet("up")
        self.assertEqual(stat.S_IMODE(os.stat(self.dir).st_mode), 0o700)
        os.chmod(self.dir, 0o770)
        for command in (["up"], ["down"], ["status"], ["mine", "1"]):
            self.devnet_fails(*command, code=2, says=[f"other users may write to {self.dir}", "chmod go-w"])
        os.chmod(self.dir, 0o700)
        self.down()

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_forged_files(self):
        """A note of another user, or of another port, names nothing, and the bitcoind is found without it."""
        up = self.devnet("up")
        path = os.path.join(self.dir, "devnet.json")
        os.chown(path, 65534, 65534)
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "damaged"])
        os.chown(path, 0, 0)
        self.devnet("status")
        self.write("devnet/devnet.json", json.dumps({**self.state(), "rpc_port": 9}))
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "damaged"])
        os.remove(path)
        os.symlink("/dev/zero", path)
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "damaged"])
        os.remove(path)
        os.mkfifo(path)
        self.devnet_fails("status", code=1, says=[str(up["pid"]), "damaged"])
        os.remove(path)
        secret = os.path.join(self.dir, "secret")
        os.chown(secret, 65534, 65534)
        self.devnet_fails("up", code=1, says=[secret, "another user's"])
        os.chown(secret, 0, 0)
        self.assertTrue(self.devnet("down")["stopped"])
        self.check_gone(port_of(up))

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_process_of_another_user(self):
        """One that has the very arguments, and whose pid the note names, is left alone."""
        self.devnet("up")
        state = self.state()
        self.devnet("down")
        os.chmod(self.home, 0o755)
        other = subprocess.Popen(
            ["sh", "-c", "read line", "bitcoind", f"-datadir={self.dir}/bitcoin", f"-rpcport={state['rpc_port']}",
             "-printtoconsole=0"], user=65534, group=65534, extra_groups=[], stdin=subprocess.PIPE,
        )  # fmt: skip
        self.addCleanup(other.communicate)
        self.assertFalse(self.devnet("down")["stopped"])
        self.devnet("up")
        self.devnet("down")
        self.write("devnet/prometheus-devnet.lock", "")
        self.write("devnet/bitcoin/regtest/x", "")
        self.write("devnet/devnet.json", json.dumps({**state, "pid": other.pid}))
        self.assertEqual(self.devnet("status", code=3)["found"], "stopped")
        self.assertFalse(self.devnet("down")["stopped"])
        self.assertIsNone(other.poll())

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
