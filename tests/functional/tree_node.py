"""A bitcoind of a test's own, for what `prom devnet` does not offer: other options than its defaults."""

import os
import subprocess

import framework


def answers(status):
    try:
        return framework.rpc(status, "getblockcount") == 0
    except (OSError, RuntimeError):  # no cookie yet, not listening yet, still loading
        return False


def start(test, *options):
    """A bitcoind on a fresh regtest chain, which ends with the test: where it answers, as `prom devnet` says it."""
    folder = test.path("bitcoind")
    os.makedirs(folder)
    port = framework.free_port()
    status = {"url": f"http://127.0.0.1:{port}", "cookie": os.path.join(folder, "regtest", ".cookie")}
    process = subprocess.Popen(
        [framework.real_bitcoind(), "-regtest", f"-datadir={folder}", "-server", "-listen=0", "-connect=0",
         "-disablewallet", "-printtoconsole=0", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", f"-rpcport={port}",
         *options],
        env=test.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def stop():
        process.terminate()
        process.wait(60)

    test.addCleanup(stop)
    if not framework.wait_until(lambda: process.poll() is not None or answers(status), 60) or process.poll() is not None:
        raise RuntimeError(f"bitcoind {' '.join(options)} does not answer")
    return status
