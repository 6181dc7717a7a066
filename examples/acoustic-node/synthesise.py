#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sound of a drone that flies past the array, as a WAV file of four channels.

    synthesise.py OUT.wav [SECONDS]

Propellers are a fundamental with harmonics that fall off; each microphone hears them after the time
that sound takes to it, so delays and the Doppler shift are right; wind is noise of its own in each.
"""

import sys
import wave

import numpy as np

from acoustic_node import MICROPHONES, SOUND_MPS

RATE_HZ = 16000
BLADES_HZ = 142.0


def flight(seconds_s):
    """Where it is, (n, 3) m east, north, up: straight past at 15 m/s, 80 m to the north."""
    east = -150.0 + 15.0 * seconds_s
    return np.stack([east, np.full_like(east, 80.0), np.full_like(east, 40.0)], axis=1)


def heard(path, seconds, noise=0.02, seed=1, level=8.0):
    """Samples (n, 4) of `path(t)` as a front-to-north array hears it; 1 is full scale."""
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    channels = []
    for right, front in MICROPHONES:
        microphone = np.array([right, front, 0.0])
        # When what is heard now was made: a few steps of a fixed point, sound being faster.
        made = t
        for _ in range(6):
            range_m = np.linalg.norm(path(made) - microphone, axis=1)
            made = t - range_m / SOUND_MPS
        sound = sum(
            np.cos(2.0 * np.pi * k * BLADES_HZ * made + k * k) / k for k in range(1, 9)
        )
        channels.append(level * sound / range_m + noise * random.standard_normal(len(t)))
    return np.stack(channels, axis=1)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    samples = heard(flight, float(sys.argv[2]) if len(sys.argv) == 3 else 20.0)
    with wave.open(sys.argv[1], "wb") as file:
        file.setnchannels(4)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
