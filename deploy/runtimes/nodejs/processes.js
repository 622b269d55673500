// SPDX-License-Identifier: Apache-2.0
// Finds and kills what an executor has started. Node.js can neither adopt orphans nor wait for processes that are not
// its own, so they are looked for: by parent, by session, by the mark in their environment, and by cgroup.
'use strict';

const fs = require('node:fs');

/** The mark of an executor: a variable in its environment that its children inherit. */
const MARK = 'QINLING_EXECUTOR';

// What proc(5) counts processor time in, wherever Node.js runs.
const TICKS_PER_SECOND = 100;

function kill(pid, signal = 'SIGKILL') {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Sends a signal to everything that belongs to the executor, also to what it starts meanwhile. */
function signalAll(executor, signal) {
  const told = new Set();
  for (;;) {
    const found = belongings(executor).filter((pid) => !told.has(pid));
    if (!found.length) return;
    for (const pid of found) {
      kill(pid, signal);
      told.add(pid);
    }
  }
}

/** Processor time of everything that belongs to the executor, and of what of it was waited for. */
function cpuSeconds(executor) {
  let ticks = 0;
  for (const pid of belongings(executor)) for (const one of stat(pid).slice(11, 15)) ticks += Number(one);
  return ticks / TICKS_PER_SECOND;
}

/** Kills everything that belongs to the executor except `keep`; returns how many processes that were. */
function sweep(executor, keep) {
  let killed = 0;
  for (;;) {
    const found = belongings(executor).filter((pid) => pid !== keep);
    if (!found.length) return killed;
    found.forEach((pid) => kill(pid));
    killed += found.length;
  }
}

function belongings({ pid, mark, cgroup }) {
  const all = snapshot();
  const chosen = new Set(cgroup ? readNumbers(`${cgroup}/cgroup.procs`).filter((member) => all.has(member)) : []);
  for (const [number, one] of all) {
    if (one.session === pid || marked(number, mark)) chosen.add(number);
  }
  if (all.has(pid)) chosen.add(pid);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const [number, one] of all) if (chosen.has(one.parent)) chosen.add(number);
  }
  return [...chosen];
}

/** The live processes by number. */
function snapshot() {
  const all = new Map();
  for (const name of fs.readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    const [state, parent, , session] = stat(name);
    if (state && state !== 'Z' && state !== 'X') {
      all.set(Number(name), { parent: Number(parent), session: Number(session) });
    }
  }
  return all;
}

/** What the kernel says of a process from its state on, which is the third field of proc(5); empty when it has ended. */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text ? text.slice(text.lastIndexOf(')') + 2).split(' ') : [];
}

function marked(pid, mark) {
  return read(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${mark}`);
}

function readNumbers(file) {
  return read(file).split('\n').filter(Boolean).map(Number);
}

function read(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function dataSize(pid) {
  return Number(/^VmData:\s+([0-9]+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

module.exports = { MARK, kill, sweep, dataSize, cpuSeconds, signalAll };
