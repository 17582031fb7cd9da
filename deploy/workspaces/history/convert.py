#!/usr/bin/env python3
"""Turns the real purchase history of a gift wholesaler into events in the Segment specification.

Reads online_retail/invoices.csv.gz of a data folder (UCI Online Retail, December 2010 to December
2011; Chen, Sain and Guo 2012) and writes one NDJSON line per invoice, by time: `Order Completed`
for a purchase, `Order Refunded` for a refund. Nothing is left out or made up; amounts are pounds.

examples:
  convert.py > history.ndjson
  convert.py --out history.ndjson.gz ../shared/data
"""

import argparse
import csv
import gzip
import json
import os
import signal
import sys

REPOSITORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DEFAULT_DATA = os.path.normpath(os.path.join(REPOSITORY, "..", "shared", "data"))
NAMES = {"purchase": "Order Completed", "refund": "Order Refunded"}


def event(row):
    pence, units = int(row["amount_pence"]), int(row["units"])
    if row["kind"] == "refund":
        # The file has negative numbers there; a refund's total is what was given back.
        pence, units = -pence, -units
    return {
        "type": "track",
        "event": NAMES[row["kind"]],
        "messageId": row["InvoiceNo"],
        "userId": "c" + row["CustomerID"],
        "timestamp": row["ts"].removesuffix("Z") + ".000Z",
        "properties": {
            "order_id": row["InvoiceNo"],
            "total": pence / 100,
            "currency": "GBP",
            "product_count": int(row["lines"]),
            "units": units,
        },
        "context": {"timezone": "Europe/London", "location": {"country": row["Country"]}},
    }


def invoices(data_folder):
    """The rows by time; rows of the same time stay as they are in the file."""
    path = os.path.join(data_folder, "online_retail", "invoices.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        # All times have the same form, so their order is that of their letters.
        return sorted(csv.DictReader(file), key=lambda row: row["ts"])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=DEFAULT_DATA,
                        help="the folder that holds online_retail/ (default: ../shared/data beside "
                             "the repository)")
    parser.add_argument("--out", default="-",
                        help="a file, compressed if it ends in .gz (default -)")
    options = parser.parse_args()
    rows = invoices(options.data)
    if options.out == "-":
        out = sys.stdout
    elif options.out.endswith(".gz"):
        out = gzip.open(options.out, "wt", encoding="utf-8")
    else:
        out = open(options.out, "w", encoding="utf-8")
    with out:
        for row in rows:
            out.write(json.dumps(event(row), separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has enough ends us quietly
    try:
        main()
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"convert.py: {error!r}")
