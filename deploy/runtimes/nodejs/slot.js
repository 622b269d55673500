// SPDX-License-Identifier: Apache-2.0
// A slot: room for one execution, and the executor process that runs it.
'use strict';

const { KIND } = require('./frame');

const STATE = { EMPTY: 'empty', STARTING: 'starting', IDLE: 'idle', BUSY: 'busy', LEAVING: 'leaving' };

const TIMEOUT = 'Function execution timeout.';
const CANCELLED = 'Function execution cancelled.';
const RESOURCES = 'Function execution failed because of too much resource consumption';
const DISCONNECTED = 'Function closed the connection of its process to the worker.';
const GARBAGE = 'Function wrote to the connection of its process to the worker.';
// The kernel kills, and V8 traps when it cannot have the memory that it needs for its own sake.
const KILLED_FOR_MEMORY = new Set(['SIGKILL', 'SIGTRAP']);
const OUT_OF_MEMORY = /JavaScript heap out of memory|Fatal process out of memory|Cannot allocate memory/;
// A process that exits closes its connection a moment before its exit is reported.
const EXIT_GRACE = 0.25;

class Slot {
  constructor(index, worker) {
    this.index = index;
    this.worker = worker;
    this.state = STATE.EMPTY;
    this.execution = null; // the one that runs here or waits for the executor to be ready
    this.process = null;
    this.sequence = 0;
    this.timer = null;
    this.why = null; // the output of what the server has cut short by killing the executor
    this.result = null; // {success, output} of an executor that ends with it
    this.status = 422; // of a failed load
  }

  /** Loads the function into an executor; `zip` is null where it is unpacked already. */
  start(process, options, maxLog, zip) {
    this.state = STATE.STARTING;
    this.process = process;
    this.why = this.result = null;
    this.status = 422;
    process.listener = this;
    process.log.start(maxLog);
    this.after(options.timeout, () => this.end(`Function could not be loaded within ${options.timeout} seconds.`));
    if (process.ended) this.gone(1, null);
    else process.load(this.index, options, zip);
  }

  take(execution) {
    this.execution = execution;
    if (this.state === STATE.IDLE) this.dispatch();
    else if (this.state === STATE.EMPTY) this.worker.startSlot(this);
  }

  cancel() {
    if (this.state === STATE.BUSY) this.end(CANCELLED);
    else if (this.state !== STATE.LEAVING) this.release().fail(CANCELLED);
  }

  dispatch() {
    const { execution } = this;
    this.state = STATE.BUSY;
    this.sequence = (this.sequence % 0x7fffffff) + 1;
    this.process.log.start(this.worker.maxLog);
    this.process.send(this.sequence, KIND.REQUEST, execution.body);
    execution.body = null;
    execution.started = performance.now();
    this.after(execution.timeout, () => this.end(TIMEOUT));
    this.worker.share.begun();
  }

  // What the process reports

  frame(sequence, kind, payload) {
    const { STARTING, BUSY } = STATE;
    if (this.state === STATE.LEAVING) return;
    if (this.state === STARTING && sequence === 0 && kind === KIND.LOADED) this.loaded();
    else if (this.state === STARTING && sequence === 0 && kind === KIND.LOAD_FAILED) this.loadFailed(payload);
    else if (this.state === BUSY && sequence === this.sequence) this.answered(kind, payload);
    else this.garbage();
  }

  loaded() {
    this.state = STATE.IDLE;
    this.clearTimer();
    this.worker.slotReady(this);
    if (this.execution) this.dispatch();
  }

  loadFailed(payload) {
    const { status, output } = JSON.parse(payload);
    this.status = status;
    this.end(output);
  }

  answered(kind, payload) {
    this.clearTimer();
    const plain = kind & ~(KIND.RETIRING | KIND.SPAWNED);
    const output = payload.toString('utf8');
    if (plain === KIND.INVALID) {
      this.state = STATE.IDLE;
      this.release().refuse(output);
      return;
    }
    this.result = { success: plain === KIND.SUCCESS, output };
    const leftovers = kind & KIND.SPAWNED && this.process.killLeftovers();
    if (leftovers || kind & KIND.RETIRING) this.end(null);
    // What the function wrote was there before its answer was, so it has been read once this turn of the loop is over.
    else setImmediate(() => this.finished());
  }

  finished() {
    if (this.state !== STATE.BUSY) return;
    this.state = STATE.IDLE;
    const execution = this.release();
    execution.log = this.process.log.text();
    execution.finish(this.result.success, this.result.output);
    this.result = null;
  }

  garbage() {
    this.end(GARBAGE);
  }

  disconnected() {
    if (this.state === STATE.IDLE) this.end(DISCONNECTED);
    else if (this.state !== STATE.LEAVING) this.after(EXIT_GRACE, () => this.end(DISCONNECTED));
  }

  /** The executor and all that it started have ended. */
  gone(code, signal) {
    this.clearTimer();
    const wasStarting = this.state === STATE.STARTING || (this.state === STATE.LEAVING && this.leftWhileStarting);
    this.leftWhileStarting = false;
    const log = this.process.log.text();
    const why = this.why ?? ended(code, signal, log);
    this.process.listener = null;
    this.process = null;
    this.state = STATE.EMPTY;
    const { execution } = this;
    if (execution && execution.started === null && !wasStarting) {
      this.worker.startSlot(this);
      return;
    }
    if (execution) {
      this.release();
      execution.log = log;
      if (this.result) execution.finish(this.result.success, this.result.output);
      else execution.fail(why);
    }
    this.result = null;
    this.worker.slotEmptied(this, wasStarting, { status: this.status, output: why, logs: log });
  }

  /** Ends the executor; gone() follows. */
  end(why) {
    if (this.state === STATE.LEAVING || this.state === STATE.EMPTY) return;
    this.clearTimer();
    this.leftWhileStarting = this.state === STATE.STARTING;
    this.state = STATE.LEAVING;
    this.why = why;
    this.process.kill();
  }

  release() {
    const { execution } = this;
    this.execution = null;
    this.worker.released(execution);
    return execution;
  }

  after(seconds, action) {
    this.clearTimer();
    this.timer = setTimeout(action, seconds * 1000);
  }

  clearTimer() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}

/** The output of an execution whose process has ended by itself. */
function ended(code, signal, log) {
  if (KILLED_FOR_MEMORY.has(signal) || OUT_OF_MEMORY.test(log)) return RESOURCES;
  if (signal) return `Function process was killed by ${signal}.`;
  return `Function process ended with exit code ${code}.`;
}

module.exports = { Slot, STATE };
