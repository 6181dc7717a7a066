#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every field of every ASTERIX record of a capture, as picket and as tshark read it.

    asterix_compare.py PICKET CAPTURE [CATEGORY=COUNT...]

Fails if the two see other records, other items or other values, if tshark finds anything malformed,
or if there are not exactly COUNT records of each CATEGORY named. Exit 77: no tshark here.
"""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def picket_records(picket, capture):
    """[(category, [value...])]: numbers, or texts for codes and characters."""
    run = subprocess.run(
        [picket, "convert", capture, "-", "--to", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    records = []
    for line in run.stdout.splitlines():
        record = json.loads(line)
        # tshark 4.0 does not look into expansion fields.
        items = {k: v for k, v in record["items"].items() if k not in ("RE", "SP")}
        if record["cat"] == 20:
            # Nor into the third part of the target report descriptor.
            items.get("020", {}).pop("cf", None)
        records.append((record["cat"], list(leaves(items))))
    return records


def leaves(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.endswith("_means"):
                yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


# Not values of the record: structure, and padding.
STRUCTURE = (
    "asterix.FX",
    "asterix.fspec",
    "asterix.counter",
    "asterix.spare",
    "asterix.re_field_len",
)


def tshark_records(capture):
    ports = subprocess.run(
        ["tshark", "-r", capture, "-T", "fields", "-e", "udp.dstport"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    decode = [part for port in sorted(set(ports)) for part in ("-d", f"udp.port=={port},asterix")]
    run = ["tshark", "-r", capture, *decode, "-T", "pdml"]
    tree = ElementTree.fromstring(subprocess.run(run, check=True, capture_output=True).stdout)
    records = []
    for proto in tree.iter("proto"):
        if proto.get("name") == "_ws.malformed":
            sys.exit(f"{capture}: tshark says {proto.get('showname')}")
        if proto.get("name") != "asterix":
            continue
        for field in proto.iter("field"):
            if field.get("name") == "_ws.expert":
                sys.exit(f"{capture}: tshark says {field.get('showname')}")
        category = int(proto.find("field[@name='asterix.category']").get("show"))
        for message in proto.findall("field[@name='asterix.message']"):
            values = []
            for field in message.iter("field"):
                name = field.get("name")
                if bit := re.fullmatch(r"(asterix\.020_400)_BIT(\d)", name):
                    # A byte of the contributing devices, bit by bit.
                    before = 0 if bit[2] == "1" else int(values.pop()[2], 16)
                    values.append((bit[1], "", f"{2 * before + int(field.get('show')):x}"))
                    continue
                outside = re.fullmatch(r"asterix\.\d+_(RE|SP)", name) or "spare" in name.lower()
                if not len(field) and name not in STRUCTURE and not outside:
                    values.append((name, field.get("show"), field.get("value")))
            records.append((category, values))
    return records


# tshark 4.0 reads these without sign; the specification says that they have one (of flight levels
# of category 48 edition 1.32).
UNSIGNED = {
    "asterix.048_090_FL": 4096.0,
    "asterix.034_120_HGT": 65536.0,
    "asterix.020_500_SDP_XY": 16384.0,
}
# And these in sixteenths; the specification says quarters (category 10, items 202 and 210).
SIXTEENTHS = (
    "asterix.010_202_VX",
    "asterix.010_202_VY",
    "asterix.010_210_AX",
    "asterix.010_210_AY",
)


def same(ours, their_name, show, raw):
    """tshark gives the physical value or text (`show`) and the bits (`raw`)."""
    if isinstance(ours, (int, float)):
        if ours < 0:
            ours += UNSIGNED.get(their_name, 0.0)
        if their_name in SIXTEENTHS:
            ours /= 4
        return abs(float(int(show, 16) if show.startswith("0x") else show) - ours) <= 1e-9 * max(
            1.0, abs(ours)
        )
    if ours.strip() == show.strip():
        return True
    bits = int(raw, 16)
    return any(is_code(ours, base) and int(ours, base) == bits for base in (8, 16))


def is_code(text, base):
    try:
        int(text, base)
    except ValueError:
        return False
    return True


def main():
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        sys.exit(77)
    picket, capture, *expected = sys.argv[1:]
    ours, theirs = picket_records(picket, capture), tshark_records(capture)
    if len(ours) != len(theirs):
        sys.exit(f"{capture}: {len(ours)} records, tshark finds {len(theirs)}")
    fields = 0
    for number, ((category, mine), (their_category, his)) in enumerate(zip(ours, theirs), 1):
        where = f"{capture}: record {number} of category {category}"
        if category != their_category or len(mine) != len(his):
            sys.exit(f"{where}: fields {[m[0] for m in mine]}, tshark finds {[h[0] for h in his]}")
        for (name, value), (their_name, show, raw) in zip(mine, his):
            fields += 1
            if not same(value, their_name, show, raw):
                sys.exit(f"{where}: {name} is {value!r}, tshark finds {their_name} = {show!r}")
    for choice in expected:
        category, count = map(int, choice.split("="))
        found = sum(1 for record in ours if record[0] == category)
        if found != count:
            sys.exit(f"{capture}: {found} records of category {category}, expected {count}")
    print(f"{capture}: {len(ours)} records, {fields} fields agree with tshark")


if __name__ == "__main__":
    main()
