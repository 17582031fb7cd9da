"""The oracle on cases small enough to follow by hand, and the comparison on files made for it."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from shop import shop_triggers  # noqa: E402
from stream import milliseconds, partition, read_lines  # noqa: E402

START = datetime(2026, 2, 28, 15, 30, tzinfo=timezone.utc)
FOLDER = os.path.dirname(os.path.abspath(__file__))


def at(**after):
    """Milliseconds of the time so long after the stream's start."""
    return milliseconds((START + timedelta(**after)).isoformat())


class Stream:
    """A stream of events, written event by event: stream.view(minutes=3) and so on."""

    def __init__(self, user="c1", city="Bandung"):
        self.events, self.user, self.city = [], user, city

    def add(self, event, properties, user, after):
        self.events.append({
            "type": "track", "event": event, "messageId": f"e{len(self.events)}",
            "userId": user or self.user, "timestamp": (START + timedelta(**after)).isoformat(),
            "properties": properties, "context": {"city": self.city}})

    def open(self, user=None, **after):
        self.add("Application Opened", {}, user, after)

    def view(self, category="toys", user=None, **after):
        self.add("Product Viewed", {"category": category}, user, after)

    def cart(self, user=None, **after):
        self.add("Product Added", {"category": "toys"}, user, after)

    def order(self, total=1000, user=None, **after):
        self.add("Order Completed", {"total": total}, user, after)

    def fired(self, partitions=1):
        return [(campaign, time) for time, _, campaign in shop_triggers(self.events, partitions)]


class Orders(unittest.TestCase):
    def test_first_order_ever_brings_the_survey_once(self):
        stream = Stream()
        stream.order(minutes=1)
        stream.order(minutes=2)
        self.assertEqual(stream.fired(), [("first-order-survey", at(minutes=1))])

    def test_big_spender_is_from_a_million_and_in_jakarta(self):
        for city, total, fires in (("Jakarta", 1_000_000, True), ("Jakarta", 999_999, False),
                                   ("Bandung", 1_000_000, False)):
            stream = Stream(city=city)
            stream.order(total, minutes=1)
            self.assertEqual(("big-spender", at(minutes=1)) in stream.fired(), fires)

    def test_blue_is_reached_by_the_order_that_completes_five_million_and_only_once(self):
        stream = Stream()
        stream.order(4_999_999, days=1)
        stream.order(1, days=3)
        stream.order(6_000_000, days=5)
        self.assertEqual(stream.fired(),
                         [("first-order-survey", at(days=1)), ("tier-blue", at(days=3))])

    def test_one_order_past_both_gives_gold_only(self):
        stream = Stream()
        stream.order(100_000_000, days=1)
        self.assertEqual(stream.fired(),
                         [("tier-gold", at(days=1)), ("first-order-survey", at(days=1))])

    def test_gold_may_follow_blue_in_the_same_month(self):
        stream = Stream()
        stream.order(5_000_000, days=1)
        stream.order(95_000_000, days=3)
        self.assertEqual(stream.fired(), [
            ("tier-blue", at(days=1)), ("first-order-survey", at(days=1)),
            ("tier-gold", at(days=3))])

    def test_the_month_is_jakartas_which_ends_at_1700_utc(self):
        stream = Stream()
        stream.order(4_000_000, minutes=89)   # 16:59Z, still February there
        stream.order(4_000_000, minutes=90)   # 17:00Z, March
        stream.order(1_000_000, minutes=91)   # March now has five million
        self.assertEqual(stream.fired(),
                         [("first-order-survey", at(minutes=89)), ("tier-blue", at(minutes=91))])

    def test_each_month_can_reach_blue_anew(self):
        stream = Stream()
        stream.order(5_000_000, minutes=0)
        stream.order(5_000_000, days=2)
        self.assertEqual([time for campaign, time in stream.fired() if campaign == "tier-blue"],
                         [at(minutes=0), at(days=2)])


class Carts(unittest.TestCase):
    def test_an_abandoned_cart_is_told_after_half_an_hour(self):
        stream = Stream()
        stream.cart(minutes=1)
        stream.view(minutes=40)
        self.assertEqual(stream.fired(), [("cart-abandonment", at(minutes=31))])

    def test_each_addition_restarts_the_half_hour(self):
        stream = Stream()
        stream.cart(minutes=1)
        stream.cart(minutes=20)
        stream.view(minutes=60)
        self.assertEqual(stream.fired(), [("cart-abandonment", at(minutes=50))])

    def test_an_order_cancels(self):
        stream = Stream()
        stream.cart(minutes=1)
        stream.order(minutes=30)
        stream.view(minutes=45)
        self.assertEqual(stream.fired(), [("first-order-survey", at(minutes=30))])

    def test_a_timer_due_at_an_orders_instant_fires_before_the_order(self):
        stream = Stream()
        stream.cart(minutes=1)
        stream.order(minutes=31)
        self.assertEqual(stream.fired(), [("cart-abandonment", at(minutes=31)),
                                          ("first-order-survey", at(minutes=31))])

    def test_a_timer_due_when_the_partition_ends_fires_and_a_later_one_does_not(self):
        for end, fires in ((31, True), (30, False)):
            stream = Stream()
            stream.cart(minutes=1)
            stream.view(user="c2", minutes=end)
            expected = [("cart-abandonment", at(minutes=31))] if fires else []
            self.assertEqual(stream.fired(), expected)

    def test_only_the_customers_own_partition_counts(self):
        # As a real broker placed these keys on four partitions.
        self.assertEqual([partition(key, 4) for key in ("abc", "foobar", "21", "c0000001")],
                         [3, 2, 0, 1])
        stream = Stream(user="abc")
        stream.cart(minutes=1)
        stream.view(user="foobar", minutes=60)
        self.assertEqual(stream.fired(partitions=4), [])
        self.assertEqual(stream.fired(partitions=1), [("cart-abandonment", at(minutes=31))])


class Views(unittest.TestCase):
    def test_the_third_view_of_a_category_within_ten_minutes_fires(self):
        stream = Stream()
        stream.view(minutes=0)
        stream.view("garden", minutes=1)
        stream.view(minutes=2)
        stream.view(minutes=9, seconds=59)
        self.assertEqual(stream.fired(), [("category-interest", at(minutes=9, seconds=59))])

    def test_a_view_ten_minutes_old_has_left_the_window(self):
        stream = Stream()
        stream.view(minutes=0)
        stream.view(minutes=2)
        stream.view(minutes=10)
        self.assertEqual(stream.fired(), [])

    def test_an_order_keeps_it_quiet_for_24_hours(self):
        for hours, fires in ((24, True), (23, False)):
            stream = Stream()
            stream.order(minutes=0)
            for second in range(3):
                stream.view(hours=hours, seconds=second - 2)
            interest = [entry for entry in stream.fired() if entry[0] == "category-interest"]
            self.assertEqual(interest, [("category-interest", at(hours=24))] if fires else [])

    def test_it_is_sent_once_in_24_hours_whatever_the_category(self):
        stream = Stream()
        for second in range(3):
            stream.view("toys", seconds=second)
        for second in range(3):
            stream.view("garden", hours=1, seconds=second)
        for second in range(3):
            stream.view("garden", hours=24, seconds=second)
        self.assertEqual(stream.fired(), [("category-interest", at(seconds=2)),
                                          ("category-interest", at(hours=24, seconds=2))])


class Visits(unittest.TestCase):
    def test_opening_after_an_hour_of_silence_is_welcomed(self):
        stream = Stream()
        stream.open(minutes=0)      # the very first event: nothing
        stream.view(minutes=10)
        stream.open(minutes=69)     # 59 minutes
        stream.open(minutes=129)    # exactly 60
        self.assertEqual(stream.fired(), [("welcome-back", at(minutes=129))])

    def test_only_opening_the_app_counts(self):
        stream = Stream()
        stream.view(minutes=0)
        stream.view(hours=2)
        stream.open(hours=2, seconds=1)
        self.assertEqual(stream.fired(), [])


class Cap(unittest.TestCase):
    def opened(self, hours):
        stream = Stream()
        stream.view(minutes=0)
        for hour in hours:
            stream.open(hours=hour)
        return [time for _, time in stream.fired()]

    def test_three_in_24_hours_and_not_a_fourth(self):
        self.assertEqual(self.opened([1, 2, 3, 4]), [at(hours=1), at(hours=2), at(hours=3)])

    def test_the_first_counts_for_24_hours(self):
        self.assertEqual(self.opened([1, 2, 3, 24]), [at(hours=1), at(hours=2), at(hours=3)])

    def test_the_first_has_left_the_window_after_exactly_24_hours(self):
        self.assertEqual(self.opened([1, 2, 3, 25, 26]),
                         [at(hours=hour) for hour in (1, 2, 3, 25, 26)])

    def test_what_was_suppressed_does_not_count_toward_the_cap(self):
        # Hour 4 is suppressed; were it counted, 27.5 would find 3, 4 and 25, 26 within its window.
        self.assertEqual(self.opened([1, 2, 3, 4, 25, 26, 27.5]),
                         [at(hours=hour) for hour in (1, 2, 3, 25, 26, 27.5)])

    def test_a_gold_that_the_cap_suppresses_lets_no_blue_through_and_does_not_come_back(self):
        stream = Stream()
        stream.view(minutes=0)
        for hour in (2, 3, 4):
            stream.open(hours=hour)
        stream.order(100_000_000, hours=5)
        stream.order(1000, days=2)
        self.assertEqual([campaign for campaign, _ in stream.fired()], ["welcome-back"] * 3)

    def test_a_suppressed_interest_does_not_use_up_its_own_limit(self):
        stream = Stream()
        stream.view(minutes=0)
        for hour in (2, 3, 4):
            stream.open(hours=hour)
        for second in (1, 2, 3):
            stream.view(hours=5, seconds=second)    # suppressed by the cap
        for second in (1, 2, 3):
            stream.view(hours=26, seconds=second)   # less than 24 h later, the cap has room again
        self.assertEqual(stream.fired()[3:], [("category-interest", at(hours=26, seconds=3))])

    def test_within_one_event_the_tables_order_decides_who_gets_the_last_place(self):
        stream = Stream(city="Jakarta")
        stream.view(minutes=0)
        stream.open(hours=1)
        stream.open(hours=2)
        stream.order(5_000_000, hours=3)
        self.assertEqual(stream.fired()[2:], [("tier-blue", at(hours=3))])


class Input(unittest.TestCase):
    def test_a_customers_time_must_advance(self):
        stream = Stream()
        stream.view(minutes=1)
        stream.view(minutes=1)
        with self.assertRaises(ValueError):
            stream.fired()

    def test_times_are_read_exactly(self):
        for same in (1772292600129, "1772292600129", "2026-02-28T15:30:00.129Z",
                     "2026-02-28T22:30:00.129+07:00", "2026-02-28T15:30:00.129999Z"):
            self.assertEqual(milliseconds(same), 1772292600129)
        for wrong in ("2026-02-28T15:30:00", None, True, "soon"):
            with self.assertRaises(ValueError):
                milliseconds(wrong)


class Comparison(unittest.TestCase):
    """compare.py as it is run."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def write(self, name, records):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record) + "\n")
        return path

    def triggers(self, name, times, **more):
        return self.write(name, [{"campaign": "a", "userId": "c1", "time": time, **more}
                                 for time in times])

    def compare(self, *arguments):
        done = subprocess.run([sys.executable, os.path.join(FOLDER, "compare.py"), *arguments],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_order_and_the_form_of_time_do_not_matter(self):
        code, text = self.compare(
            self.triggers("a", [1772292600129, 5]),
            self.triggers("b", ["1970-01-01T00:00:00.005Z", "2026-02-28T15:30:00.129Z"], x=1))
        self.assertEqual((code, text.splitlines()[-1].split(":")[0]), (0, "equal"))

    def test_a_difference_is_shown(self):
        code, text = self.compare(self.triggers("a", [5, 7]), self.triggers("b", [5, 6]))
        self.assertEqual(code, 1)
        self.assertIn("only in " + os.path.join(self.folder, "a"), text)
        self.assertIn("1970-01-01T00:00:00.006+00:00 (6) c1", text)
        self.assertIn("DIFFERENT: 2 triggers in", text)

    def test_a_repeat_is_a_difference(self):
        code, _ = self.compare(self.triggers("a", [5, 5]), self.triggers("b", [5]))
        self.assertEqual(code, 1)

    def test_nothing_to_compare_is_a_failure(self):
        code, text = self.compare(self.triggers("a", []), self.triggers("b", []))
        self.assertEqual(code, 1)
        self.assertIn("nothing to compare", text)

    def test_what_comes_after_the_earliest_partitions_end_is_left_out(self):
        # The customers lie on partitions 3 and 2 of 4, which end at 100 and 200.
        events = self.write("events", [
            {"userId": "foobar", "timestamp": "1970-01-01T00:00:00.200Z"},
            {"userId": "abc", "timestamp": "1970-01-01T00:00:00.100Z"}])
        first, second = self.triggers("a", [100, 101]), self.triggers("b", [100, 150])
        self.assertEqual(self.compare(first, second)[0], 1)
        self.assertEqual(self.compare(first, second, "--events", events)[0], 1)
        code, text = self.compare(first, second, "--events", events, "--partitions", "4")
        self.assertEqual(code, 0, text)
        self.assertIn("1 triggers", text)
        only_late = self.triggers("c", [101])
        code, _ = self.compare(only_late, only_late, "--events", events, "--partitions", "4")
        self.assertEqual(code, 1)

    def test_a_line_that_is_no_trigger_is_a_failure(self):
        code, text = self.compare(self.triggers("a", [5]), self.write("b", [{"campaign": "a"}]))
        self.assertEqual(code, 1)
        self.assertIn("no trigger", text)

    def test_compressed_files_are_read(self):
        path = os.path.join(self.folder, "x.gz")
        with gzip.open(path, "wt") as file:
            file.write('{"a": 1}\n\n{"a": 2}\n')
        self.assertEqual([value["a"] for value in read_lines(path)], [1, 2])

    def test_a_broken_line_is_named(self):
        path = os.path.join(self.folder, "broken")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"a": 1}\n{\n')
        with self.assertRaisesRegex(ValueError, "broken:2"):
            list(read_lines(path))


if __name__ == "__main__":
    unittest.main()
