# SPDX-License-Identifier: Apache-2.0
"""What each request of the worker protocol asks for."""

import hmac
import re

_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_WHOLE = re.compile(r"[0-9]{1,15}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,128}")
_EXECUTIONS = "/executions/"


class _Refused(Exception):
    pass


class Routes:
    def __init__(self, worker, secret):
        self._worker = worker
        self._authorization = _bearer(secret) if secret else None
        self._has_own_secret = False

    def __call__(self, connection, request):
        path = request.path
        if path == "/ping":
            if request.method == "GET":
                connection.answer_raw(
                    200, b"Content-Type: text/plain\r\nQinling-Worker: 2\r\nContent-Length: 4\r\n", b"pong"
                )
            else:
                connection.error(405, "Use GET.")
        elif not self._authorized(request):
            connection.error(401, "The secret is missing or wrong.")
        elif path == "/execute":
            self._call(self._execute, "POST", connection, request)
        elif path == "/function" and request.method == "GET":
            self._worker.describe(connection)
        elif path == "/function":
            self._call(self._load, "PUT", connection, request)
        elif path == "/secret":
            self._call(self._set_secret, "PUT", connection, request)
        elif path.startswith(_EXECUTIONS):
            self._call(self._cancel, "DELETE", connection, request)
        else:
            connection.error(404, "There is no such path.")

    def _authorized(self, request):
        given = request.headers.get("authorization", "").encode("latin-1")
        return self._authorization is None or hmac.compare_digest(given, self._authorization)

    def _call(self, handler, method, connection, request):
        if request.method != method:
            connection.error(405, "Use %s." % method)
            return
        try:
            handler(connection, request)
        except _Refused as error:
            connection.error(400, str(error))

    def _execute(self, connection, request):
        id = _header(request, "Qinling-Execution", _ID)
        timeout = float(_header(request, "Qinling-Timeout", _NUMBER))
        self._worker.execute(connection, id, timeout, request.body)

    def _cancel(self, connection, request):
        self._worker.cancel(connection, request.path[len(_EXECUTIONS) :])

    def _set_secret(self, connection, request):
        secret = request.headers.get("qinling-secret", "")
        if not _SECRET.fullmatch(secret):
            raise _Refused("Header Qinling-Secret is missing or malformed.")
        if self._has_own_secret:
            connection.error(409, "The worker has a secret of its own already.")
        elif self._worker.has_function():
            connection.error(409, "A function is loaded already.")
        else:
            self._has_own_secret = True
            self._authorization = _bearer(secret)
            connection.answer_raw(204, b"")

    def _load(self, connection, request):
        options = {
            "function": _header(request, "Qinling-Function", _ID),
            "version": int(_header(request, "Qinling-Version", _WHOLE)),
            "digest": _header(request, "Qinling-Digest", _DIGEST),
            "entry": request.headers.get("qinling-entry"),
            "memory": int(_header(request, "Qinling-Memory", _WHOLE)),
            "cpu": int(_header(request, "Qinling-Cpu", _WHOLE, "0")),
            "timeout": float(_header(request, "Qinling-Load-Timeout", _NUMBER)),
            "max_result": int(_header(request, "Qinling-Max-Result", _WHOLE, "1048576")),
        }
        max_log = int(_header(request, "Qinling-Max-Log", _WHOLE, "1048576"))
        self._worker.load(connection, options, max_log, request.body)


def _bearer(secret):
    return ("Bearer " + secret).encode()


def _header(request, name, pattern, default=None):
    value = request.headers.get(name.lower(), default)
    if value is None:
        raise _Refused("Header %s is missing." % name)
    if not pattern.fullmatch(value):
        raise _Refused("Header %s has the value %r." % (name, value))
    return value
