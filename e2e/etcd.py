# SPDX-License-Identifier: Apache-2.0
"""Real etcd servers for tests, from Debian's packages, on free ports and with data that goes with them.

etcd.py run -- COMMAND...
    runs a command with the URLs of three servers: QINLING_TEST_ETCD, open to all; QINLING_TEST_ETCD_AUTH, with user and
    password in the URL; QINLING_TEST_ETCD_TLS, which wants a client's certificate. QINLING_TEST_ETCD_PKI is the folder
    of ca.crt, client.crt and client.key for the latter, and of an authority that it does not know, other-ca.crt,
    with other-client.crt and other-client.key. Servers that the environment names already are left alone.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from certificates import Authority
from servers import Server, ending_on_sigterm, free_port, run

PREFIX = "/qinling/v1/"
ROOT_PASSWORD = "root's own"
USER = "qinling"
# In a URL it is to be decoded, and this one shows whether it is.
PASSWORD = "p@ss w%rd/$1"
QUOTED = "p%40ss%20w%25rd%2F$1"


class Etcd(Server):
    """One member, alone until it is told of others."""

    name = user = "etcd"

    def __init__(self, member="m0", pki=None, any_client=False):
        """With a PKI it serves those who have a certificate of its ca.crt, or, over TLS too, any client."""
        super().__init__()
        self.member = member
        self.peer_port = free_port()
        self._pki = pki
        self._any_client = any_client
        self.url = f"{'https' if pki else 'http'}://127.0.0.1:{self.port}"
        self.peers = {member: self.peer_port}

    def _installation(self):
        return ["mkdir", "-m", "700", self.data]

    def _command(self):
        peer = f"http://127.0.0.1:{self.peer_port}"
        cluster = ",".join(f"{member}=http://127.0.0.1:{port}" for member, port in self.peers.items())
        tls = [] if self._pki is None else [
            f"--cert-file={self._pki}/server.crt", f"--key-file={self._pki}/server.key",
            *([] if self._any_client else [f"--trusted-ca-file={self._pki}/ca.crt", "--client-cert-auth"])]
        return ["etcd", f"--name={self.member}", f"--data-dir={self.data}",
                f"--listen-client-urls={self.url}", f"--advertise-client-urls={self.url}",
                f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster={cluster}", "--initial-cluster-state=new", "--logger=zap", *tls]

    def _is_ready(self):
        return self._etcdctl(["endpoint", "health"]).returncode == 0

    def _etcdctl(self, arguments):
        tls = [] if self._pki is None else [
            f"--cacert={self._pki}/ca.crt", f"--cert={self._pki}/client.crt", f"--key={self._pki}/client.key"]
        return subprocess.run(
            ["etcdctl", f"--endpoints={self.url}", "--command-timeout=5s", *tls, *arguments],
            env={**os.environ, "ETCDCTL_API": "3"}, capture_output=True, text=True, check=False)

    def etcdctl(self, *arguments):
        """What the command says; raises what it complains of."""
        done = self._etcdctl(arguments)
        if done.returncode != 0:
            raise RuntimeError(f"etcdctl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def keys(self, prefix=PREFIX):
        """Values by key, as this member knows them, whether there is a quorum or not."""
        lines = self.etcdctl("get", "--prefix", "--consistency=s", prefix).splitlines()
        return dict(zip(lines[::2], lines[1::2]))

    def status(self):
        """What this member says of itself, as leader, raftTerm, raftIndex."""
        return json.loads(self.etcdctl("endpoint", "status", "-w", "json"))[0]["Status"]

    def demand_password(self):
        """From now on only root and USER are served, USER below our prefix."""
        self.etcdctl("user", "add", f"root:{ROOT_PASSWORD}")
        self.etcdctl("user", "grant-role", "root", "root")
        self.etcdctl("role", "add", "services")
        self.etcdctl("role", "grant-permission", "services", "--prefix=true", "readwrite", PREFIX)
        self.etcdctl("user", "add", f"{USER}:{PASSWORD}")
        self.etcdctl("user", "grant-role", USER, "services")
        self.etcdctl("auth", "enable")


class EtcdCluster:
    """Members that elect a leader, each of which can be stopped, killed or paused alone."""

    def __init__(self, count=3):
        self.members = [Etcd(f"m{i}") for i in range(count)]
        for member in self.members:
            member.peers = {each.member: each.peer_port for each in self.members}

    @property
    def endpoints(self):
        """As [etcd] endpoints has them."""
        return ",".join(f"127.0.0.1:{member.port}" for member in self.members)

    def start(self):
        """Starts the members that do not run, and waits until all serve."""
        for member in self.members:
            if not member.is_alive():
                member.start_process()
        for member in self.members:
            member.wait_ready()

    def leader(self):
        """The member that leads."""
        def leads(member):
            status = member.status()
            return status["leader"] == status["header"]["member_id"]

        return next(member for member in self.members if member.is_alive() and leads(member))

    def remove(self):
        for member in self.members:
            member.remove()


def pki_in(folder):
    """The folder, with all the certificates that this page names."""
    authority = Authority(folder)
    authority.issue("server", "server")
    authority.issue("client", "client")
    Authority(folder, "other-ca").issue("other-client", "client")
    return folder


@contextlib.contextmanager
def running():
    """Starts the servers that the environment does not name; gives the variables of all that it started."""
    with contextlib.ExitStack() as stack:
        variables = {}

        def start(variable, **options):
            server = Etcd(**options)
            stack.callback(server.remove)
            server.start()
            variables[variable] = server.url
            return server

        if "QINLING_TEST_ETCD" not in os.environ:
            start("QINLING_TEST_ETCD")
        if "QINLING_TEST_ETCD_AUTH" not in os.environ:
            server = start("QINLING_TEST_ETCD_AUTH")
            server.demand_password()
            variables["QINLING_TEST_ETCD_AUTH"] = f"http://{USER}:{QUOTED}@127.0.0.1:{server.port}"
        if "QINLING_TEST_ETCD_TLS" not in os.environ:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="qinling-pki-"))
            stack.callback(shutil.rmtree, folder)
            folder.chmod(0o755)
            start("QINLING_TEST_ETCD_TLS", pki=pki_in(folder))
            variables["QINLING_TEST_ETCD_PKI"] = str(folder)
        yield variables


def main(arguments):
    if arguments[:2] != ["run", "--"] or len(arguments) == 2:
        sys.exit(__doc__)
    ending_on_sigterm()
    with running() as variables:
        return run(arguments[2:], variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
