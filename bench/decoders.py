#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much processor time picket and others need for the same captures, in the same run.

    decoders.py PICKET [NAME=COMMAND...]

Plays the captures of PICKET_DATA, repeated, to picket and to what Debian has of peers: tshark for
ASTERIX, dump1090-mutability for Beast. Further decoders may be named: of ASTERIX with {} for the
capture in the command, of Beast with {port} for the port that it is to receive on; one whose name
begins with "quiet " prints nothing. Prints the processor time (user and system) and the wall-clock
time of each, less those of starting it for nearly nothing, and their ratios to picket. Commands
that write write to /dev/null.

Of Beast three works are compared: every message as text; all decoded and every aircraft followed,
with nothing written of it, which is what peers do with --quiet and picket with check; and a line
for each position, for which peers have no output: beside it stands the second work of theirs again.
A receiver's wall-clock time is that of the socket that it reads, and how often it looks there.
"""

import os
import pathlib
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

REPEATS = {"asterix": 400, "beast": 1000}
PORT = 31005


def seconds(command):
    """Processor and wall-clock time of a command that ends by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        subprocess.run(command, stdout=nothing, stderr=nothing, check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def more(command, long, short):
    """How much longer a command takes for the long input than for the short one."""
    of_long, of_short = seconds(command(long)), seconds(command(short))
    return of_long[0] - of_short[0], of_long[1] - of_short[1]


def repeated(capture, times, head, folder):
    data = capture.read_bytes()
    path = folder / f"{times}-{capture.name}"
    path.write_bytes(data[:head] + data[head:] * times)
    return str(path)


def receiver(command, port, data):
    """Processor and wall-clock time of a receiver that is sent messages, until it is idle."""
    peer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def used():
        words = pathlib.Path(f"/proc/{peer.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    for _ in range(200):
        try:
            link = socket.create_connection(("127.0.0.1", port))
            break
        except OSError:
            time.sleep(0.1)
    else:
        sys.exit(f"{command[0]} does not listen")
    time.sleep(3)
    before, start = used(), time.monotonic()
    link.sendall(data)
    link.shutdown(socket.SHUT_WR)
    last, end = used(), time.monotonic()
    # Idle: no more than its housekeeping in five seconds.
    while time.monotonic() - end < 5:
        time.sleep(0.05)
        now = used()
        if now - last >= 0.02:
            last, end = now, time.monotonic()
    peer.send_signal(signal.SIGKILL)
    peer.wait()
    return last - before, end - start


def compare(what, ours, theirs):
    print(f"{what}: picket {ours[0]:.3f} s, {ours[1]:.3f} s on the wall")
    for name, (cpu, wall) in theirs:
        ratios = f"{cpu / ours[0]:6.1f} x, {wall / ours[1]:6.1f} x on the wall"
        print(f"  {name:24} {cpu:8.3f} s, {wall:8.3f} s  {ratios}", flush=True)


def main():
    picket, *chosen = sys.argv[1:]
    data = pathlib.Path(os.environ["PICKET_DATA"])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        capture = data / "asterix/cat_034_048.pcap"
        long = repeated(capture, REPEATS["asterix"], 24, folder)
        short = repeated(capture, 1, 24, folder)

        def convert(to):
            return lambda path: [picket, "convert", path, "-", "--to", to]

        peers = []
        if shutil.which("tshark"):
            ports = [f"udp.port=={p},asterix" for p in range(21111, 21136)]
            ports += [f"udp.port=={p},asterix" for p in range(22111, 22136)]
            decode = [part for port in ports for part in ("-d", port)]
            tshark = ["tshark", *decode, "-T", "json", "-r"]
            peers.append(("tshark -T json", more(lambda path: [*tshark, path], long, short)))
        receivers = [choice.split("=", 1) for choice in chosen if "{port}" in choice]
        for choice in chosen:
            if "{port}" in choice:
                continue
            label, command = choice.split("=", 1)

            def words(path, command=command):
                return [word.replace("{}", path) for word in shlex.split(command)]

            peers.append((label, more(words, long, short)))
        compare("ASTERIX, every field as text", more(convert("json"), long, short), peers)

        capture = data / "adsb/pymodes_406B90.beast"
        long = repeated(capture, REPEATS["beast"], 0, folder)
        short = repeated(capture, 1, 0, folder)

        if shutil.which("dump1090-mutability"):
            off = "".join(f" --net-{o}-port 0" for o in ("ri", "ro", "sbs", "bo", "http"))
            command = "dump1090-mutability --net-only" + off + " --net-bi-port {port}"
            receivers.insert(0, ["dump1090-mutability", command])
            receivers.insert(1, ["quiet dump1090-mutability", command + " --quiet"])
        bytes_ = pathlib.Path(long).read_bytes()

        def peers_of(quiet):
            return [
                (label, receiver(shlex.split(command.replace("{port}", str(PORT))), PORT, bytes_))
                for label, command in receivers
                if label.startswith("quiet ") == quiet
            ]

        compare("Beast, every message as text", more(convert("json"), long, short), peers_of(False))
        quiet = peers_of(True)
        followed = more(lambda path: [picket, "check", path], long, short)
        compare("Beast, decoded and followed, nothing written", followed, quiet)
        compare("Beast, a line for each position", more(convert("reports"), long, short), quiet)


if __name__ == "__main__":
    main()
