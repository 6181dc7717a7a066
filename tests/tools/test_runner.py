# SPDX-License-Identifier: Apache-2.0
"""What make test counts: steps by their exit code, suites by their JUnit file."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


def step(command):
    """Exit code and output of lib.sh's step, run in a repository of its own."""
    with tempfile.TemporaryDirectory() as folder:
        tools = pathlib.Path(folder, "tools")
        tools.mkdir()
        shutil.copy(TOOLS / "lib.sh", tools)
        script = f'source "{tools}/lib.sh"; step some-step bash -c \'{command}\''
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


def counts(cases, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        file.flush()
        command = [sys.executable, TOOLS / "junit_counts.py", *options, file.name]
        return subprocess.run(command, capture_output=True, text=True, check=False)


class Step(unittest.TestCase):
    def test_success_is_one_line(self):
        code, output = step("echo chatter")
        self.assertEqual(code, 0)
        self.assertRegex(output, r"^  some-step +\d+ s  ok\n$")

    def test_failure_shows_the_log_and_keeps_the_code(self):
        code, output = step("echo reason; exit 3")
        self.assertEqual(code, 3)
        self.assertIn("FAILED", output)
        self.assertIn("| reason", output)

    def test_what_cannot_run_is_skipped_by_name(self):
        code, output = step("echo no data; exit 77")
        self.assertEqual(code, 77)
        self.assertIn("skipped: no data", output)


class Counts(unittest.TestCase):
    def test_each_kind(self):
        done = counts(
            "<testcase/><testcase/><testcase><skipped/></testcase>"
            "<testcase><failure/></testcase><testcase><error/></testcase>"
        )
        self.assertEqual(done.stdout, "2 2 1\n")

    def test_failures_say_what_they_said(self):
        done = counts(
            '<testcase name="good"/><testcase name="bad"><failure/>'
            "<system-out>expected 2, was 3</system-out></testcase>",
            "--failures",
        )
        self.assertIn("FAILED bad\n  | expected 2, was 3", done.stdout)
        self.assertNotIn("good", done.stdout)

    def test_a_runner_that_died_counts_nothing(self):
        self.assertNotEqual(counts("<testcase>").returncode, 0)


if __name__ == "__main__":
    unittest.main()
