"""A program under measurement: its use of the machine, and what happens when it does not do what it should."""

import sys
import tempfile
import unittest
from pathlib import Path

import support  # noqa: F401
from measuring.child import Child, Failed, folder_megabytes


class Children(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def child(self, code):
        child = Child([sys.executable, "-c", code], self.folder / "log")
        self.addCleanup(child.end)
        return child

    def test_cpu_time_and_memory_are_those_of_the_process(self):
        used = self.child("x = bytearray(80_000_000)\nfor i in range(3_000_000): pass").finish()
        self.assertGreater(used["cpu_seconds"], 0.02)
        self.assertGreater(used["peak_megabytes"], 80)
        self.assertLess(used["peak_megabytes"], 200)
        self.assertGreaterEqual(used["seconds_of_life"] * 1.5, used["cpu_seconds"])

    def test_its_last_words_are_heard_although_it_has_ended(self):
        self.assertEqual(self.child("print('ready 7')").wait_for(r"^ready (\d)$", 20).group(1), "7")

    def test_one_that_ends_early_says_why(self):
        with self.assertRaisesRegex(Failed, "it has ended(.|\n)*no luck"):
            self.child("print('no luck')").wait_for("ready", 20)

    def test_one_that_can_no_longer_be_asked_says_why(self):
        def ask():
            raise ConnectionRefusedError
        with self.assertRaisesRegex(Failed, "it has ended(.|\n)*crashed"):
            self.child("import time; time.sleep(0.3); print('crashed')").wait_until(ask, 20, "nothing")

    def test_one_that_is_late_is_ended(self):
        child = self.child("import time; time.sleep(60)")
        with self.assertRaisesRegex(Failed, "did not write 'ready' within 0.2 s"):
            child.wait_for("ready", 0.2)
        self.assertIsNotNone(child.process.returncode)

    def test_a_failure_is_no_figure(self):
        with self.assertRaisesRegex(Failed, "status 3"):
            self.child("raise SystemExit(3)").finish()

    def test_a_folders_size_counts_all_its_files(self):
        (self.folder / "in").mkdir()
        (self.folder / "in" / "a").write_bytes(bytes(1_500_000))
        (self.folder / "b").write_bytes(bytes(500_000))
        self.assertEqual(folder_megabytes(self.folder), 2.0)


if __name__ == "__main__":
    unittest.main()
