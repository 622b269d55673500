# SPDX-License-Identifier: Apache-2.0
"""A collector of OpenTelemetry for tests: takes spans by OTLP over HTTP and keeps them."""

import http.server
import ssl
import struct
import threading

from harness import wait_for

KINDS = {1: "internal", 2: "server", 3: "client"}
ERROR = 2


def fields(message):
    """The fields of a protobuf message as (number, value): numbers, or bytes for all that has a length."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            yield number, message[at:at + size]
            at += size


def all_of(message, wanted):
    return [value for number, value in fields(message) if number == wanted]


def any_value(message):
    for number, value in fields(message):
        if number == 1:
            return value.decode()
        if number == 2:
            return bool(value)
        if number == 3:
            return value
        if number == 4:
            return struct.unpack("<d", value)[0]
    return None


def attributes(messages):
    pairs = [dict(fields(message)) for message in messages]
    return {pair[1].decode(): any_value(pair[2]) for pair in pairs}


class Span:
    def __init__(self, service, message):
        first = dict(fields(message))
        self.service = service
        self.trace = first[1].hex()
        self.id = first[2].hex()
        self.parent = first.get(4, b"").hex()
        self.name = first[5].decode()
        self.kind = KINDS[first[6]]
        self.begun, self.ended = (struct.unpack("<Q", first[number])[0] for number in (7, 8))
        self.attributes = attributes(all_of(message, 9))
        self.is_error = dict(fields(first.get(15, b""))).get(3) == ERROR

    def __repr__(self):
        return f"{self.service}: {self.name} {self.kind} {self.id} of {self.parent or 'none'} {self.attributes}"


def spans_of(request):
    for resource in all_of(request, 1):
        of_resource = attributes(all_of(dict(fields(resource))[1], 1))
        for scope in all_of(resource, 2):
            for message in all_of(scope, 2):
                yield Span(of_resource["service.name"], message)


class Collector:
    def __init__(self, port=0, certificate=None):
        """With the paths of a certificate and its key it speaks TLS."""
        self.spans = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                collector.spans.extend(spans_of(self._body()))
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _body(self):
                if "Content-Length" in self.headers:
                    return self.rfile.read(int(self.headers["Content-Length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.endpoint = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self):
        self._server.shutdown()
        self._server.server_close()

    def trace(self, trace, count):
        """The spans of a trace in the order in which they began, once there are so many."""
        def found():
            spans = [span for span in list(self.spans) if span.trace == trace]
            return spans if len(spans) >= count else None
        return sorted(wait_for(found, f"{count} spans of trace {trace}; there are {self.spans}"), key=lambda s: s.begun)

    def trace_of(self, execution, count):
        """The spans of the trace that an execution is part of."""
        def found():
            return [span.trace for span in list(self.spans) if span.attributes.get("qinling.execution_id") == execution]
        return self.trace(wait_for(found, f"a span of execution {execution}")[0], count)
