// SPDX-License-Identifier: Apache-2.0
// What a process writes to its stdout and stderr, capped.
'use strict';

class Log {
  constructor(stream) {
    this.start(1 << 20);
    stream.on('data', (data) => this.add(data));
    stream.on('error', () => {});
  }

  /** Forgets what there is, and keeps up to `limit` bytes from now on. */
  start(limit) {
    this.limit = limit;
    this.size = 0;
    this.parts = [];
  }

  add(data) {
    if (this.size <= this.limit) this.parts.push(data);
    this.size += data.length;
  }

  /** Everything written so far, each line ended; empty for a silent process. */
  text() {
    if (!this.size) return '';
    const content = Buffer.concat(this.parts);
    if (this.size <= this.limit) {
      const text = content.toString('utf8');
      return text.endsWith('\n') ? text : `${text}\n`;
    }
    // A decoder that is not told that this is the end leaves out a character cut in two.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const text = decoder.decode(content.subarray(0, this.limit), { stream: true });
    return `${text}\n... log cut at ${this.limit} bytes\n`;
  }
}

module.exports = { Log };
