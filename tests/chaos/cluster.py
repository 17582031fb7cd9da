"""Three real brokers, started by deploy/broker, which can be killed, stopped and paused one by
one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    def __init__(self, data, port, heap="384m"):
        self.data = Path(data)
        self.returning = None  # deploy/broker, bringing one back
        done = self.command("start", "--brokers", "3", "--port", str(port), "--heap", heap)
        self.servers = done.stdout.strip()

    def command(self, *arguments):
        done = subprocess.run([ROOT / "deploy/broker", *arguments, "--data", self.data],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"deploy/broker {arguments[0]}: {done.stderr}")
        return done

    def pid(self, node):
        """Of the node's process, if it is still that."""
        folder = self.data / f"node-{node}"
        pid = int((folder / "pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if os.fsencode(folder / "server.properties") not in words:
            raise AssertionError(f"broker {node} is gone: {(folder / 'broker.log').read_text()}")
        return pid

    def signal(self, node, number):
        os.kill(self.pid(node), number)

    def bring_back(self):
        """Starts the missing node without waiting for it."""
        self.wait_until_back()
        self.returning = subprocess.Popen(
            [ROOT / "deploy/broker", "start", "--data", self.data], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)

    def is_returning(self):
        return self.returning is not None and self.returning.poll() is None

    def wait_until_back(self):
        if self.returning is None:
            return
        _, errors = self.returning.communicate()
        if self.returning.returncode != 0:
            raise AssertionError(f"a broker does not come back: {errors}")
        self.returning = None

    def close(self):
        for node in (1, 2, 3):
            try:
                self.signal(node, signal.SIGCONT)
            except (OSError, ValueError, AssertionError):
                pass
        if self.returning is not None:
            self.returning.communicate()
        try:
            self.command("stop")
        except AssertionError as error:
            print(error, file=sys.stderr)
