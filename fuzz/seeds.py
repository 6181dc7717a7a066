#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz targets to fuzz/corpus: small inputs, made up here, that reach each
part of a decoder. The corpus is checked in; run this again when a decoder learns something new.

    fuzz/seeds.py        files seed-* are replaced; inputs added by hand stay
"""

import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz/corpus"


def parity(message):
    """CRC-24 of Mode S over a message without its parity (ICAO Annex 10 vol. IV, 3.1.2.3.3)."""
    remainder = 0
    for byte in message:
        remainder ^= byte << 16
        for _ in range(8):
            remainder = (remainder << 1) ^ (0xFFF409 if remainder & 0x800000 else 0)
    return (remainder & 0xFFFFFF).to_bytes(3, "big")


def squitter(body):
    """DF 17 of the made-up aircraft ABCDEF with the 56 bits of its content."""
    message = bytes([0x8D, 0xAB, 0xCD, 0xEF]) + body.to_bytes(7, "big")
    return message + parity(message)


def position(odd, latitude, longitude):
    """Type code 11, 25 ft steps, CPR fields as they are sent."""
    altitude = 0b000110010000 | 1 << 4
    return squitter(11 << 51 | altitude << 36 | odd << 34 | latitude << 17 | longitude)


def reply(first, parity_overlay=0xABCDEF):
    """A short reply whose parity is overlaid with an address."""
    check = int.from_bytes(parity(first), "big") ^ parity_overlay
    return first + check.to_bytes(3, "big")


MODE_S = {
    "identification": squitter(4 << 51 | 3 << 48 | 0x40C2C9D75820),
    "position-even": position(0, 0x16E4C, 0x0CF41),
    "position-odd": position(1, 0x127B3, 0x0C9A2),
    "surface": squitter(7 << 51 | 40 << 44 | 1 << 43 | 32 << 36 | 0x16E4C << 17 | 0x0CF41),
    "velocity": squitter(19 << 51 | 1 << 48 | 0x40C41 << 24 | 0x5A0C1B),
    "airspeed": squitter(19 << 51 | 3 << 48 | 0x60C41 << 24 | 0x5A0C1B),
    "emergency": squitter(28 << 51 | 1 << 48 | 1 << 45 | 0b1010101010 << 32),
    "target-state": squitter(29 << 51 | 1 << 49 | 0x1234 << 30 | 0x5F3),
    "operational": squitter(31 << 51 | 2 << 13 | 0x9 << 8),
    "all-call": reply(bytes.fromhex("5dabcdef"), 0),
    "altitude": reply(bytes.fromhex("20001838")),
    "identity": reply(bytes.fromhex("28000aaa")),
    "comm-b": reply(bytes.fromhex("a0001838" "20304c35d75820")),
}


def beast(message, counter):
    kind = {2: b"1", 7: b"2", 14: b"3"}[len(message)]
    body = counter.to_bytes(6, "big") + b"\x40" + message
    return b"\x1a" + kind + body.replace(b"\x1a", b"\x1a\x1a")


def beast_seeds():
    frames = [beast(m, 0x1A00 + 12_000_000 * i) for i, m in enumerate(MODE_S.values())]
    for name, message in MODE_S.items():
        yield name, b"\x01" + beast(message, 12_000_000)
    yield "stream", b"\x05" + b"".join(frames) + beast(b"\x12\x34", 1)
    yield "no-counters", b"\x00" + b"".join(beast(m, 0) for m in MODE_S.values())
    yield "garbage", b"\x13" + b"garbage\x1a" + frames[0][:-3] + frames[1] + b"\x1a9\x1a\x1a"


def adsb_seeds():
    """Records for adsb_fuzz: time since the last message in 10 ms, a message without parity."""

    def record(ticks, name):
        return struct.pack(">H", ticks) + MODE_S[name][:11]

    pair = record(50, "position-even") + record(50, "position-odd")
    for flags in (0, 4, 8, 12):
        yield f"pairs-{flags}", bytes([flags]) + 3 * pair
    every = b"".join(record(10, name) for name in MODE_S if len(MODE_S[name]) == 14)
    yield "every", b"\x08" + every + pair + every
    yield "late", b"\x0c" + pair + record(13000, "position-even") + record(0, "position-even")


def adsb_text_seeds():
    hexes = [m.hex().upper() for m in MODE_S.values()]
    yield "avr", b"\x01" + "".join(f"*{h};\n" for h in hexes).encode()
    yield "avr-counter", b"\x00" + "".join(f"@0000001A2B3C{h};\r\n" for h in hexes).encode()
    yield "avr-signal", b"\x07" + "".join(f"<0000001A2B3C40{h};\n" for h in hexes).encode()
    yield "bare", b"\x00" + "\n".join(hexes).encode()
    rows = (f'{1_700_000_000 + i}.5,"{h}",x\n' for i, h in enumerate(hexes))
    csv = "time,message\n" + "".join(rows)
    yield "csv", b"\x01" + csv.encode()
    sbs = (
        "MSG,{},1,1,ABCDEF,1,2026/03/01,12:00:00.000,2026/03/01,12:00:00.000,"
        "TEST1,30000,420.5,91.0,37.5,127.1,-64,1200,0,0,0,0\n"
    )
    yield "sbs", b"\x00" + "".join(sbs.format(kind) for kind in range(1, 9)).encode()


def block(category, *records):
    body = b"".join(bytes.fromhex(record) for record in records)
    return struct.pack(">BH", category, 3 + len(body)) + body


PLOT = (
    "FFF34C 19C9 546040 A140 0A804000 0E3C 7FFC 5002C4 406B90 156571DF1420"
    "01 11111111111111 40 0123 4180032800648083 9C"
)
NORTH = "F0 19C9 02 546040 40"
ASTERIX = {
    "plot": block(48, "F0 19C9 546040 A0 0A804000"),
    "plot-rich": block(48, PLOT),
    "north": block(34, NORTH),
    "sector": block(34, "F0 19C9 01 546040 80"),
    "track": block(62, "9F 0C 19C9 546040 00800000 01000000 000102 000304 00100020 0005 00"),
    "adsb": block(21, "01 40 8320", "C0 19C9 00"),
    "own-track": bytes.fromhex("0F001CF7941964040100546040002A000102DA8023E0246915B3FF17"),
    "scan": block(34, NORTH) + block(48, *["F0 19C9 546040 A0 0A804000"] * 5) + block(34, NORTH),
    "extended": block(48, "01 01 01 02 05 00"),
    "cut": block(48, PLOT)[:20],
    "unknown": block(250, "FF"),
}


def asterix_seeds():
    for name, data in ASTERIX.items():
        yield name, b"\x00" + data
    yield "stream", b"\x35" + b"".join(ASTERIX.values())
    yield "old-edition", b"\x02" + ASTERIX["track"]


def udp(payload):
    header = struct.pack(">HHHH", 8600, 8600, 8 + len(payload), 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(payload), 1, 0, 64, 17, 0)
    return ip + b"\x7f\0\0\x01" * 2 + header + payload


def udp6(payload):
    header = struct.pack(">HHHH", 8600, 8600, 8 + len(payload), 0)
    ip = struct.pack(">IHBB", 6 << 28, len(header + payload), 17, 64) + bytes(32)
    return ip + header + payload


def pcap(link, *frames):
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for i, frame in enumerate(frames):
        out += struct.pack("<IIII", 1_700_000_000, i, len(frame), len(frame)) + frame
    return out


def pcapng(link, frame):
    def part(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    return (
        part(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        + part(1, struct.pack("<HHI", link, 0, 65535))
        + part(6, struct.pack("<IIIII", 0, 0x5F5E0, 0x1000, len(frame), len(frame)) + frame)
    )


def pcap_seeds():
    payload = ASTERIX["scan"]
    ethernet = bytes(12) + b"\x08\x00"
    yield "raw-ip", pcap(101, udp(payload), udp(ASTERIX["plot"]))
    yield "ethernet", pcap(1, ethernet + udp(payload))
    yield "ethernet-vlan", pcap(1, bytes(12) + b"\x81\x00\x00\x05\x08\x00" + udp(payload))
    yield "ethernet-ipv6", pcap(1, bytes(12) + b"\x86\xdd" + udp6(payload))
    yield "cooked", pcap(113, bytes(14) + b"\x08\x00" + udp(payload))
    yield "cooked2", pcap(276, b"\x08\x00" + bytes(18) + udp(payload))
    yield "loopback", pcap(0, b"\x02\0\0\0" + udp(payload))
    yield "ng", pcapng(1, ethernet + udp(payload))
    yield "cut", pcap(101, udp(payload))[:60]


REPORTS = {
    "empty": '{"time":"2026-03-01T12:00:01.000000000Z","sensor":"radar-north","detections":[]}',
    "polar": '{"time":"2026-03-01T12:00:01Z","sensor":"r","detections":[{"range_m":8123.4,'
    '"azimuth_deg":12.31,"elevation_deg":1.9,"range_rate_mps":-41.2},{"range_m":512.0,'
    '"azimuth_deg":200.0,"snr_db":11.0,"rcs_dbsm":-18.0,"sd":{"range_m":20.0},'
    '"class":{"drone":0.7,"bird":0.3},"identity":{"remote_id":"1581F5"}}]}',
    "local": '{"time":1772366401.25,"received":1772366402,"sensor":"p","detections":'
    '[{"east_m":1.5,"north_m":-2e3,"up_m":80,"vel_enu_mps":[1,2,-3]},{"east_m":1,"north_m":2}]}',
    "geodetic": '{"time":"2026-03-01T12:00:01+09:00","sensor":"g","detections":[{"lat_deg":37.5,'
    '"lon_deg":127.0,"alt_msl_m":120,"time":"2026-03-01T03:00:00.5Z"},{"lat_deg":37.5,'
    '"lon_deg":127.0,"alt_hae_m":120}]}',
    "unknown-keys": '{"time":0,"sensor":"r","mood":"good","detections":[{"range_m":1,"hue":[{}]}]}',
    "nan": '{"time":1,"sensor":"r","detections":[{"range_m":NaN}]}',
    "range": '{"time":1,"sensor":"r","detections":[{"range_m":-1e400,"azimuth_deg":720}]}',
    "deep": '{"time":' + "[" * 64 + "]" * 64 + "}",
    "escapes": '{"time":1,"sensor":"r\\u00e9\\ud83d\\ude80\\n","detections":[]}',
}

TRUTH = {
    "geodetic": '{"time":"2026-03-01T12:00:01Z","targets":[{"id":"d1","class":"fixed_wing",'
    '"lat_deg":37.5,"lon_deg":127.0,"alt_hae_m":100.0,"vel_enu_mps":[40,0,1]}]}',
    "local": '{"time":1772366401,"targets":[{"id":"d1","class":"bird","enu_m":[1,2,3]}]}',
}

PICTURES = {
    "tracks": '{"time":"2026-03-01T12:00:01Z","tracks":[{"id":17,"existence":0.998,"lat_deg":37.5,'
    '"lon_deg":127.0,"alt_hae_m":100.0,"enu_m":[1,2,3],"vel_enu_mps":[4,5,6],"sd_m":[1,1,2],'
    '"class":{"fixed_wing":0.93},"identity":{"icao":"ABCDEF"},"sources":{"radar-north":12},'
    '"corroborated":true}]}',
    "no-tracks": '{"time":1,"tracks":[]}',
}

SITE = """[site]
name = "Harbour"
origin = { lat = 37.5665, lon = 126.9780, height_hae_m = 60.0 }
region = { radius_m = 40000, ceiling_agl_m = 1500 }

[[sensor]]
id = "radar-north"
kind = "radar"
at = { lat = 37.61, lon = 126.98, height_agl_m = 12.0 }
period_s = 1.0
measures = ["range", "azimuth", "elevation", "range_rate"]
sd = { range_m = 15.0, azimuth_deg = 0.5, elevation_deg = 1.0, range_rate_mps = 0.5 }
field = { max_range_m = 15000, azimuth_deg = [0, 360], elevation_deg = [-5, 45] }
detect = { model = "constant", probability = 0.85 }
clutter = { per_look = 100 }
asterix = { sac = 25, sic = 201 }

[[sensor]]
id = "ear"
kind = "acoustic"
at = { east_m = 100.0, north_m = -200.0, up_m = 2.0 }
period_s = 0.5
measures = ["azimuth"]
sd = { azimuth_deg = 2.0 }
field = { max_range_m = 5000 }
detect = { model = "falloff", probability = 0.7, half_range_m = 2000, power = 6 }
clutter = { per_look = 0.1 }
propagation = "sound"

[[place]]
name = "Terminal 1"
at = { lat = 37.55, lon = 126.99 }
radius_m = 500

[[area]]
name = "P-73"
file = "p73.geojson"
alert = "enter"

[tracker]
survival_per_s = 0.999
births_per_hour = 10.0
process_noise_m2ps3 = 0.5
lag_s = 5.0

[[tracker.birth]]
east_m = 0.0
north_m = 0.0
sd_m = 1000.0
sd_mps = 30.0
share = 1.0
"""

SCENARIO = (
    SITE
    + """
[scenario]
seed = 7
start = "2026-03-01T06:00:00Z"
duration_s = 60.0
truth_every_s = 1.0

[terrain.synthetic]
seed = 12
cell_m = 500.0
plain_m = 45.0
coast = { sea_bearing_deg = 264.0, distance_m = 15000.0 }
ridges = [{ east_m = [0, 9000], north_m = [5000, 5000], height_m = 300.0, width_m = 900.0 }]

[[target]]
id = "scout"
profile = "reconnaissance"
start_s = 5
from = { east_m = 6000, north_m = 40600 }
via = [{ east_m = 9000, north_m = 25000 }]
to = { east_m = 800, north_m = 2500, height_agl_m = 450 }
speed_mps = 52.0
height_agl_m = 500
orbit_radius_m = 1500
stay_s = 20
clockwise = false

[[target]]
id = "raid"
profile = "ingress"
class = "fixed_wing"
count = 8
from = { place = "Terminal 1", bearing_deg = [292, 312], distance_m = [3000, 9000] }
to = { place = "Terminal 1" }
speed_mps = 50.0
height_agl_m = 60
formation = { spacing_m = 60, wander_m = 4 }

[[target]]
id = "liner"
profile = "route"
identity = { icao = "ABCDEF", callsign = "TEST1" }
speed_mps = 72
points = [{ east_m = 0, north_m = 0, height_amsl_m = 1900 }, { east_m = 9000, north_m = 1 }]
"""
)

GEOJSON = {
    "polygon": '{"type":"Polygon","coordinates":[[[127,37],[127.1,37],[127.1,37.1],[127,37]]]}',
    "line": '{"type":"LineString","coordinates":[[127,37],[127.1,37,12.5]]}',
    "multi": '{"type":"MultiPolygon","coordinates":[[[[1,1],[2,1],[2,2],[1,1]],'
    "[[1.1,1.1],[1.2,1.1],[1.2,1.2],[1.1,1.1]]]]}",
    "features": '{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,'
    '"geometry":{"type":"GeometryCollection","geometries":[{"type":"MultiLineString",'
    '"coordinates":[[[0,0],[180,90]]]}]}}]}',
    "points": '{"type":"FeatureCollection","features":[{"type":"Feature",'
    '"properties":{"name":"hill"},"geometry":{"type":"Point","coordinates":[9,48]}},'
    '{"type":"Feature","properties":{},"geometry":null},'
    '{"type":"MultiPoint","coordinates":[[9,48,700],[9.1,48]]}]}',
    "open": '{"type":"Polygon","coordinates":[[[127,37],[127.1,37],[127.1,37.1]]]}',
    "off-earth": '{"type":"LineString","coordinates":[[200,37],[127.1,97]]}',
}



def courageous():
    """A trial log with every kind of location."""
    kinds = [
        '"Position3d","lat":37.5,"lon":127,"height_amsl":80',
        '"Position2d","lat":37.5,"lon":127',
        '"BearingElevationDistance","bearing":12.5,"elevation":3,"distance":900',
        '"BearingElevation","bearing":12.5,"elevation":3',
        '"Bearing","bearing":12.5',
        '"Quad","quad":"North"',
        '"Arc","from":10,"to":30',
    ]
    records = [
        '{"time":%d,"record_number":%d,"classification":"%s","alarm":{"active":true,"certainty":1},'
        '"location":{"$type":%s},"velocity":%s}'
        % (
            1696421411207 + 500 * i,
            i,
            "GCS" if i == 1 else "UAV",
            kind,
            "null" if i else '{"east":1,"north":2,"up":0}',
        )
        for i, kind in enumerate(kinds)
    ]
    return (
        '{"version":"0.4.1","vendor_name":"v","system_name":"s","static_cuas_location":'
        '{"lat":37.5,"lon":127,"height_amsl":10},"detection":[{"records":[]}],"tracks":['
        '{"uas_id":3,"name":"n","records":[%s]},{"uas_id":3,"records":[]}]}' % ",".join(records)
    )


LOG = "t_s,lat_deg,lon_deg,alt_m,id\n0,37.5,127.0,60,a\n1.5,37.5001,127.0,61,a\n1,37,127,0,a\n"


OBSERVATIONS = {
    "whole": """{"id":"a1","time":"2026-03-01T12:00:00Z","sent":"2026-03-01T12:02:00Z",
        "observer":"tower","azimuth_deg":350,"azimuth_sd_deg":10,"elevation":"low","sense":"both",
        "what":"multirotor","sure":"certain","at":{"lat_deg":37.5,"lon_deg":127,"sd_m":8},
        "note":"two"}""",
    "overhead": '{"id":"a","time":1770000000,"observer":"o","elevation":"overhead"}',
    "wrong": '{"id":"a","time":1,"observer":"o","azimuth_deg":1,"what":"ufo"}',
}


def texts(table):
    return ((name, text.encode()) for name, text in table.items())


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """One field of a Protocol Buffers message: bytes and text, whole numbers, doubles."""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(*pairs):
    return b"".join(field(number, value) for number, value in pairs)


NODE = "a8654cdf-4328-47de-81fa-c495589e30c9"
ULID = "01H4R63D7NVN8444Z5M77WEBY7"


def sapient(seconds, number, content):
    stamp = fields((1, seconds), (2, 500_000_000))
    body = fields((1, stamp), (2, NODE), (number, content))
    return struct.pack("<I", len(body)) + body


def sapient_seeds():
    place = fields((1, -1.82), (2, 51.17), (3, 180.0), (4, 5.0), (5, 5.0), (7, 1), (8, 1))
    utm = fields((1, 500000.0), (2, 5.6e6), (7, 5), (8, 2), (9, "30U"))
    polar = fields((1, 2.0), (2, 270.0), (3, 2500.0), (5, 1.0), (6, 20.0), (7, 1), (8, 1))
    kind = fields((1, "Air Vehicle"), (3, fields((1, "UAV Fixed Wing"), (3, 1))))
    ids = ((1, ULID), (2, ULID))
    duration = field(1, 4) + b"\x1d\x00\x00\xa0\x40"
    area = fields((1, 1), (3, 1))
    mode = fields(
        (1, "Default"),
        (2, 1),
        (4, duration),
        (11, fields((1, 0), (2, fields((1, 1), (3, area))))),
    )
    registration = fields(
        (1, fields((1, 2))),
        (2, "BSI Flex 335 v2.0"),
        (5, fields((1, "Radar"), (2, "Range"))),
        (6, field(1, duration)),
        (7, mode),
        (10, fields((1, "Nobody"), (2, "One"))),
    )
    status = fields((1, ULID), (2, 1), (3, 1), (5, "Default"), (7, place))
    cone = fields((2, 10.0), (3, 3.0), (4, 60.0), (11, 3), (12, 1))
    corners = b"".join(
        field(1, fields((1, lon), (2, lat), (7, 1), (8, 1)))
        for lon, lat in ((-1.82, 51.17), (-1.82, 51.18), (-1.81, 51.18))
    )
    regions = fields((8, field(1, cone)), (10, field(1, cone)), (10, field(2, corners)))
    messages = {
        "registration": sapient(1_772_366_400, 4, registration),
        "status": sapient(1_772_366_401, 6, status),
        "regions": sapient(1_772_366_401, 6, status + regions),
        "position": sapient(1_772_366_402, 7, fields(*ids, (6, place), (11, kind))),
        "utm": sapient(1_772_366_403, 7, fields(*ids, (6, utm))),
        "polar": sapient(1_772_366_404, 7, fields(*ids, (5, polar))),
        "task": sapient(1_772_366_405, 8, fields((1, ULID), (6, 1))),
        "alert": sapient(1_772_366_406, 10, fields((1, ULID), (6, place))),
        "error": sapient(1_772_366_407, 12, fields((1, b"x"), (3, "no"))),
    }
    for name, data in messages.items():
        yield name, b"\x00" + data
    first_mode = fields(
        (1, "Default"),
        (2, 1),
        (4, duration),
        (10, field(1, area)),
        (11, field(2, fields((1, 1), (3, area)))),
    )
    first = fields(
        (1, fields((1, 2))),
        (2, "BSI Flex 335 v1.0"),
        (5, fields((1, "Radar"), (2, "Range"))),
        (6, field(1, duration)),
        (7, first_mode),
    )
    words = fields((1, ULID), (2, 1), (3, 1), (6, fields((1, "Mains"), (3, 90))), (7, place))
    words += fields((9, field(1, cone)), (11, fields((1, 1), (2, "Not Detecting"))))
    first_stream = sapient(1_772_366_400, 4, first) + sapient(1_772_366_401, 6, words)
    for number, content in ((7, fields(*ids, (6, place))), (8, fields((1, ULID), (6, 4)))):
        first_stream += sapient(1_772_366_402, number, content)
    first_stream += sapient(1_772_366_403, 10, fields((1, ULID), (6, place)))
    first_stream += sapient(1_772_366_404, 6, fields((1, ULID), (2, 1)))
    yield "first", b"\x00" + first_stream
    stream = b"".join(messages.values())
    yield "stream", b"\x07" + stream
    yield "lost", b"\x03" + stream[:40] + b"\xff" * 9 + stream
    text = (
        '{"timestamp":"2026-03-01T12:00:00Z","nodeId":"%s","detectionReport":{"reportId":"%s",'
        '"objectId":"%s","location":{"x":-1.82,"y":51.17,"coordinateSystem":'
        '"LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M","datum":"LOCATION_DATUM_WGS84_E"}}}\n'
    ) % (NODE, ULID, ULID)
    yield "json", b"\x05" + (text + "noise\n" + text).encode()


def cot_seeds():
    event = (
        "<event version='2.0' uid='u-1' type='{}' how='h-e' time='2026-03-01T12:00:00Z' "
        "start='2026-03-01T12:00:00Z' stale='2026-03-01T12:01:00Z'><point lat='{}' lon='127.25' "
        "hae='120.5' ce='21.5' le='9999999.0'/><detail><contact callsign='A &amp; B'/>"
        "<track speed='10' course='90'/><remarks>text</remarks></detail></event>\n"
    )
    declared = "<?xml version='1.0'?>\n" + event.format("a-u-A-M-H-Q", "37.5")
    yield "air", b"\x00" + declared.encode()
    yield "ground", b"\x00" + event.format("a-f-G-U-C", "37.5").encode()
    yield "bad", b"\x00" + event.format("a-u-A", "abc").encode()
    yield "spot", b"\x00" + event.format("b-m-p-s-m", "37.5").replace("text", "drone").encode()
    stream = declared + "noise" + event.format("u-d-r", "0.0") + declared[:99]
    yield "stream", b"\x06" + stream.encode()
    track = fields((1, 9.0), (2, 90.0))
    detail = fields((1, "<remarks>x</remarks>"), (2, field(2, "A")), (7, track))
    tak = field(
        2,
        fields(
            (1, "a-u-A-M-F-Q"),
            (5, "u-2"),
            (6, 1_772_366_400_500),
            (7, 1_772_366_400_000),
            (8, 1_772_366_410_000),
            (9, "m-f"),
            (10, 37.5),
            (11, 127.25),
            (12, 120.5),
            (13, 21.5),
            (14, 9999999.0),
            (15, detail),
        ),
    )
    yield "tak-stream", b"\x00" + 2 * (b"\xbf" + varint(len(tak)) + tak)
    yield "tak-mesh", b"\x01\xbf\x01\xbf" + tak


def remote_id_seeds():
    def message(kind, body):
        return (bytes([kind << 4 | 2]) + body).ljust(25, b"\0")

    basic = message(0, b"\x12" + b"1581F6N8A23B2ML3Y3KR")
    place = struct.pack("<ii", 375_000_000, 1_270_000_000)
    rest = struct.pack("<HHHBBHB", 2200, 2240, 2100, 0x4A, 3, 6000, 1)
    location = message(1, bytes([0x20, 90, 40, 3]) + place + rest)
    page = message(2, bytes([0x30, 2, 63]) + struct.pack("<I", 86_400) + b"\xab" * 17)
    self_id = message(3, b"\0Survey flight")
    rest = struct.pack("<HBHHBHI", 1, 50, 2100, 2000, 0x15, 2060, 9)
    system = message(4, b"\x05" + place + rest)
    operator = message(5, b"\0GBR-OP-123ABCD")
    every = [basic, location, page, self_id, system, operator]
    pack = b"\x07\xf2\x19" + bytes([len(every)]) + b"".join(every)
    mac = bytes.fromhex("903ae6c50824")
    management = bytes(10) + mac + bytes(8)
    element = b"\xdd" + bytes([len(pack) + 4]) + b"\xfa\x0b\xbc\x0d" + pack
    beacon = b"\x80" + management[1:] + bytes(12) + b"\0\3RID" + element
    yield "beacon", b"\x00" + beacon
    yield "radiotap", b"\x01" + b"\0\0\x08\0\0\0\0\0" + beacon
    service = bytes.fromhex("8869199d9209") + b"\1\0\x10" + bytes([len(pack)]) + pack
    nan = b"\x04\x09\x50\x6f\x9a\x13\x03" + struct.pack("<H", len(service)) + service
    yield "nan", b"\x00" + b"\xd0" + management[1:] + nan
    data = b"\x16\xfa\xff\x0d"
    legacy = mac + bytes([30]) + data + b"\x09" + location
    address = bytes.fromhex("d6be898e")
    ble4 = address + bytes([0x42, len(legacy)]) + legacy
    extended = b"\x09\x09" + mac + b"\x75\x0e" + bytes([len(pack) + 4]) + data + pack
    ble5 = address + b"\0" + bytes([7, len(extended)]) + extended
    yield "ble4", b"\x02" + ble4
    yield "ble4-header", b"\x03" + bytes(10) + ble4
    sniffer = bytes.fromhex("03080103000002" "0a210a35000000000000")
    yield "ble5-sniffer", b"\x04" + sniffer + ble5
    line = (
        '[{"Basic ID":{"id_type":"Serial Number","id":"PA1","ua_type":2,'
        '"MAC":"90:3A:E6:C5:08:24"}},'
        '{"Location/Vector Message":{"latitude":42.5,"longitude":-71.1,"speed":10,"direction":180,'
        '"geodetic_altitude":110.6,"horizontal_accuracy":"< 3 m"}},'
        '{"Self-ID Message":{"text":"x"}},'
        '{"System Message":{"latitude":42.4,"longitude":-71}},'
        '{"Operator ID Message":{"operator_id":"OP"}}]\n'
    )
    flat = (
        '{"mac":"aa:bb:cc:dd:ee:ff","drone_lat":37.45,"drone_long":126.6,"drone_altitude":152,'
        '"pilot_lat":37.44,"pilot_long":126.61,"basic_id":"1581F5XYZ","speed":10,"heading":90}\n'
    )
    yield "json", b"\x09" + 2 * line.encode() + flat.encode() + b"nonsense\n"


def readsb_json_seeds():
    aircraft = (
        '{"hex":"406b90","type":"adsb_icao","flight":"EZY85MH ","alt_baro":32000,"alt_geom":32500,'
        '"gs":450.0,"track":90.0,"geom_rate":-640,"category":"A3","lat":37.5,"lon":126.5,'
        '"nac_p":9,"nac_v":2,"gva":2,"seen_pos":0.5}'
    )
    radar = '{"hex":"~2a0001","type":"tisb_other","alt_baro":"ground","lat":37.6,"lon":126.6}'
    file = f'{{ "now" : 1772366400.5,\n"aircraft" : [\n{aircraft},\n{radar}\n]}}\n'
    line = aircraft.replace("{", '{"now":1772366401.0,', 1) + "\n"
    yield "file", b"\x00" + 2 * file.encode()
    yield "lines", b"\x01" + line.encode() + b"nonsense\n" + line.encode() + b'{"now":1,"a":"\\"'


def capture_seeds():
    """One of each format for the recogniser; the first byte of the others is not part of them."""
    yield "asterix", ASTERIX["scan"]
    yield "pcap", pcap(101, udp(ASTERIX["plot"]))
    for name, seed in (*beast_seeds(), *adsb_text_seeds()):
        if name in ("stream", "avr", "avr-counter", "bare", "csv", "sbs"):
            yield name, seed[1:]
    for name, line in (*REPORTS.items(), *TRUTH.items(), *PICTURES.items()):
        if name in ("polar", "tracks", "local"):
            yield "json-" + name, line.encode() + b"\n"
    for name, seed in sapient_seeds():
        if name in ("stream", "json"):
            yield "sapient-" + name, seed[1:]
    for name, seed in cot_seeds():
        if name in ("air", "tak-stream"):
            yield "cot-" + name, seed[1:]
    for name, seed in (*remote_id_seeds(), *readsb_json_seeds()):
        if name in ("json", "file"):
            yield ("remote-id-" if name == "json" else "readsb-") + name, seed[1:]
    yield "recording", b"SQLite format 3\0" + bytes(84)


SENSOR_CHANGES = {
    "joins": """time = "2026-03-01T12:00:00Z"
[[sensor]]
id = "a8654cdf-4328-47de-81fa-c495589e30c9"
kind = "radar"
name = "Hill"
look = "scan"
up = true
period_s = 5.0
at = { lat = 51.17, lon = -1.82, height_amsl_m = 100.0 }
measures = ["range", "azimuth"]
sd = { range_m = 25.0, azimuth_deg = 1.5 }
field = { min_range_m = 0.0, max_range_m = 5000.0, azimuth_deg = [300.0, 60.0] }
detect = { model = "constant", probability = 0.5 }
clutter = { per_look = 0.5 }
sapient = "a8654cdf-4328-47de-81fa-c495589e30c9"
views = [ { max_range_m = 800.0 }, { geojson = { type = "Polygon", coordinates = [
  [[1.0, 2.0], [2.0, 2.0], [2.0, 3.0], [1.0, 2.0]]] } } ]
""",
    "changes": """time = "2026-03-01T12:00:00Z"
[change]
sensor = "radar"
up = false
at = { east_m = 1.0, north_m = 2.0, up_m = 3.0 }
views = []
obscured = [ { azimuth_deg = [10.0, 20.0], elevation_deg = [-5.0, 5.0] } ]
""",
}

WHAT_IF = {
    "moved": '{"client":"k3","sensor":"radar","at":{"lat_deg":37.5,"lon_deg":127.25,'
    '"height_agl_m":12},"class":"fixed_wing","height_agl_m":50,"by_height":true}',
    "added": '{"preset":"radar-drone-x","at":{"lat_deg":37,"lon_deg":127,"height_agl_m":0}}',
    "now": '{"class":"multirotor","height_agl_m":100}',
    "then": '{"sensor":"camera","time":"2026-03-01T22:00:00Z"}',
}

def tracker_seeds():
    """Streams of reports as fuzz/tracker_fuzz.cpp reads them: sensors radar, flat, ears, finder,
    west, east, place; flights past the radar, fast, standing, two side by side, far away."""
    components = [4, 2, 2, 1, 1, 1, 6]

    def seen(sensor, flight, errors=(116,), sds=(0,), subset=0):
        pairs = ((errors[i % len(errors)], sds[i % len(sds)]) for i in range(components[sensor]))
        return bytes([flight, subset]) + bytes(byte for pair in pairs for byte in pair)

    def look(sensor, *detections, kind=2, step=16):
        if kind == 255:  # the last one again
            return bytes([sensor, step, kind])
        return bytes([sensor, step, kind, len(detections)]) + b"".join(detections)

    turns = [(i, i % 7) for i in range(42)]
    yield "every-sensor", b"".join(look(s, seen(s, i // 7 % 3), seen(s, 3)) for i, s in turns)
    yield "swarm", b"".join(look(s, seen(s, 3), seen(s, 4, (130,))) for _, s in turns)
    yield "near", b"".join(look(0, seen(0, 0, (100, 120, 140))) for _ in range(40))
    yield "empty", b"".join(look(s, *[seen(s, 2)][: i % 3]) for i, s in turns)
    for name, sds in (("sharp", (96, 100)), ("blunt", (255, 250)), ("both", (96, 255, 180))):
        yield f"sd-{name}", b"".join(look(s, seen(s, 2, sds=sds)) for _, s in turns)
    kinds = {"late": 120, "too-late": 179, "ahead": 200, "received-ahead": 219, "day": 220}
    for name, kind in (*kinds.items(), ("again", 255), ("own-times", 8)):
        reports = (look(s, seen(s, 1), kind=kind if i % 3 == 2 else 2) for i, s in turns)
        yield name, b"".join(reports)
    wild = [seen(0, 5, (232 + i, 116, 255 - i), (0, 140 + i), i % 16) for i in range(24)]
    yield "wild", b"".join(look(0, *wild[i : i + 4]) for i in range(0, 24, 2))
    parts = [seen(6, 2, (110, 122), (150,), subset) for subset in range(64)]
    yield "parts", b"".join(look(6, part) for part in parts[::2])


LEARNED = {
    "two": """[[sensor]]
id = "radar"
lat = 37.5
lon = 127.0
cells = [
  { azimuth_deg = 22.5, elevation_deg = 0.5, range_m = 0.0, looks = 3, expected = 1.5, seen = 1 },
  { azimuth_deg = 337.5, elevation_deg = 32, range_m = 8000, looks = 40, expected = 9, seen = 0 },
]
[[sensor]]
id = "ears"
lat = -37.5
lon = -127.0
cells = []
""",
}

SEEDS = {
    "what_if": texts(WHAT_IF),
    "learned": texts(LEARNED),
    "tracker": tracker_seeds(),
    "sensor_change": texts(SENSOR_CHANGES),
    "beast": beast_seeds(),
    "adsb": adsb_seeds(),
    "adsb_text": adsb_text_seeds(),
    "mode_s": MODE_S.items(),
    "asterix": asterix_seeds(),
    "sapient": sapient_seeds(),
    "cot": cot_seeds(),
    "remote_id": remote_id_seeds(),
    "readsb_json": readsb_json_seeds(),
    "capture": capture_seeds(),
    "pcap": pcap_seeds(),
    "report_json": texts(REPORTS),
    "observation": texts(OBSERVATIONS),
    "truth_json": texts(TRUTH),
    "picture_json": texts(PICTURES),
    "site": [("whole", SITE.encode()), ("broken", SITE.replace("]", "", 1).encode())],
    "scenario": [
        ("whole", SCENARIO.encode()),
        ("log", LOG.encode()),
    ],
    "geojson": texts(GEOJSON),
    "courageous": [
        ("whole", courageous().encode()),
        ("old", courageous().replace("0.4.1", "0.3.3").encode()),
        ("cut", courageous()[:-40].encode()),
    ],
}

for target, seeds in SEEDS.items():
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, data in seeds:
        (folder / f"seed-{name}").write_bytes(data)
