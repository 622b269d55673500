# SPDX-License-Identifier: Apache-2.0
"""Serves Keystone at port 5000 of KEYSTONE_ADDRESS. One request at a time is enough here, and what SQLite bears."""

import os
from wsgiref import simple_server

from keystone.server import wsgi


class Handler(simple_server.WSGIRequestHandler):
    # Of a client that connects and says nothing, while others wait.
    timeout = 5


class LastAnswer(simple_server.ServerHandler):
    def send_preamble(self):
        super().send_preamble()
        # As it does; of HTTP/1.0 alone Java does not conclude it, and may use the connection again.
        self._write(b"Connection: close\r\n")


simple_server.ServerHandler = LastAnswer
simple_server.make_server(
    os.environ["KEYSTONE_ADDRESS"], 5000, wsgi.initialize_public_application(), handler_class=Handler).serve_forever()
