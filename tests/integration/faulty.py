"""A broker of a test's own, which can be stopped, killed and frozen, behind a network that can be
slow, cut, or swallow everything."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from harness import ROOT


def free_ports(count):
    """The first of so many in a row that are free now."""
    while True:
        first = random.SystemRandom().randrange(20000, 32000, count)
        try:
            for port in range(first, first + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


class Network:
    """Passes bytes on between `port` and `target`, as `mode` has it:
    pass; slow: each piece `delay` seconds late; cut: connections break and none is taken;
    swallow: they stay open and nothing comes through, as behind a firewall that drops packets."""

    def __init__(self, port, target):
        self.port, self.target, self.mode, self.delay = port, target, "pass", 0.2
        self.loop = asyncio.new_event_loop()
        self.writers, self.server = set(), None
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.connect, "127.0.0.1", self.port))
        ready.set()
        self.loop.run_forever()

    async def connect(self, reader, writer):
        if self.mode == "cut":
            return writer.close()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.close()
        await asyncio.gather(self.pump(reader, back), self.pump(there, writer))

    async def pump(self, reader, writer):
        self.writers.add(writer)
        try:
            while piece := await reader.read(1 << 16):
                if self.mode == "slow":
                    await asyncio.sleep(self.delay)
                while self.mode == "swallow":
                    await asyncio.sleep(0.05)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def set(self, mode):
        def change():
            self.mode = mode
            if mode == "cut":
                for writer in list(self.writers):
                    writer.transport.abort()
        self.loop.call_soon_threadsafe(change)

    def close(self):
        self.set("cut")
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


class OwnBroker:
    """One broker with two ways to it: directly, for the test itself (SAPA_TEST_BOOTSTRAP while it is
    there, so that everything in harness.py is about this one), and through a Network for the engine
    (`servers`)."""

    def __init__(self, properties=""):
        port = free_ports(4)
        self.folder = tempfile.TemporaryDirectory(prefix="sapa-broker-")
        self.data = Path(self.folder.name) / "data"
        behind = port + 3
        extra = Path(self.folder.name) / "properties"
        extra.write_text(
            f"listeners=CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1},"
            f"NETWORK://127.0.0.1:{behind}\n"
            f"advertised.listeners=CLIENTS://127.0.0.1:{port},NETWORK://127.0.0.1:{port + 2}\n"
            "listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,"
            "NETWORK:PLAINTEXT\n" + properties)
        self.arguments = ["--data", str(self.data)]
        self.direct = f"127.0.0.1:{port}"
        self.network = Network(port + 2, behind)
        self.run("start", "--port", str(port), "--heap", "384m", "--properties", str(extra))
        self.servers = f"127.0.0.1:{port + 2}"
        self.before = os.environ.get("SAPA_TEST_BOOTSTRAP")
        os.environ["SAPA_TEST_BOOTSTRAP"] = self.direct

    def run(self, *arguments):
        done = subprocess.run([ROOT / "deploy/broker", *arguments, *self.arguments],
                              capture_output=True, text=True, timeout=150)
        if done.returncode != 0:
            raise AssertionError(f"deploy/broker {arguments[0]}: {done.stderr}")

    def tool(self, *arguments):
        done = subprocess.run([ROOT / "deploy/broker", "tool", *arguments], capture_output=True,
                              text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def options(self, topics):
        """For an engine that comes through the network."""
        return ["--bootstrap-servers", self.servers, *topics.options()[2:]]

    def pid(self):
        return int((self.data / "node-1" / "pid").read_text())

    def freeze(self):
        os.kill(self.pid(), signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid(), signal.SIGCONT)

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)

    def start(self):
        self.run("start")

    def close(self):
        try:
            self.thaw()
        except OSError:
            pass
        self.network.close()
        try:
            self.run("stop", "--wipe")
        finally:
            self.folder.cleanup()
            if self.before is None:
                os.environ.pop("SAPA_TEST_BOOTSTRAP", None)
            else:
                os.environ["SAPA_TEST_BOOTSTRAP"] = self.before
