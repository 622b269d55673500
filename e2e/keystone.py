# SPDX-License-Identifier: Apache-2.0
"""A real Keystone, with users to be."""

import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

from harness import free_ports, listens, wait_for

REGION = "RegionOne"
PASSWORD = "not a secret"
USERS = {
    "member1": {"p1": ["member"]},
    "colleague1": {"p1": ["member"]},
    "member2": {"p2": ["member"]},
    "reader1": {"p1": ["reader"]},
    # A role that policies take for that of admins, and nothing else does.
    "upper": {"p1": ["member", "Admin"]},
    "qinling": {"service": ["service", "admin"]},
    "nova": {"service": ["service"]},
}


class Keystone:
    """One process on a folder that goes with it; may be ended and started again."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keystone-e2e-"))
        self.port, = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}/v3"
        self._process = None
        self._tokens = {}

    def options(self, **more):
        """The section [keystone_authtoken] of a service that uses this."""
        return {
            "www_authenticate_uri": self.url, "auth_url": self.url.removesuffix("/v3"),
            "auth_type": "password", "username": "qinling", "password": PASSWORD,
            "project_name": "service", "user_domain_name": "Default",
            "project_domain_name": "Default", "region_name": REGION, **more}

    def start(self, **endpoints):
        """Starts, at the first time with endpoints by type, for example function_engine=URL."""
        wanted = self.folder / "wanted.json"
        if not wanted.exists():
            wanted.write_text(json.dumps({
                "url": self.url, "region": REGION, "password": PASSWORD, "users": USERS,
                "endpoints": {kind.replace("_", "-"): url for kind, url in endpoints.items()}}))
        with open(self.folder / "output.log", "ab") as output:
            # Without its folder on the path, in which there is another keystone.
            self._process = subprocess.Popen(
                ["/usr/bin/python3", "-P", pathlib.Path(__file__).with_name("keystone_server.py"),
                 self.folder, str(self.port)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        wait_for(lambda: listens(self.port) or self._process.poll() is not None, "Keystone", 120)
        assert self._process.poll() is None, f"Keystone ended:\n{self.log_tail()}"

    def log_tail(self):
        logs = [self.folder / "output.log", self.folder / "keystone.log"]
        return "\n".join(log.read_text()[-3000:] for log in logs if log.exists())

    def stop(self):
        """Ends the process; what it knows stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self):
        """From now on it takes connections and never answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        self.stop()
        shutil.rmtree(self.folder)

    def environment(self, user, project):
        """What the OpenStack command line wants to know."""
        return {
            "OS_AUTH_URL": self.url, "OS_IDENTITY_API_VERSION": "3", "OS_USERNAME": user,
            "OS_PASSWORD": PASSWORD, "OS_PROJECT_NAME": project, "OS_REGION_NAME": REGION,
            "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default"}

    # What users do

    def token(self, user, project):
        """A token of a user of a project, the same at every call."""
        if (user, project) not in self._tokens:
            self._tokens[user, project] = self.new_token(user, project)
        return self._tokens[user, project]

    def new_token(self, user, project=None, seconds=3600):
        """A token of its own, of no project unless one is given."""
        domain = {"name": "Default"}
        auth = {"identity": {"methods": ["password"], "password": {
            "user": {"name": user, "domain": domain, "password": PASSWORD}}}}
        auth["scope"] = (
            {"project": {"name": project, "domain": domain}} if project else "unscoped")
        return self.request(
            "POST", "/auth/tokens", {"auth": auth},
            **{"X-Test-Expiration": str(seconds)}).headers["X-Subject-Token"]

    def details(self, token):
        """What Keystone says of a token."""
        return json.load(self.request(
            "GET", "/auth/tokens", token=self.token("qinling", "service"), subject=token))["token"]

    def project_id(self, user, project):
        return self.details(self.token(user, project))["project"]["id"]

    def revoke(self, token):
        self.request("DELETE", "/auth/tokens", token=token, subject=token)

    def trusts(self, user, project):
        """The trusts that a user has made."""
        token = self.token(user, project)
        trustor = self.details(token)["user"]["id"]
        found = self.request("GET", f"/OS-TRUST/trusts?trustor_user_id={trustor}", token=token)
        return json.load(found)["trusts"]

    def request(self, method, path, body=None, token=None, subject=None, **headers):
        """The answer to a request below /v3, which must succeed."""
        headers["Content-Type"] = "application/json"
        if token:
            headers["X-Auth-Token"] = token
        if subject:
            headers["X-Subject-Token"] = subject
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(), headers,
            method=method)
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused} {refused.read()!r}") from None
