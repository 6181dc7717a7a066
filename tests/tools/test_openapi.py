# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml is sound: references lead somewhere, operations say what they answer."""

import pathlib
import unittest

import yaml

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


class OpenApi(unittest.TestCase):
    def setUp(self):
        self.api = yaml.safe_load(FILE.read_text())

    def test_version_and_parts(self):
        self.assertTrue(self.api["openapi"].startswith("3.1."))
        self.assertEqual(set(self.api["info"]) & {"title", "version"}, {"title", "version"})

    def test_every_reference_leads_somewhere(self):
        used = set()
        for reference in references(self.api):
            node = self.api
            self.assertTrue(reference.startswith("#/"), reference)
            for part in reference[2:].split("/"):
                self.assertIn(part, node, reference)
                node = node[part]
            used.add(reference)
        # Security schemes are named, not referred to.
        for item in self.api["paths"].values():
            for operation in item.values():
                for scheme in operation.get("security", []):
                    used |= {f"#/components/securitySchemes/{name}" for name in scheme}
        for kind, named in self.api["components"].items():
            for name in named:
                self.assertIn(f"#/components/{kind}/{name}", used, "is not used")

    def test_every_operation_says_what_it_answers(self):
        for path, item in self.api["paths"].items():
            self.assertTrue(path.startswith("/"), path)
            self.assertTrue(set(item) <= METHODS, path)
            for method, operation in item.items():
                self.assertIn("summary", operation, f"{method} {path}")
                self.assertTrue(operation["responses"], f"{method} {path}")
                for status, response in operation["responses"].items():
                    self.assertRegex(status, r"^[1-5]\d\d$")
                    self.assertTrue("$ref" in response or "description" in response, path)

    def test_required_properties_exist(self):
        def walk(node, where):
            if isinstance(node, dict):
                if "required" in node and isinstance(node["required"], list):
                    for name in node["required"]:
                        self.assertIn(name, node.get("properties", {}), where)
                for key, value in node.items():
                    walk(value, f"{where}/{key}")
            elif isinstance(node, list):
                for value in node:
                    walk(value, where)

        walk(self.api, "#")


if __name__ == "__main__":
    unittest.main()
