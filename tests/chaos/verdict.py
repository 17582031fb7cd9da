"""What must hold after the faults: everything that the engines have put out and kept is what the
oracle says, and what one undisturbed run over the same topic says."""

import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter, defaultdict
from statistics import median

from harness import ROOT, SHOP, Engine, Topics, read_topic, wait_until, write_ndjson

SAMPLE = 60


class Verdict:
    """Collects what is wrong rather than stopping at the first."""

    def __init__(self):
        self.wrong, self.right = [], []

    def equal(self, what, found, expected):
        if found == expected:
            self.right.append(f"{what}: {describe(expected)}")
        else:
            self.wrong.append(f"{what}: {difference(found, expected)}")

    def oracle(self, expected, found):
        done = subprocess.run([sys.executable, ROOT / "tests/oracle/compare.py", expected, found],
                              capture_output=True, text=True)
        if done.returncode == 0:
            self.right.append("triggers and the oracle's: " + done.stdout.splitlines()[-1])
        else:
            self.wrong.append("triggers and the oracle's:\n" + done.stdout + done.stderr)


def describe(value):
    if isinstance(value, Counter):
        return f"{value.total()} of {len(value)} kinds" if value.total() > len(value) \
            else f"{len(value)}"
    return f"{len(value)}" if hasattr(value, "__len__") else f"{value}"


def difference(found, expected):
    if isinstance(found, Counter) and isinstance(expected, Counter):
        found, expected = dict(found), dict(expected)
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = sorted((key for key in found.keys() | expected.keys()
                       if found.get(key) != expected.get(key)), key=str)
        lines = [f"  {key}: found {found.get(key)}, expected {expected.get(key)}"
                 for key in keys[:10]]
        return f"{len(keys)} differ\n" + "\n".join(lines)
    return f"found {found}, expected {expected}"


def latest(topic):
    """What is left of a changelog when it is compacted, with each shard's own record."""
    state = {}
    for record in read_topic(topic, "--hex"):
        key = record["key"] if record["key"] != "m" else f"m of {record['partition']}"
        state[key] = record["value"]
    return state


def totals(engine, name, *labels):
    """A counter's values by the values of its labels."""
    with urllib.request.urlopen(engine.url() + "/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = Counter()
    for given, value in re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.MULTILINE):
        values = dict(re.findall(r'(\w+)="([^"]*)"', given))
        if float(value) > 0:
            found[tuple(values[label] for label in labels)] += int(float(value))
    return found


class StraightRun:
    """One engine over the same input, undisturbed, with a group and topics of its own."""

    def __init__(self, topics, folder):
        self.topics = Topics.__new__(Topics)
        name = f"{topics.input}-straight"
        self.topics.input, self.topics.output = topics.input, f"{name}-triggers"
        self.topics.group = f"{name}-group"
        self.topics.decisions = f"{self.topics.group}-decisions"
        self.topics.changelog = f"{self.topics.group}-changelog"
        self.topics.dead_letters = f"{name}-dead-letters"
        self.engine = Engine(SHOP, folder / "straight", *self.topics.options(), "--clock", "event",
                             "--workers", "2", "--dead-letter-topic", self.topics.dead_letters)

    def wait(self, events, seconds=180):
        def done():
            self.engine.must_run()
            try:
                return self.topics.lag() == 0
            except AssertionError:  # a coordinator moves
                return False
        wait_until(done, seconds, "the undisturbed run has read all", explain=self.engine.tail)
        wait_until(lambda: totals(self.engine, "sapa_events_total", "outcome")[("processed",)]
                   >= events, 10, "/metrics counts every event")

    def customer(self, customer_id):
        with urllib.request.urlopen(f"{self.engine.url()}/v1/customers/{customer_id}",
                                    timeout=10) as answer:
            return answer.read().decode()


def judge(topics, fleet, folder, events, expected, garbage):
    """`events` were published in good form and `garbage` in bad; the engines have read all."""
    verdict = Verdict()
    straight = StraightRun(topics, folder)
    try:
        straight.wait(events)
        triggers = topics.triggers()
        verdict.oracle(expected, write_ndjson(folder / "triggers.ndjson", triggers))
        by_id = Counter(trigger["triggerId"] for trigger in triggers)
        verdict.equal("triggers that came out once",
                      sum(1 for count in by_id.values() if count == 1), len(triggers))

        decision_records = read_topic(topics.decisions)
        verdict.equal("decisions", Counter(r["value"] for r in decision_records),
                      Counter(r["value"] for r in read_topic(straight.topics.decisions)))
        decisions = [json.loads(record["value"]) for record in decision_records]
        verdict.equal("decisions to send", sorted(d["triggerId"] for d in decisions
                                                  if d["reason"] == "sent"), sorted(by_id))
        verdict.equal("decisions by campaign and reason, and the metric's totals",
                      Counter((d["campaign"], d["reason"]) for d in decisions),
                      totals(straight.engine, "sapa_decisions_total", "campaign", "reason"))
        verdict.equal("triggers by campaign, and the metric's totals",
                      Counter((t["campaign"],) for t in triggers),
                      totals(straight.engine, "sapa_triggers_total", "campaign"))

        places = Counter((r["headers"]["sapa-partition"], r["headers"]["sapa-offset"])
                         for r in read_topic(topics.dead_letters))
        verdict.equal("dead letters", places, Counter(
            (r["headers"]["sapa-partition"], r["headers"]["sapa-offset"])
            for r in read_topic(straight.topics.dead_letters)))
        verdict.equal("dead letters as produced", places.total(), garbage)

        state = latest(topics.changelog)
        verdict.equal("customers' records", state, latest(straight.topics.changelog))
        some = sorted(key[1:] for key in state if key.startswith("c"))
        some = some[:: max(1, len(some) // SAMPLE)]
        verdict.equal("customers as the engines tell them",
                      {customer: fleet.customer(customer) for customer in some},
                      {customer: straight.customer(customer) for customer in some})
        straight.engine.stop()
    finally:
        straight.engine.close()
    return verdict, decision_records


def silences(decision_records, started_ms, faults):
    """By action: the longest time after each fault in which some partition said nothing."""
    times = defaultdict(list)
    for record in decision_records:
        times[record["partition"]].append(record["time"] - started_ms)
    found = defaultdict(list)
    for fault, done_at in faults:
        longest = 0
        for moments in times.values():
            moments = sorted(moments)
            for before, after in zip(moments, moments[1:]):
                if before <= (done_at + fault.away + 2) * 1000 and after >= done_at * 1000:
                    longest = max(longest, after - before)
        found[fault.action].append(longest / 1000)
    return [f"{action:12} {len(values):3} times; silence after it: median "
            f"{median(values):.1f} s, longest {max(values):.1f} s"
            for action, values in sorted(found.items())]
