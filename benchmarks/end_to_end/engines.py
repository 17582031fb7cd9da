"""What is measured side by side: `sapa run`, the Kafka Streams application, `sapa backtest` and a bare consumer. Each works
all events of a size once, from an empty state, and gives a row of figures; the triggers are checked before it counts."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

from measuring.broker import ROOT
from measuring.child import Child, Failed, folder_megabytes

WORKSPACE = ROOT / "deploy/workspaces/shop"
PEER = ROOT / "benchmarks/peers/kafka-streams/run"
GUARANTEE = {"exactly_once": "exactly_once_v2", "at_least_once": "at_least_once"}
START_SECONDS, WORK_SECONDS = 90, 3600


class Bench:
    """What all runs share: programs, options, the broker, a folder; and names that are used once."""

    def __init__(self, options, broker, work):
        self.options, self.broker, self.work = options, broker, Path(work)
        self.sapa = options.build / "sapa"
        self._count = 0

    def name(self, label):
        self._count += 1
        return f"bench-{os.getpid()}-{self._count}-{label}"

    def check(self, data, triggers, row):
        row["triggers"], difference = data.difference(triggers)
        if difference:
            raise Failed(f"{row['engine']}: the triggers are not the oracle's:\n{difference}")
        Path(triggers).unlink()
        return row

    def check_topic(self, data, topic, row):
        file = self.work / f"{topic}.ndjson"
        self.broker.read(topic, file)
        return self.check(data, file, row)


# ---- sapa run ----------------------------------------------------------------------------------


def start_sapa(bench, name, delivery, topic, through=()):
    """`through`: put before the command."""
    child = Child([*through, bench.sapa, "run", "--workspace", WORKSPACE, "--state-dir", bench.work / name,
                   "--bootstrap-servers", bench.broker.servers, "--input", topic,
                   "--output", f"{name}-triggers", "--group", name, "--delivery", delivery,
                   "--clock", "event", "--listen", "127.0.0.1:0", *bench.options.engine_option],
                  bench.work / f"{name}.log")
    child.url = child.wait_for(r"listening on (http://\S+)", START_SECONDS).group(1)
    return child


def metrics_text(child):
    with urllib.request.urlopen(child.url + "/metrics", timeout=10) as answer:
        return answer.read().decode()


def metric(child, name):
    """The sum of a metric of the engine over its labels; `name` may name some of them."""
    return sum_of_metric(metrics_text(child), name)


def sum_of_metric(text, name):
    pattern = re.compile("^" + re.escape(name) + r"(?:\{[^}]*\})? (\S+)$", re.M)
    return sum(float(value) for value in pattern.findall(text))


def percentile_of_histogram(text, name, share):
    """Of what a histogram without labels of its own has counted, within a bucket as if spread evenly; None if it has
    counted nothing. What lies in its last bucket is taken to be where that begins."""
    pattern = re.compile("^" + re.escape(name) + r'_bucket\{[^}]*le="([^"]+)"[^}]*\} (\S+)$', re.M)
    buckets = [(float(bound), float(count)) for bound, count in pattern.findall(text)]
    if not buckets or buckets[-1][1] == 0:
        return None
    wanted, below, low = share * buckets[-1][1], 0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            return low if bound == float("inf") else low + (bound - low) * (wanted - below) / (count - below)
        below, low = count, bound
    return low


def wait_until_all_is_worked(bench, child, name, topic, events):
    child.wait_until(lambda: metric(child, 'sapa_events_total{outcome="processed"}') >= events,
                     WORK_SECONDS, f"it has not processed {events} events", pause=0.1)
    child.wait_until(lambda: bench.broker.lag(name, topic) == 0, 60, "it has not committed all",
                     pause=0.02)


def run_sapa(bench, data, topic, delivery):
    name = bench.name(f"sapa-{delivery[:2]}")
    with start_sapa(bench, name, delivery, topic) as child:
        child.wait_for(r"partition \d+: open at offset", START_SECONDS)
        opened = time.monotonic()
        wait_until_all_is_worked(bench, child, name, topic, data.size.events)
        done = time.monotonic()
        customers = metric(child, "sapa_cached_customers")
        row = {"engine": "sapa run", "delivery": delivery, "seconds": done - opened,
               "seconds_from_start": done - child.started, "cached_customers": customers,
               "cached_share": customers / data.customers_seen,
               "bytes_per_cached_customer": metric(child, "sapa_cached_customer_bytes") / max(customers, 1)}
        row.update(child.stop())
    return finish_engine(bench, data, name, row, f"{name}-changelog")


def finish_engine(bench, data, name, row, changelog):
    state = bench.work / name
    row["disk_megabytes"] = folder_megabytes(state)
    row["disk_bytes_per_customer"] = row["disk_megabytes"] * 1e6 / data.customers_seen
    row["changelog_megabytes"] = bench.broker.megabytes(changelog)
    bench.check_topic(data, f"{name}-triggers", row)
    shutil.rmtree(state)
    bench.broker.delete(name)
    return row


# ---- Kafka Streams -----------------------------------------------------------------------------


def start_peer(bench, name, delivery, topic, *more):
    child = Child([PEER, "--bootstrap-servers", bench.broker.servers, "--input", topic, "--output",
                   f"{name}-triggers", "--application-id", name, "--guarantee", GUARANTEE[delivery],
                   "--state-dir", bench.work / name, *more, *bench.options.peer_option],
                  bench.work / f"{name}.log", {"JAVA_HEAP": bench.options.peer_heap})
    child.wait_for(r"^running$", START_SECONDS)
    return child


def run_peer(bench, data, topic, delivery):
    """Its wall time ends with its last event, before that is committed."""
    name = bench.name(f"streams-{delivery[:2]}")
    bench.broker.create(f"{name}-triggers", data.partitions)
    with start_peer(bench, name, delivery, topic, "--until-caught-up", "yes") as child:
        child.wait_for(r"^\{.*\}$", WORK_SECONDS, pause=0.5)
        used = child.finish()
        said = json.loads(re.search(r"^\{.*\}$", child.text(), re.M).group(0))
    if said["events"] != data.size.events:
        raise Failed(f"Kafka Streams has worked {said['events']} of {data.size.events} events")
    row = {"engine": "kafka streams", "delivery": delivery, "seconds": said["seconds_from_first"],
           "seconds_from_start": said["seconds"], **used}
    return finish_engine(bench, data, name, row, f"{name}-customers-changelog")


# ---- from a file, and the limit ----------------------------------------------------------------


def run_backtest(bench, data, _topic, _delivery):
    return backtest(bench, data, "sapa backtest", threads=1)


def run_backtest_on_two(bench, data, _topic, _delivery):
    return backtest(bench, data, "sapa backtest, 2 threads", threads=2)


def backtest(bench, data, engine, threads):
    triggers = bench.work / f"{bench.name('backtest')}.ndjson"
    with Child([bench.sapa, "backtest", "--workspace", WORKSPACE, "--events", data.events, "--triggers",
                triggers, "--threads", threads, "--json"], triggers.with_suffix(".log")) as child:
        used = child.finish()
        said = json.loads(re.search(r"^\{.*\}$", child.text(), re.M).group(0))
    row = {"engine": engine, "seconds": said["seconds"], "seconds_from_start": used["seconds_of_life"], **used}
    del row["written_megabytes"]  # the triggers' file, no state
    return bench.check(data, triggers, row)


def run_raw(bench, data, topic, _delivery):
    log = bench.work / f"{bench.name('raw')}.log"
    with Child([bench.options.build / "benchmarks/end_to_end/raw_consume", "--bootstrap-servers",
                bench.broker.servers, "--topic", topic], log) as child:
        used = child.finish()
        said = json.loads(child.text())
    if said["events"] != data.size.events:
        raise Failed(f"{said['events']} of {data.size.events} records were read")
    row = {"engine": "librdkafka, reading only", "seconds": said["seconds"],
           "seconds_from_start": used["seconds_of_life"], **used}
    del row["written_megabytes"]
    return row


# ---- latency -----------------------------------------------------------------------------------


def run_latency(bench, engine, delivery):
    """From when an event is due to be sent to its trigger, at a fixed rate, from an empty state."""
    options, name = bench.options, bench.name(f"latency-{engine[:5]}-{delivery[:2]}".replace(" ", ""))
    bench.broker.create(name, options.partitions)
    start = start_sapa if engine == "sapa run" else start_peer
    if start is start_peer:
        bench.broker.create(f"{name}-triggers", options.partitions)
    with start(bench, name, delivery, name) as child:
        time.sleep(3)
        measured = subprocess.run(
            [options.build / "benchmarks/end_to_end/shop_latency", "--bootstrap-servers",
             bench.broker.servers, "--input", name, "--output", f"{name}-triggers", "--rate",
             str(options.rate), "--warmup", str(min(20, options.latency_seconds)), "--seconds",
             str(options.latency_seconds)], capture_output=True, text=True)
        if measured.returncode != 0:
            raise Failed("the latency could not be measured: " + measured.stderr)
        commits = {}
        if start is start_sapa:
            text = metrics_text(child)
            for field, share in (("commit_p50_ms", 0.5), ("commit_p99_ms", 0.99)):
                commits[field] = percentile_of_histogram(text, "sapa_commit_seconds", share) * 1000
        child.stop()
    shutil.rmtree(bench.work / name)
    bench.broker.delete(name)
    return {"engine": engine, "delivery": delivery, **json.loads(measured.stdout), **commits}


# ---- before all of that ------------------------------------------------------------------------


def publish(bench, data, topic):
    subprocess.run([bench.sapa, "publish", "--bootstrap-servers", bench.broker.servers, "--topic", topic,
                    data.events], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def build_peer():
    if subprocess.run([PEER, "--build"], check=False).returncode != 0:
        raise Failed("the Kafka Streams application could not be built (leave it out with --no-peer)")
