"""What a schedule promises."""

import unittest

from schedule import BROKER_FAULTS, BROKER_REST, KILLS, make_schedule


class Schedule(unittest.TestCase):
    def test_a_seed_gives_the_same_schedule_again(self):
        self.assertEqual(make_schedule(7, 90), make_schedule(7, 90))
        self.assertNotEqual(make_schedule(7, 90), make_schedule(8, 90))

    def test_ten_minutes_hold_thirty_kills_whatever_the_seed(self):
        for seed in range(200):
            kills = sum(fault.action in KILLS for fault in make_schedule(seed, 600))
            self.assertGreaterEqual(kills, 30, f"seed {seed}")

    def test_no_target_is_hit_while_it_is_away_and_one_broker_at_a_time(self):
        for seed in range(200):
            back, broker_back = {}, 0
            for fault in make_schedule(seed, 300):
                self.assertLessEqual(fault.at, 300)
                if fault.action in BROKER_FAULTS:
                    self.assertGreaterEqual(fault.at, broker_back)
                    broker_back = fault.at + fault.away + BROKER_REST - 0.2
                else:
                    self.assertGreaterEqual(fault.at, back.get(fault.target, 0))
                    back[fault.target] = fault.at + fault.away
            self.assertGreater(broker_back, 0)


if __name__ == "__main__":
    unittest.main()
