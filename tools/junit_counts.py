# SPDX-License-Identifier: Apache-2.0
"""What a JUnit file says, counting its test cases one by one.

    junit_counts.py FILE                prints "PASSED FAILED SKIPPED"
    junit_counts.py --failures FILE     prints each failed case with the end of what it said
"""

import sys
import xml.etree.ElementTree as xml

LINES = 25  # of one failed case

passed = failed = skipped = 0
for case in xml.parse(sys.argv[-1]).iter("testcase"):
    failure = case.find("failure")
    if failure is None:
        failure = case.find("error")
    if failure is not None:
        failed += 1
        if "--failures" in sys.argv:
            said = (case.findtext("system-out") or failure.text or "").rstrip().splitlines()
            print(f"  FAILED {case.get('name')}")
            print("\n".join(f"  | {line}" for line in said[-LINES:]))
    elif case.find("skipped") is not None:
        skipped += 1
    else:
        passed += 1
if "--failures" not in sys.argv:
    print(passed, failed, skipped)
