"""What the end-to-end tests share: the program under test, topics of a real broker, test data.

The tests need SAPA_BIN (the program `sapa`) and, where they use Kafka, SAPA_TEST_BOOTSTRAP (a broker
of deploy/broker); without them they fail. tests/run sets both.
"""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKSPACES = ROOT / "deploy" / "workspaces"
SHOP = WORKSPACES / "shop"
EVENTS, CUSTOMERS, PARTITIONS = 100_000, 5_000, 4
SPANS = ("3h", "72h", "1440h")
STOP_SECONDS = 10

sys.path.append(str(ROOT / "tests" / "oracle"))

_numbers = itertools.count(1)


def required(name, what):
    value = os.environ.get(name)
    if not value:
        raise AssertionError(f"{name} is not set: these tests need {what}")
    return value


def sapa():
    return required("SAPA_BIN", "the program sapa")


def bootstrap_servers():
    return required("SAPA_TEST_BOOTSTRAP", "a real broker (deploy/broker start)")


def built(relative, variable):
    """A program that was built along with sapa."""
    return os.environ.get(variable) or str(Path(sapa()).parent / relative)


def unique_name(label):
    return f"{label}-{int(time.time() * 1000)}-{os.getpid()}-{next(_numbers)}"


def now_ms():
    return int(time.time() * 1000)


def rfc3339(ms):
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000))
    return f"{moment}.{ms % 1000:03}Z"


def wait_until(condition, seconds, what, pause=0.1, explain=lambda: ""):
    """Gives the condition's first true value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s\n{explain()}")
        time.sleep(pause)


def run(*arguments, input=None, env=None, seconds=120):
    """Runs sapa to its end."""
    return subprocess.run([sapa(), *map(str, arguments)], input=input, capture_output=True,
                          text=True, timeout=seconds, env=environment(env))


def environment(extra=None):
    """Ours without SAPA_…: an option of the machine that runs the tests must not reach them."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAPA_")}
    return {**clean, **(extra or {})}


# ---- test data ---------------------------------------------------------------------------------


def shop_data(span, partitions):
    """(events, what the oracle says) of a reference stream; made once, then kept."""
    folder = Path(os.environ.get("SAPA_TEST_DATA") or
                  Path(tempfile.gettempdir()) / f"sapa-test-data-{os.getuid()}")
    folder = folder / f"shop-{partitions}"
    generator = built("benchmarks/generator/shop_generator", "SAPA_GENERATOR")
    made = subprocess.run(
        [ROOT / "tests/data/make-shop", generator, folder, str(EVENTS), str(CUSTOMERS),
         str(partitions)], capture_output=True, text=True)
    if made.returncode != 0:
        raise AssertionError(f"make-shop: {made.stdout}{made.stderr}")
    return folder / f"{span}.ndjson", folder / f"{span}.expected.ndjson"


def read_ndjson(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_ndjson(path, values):
    with open(path, "w", encoding="utf-8") as file:
        for value in values:
            file.write(json.dumps(value) + "\n")
    return path


def track(event, user, time_ms, message_id=None, **properties):
    return {"type": "track", "event": event, "userId": user,
            "messageId": message_id or unique_name("m"), "timestamp": rfc3339(time_ms),
            "properties": properties}


# ---- Kafka -------------------------------------------------------------------------------------


class Topics:
    """The topics and the group of one test, with names of their own."""

    def __init__(self, label, partitions=PARTITIONS):
        name = unique_name(label)
        self.input, self.output = f"{name}-events", f"{name}-triggers"
        self.group = f"{name}-group"
        self.decisions, self.changelog = f"{self.group}-decisions", f"{self.group}-changelog"
        self.dead_letters = f"{self.input}-dead-letters"
        probe("create", self.input, str(partitions))

    def options(self):
        return ["--bootstrap-servers", bootstrap_servers(), "--input", self.input, "--output",
                self.output, "--group", self.group]

    def publish(self, path, *options):
        done = run("publish", "--bootstrap-servers", bootstrap_servers(), "--topic", self.input,
                   *options, path)
        if done.returncode != 0:
            raise AssertionError(f"sapa publish: {done.stdout}{done.stderr}")

    def start_publishing(self, path, *options):
        return subprocess.Popen(
            [sapa(), "publish", "--bootstrap-servers", bootstrap_servers(), "--topic", self.input,
             *options, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environment())

    def produce(self, records):
        """Any records at all, see topic_probe."""
        probe("produce", self.input, input="".join(json.dumps(r) + "\n" for r in records))

    def send(self, *events):
        """Events as an application's producer would send them."""
        self.produce({"key": event.get("userId", ""), "value": json.dumps(event)}
                     for event in events)

    def triggers(self, *flags):
        return [json.loads(record["value"]) for record in read_topic(self.output, *flags)]

    def all_decisions(self):
        return [json.loads(record["value"]) for record in read_topic(self.decisions)]

    def offsets(self):
        """(what the group has committed, what there is) by partition; -1: nothing yet."""
        return json.loads(probe("lag", self.group, self.input))

    def committed(self):
        return sum(max(committed, 0) for committed, _ in self.offsets().values())

    def lag(self):
        return sum(end - max(committed, 0) for committed, end in self.offsets().values())

    def works(self):
        """Whether anything has been committed; False also while a leader is being chosen."""
        try:
            return self.committed() > 0
        except AssertionError:
            return False

    def wait_until_processed(self, engines, seconds=60):
        def done():
            for engine in engines:
                engine.must_run()
            try:
                return self.lag() == 0
            except AssertionError:  # a coordinator that is still loading, a leader being chosen
                return False
        wait_until(done, seconds, f"{self.input} is processed",
                   explain=lambda: "\n".join(e.tail() for e in engines))


def probe(*arguments, input=None):
    program = built("tests/integration/topic_probe", "SAPA_TOPIC_PROBE")
    done = subprocess.run([program, bootstrap_servers(), *arguments], input=input,
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"topic_probe {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def read_topic(topic, *flags):
    return [json.loads(line) for line in probe("read", topic, *flags).splitlines()]


class Follower:
    """Reads a topic as its records come; each has `seen`, when it was read."""

    def __init__(self, topic):
        program = built("tests/integration/topic_probe", "SAPA_TOPIC_PROBE")
        self.process = subprocess.Popen(
            [program, bootstrap_servers(), "read", topic, "--follow"], stdout=subprocess.PIPE,
            text=False)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.pending, self.records = b"", []

    def read(self):
        while chunk := self.process.stdout.read():
            *lines, self.pending = (self.pending + chunk).split(b"\n")
            self.records += [json.loads(line) for line in lines]
        return self.records

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


# ---- the engine --------------------------------------------------------------------------------


class Engine:
    """One `sapa run`, its log in a file beside its state folder; `through` is put before the
    command."""

    def __init__(self, workspace, state_dir, *options, memory="128M", env=None, through=(),
                 log_dir=None):
        state_dir = Path(state_dir)
        self.log = Path(log_dir or state_dir.parent) / f"{state_dir.name}-{next(_numbers)}.log"
        self.output = open(self.log, "wb")
        self.process = subprocess.Popen(
            [*through, sapa(), "run", "--workspace", str(workspace), "--state-dir", str(state_dir),
             "--listen", "127.0.0.1:0", "--memory", memory, *map(str, options)],
            stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL,
            env=environment(env))

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self):
        return f"--- the end of {self.log.name}:\n" + "\n".join(self.text().splitlines()[-15:])

    def must_run(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the engine ended with {self.process.returncode}\n{self.tail()}")

    def url(self, seconds=30):
        def found():
            self.must_run()
            return re.search(r"listening on (http://\S+)", self.text())
        return wait_until(found, seconds, "the engine listens", 0.02, self.tail).group(1)

    def stop(self):
        """As a service manager would. Gives the exit code and how many seconds it took."""
        self.must_run()
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIGTERM did not end it in {STOP_SECONDS} s\n{self.tail()}") \
                from None
        finally:
            self.close()
        return code, time.monotonic() - start

    def kill(self):
        self.must_run()
        self.close()

    def close(self):
        """kill -9, if it still runs."""
        self.process.kill()
        self.process.wait()
        self.output.close()


class EngineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sapa-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, workspace, *options, state="state", **more):
        engine = Engine(workspace, self.folder / state, *options, **more)
        self.addCleanup(engine.close)
        return engine

    def stop(self, engine):
        code, _ = engine.stop()
        self.assertEqual(code, 0, engine.tail())

    def follow(self, topic):
        follower = Follower(topic)
        self.addCleanup(follower.close)
        return follower

    def workspace(self, text):
        folder = self.folder / unique_name("workspace")
        folder.mkdir()
        (folder / "workspace.yaml").write_text(text, encoding="utf-8")
        return folder

    def assert_same_triggers(self, found, expected, *options):
        """As tests/oracle/compare.py judges it."""
        done = subprocess.run([sys.executable, ROOT / "tests/oracle/compare.py", expected, found,
                               *map(str, options)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("equal", done.stdout)

    def assert_no_repeats(self, triggers):
        ids = [trigger["triggerId"] for trigger in triggers]
        self.assertEqual(len(ids), len(set(ids)), "the same trigger came out more than once")
