"""Faults of Kafka: the engine waits and says so, once; or ends with the reason and the remedy."""

import json
import os
import time
import urllib.error
import urllib.request

from faulty import OwnBroker
from harness import (SHOP, EngineTest, Topics, now_ms, probe, read_topic, run, shop_data, track,
                     wait_until, write_ndjson)

GREET = """
campaign: greet
channel: popup
when: {event: Greeted}
message: {title: "Hello, {{ event.properties.name }}"}
"""
# How long nothing comes through; SAPA_TEST_OUTAGE_SECONDS=60 for the whole minute, by hand.
OUTAGE_SECONDS = float(os.environ.get("SAPA_TEST_OUTAGE_SECONDS", "12"))
SESSION = ["--kafka", "consumer.session.timeout.ms=6000"]


def ask(engine, path):
    try:
        with urllib.request.urlopen(engine.url() + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def committed(topics):
    """Also while the broker is just coming up: then -1."""
    try:
        return topics.committed()
    except AssertionError:
        return -1


def is_ready(engine):
    engine.must_run()
    return ask(engine, "/readyz")[0] == 200


class BrokerFaults(EngineTest):
    @classmethod
    def setUpClass(cls):
        cls.broker = OwnBroker()

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def tearDown(self):
        self.broker.network.set("pass")

    def expect_trouble_and_recovery(self, engine, topics, strike, mend, seconds):
        """Strikes, expects the engine to say so, mends; gives how long it took to work again."""
        lines = len(engine.text().splitlines())
        strike()
        struck = time.monotonic()
        wait_until(lambda: not is_ready(engine), 20, "/readyz is not ready", explain=engine.tail)
        # With so short a session the partitions may be lost before Kafka counts as out of reach.
        wait_until(lambda: "Kafka" in ask(engine, "/readyz")[1], 20, "/readyz tells of the trouble",
                   explain=engine.tail)
        self.assertEqual(ask(engine, "/readyz")[0], 503)
        self.assertIn("sapa_ready 0\n", ask(engine, "/metrics")[1])
        time.sleep(max(0.0, seconds - (time.monotonic() - struck)))
        engine.must_run()
        before = committed(topics)
        mend()
        mended = time.monotonic()
        wait_until(lambda: is_ready(engine) and committed(topics) > before, 60,
                   "it works again", explain=engine.tail)
        said = engine.text().splitlines()[lines:]
        # One worker may still be on its way.
        wait_until(lambda: "sapa_ready 1\n" in ask(engine, "/metrics")[1], 30, "sapa_ready is 1",
                   explain=engine.tail)
        # What it says of the shards that it opens again is no trouble.
        trouble = [line for line in said if " info " not in line]
        # Two workers say what they have lost, what failed and what librdkafka made of it.
        self.assertLess(len(trouble), 20, "the log is not flooded:\n" + "\n".join(said))
        return time.monotonic() - mended

    def test_outages_of_every_kind_cost_time_but_no_trigger(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("outages")
        publishing = topics.start_publishing(events, "--rate", "1500", "-X",
                                             "message.timeout.ms=300000")
        self.addCleanup(publishing.stdout.close)
        self.addCleanup(publishing.kill)
        engine = self.start(SHOP, *self.broker.options(topics), "--clock", "event", *SESSION)
        wait_until(lambda: committed(topics) > 0, 30, "it works", explain=engine.tail)
        network = self.broker.network
        took = {
            "cut": self.expect_trouble_and_recovery(
                engine, topics, lambda: network.set("cut"), lambda: network.set("pass"), 6),
            "nothing comes through": self.expect_trouble_and_recovery(
                engine, topics, lambda: network.set("swallow"), lambda: network.set("pass"),
                OUTAGE_SECONDS),
        }
        network.set("slow")
        time.sleep(4)
        engine.must_run()
        network.set("pass")

        def restart():
            self.broker.start()
        took["broker killed"] = self.expect_trouble_and_recovery(
            engine, topics, self.broker.kill, restart, 3)
        self.broker.freeze()
        time.sleep(8)
        self.broker.thaw()
        self.assertEqual(publishing.wait(120), 0, publishing.stdout.read())
        topics.wait_until_processed([engine], 90)
        self.stop(engine)
        triggers = topics.triggers()
        self.assert_no_repeats(triggers)
        self.assert_same_triggers(write_ndjson(self.folder / "found.ndjson", triggers), expected)
        print("recovered: " + ", ".join(f"{kind} {seconds:.1f} s"
                                        for kind, seconds in took.items()))

    def test_a_transaction_that_times_out_is_done_again(self):
        topics = Topics("slow-transaction", 1)
        engine = self.start(self.workspace(GREET), *self.broker.options(topics), *SESSION,
                            "--kafka", "producer.transaction.timeout.ms=3000")
        topics.send(track("Greeted", "u0", now_ms(), name="first"))
        topics.wait_until_processed([engine])
        for i in range(1, 4):
            topics.send(track("Greeted", f"u{i}", now_ms(), name="later"))
            time.sleep(0.01 * i)
            self.broker.network.set("swallow")
            time.sleep(5)
            self.broker.network.set("pass")
            topics.wait_until_processed([engine], 60)
        self.stop(engine)
        self.assertEqual(sorted(t["userId"] for t in topics.triggers()), ["u0", "u1", "u2", "u3"])

    def test_a_topic_that_is_deleted_ends_the_engine_with_its_name(self):
        running = []
        for which in ("input", "output"):
            topics = Topics(f"deleted-{which}", 1)
            engine = self.start(self.workspace(GREET), *topics.options(), state=f"state-{which}")
            topics.send(track("Greeted", "u1", now_ms(), name="Ani"))
            topics.wait_until_processed([engine])
            running.append((getattr(topics, which), topics, engine))
        for name, topics, engine in running:
            self.broker.tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server",
                             self.broker.direct, "--delete", "--topic", name)
        topics.send(track("Greeted", "u2", now_ms(), name="Budi"))
        for name, topics, engine in running:
            code = engine.process.wait(90)
            self.assertNotEqual(code, 0)
            self.assertIn(name, engine.text().splitlines()[-1])
            self.assertIn("create the topic", engine.text())

    def test_a_record_too_large_for_the_dead_letters_is_cut_and_the_rest_goes_on(self):
        topics = Topics("too-large", 1)
        # Made by others with Kafka's own limit, while the input takes more.
        probe("create", topics.dead_letters, "1")
        for topic, size in ((topics.input, 4_000_000), (topics.dead_letters, 1_048_588)):
            self.broker.tool("kafka.admin.ConfigCommand", "--bootstrap-server", self.broker.direct,
                             "--alter", "--entity-type", "topics", "--entity-name", topic,
                             "--add-config", f"max.message.bytes={size}")
        topics.produce([{"key": "big", "value_bytes": 3_000_000},
                        {"key": "big", "value_bytes": 1_048_000},
                        {"key": "h", "value": "{", "headers": {"long": "x" * 700_000, "too": "x" * 700_000}},
                        {"key": "small", "value": "{not JSON"},
                        {"key": "u", "value": json.dumps(track("Greeted", "u", now_ms(), name="n"))}])
        engine = self.start(self.workspace(GREET), *topics.options())
        topics.wait_until_processed([engine])
        self.stop(engine)
        self.assertEqual([t["userId"] for t in topics.triggers()], ["u"])
        dead = read_topic(topics.dead_letters)
        self.assertEqual([d["key"] for d in dead], ["big", "big", "h", "small"])
        self.assertEqual(dead[0]["headers"]["sapa-cut-from"], "3000000")
        self.assertGreater(len(dead[0]["value"]), 1_000_000)
        self.assertEqual(dead[2]["headers"]["sapa-code"], "invalid_json")
        self.assertNotIn("long", dead[2]["headers"])
        self.assertNotIn("sapa-cut-from", dead[3]["headers"])
        replayed = run("dlq", "replay", "--all", *topics.options()[:4])
        self.assertEqual(replayed.returncode, 1)
        self.assertIn("3000000 bytes", replayed.stderr)

    def test_messages_and_customers_of_any_size_stop_no_epoch(self):
        topics = Topics("sizes", 1)
        engine = self.start(
            self.workspace(GREET.replace('name }}"', 'name }}", body: "{{ event.properties.b }}"')),
            *topics.options(), "--max-customer-bytes", "200000")
        start = now_ms()
        events = [track("Greeted", "u", start, name="ok", b="x"),
                  track("Greeted", "u", start + 1, name="\u0001" * 40_000, b="\u0001" * 40_000)]
        for i in range(12):
            events.append({"type": "identify", "userId": "u", "messageId": f"i{i}",
                           "traits": {f"t{i}": "y" * 30_000}})
        events.append(track("Greeted", "u", start + 2, name="still", b="x"))
        topics.send(*events)
        topics.wait_until_processed([engine])
        self.stop(engine)
        self.assertEqual([t["content"]["title"] for t in topics.triggers()],
                         ["Hello, ok", "Hello, still"])
        reasons = [(d["reason"], d.get("detail", "")) for d in topics.all_decisions()]
        self.assertEqual([r for r, _ in reasons], ["sent", "evaluation_error", "sent"])
        self.assertIn("longer than 64 KiB", reasons[1][1])
        codes = [d["headers"]["sapa-code"] for d in read_topic(topics.dead_letters)]
        self.assertEqual(set(codes), {"customer_too_large"})
        self.assertEqual(len(codes), 6)
        sizes = [len(r["value"]) // 2 for r in read_topic(topics.changelog, "--hex")]
        self.assertLess(max(sizes), 200_000)


class RefusedByAccessLists(EngineTest):
    """A broker with an authorizer that knows us only as ANONYMOUS."""

    @classmethod
    def setUpClass(cls):
        cls.broker = OwnBroker(
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            "allow.everyone.if.no.acl.found=true\n")

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def deny(self, operation, topic):
        self.broker.tool("org.apache.kafka.tools.AclCommand", "--bootstrap-server", self.broker.direct,
                         "--add", "--deny-principal", "User:ANONYMOUS", "--operation", operation,
                         "--topic", topic)

    def test_what_is_forbidden_ends_the_engine_with_the_remedy(self):
        for operation, which in (("Write", "output"), ("Read", "input"), ("Write", "changelog")):
            with self.subTest(which=which):
                topics = Topics(f"denied-{which}", 1)
                engine = self.start(self.workspace(GREET), *topics.options(),
                                    state=f"state-{which}")
                topics.send(track("Greeted", "u1", now_ms(), name="Ani"))
                topics.wait_until_processed([engine])
                self.deny(operation, getattr(topics, which))
                if which != "input":
                    topics.send(track("Greeted", "u2", now_ms(), name="Budi"))
                # 75: librdkafka could not be closed any more, and the watchdog ended the process.
                code = engine.process.wait(50)
                self.assertIn(code, (2, 75), engine.tail())
                lines = engine.text().splitlines()
                # What hung may be another worker's client; then the reason was told before.
                told = lines[-1:] if code == 2 else lines
                told = [line for line in told if getattr(topics, which) in line]
                self.assertTrue(told, engine.tail())
                self.assertIn("access lists must allow", told[-1])
                self.assertLess(len(lines), 40)
