// SPDX-License-Identifier: Apache-2.0
// The worker: loads one function and places its executions on slots.
'use strict';

const fs = require('node:fs');
const { Execution } = require('./execution');
const { Share } = require('./cpu');
const { ExecutorProcess } = require('./executor_process');
const { Slot, STATE } = require('./slot');

class Worker {
  constructor(settings) {
    this.settings = settings;
    this.slots = Array.from({ length: settings.slots }, (_, index) => new Slot(index, this));
    this.running = new Map(); // execution id -> slot
    this.cancelling = new Map(); // execution id -> answers to those who asked for it
    this.loading = null; // {options, maxLog, answer} on its way in
    this.loaded = null; // the same, once it is ready
    this.maxLog = 0;
    this.share = new Share(
      () => this.slots.filter(({ state }) => state === STATE.IDLE || state === STATE.BUSY).map((slot) => slot.process),
      () => this.running.size > 0,
    );
    this.spare = null; // a process that is ready to load a function
    this.prepareSpare();
  }

  // What callers ask for; answer(status, value) replies

  /** Whether a function is loaded, or being loaded. */
  hasFunction() {
    return Boolean(this.loading || this.loaded);
  }

  load(options, maxLog, zip, answer) {
    if (this.hasFunction()) {
      answer(409, { error: 'A function is loaded already.' });
      return;
    }
    this.loading = { options, maxLog, answer };
    this.maxLog = maxLog;
    this.slots[0].start(this.takeSpare(), options, maxLog, zip);
  }

  describe(answer) {
    if (!this.loaded) {
      answer(409, { error: 'No function is loaded.' });
      return;
    }
    const { function: id, version, digest } = this.loaded.options;
    answer(200, { function: id, version, digest });
  }

  execute(id, timeout, body, answer) {
    const slot = this.freeSlot();
    if (!this.loaded) answer(409, { error: 'No function is loaded.' });
    else if (this.running.has(id)) answer(409, { error: `Execution ${id} is running already.` });
    else if (!slot) answer(429, { error: 'All slots are busy.' });
    else {
      this.running.set(id, slot);
      slot.take(new Execution(id, timeout, body, answer));
    }
  }

  cancel(id, answer) {
    const slot = this.running.get(id);
    if (!slot) {
      answer(404, { error: `Execution ${id} is not running.` });
      return;
    }
    this.cancelling.set(id, [...(this.cancelling.get(id) ?? []), answer]);
    slot.cancel();
  }

  // What slots report

  released(execution) {
    this.running.delete(execution.id);
    if (!this.running.size) this.share.ended();
    for (const answer of this.cancelling.get(execution.id) ?? []) answer(204, null);
    this.cancelling.delete(execution.id);
  }

  slotReady(slot) {
    const { options } = this.loading ?? this.loaded;
    this.share.admit(slot.process, this.shareOf(options));
    if (!this.loading) return;
    this.loaded = this.loading;
    this.loading = null;
    this.loaded.answer(200, {});
  }

  slotEmptied(slot, wasStarting, { status, output, logs }) {
    if (this.loading) {
      const { answer } = this.loading;
      this.loading = null;
      this.prepareSpare();
      answer(status, status === 400 ? { error: output } : { output, logs });
    } else if (!wasStarting && !this.slots.some(({ state }) => state === STATE.IDLE || state === STATE.STARTING)) {
      this.startSlot(slot);
    }
  }

  /** Processors that all executions together may use; 0 where cgroups see to that. */
  shareOf({ cpu }) {
    return this.settings.cgroups.length ? 0 : (cpu / 1000) * this.settings.slots;
  }

  // Placement

  freeSlot() {
    const free = this.slots.filter((slot) => !slot.execution);
    for (const wanted of [STATE.IDLE, STATE.STARTING, STATE.EMPTY, STATE.LEAVING]) {
      const slot = free.find(({ state }) => state === wanted);
      if (slot) return slot;
    }
    return null;
  }

  startSlot(slot) {
    slot.start(this.takeSpare(), this.loaded.options, this.loaded.maxLog, null);
    if (slot.execution && this.slots.some(({ state }) => state === STATE.EMPTY)) this.prepareSpare();
  }

  takeSpare() {
    this.prepareSpare();
    const { spare } = this;
    this.spare = null;
    return spare;
  }

  prepareSpare() {
    if (this.spare && !this.spare.ended) return;
    for (const folder of [this.settings.code, this.settings.scratch]) fs.mkdirSync(folder, { recursive: true });
    this.spare = new ExecutorProcess(this.settings);
  }

  stop() {
    for (const process of [this.spare, ...this.slots.map((slot) => slot.process)]) process?.kill();
    if (this.settings.temporary) fs.rmSync(this.settings.folder, { recursive: true, force: true });
  }
}

module.exports = { Worker };
