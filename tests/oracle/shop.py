#!/usr/bin/env python3
"""The triggers that the workload `shop` must give, computed from its rules as directly as possible.

Reads events (NDJSON), writes one line {"campaign", "userId", "time", "channel"} per sent trigger,
by time. It keeps the whole history of each customer and counts over it by definition: nothing is
expired, cached or kept as a running figure, so that there is little to get wrong. It shares no code
with the engine.

usage: shop.py [--partitions P] EVENTS
  EVENTS          a file, a .gz file, or - for standard input
  --partitions P  the topic's partitions (default 1): a timer fires only if it is due no later than
                  the last event of its customer's partition
"""

import argparse
import json
import signal
import sys
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from stream import milliseconds, partition, read_lines

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
JAKARTA = timezone(timedelta(hours=7))

BLUE, GOLD = 5_000_000, 100_000_000
BIG_ORDER = 1_000_000
CART_DELAY = 30 * MINUTE
VIEWS, VIEWS_WINDOW = 3, 10 * MINUTE
QUIET_AFTER_ORDER = 24 * HOUR
INTEREST_LIMIT_WINDOW = 24 * HOUR
ABSENCE = 60 * MINUTE
CAP, CAP_WINDOW = 3, 24 * HOUR

CHANNELS = {
    "tier-gold": "popup",
    "tier-blue": "popup",
    "first-order-survey": "popup",
    "big-spender": "push",
    "cart-abandonment": "push",
    "category-interest": "popup",
    "welcome-back": "popup",
}


def month_in_jakarta(time):
    moment = datetime.fromtimestamp(time // 1000, JAKARTA)
    return moment.year, moment.month


def count_within(times, time, window):
    """How many of these ascending times lie in (time - window, time]."""
    return bisect_right(times, time) - bisect_right(times, time - window)


class Customer:
    """All that one customer did and was sent, and the rules over it."""

    def __init__(self, user):
        self.user = user
        self.last_event = None
        self.orders = []                    # times
        self.totals = defaultdict(list)     # (year, month) -> totals of its orders
        self.views = defaultdict(list)      # category -> times
        self.sent = []                      # times of all sent triggers
        self.sent_by = defaultdict(list)    # campaign -> times
        self.cart_due = None

    def send(self, campaign, time, triggers):
        """Sends unless the frequency cap forbids; what it forbids leaves no trace."""
        if count_within(self.sent, time, CAP_WINDOW) >= CAP:
            return
        self.sent.append(time)
        self.sent_by[campaign].append(time)
        triggers.append((time, self.user, campaign))

    def pass_time(self, until, triggers):
        """Fires the cart's timer if it is due at or before `until`."""
        if self.cart_due is not None and self.cart_due <= until:
            due, self.cart_due = self.cart_due, None
            self.send("cart-abandonment", due, triggers)

    def handle(self, event, triggers):
        time, name = milliseconds(event["timestamp"]), event["event"]
        properties = event["properties"]
        if self.last_event is not None and time <= self.last_event:
            raise ValueError(f"{self.user}: time does not advance at {event['messageId']}")
        self.pass_time(time, triggers)

        # What fires at once, in the order of the workload's table.
        if name == "Order Completed":
            self.order(time, properties["total"], event["context"]["city"], triggers)
        elif name == "Product Added":
            self.cart_due = time + CART_DELAY
        elif name == "Product Viewed":
            self.view(time, properties["category"], triggers)
        elif name == "Application Opened":
            if self.last_event is not None and time - self.last_event >= ABSENCE:
                self.send("welcome-back", time, triggers)
        self.last_event = time

    def order(self, time, total, city, triggers):
        month = self.totals[month_in_jakarta(time)]
        before = sum(month)
        month.append(total)
        after = sum(month)
        first = not self.orders
        self.orders.append(time)
        self.cart_due = None

        if before < GOLD <= after:
            self.send("tier-gold", time, triggers)
        elif before < BLUE <= after:
            self.send("tier-blue", time, triggers)
        if first:
            self.send("first-order-survey", time, triggers)
        if total >= BIG_ORDER and city == "Jakarta":
            self.send("big-spender", time, triggers)

    def view(self, time, category, triggers):
        self.views[category].append(time)
        if (count_within(self.views[category], time, VIEWS_WINDOW) >= VIEWS
                and count_within(self.orders, time, QUIET_AFTER_ORDER) == 0
                and count_within(self.sent_by["category-interest"], time,
                                 INTEREST_LIMIT_WINDOW) == 0):
            self.send("category-interest", time, triggers)


def shop_triggers(events, partitions=1):
    """The triggers (time, user, campaign) of a stream of events, by time."""
    triggers, customers, last = [], {}, {}
    for event in events:
        user = event["userId"]
        if user not in customers:
            customers[user] = Customer(user)
        customers[user].handle(event, triggers)
        where = partition(user, partitions)
        last[where] = max(last.get(where, 0), milliseconds(event["timestamp"]))
    for user, customer in customers.items():
        customer.pass_time(last[partition(user, partitions)], triggers)
    return sorted(triggers, key=lambda trigger: trigger[:2])


def main():
    parser = argparse.ArgumentParser(
        description="The triggers that the workload `shop` must give, as NDJSON.")
    parser.add_argument("events", help="NDJSON events: a file, a .gz file, or - for standard input")
    parser.add_argument("--partitions", type=int, default=1, help="of the input topic (default 1)")
    options = parser.parse_args()
    if options.partitions < 1:
        parser.error("--partitions: at least 1")
    for time, user, campaign in shop_triggers(read_lines(options.events), options.partitions):
        sys.stdout.write(json.dumps({"campaign": campaign, "userId": user, "time": time,
                                     "channel": CHANNELS[campaign]}) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has enough ends us quietly
    try:
        main()
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"shop.py: {error!r}")
