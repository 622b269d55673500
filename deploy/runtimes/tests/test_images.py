# SPDX-License-Identifier: Apache-2.0
"""The container images: well formed, and running as a pod runs them."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest

from harness import AS_ROOT, RUNTIMES, SECRET, Worker, descendants, eventually, is_zombie, package

BUILD = os.path.join(RUNTIMES, "images", "build.sh")
POD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pod.py")
WORKER_DIR = "/var/lib/qinling-worker"


class Container(Worker):
    """A worker in an image's files, with a read-only root and without any privilege."""

    def __init__(self, root, config):
        self._isolated = True
        self.home = tempfile.mkdtemp(prefix="qinling-test-")
        environment = dict(variable.split("=", 1) for variable in config["Env"])
        environment.update(
            QINLING_WORKER_HOST="127.0.0.1",
            QINLING_WORKER_PORT="0",
            QINLING_WORKER_SECRET=SECRET,
            QINLING_WORKER_PROCESSES="0",
        )
        pod = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "/usr/bin/python3", POD]
        place = [root, config["WorkingDir"], config["User"], "/tmp:" + WORKER_DIR]
        self._launch(pod + place + config["Entrypoint"], env=environment)


def unpack(archive, folder):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["tar", "-xpf", archive, "-C", folder], check=True)


@unittest.skipUnless(AS_ROOT and os.path.exists("/etc/debian_version"), "root and packages of Debian")
class ImageRules:
    runtime = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="qinling-test-")
        cls.addClassCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        subprocess.run([BUILD, "--output", folder, cls.runtime], check=True, stdout=subprocess.DEVNULL)
        cls.image = os.path.join(folder, "image")
        unpack(os.path.join(folder, "qinling-%s-runtime.tar" % cls.runtime), cls.image)
        [cls.manifest] = cls.read("manifest.json")
        cls.description = cls.read(cls.manifest["Config"])
        cls.root = os.path.join(folder, "root")
        for layer in cls.manifest["Layers"]:
            unpack(os.path.join(cls.image, layer), cls.root)

    @classmethod
    def read(cls, name):
        with open(os.path.join(cls.image, name)) as file:
            return json.load(file)

    def digest(self, name):
        with open(os.path.join(self.image, name), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def test_manifest_configuration_and_layers_agree(self):
        name = "openstackqinling/%s-runtime:latest" % self.runtime
        # Upstream's name of the first Python runtime, too.
        others = ["openstackqinling/python-runtime:latest"] if self.runtime == "python3" else []
        self.assertEqual([name, *others], self.manifest["RepoTags"])
        self.assertEqual(self.digest(self.manifest["Config"]) + ".json", self.manifest["Config"])
        digests = ["sha256:" + self.digest(layer) for layer in self.manifest["Layers"]]
        self.assertEqual({"type": "layers", "diff_ids": digests}, self.description["rootfs"])
        self.assertEqual("linux", self.description["os"])

    def test_equal_sources_make_equal_images(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BUILD, "--output", folder, self.runtime], check=True, stdout=subprocess.DEVNULL)
            name = "qinling-%s-runtime.tar" % self.runtime
            self.assertEqual(self.digest(os.path.join("..", name)), self.digest(os.path.join(folder, name)))

    def test_the_container_file_says_the_same(self):
        with open(os.path.join(RUNTIMES, "images", self.runtime + ".Containerfile")) as file:
            lines = file.read().splitlines()
        config = self.description["config"]
        self.assertIn("ENTRYPOINT " + json.dumps(config["Entrypoint"]), lines)
        self.assertIn("USER " + config["User"], lines)
        self.assertIn("WORKDIR " + config["WorkingDir"], lines)
        self.assertIn("ENV " + " ".join(config["Env"][1:]), lines)

    def test_the_configuration_starts_the_runtime_without_privileges(self):
        config = self.description["config"]
        with open(os.path.join(RUNTIMES, self.runtime, "runtime.json")) as file:
            self.assertEqual(json.load(file)["command"], config["Entrypoint"])
        self.assertEqual("1000:1000", config["User"])
        self.assertEqual({"9090/tcp": {}}, config["ExposedPorts"])
        self.assertIn("QINLING_WORKER_DIR=" + WORKER_DIR, config["Env"])
        self.assertTrue(os.path.exists(self.root + config["WorkingDir"] + "/runtime.json"))

    def test_no_file_gives_privileges_and_only_some_folders_can_be_written(self):
        writable = set()
        for layer in self.manifest["Layers"]:
            with tarfile.open(os.path.join(self.image, layer)) as archive:
                for member in archive:
                    self.assertTrue(member.isfile() or member.isdir() or member.issym() or member.islnk(), member.name)
                    self.assertEqual(0, member.mode & 0o6000, member.name)
                    self.assertEqual((0, 0), (member.uid, member.gid), member.name)
                    if member.mode & 0o002 and not member.issym():
                        writable.add(member.name)
        self.assertEqual({"./tmp", "." + WORKER_DIR}, writable)

    def test_no_link_of_a_command_or_library_is_dangling(self):
        for folder in "bin", "sbin", "lib":
            for parent, _, names in os.walk(os.path.join(self.root, "usr", folder)):
                for name in names:
                    path = os.path.join(parent, name)
                    if os.path.islink(path):
                        target = os.readlink(path)
                        target = self.root + target if target.startswith("/") else os.path.join(parent, target)
                        self.assertTrue(os.path.lexists(target), "%s -> %s" % (path, os.readlink(path)))

    def test_it_runs_as_a_pod_does(self):
        with Container(self.root, self.description["config"]) as worker:
            self.assertEqual("2", worker.request("GET", "/ping", secret=None).headers["Qinling-Worker"])
            self.assertEqual(204, worker.request("PUT", "/secret", headers={"Qinling-Secret": "own"}).status)
            self.assertEqual(401, worker.request("GET", "/function").status)
            worker.secret = "own"
            answer = worker.load(package(self.files))
            self.assertEqual(200, answer.status, answer.body)
            self.assertEqual("done", worker.run("answer")["output"])
            for name in "spin", "leave_process":
                answer = worker.run(name, timeout=0.3)
                self.assertEqual((False, "Function execution timeout."), (answer["success"], answer["output"]), name)
            eventually(lambda: not any(map(is_zombie, descendants(worker.process.pid))), "orphans are reaped")
            for name, output in self.outputs.items():
                self.assertEqual(output, worker.run(name)["output"], name)
            worker.errors.seek(0)
            self.assertEqual(b"", worker.errors.read())
            began = time.monotonic()
            worker.terminate()
            self.assertEqual(0, worker.process.wait(10))
            self.assertLess(time.monotonic() - began, 5)


class TestPythonImage(ImageRules, unittest.TestCase):
    runtime = "python3"
    outputs = {
        "server_memory": "PermissionError",
        "root": "OSError",
        "certificates": True,
        "libraries": ["Europe/Berlin", True],
        "session": "scoped",
    }
    files = {
        "main.py": """
import os, subprocess

def main(do, context):
    return globals()[do](context)

def answer(context):
    with open("kept", "w") as file:
        file.write("done")
    return subprocess.check_output(["sh", "-c", "cat kept"], text=True)

def spin(context):
    while True:
        pass

def leave_process(context):
    subprocess.run(["sh", "-c", "setsid sh -c 'sleep 0.1; exit' & exec sleep 100"])

def attempt(path, mode):
    try:
        open(path, mode).close()
    except OSError as error:
        return type(error).__name__

def server_memory(context):
    return attempt("/proc/1/mem", "rb")

def root(context):
    return attempt("/opt/qinling/runtime/server.py", "r+") and "OSError"

def certificates(context):
    import ssl
    return len(ssl.create_default_context().get_ca_certs()) > 100

def libraries(context):
    import bz2, ctypes, curses, dbm, decimal, hashlib, lzma, sqlite3, readline, uuid, zlib, zoneinfo
    return [str(zoneinfo.ZoneInfo("Europe/Berlin")), sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)]

def session(context):
    import http.server, json, threading

    class Keystone(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.dumps({"token": {"methods": ["token"], "expires_at": "2999-01-01T00:00:00.000000Z", "catalog": []}})
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("X-Subject-Token", "scoped")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.send_header("Seen", self.headers["X-Auth-Token"])
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keystone) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever).start()
        try:
            return sign_in("http://127.0.0.1:%d" % server.server_port)
        finally:
            server.shutdown()

def sign_in(url):
    from keystoneauth1.identity import v3
    from keystoneauth1 import session
    return session.Session(auth=v3.Token(url + "/v3", "token", project_id="p")).get(url + "/x").headers["Seen"]
"""
    }


class TestNodeImage(ImageRules, unittest.TestCase):
    runtime = "nodejs"
    outputs = {"server_memory": "EACCES", "root": "EACCES or EROFS", "certificates": True, "libraries": "1. Januar"}
    files = {
        "main.js": """
const fs = require('fs');
const { execFileSync } = require('child_process');

function attempt(path, mode) {
  try {
    fs.closeSync(fs.openSync(path, mode));
  } catch (error) {
    return error.code;
  }
}

const known = {
  answer() {
    fs.writeFileSync('kept', 'done');
    return execFileSync('sh', ['-c', 'cat kept'], { encoding: 'utf8' });
  },
  spin() {
    for (;;);
  },
  leave_process() {
    execFileSync('sh', ['-c', "setsid sh -c 'sleep 0.1; exit' & exec sleep 100"]);
  },
  server_memory: () => attempt(`/proc/${process.ppid}/mem`, 'r'),
  root: () => attempt('/opt/qinling/runtime/server.js', 'r+').replace(/^(EACCES|EROFS)$/, 'EACCES or EROFS'),
  certificates: () => fs.readFileSync('/usr/lib/ssl/cert.pem', 'latin1').split('BEGIN CERTIFICATE').length > 100,
  libraries() {
    require('crypto'), require('http2'), require('zlib'), fetch;
    return new Date(0).toLocaleDateString('de', { month: 'long', day: 'numeric', timeZone: 'UTC' });
  },
};
exports.main = (context, { do: name }) => known[name]();
"""
    }


if __name__ == "__main__":
    unittest.main()
