# SPDX-License-Identifier: Apache-2.0
"""Links between processes of a test that can be cut and healed."""

import asyncio
import contextlib
import enum
import socket
import struct
import threading

# Closing sends RST: socket(7), SO_LINGER.
ABORT = struct.pack("ii", 1, 0)


class Cut(enum.Enum):
    """What becomes of the connections of a link."""

    # No byte passes and nobody is told; after the cut what was sent meanwhile arrives, as TCP does by sending again.
    # A new connection is made (the system's queue of a listener answers) and stays silent.
    DROP = "drop"
    # Those that are open and each new one are reset.
    RESET = "reset"


class Link:
    """A TCP proxy on a port of this host; only the network's thread touches its connections."""

    def __init__(self, network, name, port, target, host):
        self.name = name
        self.port = port
        self.target = target
        self.host = host
        self.cut_as = None
        self._network = network
        self._ends = set()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def cut(self, how=Cut.DROP):
        self._network.run(self._set_cut(how))

    def heal(self):
        self._network.run(self._set_cut(None))

    async def _set_cut(self, how):
        self.cut_as = how
        for end in list(self._ends):
            if how is Cut.RESET:
                end.abort()
            else:
                end.read_or_not()

    async def open(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self._server = await asyncio.get_running_loop().create_server(lambda: _End(self), sock=listener)

    async def close(self):
        self._server.close()
        for end in list(self._ends):
            end.abort()


class _End(asyncio.Protocol):
    """One of the two ends of a connection through a link, and what it has to say to the other."""

    def __init__(self, link, other=None):
        self._link = link
        self._other = other
        self._is_full = False
        self._reads = True
        self._transport = None

    def connection_made(self, transport):
        self._transport = transport
        self._link._ends.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Python 3.11 begins to read after this returns, even when it has been paused.
        asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self):
        has_nobody = self._other is not None and self._other._transport.is_closing()
        if self._link.cut_as is Cut.RESET or has_nobody:
            self.abort()
            return
        self.read_or_not()
        if self._other is not None:
            self._other.read_or_not()

    def read_or_not(self):
        """Reads while there is where to write it and no cut; the caller's first such moment connects to the target."""
        if self._link.cut_as is None and self._other is None:
            self._other = _End(self._link, self)
            self._connecting = asyncio.ensure_future(self._connect())
        reads = (self._link.cut_as is None and not self._other._is_full and self._other._transport is not None)
        if self._transport is not None and reads != self._reads and not self._transport.is_closing():
            self._reads = reads
            if reads:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    async def _connect(self):
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: self._other, self._link.host, self._link.target)
        except OSError:
            self.abort()

    def data_received(self, data):
        self._other._write(data)

    def _write(self, data):
        if not self._transport.is_closing():
            self._transport.write(data)

    def eof_received(self):
        with contextlib.suppress(OSError):  # It has gone meanwhile.
            self._other._transport.write_eof()
        return True

    def pause_writing(self):
        self._is_full = True
        self._other.read_or_not()

    def resume_writing(self):
        self._is_full = False
        self._other.read_or_not()

    def abort(self):
        if self._transport is not None and not self._transport.is_closing():
            with contextlib.suppress(OSError):
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            self._transport.abort()

    def connection_lost(self, error):
        self._link._ends.discard(self)
        other = self._other
        if other is None or other._transport is None or other._transport.is_closing():
            return
        if error is None and self._link.cut_as is None:
            other._transport.close()
        else:
            other.abort()


class Network:
    """The links of a test, served by a thread of their own."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._links = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def link(self, name, port, target, host="127.0.0.1"):
        """Opens a link from this port of this host to that one, which may be another host's."""
        link = Link(self, name, port, target, host)
        self.run(link.open())
        self._links.append(link)
        return link

    def end(self):
        for link in self._links:
            self.run(link.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
