#!/usr/bin/env python3
"""Every change of lifecycle stage in the real purchase history, computed from the raw file.

A customer's stage at a time t follows from the orders up to t alone (refunds are no orders):
  first_timer  one order ever, less than 60 days ago
  active       two or more orders, the last less than 60 days ago
  defecting    the last order 60 days ago or more, but less than 120
  inactive     the last order 120 days ago or more
Before the first order a customer has no stage. (The business's own limits are six months and a
year; this history spans one year.)

Writes one NDJSON line {"userId", "time" (ms), "stage"} per change, by time, up to the time of the
file's last row. A change by the passing of time that is due at the instant of an order comes before
the order. Shares no code with the engine.

examples:
  expected.py > stages.ndjson
  expected.py --summary ../shared/data
"""

import argparse
import csv
import gzip
import json
import os
import signal
import sys
from collections import Counter, defaultdict
from datetime import datetime

REPOSITORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DEFAULT_DATA = os.path.normpath(os.path.join(REPOSITORY, "..", "shared", "data"))
DAY = 24 * 3600 * 1000
DEFECTING_AFTER, INACTIVE_AFTER = 60 * DAY, 120 * DAY


def read_history(data_folder):
    """The times of each customer's orders, ascending, and the time of the last row of all."""
    orders, end = defaultdict(list), None
    path = os.path.join(data_folder, "online_retail", "invoices.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            time = int(datetime.fromisoformat(row["ts"]).timestamp()) * 1000
            end = time if end is None else max(end, time)
            if row["kind"] == "purchase":
                orders["c" + row["CustomerID"]].append(time)
    for times in orders.values():
        times.sort()
    return orders, end


def stage_changes(orders, end):
    """The changes (time, stage) of a customer who ordered at these ascending times, up to `end`."""
    changes = []
    for number, time in enumerate(orders, start=1):
        changes.append((time, "first_timer" if number == 1 else "active"))
        # Then time passes, until the next order or the end of the history.
        until = orders[number] if number < len(orders) else end
        for silence, stage in ((DEFECTING_AFTER, "defecting"), (INACTIVE_AFTER, "inactive")):
            if time + silence <= until:
                changes.append((time + silence, stage))
    # An order by a customer who is active already changes nothing.
    return [change for before, change in zip([(None, None)] + changes, changes)
            if change[1] != before[1]]


def all_changes(orders, end):
    """The changes (time, user, stage) of all customers, by time, customer, and as they came."""
    changes = [(time, user, stage)
               for user, times in orders.items()
               for time, stage in stage_changes(times, end)]
    return sorted(changes, key=lambda change: change[:2])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=DEFAULT_DATA,
                        help="the folder that holds online_retail/ (default: ../shared/data beside "
                             "the repository)")
    parser.add_argument("--summary", action="store_true",
                        help="write a table instead: changes into each stage, customers in it last")
    options = parser.parse_args()
    orders, end = read_history(options.data)
    changes = all_changes(orders, end)
    if options.summary:
        entered = Counter(stage for _, _, stage in changes)
        last = Counter({user: stage for _, user, stage in changes}.values())
        print(f"{'stage':12} {'entered':>8} {'at last':>8}")
        for stage in ("first_timer", "active", "defecting", "inactive"):
            print(f"{stage:12} {entered[stage]:8} {last[stage]:8}")
        print(f"{len(orders)} customers with an order")
        return
    for time, user, stage in changes:
        sys.stdout.write(json.dumps({"userId": user, "time": time, "stage": stage}) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has enough ends us quietly
    try:
        main()
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"expected.py: {error!r}")
