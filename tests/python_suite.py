#!/usr/bin/env python3
"""Runs the Python tests of a folder and counts them for tests/run.

usage: python_suite.py COUNTS FOLDER [NAME...]
  COUNTS  file to write "PASSED FAILED" to, then a line per test that could not run here
  NAME    modules of the folder; without one, all of its test_*.py
"""

import sys
import time
import unittest


class Counting(unittest.TextTestResult):
    """A line per test with its time; a test with failing parts (subTest) fails once."""

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def stopTest(self, test):
        self.stream.writeln(f"    {time.monotonic() - self.started:.1f} s")
        super().stopTest(test)

    def count(self):
        failed = {str(getattr(test, "test_case", test)) for test, _ in self.failures + self.errors}
        failed |= {str(test) for test in self.unexpectedSuccesses}
        return self.testsRun - len(failed) - len(self.skipped), len(failed)


def main():
    counts, folder, *names = sys.argv[1:]
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    loader = unittest.TestLoader()
    suite = (loader.loadTestsFromNames(names) if names
             else loader.discover(folder, top_level_dir=folder))
    runner = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Counting)
    result = runner.run(suite)
    passed, failed = result.count()
    if result.testsRun == 0:
        failed += 1
        print(f"no tests in {folder}")
    with open(counts, "w", encoding="utf-8") as file:
        file.write(f"{passed} {failed}\n")
        for test, why in result.skipped:
            file.write(f"{test}: {why}\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
