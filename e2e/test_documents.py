# SPDX-License-Identifier: Apache-2.0
"""Pages that are made from the source are up to date."""

import importlib.util
import re
import unittest

from harness import TOP


def generator(name):
    spec = importlib.util.spec_from_file_location(name, TOP / f"docs/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestConfigurationPage(unittest.TestCase):
    def test_the_page_is_up_to_date(self):
        page = generator("generate_configuration").page()

        self.assertEqual((TOP / "docs/configuration.md").read_text(), page, "run docs/generate_configuration.py")

    def test_every_option_that_is_used_is_on_the_page(self):
        used, section = set(), None
        vocabulary = TOP / "proto/src/main/resources/io/qinling/conf/qinling-conf-vocabulary.txt"
        for line in vocabulary.read_text().splitlines():
            if header := re.fullmatch(r"\[(.*)\]", line):
                section = header[1]
            elif (option := re.fullmatch(r"(\w+) = used.*", line)) and not section.endswith(".*"):
                used.add((section, option[1]))

        listed = {(section, option)
                  for section, (_, rows) in generator("generate_configuration").sections().items() for option in rows}
        self.assertEqual(listed - used, set())
        page = (TOP / "docs/configuration.md").read_text()
        self.assertEqual([option for _, option in used - listed if f"`{option}`" not in page], [])
