"""The demo: it ends by itself, shows triggers of several kinds, and tells the same story each time."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from harness import WORKSPACES, environment, run, sapa

RETAILER = WORKSPACES / "retailer"
ROW = re.compile(r"^(?P<campaign>[a-z-]+) +(?P<channel>popup|push|inbox|email|voucher|task) +"
                 r"(?P<sent>\d+) +(?P<customers>\d+) +(?P<held_back>.*)$", re.M)


def demo(*arguments, **options):
    return run("demo", "--workspace", RETAILER, "--listen", "127.0.0.1:0", *arguments, **options)


def table(text):
    """The summary's rows; nothing if it was not printed."""
    _, _, summary = text.partition("What happened\n")
    return [row.groupdict() for row in ROW.finditer(summary)]


class Demo(unittest.TestCase):
    def test_shows_popups_and_pushes_with_their_reasons_and_a_table(self):
        done = demo("--seconds", 10)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        for channel in ("popup", "push"):
            self.assertRegex(done.stdout, rf"(?m)^\d\d:\d\d  {channel} +\w+ \(c\d+\) +[a-z-]+: \S")
        self.assertRegex(done.stdout, r"cart-abandonment: Product Added, then no Order Completed")
        self.assertRegex(done.stdout, r"(?m)^\d\d:\d\d  no +\w+ \(c\d+\) .*campaign_limit, 1 of 1")
        self.assertNotIn("\x1b", done.stdout)
        rows = table(done.stdout)
        campaigns = re.findall(r"(?m)^campaign: (\S+)",
                               "\n".join(p.read_text() for p in sorted(RETAILER.glob("*.yaml"))))
        self.assertEqual(sorted(row["campaign"] for row in rows), sorted(campaigns))
        sent = {row["channel"] for row in rows if int(row["sent"]) > 0}
        self.assertLessEqual({"popup", "push"}, sent)
        total = sum(int(row["sent"]) for row in rows)
        self.assertRegex(done.stdout, rf"(?m)^\d+ events in 10 s \(\d+/s\), {total} triggers, ")

    def test_same_seed_same_story(self):
        tables = [table(demo("--seconds", 2, "--speed", 5400, "--seed", seed).stdout)
                  for seed in (5, 5, 6)]
        self.assertTrue(tables[0])
        self.assertEqual(tables[0], tables[1])
        self.assertNotEqual(tables[0], tables[2])

    def test_three_hours_of_the_shop_reach_every_campaign(self):
        done = demo("--seconds", 3, "--speed", 3600, "--customers", 1000)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        silent = [row["campaign"] for row in table(done.stdout) if int(row["sent"]) == 0]
        self.assertEqual(silent, [])

    def test_says_why_it_showed_too_little(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "workspace.yaml").write_text(
                "campaign: never\nchannel: popup\nwhen: {event: Something Else}\n"
                "message: {title: Hi}\n", encoding="utf-8")
            done = run("demo", "-w", folder, "--listen", "127.0.0.1:0", "--seconds", 1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("showed none", done.stderr)

    def test_wants_an_empty_state_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "something").write_text("here", encoding="utf-8")
            done = demo("--state-dir", folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("not empty", done.stderr)

    def test_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            done = demo("--seconds", 1, env={"TMPDIR": folder})
            self.assertIn("What happened", done.stdout)
            self.assertEqual(os.listdir(folder), [])


class StayingDemo(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(
            [sapa(), "demo", "--stay", "--seconds", "1", "--workspace", str(RETAILER), "--listen",
             "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environment())
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.end)
        self.introduction = []
        for line in self.process.stdout:
            self.introduction.append(line)
            if "ends " in line:
                break

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def test_answers_at_the_addresses_that_it_names_until_interrupted(self):
        named = re.findall(r"http://\S+", "".join(self.introduction))
        self.assertEqual(len(named), 5, self.introduction)
        time.sleep(3)
        self.assertIsNone(self.process.poll(), "--stay goes on after --seconds")
        answers = {}
        for url in named[:4]:
            with urllib.request.urlopen(url, timeout=10) as response:
                answers[url.split("/", 3)[3]] = response.read().decode()
        self.assertIn("sapa_", answers["metrics"])
        self.assertTrue(json.loads(answers["v1/triggers?after=0"])["triggers"])
        customer = next(key for key in answers if key.startswith("v1/customers/"))
        self.assertEqual(json.loads(answers[customer])["userId"], customer.rsplit("/", 1)[1])
        stream = urllib.request.Request(named[4], headers={"Accept": "text/event-stream"})
        with urllib.request.urlopen(stream, timeout=20) as response:
            lines = (response.readline().decode() for _ in range(50))
            self.assertTrue(any(line.startswith("event: trigger") for line in lines))
            self.process.send_signal(signal.SIGINT)
            rest, _ = self.process.communicate(timeout=20)
        self.assertEqual(self.process.returncode, 0, rest)
        self.assertTrue(table(rest), rest)


if __name__ == "__main__":
    unittest.main()
