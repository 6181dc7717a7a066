#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The acoustic node of examples/: bearings of sounds whose direction is known."""

import json
import math
import pathlib
import sys
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples/acoustic-node"))
import acoustic_node
import synthesise

RATE = synthesise.RATE_HZ


def still(azimuth_deg, elevation_deg, range_m=100.0):
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = range_m * math.cos(elevation)
    place = [level * math.sin(azimuth), level * math.cos(azimuth), range_m * math.sin(elevation)]
    return lambda t: np.tile(place, (len(t), 1))


def off(look, azimuth_deg):
    return math.remainder(look.azimuth_deg - azimuth_deg, 360.0)


class AcousticNode(unittest.TestCase):
    def test_bearings_are_right_within_the_stated_error(self):
        within_one, within_three, looks = 0, 0, 0
        for seed, azimuth in enumerate(range(7, 360, 24)):
            for elevation in (5.0, 35.0):
                samples = synthesise.heard(still(azimuth, elevation), 1.0, seed=seed)
                look = acoustic_node.listen(samples, RATE)
                self.assertIsNotNone(look.azimuth_deg, (azimuth, elevation))
                self.assertAlmostEqual(look.blades_hz, synthesise.BLADES_HZ, delta=1.0)
                looks += 1
                within_one += abs(off(look, azimuth)) <= look.sd_deg
                within_three += abs(off(look, azimuth)) <= 3.0 * look.sd_deg
                self.assertLess(look.sd_deg, 5.0)
        self.assertEqual(within_three, looks)
        self.assertGreater(within_one, 0.6 * looks)

    def test_the_heading_is_added(self):
        samples = synthesise.heard(still(350.0, 10.0), 1.0)
        look = acoustic_node.listen(samples, RATE, heading_deg=30.0)
        self.assertLess(abs(off(look, 20.0)), 3.0 * look.sd_deg)

    def test_one_that_flies_past_is_followed(self):
        samples = synthesise.heard(synthesise.flight, 6.0)
        for number in range(6):
            look = acoustic_node.listen(samples[number * RATE : (number + 1) * RATE], RATE)
            # Where it was when it made what is heard in the middle of the look.
            t = number + 0.5
            for _ in range(6):
                at = synthesise.flight(np.array([t]))[0]
                t = number + 0.5 - np.linalg.norm(at) / acoustic_node.SOUND_MPS
            self.assertLess(abs(off(look, math.degrees(math.atan2(at[0], at[1])))), 3 * look.sd_deg)

    def test_noise_and_a_single_tone_are_no_drone(self):
        random = np.random.default_rng(5)
        tone = np.cos(2.0 * np.pi * 300.0 * np.arange(RATE) / RATE)[:, None]
        for _ in range(40):
            noise = random.standard_normal((RATE, 4))
            self.assertIsNone(acoustic_node.listen(noise, RATE).azimuth_deg)
            self.assertIsNone(acoustic_node.listen(noise + tone, RATE).azimuth_deg)

    def test_an_empty_look_is_a_report_too(self):
        line = json.loads(acoustic_node.report(acoustic_node.Look(), "ear", 1772366400.5))
        self.assertEqual(
            line, {"time": "2026-03-01T12:00:00.500000Z", "sensor": "ear", "detections": []}
        )


if __name__ == "__main__":
    unittest.main()
