# SPDX-License-Identifier: Apache-2.0
"""The zygote: imports the function once, then forks executors from that state.

It is started ahead of need with an interpreter of its own, so that nothing the server knows is in its memory. It talks
to the server over a SOCK_SEQPACKET socket, JSON in each datagram, file descriptors attached:

    {"op": "load", ...} + package       -> {"op": "loaded"} | {"op": "failed", "status", "output"}
    {"op": "spawn", "slot"} + two files -> {"op": "done"}
    {"op": "kill", "slot"}              -> {"op": "done"}
    an executor and all its descendants have ended: {"op": "gone", "slot", "status"}
"""

import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import threading  # noqa: F401 - most functions and libraries need it
import traceback

import executor
import linux
import package


class LoadError(Exception):
    def __init__(self, output, status=422):
        super().__init__(output)
        self.status = status


class Zygote:
    def __init__(self, server):
        self.server = server
        self.poll = select.poll()
        self.poll.register(server, select.POLLIN)
        self.slots = {}  # file descriptor of the process -> (slot, pid)
        self.pid = os.getpid()

    def run(self):
        while True:
            for fd, _ in self.poll.poll():
                if fd == self.server.fileno():
                    self._message()
                else:
                    self._ended(fd)

    def _message(self):
        data, files, _, _ = socket.recv_fds(self.server, 65536, 2)
        if not data:
            os._exit(0)
        message = json.loads(data)
        getattr(self, "_" + message["op"])(message, files)

    def _send(self, **message):
        self.server.send(json.dumps(message).encode())

    def _load(self, options, files):
        try:
            handler = _load(options, files[0] if files else None)
        except LoadError as error:
            self._send(op="failed", status=error.status, output=str(error)[:8192])
            return
        if os.getpid() != self.pid:
            os._exit(0)
        self.function = executor.Function(handler, options)
        linux.kill_children()
        gc.freeze()
        self._send(op="loaded")

    def _spawn(self, message, files):
        slot = message["slot"]
        sys.stdout.flush()
        sys.stderr.flush()
        control = socket.socket(fileno=files[0])
        output = files[1]
        try:
            pid = os.fork()
        except OSError:
            control.close()
            os.close(output)
            self._send(op="done")
            self._send(op="gone", slot=slot, status=signal.SIGKILL)  # no room for another process
            return
        if pid == 0:
            self._become_executor(slot, control, output)
        control.close()
        os.close(output)
        fd = os.pidfd_open(pid)
        self.slots[fd] = slot, pid
        self.poll.register(fd, select.POLLIN)
        self._send(op="done")

    def _become_executor(self, slot, control, output):
        status = 1
        try:
            self.server.close()
            for fd in self.slots:
                os.close(fd)
            os.dup2(output, 1)
            os.dup2(output, 2)
            process = executor.Executor(self.function, control, output)
            process.prepare(slot, self.pid)
            process.serve()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _kill(self, message, _):
        for slot, pid in self.slots.values():
            if slot == message["slot"]:
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
        self._send(op="done")

    def _ended(self, fd):
        slot, pid = self.slots.pop(fd)
        self.poll.unregister(fd)
        os.close(fd)
        status = os.waitpid(pid, 0)[1]
        linux.kill_children(keep={pid for _, pid in self.slots.values()})
        self._send(op="gone", slot=slot, status=status)


def _load(options, file):
    """Unpacks and imports; returns the handler. Runs user code."""
    folder = options["code"]
    if file is not None:
        _unpack(options, file)
    before = {}
    memory = None if options["cgroups"] else options["memory"]
    for name, limit in linux.limits(memory, options["processes"]).items():
        before[name] = soft, hard = resource.getrlimit(name)
        resource.setrlimit(name, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    os.chdir(options["scratch"])
    streams = sys.stdout, sys.stderr
    me = os.getpid()
    try:
        return _import(folder, options["entry"])
    except LoadError:
        raise
    except MemoryError:
        raise LoadError(executor.RESOURCES) from None
    except SystemExit as error:
        raise LoadError("Function called sys.exit(%s)" % executor.text_of(error.code)) from None
    except BaseException as error:
        if os.getpid() == me:
            traceback.print_exception(type(error), error, _own_frames_removed(error.__traceback__), file=streams[1])
        raise LoadError(executor.text_of(error)) from None
    finally:
        if os.getpid() != me:
            os._exit(0)
        for stream in {sys.stdout, sys.stderr, *streams}:
            try:
                stream.flush()
            except BaseException:
                pass
        sys.stdout, sys.stderr = streams
        for name, limit in before.items():
            resource.setrlimit(name, limit)


def _unpack(options, file):
    for folder in options["code"], options["scratch"]:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    with os.fdopen(file, "rb") as content:
        if package.digest(content) != options["digest"].lower():
            raise LoadError("The body does not have the digest that Qinling-Digest names.", 400)
        try:
            package.unpack(content, options["code"])
        except package.PackageError as error:
            raise LoadError(str(error)) from None


def _import(folder, entry):
    module_name, _, function_name = (entry or "main.main").rpartition(".")
    if not module_name:
        raise LoadError("The entry %s does not name a module and a function." % entry)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    # A module of the package may have the name of one that this interpreter happens to have imported already.
    top = module_name.partition(".")[0]
    if os.path.exists(os.path.join(folder, top)) or os.path.exists(os.path.join(folder, top + ".py")):
        sys.modules.pop(top, None)
    module = importlib.import_module(module_name)
    handler = getattr(module, function_name, None)
    if not callable(handler):
        raise LoadError("Module %s has no function %s." % (module_name, function_name))
    return handler


def _own_frames_removed(trace):
    while trace and (trace.tb_frame.f_code.co_filename == __file__ or "importlib" in trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def main():
    linux.die_with_parent(int(sys.argv[2]))
    linux.adopt_orphans()
    linux.allow_oom_kill()
    os.setsid()
    server = socket.socket(fileno=int(sys.argv[1]))
    server.set_inheritable(False)
    for stream in sys.stdout, sys.stderr:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    # Nothing of this runtime is in the way of the function's own modules.
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != own]
    for name in "executor", "frame", "linux", "package":
        del sys.modules[name]
    sys.argv[:] = [""]
    Zygote(server).run()


main()
