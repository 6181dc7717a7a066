#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An acoustic field node: four microphones, a Raspberry Pi, MQTT.

Listens for the harmonic sound of propellers, finds where it comes from, and sends one report for
each look, also where it heard nothing. README.md tells how to build and run one.

    acoustic_node.py --sensor ear-1 --alsa hw:1,0 --broker broker.example
    acoustic_node.py --sensor ear-1 --wav drone.wav --print
"""

import argparse
import datetime
import json
import math
import subprocess
import sys
import time
import wave

import numpy as np

SOUND_MPS = 343.0
# Where the microphones are from the middle of the array, m: to its right and to its front. Front is
# where --heading points to. Less than half a wave apart at MAX_HZ, so that no bearing has a twin.
MICROPHONES = np.array([[-0.1, 0.1], [0.1, 0.1], [0.1, -0.1], [-0.1, -0.1]])
MAX_HZ = 850.0
# Blades that pass: two blades at 30 to 150 turns a second.
BLADES_HZ = np.arange(60.0, 300.0, 0.5)
HARMONICS = 6
HEARD = 4  # of the harmonics that MAX_HZ leaves, so many must stand out of the noise,
HEARD_DB = 10.0  # by so much
PARTS = 4  # of a look: how well their bearings agree is the error
LEAST_SD_DEG = 2.0  # microphones that are not quite where they should be, wind, warm air


class Look:
    """What one look heard: nothing, or a bearing."""

    def __init__(self):
        self.azimuth_deg = None
        self.sd_deg = None
        self.snr_db = None
        self.blades_hz = None


def spectra(samples):
    """(spectrum of each channel, power over all) of samples (n, 4), windowed."""
    window = np.hanning(len(samples))[:, None]
    spectrum = np.fft.rfft(samples * window, axis=0)
    return spectrum, np.mean(np.abs(spectrum) ** 2, axis=1)


def above_noise_db(power, width):
    """How far each bin is above the median of its surroundings, dB."""
    padded = np.pad(power, width, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1)
    floor = np.median(around, axis=1)
    return 10.0 * np.log10((power + 1e-30) / (floor + 1e-30))


def find_comb(power, bin_hz):
    """The fundamental whose harmonics stand out: (Hz, mean dB, bins of those heard), or None."""
    count = int(MAX_HZ / bin_hz) + 3
    level = above_noise_db(power[: 2 * count], max(8, round(25.0 / bin_hz)))
    # A harmonic lies within a bin of where it should be.
    best = np.maximum(np.maximum(level[:-2], level[1:-1]), level[2:])
    found = None
    for hz in BLADES_HZ:
        multiples = hz * np.arange(1, HARMONICS + 1)
        multiples = multiples[multiples < MAX_HZ]
        bins = np.rint(multiples / bin_hz).astype(int)
        levels = best[bins - 1]
        heard = levels > HEARD_DB
        # Of half the true frequency every second multiple is silent.
        if heard.sum() < min(HEARD, len(bins)) or not heard[0] or heard.mean() < 0.75:
            continue
        score = levels.sum() - HEARD_DB * len(levels)
        if found is None or score > found[0]:
            around = [b + np.argmax(level[b - 1 : b + 2]) - 1 for b in bins[heard]]
            found = (score, hz, float(levels[heard].mean()), np.array(around))
    return found and found[1:]


# Directions to try, as the horizontal part of a wave's slowness: of a flat array the height of the
# source only shortens it.
AZIMUTHS = np.radians(np.arange(0.0, 360.0, 1.0))
ELEVATIONS = np.radians([0.0, 20.0, 40.0, 55.0, 70.0])
TOWARDS = np.stack([np.sin(AZIMUTHS), np.cos(AZIMUTHS)], axis=1)


def steer(spectrum, bins, bin_hz):
    """Bearing (rad, clockwise from the front) from which the array hears most at the bins."""
    phases = spectrum[bins] / (np.abs(spectrum[bins]) + 1e-30)
    lead_s = TOWARDS @ MICROPHONES.T / SOUND_MPS  # how much earlier each microphone hears
    omega = 2.0 * math.pi * bins * bin_hz
    most, power = None, None
    for elevation in ELEVATIONS:
        turn = np.exp(-1j * omega[None, :, None] * lead_s[:, None, :] * math.cos(elevation))
        response = np.sum(np.abs(np.sum(phases[None] * turn, axis=2)) ** 2, axis=1)
        if most is None or response.max() > most:
            most, power = response.max(), response
    at = int(np.argmax(power))
    before, here, after = power[at - 1], power[at], power[(at + 1) % len(power)]
    bend = before - 2.0 * here + after
    part = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return AZIMUTHS[at] + part * math.radians(1.0)


def listen(samples, rate_hz, heading_deg=0.0):
    """One look: samples (n, 4) of the microphones in their order."""
    look = Look()
    spectrum, power = spectra(samples)
    comb = find_comb(power, rate_hz / len(samples))
    if comb is None:
        return look
    look.blades_hz, look.snr_db, bins = comb
    whole = steer(spectrum, bins, rate_hz / len(samples))
    # The same of each part of the look, whose bins are wider.
    offs = []
    for part in np.array_split(samples, PARTS):
        part_hz = rate_hz / len(part)
        part_bins = np.unique(np.rint(bins * (rate_hz / len(samples)) / part_hz).astype(int))
        off = steer(spectra(part)[0], part_bins, part_hz) - whole
        offs.append(math.remainder(off, 2.0 * math.pi))
    scatter = math.degrees(math.sqrt(np.mean(np.square(offs)) / PARTS))
    look.azimuth_deg = (math.degrees(whole) + heading_deg) % 360.0
    look.sd_deg = math.hypot(LEAST_SD_DEG, scatter)
    return look


def report(look, sensor, when):
    """The look as a report line; `when` is seconds since 1970, of the middle of the look."""
    moment = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
    line = {
        "time": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "sensor": sensor,
        "detections": [],
    }
    if look.azimuth_deg is not None:
        line["detections"].append(
            {
                "azimuth_deg": round(look.azimuth_deg, 2),
                "snr_db": round(look.snr_db, 1),
                "sd": {"azimuth_deg": round(look.sd_deg, 2)},
            }
        )
    return json.dumps(line, separators=(",", ":"))


def from_wav(path, seconds, fast, start):
    """Looks of a file with four channels, in the time that they take (or at once)."""
    with wave.open(path) as file:
        if file.getnchannels() != 4 or file.getsampwidth() != 2:
            sys.exit(f"{path}: has not four channels of 16 bit")
        rate = file.getframerate()
        begin = time.time() if start is None else start
        wall = time.monotonic()
        for number in range(int(file.getnframes() / (rate * seconds))):
            raw = file.readframes(int(rate * seconds))
            if not fast:
                time.sleep(max(0.0, wall + (number + 1) * seconds - time.monotonic()))
            yield raw, rate, begin + (number + 0.5) * seconds


def from_pipe(pipe, rate, seconds):
    """Looks of raw samples (16 bit, little endian, four channels) as they come."""
    size = int(rate * seconds) * 8
    while True:
        raw = pipe.read(size)
        if len(raw) < size:
            return
        yield raw, rate, time.time() - 0.5 * seconds


class Broker:
    """Sends reports with quality of service 1, and leaves a last will."""

    def __init__(self, options):
        import paho.mqtt.client as mqtt  # only where it is sent

        host, _, port = options.broker.partition(":")
        self.topic = f"{options.topic}/reports/{options.sensor}"
        self.status = f"{options.topic}/status/{options.sensor}"
        try:  # Paho 2 asks which calls back it is to make; Debian 12 has 1.6
            self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, client_id=options.sensor)
        except AttributeError:
            self.client = mqtt.Client(client_id=options.sensor)
        if options.ca:
            self.client.tls_set(options.ca, options.certificate, options.key)
        if options.user:
            with open(options.password_file, encoding="utf-8") as file:
                self.client.username_pw_set(options.user, file.readline().rstrip("\r\n"))
        self.client.will_set(self.status, "offline", qos=1, retain=True)
        self.client.on_connect = self.on_connect
        self.client.reconnect_delay_set(min_delay=1, max_delay=30)
        # A quarter of an hour without a connection, then the oldest wait no longer.
        self.client.max_queued_messages_set(900)
        self.client.connect_async(host, int(port or (8883 if options.ca else 1883)), keepalive=15)
        self.client.loop_start()

    def on_connect(self, client, _data, _flags, code):
        if code == 0:
            client.publish(self.status, "online", qos=1, retain=True)
        else:
            print(f"the broker refuses: code {code}", file=sys.stderr)

    def send(self, line):
        self.client.publish(self.topic, line, qos=1)

    def close(self):
        try:
            self.client.publish(self.status, "offline", qos=1, retain=True).wait_for_publish(5)
        except (RuntimeError, ValueError):
            pass  # not connected: the last will says so
        self.client.disconnect()
        self.client.loop_stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--alsa", metavar="DEVICE", help="record with arecord, such as hw:1,0")
    source.add_argument("--raw", action="store_true", help="samples from standard input")
    source.add_argument("--wav", metavar="FILE", help="a recording of four channels")
    parser.add_argument("--sensor", required=True, help="its id in the site file")
    parser.add_argument("--heading", type=float, default=0.0, help="of its front, degrees")
    parser.add_argument("--seconds", type=float, default=1.0, help="of one look")
    parser.add_argument("--rate", type=int, default=16000, help="Hz, of --alsa and --raw")
    parser.add_argument("--fast", action="store_true", help="of --wav: do not wait")
    parser.add_argument("--start", type=float, help="of --wav: its beginning, seconds since 1970")
    parser.add_argument("--print", action="store_true", help="reports to standard output only")
    parser.add_argument("--broker", default="localhost", help="HOST or HOST:PORT")
    parser.add_argument("--topic", default="picket", help="what its topics begin with")
    parser.add_argument("--user")
    parser.add_argument("--password-file", help="its first line")
    parser.add_argument("--ca", help="PEM: whom to believe; makes it TLS")
    parser.add_argument("--certificate", help="PEM, of this node")
    parser.add_argument("--key", help="PEM, of the certificate")
    options = parser.parse_args()
    if (options.user is None) != (options.password_file is None):
        parser.error("--user and --password-file go together")

    if options.wav:
        looks = from_wav(options.wav, options.seconds, options.fast, options.start)
    elif options.raw:
        looks = from_pipe(sys.stdin.buffer, options.rate, options.seconds)
    else:
        command = ["arecord", "-q", "-D", options.alsa, "-f", "S16_LE", "-c", "4"]
        command += ["-r", str(options.rate), "-t", "raw"]
        recorder = subprocess.Popen(command, stdout=subprocess.PIPE)
        looks = from_pipe(recorder.stdout, options.rate, options.seconds)
    broker = None if options.print else Broker(options)
    try:
        for raw, rate, when in looks:
            samples = np.frombuffer(raw, dtype="<i2").reshape(-1, 4).astype(np.float64)
            line = report(listen(samples, rate, options.heading), options.sensor, when)
            if broker is None:
                print(line, flush=True)
            else:
                broker.send(line)
    except KeyboardInterrupt:
        pass
    finally:
        if broker is not None:
            broker.close()


if __name__ == "__main__":
    main()
