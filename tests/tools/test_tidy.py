# SPDX-License-Identifier: Apache-2.0
"""Each rule of tools/tidy fires on a made-up bad tree, and none on a good one."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "tidy"
LICENCE = "SPDX-License-Identifier: Apache-2.0"

GOOD = {
    "CMakeLists.txt": f"# {LICENCE}\n"
    "picket_room(base)\n"
    "picket_room(track DEPS base LIBS Eigen3::Eigen)\n"
    "picket_room(engine DEPS track TEST_LIBS Cbc)\n"
    "# ----- the line: below it may be clocks -----\n"
    "picket_room(io DEPS engine LIBS GDAL::GDAL)\n",
    "include/picket/base/time.h": f"// {LICENCE}\n#pragma once\n",
    "include/picket/track/imm.h": f'// {LICENCE}\n#pragma once\n#include "picket/base/time.h"\n',
    "src/track/imm.cpp": f'// {LICENCE}\n#include "picket/track/imm.h"\n'
    "// A comment may say std::thread and getenv().\n"
    'const char* kText = "std::cout";\n',
    "src/track/imm_radar.cpp": f'// {LICENCE}\n#include "picket/track/imm.h"\n',
    "tests/track/imm_test.cpp": f"// {LICENCE}\n#include <thread>\n",
    "include/picket/io/clock.h": f'// {LICENCE}\n#pragma once\n#include "picket/track/imm.h"\n',
    "src/io/clock.cpp": f"// {LICENCE}\n#include <thread>\nauto now = system_clock::now();\n",
    "tools/packages.txt": "# build\ng++\nlibgdal-dev\n",
    "docs/dependencies.md": "| rasters | libgdal-dev, g++ |\n",
    "tools/run": f"#!/bin/sh\n# {LICENCE}\n",
    "docs/notes.md": "| " + "wide table " * 20 + "|\n",
    "tests/golden/long.txt": "x" * 200 + " \n",
}


def tidy(tree):
    """Exit code and output of tools/tidy over a tree given as {path: text or bytes}."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in tree.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        done = subprocess.run(
            [sys.executable, TIDY, "--root", folder], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


class Tidy(unittest.TestCase):
    def fires(self, name, content, expected):
        """The good tree with one file added or replaced has exactly this one finding."""
        code, output = tidy(GOOD | {name: content})
        self.assertEqual(code, 1, output)
        self.assertEqual(output.count("\n"), 1, output)
        self.assertIn(expected, output)

    def source(self, body, expected, name="src/track/imm.cpp"):
        self.fires(name, f"// {LICENCE}\n{body}\n", expected)

    def test_good_tree_passes(self):
        code, output = tidy(GOOD)
        self.assertEqual(code, 0, output)

    def test_include_that_looks_up(self):
        self.source('#include "picket/engine/engine.h"', "room track may not include")
        self.source('#include "picket/io/clock.h"', "room track may not include")

    def test_include_of_a_room_beside(self):
        cmake = GOOD["CMakeLists.txt"].replace(
            "picket_room(engine", "picket_room(plan DEPS base)\npicket_room(engine"
        )
        tree = GOOD | {"CMakeLists.txt": cmake}
        tree["include/picket/plan/gap.h"] = (
            f'// {LICENCE}\n#pragma once\n#include "picket/track/imm.h"\n'
        )
        code, output = tidy(tree)
        self.assertEqual(code, 1, output)
        self.assertIn("include/picket/plan/gap.h:3: room plan may not include", output)

    def test_test_includes_upwards(self):
        self.source(
            '#include "picket/io/clock.h"', "room track may not", "tests/track/imm_test.cpp"
        )

    def test_room_that_depends_upwards(self):
        cmake = GOOD["CMakeLists.txt"].replace("picket_room(base)", "picket_room(base DEPS io)")
        self.fires("CMakeLists.txt", cmake, "room base depends on io")

    def test_edge_headers_above_the_line(self):
        for header in (
            "thread",
            "iostream",
            "fstream",
            "filesystem",
            "mutex",
            "unistd.h",
            "sys/socket.h",
            "sqlite3.h",
            "spdlog/spdlog.h",
            "gdal_priv.h",
            "boost/asio.hpp",
            "boost/asio/io_context.hpp",
        ):
            with self.subTest(header):
                self.source(f"#include <{header}>", f"<{header}> above the line")

    def test_edge_names_above_the_line(self):
        for code in (
            "auto t = std::chrono::system_clock::now();",
            "auto t = std::chrono::steady_clock::now();",
            'auto* home = std::getenv("HOME");',
            "std::random_device seed;",
            "std::cerr << 1;",
            "int r = rand();",
            "exit(1);",
        ):
            with self.subTest(code):
                self.source(code, "above the line: its room is pure")

    def test_member_with_an_edge_name_is_fine(self):
        code, output = tidy(
            GOOD | {"src/track/imm.cpp": f"// {LICENCE}\nint n = door.exit(); bool exited = n;\n"}
        )
        self.assertEqual(code, 0, output)

    def test_licence_line(self):
        for name in ("src/track/imm.cpp", "tools/x.py", "web/src/x.ts", "proto/x.proto"):
            with self.subTest(name):
                self.fires(name, "\n", "the first line does not say")
        self.fires("tools/run", "#!/bin/sh\necho\n", "the first line does not say")

    def test_columns(self):
        self.source("//" + "x" * 99, "101 columns")
        self.fires("docs/notes.md", "x" * 101 + "\n", "101 columns")

    def test_tabs_and_trailing_blanks(self):
        self.source("\tint x;", "tab")
        self.source("int x; ", "blanks or a carriage return")
        self.source("int x;\r", "blanks or a carriage return")
        self.fires("docs/notes.md", "x", "no newline at the end")

    def test_pragma_once(self):
        self.fires("include/picket/track/imm.h", f"// {LICENCE}\n#ifndef X\n", "#pragma once")

    def test_layout(self):
        self.source("", "no header lonely.h", "src/track/lonely.cpp")
        self.source("", "sources lie in src/<room>/", "src/attic/x.cpp")
        self.source("", "sources lie in src/<room>/", "src/track/deep/imm.cpp")
        self.source("#pragma once", "headers lie in", "include/picket/attic/x.h")
        self.source("", "a test's name ends in", "tests/track/imm.cpp")
        self.source("", "C++ files end in", "src/track/imm.cc")

    def test_unfinished_work(self):
        for word in ("TO" "DO", "FIX" "ME"):
            with self.subTest(word):
                self.source(f"// {word}: later", "unfinished work")

    def test_workplace_path(self):
        self.fires("docs/notes.md", "see /wo" "rk/main\n", "path of somebody's machine")
        self.fires("tests/golden/x.json", '{"a":"/wo' 'rk/x"}\n', "path of somebody's machine")

    def test_package_that_nobody_explained(self):
        self.fires("tools/packages.txt", "g++\nvalgrind\n", "valgrind is not in docs/dep")

    def test_not_text(self):
        self.fires("docs/notes.md", b"caf\xe9\n", "not UTF-8")

    def test_no_rooms_to_read(self):
        code, output = tidy({"README.md": "x\n"})
        self.assertEqual(code, 2, output)


if __name__ == "__main__":
    unittest.main()
