"""Lets these tests import the benchmarks' modules."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
for folder in (BENCHMARKS, BENCHMARKS / "end_to_end", BENCHMARKS / "scaling"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
