# SPDX-License-Identifier: Apache-2.0
"""Makes requests that are wrong in many ways out of the OpenAPI document, from a seed."""

import dataclasses
import json
import random
import urllib.parse

from document import JSON
from harness import UNKNOWN, multipart, zip_of

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
PACKAGE = zip_of("def main(**kwargs):\n    return kwargs\n")
DEEP = 600
LONG = 300_000

NUMBERS = [
    "0", "-1", "1", "2", "1.9", "-0.5", "-0", "2147483647", "2147483648", "-2147483649",
    "9223372036854775808", "1" * 400, "1" * 5000, "1e400", "-1e400", "1e-400", "1e999999999",
    "1e-999999999", "33554432"]
TEXTS = [
    "", " ", "\t\r\n", "0", "1", " 1 ", "-1", "1.5", "1e3", "٣", "abc", "true", "True", "null", "\0",
    "a\0b", "\u202e\u200b", "e\u0301" * 300, "\U0001f600" * 200, "x" * 255, "x" * 256, "x" * LONG,
    "\u2603" * 255, "' OR 1=1 --", "\";'`\\", "%00%n%s%x", "${x}{{x}}", "../../../etc/passwd", "/",
    "a/b", ".", "<b>&amp;", "has:%", "has:\\", "in:", "in:,,,", "nin:\0", "gt:", "like:x", ":", "eq",
    "in:" + "a," * 500, UNKNOWN, UNKNOWN.upper(), "{" + UNKNOWN + "}", "urn:uuid:" + UNKNOWN,
    UNKNOWN.replace("-", ""), "2030-01-02", "2030-01-02T03:04:05+05:00", "2030-13-45 99:99",
    "0000-00-00T00:00:00Z", "+999999999-01-01T00:00:00Z", "10 Jan 2030 5pm", "9" * 30, "* * * * *",
    "*/5 * * * * 30", "* * 31 2 *", "@daily", "@reboot", "60 * * * *", "*/0 * * * *", "5-1 * * * *",
    "0-99999999999 * * * *", "a b c d e", "running", "done", "cancelled", "{}", "[]", "[1", '"x"',
    '{"a": 1, "a": 2}', '{"source": "package"}', '{"source": "swift", "swift": {}}',
    '{"source": "image"}', '{"source": null}', '{"source": ["package"]}',
    '{"source": "package", "md5sum": 5}', '{"__function_input": null}', '{"__function_input": [1]}',
    "{" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP, "1e999999999"]
TOKENS = [
    "null", "true", "false", "{}", "[]", "[null]", "[[1], {}]", '{"a": 1}', '{"": ""}',
    '{"source": "package"}', '{"source": {"a": []}}', '{"count": {"count": 1}}',
    '"\\ud800"', '"\\udc00\\ud800"', '"\\udfff' + "x" * 10 + '"', '"\\u0000"',
    "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP]
MALFORMED = [
    b"", b" ", b"nul", b"NaN", b"Infinity", b"0x10", b"01", b"+1", b".5", b"'a'", b"undefined",
    b'"a', b'"\n"', b'"\\x41"', b'"\\ud8"', b'"\xff\xfe"', b'"\xc3"', b'"\xed\xa0\x80"', b"[1,]",
    b"{,}", b"/* */1", b"[" * 100_000, b'{"a":' * 100_000, b"\0", b"1 2"]
BODIES = [
    b"", b" ", b"null", b"[]", b"5", b'"x"', b"true", b"{", b"}", b"{}", b"{}{}", b"{} x", b"\xff\xfe",
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-32"), b"\0" * 100, b" " * 10_000,
    b"a=b", b"\x1f\x8b\x08\0", b"PK\x05\x06" + b"\0" * 18, b"[" * 200_000, b"{}" + b"\n" * 100_000]
TYPES = [
    "", "text/plain", "application/xml", "application/octet-stream", "application/zip", "a/b/c", "/",
    ";", "*/*", "json", "application/json;", "application/json; charset=utf-16",
    "application/json; charset=nothing", 'application/json; charset="', "application/json, a/b",
    "APPLICATION/JSON", "text/javascript", "application/json; a=" + "x" * 3000, URLENCODED,
    URLENCODED + "; charset=nothing", URLENCODED + "; charset=utf-16", MULTIPART,
    MULTIPART + "; boundary=", MULTIPART + '; boundary="', MULTIPART + "; boundary=x",
    MULTIPART + "; boundary=" + "x" * 300, "multipart/mixed; boundary=x", "application/json\xa0"]
SEGMENTS = [
    b"%", b"%z", b"%zz", b"%0", b"%00", b"a%00b", b"%2e%2e", b"..", b".", b"...", b"%2f", b"%2F%2F",
    b"%5c", b"%c3%28", b"%ff", b"%ed%a0%80", b"%f0%9f%98%80", b"\xff", b"\xc3\xa9", b";a=b", b"a;b",
    b"{}", b"%7b%7d", b"'", b'"', b"<x>", b"|", b"^", b"`", b"\\", b"*", b"+", b"%20", b"%09", b"%0d%0a",
    b"~", b"-1", b"0", b"1", b"99999999999", b"1.5", b"1e3", b"%31", b"x" * 255, b"x" * 300, b"x" * 3000,
    b"x" * 5000, b"%41" * 500, b"null", b"a.json", b"$", b"@", b"a:b", b"#", b"?", b"&", b"=",
    UNKNOWN.upper().encode(), b"{" + UNKNOWN.encode() + b"}", UNKNOWN.replace("-", "").encode()]
QUERIES = [
    b"", b"x=1", b"limit=1", b"=", b"&&&", b"=&=", b"x", b"%", b"%=%", b"%zz=1", b"x=%zz", b"%00=%00",
    b"x=%ff", b"%ff=x", b"x=\xff", b"x=%ed%a0%80", b"x[]=1", b"x=1;y=2", b"_method=DELETE", b"?", b"a=b=c",
    b"x=" + b"y" * 2000, b"x=" + b"y" * 5000, b"x&" * 500, b"download=true", b"format=json",
    b"all_projects=true", b"all_projects=%00", b"project_id=%00", b"code=x", b"timeout=0", b"name=%00",
    b"function_version=", b"function_version=99999999999", b"function_version=-1",
    b"id=x&self=y&__function_input=z"]
PREFIXES = [b"/", b"//", b"/.", b"/x/..", b"/%2e%2e", b"/v1", b"http://other.example:99"]
SUFFIXES = [b"/", b"//", b"/x", b"/.", b"/..", b".json", b"%2f", b"%00", b";x", b"/%"]
VERBS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO", "get", "X" * 50]
HEADERS = [
    ("Accept", "garbage"), ("Accept", "a/b;q=x"), ("Accept", ",,,"), ("Accept", "application/xml"),
    ("Accept", "application/json;q=0"), ("Accept", "x/y," * 500), ("Accept-Encoding", "gzip;q=x"),
    ("Accept-Charset", "nothing"), ("Accept-Language", "-"), ("X-Auth-Token", "x" * 5000),
    ("X-Auth-Token", "\xff"), ("X-Roles", "admin"), ("X-Project-Id", "other"), ("Authorization", "Basic"),
    ("Authorization", "Bearer x"), ("Cookie", "$;=,\xff"), ("Content-Encoding", "gzip"),
    ("Content-Encoding", "nothing"), ("Content-Language", "@"), ("Range", "bytes=9-1"),
    ("If-Match", "*"), ("If-Modified-Since", "never"), ("Origin", "null"), ("Origin", "http://a b"),
    ("X-Forwarded-Proto", "x:/"), ("X-Forwarded-Host", "[::"), ("Forwarded", "for=;host=%"),
    ("X-HTTP-Method-Override", "DELETE"), ("Expect", "100-continue"), ("Te", "trailers"),
    ("X-Openstack-Request-Id", "req-\xff"), ("X-Openstack-Request-Id", "x" * 3000),
    ("Content-Length", "0"), ("Connection", "Upgrade"), ("Date", "-1")]
HOSTS = ["", "a b", ":", "x:99999999", "[::1", "[::1]:1", "\xff", "a/b", "a@b", "%", "x" * 300, "a,b", "a_b"]


@dataclasses.dataclass
class Request:
    """
    What goes over the wire. is_cut: the sender ends before the request does. is_http: whether it
    is something that clients of HTTP send.
    """

    operation: object
    number: int
    verb: str = ""
    target: bytes = b""
    headers: list = dataclasses.field(default_factory=list)
    body: bytes = None
    raw: bytes = None
    is_cut: bool = False
    is_http: bool = True
    wrongs: list = dataclasses.field(default_factory=list)

    def bytes(self):
        if self.raw is not None:
            return self.raw
        head = self.verb.encode() + b" " + self.target + b" HTTP/1.1\r\n"
        headers = list(self.headers)
        names = {name for name, _ in headers}
        if "Host" not in names:
            headers.insert(0, ("Host", "127.0.0.1"))
        if self.body is not None and not names & {"Content-Length", "Transfer-Encoding"}:
            headers.append(("Content-Length", str(len(self.body))))
        for name, value in headers:
            head += f"{name}: {value}\r\n".encode("latin-1")
        return head + b"\r\n" + (self.body or b"")

    def __str__(self):
        return f"request {self.number} ({', '.join(self.wrongs) or 'right'}): {self.bytes()[:700]!r}"


class Fuzzer:
    """
    Makes requests for operations, each from the seed and its number alone.

    in_paths, in_bodies: by name, what exists and may be named there.
    """

    def __init__(self, seed, operations, in_paths, in_bodies):
        self.seed = seed
        self.operations = operations
        self.in_paths = in_paths
        self.in_bodies = in_bodies

    def request(self, number):
        self.random = random.Random(f"{self.seed}/{number}")
        operation = self.random.choice(self.operations)
        request = Request(operation, number, operation.verb.upper())
        request.target = self.address(operation, request.verb)
        self.add_body(request)
        wrongs = self.random.choices(
            (self.wrong_value, self.wrong_body, self.wrong_type, self.wrong_path, self.wrong_query,
             self.wrong_header, self.wrong_verb, self.wrong_frame),
            (40, 12, 6, 12, 12, 6, 5, 7), k=self.random.choice((0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2)))
        # What breaks the frame needs the rest to be as it will be sent.
        for wrong in sorted(dict.fromkeys(wrongs), key=lambda each: each == self.wrong_frame):
            request.wrongs.append(wrong.__name__)
            wrong(request)
        return request

    # Right requests

    def address(self, operation, verb):
        """What is there is named, unless it would be removed."""
        exists = verb != "DELETE" and self.random.random() < 0.9
        return operation.address(**(self.in_paths if exists else {})).encode()

    def add_body(self, request):
        if not request.operation.bodies:
            return
        kind, schema, fields = self.example(request)
        for name in sorted(set(schema["properties"]) & set(self.in_bodies)):
            if self.random.random() < 0.2:
                fields.setdefault(name, self.in_bodies[name])
        self.encode(request, kind, fields)

    def example(self, request):
        """A type of the body, its schema, and fields that name what is there."""
        kind, schema = self.random.choice(list(request.operation.bodies.items()))
        fields = dict(schema["examples"][0])
        for name in set(fields) & set(self.in_bodies):
            fields[name] = self.in_bodies[name]
        if request.operation.id == "createFunctionAlias":
            fields["name"] = f"fuzz-{request.number}"
        return kind, schema, fields

    def encode(self, request, kind, fields):
        """Values of fields are JSON values, or bytes that are to stand there as they are."""
        if kind == JSON:
            request.body = b"{" + b", ".join(
                json.dumps(name).encode() + b": "
                + (value if isinstance(value, bytes) else json.dumps(value).encode())
                for name, value in fields.items()) + b"}"
        elif kind == URLENCODED:
            request.body = urllib.parse.urlencode(
                {name: self.plain(value) for name, value in fields.items()}).encode()
        else:
            files = [("package", "p.zip", PACKAGE)] if "package" in fields else []
            request.body, kind = multipart(
                {name: self.plain(value).decode("latin-1") for name, value in fields.items()
                 if name != "package"}, files)
        request.headers.append(("Content-Type", kind))

    @staticmethod
    def plain(value):
        if isinstance(value, bytes):
            return value
        text = value if isinstance(value, str) else json.dumps(value)
        return text.encode("utf-8", "surrogatepass")

    # Wrong ones

    def wrong_value(self, request):
        """One or two fields of the body have other values, are missing, unknown or there twice."""
        if not request.operation.bodies:
            self.wrong_query(request)
            return
        kind, schema, fields = self.example(request)
        request.headers = []
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            names = sorted(schema["properties"]) or ["x"]
            name = self.random.choice(names)
            wrong = self.random.random()
            if wrong < 0.75:
                fields[name] = self.value()
            elif wrong < 0.85:
                fields.pop(self.random.choice(sorted(fields) or names), None)
            else:
                fields[self.random.choice(("x", "", "status", "project_id", "a" * 3000, "\0", "é"))] = (
                    self.value())
        self.encode(request, kind, fields)
        if kind == JSON and self.random.random() < 0.1:
            name = self.random.choice(sorted(fields) or ["x"])
            request.body = (
                request.body[:-1] + b", " + json.dumps(name).encode() + b": "
                + json.dumps(self.random.choice(TEXTS)).encode() + b"}")

    def value(self):
        return self.random.choice((
            lambda: self.random.choice(NUMBERS).encode(), lambda: self.random.choice(TOKENS).encode(),
            lambda: self.random.choice(TEXTS), lambda: self.random.choice(TEXTS),
            lambda: self.random.choice(MALFORMED)))()

    def wrong_body(self, request):
        """The body is something else, or a part of it is."""
        if request.body is None or self.random.random() < 0.3:
            request.body = self.random.choice(BODIES)
            if self.random.random() < 0.8:
                request.headers = [("Content-Type", self.random.choice((JSON, JSON, URLENCODED)))]
            return
        body = bytearray(request.body)
        if b"Content-Disposition" in body and self.random.random() < 0.8:
            self.wrong_form(request)
            return
        for _ in range(self.random.choice((1, 1, 3))):
            at = self.random.randrange(len(body) + 1)
            change = self.random.random()
            if change < 0.4:
                del body[at:]
            elif change < 0.7:
                body[at:at + 1] = self.random.choice(
                    (b"\0", b"\xff", b"{", b"]", b'"', b"\\", b"&", b"%", b"\r\n", b"=", b"--"))
            else:
                body[at:at] = body[:self.random.randrange(len(body) + 1)]
        request.body = bytes(body)

    def wrong_form(self, request):
        """The form is one that no client sends."""
        body = request.body
        boundary = body.partition(b"\r\n")[0]
        file = b'name="package"; filename="p.zip"'
        zip_at = body.find(PACKAGE)
        at = self.random.randrange(len(body))
        request.body = self.random.choice((
            lambda: body[:at],
            lambda: body[:-len(boundary) - 4],
            lambda: body.replace(boundary, boundary + b"x", 1),
            lambda: body.replace(b"\r\n", b"\n"),
            lambda: body + body,
            lambda: b"preamble\r\n" + body + b"epilogue",
            lambda: body.replace(b"form-data; ", b""),
            lambda: body.replace(b"Content-Disposition", b"X"),
            lambda: body.replace(b"Content-Disposition", b"Content-Disposition: a\r\nContent-Disposition"),
            lambda: body.replace(b'name="', b'mane="'),
            lambda: body.replace(b'name="', b'name="\0'),
            lambda: body.replace(b'name="', b'name="' + b"x" * 20_000),
            lambda: body.replace(b'name="', b"name="),
            lambda: body.replace(b'name="', b'name=\r\nX: "', 1),
            lambda: body.replace(b'filename="', b'filename=\r\nX: "'),
            lambda: body.replace(file, b'name="package"'),
            lambda: body.replace(file, b'name="package"; filename=""'),
            lambda: body.replace(file, b'name="package"; filename="../../../p.zip"'),
            lambda: body.replace(file, b'name="package"; filename="\0\xff"'),
            lambda: body.replace(file, b'name="package"; filename="' + b"x" * 5000 + b'"'),
            lambda: body.replace(file, b'name="code"; filename="p.zip"'),
            lambda: body.replace(file, file + b"\r\nContent-Transfer-Encoding: base64"),
            lambda: body.replace(file, file + b"\r\nContent-Type: text/plain; charset=nothing"),
            lambda: body.replace(file, file + b"\r\nContent-Type: multipart/mixed; boundary=x"),
            lambda: body.replace(file, file + b"\r\nX: " + b"y" * 20_000),
            lambda: body.replace(PACKAGE, b""),
            lambda: body.replace(PACKAGE, PACKAGE[:len(PACKAGE) // 2]),
            lambda: body.replace(PACKAGE, PACKAGE[:-3]),
            lambda: body.replace(PACKAGE, b"\0" * 1000),
            lambda: body.replace(PACKAGE, b"x" + PACKAGE),
            lambda: body.replace(PACKAGE, b"PK\x05\x06" + b"\xff" * 18),
            lambda: body.replace(PACKAGE, b"PK\x05\x06" + b"\0" * 18),
            lambda: body[:zip_at] + self.noise(PACKAGE) + body[zip_at + len(PACKAGE):],
            lambda: (boundary + b'\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n') * 400 + body,
            lambda: boundary + b'\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
                    + b"y" * LONG + b"\r\n" + body,
            lambda: boundary + b'\r\nContent-Disposition: form-data; name="code"\r\n\r\n'
                    + self.random.choice(TEXTS).encode() + b"\r\n" + body))()

    def noise(self, content):
        changed = bytearray(content)
        for _ in range(8):
            changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)

    def wrong_type(self, request):
        request.headers = [each for each in request.headers if each[0] != "Content-Type"]
        if self.random.random() < 0.9:
            request.headers.append(("Content-Type", self.random.choice(TYPES)))
            if request.body is None:
                request.body = self.random.choice((None, b"", b"{}", b"x"))

    def wrong_path(self, request):
        path, mark, query = request.target.partition(b"?")
        wrong = self.random.random()
        steps = path.split(b"/")
        if wrong < 0.6:
            ids = [i for i, step in enumerate(request.operation.path.split("/")) if "{" in step]
            at = self.random.choice(ids or range(1, len(steps)))
            steps[at] = self.random.choice(SEGMENTS)
            path = b"/".join(steps)
        elif wrong < 0.75:
            path = self.random.choice(PREFIXES) + path
        elif wrong < 0.95:
            path += self.random.choice(SUFFIXES)
        else:
            path = path.swapcase()
        request.target = path + mark + query

    def wrong_query(self, request):
        parts = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            names = [each["name"] for each in request.operation.parameters if each["in"] == "query"]
            if names and self.random.random() < 0.6:
                text = self.random.choice([each for each in TEXTS if len(each) < 600])
                name = self.random.choice(names)
                parts.append(f"{name}={urllib.parse.quote(text)}".encode())
            else:
                parts.append(self.random.choice(QUERIES))
        request.target += b"?" + b"&".join(parts)

    def wrong_header(self, request):
        if self.random.random() < 0.2:
            request.headers.append(("Host", self.random.choice(HOSTS)))
        else:
            name, value = self.random.choice(HEADERS)
            if name == "Content-Length":
                request.body = None
            request.headers.append((name, value))

    def wrong_verb(self, request):
        request.verb = self.random.choice(VERBS)
        request.target = self.address(request.operation, request.verb)

    def wrong_frame(self, request):
        """What no HTTP library would send."""
        body = request.body or b"{}"
        request.body = body
        request.headers = [each for each in request.headers if each[0] != "Content-Length"]
        whole = request.bytes()
        line, _, rest = whole.partition(b"\r\n")
        chunked = line + b"\r\nTransfer-Encoding: chunked\r\n" + rest.replace(
            f"Content-Length: {len(body)}\r\n".encode(), b"", 1)[:-len(body)]
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        request.is_http = False
        unfinished = (
            lambda: whole[:-1 - self.random.randrange(len(body))],
            lambda: whole[:self.random.randrange(len(whole) - len(body))],
            lambda: chunked,
            lambda: line + b"\r\nTransfer-Encoding: chunked\r\n" + rest,
            lambda: chunked + chunk,
            lambda: chunked + chunk[:-3],
            lambda: chunked + b"ffffffffffffff\r\n" + body,
            lambda: chunked + chunk + b"0\r\nX: y\r\n",
            lambda: line + b"\r\nX: " + b"y" * 1000,
            lambda: b"\0" * 100)
        strange = (
            lambda: chunked + b"zz\r\n" + body,
            lambda: chunked + b"ffffffffffffffff\r\n" + body,
            lambda: chunked + b"-1\r\n" + body + b"\r\n0\r\n\r\n",
            lambda: chunked + chunk + b"0\r\nX: y\r\n\r\n",
            lambda: chunked + chunk + b"0\r\n\r\n",
            lambda: chunked.replace(b"chunked", b"nothing") + chunk,
            lambda: chunked.replace(b"chunked", b"gzip, chunked") + chunk + b"0\r\n\r\n",
            lambda: line + b"\r\nContent-Length: 3\r\n" + rest,
            lambda: whole.replace(b"Content-Length: ", b"Content-Length: -"),
            lambda: whole.replace(b"Content-Length: ", b"Content-Length: x"),
            lambda: whole.replace(b"Content-Length: ", b"Content-Length: 99999999999999999999"),
            lambda: whole.replace(b"Host: ", b"Tsoh: "),
            lambda: line + b"\r\nHost: b\r\n" + rest,
            lambda: whole.replace(b"HTTP/1.1", b"HTTP/1.0"),
            lambda: whole.replace(b"HTTP/1.1", b"HTTP/1.2"),
            lambda: whole.replace(b" HTTP/1.1", b""),
            lambda: whole.replace(b"HTTP/1.1", b"x y z"),
            lambda: whole.replace(b" /", b" ", 1),
            lambda: whole.replace(b" /", b" * ", 1),
            lambda: whole.replace(b" /", b" /a b/", 1),
            lambda: whole.replace(b"\r\n", b"\n"),
            lambda: line + b"\r\nno colon\r\n" + rest,
            lambda: line + b"\r\n: no name\r\n" + rest,
            lambda: line + b"\r\nX : blank\r\n" + rest,
            lambda: line + b"\r\nX: a\r\n folded\r\n" + rest,
            lambda: line + b"\r\nX: \0\r\n" + rest,
            lambda: line + b"\r\nX\xff: \xff\r\n" + rest,
            lambda: line + b"\r\nX: " + b"y" * 20_000 + b"\r\n" + rest,
            lambda: line + b"\r\n" + b"X: y\r\n" * 3000 + rest,
            lambda: line + b"\r\nExpect: nothing\r\n" + rest,
            lambda: line + b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n" + rest,
            lambda: line + b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n" + rest,
            lambda: b"\r\n\r\n" + whole,
            lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + whole,
            lambda: b"\x16\x03\x01\x02\0\x01\0" + whole,
            lambda: b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            lambda: whole + b"garbage")
        request.is_cut = self.random.random() < 0.3
        request.raw = self.random.choice(unfinished if request.is_cut else strange)()
