// SPDX-License-Identifier: Apache-2.0
// One execution, from its request to its answer.
'use strict';

class Execution {
  /** `answer(status, text)` sends JSON text to the caller. */
  constructor(id, timeout, body, answer) {
    this.id = id;
    this.timeout = timeout;
    this.body = body;
    this.answer = answer;
    this.started = null; // performance.now() when an executor got it
    this.log = '';
  }

  /** Answers with JSON text that the function returned, or that says how it failed. */
  finish(success, output) {
    this.write(success, output, `Start execution: ${this.id}\n${this.log}Finished execution: ${this.id}\n`);
  }

  /** Answers for an execution that did not come to its end. */
  fail(why) {
    this.write(false, JSON.stringify(why), `Start execution: ${this.id}\n${this.log}`);
  }

  refuse(reason) {
    this.answer(400, `{"error": ${reason}}`);
  }

  write(success, output, logs) {
    const duration = this.started === null ? 0 : (performance.now() - this.started) / 1000;
    const rest = `"duration": ${duration.toFixed(3)}, "logs": ${JSON.stringify(logs)}, "success": ${success}`;
    this.answer(200, `{"output": ${output}, ${rest}}`);
  }
}

module.exports = { Execution };
