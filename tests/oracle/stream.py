"""What the oracles and checks share: NDJSON, event times, Kafka's choice of partition."""

import gzip
import json
import sys
from datetime import datetime


def read_lines(path):
    """Yields the JSON object of each line of a file; `-` is standard input, `.gz` is unpacked."""
    if path == "-":
        source = sys.stdin
    elif path.endswith(".gz"):
        source = gzip.open(path, "rt", encoding="utf-8")
    else:
        source = open(path, encoding="utf-8")
    with source:
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}:{number}: not JSON: {error}") from None
            if not isinstance(value, dict):
                raise ValueError(f"{path}:{number}: not a JSON object")
            yield value


def milliseconds(time):
    """Milliseconds since 1970 of a time given as such, as a number in a string, or as RFC 3339."""
    if isinstance(time, bool) or time is None:
        raise ValueError(f"not a time: {time!r}")
    if isinstance(time, (int, float)):
        return int(time)
    if time.lstrip("-").isdigit():
        return int(time)
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        raise ValueError(f"a time without its offset: {time!r}")
    # Whole seconds and the rest apart: a float holds no exact milliseconds.
    return int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


def murmur2(data):
    """The 32-bit Murmur2 hash as Kafka's Java client computes it, as an unsigned number."""
    mask, factor = 0xFFFFFFFF, 0x5BD1E995
    result = 0x9747B28C ^ len(data)
    whole = len(data) - len(data) % 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * factor & mask
        word = (word ^ word >> 24) * factor & mask
        result = (result * factor & mask) ^ word
    if whole < len(data):
        result = (result ^ int.from_bytes(data[whole:], "little")) * factor & mask
    result = (result ^ result >> 13) * factor & mask
    return result ^ result >> 15


def partition(key, partitions):
    """The partition that Kafka's default partitioner of the Java client gives to a key."""
    return (murmur2(key.encode("utf-8")) & 0x7FFFFFFF) % partitions


def last_times(events, partitions):
    """The time of the last event of each partition that has any, as {partition: milliseconds}."""
    last = {}
    for event in events:
        where = partition(event["userId"], partitions)
        last[where] = max(last.get(where, -1), milliseconds(event["timestamp"]))
    return last
