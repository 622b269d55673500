# SPDX-License-Identifier: Apache-2.0
"""Qinling in a cloud: with a real Keystone, two projects and an administrator, once for a run."""

import atexit
import re
import signal
import sys

from harness import TIMESTAMP, UUID, Qinling, QinlingTest
from keystone import Keystone
from object_store import ObjectStore

JSON = {"Content-Type": "application/json"}
DENIED = "Operation not allowed"


class Like:
    """Equal to every text that matches; to be compared inside of bodies."""

    def __init__(self, pattern):
        self._pattern = pattern

    def __eq__(self, other):
        return isinstance(other, str) and re.fullmatch(self._pattern, other) is not None

    def __repr__(self):
        return f"<text like {self._pattern}>"


ID = Like(UUID.strip("^$"))
TIME = Like(TIMESTAMP.strip("^$"))
MD5 = Like("[0-9a-f]{32}")


class User(Qinling):
    """The services as a user of a project sees them; they are started and ended elsewhere."""

    def __init__(self, services, keystone, name, project):
        vars(self).update(vars(services))
        self.name = name
        self.project = project
        self.token = keystone.token(name, project)
        self.project_id = keystone.project_id(name, project)

    def request(self, method, path, body=None, headers=None, timeout=60):
        headers = {"X-Auth-Token": self.token, **(headers or {})}
        return super().request(method, path, body, headers, timeout)


class Cloud:
    """The services, and those who use them. Nobody has a token."""

    def __init__(self):
        self.keystone = Keystone()
        self.nobody = Qinling({
            "pecan": {"auth_enable": "true"}, "keystone_authtoken": self.keystone.options(),
            # Longer than a few commands take.
            "engine": {"function_service_expiration": "60"}})
        self._projects = {}
        self.swift = ObjectStore(self._projects.get)

    def start(self):
        self.keystone.start(function_engine=self.nobody.url, object_store=self.swift.url)
        self.nobody.start_processes()
        self.admin = self.user("admin", "admin")
        self.member1 = self.user("member1", "p1")
        self.member2 = self.user("member2", "p2")
        self.runtime = self.admin.runtime()

    def user(self, name, project):
        user = User(self.nobody, self.keystone, name, project)
        self._projects[user.token] = user.project_id
        return user

    def end(self):
        self.swift.end()
        self.nobody.end()
        self.keystone.end()


_running = None


def cloud():
    """The cloud of this run."""
    global _running
    if _running is None:
        started = Cloud()
        atexit.register(started.end)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        started.start()
        _running = started
    return _running


class CloudTest(QinlingTest):
    """A test of the member of p1, who has the member of p2 and the administrator beside."""

    @classmethod
    def setUpClass(cls):
        cls.cloud = cloud()
        cls.nobody = cls.cloud.nobody
        cls.admin = cls.cloud.admin
        cls.member1 = cls.cloud.member1
        cls.member2 = cls.cloud.member2
        cls.q = cls.member1

    def created(self, user, resource, body):
        """What a user creates, which goes with the test."""
        made = self.assertJson(user.post(f"/v1/{resource}", body), 201)
        item = made["name"] if resource == "aliases" else made["id"]
        self.addCleanup(user.delete, f"/v1/{resource}/{item}")
        return made
