# SPDX-License-Identifier: Apache-2.0
"""Several engines and apis on one host, with etcd and MariaDB, and links between them that can be cut."""

import contextlib
import configparser
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile

from clock import ShiftedClock
from databases import MariaDb
from etcd import EtcdCluster
from harness import TOP, UIDS, UNKNOWN, Client, Service, Workers, listens, some_uid_base, wait_for
from network import Network
from servers import free_ports

STORE_SIZE = 16 * 1024 * 1024
# Processes start often and stop in time: no optimizing compiler, and no archive of classes written at the stop.
JAVA_OPTS = "-XX:TieredStopAtLevel=1 -XX:-AutoCreateSharedArchive"


class Engine:
    """An engine with workers and a package store of its own, which others reach by one link."""

    def __init__(self, number, folder, uid_base, network):
        self.name = f"engine{number}"
        self.folder = folder / self.name
        self.folder.mkdir(0o711)
        self.packages = self.folder / "packages"
        self.packages.mkdir(0o700)
        port, public_port = free_ports(2)
        self.conf = folder / f"{self.name}.conf"
        self.service = Service("qinling-engine", self.conf, folder / f"{self.name}.log", port)
        self.workers = Workers(self.folder / "workers", uid_base, port)
        self.front = network.link(f"all->{self.name}", public_port, port)
        self.to_etcd = []
        # Whether the store has a file system of its own, which can be filled.
        self.has_own_disk = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={STORE_SIZE},mode=700", "qinling-e2e", self.packages],
            capture_output=True, check=False).returncode == 0

    def is_ready(self):
        return listens(self.service.port)

    def fill_store(self):
        with open(self.packages / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:  # Until it is full.
                filler.write(bytes(65536))

    def clear_store(self):
        (self.packages / "filler").unlink(missing_ok=True)

    def end(self):
        self.service.end()
        self.workers.end()
        if self.has_own_disk:
            subprocess.run(["umount", "-l", self.packages], check=True)


class Api:
    """An api that users reach directly."""

    def __init__(self, number, folder):
        self.name = f"api{number}"
        self.conf = folder / f"{self.name}.conf"
        port, = free_ports(1)
        self.service = Service("qinling-api", self.conf, folder / f"{self.name}.log", port)
        self.client = Client(port)
        self.to_etcd = []
        self.to_database = None

    def is_ready(self):
        return self.client.is_ready()


class Cluster:
    """Everything, in a folder that goes with it. Without members of etcd there may be one engine only."""

    def __init__(self, engines=3, apis=2, members=3, fixed_engines=False, options=None):
        """The apis have the engines from etcd, or from their configuration when they are fixed. Options by section are added
        to those of each service, or replace them."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qinling-cluster-"))
        # Workers run as users of their own and pass through.
        self.folder.chmod(0o711)
        self.secret = secrets.token_hex(32)
        self._options = options or {}
        self._fixed_engines = fixed_engines or members == 0
        self.network = Network()
        self.etcd = self.database = None
        self.engines = []
        self.apis = []
        try:
            self.clock = ShiftedClock(self.folder)
            self.etcd = EtcdCluster(members)
            self.database = MariaDb(durable=True)
            uid_base = some_uid_base(engines)
            self.engines = [Engine(i, self.folder, uid_base + i * UIDS, self.network) for i in range(engines)]
            self.apis = [Api(i, self.folder) for i in range(apis)]
            for process in [*self.engines, *self.apis]:
                process.to_etcd = [
                    self._link(f"{process.name}->{member.member}", member.port) for member in self.etcd.members]
            for api in self.apis:
                api.to_database = self._link(f"{api.name}->database", self.database.port)
            for engine in self.engines:
                self._write_conf(engine, self._engine_options(engine))
            for api in self.apis:
                self._write_conf(api, self._api_options(api))
        except BaseException:
            self.end()
            raise

    def _link(self, name, target):
        return self.network.link(name, free_ports(1)[0], target)

    def _write_conf(self, process, options):
        settings = configparser.RawConfigParser()
        settings.read_dict(options)
        settings.read_dict(self._options)
        process.conf.touch(0o600)
        with process.conf.open("w") as file:
            settings.write(file)

    def _common_options(self, process):
        if not process.to_etcd:
            return {}
        return {"etcd": {"endpoints": ",".join(link.address for link in process.to_etcd), "protocol": "http"}}

    def _engine_options(self, engine):
        return {
            **self._common_options(engine),
            "engine": {
                "host": "127.0.0.1", "port": engine.service.port, "secret": self.secret, "orchestrator": "local",
                "name": engine.name, "advertise_address": engine.front.address, "function_service_expiration": 20,
                "max_workers_per_function": 2, "queue_length": 50, "queue_timeout": "10s"},
            "local": {
                "runtimes_dir": TOP / "deploy/runtimes", "worker_dir": engine.workers.folder, "pool_size": 2,
                "uid_base": engine.workers.uid_base},
            "storage": {"file_system_dir": engine.packages}}

    def _api_options(self, api):
        own = self.database.port
        url = self.database.url.replace(f":{own}/", f":{api.to_database.port}/")
        options = {
            "api": {"host": "127.0.0.1", "port": api.service.port, "upload_dir": self.folder / api.name},
            "engine": {"secret": self.secret},
            "database": {"connection": url, "max_retries": -1, "retry_interval": 1},
            "pecan": {"auth_enable": "false"}}
        if self._fixed_engines:
            options["api"]["engines"] = ",".join(engine.front.address for engine in self.engines)
        return {**self._common_options(api), **options}

    @property
    def processes(self):
        return [*self.engines, *self.apis]

    def start(self):
        """Starts all that does not run, and waits until every api reaches the engines."""
        self.etcd.start()
        if not self.database.is_alive():
            self.database.start()
        for process in self.processes:
            if not process.service.is_alive():
                self.start_service(process)
        for process in self.processes:
            process.service.wait_ready(process.is_ready)
        for api in self.apis:
            wait_for(lambda: self._reaches_engines(api), f"{api.name} reaches the engines", 60)

    def start_service(self, process, clock_shift=0):
        """Starts a service; its clock may be wrong by so many seconds."""
        shifted = self.clock.environment(clock_shift) if clock_shift else {}
        process.service.start(JAVA_OPTS=JAVA_OPTS, **shifted)

    def _reaches_engines(self, api):
        return api.client.get(f"/v1/functions/{UNKNOWN}/workers").status == 200

    def end(self):
        """Leaves nothing behind, whatever fails."""
        failures = []
        steps = [*(api.service.end for api in self.apis), *(engine.end for engine in self.engines), self.network.end]
        if self.etcd is not None:
            steps.append(self.etcd.remove)
        if self.database is not None:
            steps.append(self.database.remove)
        steps.append(lambda: shutil.rmtree(self.folder))
        for step in steps:
            try:
                step()
            except Exception as failed:
                failures.append(failed)
        if failures:
            raise ExceptionGroup("not everything could be ended", failures)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
