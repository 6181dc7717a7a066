#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A made-up SAPIENT sensor (BSI Flex 335 v2.0): registers with a fusion node, tells its status, and
reports one drone that flies past. Needs nothing but Python.

    examples/sapient_node.py HOST:PORT [SECONDS [LAT LON]]

It writes its messages by hand, which docs/sapient.md explains; a real one would use protoc.
"""

import math
import random
import socket
import struct
import sys
import time
import uuid

NODE = str(uuid.uuid4())


def ulid():
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = (int(time.time() * 1000) << 80) | random.getrandbits(80)
    return "".join(letters[number >> 5 * i & 31] for i in reversed(range(26)))


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """A field of a Protocol Buffers message: whole numbers, doubles, text, messages."""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(*pairs):
    return b"".join(field(number, value) for number, value in pairs)


def message(number, content):
    """A SapientMessage with its length before it."""
    now = time.time_ns()
    stamp = fields((1, now // 10**9), (2, now % 10**9))
    body = fields((1, stamp), (2, NODE), (number, content))
    return struct.pack("<I", len(body)) + body


def duration(seconds):
    return field(1, 4) + varint(3 << 3 | 5) + struct.pack("<f", seconds)


def location(lat, lon, height):
    """Longitude first; degrees and metres above the WGS-84 ellipsoid, errors in metres."""
    return fields(
        (1, lon), (2, lat), (3, height), (4, 8.0), (5, 8.0), (6, 15.0), (7, 1), (8, 1)
    )


def registration():
    degrees = fields((1, 1), (3, 1))  # what locations are in
    task = fields((1, 0), (2, fields((1, 1), (3, degrees))))
    mode = fields(
        (1, "Default"),
        (2, 1),
        (4, duration(0)),
        (10, field(1, degrees)),
        (11, task),
    )
    return fields(
        (1, fields((1, 2))),  # a radar
        (2, "BSI Flex 335 v2.0"),
        (3, "Example radar"),
        (5, fields((1, "Radar"), (2, "Range"), (3, "5"), (4, "km"))),
        (6, field(1, duration(5))),
        (7, mode),
        (10, fields((1, "Nobody"), (2, "Example"))),
    )


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    lat, lon = (float(a) for a in sys.argv[3:5]) if len(sys.argv) > 4 else (37.45, 126.60)
    node = socket.create_connection((host, int(port)), timeout=10)
    node.sendall(message(4, registration()))
    answer = node.recv(65536)
    # RegistrationAck is field 5, acceptance its field 1.
    if b"\x2a\x02\x08\x01" not in answer:
        sys.exit(f"not accepted: {answer!r}")
    print(f"{NODE} is registered", flush=True)
    status = ((2, 1), (3, 1), (5, "Default"), (7, location(lat, lon, 40.0)))
    node.sendall(message(6, fields((1, ulid()), *status)))
    target, start = ulid(), time.time()
    while time.time() - start < seconds:
        north = -1500.0 + 15.0 * (time.time() - start)
        where = location(
            lat + north / 111_195, lon + 400.0 / (111_195 * math.cos(math.radians(lat))), 150.0
        )
        kind = fields((1, "Air Vehicle"), (3, fields((1, "UAV Rotary Wing"), (3, 1))))
        node.sendall(message(7, fields((1, ulid()), (2, target), (6, where), (11, kind))))
        time.sleep(1.0)
    goodbye = ((2, 5), (3, 1), (5, "Default"))
    node.sendall(message(6, fields((1, ulid()), *goodbye)))


if __name__ == "__main__":
    main()
