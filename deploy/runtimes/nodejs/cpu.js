// SPDX-License-Identifier: Apache-2.0
// Holds the processes of a function to their share of the processor, where no cgroup does: a bucket of processor time that
// fills at the rate of the share; once it is overdrawn, all processes stop for a while.
'use strict';

const { cpuSeconds, stopAll, continueAll } = require('./processes');

// In seconds. What runs for less than this is not looked at.
const PERIOD = 0.05;

class Share {
  /** `executors()` gives the executor processes that have loaded the function, `isBusy()` whether one runs an execution. */
  constructor(executors, isBusy) {
    this.executors = executors;
    this.isBusy = isBusy;
    this.rate = 0; // processors; 0 = no limit
    this.used = new WeakMap(); // executor -> seconds
    this.left = 0;
    this.looked = 0;
    this.watching = false;
    this.paused = null; // the timer, while all are stopped
  }

  /** An executor is ready; what it used so far does not count. */
  admit(executor, rate) {
    this.rate = rate;
    if (rate) this.used.set(executor, cpuSeconds([executor])[0]);
  }

  /** An execution begins. */
  begun() {
    if (!this.rate || this.watching) return;
    this.watching = true;
    after(PERIOD, () => this.look());
  }

  /** No execution runs any more: the next one does not pay for what is gone. */
  ended() {
    if (!this.paused) return;
    clearTimeout(this.paused);
    this.left = 0;
    this.goOn();
  }

  look() {
    const now = performance.now() / 1000;
    const executors = this.executors();
    let used = 0;
    cpuSeconds(executors).forEach((total, index) => {
      const before = this.used.get(executors[index]) ?? total;
      used += Math.max(0, total - before);
      this.used.set(executors[index], total);
    });
    // Unused time is kept for one period.
    this.left = Math.min(this.left + this.rate * (now - this.looked), this.rate * PERIOD) - used;
    this.looked = now;
    if (this.left < 0) {
      stopAll(executors);
      this.paused = after(-this.left / this.rate, () => this.goOn());
    } else if (this.isBusy()) {
      after(PERIOD, () => this.look());
    } else {
      this.watching = false;
    }
  }

  goOn() {
    this.paused = null;
    continueAll(this.executors());
    after(PERIOD, () => this.look());
  }
}

function after(seconds, action) {
  return setTimeout(action, seconds * 1000);
}

module.exports = { Share };
