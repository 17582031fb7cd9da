"""`sapa backtest` of the reference workload gives the oracle's triggers, however the events come."""

import gzip
import json
import shutil
import subprocess

from harness import SHOP, SPANS, EngineTest, environment, read_ndjson, run, sapa, shop_data


class Backtest(EngineTest):
    def backtest(self, *options):
        done = run("backtest", "--workspace", SHOP, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_it_gives_exactly_the_oracles_triggers(self):
        out = self.folder / "triggers.ndjson"
        for span in (*SPANS, "visits-72h", "visits-1440h"):
            with self.subTest(span=span):
                events, expected = shop_data(span, 1)
                table = self.backtest("--events", events, "--triggers", out)
                self.assert_same_triggers(out, expected)
                self.assertIn("cart-abandonment", table)

    def test_compressed_piped_and_plain_events_give_the_same_bytes(self):
        events, _ = shop_data("72h", 1)
        outs = [self.folder / f"{name}.ndjson" for name in ("plain", "gzip", "stdin")]
        compressed = self.folder / "events.ndjson.gz"
        with open(events, "rb") as plain, gzip.open(compressed, "wb", compresslevel=1) as file:
            shutil.copyfileobj(plain, file)
        self.backtest("--events", events, "--triggers", outs[0])
        self.backtest("--events", compressed, "--triggers", outs[1])
        with open(events, "rb") as plain:
            piped = subprocess.run([sapa(), "backtest", "-w", SHOP, "-e", "-", "--triggers",
                                    outs[2]], stdin=plain, capture_output=True, timeout=120,
                                   env=environment())
        self.assertEqual(piped.returncode, 0, piped.stderr)
        first, *others = [path.read_bytes() for path in outs]
        self.assertTrue(first)
        for other in others:
            self.assertEqual(other, first)

    def test_any_number_of_threads_gives_the_same_bytes(self):
        events, _ = shop_data("visits-72h", 1)
        outs = []
        for threads in (1, 2, 5):
            triggers, decisions = self.folder / "t.ndjson", self.folder / "d.ndjson"
            report = json.loads(self.backtest("--events", events, "--triggers", triggers, "--decisions",
                                              decisions, "--threads", str(threads), "--json"))
            del report["seconds"]
            outs.append((triggers.read_bytes(), decisions.read_bytes(), report))
        self.assertTrue(outs[0][0])
        for out in outs[1:]:
            self.assertEqual(out, outs[0])

    def test_what_was_read_before_damaged_events_is_done_with_any_number_of_threads(self):
        events, _ = shop_data("72h", 1)
        packed = gzip.compress(events.read_bytes()[:10_000_000], compresslevel=1)
        damaged = self.folder / "damaged.ndjson.gz"
        damaged.write_bytes(packed[:len(packed) // 2])
        outs = []
        for threads in (1, 2, 5):
            out = self.folder / "triggers.ndjson"
            done = run("backtest", "--workspace", SHOP, "--events", damaged, "--triggers", out,
                       "--threads", str(threads))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("damaged.ndjson.gz", done.stderr)
            outs.append(out.read_bytes())
        self.assertTrue(outs[0])
        for out in outs[1:]:
            self.assertEqual(out, outs[0])

    def test_the_report_as_json_counts_what_was_written(self):
        events, _ = shop_data("72h", 1)
        triggers, decisions = self.folder / "t.ndjson", self.folder / "d.ndjson"
        report = json.loads(self.backtest("--events", events, "--triggers", triggers,
                                          "--decisions", decisions, "--json"))
        written = read_ndjson(triggers)
        fired = sum(campaign["fired"] for campaign in report["campaigns"])
        self.assertEqual(fired, len(written))
        reasons = [decision["reason"] for decision in read_ndjson(decisions)]
        self.assertEqual(reasons.count("sent"), fired)
        self.assertEqual(report["events"], 100_000)

    def test_refused_events_are_reported_and_counted_and_the_rest_is_done(self):
        events = self.folder / "events.ndjson"
        good = ('{"type":"track","event":"Order Completed","messageId":"m1","userId":"c1",'
                '"timestamp":"2026-03-01T02:00:00Z","properties":{"total":5,"order_id":"o1"}}')
        events.write_text(f"{{broken\n{good}\n", encoding="utf-8")
        out = self.folder / "triggers.ndjson"
        done = run("backtest", "--workspace", SHOP, "--events", events, "--triggers", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("refused", done.stderr)
        self.assertEqual([trigger["campaign"] for trigger in read_ndjson(out)],
                         ["first-order-survey"])
