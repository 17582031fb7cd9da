"""What the cost of an event is measured against: for each dimension its values, and for each value the workspace, the events
and the engine's options. Workspaces are the reference one, or made for the dimension."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "deploy/workspaces/shop"
SHOP_CAMPAIGNS = 7


@dataclass(frozen=True)
class Events:
    """Options of the generator."""
    events: int = 300_000
    customers: int = 50_000
    exponent: float = 0.8
    padding: int = 0


@dataclass(frozen=True)
class Point:
    """One measurement. `broker` says whether it is `sapa run` on a topic, else `sapa backtest` of a file."""
    value: float
    events: Events
    campaigns: int = 0             # beside the reference workspace's
    trigger_on: tuple = None       # a workspace of one campaign, on these events, instead
    broker: bool = False
    partitions: int = 4
    options: tuple = ()


@dataclass(frozen=True)
class Dimension:
    name: str
    title: str
    x_label: str
    points: list = field(hash=False)
    log: bool = True


def dimensions(full):
    """All of them; with `full` more values and more events."""
    events = 1_000_000 if full else 300_000
    base = Events(events)
    return [
        Dimension("campaigns", "Cost of an event against the number of campaigns", "campaigns, of which the same 7 can fire",
                  [Point(SHOP_CAMPAIGNS + n, base, campaigns=n)
                   for n in ([3, 93, 993, 9_993, 99_993] if not full else
                             [3, 23, 93, 293, 993, 2_993, 9_993, 29_993, 99_993])]),
        Dimension("customers", "Cost of an event against the number of customers", "customers to draw from",
                  [Point(n, Events(2 * events if full else events, n))
                   for n in ([10_000, 100_000, 1_000_000] if not full else
                             [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000])]),
        Dimension("record-size", "Cost of an event against its size", "bytes of an event, mean",
                  [Point(n, Events(events, padding=n))
                   for n in ([0, 400, 1_600, 6_400] if not full else [0, 200, 400, 800, 1_600, 3_200, 6_400, 12_800])]),
        Dimension("trigger-share", "Cost of an event against the share of events that trigger",
                  "percent of events that put out a trigger", trigger_points(base), log=False),
        Dimension("skew", "Cost of an event against how unequal customers are", "exponent of the customers' Zipf distribution",
                  [Point(s, Events(events, exponent=s))
                   for s in ([0.01, 0.4, 0.8, 1.2] if not full else [0.01, 0.2, 0.4, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4])],
                  log=False),
        Dimension("partitions", "Cost of an event against the number of partitions (sapa run on Kafka)", "partitions",
                  [Point(n, base, broker=True, partitions=n)
                   for n in ([1, 4, 16, 64] if not full else [1, 2, 4, 8, 16, 32, 64])]),
        Dimension("workers", "Cost of an event against the number of worker threads (sapa run on Kafka)", "worker threads",
                  [Point(n, base, broker=True, options=("--workers", str(n))) for n in (1, 2)], log=False),
    ]


def trigger_points(events):
    """Campaigns without a condition, so that nothing but the number of triggers differs. The share is known once measured."""
    sets = [(), ("Order Completed",), ("Order Completed", "Application Opened"),
            ("Order Completed", "Application Opened", "Product Added", "Products Searched"),
            ("Product Viewed",),
            ("Order Completed", "Application Opened", "Product Added", "Products Searched", "Product Viewed")]
    return [Point(i, events, trigger_on=names) for i, names in enumerate(sets)]


# ---- workspaces --------------------------------------------------------------------------------

FILE_OF_CAMPAIGNS = 2000


def many_campaigns(count):
    """[(file name, text)]: campaigns on the most frequent event, each with a condition of its own that is never true."""
    return [(f"many-{first // FILE_OF_CAMPAIGNS:03}.yaml",
             "---\n".join(idle_campaign(i) for i in range(first, min(first + FILE_OF_CAMPAIGNS, count))))
            for first in range(0, count, FILE_OF_CAMPAIGNS)]


def idle_campaign(i):
    return (f"campaign: idle-{i}\nchannel: push\nlimit: 1 per 24h\n"
            f"when: {{event: Product Viewed, if: \"event.properties.category == 'none-{i}' && "
            f"event.properties.price > {i}\"}}\n"
            "message:\n  title: \"Masih cari {{ event.properties.category }}?\"\n"
            "  body: \"{{ event.properties.name }} lagi diskon.\"\n")


def triggering_campaign(names):
    """A workspace's only campaign. Without a name it waits for an event that never comes."""
    listed = ", ".join(names or ("Never Sent",))
    return ("campaign: every\nchannel: popup\nexpires: never\n"
            f"when: {{event: [{listed}]}}\n"
            "message:\n  title: \"Halo {{ customer.?first_name.orValue('Kak') }}\"\n  body: Lihat yang baru hari ini.\n")


def make_workspace(point, folder):
    folder = Path(folder)
    if point.trigger_on is None:
        shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("tests"))
        files = many_campaigns(point.campaigns)
    else:
        folder.mkdir()
        files = [("campaigns.yaml", triggering_campaign(point.trigger_on))]
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    return folder
