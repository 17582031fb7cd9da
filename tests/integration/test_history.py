"""Real purchase history: the stages that customers enter by the passing of time are those computed
from the raw file."""

import json
import os
import subprocess
import sys
import unittest
from collections import Counter
from pathlib import Path

from harness import ROOT, WORKSPACES, EngineTest, read_ndjson, run
from stream import milliseconds

DATA = Path(os.environ.get("SAPA_SHARED_DATA") or ROOT.parent / "shared" / "data")
STAGE_OF = {"welcome-first-timer": "first_timer", "thank-active": "active",
            "keep-defecting": "defecting", "win-back-inactive": "inactive"}


@unittest.skipUnless((DATA / "online_retail").is_dir(), f"no purchase history in {DATA}")
class History(EngineTest):
    def script(self, name, *options):
        done = subprocess.run([sys.executable, WORKSPACES / "history" / name, *options, DATA],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_stages_come_out_as_computed_from_the_raw_file(self):
        events, out = self.folder / "history.ndjson.gz", self.folder / "triggers.ndjson"
        self.script("convert.py", "--out", events)
        done = run("backtest", "--workspace", WORKSPACES / "history", "--events", events,
                   "--triggers", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = [(trigger["userId"], milliseconds(trigger["time"]), STAGE_OF[trigger["campaign"]])
                 for trigger in read_ndjson(out)]
        expected = [(change["userId"], change["time"], change["stage"])
                    for change in map(json.loads, self.script("expected.py").splitlines())]
        self.assertGreater(len(expected), 5_000)
        # Not assertEqual: to word the difference of lists this long takes it minutes.
        missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
        self.assertTrue(not missing and not extra, f"missing {len(missing)}: {sorted(missing)[:5]}, "
                                           f"not expected {len(extra)}: {sorted(extra)[:5]}")

