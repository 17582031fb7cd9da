"""The broker as the benchmarks use it: topics made, read, measured and deleted by programs that are not under measurement.
Without a running broker one is started in a folder of its own, and stopped at the end."""

import json
import re
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = "org.apache.kafka.tools."


def free_port():
    """A port that is free now, as is the next one, which the broker's controller takes."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
                return port
            except (OSError, OverflowError):
                continue


class Broker:
    def __init__(self, servers, topic_probe, work):
        self.topic_probe = topic_probe
        self.own = None
        if servers is None:
            self.own = Path(work) / "broker"
            servers = self._deploy("start", "--port", str(free_port()), "--data", str(self.own)).strip()
        self.servers = servers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """If it is our own."""
        if self.own:
            self._deploy("stop", "--wipe", "--data", str(self.own))

    @staticmethod
    def _deploy(*arguments):
        return subprocess.run([ROOT / "deploy/broker", *arguments], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def tool(self, name, *arguments):
        return self._deploy("tool", TOOLS + name, "--bootstrap-server", self.servers, *arguments)

    def create(self, topic, partitions):
        self.tool("TopicCommand", "--create", "--topic", topic, "--partitions", str(partitions),
                  "--config", "retention.ms=-1")

    def delete(self, prefix):
        """All topics whose names begin so."""
        self.tool("TopicCommand", "--delete", "--topic", re.escape(prefix) + ".*")

    def megabytes(self, topic):
        """What a topic takes in the broker's log, one copy of it."""
        return log_bytes(self.tool("LogDirsCommand", "--describe", "--topic-list", topic), topic) / 1e6

    def probe(self, *arguments):
        return subprocess.run([self.topic_probe, self.servers, *arguments], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def lag(self, group, topic):
        """How many of a topic's records a group has not committed."""
        return sum(end - max(committed, 0)
                   for committed, end in json.loads(self.probe("lag", group, topic)).values())

    def read(self, topic, out_file):
        """Writes the values of a topic's committed records, one a line."""
        reading = subprocess.Popen([self.topic_probe, self.servers, "read", topic], text=True,
                                   stdout=subprocess.PIPE)
        with open(out_file, "w", encoding="utf-8") as out, reading:
            for line in reading.stdout:
                out.write(json.loads(line)["value"] + "\n")
        if reading.returncode != 0:
            raise subprocess.CalledProcessError(reading.returncode, "topic_probe read")


def log_bytes(described, topic):
    """The size of a topic from the JSON among the lines of Kafka's log-dirs tool; of each partition its largest copy."""
    answer = json.loads(next(line for line in described.splitlines() if line.startswith("{")))
    sizes = {}
    for broker in answer["brokers"]:
        for folder in broker["logDirs"]:
            for part in folder["partitions"]:
                name, _, number = part["partition"].rpartition("-")
                if name == topic:
                    sizes[number] = max(sizes.get(number, 0), part["size"])
    return sum(sizes.values())
