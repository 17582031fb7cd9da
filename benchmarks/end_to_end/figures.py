"""From rows of measurements to what is read: medians of repeated runs, a table, and the ratios with their targets. Pure."""

from statistics import median


def complete(row, events):
    """Adds what follows from the measured: rates, and write amplification where there is a changelog."""
    row = dict(row)
    row["events_per_second"] = events / row["seconds"]
    row["events_per_second_from_start"] = events / row["seconds_from_start"]
    row["events_per_cpu_second"] = events / row["cpu_seconds"]
    if row.get("changelog_megabytes"):
        row["write_amplification"] = row["written_megabytes"] / row["changelog_megabytes"]
    return row


def key_of(row):
    return row["size"], row["engine"], row.get("delivery", "")


def medians(rows):
    """One row for the repeated runs of one thing: the median of each number, and beside the rate per CPU-second its range."""
    groups = {}
    for row in rows:
        groups.setdefault(key_of(row), []).append(row)
    return [median_row(group) for group in groups.values()]


def median_row(group):
    row = dict(group[0])
    for name, value in row.items():
        if isinstance(value, (int, float)):
            row[name] = median(other[name] for other in group)
    row["runs"] = len(group)
    if "events_per_cpu_second" in row:
        rates = [other["events_per_cpu_second"] for other in group]
        row["events_per_cpu_second_range"] = [min(rates), max(rates)]
    return row


# Heading, field, width, digits.
COLUMNS = [("events/s", "events_per_second", 10, 0), ("from start", "events_per_second_from_start", 11, 0),
           ("per CPU-s", "events_per_cpu_second", 11, 0), ("peak MB", "peak_megabytes", 9, 0),
           ("disk MB", "disk_megabytes", 9, 0), ("written MB", "written_megabytes", 12, 0),
           ("changelog MB", "changelog_megabytes", 14, 0), ("amplification", "write_amplification", 15, 2),
           ("B/cust. mem", "bytes_per_cached_customer", 13, 0),
           ("B/cust. disk", "disk_bytes_per_customer", 14, 0),
           ("p50 ms", "p50_ms", 9, 1), ("p99 ms", "p99_ms", 9, 1), ("p99.9 ms", "p999_ms", 10, 1),
           ("commit p50", "commit_p50_ms", 12, 1), ("commit p99", "commit_p99_ms", 12, 1)]


def table(rows):
    """Lines of text; columns that no row has are left out."""
    columns = [column for column in COLUMNS if any(column[1] in row for row in rows)]
    names = [" ".join(part for part in key_of(row) if part) for row in rows]
    first = max(len(name) for name in names) + 2
    lines = [" " * first + "".join(f"{heading:>{width}}" for heading, _, width, _ in columns)]
    for name, row in zip(names, rows):
        cells = (f"{row[field]:>{width},.{digits}f}" if field in row else " " * width
                 for _, field, width, digits in columns)
        lines.append(f"{name:<{first}}" + "".join(cells))
    return lines


class Rows:
    """Medians to be asked for figures; None for what was not measured, and for what is computed from that."""

    def __init__(self, rows):
        self._rows = {key_of(row): row for row in rows}

    def of(self, size, engine, delivery, field):
        return self._rows.get((size, engine, delivery), {}).get(field)

    def per_cpu(self, size, engine, delivery=""):
        return self.of(size, engine, delivery, "events_per_cpu_second")


def ratio(one, other):
    return one / other if one is not None and other else None


EOS, ALO = "exactly_once", "at_least_once"
SAPA, PEER, RAW = "sapa run", "kafka streams", "librdkafka, reading only"
BACKTEST, BACKTEST_ON_TWO = "sapa backtest", "sapa backtest, 2 threads"


def targets(rows):
    """(what, figure, "≥" or "≤", target) of each target whose figure was measured; a target of None is none."""
    r = Rows(rows)
    found = [
        ("medium, exactly once: Sapa / Kafka Streams, per CPU-second",
         ratio(r.per_cpu("medium", SAPA, EOS), r.per_cpu("medium", PEER, EOS)), "≥", 6),
        ("medium, at least once: Sapa / Kafka Streams, per CPU-second",
         ratio(r.per_cpu("medium", SAPA, ALO), r.per_cpu("medium", PEER, ALO)), "≥", 6),
        ("large, exactly once: Sapa / Kafka Streams, per CPU-second",
         ratio(r.per_cpu("large", SAPA, EOS), r.per_cpu("large", PEER, EOS)), "≥", None),
        ("large, at least once: Sapa / Kafka Streams, per CPU-second",
         ratio(r.per_cpu("large", SAPA, ALO), r.per_cpu("large", PEER, ALO)), "≥", None),
        ("medium: exactly once / at least once, events/s",
         ratio(r.of("medium", SAPA, EOS, "events_per_second"), r.of("medium", SAPA, ALO, "events_per_second")),
         "≥", 0.85),
        ("medium: Sapa exactly once / reading only, per CPU-second",
         ratio(r.per_cpu("medium", SAPA, EOS), r.per_cpu("medium", RAW)), "≥", 0.125),
        ("large, exactly once: events per CPU-second", r.per_cpu("large", SAPA, EOS), "≥", 100_000),
        ("large, exactly once: share of its customers in the cache",
         r.of("large", SAPA, EOS, "cached_share"), "≤", 0.2),
        ("medium, backtest: events/s", r.of("medium", BACKTEST, "", "events_per_second"), "≥", 400_000),
        ("medium: backtest on two threads / on one, events/s",
         ratio(r.of("medium", BACKTEST_ON_TWO, "", "events_per_second"),
               r.of("medium", BACKTEST, "", "events_per_second")), "≥", 1.7),
        ("medium, exactly once: peak memory, MB", r.of("medium", SAPA, EOS, "peak_megabytes"), "≤", 400),
        ("medium, exactly once: bytes per customer in memory",
         r.of("medium", SAPA, EOS, "bytes_per_cached_customer"), "≤", 600),
    ]
    for delivery, limits in ((EOS, (20, 60, 120)), (ALO, (4, 20, None))):
        for field, percent, limit in zip(("p50_ms", "p99_ms", "p999_ms"), ("50", "99", "99.9"), limits):
            if limit:
                found.append((f"latency, {delivery.replace('_', ' ')}: p{percent}, ms",
                              r.of("latency", SAPA, delivery, field), "≤", limit))
    return [target for target in found if target[1] is not None]


def is_met(figure, sign, target):
    return figure >= target if sign == "≥" else figure <= target


def target_lines(found):
    width = max(len(what) for what, *_ in found)
    lines = []
    for what, figure, sign, target in found:
        line = f"{what:<{width}}  {number(figure):>9}"
        if target is not None:
            line += f"  {sign} {number(target):<8} {'met' if is_met(figure, sign, target) else 'missed'}"
        lines.append(line)
    return lines


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
