"""Faults of the engine's own machine: a full disk, one that may not be written, a clock that is set,
too few file descriptors, a process that slept through its session. What was put out is right all
the same, and once the fault is gone the engine goes on by itself or after a restart."""

import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from harness import (SHOP, Engine, EngineTest, Topics, built, now_ms, read_ndjson, rfc3339, shop_data,
                     track, wait_until, write_ndjson)

HOUR_MS = 3_600_000
GREET = """
campaign: greet
channel: popup
when: {event: Greeted}
message: {title: Hello}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 3s}
message: {title: Keranjang}
"""


class InMount:
    """A file system of a few megabytes, seen only by the engine that is started in it."""

    def __init__(self, folder, megabytes):
        self.folder, self.megabytes, self.engine = folder, megabytes, None
        folder.mkdir(exist_ok=True)

    @staticmethod
    def possible():
        for flags in ("-m", "-rm"):
            if subprocess.run(["unshare", flags, "mount", "-t", "tmpfs", "none", "/mnt"],
                              capture_output=True).returncode == 0:
                return flags
        return None

    def command(self):
        """For Engine's `through`: the state is in the mount's folder `state`."""
        return ["unshare", self.possible(), "sh", "-c",
                f'mount -t tmpfs -o size={self.megabytes}m none "{self.folder}" && exec "$@"',
                "sh"]

    def inside(self):
        return Path(f"/proc/{self.engine.process.pid}/root{self.folder}")

    def fill(self):
        """Leaves nothing."""
        with open(self.inside() / "filler", "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def empty(self):
        (self.inside() / "filler").unlink()

    def remount(self, how):
        subprocess.run(["nsenter", "-t", str(self.engine.process.pid), "-m", "mount", "-o",
                        f"remount,{how}", str(self.folder)], check=True, capture_output=True)


class LocalFaults(EngineTest):
    def start_in(self, mount, *options, workspace=SHOP, **more):
        engine = Engine(workspace, mount.folder / "state", *options, through=mount.command(),
                        log_dir=self.folder, **more)
        self.addCleanup(engine.close)
        mount.engine = engine
        return engine

    def mount(self, megabytes=24):
        if InMount.possible() is None:
            self.skipTest("no mount namespaces")
        return InMount(self.folder / "mount", megabytes)

    def check_shop(self, topics, expected):
        triggers = topics.triggers()
        self.assert_no_repeats(triggers)
        self.assert_same_triggers(write_ndjson(self.folder / "found.ndjson", triggers), expected)

    def run_shop_through(self, fault, *options, in_mount=None, **more):
        """The reference stream with a fault in its middle; `fault` gets the engine."""
        events, expected = shop_data("72h", 4)
        topics = Topics("local-fault")
        publishing = topics.start_publishing(events, "--rate", "7000")
        self.addCleanup(publishing.stdout.close)
        self.addCleanup(publishing.kill)
        all_options = [*topics.options(), "--clock", "event", "--membership", "dynamic",
                       "--kafka", "consumer.session.timeout.ms=6000", *options]
        start = (lambda: self.start_in(in_mount, *all_options)) if in_mount else \
            (lambda: self.start(SHOP, *all_options, **more))
        engine = start()
        wait_until(topics.works, 40, "it works", explain=engine.tail)
        engine = fault(engine, start) or engine
        self.assertEqual(publishing.wait(90), 0, publishing.stdout.read())
        topics.wait_until_processed([engine], 90)
        self.stop(engine)
        self.check_shop(topics, expected)
        return engine

    def test_a_full_disk_is_waited_out(self):
        mount = self.mount()

        def fault(engine, _):
            mount.fill()
            time.sleep(6)
            engine.must_run()
            said = len(engine.text().splitlines())
            mount.empty()
            self.assertLess(said, 120, engine.text())
        self.run_shop_through(fault, in_mount=mount)

    def test_a_file_system_that_turns_read_only_ends_it_or_is_waited_out(self):
        mount = self.mount()

        def fault(engine, start):
            try:
                mount.remount("ro")
            except subprocess.CalledProcessError:
                mount.fill()  # files are open for writing; the kernel refuses to remount
            time.sleep(5)
            if engine.process.poll() is None:
                engine.close()  # its mount is gone with it, as is a disk that broke
            self.assertNotIn("terminate called", engine.text())
            return start()
        self.run_shop_through(fault, in_mount=mount)

    def test_the_clock_may_jump_by_an_hour_in_either_direction(self):
        clock = self.folder / "clock"

        def jump(hours):
            with open(clock, "r+b") as file:
                file.write(struct.pack("=q", int(hours * HOUR_MS)))
        clock.write_bytes(struct.pack("=q", 0))

        def fault(engine, _):
            for hours in (1, -1, 0, -1, 1, 0):
                jump(hours)
                time.sleep(1.2)
            engine.must_run()
        shim = built("tests/integration/libclock_shim.so", "SAPA_CLOCK_SHIM")
        self.run_shop_through(fault, env={"LD_PRELOAD": shim, "CLOCK_SHIM_FILE": str(clock)})

    def test_timers_fire_once_whatever_the_clock_does(self):
        clock = self.folder / "clock"
        clock.write_bytes(struct.pack("=q", 0))
        shim = built("tests/integration/libclock_shim.so", "SAPA_CLOCK_SHIM")
        topics = Topics("jumping-timers", 2)
        engine = self.start(self.workspace(GREET), *topics.options(),
                            env={"LD_PRELOAD": shim, "CLOCK_SHIM_FILE": str(clock)})
        for jump in (0, -HOUR_MS, HOUR_MS, 0):
            with open(clock, "r+b") as file:
                file.write(struct.pack("=q", jump))
            topics.send(*(track("Product Added", f"u{jump}-{i}", now_ms()) for i in range(10)))
            time.sleep(2)
        wait_until(lambda: len(topics.triggers()) >= 40, 30, "all timers fire",
                   explain=lambda: f"{len(topics.triggers())}\n{engine.tail()}")
        time.sleep(1)
        self.stop(engine)
        triggers = topics.triggers()
        self.assertEqual(len(triggers), 40)
        self.assert_no_repeats(triggers)

    def test_a_clock_that_was_ahead_for_a_while_sends_no_reminder_early(self):
        clock = self.folder / "clock"

        def jump(ms):
            with open(clock, "r+b") as file:
                file.write(struct.pack("=q", ms))
        clock.write_bytes(struct.pack("=q", 0))
        shim = built("tests/integration/libclock_shim.so", "SAPA_CLOCK_SHIM")
        topics = Topics("ahead", 2)
        engine = self.start(self.workspace(GREET), *topics.options(),
                            env={"LD_PRELOAD": shim, "CLOCK_SHIM_FILE": str(clock)})
        topics.send(*(track("Product Added", f"warm-{i}", now_ms()) for i in range(4)))
        wait_until(topics.works, 40, "it works", explain=engine.tail)
        wait_until(lambda: len(topics.triggers()) >= 4, 40, "the first timers fire",
                   explain=engine.tail)
        jump(HOUR_MS)
        topics.send(*(track("Product Added", f"during-{i}", now_ms()) for i in range(4)))
        time.sleep(1.5)
        metrics = urllib.request.urlopen(engine.url() + "/metrics", timeout=10).read().decode()
        disbelieved = float(re.search(r"^sapa_clock_disbelieved_seconds (\S+)$", metrics,
                                      re.MULTILINE).group(1))
        self.assertAlmostEqual(disbelieved, 3600, delta=2)
        topics.send(*(track("Order Completed", f"during-{i}", now_ms()) for i in range(4)))
        jump(0)
        # A clock that is an hour ahead would have these timers due at once.
        topics.send(*(track("Product Added", f"after-{i}", now_ms()) for i in range(4)))
        time.sleep(0.5)
        topics.send(*(track("Order Completed", f"after-{i}", now_ms()) for i in range(4)))
        topics.send(track("Product Added", "last", now_ms()))
        wait_until(lambda: any(t["userId"] == "last" for t in topics.triggers()), 30,
                   "the last timer fires", explain=engine.tail)
        self.stop(engine)
        self.assertEqual(sorted(t["userId"] for t in topics.triggers()),
                         ["last", "warm-0", "warm-1", "warm-2", "warm-3"])
        self.assertEqual(engine.text().count("clock has jumped"), 1, engine.text())

    def test_too_few_file_descriptors_are_told_and_do_no_harm(self):
        def fault(engine, _):
            pid = engine.process.pid
            _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            used = len(os.listdir(f"/proc/{pid}/fd"))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, hard))
            time.sleep(5)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
            engine.must_run()
        self.run_shop_through(fault, memory="8M")
        topics = Topics("no-descriptors", 4)
        engine = self.start(SHOP, *topics.options(), state="few",
                            through=["prlimit", "--nofile=12:12", "--"])
        self.assertNotEqual(engine.process.wait(60), 0)
        self.assertRegex(engine.text(), "too many open files .* limit is 12")

    def test_a_zombie_that_comes_back_puts_out_nothing_twice(self):
        def fault(engine, start):
            engine.process.send_signal(signal.SIGSTOP)
            time.sleep(9)  # its session is over: the other takes everything
            other = self.start_other(start)
            time.sleep(4)
            engine.process.send_signal(signal.SIGCONT)
            time.sleep(4)
            engine.must_run()
            self.stop(engine)
            return other
        self.run_shop_through(fault)

    def start_other(self, start):
        shutil.rmtree(self.folder / "zombie", ignore_errors=True)
        # A folder of its own: the zombie still holds the other's locks.
        self.state_of_next = "second"
        return start()

    def start(self, workspace, *options, state=None, **more):
        state = state or getattr(self, "state_of_next", "state")
        return super().start(workspace, *options, state=state, **more)


class EmbeddedFaults(EngineTest):
    def setUp(self):
        super().setUp()
        self.taken, self.offered = [], 0

    def post(self, engine, events):
        body = json.dumps({"batch": events}).encode()
        request = urllib.request.Request(engine.url() + "/v1/batch", body,
                                         {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def triggers(self, engine):
        found, after = [], 0
        while True:
            with urllib.request.urlopen(f"{engine.url()}/v1/triggers?after={after}&limit=1000",
                                        timeout=20) as answer:
                page = json.loads(answer.read())
            entries = page["triggers"]
            if not entries:
                return found
            found += [entry["trigger"] for entry in entries]
            after = entries[-1]["seq"]

    def offer(self, engine, count, padding):
        """The statuses of the answers to that many events, one after the other."""
        answers = set()
        for _ in range(count):
            self.offered += 1
            user = f"u{self.offered}"
            event = track("Greeted", user, now_ms(), f"m{self.offered}", pad="x" * padding)
            status = self.post(engine, [event])
            answers.add(status)
            if status == 200:
                self.taken.append(user)
        return answers

    def expect_one_greeting_each(self, engine):
        wait_until(lambda: {t["userId"] for t in self.triggers(engine)} >= set(self.taken), 30,
                   "every event that was taken greets", explain=engine.tail)
        users = [t["userId"] for t in self.triggers(engine)]
        self.assertEqual(len(users), len(set(users)))

    def test_kill_and_a_full_disk_lose_and_repeat_nothing(self):
        if InMount.possible() is None:
            self.skipTest("no mount namespaces")
        workspace = self.workspace(GREET)
        mount = InMount(self.folder / "mount", 24)
        engine = Engine(workspace, mount.folder / "state", through=mount.command(),
                        log_dir=self.folder)
        self.addCleanup(engine.close)
        mount.engine = engine
        self.assertEqual(self.offer(engine, 50, 2000), {200})
        mount.fill()
        refused = wait_until(lambda: self.offer(engine, 20, 2000) - {200}, 60, "a full disk refuses events")
        self.assertTrue(refused <= {500, 503, 507}, refused)
        engine.must_run()
        with self.assertRaises(urllib.error.HTTPError) as failed:
            urllib.request.urlopen(engine.url() + "/readyz", timeout=10)
        self.assertIn("full", failed.exception.read().decode())
        mount.empty()
        wait_until(lambda: self.offer(engine, 1, 2000) == {200}, 60, "it takes events again", explain=engine.tail)
        self.assertEqual(self.offer(engine, 50, 2000), {200})
        self.expect_one_greeting_each(engine)
        self.assertLess(len(engine.text().splitlines()), 150, "the log is not flooded")
        self.stop(engine)

    def test_kill_9_while_the_disk_is_full_loses_and_repeats_nothing(self):
        if InMount.possible() is None:
            self.skipTest("no mount namespaces")
        # The mount is a sleeper's, so that it outlives the engines in it.
        mount = InMount(self.folder / "mount", 24)
        holder = subprocess.Popen([*mount.command(), "sleep", "600"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        inside = Path(f"/proc/{holder.pid}/root{mount.folder}")
        wait_until(lambda: os.path.ismount(inside), 10, "it is mounted")
        workspace = self.workspace(GREET)
        enter = ["nsenter", "-t", str(holder.pid), "-m", "--"]
        lines = 0

        def start():
            engine = Engine(workspace, mount.folder / "state", through=enter, log_dir=self.folder)
            self.addCleanup(engine.close)
            return engine

        for round_number in range(4):
            engine = start()
            wait_until(lambda: self.offer(engine, 1, 20_000) == {200}, 30, "it takes events",
                       explain=engine.tail)
            self.offer(engine, 20, 20_000)
            filler = inside / "filler"
            with open(filler, "ab", buffering=0) as file:
                for size in (1 << 20, 1 << 12):
                    try:
                        while True:
                            file.write(b"x" * size)
                    except OSError:
                        pass
            wait_until(lambda: self.offer(engine, 5, 20_000) - {200}, 60, "a full disk refuses events",
                       explain=engine.tail)
            engine.must_run()
            if round_number % 2:
                engine.kill()
                filler.unlink()
            else:  # the disk has room again in the very moment
                filler.unlink()
                self.offer(engine, 3, 20_000)
                engine.kill()
            lines += len(engine.text().splitlines())
        engine = start()
        self.expect_one_greeting_each(engine)
        self.assertLess(lines, 600, "the log is not flooded")
        self.stop(engine)
