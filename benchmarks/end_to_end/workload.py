"""The reference workload `shop` as data: its sizes, its events in a file and on a topic, and what the oracle says must come
out. Events and the oracle's answer are made once per size and kept in the folder given."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORACLE = ROOT / "tests/oracle"
sys.dont_write_bytecode = True
sys.path.append(str(ORACLE))

from compare import read_triggers, report, up_to  # noqa: E402


@dataclass(frozen=True)
class Size:
    name: str
    events: int
    customers: int
    span: str = "3h"


SIZES = {
    "small": [Size("small", 100_000, 5_000), Size("small 72h", 100_000, 5_000, "72h"),
              Size("small 1440h", 100_000, 5_000, "1440h")],
    "medium": [Size("medium", 2_000_000, 200_000)],
    "large": [Size("large", 10_000_000, 5_000_000)],
}


class Data:
    """The events of one size and the oracle's triggers."""

    def __init__(self, size, folder, generator, partitions, seed):
        self.size, self.partitions = size, partitions
        name = f"{size.events}-{size.customers}-{size.span}-{partitions}-{seed}"
        self._triggers = None
        self.events = Path(folder) / f"{name}.ndjson"
        self._expected = Path(folder) / f"{name}.expected.ndjson"
        about = Path(folder) / f"{name}.partitions"
        if not about.exists():
            made = subprocess.run(
                [generator, "--events", str(size.events), "--customers", str(size.customers), "--span",
                 size.span, "--seed", str(seed), "--partitions", str(partitions), "--out", self.events],
                check=True, stderr=subprocess.PIPE, text=True)
            about.write_text(made.stderr)
        self.end, self.customers_seen = end_and_customers(about.read_text())

    def expect(self):
        """What the oracle says up to the earliest end of a partition; it is asked once."""
        if self._triggers is not None:
            return self._triggers
        if not self._expected.exists():
            part = self._expected.with_suffix(".part")
            with open(part, "w", encoding="utf-8") as out:
                subprocess.run([sys.executable, ORACLE / "shop.py", "--partitions", str(self.partitions),
                                self.events], stdout=out, check=True)
            part.rename(self._expected)
        self._triggers = up_to(read_triggers(str(self._expected)), self.end)
        return self._triggers

    def difference(self, triggers_file):
        """How many triggers there are, and in words how they differ from the oracle's; empty if they don't."""
        expected, found = self.expect(), up_to(read_triggers(str(triggers_file)), self.end)
        if expected == found and found:
            return found.total(), ""
        words = Words()
        report(expected, found, ("the oracle", "the run"), 5, words)
        return found.total(), "".join(words) or "there are no triggers at all"


class Words(list):
    """A list that `report` can write to."""
    write = list.append


def end_and_customers(generators_report):
    """The earliest last event of any partition, and how many customers occur, from what the generator reports."""
    last = [int(time) for time in re.findall(r"^ *\d+ +\d+ +\d+  (\d+)$", generators_report, re.M)]
    customers = re.search(r"^(\d+) customers occur$", generators_report, re.M)
    return min(time for time in last if time > 0), int(customers.group(1))
