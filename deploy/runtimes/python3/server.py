# SPDX-License-Identifier: Apache-2.0
"""The worker's server: speaks worker protocol version 2, and never runs user code itself."""

import gc
import json
import os
import shutil
import signal
import socket
import sys

import linux
from connection import Connection
from loop import Loop
from routes import Routes
from settings import Settings
from worker import Worker


class Server:
    def __init__(self, settings):
        self._settings = settings
        self._loop = Loop()
        self._stop_on_signals()
        self._worker = Worker(self._loop, settings)
        self._routes = Routes(self._worker, settings.secret)
        self._listener = socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=512,
        )
        self._listener.setblocking(False)
        self._loop.watch(self._listener.fileno(), self._accept)

    def run(self):
        gc.collect()
        gc.freeze()
        print(json.dumps({"listening": self._listener.getsockname()[1]}), flush=True)
        self._loop.run()

    def _accept(self, _):
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        Connection(self._loop, sock, self._routes, self._settings.max_body)

    def _stop_on_signals(self):
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that the kernel tells, see below
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

        def signalled(_):
            os.read(reading, 4096)
            self._worker.reap()

        self._loop.watch(reading, signalled)

    def _stop(self, *_):
        linux.kill_children()
        if self._settings.temporary:
            shutil.rmtree(self._settings.folder, ignore_errors=True)
        os._exit(0)


def main():
    linux.hide_memory()
    linux.adopt_orphans()
    settings = Settings(os.environ)
    Server(settings).run()


if __name__ == "__main__":
    main()
