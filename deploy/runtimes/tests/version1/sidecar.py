# SPDX-License-Identifier: Apache-2.0
"""A sidecar of worker protocol version 1, for tests: does what upstream's does, its mistakes included.

POST /download {"download_url", "function_id", "token", "unzip"} brings a package to the folder PACKAGES. It listens on the
loopback address, at PORT (9091; 0 = any that is free), and says so in a first line. As root it becomes USER_ID, if given.
"""

import fcntl
import json
import os
import pathlib
import sys
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

PACKAGES = pathlib.Path(os.environ.get("PACKAGES", "/var/qinling/packages"))
LOCKS = pathlib.Path(os.environ.get("LOCKS", "/var/lock/qinling"))
CHUNK = 65535
PATIENCE = 30


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            with open(LOCKS / "download_function", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                download(**{name: request[name] for name in ("download_url", "function_id", "token", "unzip")
                            if name in request})
        except Exception as error:
            print(f"failed: {error!r}", file=sys.stderr, flush=True)
            self._answer(500, f"Failed to download function package from {request['download_url']}, error: {error}")
        else:
            self._answer(200, "downloaded")

    def _answer(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


def download(download_url, function_id, token=None, unzip=True):
    file = PACKAGES / f"{function_id}.zip"
    if file.exists():
        return
    request = urllib.request.Request(download_url, headers={"X-Auth-Token": token} if token else {})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer, open(file, "wb") as target:
        while chunk := answer.read(CHUNK):
            target.write(chunk)
    if unzip:
        with zipfile.ZipFile(file) as package:
            package.extractall(PACKAGES / function_id)


def become_user():
    """As uWSGI does with its options uid and gid."""
    if "USER_ID" in os.environ:
        os.setgid(int(os.environ["USER_ID"]))
        os.setuid(int(os.environ["USER_ID"]))


if __name__ == "__main__":
    become_user()
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9091"))), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
