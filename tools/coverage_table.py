# SPDX-License-Identifier: Apache-2.0
"""Prints how many lines of each room the last test run executed: coverage_table.py BUILD_FOLDER"""

import collections
import json
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
hit = collections.defaultdict(dict)  # file -> line -> executed
for data in sorted(pathlib.Path(sys.argv[1]).rglob("*.gcda")):
    text = subprocess.run(
        ["gcov", "--json-format", "--stdout", data.resolve()],
        check=True,
        capture_output=True,
        text=True,
        cwd=root,
    ).stdout
    for document in filter(None, text.splitlines()):
        for source in json.loads(document)["files"]:
            path = (root / source["file"]).resolve()
            if not path.is_relative_to(root):
                continue
            name = str(path.relative_to(root))
            for line in source["lines"]:
                number = line["line_number"]
                hit[name][number] = hit[name].get(number, False) or line["count"] > 0

rooms = collections.defaultdict(lambda: [0, 0])
for name, lines in hit.items():
    parts = pathlib.PurePath(name).parts
    if parts[0] == "src":
        room = parts[1]
    elif parts[:2] == ("include", "picket"):
        room = parts[2]
    else:
        continue
    rooms[room][0] += sum(lines.values())
    rooms[room][1] += len(lines)
for room, (covered, total) in sorted(rooms.items()):
    print(f"{room:12} {covered:6} of {total:6} lines  {100 * covered / total:5.1f} %")
