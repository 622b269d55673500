# SPDX-License-Identifier: Apache-2.0
"""The event loop of the server: one thread, file descriptors with a handler each, and timers."""

import select
from time import monotonic

READ = select.EPOLLIN
READ_WRITE = select.EPOLLIN | select.EPOLLOUT
WRITABLE = select.EPOLLOUT


class Loop:
    def __init__(self):
        self._epoll = select.epoll()
        self._handlers = {}
        self._timers = {}

    def watch(self, fd, handler, events=READ):
        """Calls handler(events) whenever fd has some; an end of file or an error counts as readable."""
        self._handlers[fd] = handler
        self._epoll.register(fd, events)

    def change(self, fd, events):
        self._epoll.modify(fd, events)

    def forget(self, fd):
        if self._handlers.pop(fd, None):
            self._epoll.unregister(fd)

    def at(self, when, callback):
        """Calls callback() once the monotonic clock shows `when`; a later call for the same callback replaces it."""
        self._timers[callback] = when

    def cancel(self, callback):
        self._timers.pop(callback, None)

    def run(self):
        poll = self._epoll.poll
        handlers = self._handlers
        timers = self._timers
        while True:
            wait = max(0, min(timers.values()) - monotonic()) if timers else None
            for fd, events in poll(wait):
                handler = handlers.get(fd)
                if handler:
                    handler(events)
            if timers and min(timers.values()) <= monotonic():
                self._fire()

    def _fire(self):
        now = monotonic()
        for callback in [callback for callback, when in self._timers.items() if when <= now]:
            if self._timers.pop(callback, None) is not None:
                callback()
