"""The Kafka Streams application that Sapa is measured against works the reference workload rightly: a figure beside one that
is wrong would be worth nothing."""

import json
import os
import signal
import subprocess
import unittest

from harness import (EVENTS, PARTITIONS, ROOT, EngineTest, Topics, bootstrap_servers, probe, shop_data, wait_until,
                     write_ndjson)

PEER = ROOT / "benchmarks/peers/kafka-streams/run"


def setUpModule():
    built = subprocess.run([PEER, "--build"], capture_output=True, text=True)
    if built.returncode != 0:
        raise AssertionError(built.stdout + built.stderr)


class KafkaStreamsPeer(EngineTest):
    def start_peer(self, topics, guarantee, *more, state="state"):
        output = open(self.folder / f"{state}.log", "w+", encoding="utf-8")
        self.addCleanup(output.close)
        process = subprocess.Popen(
            [PEER, "--bootstrap-servers", bootstrap_servers(), "--input", topics.input, "--output", topics.output,
             "--application-id", topics.group, "--state-dir", self.folder / state, "--guarantee", guarantee, *more],
            stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "JAVA_HEAP": "384m"})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, output.name

    def topics(self, events):
        topics = Topics("peer")
        probe("create", topics.output, str(PARTITIONS))
        topics.publish(events)
        return topics

    def check(self, topics, expected):
        triggers = topics.triggers()
        found = write_ndjson(self.folder / "triggers.ndjson", triggers)
        self.assert_same_triggers(found, expected)
        immediate = [t for t in triggers if t["campaign"] != "cart-abandonment"]
        self.assertTrue(all(t["sourceMessageId"] and t["channel"] in ("popup", "push") for t in immediate))

    def run_to_the_end(self, span, guarantee):
        events, expected = shop_data(span, PARTITIONS)
        topics = self.topics(events)
        process, log = self.start_peer(topics, guarantee, "--until-caught-up", "yes", state=f"{span}-{guarantee}")
        self.assertEqual(process.wait(120), 0, read(log))
        said = json.loads(read(log).splitlines()[-1])
        self.assertEqual((said["events"], said["malformed"]), (EVENTS, 0))
        self.check(topics, expected)

    def test_exactly_once_gives_the_oracles_triggers(self):
        self.run_to_the_end("3h", "exactly_once_v2")

    def test_at_least_once_gives_the_oracles_triggers(self):
        self.run_to_the_end("visits-1440h", "at_least_once")

    def test_what_is_stopped_and_started_again_goes_on_with_its_state_and_its_timers(self):
        events, expected = shop_data("visits-72h", PARTITIONS)
        lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
        first, second = self.folder / "first.ndjson", self.folder / "second.ndjson"
        first.write_text("".join(lines[:EVENTS // 2]), encoding="utf-8")
        second.write_text("".join(lines[EVENTS // 2:]), encoding="utf-8")
        topics = self.topics(first)
        process, log = self.start_peer(topics, "exactly_once_v2")
        wait_until(lambda: topics.works() and topics.lag() == 0, 90, "the first half is processed",
                   explain=lambda: read(log))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0, read(log))
        topics.publish(second)
        # Its disk is new, so that everything comes from the changelog.
        process, log = self.start_peer(topics, "exactly_once_v2", "--until-caught-up", "yes", state="new")
        self.assertEqual(process.wait(120), 0, read(log))
        self.check(topics, expected)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    unittest.main()
