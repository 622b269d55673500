# SPDX-License-Identifier: Apache-2.0
"""Messages between the server and an executor: a fixed header, then the payload.

The sequence number of a request comes back in its answer. A frame with any other number was not written by the
executor's own loop, so the executor is not to be trusted any longer.
"""

import struct

HEADER = struct.Struct("!IIB")  # payload length, sequence number, kind
HEADER_SIZE = HEADER.size

READY = 0  # executor -> server, sequence number 0
REQUEST = 1  # server -> executor: the body of POST /execute
SUCCESS = 2  # executor -> server: JSON text of the result
FAILURE = 3  # executor -> server: JSON text of what went wrong
INVALID = 4  # executor -> server: JSON text of why the request is not one

RETIRING = 128  # added to an answer's kind: the executor ends now, the execution left something behind


def pack(sequence, kind, payload):
    return HEADER.pack(len(payload), sequence, kind) + payload
