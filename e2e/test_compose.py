# SPDX-License-Identifier: Apache-2.0
"""What Docker Compose is given, and its Keystone; the images of the services are run by test_kolla."""

import configparser
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import yaml

from harness import TOP, wait_for

COMPOSE = TOP / "deploy/compose"
SERVICES = ("qinling-api", "qinling-engine")
SECRET = "no secret at all"
# An address of this host that nothing else listens on.
HERE = "127.0.70.70"
VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^${}]*))?\}")


def composed(**variables):
    """The services as Compose makes them out with these variables in .env."""
    def value(match):
        name, kind, text = match.groups()
        return variables.get(name) or (text if kind == ":-" else "")

    text, last = (COMPOSE / "docker-compose.yml").read_text(), None
    while text != last:
        text, last = VARIABLE.sub(value, text), text
    return yaml.safe_load(text)["services"]


class TestCompose(unittest.TestCase):
    def test_what_it_sets_is_understood(self):
        vocabulary = configparser.ConfigParser()
        vocabulary.read(TOP / "proto/src/main/resources/io/qinling/conf/qinling-conf-vocabulary.txt")
        known = {
            f"QINLING_{section}_{option}".upper() for section in vocabulary.sections()
            for option, mark in vocabulary[section].items() if mark.startswith("used")}
        for service in SERVICES:
            self.assertEqual(set(), set(composed()[service]["environment"]) - known)

    def test_who_is_let_in_finds_keystone_where_the_api_is(self):
        for variables, address in ({}, "127.0.0.1"), ({"QINLING_ADDRESS": "192.0.2.1"}, "192.0.2.1"):
            with self.subTest(variables):
                services = composed(**variables)
                api, keystone = services["qinling-api"]["environment"], services["keystone"]["environment"]
                self.assertEqual(address, api["QINLING_API_HOST"])
                self.assertEqual(address, keystone["KEYSTONE_ADDRESS"])
                for option in "AUTH_URL", "WWW_AUTHENTICATE_URI":
                    self.assertEqual(f"http://{address}:5000", api[f"QINLING_KEYSTONE_AUTHTOKEN_{option}"])
                self.assertIn(f"http://{address}:5000/v3", services["keystone"]["healthcheck"]["test"])
                self.assertEqual(f"http://{address}:7070", keystone["QINLING_URL"])
        elsewhere = composed(QINLING_ADDRESS="192.0.2.1", KEYSTONE_URL="https://k")["qinling-api"]["environment"]
        self.assertEqual("https://k", elsewhere["QINLING_KEYSTONE_AUTHTOKEN_WWW_AUTHENTICATE_URI"])

    def test_the_engine_reads_what_certificate_sh_makes(self):
        engine = composed()["qinling-engine"]
        folder = engine["volumes"][1].split(":")[1]
        made = re.search(r"^for file in (.*); do$", (TOP / "deploy/kubernetes/certificate.sh").read_text(), re.MULTILINE)
        self.assertEqual(
            {f"{folder}/{name}" for name in made[1].split()},
            {engine["environment"][f"QINLING_KUBERNETES_{option}"] for option in ("SSL_CA_CERT", "CERT_FILE", "KEY_FILE")})


class TestKeystone(unittest.TestCase):
    """As in its container, where it has nothing but its volume, and no rights."""

    def setUp(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can put a volume in place")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qinling-compose-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        home = self.folder / "keystone"
        home.mkdir()
        shutil.chown(home, "nobody", "nogroup")

    @contextlib.contextmanager
    def running(self, url):
        output = self.folder / "output"
        with open(output, "wb") as log:
            process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", (
                    'mount --bind "$0" /var/lib && { [ ! -d /etc/keystone ] || mount -t tmpfs -o mode=755 tmpfs /etc/keystone; }'
                    ' && exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$1"'),
                 self.folder, COMPOSE / "keystone/start.sh"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={
                    "PATH": os.environ["PATH"], "HOME": "/var/lib/keystone", "KEYSTONE_ADDRESS": HERE,
                    "KEYSTONE_PASSWORD": SECRET, "QINLING_URL": url})

        def is_ready():
            self.assertIsNone(process.poll(), output.read_text()[-4000:])
            return b"Keystone and what Qinling needs" in output.read_bytes()

        try:
            wait_for(is_ready, "Keystone is ready", 300)
            yield
        finally:
            process.terminate()
            process.wait(60)

    def catalogue(self):
        """The public addresses that it tells the user of the api."""
        asked = {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "qinling", "domain": {"id": "default"}, "password": SECRET}}},
            "scope": {"project": {"name": "service", "domain": {"id": "default"}}}}}
        request = urllib.request.Request(
            f"http://{HERE}:5000/v3/auth/tokens", json.dumps(asked).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.assertEqual("close", answer.headers["Connection"])
            token = json.load(answer)["token"]
        return {
            service["type"]: endpoint["url"] for service in token["catalog"] for endpoint in service["endpoints"]}

    def test_its_catalogue_follows_the_address_of_the_api(self):
        for url in "http://127.0.0.1:7070", "http://192.0.2.1:7070":
            with self.running(url):
                self.assertEqual(
                    {"identity": f"http://{HERE}:5000/v3", "function-engine": url}, self.catalogue())


class TestBuildContext(unittest.TestCase):
    def test_what_is_secret_stays_out_of_images_and_of_the_repository(self):
        for name in ".dockerignore", ".gitignore":
            lines = {line.lstrip("/").rstrip("/") for line in (TOP / name).read_text().splitlines()}
            self.assertLessEqual({"deploy/compose/.env", "deploy/compose/pki"}, lines, name)
