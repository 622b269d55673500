# SPDX-License-Identifier: Apache-2.0
"""Links can be cut, and bytes pass or do not pass as they should."""

import socket
import threading
import unittest

from network import Cut, Network
from servers import free_ports


class TestNetwork(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.addCleanup(self.network.end)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.link = self.network.link("a->b", free_ports(1)[0], self.server.getsockname()[1])

    def connect(self):
        caller = socket.create_connection(("127.0.0.1", self.link.port), timeout=10)
        self.addCleanup(caller.close)
        return caller

    def accept(self):
        self.server.settimeout(10)
        answerer, _ = self.server.accept()
        self.addCleanup(answerer.close)
        answerer.settimeout(10)
        return answerer

    def pair(self):
        caller = self.connect()
        return caller, self.accept()

    def assertSilent(self, end):
        end.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            end.recv(1)
        end.settimeout(10)

    def test_bytes_pass_both_ways(self):
        # Given
        caller, answerer = self.pair()
        much = bytes(range(256)) * 40_000

        # When
        sender = threading.Thread(target=lambda: (caller.sendall(much), caller.shutdown(socket.SHUT_WR)))
        sender.start()
        received = b"".join(iter(lambda: answerer.recv(65536), b""))
        answerer.sendall(b"thanks")
        answerer.close()

        # Then
        sender.join()
        self.assertEqual(much, received)
        self.assertEqual([b"thanks", b""], [caller.recv(10), caller.recv(10)])

    def test_a_dropping_link_holds_bytes_and_ends_back_until_it_is_healed(self):
        # Given
        caller, answerer = self.pair()
        caller.sendall(b"1")
        self.assertEqual(b"1", answerer.recv(1))

        # When
        self.link.cut(Cut.DROP)
        caller.sendall(b"2")
        answerer.sendall(b"3")
        answerer.close()
        late = self.connect()
        late.sendall(b"4")

        # Then
        self.assertSilent(caller)
        self.assertSilent(late)
        self.link.heal()
        self.assertEqual([b"3", b""], [caller.recv(10), caller.recv(10)])
        self.assertEqual(b"4", self.accept().recv(10))

    def test_a_resetting_link_ends_connections_at_once(self):
        # Given
        caller, answerer = self.pair()

        # When
        self.link.cut(Cut.RESET)

        # Then
        for end in caller, answerer:
            with self.assertRaises(ConnectionResetError):
                end.recv(1)
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)
        self.link.heal()
        caller, answerer = self.pair()
        caller.sendall(b"again")
        self.assertEqual(b"again", answerer.recv(10))

    def test_a_target_that_is_not_there_is_a_reset(self):
        self.server.close()
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)


if __name__ == "__main__":
    unittest.main()
