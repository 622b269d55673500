# SPDX-License-Identifier: Apache-2.0
"""What a function service needs of Swift: objects that are read with a token of their project."""

import http.server
import threading
import urllib.parse


class ObjectStore:
    """A server in this process, with objects by project, container and name."""

    def __init__(self, project_of):
        """How to find the id of a token's project, or None."""
        self.objects = {}
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                store.answer(self, project_of(self.headers["X-Auth-Token"]))

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        # Keystone puts the project of a token into the addresses of its catalogue.
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/AUTH_%(project_id)s"

    def answer(self, request, project):
        account, container, name = urllib.parse.unquote(request.path)[len("/v1/"):].split("/", 2)
        content = self.objects.get((account.removeprefix("AUTH_"), container, name))
        status = 401 if project is None else 200
        if status == 200 and account != f"AUTH_{project}":
            status = 403
        elif status == 200 and content is None:
            status = 404
        request.send_response(status)
        request.send_header("Content-Length", str(len(content) if status == 200 else 0))
        request.send_header("Connection", "close")
        request.end_headers()
        if status == 200 and request.command == "GET":
            try:
                request.wfile.write(content)
            except ConnectionError:
                pass  # Whoever reads has seen that it is too large.

    def end(self):
        self._server.shutdown()
        self._server.server_close()
