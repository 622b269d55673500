// SPDX-License-Identifier: Apache-2.0
// A function that does what a test asks for.
'use strict';

const fs = require('node:fs');
const childProcess = require('node:child_process');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

let calls = 0;
const kept = [];

exports.main = async (context, input) => {
  calls++;
  if (input === null) return null;
  const { do: name, ...rest } = input;
  return actions[name](rest, context);
};

/** Seconds of processor time. */
function used() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const actions = {
  echo: ({ value }) => value,
  count: () => ({ calls, pid: process.pid }),
  speak() {
    console.log('to stdout');
    console.error('to stderr');
    childProcess.execFileSync('sh', ['-c', 'echo from a process; echo its error >&2'], { stdio: 'inherit' });
    process.stdout.write('without an end');
  },
  environment: () => ({
    now: process.env,
    at_start: fs.readFileSync('/proc/self/environ', 'latin1'),
    cwd: process.cwd(),
  }),
  fail({ text }) {
    throw new Error(text);
  },
  write({ text, times }) {
    for (let i = 0; i < times; i++) process.stdout.write(text);
  },
  result: ({ size }) => 'x'.repeat(size),
  cycle() {
    const value = [];
    value.push(value);
    return value;
  },
  recurse() {
    const again = () => again() + 1;
    return again();
  },
  spin({ started }) {
    console.log('spinning');
    if (started) fs.writeFileSync(started, '');
    for (;;);
  },
  burn({ seconds, in_child }) {
    if (in_child) {
      const burning = `${used}\nwhile (used() < ${seconds});`;
      childProcess.execFileSync(process.execPath, ['-e', burning]);
      return;
    }
    const end = used() + seconds;
    while (used() < end);
  },
  /** Processes that come and go, faster than anybody can list them. */
  storm() {
    const shell = 'for i in 1 2 3 4 5 6 7 8; do (while :; do /bin/true; done) & done; wait';
    childProcess.execFileSync('sh', ['-c', shell]);
  },
  async wait({ started, until, text }) {
    fs.writeFileSync(started, '');
    while (!fs.existsSync(until)) await sleep(2);
    if (text) console.log(text);
    return text;
  },
  leave_process({ detached }) {
    if (!detached) return childProcess.spawn('sleep', ['1000'], { stdio: 'ignore' }).pid;
    const shell = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & ";
    return Number(childProcess.execFileSync('sh', ['-c', shell]));
  },
  leave_process_and_spin({ detached, file }) {
    const pid = actions.leave_process({ detached });
    fs.writeFileSync(`${file}.new`, String(pid));
    fs.renameSync(`${file}.new`, file);
    for (;;);
  },
  leave_background() {
    setInterval(() => console.log('background'), 1);
    return process.pid;
  },
  crash: ({ code }) => process.exit(code),
  async kill({ number }) {
    process.kill(process.pid, number);
    await sleep(10000);
  },
  allocate({ size }) {
    const blocks = [];
    for (let left = size; left > 0; left -= 1 << 20) blocks.push(Buffer.alloc(Math.min(left, 1 << 20), 'x'));
    return blocks.reduce((sum, block) => sum + block.length, 0);
  },
  open_files() {
    for (;;) kept.push(fs.openSync('/dev/null'));
  },
  async start_processes() {
    for (;;) {
      const child = childProcess.spawn('sleep', ['1000'], { stdio: 'ignore' });
      kept.push(child);
      if (child.pid === undefined) await new Promise((_, reject) => child.on('error', reject));
    }
  },
  write_far({ offset }) {
    const file = fs.openSync('far', 'w');
    try {
      return fs.writeSync(file, 'x', offset) + offset;
    } finally {
      fs.closeSync(file);
    }
  },
  limits() {
    const names = { NOFILE: 'open files', NPROC: 'processes', FSIZE: 'file size', CORE: 'core file size' };
    const text = fs.readFileSync('/proc/self/limits', 'latin1');
    const find = (name) => new RegExp(`^Max ${name} +([0-9]+) +([0-9]+)`, 'm').exec(text).slice(1, 3).map(Number);
    return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, find(name)]));
  },
  cgroup: () => fs.readFileSync('/proc/self/cgroup', 'latin1'),
  peek({ text }) {
    const found = [];
    for (let pid = process.pid; pid > 1; ) {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      try {
        found.push(fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text));
      } catch {
        found.push(false);
      }
    }
    return found;
  },
  close_output() {
    fs.closeSync(1);
    fs.closeSync(2);
  },
  disturb({ message }) {
    fs.writeSync(3, Buffer.from(message, 'latin1'));
    return 'done';
  },

  // What only Node.js has

  context: (_, context) => context,
  nothing: () => undefined,
  big_integer: () => 1n,
  throw_text() {
    throw 'just text';
  },
  async uncaught() {
    setTimeout(() => {
      throw new Error('out of nowhere');
    }, 1);
    await sleep(10000);
  },
  async unhandled() {
    Promise.reject(new Error('nobody handled it'));
    await sleep(10000);
  },
  async leave_worker() {
    const worker = new Worker('setInterval(() => {}, 1)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    worker.unref();
    return process.pid;
  },
};
