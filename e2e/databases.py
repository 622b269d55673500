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
import signal
import subprocess
import sys

from servers import Server, ending_on_sigterm, run

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


class MariaDb(Server):
    name, user = "mariadb", "mysql"
    variable = "QINLING_TEST_MARIADB"

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
    ending_on_sigterm()
    with running(durable) as servers:
        return run(arguments[len(head):], {variable: server.url for variable, server in servers.items()})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
