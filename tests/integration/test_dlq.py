"""`sapa dlq` lists dead letters, shows one in full, and puts them back exactly once."""

import json
import subprocess
import unittest

from harness import EngineTest, Topics, environment, now_ms, read_topic, run, sapa, track, wait_until
from test_embedded_log import EmbeddedLogTest

LENIENT = """
campaign: greet
channel: popup
when: {event: Greeted}
message: {title: "Hello, {{ event.properties.name }}"}
"""

KNOWN = """
segments: {gold: customer.plan == "gold"}
---
campaign: golden
channel: popup
when: {enters: gold}
message: {title: "Welcome"}
---
campaign: greet
channel: popup
when: {event: Greeted}
message: {title: "Hello"}
"""


class DeadLetterQueue(EngineTest):
    def dlq(self, topics, command, *options, code=0):
        done = run("dlq", command, *options, *self.source(topics))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def source(self, topics):
        options = topics.options()
        return [*options[:2], "--input", topics.input]

    def json_lines(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def make_dead_letters(self, partitions=2):
        """Records that are refused for their size by a strict engine and welcome to another."""
        topics = Topics("dlq", partitions)
        start = now_ms()
        long_name = "Dewi" * 600
        topics.produce([
            {"key": "a", "value": json.dumps(track("Greeted", "a", start, "m-a", name=long_name)),
             "headers": {"trace": "t-1"}},
            {"key": "b", "value": "{not JSON"},
            {"key": "c", "value": json.dumps(track("Greeted", "c", start, "m-c", name=long_name))},
            {"key": "d", "hex": "ff00ff", "headers": {"content-type": "application/protobuf"}}])
        engine = self.start(self.workspace(LENIENT), *topics.options(), "--max-record-bytes",
                            "2048", "--membership", "dynamic")
        topics.wait_until_processed([engine])
        self.stop(engine)
        return topics

    def test_list_and_show_tell_why_and_where(self):
        topics = self.make_dead_letters()
        table = self.dlq(topics, "list")
        self.assertIn("4 dead letters: 1 invalid_json, 1 invalid_protobuf, 2 too_large", table)
        letters = {l["key"]: l for l in self.json_lines(self.dlq(topics, "list", "--json"))}
        self.assertEqual(letters["b"]["code"], "invalid_json")
        self.assertEqual(letters["b"]["topic"], topics.input)
        self.assertEqual(letters["b"]["id"],
                         f"{letters['b']['partition']}/{letters['b']['offset']}")
        self.assertFalse(letters["b"]["replayed"])
        only = self.json_lines(self.dlq(topics, "list", "--json", "--code", "too_large"))
        self.assertEqual(sorted(l["key"] for l in only), ["a", "c"])

        shown = self.dlq(topics, "show", letters["b"]["id"])
        for part in ("invalid_json", "{not JSON", letters["b"]["reason"], "put back:  no"):
            self.assertIn(part, shown)
        full = json.loads(self.dlq(topics, "show", letters["a"]["id"], "--json"))
        self.assertEqual(full["headers"], {"trace": "t-1"})
        self.assertEqual(json.loads(full["value"])["messageId"], "m-a")
        binary = json.loads(self.dlq(topics, "show", letters["d"]["id"], "--json"))
        self.assertEqual(binary["valueHex"], "ff00ff")
        self.dlq(topics, "show", "0/999999", code=1)

    def test_replay_puts_each_back_once_and_remembers_it(self):
        topics = self.make_dead_letters()
        before = len(read_topic(topics.input))
        dry = self.dlq(topics, "replay", "--code", "too_large", "--dry-run")
        self.assertIn("would put back 2 records", dry)
        self.assertEqual(len(read_topic(topics.input)), before)

        self.assertIn("put back 2 records",
                      self.dlq(topics, "replay", "--code", "too_large"))
        self.assertIn("put back 0 records; 2 had been put back before",
                      self.dlq(topics, "replay", "--code", "too_large"))
        self.assertIn("put back 2 records; 2 had been put back before",
                      self.dlq(topics, "replay", "--all"))
        records = read_topic(topics.input, "--hex")
        again = [r for r in records if "sapa-replay-of" in r["headers"]]
        self.assertEqual(len(again), 4)
        originals = {r["key"]: r for r in records if "sapa-replay-of" not in r["headers"]}
        for record in again:
            original = originals[record["key"]]
            self.assertEqual(record["value"], original["value"])
            self.assertEqual(record["partition"], original["partition"])
            headers = dict(record["headers"])
            headers.pop("sapa-replay-of")
            self.assertEqual(headers, original["headers"])
        listed = self.json_lines(self.dlq(topics, "list", "--json"))
        self.assertEqual([l["replayed"] for l in listed], [True] * 4)
        self.assertEqual(self.dlq(topics, "list", "--json", "--waiting"), "")

        # The fix: an engine that takes long records. Those that nobody can read come back.
        engine = self.start(self.workspace(LENIENT), *topics.options(), state="lenient")
        topics.wait_until_processed([engine])
        self.stop(engine)
        self.assertEqual(sorted(t["userId"] for t in topics.triggers()), ["a", "c"])
        waiting = self.json_lines(self.dlq(topics, "list", "--json", "--waiting"))
        self.assertEqual(sorted(l["code"] for l in waiting), ["invalid_json", "invalid_protobuf"])

    def test_a_replay_that_is_killed_goes_on_where_it_was(self):
        topics = Topics("dlq-killed", 2)
        topics.produce({"key": f"k{i % 50}", "value": f"broken {i}"} for i in range(6000))
        engine = self.start(self.workspace(LENIENT), *topics.options())
        topics.wait_until_processed([engine])
        self.stop(engine)
        for _ in range(3):
            process = subprocess.Popen([sapa(), "dlq", "replay", "--all", *self.source(topics)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=environment())
            was = len(read_topic(topics.input, "--uncommitted"))
            wait_until(lambda: process.poll() is not None or
                       len(read_topic(topics.input, "--uncommitted")) > was, 60, "it replays")
            process.kill()
            process.wait()
        self.assertIn("put back", self.dlq(topics, "replay", "--all"))
        values = [r["value"] for r in read_topic(topics.input) if "sapa-replay-of" in r["headers"]]
        self.assertEqual(len(values), 6000)
        self.assertEqual(len(set(values)), 6000, "none was put back twice")

    def test_wrong_usage_is_told(self):
        self.assertEqual(run("dlq", "list").returncode, 2)
        done = run("dlq", "replay", "--bootstrap-servers", "127.0.0.1:1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--all", done.stderr)
        for words in (("dlq",), ("dlq", "list"), ("dlq", "show"), ("dlq", "replay")):
            shown = run(*words, "--help")
            self.assertEqual(shown.returncode, 0)
            if len(words) > 1:
                self.assertIn("Example", shown.stdout)


STRICT = ("--max-customer-bytes", str(64 << 10))


class DeadLettersOfTheEmbeddedLog(EmbeddedLogTest):
    """Events that would make a customer's record larger than a strict engine allows."""

    RULES = KNOWN

    def dlq(self, command, *options, code=0):
        done = run("dlq", command, *options, "--state-dir", self.folder / "state")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def letters(self, *options):
        return [json.loads(line) for line in self.dlq("list", "--json", *options).splitlines()]

    def make(self, users):
        engine, client = self.engine(*STRICT)
        for user in users:
            for part in ("first", "second"):
                client.post("/v1/identify", {"userId": user, "traits": {part: "long " * 5_000}})
            client.post("/v1/identify", {"userId": user, "messageId": f"m-{user}",
                                         "traits": {"plan": "gold", "third": "long " * 5_000}})
        client.post("/v1/track", {"userId": "small", "event": "Greeted", "messageId": "m-small"})
        wait_until(lambda: f'sapa_dead_letters_total{{reason="customer_too_large"}} {len(users)}'
                   in client.get("/metrics"), 20, "they are refused",
                   explain=lambda: client.get("/metrics"))
        wait_until(lambda: client.all_triggers(), 20, "the other is greeted", explain=engine.tail)
        return engine, client

    def test_they_are_listed_shown_and_put_back_once(self):
        engine, client = self.make(["ani", "budi"])
        # Putting back needs the folder to itself, and says so.
        self.assertIn("stop it", self.dlq("replay", "--all", code=1))
        self.stop(engine)
        listed = self.letters()
        self.assertEqual(sorted((l["key"], l["code"], l["replayed"]) for l in listed),
                         [("ani", "customer_too_large", False), ("budi", "customer_too_large", False)])
        ani = next(l for l in listed if l["key"] == "ani")
        self.assertIn("--max-customer-bytes", self.dlq("show", ani["id"]))
        self.assertEqual(json.loads(json.loads(self.dlq("show", ani["id"], "--json"))["value"])
                         ["messageId"], "m-ani")
        self.dlq("show", "0/999999", code=1)

        self.assertIn("would put back 2 records", self.dlq("replay", "--all", "--dry-run"))
        self.assertIn("put back 1 record\n", self.dlq("replay", "--id", ani["id"]))
        self.assertIn("put back 1 record; 1 had been put back before", self.dlq("replay", "--all"))
        self.assertIn("put back 0 records; 2 had been put back before", self.dlq("replay", "--all"))
        self.assertEqual([l["replayed"] for l in self.letters()], [True, True])
        self.assertEqual(self.letters("--waiting"), [])

        engine, client = self.engine()
        wait_until(lambda: len(client.all_triggers()) >= 3, 20, "both are worked in",
                   explain=engine.tail)
        self.stop(engine)
        self.assertEqual(self.letters("--waiting"), [])

    def test_a_replay_that_is_killed_goes_on_where_it_was(self):
        users = [f"u{i}" for i in range(300)]
        engine, _ = self.make(users)
        self.stop(engine)
        for pause in (0.02, 0.05, 0.1, 0.2):
            process = subprocess.Popen(
                [sapa(), "dlq", "replay", "--all", "--state-dir", str(self.folder / "state")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            try:
                process.wait(pause)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.dlq("replay", "--all")
        self.assertEqual(self.letters("--waiting"), [])
        # Refused once more: as many letters as were put back.
        engine, client = self.engine(*STRICT)
        wait_until(lambda: 'reason="customer_too_large"} 300' in client.get("/metrics"), 30,
                   "they are refused again", explain=lambda: client.get("/metrics"))
        self.stop(engine)
        keys = [l["key"] for l in self.letters()]
        self.assertEqual(len(keys), 600, "none was put back twice")
        self.assertEqual(sorted(set(keys)), sorted(users))


if __name__ == "__main__":
    unittest.main()
