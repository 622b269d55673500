# SPDX-License-Identifier: Apache-2.0
"""Debian's Keystone in one process and one thread, with what tests need in it.

Run by keystone.py with FOLDER and PORT. All in one process, since loading Keystone takes longest.
"""

import base64
import json
import os
import pathlib
import sqlite3
import sys
import uuid
from wsgiref import simple_server

from keystone.cmd import bootstrap
from keystone.common import provider_api
from keystone.common import sql
import keystone.conf
from keystone.server.flask import core

PROVIDERS = provider_api.ProviderAPIs

CONF_FILE = """\
[DEFAULT]
log_file = {folder}/keystone.log
use_stderr = false
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet-keys
[fernet_receipts]
key_repository = {folder}/fernet-keys
[credential]
key_repository = {folder}/credential-keys
[identity]
# The cheapest there is.
password_hash_rounds = 4
"""


class Handler(simple_server.WSGIRequestHandler):
    # Of a client that connects and says nothing.
    timeout = 5

    def log_message(self, *_):
        pass


class LastAnswer(simple_server.ServerHandler):
    def send_preamble(self):
        super().send_preamble()
        # As it does; of HTTP/1.0 alone Java does not conclude it, and may use the connection again.
        self._write(b"Connection: close\r\n")


simple_server.ServerHandler = LastAnswer


class Server(simple_server.WSGIServer):
    request_queue_size = 128


def populate(wanted):
    """Makes the projects, users and endpoints that are not there from the beginning."""
    # Its constructor would load everything a second time.
    admin = bootstrap.Bootstrapper.__new__(bootstrap.Bootstrapper)
    admin.project_name = "admin"
    admin.admin_username = "admin"
    admin.admin_password = wanted["password"]
    admin.admin_role_name = "admin"
    admin.member_role_name = "member"
    admin.reader_role_name = "reader"
    admin.immutable_roles = True
    admin.endpoints = {}
    admin.service_name = "keystone"
    admin.region_id = wanted["region"]
    admin.public_url = admin.internal_url = admin.admin_url = wanted["url"]
    admin.bootstrap()
    domain = admin.default_domain_id
    roles = {role["name"]: role["id"] for role in PROVIDERS.role_api.list_roles()}
    projects = {"admin": admin.project_id}
    for user, grants in wanted["users"].items():
        made = PROVIDERS.identity_api.create_user({
            "name": user, "password": wanted["password"], "enabled": True, "domain_id": domain})
        for project, granted in grants.items():
            if project not in projects:
                projects[project] = project_id = uuid.uuid4().hex
                PROVIDERS.resource_api.create_project(project_id, {
                    "id": project_id, "name": project, "enabled": True, "description": "",
                    "domain_id": domain})
            for role in granted:
                if role not in roles:
                    roles[role] = role_id = uuid.uuid4().hex
                    PROVIDERS.role_api.create_role(role_id, {"id": role_id, "name": role})
                PROVIDERS.assignment_api.add_role_to_user_and_project(
                    made["id"], projects[project], roles[role])
    for kind, url in wanted["endpoints"].items():
        service = uuid.uuid4().hex
        PROVIDERS.catalog_api.create_service(
            service, {"id": service, "type": kind, "name": kind, "enabled": True})
        for interface in ("public", "internal"):
            endpoint = uuid.uuid4().hex
            PROVIDERS.catalog_api.create_endpoint(endpoint, {
                "id": endpoint, "interface": interface, "url": url, "service_id": service,
                "enabled": True, "region_id": wanted["region"]})


def make_keys(folder):
    """The keys that sign tokens, as keystone-manage fernet_setup does."""
    folder.mkdir(0o700)
    for name in ("0", "1"):
        (folder / name).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))


def with_expiration(application):
    """Tokens last as long as who asks for them wants."""
    def call(environ, start_response):
        seconds = int(environ.get("HTTP_X_TEST_EXPIRATION", 3600))
        keystone.conf.CONF.set_override("expiration", seconds, "token")
        return application(environ, start_response)
    return call


def main():
    folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    wanted = json.loads((folder / "wanted.json").read_text())
    conf = folder / "keystone.conf"
    is_new = not conf.exists()
    conf.write_text(CONF_FILE.format(folder=folder))
    if is_new:
        make_keys(folder / "fernet-keys")
        make_keys(folder / "credential-keys")
    # Keystone reads the arguments of its process.
    sys.argv[1:] = []
    application = core.initialize_application("public", config_files=[str(conf)])
    if is_new:
        # So that what has read, and was not tidied up, keeps nobody from writing.
        sqlite3.connect(folder / "keystone.db").execute("PRAGMA journal_mode = WAL")
        # As Keystone's own tests do; its migrations take many times as long.
        with sql.session_for_write() as session:
            sql.ModelBase.metadata.create_all(session.get_bind())
        populate(wanted)
    simple_server.make_server(
        "127.0.0.1", port, with_expiration(application), Server, Handler).serve_forever()


if __name__ == "__main__":
    main()
