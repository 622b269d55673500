# SPDX-License-Identifier: Apache-2.0
"""Who may do what, as a real Keystone says."""

import base64
import os
import subprocess
import time
import unittest

from harness import UNKNOWN, Concurrently, Qinling, wait_for, zip_of
from keystone import Keystone

CACHE_TIME = 4
TIMEOUT = 8
GREETING = "def main(name='World', **kwargs):\n    return {'hello': name}\n"
REFUSALS = {
    "none": "Authentication is required",
    "wrong": "The token is not valid",
}


_keystone = None
_qinling = None


def setUpModule():
    """Starts the services while there is no Keystone yet, and then Keystone."""
    global _keystone, _qinling
    _keystone = Keystone()
    unittest.addModuleCleanup(_keystone.end)
    _qinling = Qinling({
        "pecan": {"auth_enable": "true"},
        "keystone_authtoken": _keystone.options(
            token_cache_time=CACHE_TIME, http_connect_timeout=TIMEOUT)})
    unittest.addModuleCleanup(_qinling.end)
    _qinling.start_processes()
    early = _qinling.with_token("of-nobody").get("/v1/functions")
    assert early.status == 503, early
    _keystone.start(function_engine=_qinling.url)
    _qinling.with_token(_keystone.token("admin", "admin")).start()


class TestIdentity(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.keystone = _keystone
        cls.q = _qinling
        cls.admin = cls.as_user("admin", "admin")
        cls.member1 = cls.as_user("member1", "p1")
        cls.member2 = cls.as_user("member2", "p2")
        cls.runtime = cls.admin.runtime()
        cls.p1 = cls.keystone.project_id("member1", "p1")

    @classmethod
    def as_user(cls, user, project):
        return cls.q.with_token(cls.keystone.token(user, project))

    def function(self, user):
        """The id of a new function of a user."""
        answer = user.send_form(
            "POST", "/v1/functions",
            {"runtime_id": self.runtime, "code": '{"source": "package"}'},
            [("package", "main.zip", zip_of(GREETING))])
        self.assertEqual(answer.status, 201, answer)
        self.addCleanup(user.delete, f"/v1/functions/{answer.json['id']}")
        return answer.json["id"]

    def assertRefused(self, answer, which):
        self.assertEqual(answer.status, 401, answer)
        self.assertEqual(answer.json["faultstring"], REFUSALS[which], answer)
        self.assertEqual(
            answer.headers["WWW-Authenticate"], f'Keystone uri="{self.keystone.url}"', answer)

    def wait_until(self, user, status, deadline=15):
        wait_for(lambda: user.get("/v1/functions").status == status, f"status {status}", deadline)


class TestWhoMayEnter(TestIdentity):
    def test_nobody_without_a_token(self):
        for path in ("/v1/functions", "/v1/executions", f"/v1/functions/{UNKNOWN}"):
            self.assertRefused(self.q.get(path), "none")
        self.assertRefused(self.q.post("/v1/runtimes", {"image": "x"}), "none")

    def test_nobody_with_a_wrong_token_which_is_not_echoed(self):
        secret = "not-a-token-" + "x" * 20
        answer = self.q.with_token(secret).get("/v1/functions")
        self.assertRefused(answer, "wrong")
        self.assertNotIn(secret, repr(answer))
        # What looks like one of Keystone's, and is none.
        forged = base64.urlsafe_b64encode(os.urandom(140)).decode().rstrip("=")
        self.assertRefused(self.q.with_token("gAAAAAB" + forged).get("/v1/functions"), "wrong")
        self.assertNotIn(secret, self.q.folder.joinpath("api.log").read_text())

    def test_open_paths_need_none(self):
        for path in ("/", "/v1/"):
            self.assertIn(self.q.get(path).status, (200, 300), path)
        self.assertEqual(self.q.get("/q/health/ready").status, 200)

    def test_only_with_a_token_of_a_project(self):
        answer = self.q.with_token(self.keystone.new_token("member1")).get("/v1/functions")
        self.assertEqual(answer.status, 403, answer)
        self.assertIn("project", answer.json["faultstring"])

    def test_not_with_a_service_token_alone(self):
        nova = self.keystone.token("nova", "service")
        self.assertRefused(self.q.get("/v1/functions", **{"X-Service-Token": nova}), "none")
        self.assertEqual(
            self.member1.get("/v1/functions", **{"X-Service-Token": nova}).status, 200)
        answer = self.member1.get("/v1/functions", **{"X-Service-Token": "wrong"})
        self.assertEqual(answer.status, 401, answer)

    def test_also_under_the_old_name_of_the_header(self):
        token = self.keystone.token("member1", "p1")
        self.assertEqual(self.q.get("/v1/functions", **{"X-Storage-Token": token}).status, 200)


class TestWhatIsSeen(TestIdentity):
    def test_members_see_what_is_of_their_project(self):
        function = self.function(self.member1)
        shown = self.member1.get(f"/v1/functions/{function}")
        self.assertEqual(shown.json["project_id"], self.p1, shown)
        colleague = self.as_user("colleague1", "p1")
        self.assertEqual(colleague.get(f"/v1/functions/{function}").status, 200)
        ran = colleague.run(function, {"name": "Keystone"})
        self.assertEqual(ran["result"]["output"], {"hello": "Keystone"}, ran)
        self.assertEqual(ran["project_id"], self.p1)

    def test_others_do_not(self):
        function = self.function(self.member1)
        for answer in (
                self.member2.get(f"/v1/functions/{function}"),
                self.member2.put(f"/v1/functions/{function}", {"name": "mine"}),
                self.member2.delete(f"/v1/functions/{function}"),
                self.member2.execute(function)):
            self.assertEqual(answer.status, 404, answer)
        self.assertNotIn(function, [found["id"] for found in self.member2.list("functions")])

    def test_admins_see_all_when_they_name_it(self):
        function = self.function(self.member1)
        self.assertEqual(self.admin.get(f"/v1/functions/{function}").status, 200)
        self.assertNotIn(function, [found["id"] for found in self.admin.list("functions")])
        upper = self.as_user("upper", "p1")
        foreign = self.function(self.member2)
        self.assertEqual(upper.get(f"/v1/functions/{foreign}").status, 404)

    def test_headers_that_claim_an_identity_have_no_effect(self):
        function = self.function(self.member1)
        claims = {
            "X-Identity-Status": "Confirmed", "X-Service-Identity-Status": "Confirmed",
            "X-Project-Id": self.p1, "X-Tenant-Id": self.p1, "X-Roles": "admin", "X-Role": "admin",
            "X-User-Id": "someone", "X-Is-Admin-Project": "True"}
        self.assertRefused(self.q.get("/v1/functions", **claims), "none")
        self.assertEqual(
            self.member2.get(f"/v1/functions/{function}", **claims).status, 404)

    def test_the_command_line_authenticates(self):
        function = self.function(self.member1)
        seen = subprocess.run(
            ["openstack", "function", "list", "-f", "value", "-c", "Id"], check=True,
            capture_output=True, text=True, timeout=120,
            env={**os.environ, **self.keystone.environment("member1", "p1")}).stdout
        self.assertIn(function, seen)


class TestTrusts(TestIdentity):
    SOURCE = (
        "def main(context, **given):\n"
        "    session = context['os_session']\n"
        "    return [session.get_project_id(), session.get_user_id()] if session else None\n")

    def acting(self, **fields):
        answer = self.member1.send_form(
            "POST", "/v1/functions",
            {"runtime_id": self.runtime, "code": '{"source": "package"}', "timeout": 60,
             "memory_size": 134217728, **fields},
            [("package", "main.zip", zip_of(self.SOURCE))])
        self.assertEqual(answer.status, 201, answer)
        self.addCleanup(self.member1.delete, f"/v1/functions/{answer.json['id']}")
        return answer.json["id"]

    def trusts(self):
        return {trust["id"]: trust for trust in self.keystone.trusts("member1", "p1")}

    def test_a_function_acts_as_its_owner_whoever_calls_it(self):
        user = self.keystone.details(self.keystone.token("member1", "p1"))["user"]["id"]
        function = self.acting()
        for caller in (self.member1, self.as_user("colleague1", "p1"), self.admin):
            ran = caller.run(function)
            self.assertEqual(ran["result"]["output"], [self.p1, user], ran)
        webhook = self.member1.post("/v1/webhooks", {"function_id": function}).json
        self.addCleanup(self.member1.delete, f"/v1/webhooks/{webhook['id']}")
        self.assertEqual(
            webhook["webhook_url"], f"{self.q.url}/v1/webhooks/{webhook['id']}/invoke")
        called = self.q.post(f"/v1/webhooks/{webhook['id']}/invoke", {"a": 1})
        self.assertEqual(called.status, 202, called)
        ran = self.member1.wait_ended(called.json["execution_id"])
        self.assertEqual(ran["result"]["output"], [self.p1, user], ran)
        self.assertEqual(ran["project_id"], self.p1)

    def test_a_trust_comes_and_goes_with_its_function(self):
        before = self.trusts()
        function = self.acting()
        made = self.trusts().keys() - before.keys()
        self.assertEqual(len(made), 1)
        trust = self.trusts()[made.pop()]
        self.assertTrue(trust["impersonation"])
        self.assertEqual(trust["project_id"], self.p1)
        self.assertIsNone(trust["expires_at"])
        self.assertEqual(self.member1.delete(f"/v1/functions/{function}").status, 204)
        self.assertEqual(self.trusts(), before)

    def test_no_trust_stays_of_a_function_that_is_refused(self):
        before = self.trusts()
        refused = self.member1.send_form(
            "POST", "/v1/functions", {"runtime_id": self.runtime, "code": '{"source": "package"}'},
            [("package", "main.zip", b"no archive")])
        self.assertEqual(refused.status, 400, refused)
        self.assertEqual(self.trusts(), before)


class TestTokensThatEnd(TestIdentity):
    def test_an_expired_one_is_refused_though_it_is_remembered(self):
        user = self.q.with_token(self.keystone.new_token("member1", "p1", seconds=3))
        self.assertEqual(user.get("/v1/functions").status, 200)
        end = time.monotonic() + 30
        while user.get("/v1/functions").status == 200:
            self.assertLess(time.monotonic(), end)
        self.assertRefused(user.get("/v1/functions"), "wrong")

    def test_a_service_may_go_on_with_an_expired_one(self):
        token = self.keystone.new_token("member1", "p1", seconds=1)
        self.wait_until(self.q.with_token(token), 401)
        nova = {"X-Service-Token": self.keystone.token("nova", "service")}
        self.assertEqual(self.q.with_token(token).get("/v1/functions", **nova).status, 200)
        # Who is no service may not.
        other = {"X-Service-Token": self.keystone.token("member2", "p2")}
        self.assertEqual(self.q.with_token(token).get("/v1/functions", **other).status, 401)

    def test_a_revoked_one_is_refused_after_the_cache_time(self):
        token = self.keystone.new_token("member1", "p1")
        user = self.q.with_token(token)
        self.assertEqual(user.get("/v1/functions").status, 200)
        self.keystone.revoke(token)
        self.wait_until(user, 401, CACHE_TIME + 15)
        self.assertRefused(user.get("/v1/functions"), "wrong")


class TestKeystoneAway(TestIdentity):
    def test_who_is_known_passes_until_the_cache_time_and_nobody_else(self):
        user = self.q.with_token(self.keystone.new_token("member1", "p1"))
        other = self.q.with_token(self.keystone.new_token("member2", "p2"))
        self.assertEqual(user.get("/v1/functions").status, 200)
        self.keystone.stop()
        self.assertEqual(user.get("/v1/functions").status, 200)
        away = other.get("/v1/functions")
        self.assertEqual(away.status, 503, away)
        self.assertNotIn("WWW-Authenticate", away.headers)
        self.assertIn("Retry-After", away.headers)
        self.wait_until(user, 503)
        self.assertEqual(self.q.get("/q/health/live").status, 200)
        self.assertRefused(self.q.get("/v1/functions"), "none")
        self.keystone.start()
        self.assertEqual(user.get("/v1/functions").status, 200)
        self.assertEqual(other.get("/v1/functions").status, 200)

    def test_one_that_hangs_is_given_up_while_others_are_served(self):
        user = self.q.with_token(self.keystone.new_token("member1", "p1"))
        self.keystone.pause()
        try:
            began = time.monotonic()
            waiting = Concurrently([lambda: user.get("/v1/functions")] * 20)
            while time.monotonic() < began + TIMEOUT / 2:
                self.assertRefused(self.q.get("/v1/functions"), "none")
            # Else they waited for Keystone, too.
            self.assertLess(time.monotonic() - began, TIMEOUT)
            self.assertEqual({answer.status for answer in waiting.results()}, {503})
            self.assertLess(time.monotonic() - began, 2 * TIMEOUT)
        finally:
            self.keystone.resume()
        self.wait_until(user, 200)
