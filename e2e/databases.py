# SPDX-License-Identifier: Apache-2.0
"""Real MariaDB and PostgreSQL servers for tests, from Debian's packages, on free ports and with data that goes with them.

databases.py run [--durable] -- COMMAND...
    runs a command with the servers' URLs, as [database] connection has them, in QINLING_TEST_MARIADB and
    QINLING_TEST_POSTGRESQL. Their user may create databases whose names begin with qinling. Servers that the
    environment names already are used and left alone. With --durable they write as in production, for measurements.
"""

import contextlib
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Names and passwords are to be decoded, and this one shows whether they are.
PASSWORD = "p@ss w%rd/$1"
QUOTED = "p%40ss%20w%25rd%2F$1"

# What Kolla-Ansible configures, and what breaks clients that rely on the server's character set.
MARIADB_OPTIONS = [
    "--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci", "--init-connect=SET NAMES utf8mb3",
    "--skip-name-resolve", "--bind-address=127.0.0.1", "--max-connections=500", "--innodb-buffer-pool-size=256M"]
MARIADB_FAST = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0",
                "--innodb-flush-method=nosync"]
POSTGRESQL_OPTIONS = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "shared_buffers=256MB",
                      "-c", "timezone=Asia/Kathmandu"]
POSTGRESQL_FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A server process with its data in a temporary folder."""

    name = user = None

    def __init__(self, durable=False):
        self.durable = durable
        memory = pathlib.Path("/dev/shm")
        home = None if durable or not os.access(memory, os.W_OK) else memory
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"qinling-{self.name}-", dir=home))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = free_port()
        self._process = None
        if os.getuid() == 0:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)

    def _as_user(self, command):
        if os.getuid() != 0:
            return command
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *command]

    def _run(self, command):
        done = subprocess.run(
            self._as_user([str(word) for word in command]), cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")

    def start(self):
        """Starts the server on its port; also after stop() or kill()."""
        is_new = not self.data.exists()
        if is_new:
            self._run(self._installation())
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self._as_user([str(word) for word in self._command()]), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)
        if is_new:
            self._prepare()

    def stop(self):
        self._end(self._stop_signal)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, how):
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(60)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)


class MariaDb(Server):
    name, user = "mariadb", "mysql"
    variable = "QINLING_TEST_MARIADB"
    _stop_signal = signal.SIGTERM

    def __init__(self, durable=False):
        super().__init__(durable)
        self.socket = self.folder / "socket"
        self.url = f"mysql+pymysql://qinling:{QUOTED}@127.0.0.1:{self.port}/qinling?charset=utf8"

    def _installation(self):
        return ["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
                "--auth-root-authentication-method=normal", *([] if self.durable else MARIADB_FAST)]

    def _command(self):
        return ["mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
                f"--pid-file={self.folder}/pid", f"--port={self.port}", *MARIADB_OPTIONS,
                *([] if self.durable else MARIADB_FAST)]

    def _is_ready(self):
        return subprocess.run(
            ["mariadb-admin", "--no-defaults", f"--socket={self.socket}", "-u", "root", "ping"],
            capture_output=True, check=False).returncode == 0

    def execute(self, sql):
        """Runs SQL as the administrator."""
        return subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", "-N"], input=sql,
            capture_output=True, text=True, check=True).stdout

    def _prepare(self):
        """Makes the user and its first database."""
        self.execute(f"""CREATE DATABASE qinling;
            CREATE USER qinling@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
            GRANT ALL ON `qinling%`.* TO qinling@'127.0.0.1';""")


class PostgreSql(Server):
    name = user = "postgres"
    variable = "QINLING_TEST_POSTGRESQL"
    _stop_signal = signal.SIGINT

    def __init__(self, durable=False):
        super().__init__(durable)
        self.programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.url = f"postgresql+psycopg2://qinling:{QUOTED}@127.0.0.1:{self.port}/qinling"

    def _installation(self):
        # The collation of a usual installation, in which the order of texts is not that of their characters' codes.
        return [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--auth-local=trust",
                "--auth-host=scram-sha-256", "--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8",
                "--no-sync"]

    def _command(self):
        return [self.programs / "postgres", "-D", self.data, "-p", self.port, "-k", self.folder, *POSTGRESQL_OPTIONS,
                *([] if self.durable else POSTGRESQL_FAST)]

    def _is_ready(self):
        return subprocess.run(
            [self.programs / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)], capture_output=True,
            check=False).returncode == 0

    def execute(self, sql, database="postgres"):
        """Runs SQL as the administrator."""
        return subprocess.run(
            [self.programs / "psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database,
             "-v", "ON_ERROR_STOP=1", "-X", "-A", "-t", "-q"], input=sql, capture_output=True, text=True,
            check=True).stdout

    def _prepare(self):
        """Makes the user and its first database."""
        self.execute(f"CREATE ROLE qinling LOGIN CREATEDB PASSWORD '{PASSWORD}';")
        self.execute("CREATE DATABASE qinling OWNER qinling;")


@contextlib.contextmanager
def running(durable=False):
    """Starts the servers that the environment does not name; gives all by the variables of their URLs."""
    started = {}
    try:
        for kind in MariaDb, PostgreSql:
            if kind.variable not in os.environ:
                server = started[kind.variable] = kind(durable)
                server.start()
        yield started
    finally:
        for server in started.values():
            server.remove()


def main(arguments):
    durable = arguments[:2] == ["run", "--durable"]
    head = ["run", *(["--durable"] if durable else []), "--"]
    if arguments[:len(head)] != head or len(arguments) == len(head):
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with running(durable) as servers:
        urls = {variable: server.url for variable, server in servers.items()}
        command = subprocess.Popen(arguments[len(head):], env={**os.environ, **urls})
        try:
            return command.wait()
        except BaseException:
            command.terminate()
            command.wait()
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
