"""Which faults happen when: made from a seed alone, so that a schedule can be repeated.

A target is never hit again while an earlier fault on it lasts, and only one broker is away at a
time: with three copies of which two must be in sync, that is what Kafka promises to bear.
"""

import random
from dataclasses import dataclass

ENGINES, BROKERS = 3, 3
SESSION_SECONDS = 6

# action: (weight, shortest, longest time that the target is away, in seconds)
ENGINE_FAULTS = {
    "kill": (6, 0, 4),            # kill -9, started again after that time
    "kill-long": (2, 7, 11),      # … after the others have taken its partitions over
    "kill-wipe": (3, 0, 3),       # … on a new disk
    "stop": (2, 0, 4),            # SIGTERM, as a service manager does
    "pause": (2, 0.3, 3),         # SIGSTOP, within the session
    "pause-long": (2, 8, 12),     # SIGSTOP beyond it: a zombie comes back
}
BROKER_FAULTS = {
    "broker-kill": (3, 1, 8),     # kill -9
    "broker-stop": (2, 1, 5),     # SIGTERM: its leaders move first
    "broker-pause": (2, 2, 12),   # SIGSTOP: its connections stay open, and nobody answers
}
KILLS = ("kill", "kill-long", "kill-wipe")
# A broker needs this long to start and to catch up before another may go.
BROKER_REST = 12


@dataclass(frozen=True)
class Fault:
    at: float       # seconds after the start
    action: str
    target: int     # engine (from 0) or broker (from 1)
    away: float     # seconds

    def __str__(self):
        who = "broker" if self.action in BROKER_FAULTS else "engine"
        return f"{self.at:7.1f} s  {self.action:12} {who} {self.target}  for {self.away:.1f} s"


def choose(chance, faults):
    action = chance.choices(list(faults), [weight for weight, *_ in faults.values()])[0]
    return action, round(chance.uniform(*faults[action][1:]), 1)


def engine_faults(chance, seconds, pace):
    free, at = [0.0] * ENGINES, 3.0
    while True:
        at += chance.uniform(0.4, 1.6) * pace
        # Now and then several at once.
        for target in chance.sample(range(ENGINES), chance.choice((1, 1, 1, 1, 2, 3))):
            if free[target] > at:
                continue
            action, away = choose(chance, ENGINE_FAULTS)
            if at + away > seconds:
                continue
            free[target] = at + away + 0.5
            yield Fault(round(at, 1), action, target, away)
        if at > seconds:
            return


def broker_faults(chance, seconds):
    at = chance.uniform(6, 12)
    while at < seconds - BROKER_REST:
        action, away = choose(chance, BROKER_FAULTS)
        yield Fault(round(at, 1), action, chance.randint(1, BROKERS), away)
        at += away + BROKER_REST + chance.uniform(0, 10)


def make_schedule(seed, seconds, pace=6.0):
    """The faults of `seconds`, by time. `pace`: seconds between those of engines, on average."""
    chance = random.Random(seed)
    return sorted([*engine_faults(chance, seconds, pace), *broker_faults(chance, seconds)],
                  key=lambda fault: fault.at)
