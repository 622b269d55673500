# SPDX-License-Identifier: Apache-2.0
"""The images, used as Kolla-Ansible of Victoria and of today use them. Only root can run containers."""

import configparser
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest
import urllib.parse

import jinja2
import yaml

from container import Container, Image
from databases import MariaDb
from etcd import Etcd, pki_in
from harness import TOP, UNKNOWN, Client, Concurrently, wait_for
from keystone import PASSWORD, Keystone
from kolla import BOTH, KUBERNETES, Kolla
from kubernetes import kubernetes
from servers import free_ports
from todays_kolla import TodaysKolla

SERVICES = ("qinling-api", "qinling-engine")
MIB = 1024 * 1024
# A line as fluentd of Victoria knows it.
LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ [A-Z]+ \S+ \[(-|req-[0-9a-f-]{36}( \S+){5})\] ")
# And today's.
TODAYS_LINE = re.compile(LINE.pattern.replace("req-", "None req-").replace("{5}", "{6}"))
GREETING = "def main(name='World', **kwargs):\n    return 'Hello, ' + name\n"
SLEEPER = "import time\ndef main(**kwargs):\n    time.sleep(60)\n"
RENDERED = "/var/lib/kolla/config_files"
# What `openstack_cacert` is: of Debian and Ubuntu, and of Red Hat and those like it.
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")

_folder = None
_images = {}


def setUpModule():
    """Builds the images, unless QINLING_TEST_SERVICE_IMAGES names a folder of them, and unpacks them."""
    global _folder
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can run containers")
    _folder = pathlib.Path(tempfile.mkdtemp(prefix="qinling-kolla-"))
    unittest.addModuleCleanup(shutil.rmtree, _folder)
    _folder.chmod(0o755)
    archives = os.environ.get("QINLING_TEST_SERVICE_IMAGES")
    if not archives:
        archives = _folder / "archives"
        subprocess.run([TOP / "deploy/kolla/images/build.sh", "--output", archives], check=True)
    for service in SERVICES:
        _images[service] = Image(pathlib.Path(archives, f"{service}.tar"), _folder / service)


class TestImages(unittest.TestCase):
    def test_what_kolla_wants_to_see(self):
        for service, image in _images.items():
            with self.subTest(service):
                self.assertIn("kolla_version", image.config["Labels"])
                # Either makes Kolla-Ansible recreate the container at each run.
                self.assertFalse({"Healthcheck", "Volumes"} & set(image.config))
                self.assertEqual(image.config["User"], "qinling")
                self.assertEqual(image.config["Entrypoint"], ["dumb-init", "--single-child", "--"])
                self.assertEqual(image.config["Cmd"], ["kolla_start"])
                for distro in "centos", "debian", "rhel", "ubuntu":
                    for kind in "binary", "source":
                        self.assertIn(f"kolla/{distro}-{kind}-{service}:victoria", image.names)
                self.assertLess(image.size, 250 * MIB)

    def test_users_and_folders(self):
        for service, image in _images.items():
            with self.subTest(service):
                users = dict(line.split(":", 1) for line in (image.root / "etc/passwd").read_text().splitlines())
                self.assertIn("x:42484:42484:", users["qinling"])
                self.assertIn(":/var/lib/qinling:", users["qinling"])
                self.assertIn("x:42400:42400:", users["kolla"])
                self.assertIn("x:42474:42474:", users["fluentd"])
                self.assertIn("kolla:x:42400:qinling", (image.root / "etc/group").read_text())
                for path, mode, owner in (
                        ("var/lib/qinling", 0o755, (42484, 42484)), ("etc/qinling", 0o755, (42484, 42484)),
                        ("var/log/kolla", 0o2775, (0, 42400)), ("etc/sudoers.d/kolla", 0o440, (0, 0)),
                        ("usr/bin/sudo", 0o4755, (0, 0)), ("usr/local/bin/kolla_set_configs", 0o755, (0, 0))):
                    found = (image.root / path).stat()
                    self.assertEqual(
                        (path, oct(mode), owner),
                        (path, oct(stat.S_IMODE(found.st_mode)), (found.st_uid, found.st_gid)))

    def test_what_kolla_gives_is_believed_by_the_names_of_every_distribution(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="authorities-", dir=_folder))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        given = folder / "given"
        given.mkdir(0o755)
        (given / "private.crt").write_text("a private authority\n")
        container = Container(
            _images["qinling-api"], folder / "container", mounts=[(given, f"{RENDERED}/ca-certificates", False)],
            command=["sh", "-c", f"sudo -n /usr/local/bin/kolla_copy_cacerts && tail -n 2 -q {' '.join(AUTHORITIES)}"])

        self.assertEqual(0, container.run(), container.output.read_text())
        self.assertEqual(
            len(AUTHORITIES), container.output.read_text().count("a private authority"), container.output.read_text())

    def test_an_executable_takes_the_place_of_java(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="executable-", dir=_folder))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        (folder / "program").mkdir(0o755)
        executable = folder / "program/qinling-api"
        executable.write_text('#!/bin/sh\necho "$@"\n')
        executable.chmod(0o755)
        container = Container(
            _images["qinling-api"], folder / "container", {"JAVA_OPTS": "-XX:A=B"},
            [(folder / "program", "/usr/share/qinling-api", False)], ["qinling-db-manage", "upgrade", "head"])

        self.assertEqual(0, container.run(), container.output.read_text())
        self.assertRegex(
            container.output.read_text(), r"^-Xmx\d+m -XX:\+ExitOnOutOfMemoryError -XX:A=B db-manage upgrade head\n$")


class TestSetConfigs(unittest.TestCase):
    """kolla_set_configs, of which Kolla-Ansible knows the exit codes."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="set-configs-", dir=_folder))
        self.addCleanup(shutil.rmtree, self.folder)
        self.rendered = self.folder / "rendered"
        self.rendered.mkdir(0o770)
        self.config = {
            "command": "true", "config_files": [{
                "source": f"{RENDERED}/a.conf", "dest": "/etc/qinling/a.conf", "owner": "qinling", "perm": "0600"}],
            "permissions": [{"path": "/var/lib/none", "owner": "qinling:qinling", "recurse": True}]}
        self.write("a.conf", "x = 1\n")
        self.render()
        self.container = Container(
            _images["qinling-api"], self.folder / "container", mounts=[(self.rendered, RENDERED, False)],
            command=["sleep", "600"])
        self.addCleanup(self.container.remove)
        self.container.start()

    def write(self, name, text):
        (self.rendered / name).write_text(text)
        (self.rendered / name).chmod(0o660)

    def render(self):
        self.write("config.json", json.dumps(self.config))

    def assertCopy(self, code, said="", strategy="COPY_ALWAYS"):
        done = self.container.execute(
            "env", f"KOLLA_CONFIG_STRATEGY={strategy}", "sudo", "-n", "/usr/local/bin/kolla_set_configs",
            user="qinling")
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertIn(said, done.stderr)

    def assertCheck(self, code, said=""):
        done = self.container.execute("/usr/local/bin/kolla_set_configs", "--check")
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertIn(said, done.stderr)

    def run_in(self, *command):
        done = self.container.execute(*command)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_a_check_tells_whether_a_copy_would_change_something(self):
        self.assertCheck(1, "does not exist: /etc/qinling/a.conf")
        self.assertCopy(0)
        self.assertCheck(0)
        self.assertEqual("600 qinling qinling\n", self.run_in("stat", "-c", "%a %U %G", "/etc/qinling/a.conf"))
        self.assertEqual(("true", "644 root\n"), (
            self.run_in("cat", "/run_command"), self.run_in("stat", "-c", "%a %U", "/run_command")))
        for drift, said in (
                ("echo y >> /etc/qinling/a.conf", "content"), ("chmod 640 /etc/qinling/a.conf", "permission"),
                ("chown root /etc/qinling/a.conf", "owner"), ("rm /etc/qinling/a.conf", "does not exist"),
                ("echo false > /run_command", "command")):
            with self.subTest(drift):
                self.run_in("sh", "-c", drift)
                self.assertCheck(1, said)
                self.assertCopy(0)
                self.assertCheck(0)

    def test_what_is_wrong_is_1_and_what_is_unexpected_2(self):
        self.assertCopy(1, "KOLLA_CONFIG_STRATEGY", strategy="COPY_TWICE")
        (self.rendered / "a.conf").unlink()
        self.assertCopy(1, "does not exist")
        self.assertCheck(1, "does not exist")
        self.config["config_files"][0]["optional"] = True
        self.render()
        self.assertCopy(0)
        self.write("a.conf", "x = 1\n")
        self.config["config_files"][0]["owner"] = "nobody-at-all"
        self.render()
        self.assertCopy(2, "nobody-at-all")
        del self.config["config_files"][0]["owner"]
        self.render()
        self.assertCopy(1, "owner and perm")
        del self.config["command"]
        self.render()
        self.assertCopy(1, "command")
        self.write("config.json", "{")
        self.assertCopy(1, "JSON")
        (self.rendered / "config.json").unlink()
        self.assertCopy(2, "config.json")
        self.assertCheck(2, "config.json")

    def test_a_container_does_not_start_on_what_is_wrong(self):
        def run(name):
            container = Container(
                _images["qinling-engine"], self.folder / name, {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS"},
                [(self.rendered, RENDERED, False)])
            return container.run(), container.output.read_text()

        self.config["command"] = "echo the service runs"
        self.render()
        code, output = run("right")
        self.assertEqual(0, code, output)
        self.assertIn("Running command: 'echo the service runs'\nthe service runs\n", output)
        (self.rendered / "a.conf").unlink()
        code, output = run("no-source")
        self.assertEqual(1, code, output)
        self.assertIn("The source to copy does not exist", output)
        self.assertNotIn("the service runs\n", output)
        (self.rendered / "config.json").unlink()
        code, output = run("no-config")
        self.assertEqual(2, code, output)

    def test_once_is_once(self):
        self.assertCopy(0, strategy="COPY_ONCE")
        self.write("a.conf", "x = 2\n")
        self.assertCopy(0, "prevents copying", strategy="COPY_ONCE")
        self.assertEqual("x = 1\n", self.run_in("cat", "/etc/qinling/a.conf"))
        self.assertCheck(1, "content")

    def test_what_is_no_longer_rendered_goes_and_what_the_image_had_comes_back(self):
        self.run_in("sh", "-c", "echo original > /etc/qinling/a.conf; chown qinling:kolla /etc/qinling/a.conf")
        self.assertCopy(0)
        self.assertCopy(0)
        self.config["config_files"] = []
        self.render()
        self.assertCheck(1, "No longer wanted: /etc/qinling/a.conf")
        self.assertCopy(0)
        self.assertCheck(0)
        self.assertEqual("original\n", self.run_in("cat", "/etc/qinling/a.conf"))
        self.assertEqual("qinling kolla\n", self.run_in("stat", "-c", "%U %G", "/etc/qinling/a.conf"))

    def test_folders_and_what_todays_kolla_adds(self):
        (self.rendered / "certificates").mkdir()
        self.write("certificates/one.crt", "1")
        self.config["config_files"] = [
            {"source": f"{RENDERED}/{source}", "dest": f"/etc/qinling/{dest}", "owner": owner, "perm": perm}
            for source, dest, owner, perm in (
                ("certificates", "certificates", "root", "0644"), ("*.conf", "", "qinling:kolla", "0o640"))]
        self.config["directories"] = [
            {"path": "/var/log/kolla/qinling", "owner": "fluentd:kolla", "perm": "2775"}]
        self.config["permissions"] = [
            {"path": "/var/log/kolla/*/*.log", "owner": "qinling:kolla", "perm": "0664", "exclude": ["not"]}]
        self.run_in(
            "sh", "-c", "mkdir /var/log/kolla/qinling; cd /var/log/kolla/qinling; touch a.log not.log; chmod 600 *")
        self.render()
        self.assertCopy(0)
        self.assertCheck(0)
        self.assertEqual(
            "755 root root\n644 root root\n640 qinling kolla\n2775 fluentd kolla\n664 qinling kolla\n600 root kolla\n",
            self.run_in(
                "stat", "-c", "%a %U %G", "/etc/qinling/certificates", "/etc/qinling/certificates/one.crt",
                "/etc/qinling/a.conf", "/var/log/kolla/qinling", "/var/log/kolla/qinling/a.log",
                "/var/log/kolla/qinling/not.log"))

    def test_a_user_gets_no_further_than_that(self):
        for command in (["sudo", "-n", "id"], ["sudo", "-n", "/usr/local/bin/kolla_set_configs", "--check"],
                        ["cat", f"{RENDERED}/config.json"]):
            self.assertNotEqual(0, self.container.execute(*command, user="qinling").returncode, command)


class TestTodaysRole(unittest.TestCase):
    """Our role, in what no deployment here has."""

    def test_everything_is_switched_on(self):
        today = TodaysKolla(
            _folder / "switched-on", api_interface_address="fd00::11", kolla_enable_tls_backend=True, enable_etcd=False,
            database_enable_tls_internal=True, qinling_kolla_has_shared_logs=True, database_address="10.0.0.254",
            database_port=3306, qinling_database_password="PW", qinling_keystone_password="PW",
            keystone_public_url="https://k", keystone_internal_url="https://k", enable_prometheus=True)
        today.write("qinling/policy.yaml", '"runtime:create": "!"\n')
        today.write("qinling/control01/qinling.conf", "[kubernetes]\nreplicas = {{ 3 + 4 }}\n")
        self.assertEqual([], today.run("config"))
        conf = {}
        for service in SERVICES:
            folder = today.folder / "etc" / service
            conf[service] = configparser.RawConfigParser()
            conf[service].read(folder / "qinling.conf")
            config = json.loads((folder / "config.json").read_text())
            dests = {item["dest"] for item in config["config_files"]}
            self.assertLess({"/etc/qinling/qinling.conf", "/etc/qinling/policy.yaml"}, dests)
            self.assertEqual("fluentd:kolla", config["directories"][0]["owner"])
        api, engine = conf["qinling-api"], conf["qinling-engine"]
        self.assertEqual("[fd00::11]:7071", api["api"]["engines"])
        self.assertEqual("true", api["api"]["enable_ssl_api"])
        self.assertEqual("policy.yaml", api["oslo_policy"]["policy_file"])
        self.assertTrue(api["database"]["connection"].endswith("/qinling?ssl_ca=/etc/ssl/certs/ca-certificates.crt"))
        self.assertEqual("7", engine["kubernetes"]["replicas"])
        for section, port in (api["api"], "7073"), (engine["engine"], "7074"):
            self.assertEqual("true", section["enable_metrics"])
            self.assertEqual(("fd00::11", port), (section["metrics_host"], section["metrics_port"]))
        self.assertFalse(engine.has_section("database"))

    def test_the_life_of_a_deployment(self):
        today = TodaysKolla(
            _folder / "life", api_interface_address="127.0.0.1", qinling_api_port=str(free_ports(1)[0]),
            database_address="10.0.0.254", database_port=3306, qinling_database_password="PW",
            qinling_keystone_password="PW", keystone_public_url="http://k", keystone_internal_url="http://k",
            etcd_client_port=2379, etcd_protocol="http")
        self.assertEqual(["kolla_container_facts"], [call["module"] for call in today.run("precheck")])
        self.assertEqual(
            ["bootstrap_qinling", "qinling_api", "qinling_engine"], [call["name"] for call in today.run("upgrade")])
        self.assertEqual([], today.run("stop"))


class TestVictoria(unittest.TestCase):
    """A deployment: Keystone, MariaDB as Kolla configures it, etcd with a certificate of a private authority."""

    @classmethod
    def setUpClass(cls):
        cls.keystone = Keystone()
        cls.addClassCleanup(cls.keystone.end)
        cls.database = MariaDb()
        cls.addClassCleanup(cls.database.remove)
        cls.pki = pki_in(_folder / "pki")
        cls.etcd = Etcd(pki=cls.pki, any_client=True)
        cls.addClassCleanup(cls.etcd.remove)
        cls.port, cls.engine_port = free_ports(2)
        for server in cls.keystone, cls.database, cls.etcd:
            server.start(**{"function_engine": f"http://127.0.0.1:{cls.port}"} if server is cls.keystone else {})
        cls.kolla = cls.new_kolla("kolla")
        cls.q = Client(cls.port)

    @classmethod
    def new_kolla(cls, name):
        kolla = Kolla(
            _folder / name, _images, address="127.0.0.1", port=cls.port,
            # Kolla-Ansible does not encode the password.
            database=urllib.parse.unquote(cls.database.url).removesuffix("?charset=utf8"),
            keystone=cls.keystone.url.removesuffix("/v3"), keystone_password=PASSWORD,
            etcd={"host": "127.0.0.1", "port": cls.etcd.port, "protocol": "https"},
            extra_volumes={"qinling-engine": [(TOP / "deploy/runtimes", "/usr/share/qinling/runtimes", False)]})
        kolla.authorities["private.crt"] = (cls.pki / "ca.crt").read_text()
        # Only since this host is not a controller alone, and has no Kubernetes.
        kolla.options["qinling-engine"] = {
            "engine": {"port": cls.engine_port, "orchestrator": "local"}, "local": {"pool_size": "2"}}
        return kolla

    def start(self, containers):
        self.containers = containers
        for container in self.containers.values():
            self.addCleanup(container.remove)
            container.start()
        self.wait_ready()

    def wait_ready(self):
        def is_ready():
            for service, container in self.containers.items():
                self.assertTrue(container.is_alive(), f"{service} ended:\n{container.output.read_text()}")
            return self.q.is_ready() and self.admin().get(f"/v1/functions/{UNKNOWN}/workers").status == 200

        try:
            wait_for(is_ready, "the containers serve", 90)
        except AssertionError as failed:
            texts = [container.output for container in self.containers.values()] + [self.kolla.log(s) for s in SERVICES]
            said = [text.read_text()[-3000:] for text in texts if text.exists()]
            raise AssertionError("\n".join([str(failed), *said])) from None

    def admin(self):
        return self.q.with_token(self.keystone.token("admin", "admin"))

    def member(self):
        return self.q.with_token(self.keystone.token("member1", "p1"))

    def ask_as_haproxy(self):
        """What `option httpchk GET /` gets for a request without a Host."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(1000).partition(b"\r\n")[0]

    def check(self, service):
        return self.containers[service].execute("/usr/local/bin/kolla_set_configs", "--check").returncode

    def assertIsLocalTime(self, line):
        hour = subprocess.run(
            ["date", "+%H"], env={"TZ": "Asia/Kathmandu"}, capture_output=True, text=True, check=True).stdout
        self.assertEqual(hour.strip(), line[11:13])

    def test_a_deployment(self):
        """In order, since each step needs what the one before it left."""
        self.kolla.render()

        with self.subTest("the tables are made, as often as is asked"):
            for _ in range(2):
                bootstrap = self.kolla.bootstrap()
                self.assertEqual(0, bootstrap.run(), bootstrap.output.read_text())
                bootstrap.remove()
            self.assertIn("executions\n", self.database.execute("SHOW TABLES IN qinling"))

        with self.subTest("a wrong password is an end and not a wait"):
            right = self.kolla.variables["database"]
            self.kolla.variables["database"] = right.replace("qinling:", "qinling:not", 1)
            self.kolla.render()
            bootstrap = self.kolla.bootstrap()
            self.assertEqual(1, bootstrap.run(), bootstrap.output.read_text())
            self.assertIn("Access denied", bootstrap.output.read_text())
            bootstrap.remove()
            self.kolla.variables["database"] = right
            self.kolla.render()

        # As HAProxy does on the virtual address: an api that listened everywhere could not start, nor could this.
        proxy = socket.socket()
        self.addCleanup(proxy.close)
        proxy.bind(("127.0.0.2", self.port))
        proxy.listen()

        with self.subTest("both serve, and find each other and their secret"):
            self.start({service: self.kolla.container(service) for service in SERVICES})
            runtime = self.admin().new_runtime("python3", deadline=60)
            function = self.member().upload(GREETING, runtime_id=runtime).json["id"]
            self.assertEqual("Hello, Kolla", self.member().run(function, {"name": "Kolla"})["result"]["output"])
            self.assertEqual(200, self.q.get("/").status)
            self.assertIn(b" 200 ", self.ask_as_haproxy())
            self.assertEqual(401, self.q.get("/v1/functions").status)
            for service in SERVICES:
                self.assertEqual(0, self.check(service))

        with self.subTest("health checks of today's Kolla tell the truth"):
            engine, api = self.containers["qinling-engine"], self.containers["qinling-api"]
            for code, container, *command in (
                    (0, api, "healthcheck_curl", f"http://127.0.0.1:{self.port}/"),
                    (1, api, "healthcheck_curl", f"http://127.0.0.1:{self.port}/v1/functions"),
                    (0, api, "env", "http_proxy=http://127.0.0.1:1", "healthcheck_curl", f"http://127.0.0.1:{self.port}/"),
                    (0, api, "healthcheck_listen", "qinling-api", str(self.port)),
                    (0, engine, "healthcheck_listen", "qinling-engine", str(self.engine_port)),
                    (1, engine, "healthcheck_listen", "qinling-engine", str(self.port))):
                done = container.execute(*command, user="qinling")
                self.assertEqual((command, code), (command, done.returncode), done.stderr)

        with self.subTest("a service takes no more memory for being on a large host"):
            for container, heap in (api, 512 * MIB), (engine, 256 * MIB):
                flags = container.execute("/usr/lib/qinling/java/bin/jcmd", "quarkus-run", "VM.flags", user="qinling")
                self.assertIn(f"-XX:MaxHeapSize={heap} ", flags.stdout, flags.stderr)

        with self.subTest("logs are what fluentd and logrotate expect"):
            for service in SERVICES:
                log = self.kolla.log(service)
                lines = log.read_text().splitlines()
                self.assertRegex(lines[0], LINE)
                self.assertTrue(all(LINE.match(line) for line in lines if line and line[0].isdigit()), lines)
                self.assertEqual(0o664, stat.S_IMODE(log.stat().st_mode))
                self.assertIsLocalTime(lines[-1])
                os.truncate(log, 0)
            self.admin().post("/v1/runtimes", {"image": "no/such-runtime"})
            wait_for(lambda: self.kolla.log("qinling-api").stat().st_size > 0, "a line of the api")
            self.assertRegex(self.kolla.log("qinling-api").read_text(), LINE)

        with self.subTest("what is changed is seen, and holds after a restart"):
            self.kolla.options[BOTH] = {"api": {"max_input_size": "10"}}
            # As derived from the sample, which is not quite JSON.
            self.kolla.distro = "centos"
            self.kolla.policy = ("policy.json", '{\n  "runtime:create": "!",\n}\n')
            self.kolla.render()
            for service in SERVICES:
                self.assertEqual(1, self.check(service))
                self.containers[service].stop()
                self.containers[service].start()
            self.wait_ready()
            for service in SERVICES:
                self.assertEqual(0, self.check(service))
            self.assertEqual(413, self.member().execute(function, {"name": "a long name"}).status)
            refused = self.admin().post("/v1/runtimes", {"image": "openstackqinling/python3-runtime"})
            self.assertEqual(403, refused.status, refused)

            self.assertIn("httpd -DFOREGROUND", self.containers["qinling-api"].output.read_text())

        with self.subTest("a terminal that goes away ends nothing"):
            for container in self.containers.values():
                container.send(signal.SIGHUP)
            self.assertEqual("Hello, World", self.member().run(function)["result"]["output"])

        with self.subTest("a stop ends within what Kolla grants, whatever runs"):
            sleeper = self.member().upload(SLEEPER, runtime_id=runtime, timeout=300).json["id"]
            running = Concurrently([lambda: self.member().execute(sleeper)])
            wait_for(lambda: self.admin().workers(sleeper), "the function has a worker", 60)
            stops = Concurrently([container.stop for container in self.containers.values()])
            for seconds, code in stops.results():
                self.assertLess(seconds, 10)
                self.assertEqual(143, code)
            running.outcomes()

        with self.subTest("new containers, by our role for today's Kolla-Ansible, have the function"):
            shutil.rmtree(self.kolla.rendered)
            today = self.todays_kolla()
            bootstrap, *services = [call for call in today.run("deploy") if call["module"] == "kolla_container"]
            container = self.kolla.asked(bootstrap)
            self.assertEqual(0, container.run(), container.output.read_text())
            container.remove()
            self.start({call["name"].replace("_", "-"): self.kolla.asked(call) for call in services})
            self.assertEqual("Hello, again", self.member().run(function, {"name": "again"})["result"]["output"])
            download = self.member().get(f"/v1/functions/{function}?download=true")
            self.assertEqual(200, download.status, download)
            for call, container in zip(services, self.containers.values()):
                kind, command = call["healthcheck"]["test"]
                done = container.execute("sh", "-c", command, user="qinling")
                self.assertEqual(("CMD-SHELL", 0), (kind, done.returncode), done.stderr)
            for service in SERVICES:
                self.assertEqual(0, self.check(service))
                self.assertNotIn("unknown", self.kolla.log(service).read_text())
            os.truncate(self.kolla.log("qinling-api"), 0)
            self.admin().post("/v1/runtimes", {"image": "no/such-runtime"})
            wait_for(lambda: self.kolla.log("qinling-api").stat().st_size > 0, "a line of the api")
            self.assertRegex(self.kolla.log("qinling-api").read_text(), TODAYS_LINE)
            self.assertIsLocalTime(self.kolla.log("qinling-api").read_text())

    def todays_kolla(self):
        database = urllib.parse.urlsplit(self.database.url)
        today = TodaysKolla(
            _folder / "today", api_interface_address="127.0.0.1", qinling_api_port=str(self.port),
            qinling_engine_grpc_port=str(self.engine_port), node_config_directory=str(self.kolla.rendered),
            database_address="127.0.0.1", database_port=database.port,
            qinling_database_password=urllib.parse.unquote(database.password), qinling_keystone_password=PASSWORD,
            keystone_public_url=self.keystone.url.removesuffix("/v3"),
            keystone_internal_url=self.keystone.url.removesuffix("/v3"), etcd_client_port=self.etcd.port,
            etcd_protocol="https",
            qinling_engine_extra_volumes=[f"{TOP}/deploy/runtimes:/usr/share/qinling/runtimes:ro"])
        # What service-cert-copy does.
        for service in SERVICES:
            authorities = self.kolla.rendered / service / "ca-certificates"
            authorities.mkdir(parents=True)
            (authorities / "private.crt").write_text(self.kolla.authorities["private.crt"])
        today.write("qinling/qinling-engine.conf", "[engine]\norchestrator = local\n[local]\npool_size = 2\n")
        return today

    def test_on_kubernetes(self):
        cluster = kubernetes()
        self.kolla = self.new_kolla("pods")
        self.kolla.options["qinling-engine"] = {
            "engine": {"port": self.engine_port},
            "kubernetes": {"kube_host": cluster.host, "namespace": cluster.namespace, "replicas": "1"}}
        self.kolla.certificates = {
            name: file.read_text() for name, file in zip(KUBERNETES, (cluster.ca, cluster.cert, cluster.key))}
        self.kolla.render()
        bootstrap = self.kolla.bootstrap()
        self.assertEqual(0, bootstrap.run(), bootstrap.output.read_text())
        bootstrap.remove()
        self.start({service: self.kolla.container(service) for service in SERVICES})
        runtime = self.admin().new_runtime("python3", deadline=90)
        function = self.member().upload(GREETING, runtime_id=runtime).json["id"]
        self.assertEqual("Hello, pod", self.member().run(function, {"name": "pod"})["result"]["output"])
        worker, = self.admin().workers(function)
        self.assertIn(f"pod/{worker}", cluster.left())

        with self.subTest("new containers go on with the same pod"):
            for container in self.containers.values():
                self.assertEqual(143, container.stop()[1])
            self.start({service: self.kolla.container(service) for service in SERVICES})
            self.assertEqual("Hello, again", self.member().run(function, {"name": "again"})["result"]["output"])
            self.assertEqual([worker], self.admin().workers(function))

        # Runtimes of the database that were made before have pools here, too.
        for client, kind in (self.member(), "functions"), (self.admin(), "runtimes"):
            for item in client.list(kind):
                self.assertEqual(204, client.delete(f"/v1/{kind}/{item['id']}").status)
        wait_for(lambda: not cluster.left(), "nothing is left in the cluster", 60)


class TestPreparation(unittest.TestCase):
    """What the Containerfile has done to Debian's image."""

    def test_a_mounted_time_zone_takes_the_place_of_the_images(self):
        root = pathlib.Path(tempfile.mkdtemp(prefix="prepared-", dir=_folder))
        self.addCleanup(shutil.rmtree, root)
        shutil.copytree(TOP / "deploy/kolla/images/files", root, symlinks=True, dirs_exist_ok=True)
        (root / "etc/ssl/certs").mkdir(parents=True)
        (root / "etc/ssl/certs/ca-certificates.crt").touch()
        (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
        (root / "etc/timezone").write_text("Etc/UTC\n")
        subprocess.run([TOP / "deploy/kolla/images/prepare.sh", root], check=True)
        self.assertFalse([name for name in ("localtime", "timezone") if os.path.lexists(root / "etc" / name)])


class TestTemplatesOfImages(unittest.TestCase):
    """What `kolla build` and Kubernetes are given; the images are run above."""

    def test_what_kubernetes_tells_of_services_is_no_option(self):
        manifests = yaml.safe_load_all((TOP / "deploy/kubernetes/in-cluster.yaml").read_text())
        pods = [manifest["spec"]["template"]["spec"] for manifest in manifests if manifest["kind"] == "Deployment"]
        self.assertEqual([False, False], [pod.get("enableServiceLinks", True) for pod in pods])

    def test_dockerfiles_are_rendered(self):
        macros = ("{% macro configure_user(name) %}RUN usermod {{ name }}{% endmacro %}"
                  "{% macro kolla_patch_sources() %}{% endmacro %}")
        folder = TOP / "deploy/kolla/docker/qinling"
        for name, last in ("qinling-base", "&& chown qinling: /etc/qinling"), ("qinling-api", "USER qinling"), (
                "qinling-engine", "USER qinling"):
            environment = jinja2.Environment(undefined=jinja2.StrictUndefined, loader=jinja2.ChoiceLoader(
                [jinja2.DictLoader({"macros.j2": macros}), jinja2.FileSystemLoader(folder / name)]))
            lines = environment.get_template("Dockerfile.j2").render(
                namespace="n", image_prefix="", tag="t", maintainer="m", image_name=name, build_date="d",
                users={}).strip().splitlines()
            self.assertEqual(f"FROM n/{'base' if name == 'qinling-base' else 'qinling-base'}:t", lines[0])
            self.assertEqual(last, lines[-1].strip())
            self.assertFalse([line for line in lines if line.startswith(("HEALTHCHECK", "VOLUME"))])
            if name == "qinling-base":
                self.assertFalse([file for file in AUTHORITIES if file not in "".join(lines)])
                self.assertIn("RUN rm -f /etc/localtime", lines)

    def test_kolla_build_is_told_of_a_source_that_it_reads(self):
        section = re.search(r"```ini\n(\[qinling-base\].*?)```", (TOP / "deploy/kolla/README.md").read_text(), re.DOTALL)
        told = configparser.ConfigParser()
        told.read_string(section[1])
        # Kolla's `url` is fetched by HTTP; `local` is the path of a folder or of an archive.
        self.assertEqual(("local", "/DIR/qinling-VERSION.tar.gz"), tuple(told["qinling-base"].values()))
        # By the name of the section.
        self.assertIn("ADD qinling-base-archive ", (
            TOP / "deploy/kolla/docker/qinling/qinling-base/Dockerfile.j2").read_text())
