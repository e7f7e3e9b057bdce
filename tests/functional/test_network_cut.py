"""The network between a worker and all others is cut for a while, in the setup and when the contract runs, and healed: by an
interface of a network namespace that goes down, and, on every machine, by proxies that freeze. Nobody is told; links end
for want of a sign of life, and are dialled in vain until then. The contract ends as it would have."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from cut_case import CUT, STALL, CutTest
from framework import wait_until
from market_case import SECONDS
from ways import Ways

CUT_SECONDS = 4 * STALL
HERE, THERE = "10.77.0.1", "10.77.0.2"  # of the way that is cut
LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_NET = 0x10000000, 0x40000000  # of unshare(2)


class NetworkCut(CutTest):
    def cut(self):
        raise NotImplementedError

    def heal(self):
        raise NotImplementedError

    def cut_when(self, node, text):
        """Cuts the network for some seconds as soon as the node's log has this. No block comes meanwhile."""

        def wait():
            if not wait_until(lambda: text in node.log() or self.is_over, 4 * SECONDS) or self.is_over:
                return
            self.held.set()
            self.cut()
            time.sleep(CUT_SECONDS)
            self.heal()
            time.sleep(2 * STALL)
            self.held.clear()
            self.cut_at.append(text)

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()

        def end():
            self.is_over = True
            thread.join()

        self.addCleanup(end)

    def check(self):
        self.is_over, self.cut_at = False, []
        self.open_market()
        self.cut_when(self.client, "seating")
        self.cut_when(self.worker, "computation")
        self.buy()
        self.assertEqual(self.cut_at, ["seating", "computation"])
        self.assertIn("nobody is there any more", self.worker.log())
        self.assertIn("is not reached", self.worker.log())


class Cable(NetworkCut):
    """The worker is alone in a network namespace, and the interface that leads to all others goes down."""

    @classmethod
    def setUpClass(cls):
        """This process and its children go to a network namespace of their own, and into a user namespace where that takes
        one: it is all of the machine that they change."""
        lacking = [tool for tool in ("ip", "unshare", "nsenter") if shutil.which(tool) is None]
        if lacking:
            raise unittest.SkipTest(f"there is no {lacking[0]} on this machine")
        user, group = os.getuid(), os.getgid()
        if LIBC.unshare(NEW_NET if user == 0 else NEW_NET | NEW_USER) != 0:
            raise unittest.SkipTest(f"no network namespace can be made: {os.strerror(ctypes.get_errno())}")
        if user != 0:
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        cls.ip("link set lo up")

    @classmethod
    def ip(cls, words, inside=()):
        done = subprocess.run([*inside, "ip", *words.split()], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest(f"'ip {words}' failed: {done.stderr.strip()}")

    def setUp(self):
        super().setUp()
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], start_new_session=True)
        self.addCleanup(holder.wait)
        self.addCleanup(os.killpg, holder.pid, signal.SIGKILL)
        own = os.readlink("/proc/thread-self/ns/net")
        self.assertTrue(wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own))
        self.theirs = f"/proc/{holder.pid}/ns/net"
        self.inside = ("nsenter", f"--net={self.theirs}")
        self.ip("link set lo up", self.inside)
        self.ip(f"link add way type veth peer name way netns {holder.pid}")
        self.addCleanup(self.ip, "link del way")
        self.ip(f"addr add {HERE}/24 dev way")
        self.ip(f"addr add {THERE}/24 dev way", self.inside)
        self.ip("link set way up")
        self.ip("link set way up", self.inside)
        self.relay = Ways()
        self.addCleanup(self.relay.end)

    def socket_inside(self):
        """A socket that listens at the worker's loopback interface."""
        with open("/proc/thread-self/ns/net", "rb") as ours, open(self.theirs, "rb") as theirs:
            self.assertEqual(LIBC.setns(theirs.fileno(), NEW_NET), 0)
            try:
                return socket.create_server(("127.0.0.1", 0))
            finally:
                self.assertEqual(LIBC.setns(ours.fileno(), NEW_NET), 0)

    def node(self, name, *lines):
        node = super().node(name, *lines)
        port = node.address.rsplit(":", 1)[1]
        node.address = f"{HERE}:{port}"
        if name == "worker":
            listener = self.socket_inside()
            self.relay.forward(listener, self.chain["url"])
            node.address = f"{THERE}:{port}"
            node.command = (*self.inside, CUT)
            node.chain_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        return node

    def cut(self):
        self.ip("link set way down")

    def heal(self):
        self.ip("link set way up")

    def test_unplugged(self):
        self.check()


class Frozen(NetworkCut):
    """All connections stay open, and nothing is handed on, in either direction."""

    def setUp(self):
        super().setUp()
        self.ways = Ways()
        self.addCleanup(self.ways.end)

    def node(self, name, *lines):
        node = super().node(name, *lines)
        node.lines = (*node.lines, f"proxy = {self.ways.proxy_of(name, node.address)}")
        return node

    def cut(self):
        self.ways.cut("worker", [node.name for node in self.nodes])

    def heal(self):
        self.ways.heal()

    def test_frozen(self):
        self.check()


if __name__ == "__main__":
    unittest.main()
