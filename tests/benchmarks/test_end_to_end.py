"""The figures of benchmarks/end_to_end/shop from made-up measurements, and what it reads out of other programs' words."""

import unittest

import support  # noqa: F401
from engines import percentile_of_histogram, sum_of_metric
from figures import ALO, BACKTEST, EOS, PEER, RAW, SAPA, complete, is_met, medians, table, target_lines, targets
from measuring.broker import log_bytes
from measuring.child import written_bytes
from workload import end_and_customers


def row(size, engine, delivery="", **figures):
    return {"size": size, "engine": engine, "delivery": delivery, **figures}


class Figures(unittest.TestCase):
    def test_rates_are_events_by_seconds_of_each_kind(self):
        full = complete({"seconds": 2.0, "seconds_from_start": 4.0, "cpu_seconds": 5.0}, 1000)
        self.assertEqual((full["events_per_second"], full["events_per_second_from_start"],
                          full["events_per_cpu_second"]), (500, 250, 200))
        self.assertNotIn("write_amplification", full)

    def test_write_amplification_is_what_reached_the_disk_by_what_is_in_the_changelog(self):
        full = complete({"seconds": 1, "seconds_from_start": 1, "cpu_seconds": 1, "written_megabytes": 30.0,
                         "changelog_megabytes": 20.0}, 1)
        self.assertEqual(full["write_amplification"], 1.5)

    def test_repeated_runs_become_their_medians_with_the_range(self):
        rows = [row("medium", SAPA, EOS, events_per_cpu_second=rate, peak_megabytes=memory)
                for rate, memory in ((100, 9), (300, 7), (200, 8))]
        found = medians(rows + [row("medium", RAW, events_per_cpu_second=900)])
        self.assertEqual([r["engine"] for r in found], [SAPA, RAW])
        self.assertEqual((found[0]["events_per_cpu_second"], found[0]["peak_megabytes"], found[0]["runs"]), (200, 8, 3))
        self.assertEqual(found[0]["events_per_cpu_second_range"], [100, 300])

    def test_the_table_has_a_line_a_row_and_only_columns_that_are_measured(self):
        lines = table([row("medium", SAPA, EOS, events_per_second=123456.7), row("medium", RAW, peak_megabytes=12.3)])
        self.assertEqual(len(lines), 3)
        self.assertIn("123,457", lines[1])
        self.assertIn("peak MB", lines[0])
        self.assertNotIn("p50", lines[0])
        self.assertEqual(len({len(line) for line in lines}), 1)


class Targets(unittest.TestCase):
    ROWS = [row("medium", SAPA, EOS, events_per_cpu_second=350, events_per_second=85, peak_megabytes=401),
            row("medium", SAPA, ALO, events_per_cpu_second=400, events_per_second=100),
            row("medium", PEER, EOS, events_per_cpu_second=50),
            row("medium", PEER, ALO, events_per_cpu_second=80),
            row("medium", RAW, events_per_cpu_second=2800),
            row("medium", BACKTEST, events_per_second=400_000)]

    def figure(self, beginning):
        return next((figure, sign, target) for what, figure, sign, target in targets(self.ROWS)
                    if what.startswith(beginning))

    def test_ratios_are_ours_by_theirs(self):
        self.assertEqual(self.figure("medium, exactly once: Sapa / Kafka Streams"), (7, "≥", 6))
        self.assertEqual(self.figure("medium, at least once: Sapa / Kafka Streams"), (5, "≥", 6))
        self.assertEqual(self.figure("medium: exactly once / at least once"), (0.85, "≥", 0.85))
        self.assertEqual(self.figure("medium: Sapa exactly once / reading only"), (0.125, "≥", 0.125))

    def test_what_was_not_measured_is_not_judged(self):
        self.assertFalse([what for what, *_ in targets(self.ROWS) if "large" in what or "latency" in what])
        self.assertEqual(targets([]), [])

    def test_a_target_is_met_at_its_very_value(self):
        self.assertTrue(is_met(*self.figure("medium, backtest")))
        self.assertFalse(is_met(*self.figure("medium, exactly once: peak memory")))
        verdicts = [line.split()[-1] for line in target_lines(targets(self.ROWS))]
        self.assertEqual(sorted(set(verdicts)), ["met", "missed"])

    def test_a_ratio_without_a_target_is_shown_and_not_judged(self):
        rows = [row("large", engine, EOS, events_per_cpu_second=rate) for engine, rate in ((SAPA, 9), (PEER, 3))]
        line = next(line for line in target_lines(targets(rows)) if "Kafka Streams" in line)
        self.assertEqual(line.split()[-1], "3")

    def test_latency_has_its_limits_by_guarantee(self):
        rows = [row("latency", SAPA, delivery, p50_ms=5, p99_ms=20, p999_ms=99) for delivery in (EOS, ALO)]
        found = {what: is_met(*rest) for what, *rest in targets(rows)}
        self.assertEqual(found["latency, exactly once: p50, ms"], True)
        self.assertEqual(found["latency, at least once: p50, ms"], False)
        self.assertNotIn("latency, at least once: p99.9, ms", found)


class OtherProgramsWords(unittest.TestCase):
    def test_a_metric_is_summed_over_its_labels(self):
        text = ('# HELP a_total x\na_total{outcome="processed"} 3\na_total{outcome="late"} 4\n'
                'b{partition="0"} 1.5\nb{partition="1"} 2e3\nbb 9\n')
        self.assertEqual(sum_of_metric(text, "b"), 2001.5)
        self.assertEqual(sum_of_metric(text, 'a_total{outcome="processed"}'), 3)
        self.assertEqual(sum_of_metric(text, "absent"), 0)

    def test_percentiles_lie_within_their_buckets(self):
        text = ("# TYPE t histogram\n" 't_count 10\n' 't_bucket{le="0.01"} 0\n' 't_bucket{le="0.02"} 4\n'
                't_bucket{le="0.04"} 8\n' 't_bucket{le="+Inf"} 10\n' 'tt_bucket{le="+Inf"} 7\n')
        self.assertAlmostEqual(percentile_of_histogram(text, "t", 0.2), 0.015)
        self.assertAlmostEqual(percentile_of_histogram(text, "t", 0.6), 0.03)
        self.assertAlmostEqual(percentile_of_histogram(text, "t", 0.99), 0.04)
        self.assertIsNone(percentile_of_histogram("", "t", 0.5))

    def test_a_topics_size_is_that_of_one_copy(self):
        line = ('{"version":1,"brokers":[{"broker":1,"logDirs":[{"logDir":"d","partitions":['
                '{"partition":"a-b-0","size":10},{"partition":"a-b-1","size":5},{"partition":"a-0","size":99}]}]},'
                '{"broker":2,"logDirs":[{"logDir":"d","partitions":[{"partition":"a-b-0","size":8}]}]}]}')
        self.assertEqual(log_bytes("Querying brokers\n" + line + "\n", "a-b"), 15)

    def test_the_bytes_written_are_the_disks_not_the_system_calls(self):
        self.assertEqual(written_bytes("rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 4096\n"
                                       "cancelled_write_bytes: 5\n"), 4096)

    def test_the_generators_report_tells_the_earliest_end_and_the_customers(self):
        report = ("partition     events  customers  last event (ms)\n"
                  "        0         10          4  1772303399990\n"
                  "        1          0          0  0\n"
                  "        2         12          5  1772303399000\n9 customers occur\n")
        self.assertEqual(end_and_customers(report), (1772303399000, 9))


if __name__ == "__main__":
    unittest.main()
