#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both ends of SAPIENT around picket, with Google's Protocol Buffers for Python and TLS: a sensor
with a field of view that tracks a drone, and a higher node that picket reports to.

    sapient_peer.py FOLDER SENSOR_PORT VERSION

VERSION is that of the sensor, 1 or 2; the higher node speaks version 2. FOLDER holds sapient_pb2,
sapient_v1_pb2, ca.pem, peer.pem and peer.key; higher.port is written there, and then the
URL of picket's API is read from standard input. Exits with 0 once everything was seen that has to
be; says what was not else.
"""

import json
import random
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.request

sys.path.insert(0, sys.argv[1])
import sapient_pb2 as pb  # noqa: E402
import sapient_v1_pb2  # noqa: E402

FIRST = sys.argv[3] == "1"
own = sapient_v1_pb2 if FIRST else pb  # what the sensor speaks
SENSOR = "5f1a54e3-1d2c-4b7a-9f0e-6a1b2c3d4e5f"
HIGHER = "0b7d9c52-88aa-4c33-8d5e-77f6e5d4c3b2"
LAT, LON = 37.45, 126.60
PATIENCE_S = 60


def ulid():
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = (int(time.time() * 1000) << 80) | random.getrandbits(80)
    return "".join(letters[number >> 5 * i & 31] for i in reversed(range(26)))


OBJECT = ulid()


class Link:
    """Messages with their length before them, over one connection."""

    def __init__(self, connection, node, words=pb):
        self.connection = connection
        self.node = node
        self.words = words
        self.lock = threading.Lock()

    def send(self, message):
        message.timestamp.GetCurrentTime()
        message.node_id = self.node
        body = message.SerializeToString()
        with self.lock:
            self.connection.sendall(struct.pack("<I", len(body)) + body)

    def receive(self):
        (size,) = struct.unpack("<I", self.exactly(4))
        message = self.words.SapientMessage()
        message.ParseFromString(self.exactly(size))
        if message.UnknownFields():
            raise ValueError("fields that the standard does not have")
        return message

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data


def missing(message, path=""):
    """Mandatory fields that are not there, by the rules beside the standard's fields."""
    stated = {field.name for field, _ in message.ListFields()}
    for field in message.DESCRIPTOR.fields:
        rule = field.GetOptions().Extensions[pb.rule]
        if rule.mandatory and field.name not in stated:
            if field.has_presence or field.label == field.LABEL_REPEATED:
                yield path + field.name
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for one in value if field.label == field.LABEL_REPEATED else [value]:
            yield from missing(one, path + field.name + ".")


def place(at, lat, lon, height):
    at.x, at.y, at.z = lon, lat, height
    at.x_error, at.y_error, at.z_error = 8.0, 8.0, 15.0
    at.coordinate_system = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    at.datum = pb.LOCATION_DATUM_WGS84_E


def cone(at, azimuth, width, range_m):
    at.azimuth, at.horizontal_extent, at.range = azimuth, width, range_m
    at.coordinate_system = pb.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M
    at.datum = pb.RANGE_BEARING_DATUM_TRUE


def registration():
    message = own.SapientMessage()
    node = message.registration
    node.node_definition.add().node_type = pb.Registration.NODE_TYPE_RADAR
    node.icd_version = f"BSI Flex 335 v{1 if FIRST else 2}.0"
    node.name = "Peer radar"
    node.capabilities.add(category="Radar", type="Range", value="6", units="km")
    seconds = pb.Registration.TIME_UNITS_SECONDS
    node.status_definition.status_interval.units = seconds
    node.status_definition.status_interval.value = 2
    mode = node.mode_definition.add(
        mode_name="Default",
        mode_type=pb.Registration.MODE_TYPE_PERMANENT,
        tracking_type=pb.Registration.TRACKING_TYPE_TRACK,
    )
    mode.settle_time.units = seconds
    mode.settle_time.value = 0
    definition = mode.detection_definition
    where = (definition if FIRST else definition.add()).location_type
    where.location_units = pb.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
    where.location_datum = pb.LOCATION_DATUM_WGS84_E
    task = mode.task.add() if FIRST else mode.task
    task.concurrent_tasks = 0
    region = task.region_definition
    region.region_type.append(pb.Registration.REGION_TYPE_AREA_OF_INTEREST)
    region.region_area.add().CopyFrom(where)
    if not FIRST:
        node.config_data.add(manufacturer="Nobody", model="Peer")
    return message


def status(azimuth):
    message = own.SapientMessage()
    report = message.status_report
    report.report_id = ulid()
    report.system = pb.StatusReport.SYSTEM_OK
    report.info = pb.StatusReport.INFO_NEW
    report.mode = "Default"
    place(report.node_location, LAT, LON, 40.0)
    cone(report.field_of_view.range_bearing, azimuth, 90.0, 6000.0)
    cone(report.obscuration.add().range_bearing, 0.0, 5.0, 6000.0)
    return message


def detection(t):
    """A drone that comes from the north at 40 m/s, 30 degrees to the side."""
    message = own.SapientMessage()
    report = message.detection_report
    report.report_id = ulid()
    report.object_id = OBJECT
    north = 3500.0 - 40.0 * t
    place(report.location, LAT + north / 111_195, LON + 0.02, 150.0)
    kind = report.classification.add(type="Air Vehicle", confidence=0.9)
    kind.sub_class.add(type="UAV Fixed Wing", confidence=0.8, level=1)
    return message


def tls(folder, purpose):
    """Each side shows a certificate, and asks the other for one."""
    context = ssl.create_default_context(purpose, cafile=folder + "/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder + "/peer.pem", folder + "/peer.key")
    return context


class HigherNode(threading.Thread):
    """Takes picket's registration and reports, acknowledges alerts, and gives a task."""

    def __init__(self, context):
        super().__init__(daemon=True)
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.seen, self.faults = set(), []
        self.first_s = None

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            try:
                link = Link(self.context.wrap_socket(connection, server_side=True), HIGHER)
                while True:
                    self.take(link, link.receive())
            except (EOFError, OSError) as end:
                print(f"higher node: {end!r}", file=sys.stderr)

    def take(self, link, message):
        self.faults += [f"{message.WhichOneof('content')}: no {m}" for m in missing(message)]
        reply = pb.SapientMessage()
        if message.HasField("registration"):
            kind = message.registration.node_definition[0].node_type
            if kind == pb.Registration.NODE_TYPE_FUSION_NODE:
                self.seen.add("registration")
            reply.registration_ack.acceptance = True
            link.send(reply)
            task = pb.SapientMessage()
            task.task.task_id = ulid()
            task.task.control = pb.Task.CONTROL_START
            task.task.command.follow.follow_object_id = OBJECT
            link.send(task)
        elif message.HasField("status_report"):
            self.seen.add("status")
        elif message.HasField("task_ack"):
            ack = message.task_ack
            if ack.task_status == pb.TaskAck.TASK_STATUS_REJECTED and ack.reason:
                self.seen.add("task refused")
        elif message.HasField("detection_report"):
            self.first_s = self.first_s or time.time()
            self.seen.add("track")
            for derived in message.detection_report.derived_detection:
                if (derived.node_id, derived.object_id) == (SENSOR, OBJECT):
                    self.seen.add("derived detection")
        elif message.HasField("alert"):
            self.seen.add("alert")
            if message.alert.associated_detection:
                self.seen.add("alert's detection")
            reply.alert_ack.alert_id = message.alert.alert_id
            reply.alert_ack.alert_ack_status = pb.AlertAck.ALERT_ACK_STATUS_ACCEPTED
            link.send(reply)
        else:
            self.faults.append(f"unexpected: {message}")


def ask(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def sensor_of(api):
    return next((s for s in ask(api + "/v1/site")["sensors"] if s["id"] == SENSOR), None)


def until(what, condition):
    end = time.time() + PATIENCE_S
    while time.time() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    sys.exit(f"not seen: {what}")


def main():
    folder, port = sys.argv[1], int(sys.argv[2])
    higher = HigherNode(tls(folder, ssl.Purpose.CLIENT_AUTH))
    with open(folder + "/higher.port", "w", encoding="ascii") as out:
        out.write(str(higher.listener.getsockname()[1]))
    api = input()  # picket starts only now, knowing the port
    higher.start()

    begun = time.time()
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    context = tls(folder, ssl.Purpose.SERVER_AUTH)
    sensor = Link(context.wrap_socket(connection, server_hostname="127.0.0.1"), SENSOR, own)
    sensor.send(registration())
    answer = sensor.receive()
    if not answer.registration_ack.acceptance:
        sys.exit(f"not accepted: {answer}")
    sensor.send(status(0.0))
    shown = until("the sensor on the map", lambda: sensor_of(api))
    print(f"on the map after {time.time() - begun:.2f} s")
    wanted = {"kind": "radar", "name": "Peer radar", "max_range_m": 6000.0}
    for key, value in wanted.items():
        if shown[key] != value:
            sys.exit(f"{key} is {shown[key]}, not {value}")
    if abs(shown["lat_deg"] - LAT) > 1e-6 or abs(shown["azimuth_deg"][0] - 315.0) > 1e-6:
        sys.exit(f"stands or looks elsewhere: {shown}")
    if len(shown["obscured"]) != 1:
        sys.exit(f"nothing obscured: {shown}")
    everything = {
        "registration", "status", "task refused", "track", "derived detection", "alert",
        "alert's detection",
    }
    start = time.time()
    while not everything <= higher.seen:
        if time.time() - start > PATIENCE_S:
            sys.exit(f"the higher node did not see {everything - higher.seen}")
        sensor.send(detection(time.time() - start))
        time.sleep(0.5)
    print(f"at the higher node after {higher.first_s - begun:.2f} s")
    sensor.send(status(20.0))
    turned = until("the sensor turned", lambda: (sensor_of(api)["azimuth_deg"][0] > 334.0))
    sensor.connection.close()
    until("the sensor down", lambda: turned and sensor_of(api).get("up") is False)
    if higher.faults:
        sys.exit("\n".join(higher.faults[:10]))


main()
