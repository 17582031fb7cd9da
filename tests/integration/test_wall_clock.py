"""Timers by the wall clock: on a partition where nothing else comes, and after an outage."""

from harness import EngineTest, Topics, now_ms, track, wait_until

MINUTE = 60_000
# Two campaigns that differ in how long their message is worth sending.
WORKSPACE = """
campaign: cart-patient
channel: push
when: {event: Product Added, without: Order Completed, within: %(within)s}
expires: 1d
message: {title: Your cart waits}
---
campaign: cart-hurried
channel: push
when: {event: Product Added, without: Order Completed, within: %(within)s}
expires: 1m
message: {title: Your cart waits}
"""


class WallClock(EngineTest):
    def test_a_timer_fires_on_an_idle_partition_when_it_is_due(self):
        topics = Topics("idle")
        engine = self.start(self.workspace(WORKSPACE % {"within": "2s"}), *topics.options())
        # Until it has its partitions, an event waits for the engine and not for its timer.
        topics.send(track("Warm Up", "w", now_ms()))
        topics.wait_until_processed([engine])
        follower = self.follow(topics.output)
        sent = now_ms()
        topics.send(track("Product Added", "a", sent))
        records = wait_until(lambda: len(follower.read()) >= 2 and follower.records, 15,
                             "the triggers come", 0.02, engine.tail)
        for record in records:
            delay = record["seen"] - sent
            self.assertGreaterEqual(delay, 2000)
            self.assertLessEqual(delay, 2500)
        self.stop(engine)
        self.assertEqual({(t["campaign"], t["userId"]) for t in topics.triggers()},
                         {("cart-patient", "a"), ("cart-hurried", "a")})

    def test_an_order_in_time_cancels_the_timer(self):
        topics = Topics("cancelled")
        engine = self.start(self.workspace(WORKSPACE % {"within": "2s"}), *topics.options())
        topics.send(track("Product Added", "a", now_ms()), track("Product Added", "b", now_ms()))
        topics.send(track("Order Completed", "a", now_ms()))
        wait_until(lambda: topics.lag() == 0 and len(topics.triggers()) >= 2, 20,
                   "the other customer's triggers come", explain=engine.tail)
        self.stop(engine)
        self.assertEqual({t["userId"] for t in topics.triggers()}, {"b"})

    def test_after_an_outage_what_was_settled_meanwhile_is_not_sent(self):
        topics = Topics("outage")
        folder = self.workspace(WORKSPACE % {"within": "30m"})
        engine = self.start(folder, *topics.options())
        long_ago = now_ms() - 50 * MINUTE
        # Read before the outage, due during it.
        topics.send(track("Product Added", "before", long_ago + 30 * MINUTE))
        topics.wait_until_processed([engine])
        engine.kill()
        topics.send(track("Product Added", "paid", long_ago),
                    track("Product Added", "left", long_ago))
        # In time, but the engine was not there to read it.
        topics.send(track("Order Completed", "paid", long_ago + 10 * MINUTE))
        topics.send(track("Order Completed", "before", long_ago + 40 * MINUTE))
        topics.send(*(track("Product Added", f"just-now-{i}", now_ms()) for i in range(8)))
        engine = self.start(folder, *topics.options())
        topics.wait_until_processed([engine])
        wait_until(lambda: topics.triggers(), 20, "the triggers come", explain=engine.tail)
        self.stop(engine)
        triggers = topics.triggers()
        self.assertEqual([(t["campaign"], t["userId"]) for t in triggers],
                         [("cart-patient", "left")])
        expired = [d for d in topics.all_decisions() if d["reason"] == "expired"]
        self.assertEqual([(d["campaign"], d["userId"]) for d in expired],
                         [("cart-hurried", "left")])
