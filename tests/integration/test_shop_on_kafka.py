"""The reference workload through a real broker, against the oracle: undisturbed, with the engine
killed again and again, and with engines that come and go."""

import os
import random
import re
import time
import urllib.request

from harness import (EVENTS, SHOP, SPANS, EngineTest, Topics, read_topic, shop_data, wait_until,
                     write_ndjson)

SEED = int(os.environ.get("SAPA_TEST_SEED", "20260301"))


class ShopOnKafka(EngineTest):
    def start_shop(self, topics, *options, **more):
        return self.start(SHOP, *topics.options(), "--clock", "event", *options, **more)

    def check(self, topics, expected):
        """Timers fire up to each partition's own last event, so nothing has to be left out."""
        triggers = topics.triggers()
        self.assert_no_repeats(triggers)
        found = write_ndjson(self.folder / "triggers.ndjson", triggers)
        self.assert_same_triggers(found, expected)
        return triggers

    def run_to_the_end(self, span, *options, **more):
        events, _ = shop_data(span, 4)
        topics = Topics(f"shop-{span}")
        topics.publish(events)
        engine = self.start_shop(topics, *options, state=f"state-{span}", **more)
        topics.wait_until_processed([engine])
        wait_until(lambda: f'sapa_events_total{{outcome="processed"}} {EVENTS}\n'
                   in metrics(engine), 5, "/metrics counts every event",
                   explain=lambda: metrics(engine))
        self.stop(engine)
        return topics

    def run_undisturbed(self, span, *options, **more):
        topics = self.run_to_the_end(span, *options, **more)
        return topics, self.check(topics, shop_data(span, 4)[1])

    def halves_of(self, events):
        lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
        middle = len(lines) // 2
        halves = [self.folder / name for name in ("first-half.ndjson", "second-half.ndjson")]
        for half, part in zip(halves, (lines[:middle], lines[middle:])):
            half.write_text("".join(part), encoding="utf-8")
        return halves

    def publish_in_halves(self, topics, events):
        """Starts to publish the first half, 7 s of traffic. Gives what to call for the second,
        once all is as it should be for it: it waits for the first half to be out."""
        halves = self.halves_of(events)

        def publish(half):
            publishing = topics.start_publishing(half, "--rate", "7000")
            self.addCleanup(end, publishing)
            return publishing

        first = publish(halves[0])

        def publish_the_rest():
            self.assertEqual(first.wait(60), 0, first.stdout.read())
            return publish(halves[1])

        return publish_the_rest

    def test_exactly_once_gives_exactly_the_oracles_triggers(self):
        for span in (*SPANS, "visits-72h"):
            with self.subTest(span=span):
                topics, triggers = self.run_undisturbed(span, "--delivery", "exactly_once")
                decisions = topics.all_decisions()
                sent = sorted(d["triggerId"] for d in decisions if d["reason"] == "sent")
                self.assertTrue(sent == sorted(t["triggerId"] for t in triggers),
                                f"{len(sent)} decisions to send, {len(triggers)} triggers")
                self.assertTrue(any(d["reason"] == "frequency_cap" for d in decisions))

    def test_at_least_once_undisturbed_gives_exactly_the_oracles_triggers(self):
        for span in SPANS:
            with self.subTest(span=span):
                self.run_undisturbed(span, "--delivery", "at_least_once")

    def test_the_smallest_memory_gives_the_same_triggers(self):
        self.run_undisturbed("72h", memory="4M")

    def test_protobuf_holds_the_same_triggers(self):
        topics = self.run_to_the_end("3h", "--format", "protobuf")
        found = []
        for record in read_topic(topics.output, "--hex"):
            fields = protobuf_fields(bytes.fromhex(record["value"]))
            time_fields = protobuf_fields(fields[7])
            found.append({"campaign": fields[2].decode(), "userId": fields[4].decode(),
                          "time": time_fields[1] * 1000 + time_fields.get(2, 0) // 1_000_000})
        path = write_ndjson(self.folder / "triggers.ndjson", found)
        self.assert_same_triggers(path, shop_data("3h", 4)[1])

    def test_exactly_once_holds_when_the_engine_is_killed_at_any_moment(self):
        chance = random.Random(SEED)
        events, expected = shop_data("1440h", 4)
        topics = Topics("shop-killed")
        publishing = topics.start_publishing(events, "--rate", "7000")
        self.addCleanup(end, publishing)
        for _ in range(5):
            engine = self.start_shop(topics)
            # From the middle of its start to some time into its work.
            time.sleep(chance.uniform(0.1, 2.5))
            engine.kill()
        self.assertIsNone(publishing.poll(), "all was published before the last kill")
        engine = self.start_shop(topics)
        self.assertEqual(publishing.wait(60), 0, publishing.stdout.read())
        topics.wait_until_processed([engine])
        self.stop(engine)
        self.check(topics, expected)

    def test_at_least_once_loses_nothing_when_the_engine_is_killed(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("shop-killed-alo")
        publishing = topics.start_publishing(events, "--rate", "10000")
        self.addCleanup(end, publishing)
        chance = random.Random(SEED)
        for _ in range(5):
            engine = self.start_shop(topics, "--delivery", "at_least_once")
            time.sleep(chance.uniform(0.3, 2))
            engine.kill()
        engine = self.start_shop(topics, "--delivery", "at_least_once")
        self.assertEqual(publishing.wait(60), 0, publishing.stdout.read())
        topics.wait_until_processed([engine])
        self.stop(engine)
        # A repeat is allowed, and is known by its id.
        once = {trigger["triggerId"]: trigger for trigger in topics.triggers()}
        found = write_ndjson(self.folder / "triggers.ndjson", once.values())
        self.assert_same_triggers(found, expected)

    def test_partitions_move_between_processes_that_come_and_go(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("shop-moving")
        publish_the_rest = self.publish_in_halves(topics, events)
        # A member that has ended keeps its partitions for that long, in case it comes back.
        session = ["--kafka", "consumer.session.timeout.ms=6000"]
        first = self.start_shop(topics, *session, state="first")
        wait_until(topics.works, 30, "the first engine works", explain=first.tail)
        second = self.start_shop(topics, *session, state="second")
        wait_until(lambda: "open at offset" in second.text(), 60, "the second engine has partitions",
                   explain=second.tail)
        publishing = publish_the_rest()
        time.sleep(2)
        second.must_run()
        self.assertIsNone(publishing.poll(), "all was published before the first engine left")
        self.stop(first)
        self.assertEqual(publishing.wait(60), 0, publishing.stdout.read())
        topics.wait_until_processed([second])
        self.stop(second)
        self.check(topics, expected)

    def test_a_warm_standby_takes_over_with_what_is_left_to_read(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("shop-standby")
        publish_the_rest = self.publish_in_halves(topics, events)
        options = ["--kafka", "consumer.session.timeout.ms=6000", "--standby-replicas", "1"]
        first = self.start_shop(topics, *options, state="first")
        wait_until(topics.works, 30, "the first engine works", explain=first.tail)
        second = self.start_shop(topics, *options, state="second")
        wait_until(lambda: "sapa_standby_lag_records{" in metrics(second), 60,
                   "the second engine follows what the first owns", explain=second.tail)
        publishing = publish_the_rest()
        time.sleep(2)
        written = sum(read_to for read_to, _ in topics.offsets().values())
        self.assertIsNone(publishing.poll(), "all was published before the first engine left")
        first.kill()
        self.assertEqual(publishing.wait(60), 0, publishing.stdout.read())
        topics.wait_until_processed([second])
        self.stop(second)
        self.check(topics, expected)
        # What it takes over in the end: all partitions, of which it restores next to nothing.
        replayed = [int(count) for count in
                    re.findall(r"open at offset \d+, (\d+) changelog records", second.text())]
        self.assertLess(sum(replayed[-4:]), written / 4, second.text())

    def test_what_a_killed_process_left_open_holds_nobody_up(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("shop-heir")
        publish_the_rest = self.publish_in_halves(topics, events)
        # Left to the broker, its transaction would end after five minutes.
        options = ["--kafka", "consumer.session.timeout.ms=6000",
                   "--kafka", "producer.transaction.timeout.ms=300000"]
        first = self.start_shop(topics, *options, state="first")
        wait_until(topics.works, 30, "the first engine works", explain=first.tail)
        second = self.start_shop(topics, *options, state="second")
        wait_until(lambda: "open at offset" in second.text(), 30, "the second engine has partitions",
                   explain=second.tail)
        publishing = publish_the_rest()
        time.sleep(2)
        self.assertIsNone(publishing.poll(), "all was published before the first engine left")
        first.kill()
        self.assertEqual(publishing.wait(60), 0, publishing.stdout.read())
        topics.wait_until_processed([second])
        self.assertIn("may have left open", second.text())
        self.stop(second)
        self.check(topics, expected)

    def test_a_new_state_folder_is_filled_from_the_changelog(self):
        events, expected = shop_data("72h", 4)
        topics = Topics("shop-new-disk")
        for half, state in zip(self.halves_of(events), ("old", "new")):
            topics.publish(half)
            engine = self.start_shop(topics, "--instance", "the-same-machine", state=state)
            topics.wait_until_processed([engine])
            self.stop(engine)
        self.check(topics, expected)


def metrics(engine):
    with urllib.request.urlopen(engine.url() + "/metrics", timeout=10) as answer:
        return answer.read().decode()


def protobuf_fields(message):
    """{field number: its last value}: numbers as they are, texts and messages as bytes."""
    at, fields = 0, {}

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            fields[tag >> 3] = varint()
        elif tag & 7 == 2:
            size = varint()
            fields[tag >> 3] = message[at:at + size]
            at += size
        else:
            raise ValueError(f"wire type {tag & 7}")
    return fields


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()
