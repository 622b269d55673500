# SPDX-License-Identifier: Apache-2.0
"""What `qinling-api check` and `qinling-engine check` say of real things, and what a start refuses."""

import configparser
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from databases import PASSWORD as DATABASE_PASSWORD, QUOTED, MariaDb
from etcd import Etcd, pki_in
from harness import TOP, Qinling
from keystone import PASSWORD, Keystone
from kubernetes import kubernetes

OK, WARNING, FAILED, NONE = "OK", "WARNING", "FAILED", "not configured"
# The second row of a subject has its number.
ENGINE_ROWS = ["configuration", "secret", "address", "etcd", "storage", "local", "local 2", "local 3"]
API_ROWS = ["configuration", "secret", "database", "keystone", "policy", "listener", "uploads", "etcd", "engine"]


class CheckTest(unittest.TestCase):
    """Checks configurations that differ from a good one."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_service(self, service, conf, options, *arguments, prefix=()):
        """The ended process; options by section replace those of a configuration."""
        settings = configparser.RawConfigParser()
        settings.read(conf)
        settings.read_dict(options)
        changed = self.folder / "qinling.conf"
        changed.touch(0o600)
        with changed.open("w") as file:
            settings.write(file)
        return subprocess.run(
            [*prefix, TOP / f"deploy/bin/qinling-{service}", "--config-file", changed, *arguments],
            env={**os.environ, "JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:-AutoCreateSharedArchive"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def check(self, service, conf, options=None, prefix=()):
        """Verdict and note by subject."""
        done = self.run_service(service, conf, options or {}, "check", prefix=prefix)
        output = done.stdout + done.stderr
        for secret in PASSWORD, DATABASE_PASSWORD, QUOTED, "the wrong one", "\tat ":
            self.assertNotIn(secret, output)
        head, *lines = done.stdout.splitlines()
        self.assertRegex(head, r"^WHAT +RESULT +NOTE$", output)
        rows = {}
        for line in lines:
            subject, verdict, note = re.split(r"\s{2,}", line, maxsplit=2)
            count = sum(1 for row in rows if row.split()[0] == subject)
            rows[f"{subject} {count + 1}" if count else subject] = (verdict, note)
        failed = any(verdict == FAILED for verdict, _ in rows.values())
        self.assertEqual(1 if failed else 0, done.returncode, output)
        return rows

    def assertRow(self, rows, subject, verdict, *words):
        self.assertEqual(verdict, rows[subject][0], rows)
        for each in words:
            self.assertIn(each, rows[subject][1])

    def assertOthersGood(self, rows, *subjects):
        others = {name: row for name, row in rows.items() if name not in subjects}
        self.assertEqual({}, {name: row for name, row in others.items() if row[0] in (WARNING, FAILED)})


class TestEngineCheck(CheckTest):
    @classmethod
    def setUpClass(cls):
        # Not started: what is checked is its configuration.
        cls.q = Qinling()
        cls.addClassCleanup(cls.q.end)

    def test_all_good(self):
        rows = self.check("engine", self.q.conf)

        self.assertEqual(ENGINE_ROWS, list(rows))
        self.assertOthersGood(rows)
        self.assertRow(rows, "configuration", OK, "qinling.conf")
        self.assertRow(rows, "etcd", NONE)
        self.assertRow(rows, "local", OK, "runtimes: nodejs, python3")
        # Nothing was made.
        self.assertEqual({"qinling.conf"}, {file.name for file in self.q.folder.iterdir()})

    def test_storage(self):
        def said_of(folder, **more):
            return self.check("engine", self.q.conf, {"storage": {"file_system_dir": str(folder)}}, **more)

        self.assertRow(said_of(self.folder), "storage", OK, "MiB are free")
        occupied = self.folder / "file"
        occupied.touch()
        rows = said_of(occupied / "packages")
        self.assertRow(rows, "storage", FAILED, "[storage] file_system_dir", "is not a folder")
        self.assertOthersGood(rows, "storage")
        if os.geteuid() == 0:
            fixed = self.folder / "fixed"
            fixed.mkdir()
            read_only = ["unshare", "--mount", "sh", "-c", 'mount --bind -o ro "$0" "$0" && exec "$@"', str(fixed)]
            rows = said_of(fixed, prefix=read_only)
            self.assertRow(rows, "storage", FAILED, "[storage] file_system_dir", "mount it writable")

    def test_no_runtimes(self):
        rows = self.check("engine", self.q.conf, {"local": {"runtimes_dir": str(self.folder)}})

        self.assertRow(rows, "local", FAILED, "[local] runtimes_dir")
        self.assertOthersGood(rows, "local")

    def test_etcd(self):
        pki = pki_in(self.folder / "pki")
        etcd = Etcd(pki=pki)
        self.addCleanup(etcd.remove)
        etcd.start()
        options = {"etcd": {
            "host": "127.0.0.1", "port": str(etcd.port), "ca_cert": f"{pki}/ca.crt", "cert_file": f"{pki}/client.crt",
            "cert_key": f"{pki}/client.key"}}

        rows = self.check("engine", self.q.conf, options)
        self.assertRow(rows, "etcd", OK, str(etcd.port), "registered: 0")
        # Nor was anything registered.
        self.assertEqual({}, etcd.keys())

        options["etcd"]["ca_cert"] = f"{pki}/other-ca.crt"
        self.assertRow(self.check("engine", self.q.conf, options), "etcd", FAILED, "[etcd]", "certification path")

        etcd.stop()
        options["etcd"]["ca_cert"] = f"{pki}/ca.crt"
        rows = self.check("engine", self.q.conf, options)
        self.assertRow(rows, "etcd", FAILED, "[etcd]", "Connection refused")

    def test_kubernetes(self):
        cluster = kubernetes()
        options = {"engine": {"orchestrator": "kubernetes"}, "kubernetes": cluster.settings()}

        rows = self.check("engine", self.q.conf, options)
        self.assertRow(rows, "kubernetes", OK, cluster.namespace)
        self.assertEqual([], cluster.left())

        authority = pki_in(self.folder / "pki") / "ca.crt"
        options["kubernetes"]["ssl_ca_cert"] = str(authority)
        self.assertRow(self.check("engine", self.q.conf, options), "kubernetes", FAILED, "[kubernetes] ssl_ca_cert")

        options["kubernetes"]["ssl_ca_cert"] = f"{self.folder}/no-such-file"
        self.assertRow(self.check("engine", self.q.conf, options), "kubernetes", FAILED, "[kubernetes] ssl_ca_cert")

        options["kubernetes"] = {**cluster.settings(), "namespace": "kube-system"}
        self.assertRow(self.check("engine", self.q.conf, options), "kubernetes", FAILED, "lacks rights", "create pods")

    def test_settings(self):
        rows = self.check("engine", self.q.conf, {
            "engine": {"queue_timeout": "20s", "secret": "changemechangeme", "function_concurency": "2"}})

        self.assertRow(rows, "configuration 2", WARNING, "did you mean function_concurrency?")
        self.assertRow(rows, "settings", WARNING, "start_allowance")
        self.assertRow(rows, "secret", WARNING, "[engine] secret can be guessed")
        self.assertOthersGood(rows, "configuration 2", "settings", "secret")

    def test_a_start_names_what_is_impossible_in_a_line(self):
        for service, options, words in [
                ("engine", {"engine": {"port": "many"}}, "[engine] port: Expected an integer value"),
                ("engine", {"engine": {"function_concurrency": "0", "secret": "short"}}, "; [engine] function_conc"),
                ("api", {"api": {"instance_timeout": "0s"}}, "[api] instance_timeout = 0 ms must be at least"),
                ("api", {"api": {"enable_ssl_api": "true"}}, "[ssl] cert_file must name a file")]:
            with self.subTest(words):
                done = self.run_service(service, self.q.conf, options)
                self.assertEqual((1, ""), (done.returncode, done.stdout), done.stderr)
                self.assertRegex(done.stderr, r"^ERROR: [^\n]*\n$")
                self.assertIn(words, done.stderr)
        rows = self.check("engine", self.q.conf, {"engine": {"port": "many"}})
        self.assertEqual({"configuration": (FAILED, '[engine] port: Expected an integer value, got "many"')}, rows)


class TestApiCheck(CheckTest):
    """One engine runs, and a Keystone; the api need not."""

    @classmethod
    def setUpClass(cls):
        cls.keystone = Keystone()
        cls.addClassCleanup(cls.keystone.end)
        cls.keystone.start()
        cls.database = MariaDb()
        cls.addClassCleanup(cls.database.remove)
        cls.database.start()
        cls.q = Qinling(
            {"pecan": {"auth_enable": "true"}, "keystone_authtoken": cls.keystone.options()},
            database=cls.database.url)
        cls.addClassCleanup(cls.q.end)
        cls.q.start_processes()

    def test_all_good(self):
        rows = self.check("api", self.q.conf)

        self.assertEqual(API_ROWS, list(rows))
        self.assertOthersGood(rows)
        self.assertRow(rows, "database", OK, "tables are those of this release")
        self.assertRow(rows, "keystone", OK, self.keystone.url)
        self.assertRow(rows, "listener", OK, "http on 127.0.0.1")
        self.assertRow(rows, "etcd", NONE, "[api] engines")
        self.assertRow(rows, "engine", OK, str(self.q.engine.port), "the same secret")

    def test_database(self):
        def said_of(name):
            url = self.database.url.replace("/qinling?", f"/{name}?")
            return self.check("api", self.q.conf, {"database": {"connection": url}})

        self.database.execute("CREATE DATABASE qinling_new; CREATE DATABASE qinling_old")
        self.database.execute("""USE qinling_old; CREATE TABLE alembic_version (version_num VARCHAR(32));
            INSERT INTO alembic_version VALUES ('001')""")
        rows = said_of("qinling_new")
        self.assertRow(rows, "database", WARNING, "`qinling-db-manage upgrade head`", "upstream schema")
        self.assertOthersGood(rows, "database")
        self.assertEqual("", self.database.execute("SHOW TABLES IN qinling_new"))
        self.assertRow(said_of("qinling_old"), "database", FAILED, "[database] connection", "001")
        self.assertRow(said_of("absent"), "database", FAILED, "[database] connection", "absent")
        rows = self.check("api", self.q.conf, {"database": {
            "connection": f"mysql+pymysql://qinling:{QUOTED}@127.0.0.1:{self.keystone.port + 1}/qinling"}})
        self.assertRow(rows, "database", FAILED, "[database] connection", "not available")
        self.assertOthersGood(rows, "database")

    def test_a_file_of_h2(self):
        options = {"database": {"connection": f"h2:///{self.folder}/records"}}
        self.assertRow(self.check("api", self.q.conf, options), "database", OK, "will be made by the start")
        self.assertEqual([], list(self.folder.glob("records*")))

    def test_keystone(self):
        rows = self.check("api", self.q.conf, {"keystone_authtoken": {"password": "the wrong one"}})
        self.assertRow(rows, "keystone", FAILED, "[keystone_authtoken]", "Keystone refuses the service")
        # The secret between the services is another option here.
        self.assertOthersGood(rows, "keystone")
        rows = self.check("api", self.q.conf, {"keystone_authtoken": {
            "auth_url": "http://127.0.0.1:9", "www_authenticate_uri": "http://127.0.0.1:9"}})
        self.assertRow(rows, "keystone", FAILED, "auth_url = http://127.0.0.1:9/v3", "ConnectException")
        rows = self.check("api", self.q.conf, {"keystone_authtoken": {"username": "member1", "project_name": "p1"}})
        self.assertRow(rows, "keystone", FAILED, "the role service")
        rows = self.check("api", self.q.conf, {"pecan": {"auth_enable": "false"}})
        self.assertRow(rows, "keystone", NONE, "[pecan] auth_enable")
        self.assertRow(rows, "policy", NONE)

    def test_policy(self):
        policy = self.folder / "policy.yaml"
        policy.write_text('"runtime:create": "role:("\n')
        rows = self.check("api", self.q.conf)
        self.assertRow(rows, "policy", OK, "defaults")
        rows = self.check("api", self.q.conf, {"oslo_policy": {"policy_file": str(policy)}})
        self.assertRow(rows, "policy 2", FAILED, f"{policy}:1", "runtime:create")
        rows = self.check("api", self.q.conf, {"oslo_policy": {"policy_file": "absent.yaml"}})
        self.assertRow(rows, "policy", FAILED, "[oslo_policy] policy_file = absent.yaml")

    def test_listener(self):
        pki = pki_in(self.folder / "pki")
        options = {"api": {"enable_ssl_api": "true"},
                   "ssl": {"cert_file": f"{pki}/server.crt", "key_file": f"{pki}/server.key"}}
        self.assertRow(self.check("api", self.q.conf, options), "listener", OK, "https on 127.0.0.1", "until 20")
        options["ssl"]["key_file"] = f"{pki}/server.crt"
        self.assertRow(self.check("api", self.q.conf, options), "listener", FAILED, "[ssl] cert_file, key_file")

    def test_engines(self):
        rows = self.check("api", self.q.conf, {"engine": {"secret": "another one 0123".replace(" ", "-")}})
        self.assertRow(rows, "engine", FAILED, "the secret of [engine] secret")
        self.assertOthersGood(rows, "engine")
        here, away = f"127.0.0.1:{self.q.engine.port}", "127.0.0.1:9"
        rows = self.check("api", self.q.conf, {"api": {"engines": f"{here},{away}"}})
        self.assertRow(rows, "engine", OK, here)
        self.assertRow(rows, "engine 2", WARNING, away, "[api] engines")
        self.assertRow(self.check("api", self.q.conf, {"api": {"engines": away}}), "engine", FAILED, away)


if __name__ == "__main__":
    unittest.main()
