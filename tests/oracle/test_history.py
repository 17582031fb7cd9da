"""The scripts of the real purchase history, on a history small enough to follow by hand."""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "..", "deploy", "workspaces", "history")
COLUMNS = ["ts", "InvoiceNo", "CustomerID", "kind", "lines", "units", "amount_pence", "Country"]


def purchase(time, customer, invoice="536371"):
    return [time, invoice, customer, "purchase", 2, 80, 20405, "United Kingdom"]


def refund(time, customer, invoice="C536379"):
    return [time, invoice, customer, "refund", 1, -3, -2750, "United Kingdom"]


class History(unittest.TestCase):
    def run_script(self, script, rows):
        with tempfile.TemporaryDirectory() as data:
            os.mkdir(os.path.join(data, "online_retail"))
            path = os.path.join(data, "online_retail", "invoices.csv.gz")
            with gzip.open(path, "wt", newline="") as file:
                csv.writer(file).writerows([COLUMNS, *rows])
            done = subprocess.run([sys.executable, os.path.join(SCRIPTS, script), data],
                                  capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def stages(self, *rows):
        """Changes as (user, hours since the start of 2011, stage)."""
        start = 1293840000000
        return [(change["userId"], (change["time"] - start) / 3_600_000, change["stage"])
                for change in self.run_script("expected.py", rows)]

    def test_silence_makes_a_first_timer_defecting_and_then_inactive(self):
        self.assertEqual(
            self.stages(purchase("2011-01-01T00:00:00Z", "1"),
                        purchase("2011-12-01T00:00:00Z", "2")),
            [("c1", 0, "first_timer"), ("c1", 60 * 24, "defecting"), ("c1", 120 * 24, "inactive"),
             ("c2", 334 * 24, "first_timer")])

    def test_orders_within_sixty_days_keep_a_customer_active(self):
        self.assertEqual(
            self.stages(purchase("2011-01-01T00:00:00Z", "1"),
                        purchase("2011-01-02T00:00:00Z", "1"),
                        purchase("2011-03-02T23:00:00Z", "1")),
            [("c1", 0, "first_timer"), ("c1", 24, "active")])

    def test_time_passes_before_an_order_at_the_same_instant(self):
        self.assertEqual(
            self.stages(purchase("2011-01-01T00:00:00Z", "1"),
                        purchase("2011-03-02T00:00:00Z", "1")),
            [("c1", 0, "first_timer"), ("c1", 60 * 24, "defecting"), ("c1", 60 * 24, "active")])

    def test_an_order_brings_back_from_inactive(self):
        self.assertEqual(
            [stage for _, _, stage in self.stages(purchase("2011-01-01T00:00:00Z", "1"),
                                                  purchase("2011-09-01T00:00:00Z", "1"))],
            ["first_timer", "defecting", "inactive", "active"])

    def test_what_is_due_when_the_history_ends_counts_and_what_is_due_later_does_not(self):
        for end, stages in (("2011-03-02T00:00:00Z", ["first_timer", "defecting"]),
                            ("2011-03-01T23:59:00Z", ["first_timer"])):
            changes = self.stages(purchase("2011-01-01T00:00:00Z", "1"), refund(end, "2"))
            self.assertEqual([stage for _, _, stage in changes], stages)

    def test_refunds_are_neither_orders_nor_activity(self):
        self.assertEqual(
            self.stages(refund("2011-01-01T00:00:00Z", "1"),
                        purchase("2011-01-02T00:00:00Z", "1"),
                        refund("2011-03-02T00:00:00Z", "1"),
                        refund("2011-03-04T00:00:00Z", "2")),
            [("c1", 24, "first_timer"), ("c1", 61 * 24, "defecting")])

    def test_two_first_orders_at_one_instant_pass_through_both_stages(self):
        self.assertEqual(
            self.stages(purchase("2011-01-01T00:00:00Z", "1"),
                        purchase("2011-01-01T00:00:00Z", "1")),
            [("c1", 0, "first_timer"), ("c1", 0, "active")])

    def test_invoices_become_events_by_time(self):
        later, earlier = self.run_script("convert.py", [
            refund("2011-01-01T10:00:00Z", "7"), purchase("2011-01-01T09:30:00Z", "7")])[::-1]
        self.assertEqual(earlier, {
            "type": "track", "event": "Order Completed", "messageId": "536371", "userId": "c7",
            "timestamp": "2011-01-01T09:30:00.000Z",
            "properties": {"order_id": "536371", "total": 204.05, "currency": "GBP",
                           "product_count": 2, "units": 80},
            "context": {"timezone": "Europe/London", "location": {"country": "United Kingdom"}}})
        self.assertEqual((later["event"], later["messageId"], later["properties"]["total"],
                          later["properties"]["units"]), ("Order Refunded", "C536379", 27.5, 3))


if __name__ == "__main__":
    unittest.main()
