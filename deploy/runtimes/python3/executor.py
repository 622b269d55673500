# SPDX-License-Identifier: Apache-2.0
"""An executor: a process that runs one execution after the other, forked from the zygote."""

import errno
import json
import os
import resource
import signal
import sys
import time
import traceback

import frame
import linux

RESOURCES = "Function execution failed because of too much resource consumption"
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)

_encode = json.JSONEncoder(allow_nan=False).encode
_decode = json.JSONDecoder().decode


class InvalidRequest(Exception):
    pass


class Function:
    """The loaded function and how its executions are to be run."""

    def __init__(self, handler, options):
        self.handler = handler
        self.scratch = options["scratch"]
        self.cgroups = options["cgroups"]
        self.memory = None if self.cgroups else options["memory"]
        self.processes = options["processes"]
        self.max_result = options["max_result"]


class Executor:
    def __init__(self, function, control, output):
        self.function = function
        self.control = control
        self.output = output
        self.stdout = sys.stdout
        self.stderr = sys.stderr

    def prepare(self, slot, zygote):
        linux.die_with_parent(zygote)
        linux.adopt_orphans()
        linux.join_cgroups(self.function.cgroups, slot)
        for name, limit in linux.limits(self.function.memory, self.function.processes).items():
            resource.setrlimit(name, (limit, limit))
        self.pid = os.getpid()
        self.threads = os.stat("/proc/self/task").st_nlink

    def serve(self):
        self.control.sendall(frame.pack(0, frame.READY, b""))
        while True:
            sequence, body = self._receive()
            kind, payload = self._execute(body)
            if self._left_something():
                self.control.sendall(frame.pack(sequence, kind | frame.RETIRING, payload))
                return
            self.control.sendall(frame.pack(sequence, kind, payload))

    def _receive(self):
        data = self.control.recv(65536)
        while len(data) < frame.HEADER_SIZE:
            data += self._more(frame.HEADER_SIZE)
        length, sequence, _ = frame.HEADER.unpack_from(data)
        end = frame.HEADER_SIZE + length
        if len(data) < end:
            parts = [data]
            missing = end - len(data)
            while missing:
                parts.append(self._more(missing))
                missing -= len(parts[-1])
            data = b"".join(parts)
        return sequence, data[frame.HEADER_SIZE :]

    def _more(self, size):
        data = self.control.recv(min(size, 1 << 20))
        if not data:
            os._exit(0)
        return data

    def _execute(self, body):
        """Returns the kind of the answer and its JSON text."""
        self.retiring = False
        try:
            arguments, context = _parse(body)
        except InvalidRequest as error:
            return frame.INVALID, _encode(str(error)).encode()
        error = None
        try:
            self._reset()
            result = self._call(arguments, context)
        except BaseException as caught:
            error = caught
        if os.getpid() != self.pid:
            os._exit(0)  # the function forked, and this is the copy
        try:
            if error is None:
                return self._success(result)
            return self._failure(error)
        finally:
            self._flush()

    def _reset(self):
        """Gives the next call the current directory, file descriptors and streams that it expects."""
        os.chdir(self.function.scratch)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        sys.stdout = self.stdout
        sys.stderr = self.stderr

    def _call(self, arguments, context):
        argument = arguments.pop("__function_input", None)
        arguments["context"] = Context(context) if _has_token(context) else {"os_session": None}
        if context and context.get("traceparent"):
            arguments["context"]["traceparent"] = context["traceparent"]
        if argument:
            return self.function.handler(argument, **arguments)
        return self.function.handler(**arguments)

    def _success(self, result):
        try:
            payload = _encode(result).encode()
        except RecursionError:
            return self._message("Function result is nested too deeply.")
        except MemoryError as error:
            return self._failure(error)
        except BaseException as error:
            return self._message("Function result cannot be written as JSON: %s" % text_of(error))
        if len(payload) > self.function.max_result:
            return self._message("Function result is larger than %d bytes." % self.function.max_result)
        return frame.SUCCESS, payload

    def _failure(self, error):
        if isinstance(error, SystemExit):
            return self._message("Function called sys.exit(%s)" % text_of(error.code))
        text = text_of(error)
        if isinstance(error, MemoryError) or isinstance(error, OSError) and "Resource temporarily unavailable" in text:
            self.retiring = True
            text = RESOURCES
        elif isinstance(error, OSError) and error.errno == errno.EMFILE:
            self.retiring = True
        try:
            trace = error.__traceback__
            while trace and trace.tb_frame.f_code.co_filename == __file__:
                trace = trace.tb_next
            self.stderr.write("".join(traceback.format_exception(type(error), error, trace)))
        except BaseException:
            self.retiring = True
        return self._message(text)

    def _message(self, text):
        # One character takes up to twelve bytes of JSON.
        return frame.FAILURE, _encode(text[: max(self.function.max_result // 12, 200)]).encode()

    def _flush(self):
        try:
            if sys.stdout is not self.stdout:
                sys.stdout.flush()
            if sys.stderr is not self.stderr:
                sys.stderr.flush()
        except BaseException:
            pass  # streams of the function's own making
        try:
            self.stdout.flush()
            self.stderr.flush()
        except BaseException:
            self.retiring = True

    def _left_something(self):
        if self.retiring or os.stat("/proc/self/task").st_nlink != self.threads:
            return True
        for timer in _TIMERS:
            if signal.getitimer(timer)[0]:
                return True
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        return True


def _parse(body):
    try:
        request = _decode(body.decode())
    except ValueError:
        raise InvalidRequest("The body is not JSON.") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None
    if type(request) is not dict:
        raise InvalidRequest("The body is not a JSON object.")
    arguments = request.get("input")
    context = request.get("context")
    if arguments is None:
        arguments = {}
    elif type(arguments) is not dict:
        raise InvalidRequest("The input is neither an object nor null.")
    if context is not None and type(context) is not dict:
        raise InvalidRequest("The context is not an object.")
    return arguments, context


def _has_token(context):
    return bool(context and context.get("auth_url") and context.get("token"))


class Context(dict):
    """What a handler gets beside its input: a Keystone session of the execution's own token.

    The session is made when it is first asked for, since loading its library takes more memory than most functions have,
    and more time than their execution.
    """

    def __init__(self, given):
        super().__init__(os_session=None)
        self._given = given

    def _made(self):
        if self._given:
            self["os_session"] = _session(self._given)
            self._given = None
        return self


def _when_made(name):
    def read(self, *arguments):
        return getattr(super(Context, self._made()), name)(*arguments)

    return read


# With __iter__ also copies by dict() and {**context} read item by item.
for _name in ("__getitem__", "__iter__", "__eq__", "__ne__", "__or__", "__ror__", "__repr__"):
    setattr(Context, _name, _when_made(_name))
for _name in ("get", "items", "values", "pop", "popitem", "copy"):
    setattr(Context, _name, _when_made(_name))


def _session(context):
    """Of the execution's own token, or None where there is no Keystone library."""
    try:
        from keystoneauth1.identity import v3
        from keystoneauth1.session import Session
    except ImportError:
        return None

    class GivenToken(v3.Token):
        """Takes the token as it is: with one of a trust, Keystone neither makes another nor tells what it is."""

        def get_auth_ref(self, session, **_):
            from keystoneauth1 import access

            headers = {"Accept": "application/json", "X-Auth-Token": context["token"]}
            url = self.auth_url.rstrip("/") + "/auth/catalog"
            known = {
                "methods": ["token"],
                "user": {"id": context.get("user_id")},
                "project": {"id": context.get("project_id")},
                # It lasts longer than any execution.
                "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
                "catalog": session.get(url, headers=headers, authenticated=False).json()["catalog"],
            }
            return access.create(body={"token": known}, auth_token=context["token"])

    auth = GivenToken(context["auth_url"], context["token"], project_id=context.get("project_id"))
    return Session(auth=auth, verify=context.get("cafile") or True)


def text_of(error):
    try:
        return str(error)
    except BaseException:
        return type(error).__name__
