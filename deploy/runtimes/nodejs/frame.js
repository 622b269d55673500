// SPDX-License-Identifier: Apache-2.0
// Messages between the server and an executor: a fixed header, then the payload.
//
// The sequence number of a request comes back in its answer. A frame with any other number was not written by the
// executor's own loop, so the executor is not to be trusted any longer.
'use strict';

const HEADER_SIZE = 9;

const KIND = {
  LOAD: 1, // server -> executor: JSON options, a line feed, the package or nothing
  REQUEST: 2, // server -> executor: the body of POST /execute
  LOADED: 3, // the rest: executor -> server
  LOAD_FAILED: 4, // JSON {status, output}
  SUCCESS: 5, // JSON text of the result
  FAILURE: 6, // JSON text of what went wrong
  INVALID: 7, // JSON text of why the request is not one
  RETIRING: 64, // added to an answer's kind: something was left behind, the executor must end
  SPAWNED: 128, // added to an answer's kind: there may be child processes
};

function header(sequence, kind, length) {
  const buffer = Buffer.allocUnsafe(HEADER_SIZE);
  buffer.writeUInt32BE(length, 0);
  buffer.writeUInt32BE(sequence, 4);
  buffer.writeUInt8(kind, 8);
  return buffer;
}

/** Calls onFrame(sequence, kind, payload) for each whole frame, onGarbage() for one longer than maxLength() says. */
class Reader {
  constructor(onFrame, onGarbage, maxLength) {
    this.onFrame = onFrame;
    this.onGarbage = onGarbage;
    this.maxLength = maxLength;
    this.parts = [];
    this.size = 0;
  }

  push(data) {
    this.parts.push(data);
    this.size += data.length;
    for (;;) {
      if (this.size < HEADER_SIZE) return;
      if (this.parts[0].length < HEADER_SIZE) this.parts = [Buffer.concat(this.parts)];
      const length = this.parts[0].readUInt32BE(0);
      if (length > this.maxLength()) {
        this.onGarbage();
        return;
      }
      if (this.size < HEADER_SIZE + length) return;
      const all = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
      const rest = all.subarray(HEADER_SIZE + length);
      this.parts = rest.length ? [rest] : [];
      this.size = rest.length;
      this.onFrame(all.readUInt32BE(4), all.readUInt8(8), all.subarray(HEADER_SIZE, HEADER_SIZE + length));
    }
  }
}

module.exports = { KIND, header, Reader };
