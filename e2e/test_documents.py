# SPDX-License-Identifier: Apache-2.0
"""Pages that are made from the source are up to date, and others say what the source says."""

import contextlib
import importlib.metadata
import importlib.util
import io
import re
import shlex
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


class TestOperatorsGuide(unittest.TestCase):
    guide = (TOP / "docs/operators.md").read_text()

    def test_the_client_knows_its_commands(self):
        known = {
            entry.name.replace("_", " "): entry for group in ("openstack.function_engine.v1", "openstack.identity.v3")
            for entry in importlib.metadata.entry_points(group=group)}
        for line in re.findall(r"^\$ openstack (.+)$", self.guide, re.MULTILINE):
            with self.subTest(line):
                words = shlex.split(line, comments=True)
                name = max((name for name in known if f"{' '.join(words)} ".startswith(f"{name} ")), key=len)
                said = io.StringIO()
                with contextlib.redirect_stderr(said):
                    try:
                        known[name].load()(None, None).get_parser(name).parse_args(words[len(name.split()):])
                    except SystemExit:
                        self.fail(said.getvalue())

    def test_it_has_every_reason_why_the_engine_lacks_kubernetes(self):
        source = "".join(
            (TOP / f"qinling-engine/src/main/java/io/qinling/engine/{file}.java").read_text()
            for file in ("config/PemFiles", "orchestrator/kubernetes/ClusterFailures"))
        reasons = re.findall(r'new (?:Trouble\(|UnusableFileException\([^,]+,)\s*"([^"]+)"', source)
        self.assertGreater(len(reasons), 10)
        # What comes after may be cut in the guide.
        self.assertEqual([], [reason for reason in reasons if reason[:40] not in self.guide])
