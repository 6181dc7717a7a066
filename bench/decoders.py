#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much processor time picket and others need for the same captures, in the same run.

    decoders.py PICKET [NAME=COMMAND...]

Plays the captures of PICKET_DATA, repeated, to picket and to what Debian has of peers: tshark for
ASTERIX, dump1090-mutability for Beast. Further decoders may be named: of ASTERIX with {} for the
capture in the command, of Beast with {port} for the port that it is to receive on; one whose name
begins with "quiet " prints nothing. Prints user and system seconds of each, less those of starting
it for nearly nothing, and the ratio to picket. Commands that write write to /dev/null.

Of Beast two works are compared: every message as text, and positions. Peers have no output that is
the latter; --quiet, they decode all of it and write nothing, while picket writes a line for each
position all the same.
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

REPEATS = {"asterix": 400, "beast": 500}
PORT = 31005


def seconds(command):
    """Processor time of a command that ends by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.devnull, "wb") as nothing:
        subprocess.run(command, stdout=nothing, stderr=nothing, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def repeated(capture, times, head, folder):
    data = capture.read_bytes()
    path = folder / f"{times}-{capture.name}"
    path.write_bytes(data[:head] + data[head:] * times)
    return str(path)


def receiver(command, port, data):
    """Processor time of a receiver that is sent messages, until it is idle."""
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
    before = last = used()
    link.sendall(data)
    link.shutdown(socket.SHUT_WR)
    quiet = 0
    while quiet < 5:
        time.sleep(1)
        now = used()
        quiet = quiet + 1 if now - last < 0.03 else 0
        last = now
    peer.send_signal(signal.SIGKILL)
    peer.wait()
    return last - before


def compare(what, ours, theirs):
    print(f"{what}: picket {ours:.3f} s")
    for name, time_s in theirs:
        print(f"  {name:32} {time_s:8.3f} s  {time_s / ours:6.1f} x")


def main():
    picket, *more = sys.argv[1:]
    data = pathlib.Path(os.environ["PICKET_DATA"])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        capture = data / "asterix/cat_034_048.pcap"
        long = repeated(capture, REPEATS["asterix"], 24, folder)
        short = repeated(capture, 1, 24, folder)

        def difference(*command):
            return seconds([*command, long]) - seconds([*command, short])

        def as_json(path):
            return seconds([picket, "convert", path, "-", "--to", "json"])

        peers = []
        if shutil.which("tshark"):
            ports = [f"udp.port=={p},asterix" for p in range(21111, 21136)]
            ports += [f"udp.port=={p},asterix" for p in range(22111, 22136)]
            decode = [part for port in ports for part in ("-d", port)]
            peers.append(("tshark -T json", difference("tshark", *decode, "-T", "json", "-r")))
        receivers = [choice.split("=", 1) for choice in more if "{port}" in choice]
        for choice in more:
            if "{port}" in choice:
                continue
            label, command = choice.split("=", 1)

            def words(path, command=command):
                return [word.replace("{}", path) for word in shlex.split(command)]

            peers.append((label, seconds(words(long)) - seconds(words(short))))
        compare("ASTERIX, every field as text", as_json(long) - as_json(short), peers)

        capture = data / "adsb/pymodes_406B90.beast"
        long = repeated(capture, REPEATS["beast"], 0, folder)
        short = repeated(capture, 1, 0, folder)

        def beast(to):
            ours = [seconds([picket, "convert", p, "-", "--to", to]) for p in (long, short)]
            return ours[0] - ours[1]

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

        compare("Beast, every message as text", beast("json"), peers_of(False))
        compare("Beast, a line for each position", beast("reports"), peers_of(True))


if __name__ == "__main__":
    main()
