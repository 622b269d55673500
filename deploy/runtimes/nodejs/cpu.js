// SPDX-License-Identifier: Apache-2.0
// Holds the processes of a function to their share of the processor, where no cgroup does: a bucket of processor time that
// fills at the rate of the share; once it is overdrawn, all processes stop for a while.
'use strict';

const { cpuSeconds, signalAll } = require('./processes');

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
  }

  /** An executor is ready; what it used so far does not count. */
  admit(executor, rate) {
    this.rate = rate;
    if (rate) this.used.set(executor, cpuSeconds(executor));
  }

  /** An execution begins. */
  begun() {
    if (!this.rate || this.watching) return;
    this.watching = true;
    after(PERIOD, () => this.look());
  }

  look() {
    const now = performance.now() / 1000;
    let used = 0;
    for (const executor of this.executors()) {
      const total = cpuSeconds(executor);
      used += Math.max(0, total - (this.used.get(executor) ?? total));
      this.used.set(executor, total);
    }
    // Unused time is kept for one period.
    this.left = Math.min(this.left + this.rate * (now - this.looked), this.rate * PERIOD) - used;
    this.looked = now;
    if (this.left < 0) {
      this.executors().forEach((executor) => signalAll(executor, 'SIGSTOP'));
      after(-this.left / this.rate, () => this.goOn());
    } else if (this.isBusy()) {
      after(PERIOD, () => this.look());
    } else {
      this.watching = false;
    }
  }

  goOn() {
    this.executors().forEach((executor) => signalAll(executor, 'SIGCONT'));
    after(PERIOD, () => this.look());
  }
}

function after(seconds, action) {
  setTimeout(action, seconds * 1000);
}

module.exports = { Share };
