#!/usr/bin/env python3
"""Do two files of triggers hold the same triggers?

Compares the multisets of (campaign, userId, time). A record may hold more fields; `time` is
milliseconds since 1970 or RFC 3339. With --events, only triggers up to the earliest last event of
any partition count, as the workload says: what fell due after that depends on how far each
partition got. Exits with 0 if equal, 1 if different or if there was nothing to compare.
"""

import argparse
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone

from stream import last_times, milliseconds, read_lines


def read_triggers(path):
    triggers = Counter()
    for number, record in enumerate(read_lines(path), start=1):
        try:
            triggers[record["campaign"], record["userId"], milliseconds(record["time"])] += 1
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: record {number}: no trigger: {error!r}") from None
    return triggers


def up_to(triggers, end):
    return Counter({key: count for key, count in triggers.items() if key[2] <= end})


def describe(key, count):
    _, user, time = key
    moment = datetime.fromtimestamp(time / 1000, timezone.utc).isoformat(timespec="milliseconds")
    times = f" ({count} times)" if count > 1 else ""
    return f"{moment} ({time}) {user}{times}"


def by_campaign(triggers):
    groups = defaultdict(list)
    for key, count in triggers.items():
        groups[key[0]].append((key, count))
    for group in groups.values():
        group.sort(key=lambda item: (item[0][2], item[0][1]))
    return groups


def report(left, right, names, limit, out):
    """Writes a table per campaign, then what is only in one of the two, earliest first."""
    only_left, only_right = by_campaign(left - right), by_campaign(right - left)
    width = max(len(name) for name in names)
    campaigns = sorted({key[0] for key in left} | {key[0] for key in right})
    for campaign in campaigns:
        counts = [sum(count for key, count in side.items() if key[0] == campaign)
                  for side in (left, right)]
        same = campaign not in only_left and campaign not in only_right
        out.write(f"{campaign:24} {counts[0]:9} {counts[1]:9}  {'same' if same else 'DIFFERENT'}\n")
    for campaign in campaigns:
        for name, side in ((names[0], only_left), (names[1], only_right)):
            found = side.get(campaign, [])
            for key, count in found[:limit]:
                out.write(f"{campaign}: only in {name:{width}}: {describe(key, count)}\n")
            if len(found) > limit:
                more = len(found) - limit
                out.write(f"{campaign}: only in {name:{width}}: ... and {more} more\n")


def main():
    parser = argparse.ArgumentParser(description="Compares two files of triggers.")
    parser.add_argument("left", metavar="A", help="NDJSON triggers: a file, a .gz file, or -")
    parser.add_argument("right", metavar="B")
    parser.add_argument("--events", help="the events, to know where the partitions ended")
    parser.add_argument("--partitions", type=int, default=1, help="of the events (default 1)")
    parser.add_argument("--limit", type=int, default=10,
                        help="differences shown per campaign and side (default 10)")
    options = parser.parse_args()
    if options.partitions < 1:
        parser.error("--partitions: at least 1")

    left, right = read_triggers(options.left), read_triggers(options.right)
    left_out = 0
    if options.events:
        last = last_times(read_lines(options.events), options.partitions)
        if not last:
            sys.exit(f"compare.py: no events in {options.events}")
        end = min(last.values())
        all_triggers = left.total() + right.total()
        left, right = up_to(left, end), up_to(right, end)
        left_out = all_triggers - left.total() - right.total()
    if not left and not right:
        sys.exit("compare.py: nothing to compare: neither file has a trigger that counts")

    names = (options.left, options.right)
    report(left, right, names, options.limit, sys.stdout)
    equal = left == right
    later = f", {left_out} after the end left out" if left_out else ""
    print(f"{'equal' if equal else 'DIFFERENT'}: {left.total()} triggers in {names[0]}, "
          f"{right.total()} in {names[1]}, {(left & right).total()} in both{later}")
    sys.exit(0 if equal else 1)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"compare.py: {error}")
