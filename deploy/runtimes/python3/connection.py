# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 for one caller, the engine: kept-alive connections, one request at a time on each, no chunked bodies."""

import json
import socket
import sys

import loop

MAX_HEADER = 16384
_BUFFER = 65536

_REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
}
_STATUS_LINES = {code: b"HTTP/1.1 %d %b\r\n" % (code, reason.encode()) for code, reason in _REASONS.items()}
_JSON = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_OK_JSON = _STATUS_LINES[200] + _JSON


class Request:
    __slots__ = ("method", "path", "headers", "body")

    def __init__(self, method, path, headers):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = b""


class Connection:
    """Reads requests, hands each to routes(connection, request), and writes the one answer that each gets."""

    def __init__(self, events, sock, routes, max_body):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop = events
        self._socket = sock
        self._routes = routes
        self._max_body = max_body
        self._input = b""
        self._output = None
        self._request = None  # whose body is being read
        self._parts = []
        self._missing = 0
        self._discard = 0  # bytes of a refused body still to come
        self._waiting = False  # for the answer
        self._parsing = False
        self._closing = False  # once the answer is written
        events.watch(sock.fileno(), self._ready)

    def answer(self, body):
        """Answers 200 with JSON text."""
        self._write(_OK_JSON % len(body) + body)

    def answer_json(self, status, value):
        body = json.dumps(value).encode()
        self._write(_STATUS_LINES[status] + _JSON % len(body) + body)

    def error(self, status, reason):
        self.answer_json(status, {"error": reason})

    def answer_raw(self, status, headers, body=b""):
        self._write(_STATUS_LINES[status] + headers + b"\r\n" + body)

    def _ready(self, events):
        if events & loop.WRITABLE:
            self._flush()
        if events & ~loop.WRITABLE and self._socket:
            self._read()

    def _read(self):
        try:
            data = self._socket.recv(_BUFFER)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        if self._discard:
            dropped = min(self._discard, len(data))
            self._discard -= dropped
            data = data[dropped:]
        if self._request:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing <= 0:
                self._body_complete()
        else:
            self._input = self._input + data if self._input else data
            if self._waiting:
                if len(self._input) > _BUFFER:
                    self._close()  # a caller that does not wait for its answers
                return
        self._parse()

    def _parse(self):
        """Goes on with what has been read, until something has to be waited for."""
        if self._parsing:
            return
        self._parsing = True
        while self._input and not self._waiting and not self._request and not self._closing:
            end = self._input.find(b"\r\n\r\n")
            if end > MAX_HEADER or end < 0 and len(self._input) > MAX_HEADER:
                self._refuse(431, "The header is larger than %d bytes." % MAX_HEADER)
            elif end < 0:
                break
            else:
                head = self._input[:end]
                self._input = self._input[end + 4 :]
                self._head(head)
        self._parsing = False

    def _head(self, head):
        try:
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, version = first.split(" ")
            headers = {}
            for line in lines:
                name, colon, value = line.partition(":")
                if not colon or not name or name[-1] == " ":
                    raise ValueError
                headers[name.lower()] = value.strip()
            length = headers.get("content-length", "0")
            if version not in ("HTTP/1.1", "HTTP/1.0") or not (length.isascii() and length.isdigit()):
                raise ValueError
        except ValueError:
            self._refuse(400, "The request is malformed.")
            return
        if "transfer-encoding" in headers:
            self._refuse(400, "A body needs a Content-Length.")
            return
        if version == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
            self._closing = True
        length = int(length)
        if length > self._max_body:
            self._discard = max(0, length - len(self._input))
            self._input = self._input[length:]
            self._waiting = True
            self.error(413, "The body is larger than %d bytes." % self._max_body)
            return
        request = Request(method, path, headers)
        if length <= len(self._input):
            request.body = self._input[:length]
            self._input = self._input[length:]
            self._waiting = True
            self._routes(self, request)
            return
        self._request = request
        self._parts = [self._input]
        self._missing = length - len(self._input)
        self._input = b""
        if headers.get("expect", "").lower() == "100-continue":
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _body_complete(self):
        request = self._request
        body = b"".join(self._parts)
        self._request = None
        self._parts = []
        if self._missing < 0:
            self._input = body[self._missing :]
            body = body[: self._missing]
        request.body = body
        self._waiting = True
        self._routes(self, request)

    def _refuse(self, status, reason):
        """Answers a request after which nobody knows where the next one starts."""
        self._closing = True
        self._discard = sys.maxsize
        self._input = b""
        self.error(status, reason)

    def _write(self, data):
        if self._socket is None:
            return
        self._waiting = False
        self._send(data)
        if self._input:
            self._parse()

    def _send(self, data):
        if self._output is None:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._close()
                return
            if sent == len(data):
                if self._closing and not self._waiting:
                    self._finish()
                return
            self._output = bytearray(memoryview(data)[sent:])
            self._loop.change(self._socket.fileno(), loop.READ_WRITE)
        else:
            self._output += data

    def _flush(self):
        try:
            sent = self._socket.send(self._output)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        del self._output[:sent]
        if not self._output:
            self._output = None
            self._loop.change(self._socket.fileno(), loop.READ)
            if self._closing and not self._waiting:
                self._finish()

    def _finish(self):
        """Ends the connection; what the caller still sends is read, for otherwise it might not see the answer."""
        if self._discard:
            self._socket.shutdown(socket.SHUT_WR)
        else:
            self._close()

    def _close(self):
        if self._socket:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self._request = None
            self._input = b""
