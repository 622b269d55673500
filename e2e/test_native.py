# SPDX-License-Identifier: Apache-2.0
"""What a native executable looks up by name when it runs is known to the build that makes it.

The build is run up to the point where it would call native-image, so neither GraalVM nor a container engine is needed.
"""

import fnmatch
import json
import re
import subprocess
import unittest
import zipfile

from harness import TOP

BUILD = """. deploy/lib.sh && find_jdk && build_services &&
exec ./mvnw -B package -Dnative -Dquarkus.native.sources-only=true \\
  -Dspotless.check.skip -Dquarkus.generate-code.skip -Dmaven.main.skip -Dmaven.test.skip"""
SERVICES = ("qinling-api", "qinling-engine")
# Interceptors that are given to channels and servers by hand, and an option of this build.
HARMLESS = re.compile(r"At least one unused gRPC (client )?interceptor found: "
                      r"|Unrecognized configuration key \"quarkus\.generate-code\.skip\"")
# What Quarkus says when a class that is to be registered has a supertype that is nowhere, and what it says otherwise.
UNREGISTERED = """\
[INFO] --- quarkus:3.32.1:build (default) @ qinling-api ---
[WARNING] [io.quarkus.grpc.deployment.GrpcServerProcessor] At least one unused gRPC interceptor found: io.qinling.A. If ...
[WARNING] [io.quarkus.deployment.steps.ReflectiveHierarchyStep] Unable to properly register the hierarchy of the following \
classes for reflection as they are not in the Jandex index:
\t- javax.validation.ConstraintValidator (source: RegisterForReflectionBuildStep > com.cronutils.validation.CronValidator)
Consider adding them to the index either by creating a Jandex index for your dependency via the Maven plugin, an empty \
META-INF/beans.xml or quarkus.index-dependency properties.
[INFO] [io.quarkus.deployment.QuarkusAugmentor] Quarkus augmentation completed in 18725ms
"""

_log = None


def setUpModule():
    global _log
    done = subprocess.run(
        ["bash", "-c", BUILD], cwd=TOP, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    _log = done.stdout


def warnings(log):
    """Everything that a build warns of but what is harmless, with the lines that belong to it."""
    return [said for level, said in re.findall(r"^\[(\w+)\] ?(.*(?:\n(?!\[\w+\]).*)*)", log, re.M)
            if level in ("WARNING", "ERROR") and not HARMLESS.search(said)]


class TestBuild(unittest.TestCase):
    def test_it_warns_of_nothing(self):
        self.assertEqual(warnings(_log), [])
        self.assertEqual(len(re.findall(r"Quarkus augmentation completed", _log)), len(SERVICES))

    def test_a_class_that_is_not_registered_is_noticed(self):
        (said,) = warnings(UNREGISTERED)

        self.assertIn("- javax.validation.ConstraintValidator (source: ", said)


class Executable:
    """What an executable of a service would know."""

    def __init__(self, service):
        self.sources = TOP / service / "target/native-sources"
        self.types, self.files = {}, []
        self.jars = [self.sources / f"{service}-{version()}-runner.jar", *self.sources.glob("lib/*.jar")]
        self.names = set()
        for jar in self.jars:
            with zipfile.ZipFile(jar) as archive:
                self.names |= set(archive.namelist())
                for name in archive.namelist():
                    if name.startswith("META-INF/native-image/") and name.endswith(".json"):
                        self._add(name.rsplit("/", 1)[1], json.loads(archive.read(name)))

    def _add(self, kind, content):
        if kind == "reflect-config.json":
            self._add_types(content)
        elif kind == "resource-config.json":
            self.files += [include["pattern"] for include in content["resources"]["includes"]]
        elif kind == "reachability-metadata.json":
            self._add_types(content.get("reflection", []))
            self.files += [fnmatch.translate(each["glob"]) for each in content.get("resources", [])]

    def _add_types(self, types):
        for each in types:
            self.types.setdefault(each.get("name") or each["type"], {}).update(each)

    def has_file(self, path):
        return path in self.names and any(re.fullmatch(quoted(each), path) for each in self.files)

    def lines(self, path):
        """Of the files of a name in all jars."""
        for jar in self.jars:
            with zipfile.ZipFile(jar) as archive:
                if path in archive.namelist():
                    yield from archive.read(path).decode().split()


def quoted(pattern):
    """Java's quotation in a pattern as Python has it."""
    return re.sub(r"\\Q(.*?)\\E", lambda text: re.escape(text[1]), pattern)


def version():
    return re.search(r"^  <version>(.*)</version>", (TOP / "pom.xml").read_text(), re.M)[1]


def sources(*modules):
    """Path below the source folder and text of each class."""
    for module in modules:
        folder = TOP / module / "src/main/java"
        for file in folder.rglob("*.java"):
            yield file.relative_to(folder), file.read_text()


def caches(module):
    """The classes by which Caffeine makes the caches of a module, see its LocalCacheFactory."""
    for _, text in sources(module):
        for options in re.findall(r"Caffeine\.newBuilder\(\)(.*?)\.build\(", text, re.S):
            yield "com.github.benmanes.caffeine.cache.SS" + "".join(
                letters for option, letters in (
                    (".maximumWeight(", "MW"), (".maximumSize(", "MS"), (".expireAfter(", "A"),
                    (".expireAfterWrite(", "W")) if option in options)


class ExecutableContract:
    service = None

    @classmethod
    def setUpClass(cls):
        cls.executable = Executable(cls.service)

    def assert_types(self, names):
        names = sorted(names)
        self.assertTrue(names)
        self.assertEqual([name for name in names if name not in self.executable.types], [])

    def assert_files(self, paths):
        paths = sorted(paths)
        self.assertTrue(paths)
        self.assertEqual([path for path in paths if not self.executable.has_file(path)], [])

    def test_sections_of_the_configuration(self):
        self.assert_types(
            str(path).removesuffix(".java").replace("/", ".") + "$$CMImpl"
            for path, text in sources("proto", self.service) if "@ConfigMapping(" in text)

    def test_sources_of_the_configuration(self):
        self.assert_types(
            line for module in ("proto", self.service)
            for file in (TOP / module / "src/main/resources/META-INF/services").glob("*")
            for line in file.read_text().split())
        self.assert_files(["META-INF/microprofile-config.properties", "io/qinling/conf/qinling-conf-vocabulary.txt"])

    def test_the_filter_of_the_log(self):
        self.assert_types(["io.qinling.log.LogContext"])

    def test_connections(self):
        self.assert_types(["io.netty.channel.socket.nio.NioSocketChannel", "io.grpc.netty.NettyChannelProvider"])

    def test_the_sender_of_traces(self):
        path = "META-INF/services/io.opentelemetry.exporter.internal.http.HttpSenderProvider"
        self.assert_files([path])
        self.assert_types(self.executable.lines(path))

    def test_the_derivation_of_the_secret(self):
        self.assert_types(["com.sun.crypto.provider.HKDFKeyDerivation$HKDFSHA256", "javax.crypto.KDFParameters"])

    def test_caches(self):
        (jar,) = self.executable.sources.glob("lib/io.quarkus.quarkus-caffeine-*.jar")
        with zipfile.ZipFile(jar) as archive:
            constants = archive.read("io/quarkus/caffeine/runtime/graal/CacheConstructorsFeature.class")
        needed = set(caches(self.service))
        self.assertTrue(needed)
        for name in needed:
            with self.subTest(name):
                self.assertIn(name.replace(".", "/") + ".class", self.executable.names)
                constant = len(name).to_bytes(2, "big") + name.encode()
                self.assertTrue(constant in constants or name in self.executable.types, "not registered")


class TestApi(ExecutableContract, unittest.TestCase):
    service = "qinling-api"

    def test_migrations(self):
        folder = TOP / "qinling-api/src/main/resources"
        self.assert_files(str(file.relative_to(folder)) for file in folder.glob("db/migration/*/*.sql"))

    def test_parts_of_flyway(self):
        self.assert_types(self.executable.lines("META-INF/services/org.flywaydb.core.extensibility.Plugin"))

    def test_drivers_of_databases(self):
        self.assert_types(["org.h2.Driver", "org.mariadb.jdbc.Driver", "org.postgresql.Driver"])
        self.assert_files(["META-INF/services/java.sql.Driver"])

    def test_the_description_of_the_api(self):
        self.assert_files(["META-INF/quarkus-generated-openapi-doc.JSON", "META-INF/quarkus-generated-openapi-doc.YAML"])


class TestEngine(ExecutableContract, unittest.TestCase):
    service = "qinling-engine"

    def test_resources_of_kubernetes(self):
        model = re.compile(r"^import (io\.fabric8\.kubernetes\.api\.model\.[\w.]+);", re.M)
        self.assert_types({name for _, text in sources("qinling-engine") for name in model.findall(text)})
        self.assert_files(["META-INF/services/io.fabric8.kubernetes.api.model.KubernetesResource"])
