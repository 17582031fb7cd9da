"""The plots of benchmarks/scaling, and the workspaces that it makes."""

import re
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import support  # noqa: F401
from dimensions import Events, Point, dimensions, make_workspace, many_campaigns
from plot import Axis, label, linear_ticks, nice_step, shown, svg

POINTS = [(10, 2.5, 2.4, 2.6), (1_000, 2.6, 2.5, 3.0), (100_000, 4.0, 3.9, 4.2)]


class Plots(unittest.TestCase):
    def test_steps_are_round_numbers(self):
        for largest, step in ((4.6, 1), (9, 2), (0.7, 0.2), (26, 10), (120, 50), (5, 1)):
            self.assertAlmostEqual(nice_step(largest), step, msg=largest)

    def test_ticks_begin_at_zero_and_reach_beyond_the_largest(self):
        for largest in (0.3, 1, 4.62, 17, 999):
            ticks = linear_ticks(largest)
            self.assertEqual(ticks[0], 0)
            self.assertGreaterEqual(ticks[-1], largest * 0.999)
            self.assertLess(ticks[-2], largest)

    def test_large_numbers_are_short(self):
        self.assertEqual([label(n) for n in (100_000, 1_000_000, 0.25, 7, 2.468)], ["100k", "1M", "0.25", "7", "2.47"])

    def test_a_logarithmic_axis_gives_each_power_the_same_room(self):
        axis = Axis(10, 100_000, 0, 400, log=True)
        self.assertEqual([round(axis(10**n)) for n in range(1, 6)], [0, 100, 200, 300, 400])

    def test_labels_do_not_touch(self):
        self.assertEqual(shown([1, 2, 50, 60, 100], float), [1, 50, 100])

    def test_a_plot_is_xml_with_title_units_and_every_point(self):
        picture = xml.fromstring(svg("Cost & campaigns", "a note", "campaigns", "µs", POINTS, log_x=True))
        words = [node.text for node in picture.iter("{http://www.w3.org/2000/svg}text")]
        for expected in ("Cost & campaigns", "a note", "campaigns", "µs", "10", "1k", "100k", "2.5", "4"):
            self.assertIn(expected, words)
        self.assertEqual(len(list(picture.iter("{http://www.w3.org/2000/svg}circle"))), 3)

    def test_higher_is_dearer_and_all_points_are_inside(self):
        picture = xml.fromstring(svg("t", "n", "x", "y", POINTS, log_x=True))
        circles = [(float(c.get("cx")), float(c.get("cy"))) for c in picture.iter("{http://www.w3.org/2000/svg}circle")]
        self.assertEqual(circles, sorted(circles, key=lambda at: -at[1]))
        for x, y in circles:
            self.assertTrue(0 < x < 720 and 0 < y < 440)

    def test_one_point_is_a_plot(self):
        xml.fromstring(svg("t", "n", "x", "y", [(0, 1.0, 1.0, 1.0)]))


class Dimensions(unittest.TestCase):
    def test_the_full_measurement_reaches_what_the_issue_names(self):
        values = {d.name: [point.value for point in d.points] for d in dimensions(True)}
        self.assertEqual((values["campaigns"][0], values["campaigns"][-1]), (10, 100_000))
        self.assertEqual((values["customers"][0], values["customers"][-1]), (10**4, 10**7))
        self.assertEqual((values["partitions"][0], values["partitions"][-1]), (1, 64))
        self.assertEqual(values["workers"], [1, 2])
        for name in ("record-size", "trigger-share", "skew"):
            self.assertGreater(len(values[name]), 4)

    def test_so_many_campaigns_are_made_and_none_like_another(self):
        files = many_campaigns(4_001)
        self.assertEqual(len(files), 3)
        names = re.findall(r"^campaign: (\S+)$", "\n".join(text for _, text in files), re.M)
        self.assertEqual((len(names), len(set(names))), (4_001, 4_001))

    def test_a_workspace_of_the_reference_has_its_campaigns_but_not_its_tests(self):
        with tempfile.TemporaryDirectory() as folder:
            made = make_workspace(Point(10, Events(), campaigns=3), Path(folder) / "w")
            self.assertEqual(sorted(file.name for file in made.iterdir()),
                             ["campaigns.yaml", "many-000.yaml", "metrics.yaml", "policy.yaml"])


if __name__ == "__main__":
    unittest.main()
