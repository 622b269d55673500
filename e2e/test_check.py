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
from harness import TOP, Qinling, listens
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
        self.assertRow(rows, "storage", OK, "will be made")
        self.assertRow(rows, "local", OK, "runtimes: nodejs, python3")
        # Nothing was made.
        self.assertEqual({"qinling.conf"}, {file.name for file in self.q.folder.iterdir()})

    def test_what_is_wrong(self):
        occupied = self.folder / "file"
        occupied.touch()
        rows = self.check("engine", self.q.conf, {
            "engine": {"queue_timeout": "20s", "secret": "changemechangeme", "function_concurency": "2"},
            "etcd": {"host": "127.0.0.1", "port": "9"},
            "local": {"runtimes_dir": str(self.folder)},
            "storage": {"file_system_dir": f"{occupied}/packages"}})

        self.assertRow(rows, "configuration 2", WARNING, "did you mean function_concurrency?")
        self.assertRow(rows, "settings", WARNING, "start_allowance")
        self.assertRow(rows, "secret", WARNING, "[engine] secret can be guessed")
        self.assertRow(rows, "etcd", FAILED, "[etcd]", "Connection refused")
        self.assertRow(rows, "storage", FAILED, "[storage] file_system_dir", "is not a folder")
        self.assertRow(rows, "local", FAILED, "[local] runtimes_dir")
        self.assertOthersGood(rows, "configuration 2", "settings", "secret", "etcd", "storage", "local")

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_a_read_only_storage(self):
        folder = self.folder / "packages"
        folder.mkdir()
        read_only = ["unshare", "--mount", "sh", "-c", 'mount --bind -o ro "$0" "$0" && exec "$@"', str(folder)]
        rows = self.check("engine", self.q.conf, {"storage": {"file_system_dir": str(folder)}}, read_only)

        self.assertRow(rows, "storage", FAILED, "[storage] file_system_dir", "mount it writable")

    def test_etcd(self):
        self.folder.chmod(0o755)
        pki = self.folder / "pki"
        pki.mkdir(0o755)
        etcd = Etcd(pki=pki_in(pki))
        self.addCleanup(etcd.remove)
        etcd.start()
        options = {
            "etcd": {"host": "127.0.0.1", "port": str(etcd.port), "ca_cert": f"{pki}/ca.crt",
                     "cert_file": f"{pki}/client.crt", "cert_key": f"{pki}/client.key"},
            "storage": {"file_system_dir": str(self.folder)}}

        rows = self.check("engine", self.q.conf, options)
        self.assertRow(rows, "etcd", OK, str(etcd.port), "registered: 0")
        self.assertRow(rows, "storage", OK, "MiB are free")
        # Nothing was registered.
        self.assertEqual({}, etcd.keys())

        options["etcd"]["ca_cert"] = f"{pki}/other-ca.crt"
        self.assertRow(self.check("engine", self.q.conf, options), "etcd", FAILED, "[etcd]", "certification path")

    def test_kubernetes(self):
        cluster = kubernetes()
        options = {"engine": {"orchestrator": "kubernetes", "start_allowance": "100s"}}

        def said_of(**settings):
            return self.check("engine", self.q.conf, {**options, "kubernetes": {**cluster.settings(), **settings}})

        rows = said_of()
        self.assertRow(rows, "kubernetes", OK, cluster.namespace)
        self.assertOthersGood(rows)
        self.assertEqual([], cluster.left())
        other = pki_in(self.folder / "pki") / "other-ca.crt"
        self.assertRow(said_of(ssl_ca_cert=str(other)), "kubernetes", FAILED, "[kubernetes] ssl_ca_cert does not")
        self.assertRow(said_of(namespace="kube-system"), "kubernetes", FAILED, "lacks rights", "create pods")

    def test_a_start_names_all_that_is_impossible_in_a_line(self):
        for service, options, *words in [
                ("engine", {"engine": {"port": "many"}}, "[engine] port: Expected an integer value"),
                ("engine", {"engine": {"function_concurrency": "0", "secret": "short"}},
                 "[engine] secret must have at least 16", "; [engine] function_concurrency = 0 must be"),
                ("api", {"api": {"instance_timeout": "0s", "enable_ssl_api": "true"}},
                 "[api] instance_timeout = 0 ms must be", "; [ssl] cert_file must name a file")]:
            with self.subTest(words):
                done = self.run_service(service, self.q.conf, options)
                self.assertEqual((1, ""), (done.returncode, done.stdout), done.stderr)
                self.assertRegex(done.stderr, r"^ERROR: [^\n]*\n$")
                for each in words:
                    self.assertIn(each, done.stderr)

    def test_a_value_that_cannot_be_read(self):
        rows = self.check("engine", self.q.conf, {"engine": {"port": "many"}})

        self.assertEqual({"configuration": (FAILED, '[engine] port: Expected an integer value, got "many"')}, rows)


class TestApiCheck(CheckTest):
    """An engine runs, and a Keystone and a database; the api need not."""

    @classmethod
    def setUpClass(cls):
        cls.keystone = Keystone()
        cls.addClassCleanup(cls.keystone.end)
        cls.keystone.start()
        cls.database = MariaDb()
        cls.addClassCleanup(cls.database.remove)
        cls.database.start()
        cls.database.execute("""CREATE DATABASE qinling_new; CREATE DATABASE qinling_old; USE qinling_old;
            CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('001')""")
        cls.q = Qinling(
            {"pecan": {"auth_enable": "true"}, "keystone_authtoken": cls.keystone.options(),
             # Unsafe for the engine alone.
             "engine": {"queue_timeout": "20s"}},
            database=cls.database.url)
        cls.addClassCleanup(cls.q.end)
        cls.q.engine.start()
        subprocess.run(
            [TOP / "deploy/bin/qinling-db-manage", "--config-file", cls.q.conf, "upgrade", "head"], check=True,
            stdout=subprocess.DEVNULL)
        cls.q.engine.wait_ready(lambda: listens(cls.q.engine.port))

    def named(self, database):
        """Section [database] for another one on the server."""
        return {"connection": self.database.url.replace("/qinling?", f"/{database}?")}

    def test_all_good(self):
        rows = self.check("api", self.q.conf)

        self.assertEqual(API_ROWS, list(rows))
        self.assertOthersGood(rows)
        self.assertRow(rows, "database", OK, "tables are those of this release")
        self.assertRow(rows, "keystone", OK, self.keystone.url)
        self.assertRow(rows, "policy", OK, "defaults")
        self.assertRow(rows, "listener", OK, "http on 127.0.0.1")
        self.assertRow(rows, "etcd", NONE, "[api] engines")
        self.assertRow(rows, "engine", OK, str(self.q.engine.port), "the same secret")

    def test_a_start_warns_of_what_is_unsafe_once(self):
        warnings = [line for line in self.q.engine.log.read_text().splitlines() if " WARN " in line]

        self.assertEqual(1, len(warnings), warnings)
        self.assertIn("[engine] queue_timeout and load_timeout together, 25 s, are more than", warnings[0])

    def test_what_is_wrong(self):
        policy = self.folder / "policy.yaml"
        policy.write_text('"runtime:create": "role:admin and"\n')
        pki = pki_in(self.folder / "pki")
        rows = self.check("api", self.q.conf, {
            "api": {"enable_ssl_api": "true", "upload_dir": f"{policy}/upload"},
            "database": self.named("qinling_absent"),
            "engine": {"secret": "the-secret-of-somebody-else"},
            "keystone_authtoken": {"password": "the wrong one"},
            "oslo_policy": {"policy_file": str(policy)},
            "ssl": {"cert_file": f"{pki}/server.crt", "key_file": f"{pki}/server.crt"}})

        self.assertRow(rows, "database", FAILED, "[database] connection", "qinling_absent")
        self.assertRow(rows, "keystone", FAILED, "[keystone_authtoken]", "Keystone refuses the service")
        self.assertRow(rows, "policy 2", FAILED, f"{policy}:1", "runtime:create")
        self.assertRow(rows, "listener", FAILED, "[ssl] cert_file, key_file")
        self.assertRow(rows, "uploads", FAILED, "[api] upload_dir", "is not a folder")
        self.assertRow(rows, "engine", FAILED, "the secret of [engine] secret")

    def test_what_cannot_be_reached(self):
        away = "127.0.0.1:9"
        rows = self.check("api", self.q.conf, {
            "api": {"engines": away},
            "database": {"connection": f"mysql+pymysql://qinling:{QUOTED}@{away}/qinling"},
            "keystone_authtoken": {"auth_url": f"http://{away}"},
            "oslo_policy": {"policy_file": "absent.yaml"}})

        self.assertRow(rows, "database", FAILED, "[database] connection", "not available")
        self.assertRow(rows, "keystone", FAILED, f"auth_url = http://{away}/v3 cannot be used", "ConnectException")
        self.assertRow(rows, "policy", FAILED, "[oslo_policy] policy_file = absent.yaml")
        self.assertRow(rows, "engine", FAILED, away, "[api] engines")

    def test_what_is_not_as_it_should_be(self):
        pki = pki_in(self.folder / "pki")
        rows = self.check("api", self.q.conf, {
            "api": {"engines": f"127.0.0.1:{self.q.engine.port},127.0.0.1:9", "enable_ssl_api": "true"},
            "database": self.named("qinling_new"),
            "keystone_authtoken": {"username": "member1", "project_name": "p1"},
            "ssl": {"cert_file": f"{pki}/server.crt", "key_file": f"{pki}/server.key"}})

        self.assertRow(rows, "database", WARNING, "`qinling-db-manage upgrade head`", "upstream schema")
        self.assertEqual("", self.database.execute("SHOW TABLES IN qinling_new"))
        self.assertRow(rows, "keystone", WARNING, "[member, reader]", "service or admin")
        self.assertRow(rows, "listener", OK, "https on 127.0.0.1", "until 20")
        self.assertRow(rows, "engine", OK, str(self.q.engine.port))
        self.assertRow(rows, "engine 2", WARNING, "127.0.0.1:9", "[api] engines")
        self.assertRow(rows, "settings", WARNING, "[ssl] key_file", "chmod 640")
        self.assertOthersGood(rows, "database", "keystone", "engine 2", "settings")

    def test_tables_of_an_earlier_release(self):
        rows = self.check("api", self.q.conf, {"database": self.named("qinling_old")})

        self.assertRow(rows, "database", FAILED, "[database] connection", "001", "upgrade head")
        self.assertOthersGood(rows, "database")

    def test_a_file_of_h2_and_nobody_authenticates(self):
        rows = self.check("api", self.q.conf, {
            "database": {"connection": f"h2:///{self.folder}/records"}, "pecan": {"auth_enable": "false"}})

        self.assertRow(rows, "database", OK, "will be made by the start")
        self.assertEqual([], list(self.folder.glob("records*")))
        self.assertRow(rows, "keystone", NONE, "[pecan] auth_enable")
        self.assertRow(rows, "policy", NONE, "[pecan] auth_enable")
        self.assertOthersGood(rows)


if __name__ == "__main__":
    unittest.main()
