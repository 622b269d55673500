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

/** Stops everything that belongs to the executors, also what they start meanwhile. */
function stopAll(executors) {
  const told = new Set();
  for (;;) {
    const all = snapshot();
    const found = executors.flatMap((executor) => belongings(executor, all)).filter((pid) => !told.has(pid));
    if (!found.length) return;
    for (const pid of found) {
      kill(pid, 'SIGSTOP');
      told.add(pid);
    }
  }
}

function continueAll(executors) {
  const all = snapshot();
  for (const executor of executors) belongings(executor, all).forEach((pid) => kill(pid, 'SIGCONT'));
}

/** For each executor the processor time of everything that belongs to it, and of what of it was waited for. */
function cpuSeconds(executors) {
  const all = snapshot();
  return executors.map((executor) =>
    belongings(executor, all).reduce((ticks, pid) => ticks + all.get(pid).ticks, 0) / TICKS_PER_SECOND);
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

function belongings({ pid, mark, cgroup }, all = snapshot()) {
  const chosen = new Set(cgroup ? readNumbers(`${cgroup}/cgroup.procs`).filter((member) => all.has(member)) : []);
  for (const [number, one] of all) {
    if (one.session === pid || (one.mark ??= markOf(number)) === mark) chosen.add(number);
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
    const fields = stat(name);
    const [state, parent, , session] = fields;
    if (state && state !== 'Z' && state !== 'X') {
      const ticks = fields.slice(11, 15).reduce((sum, one) => sum + Number(one), 0);
      all.set(Number(name), { parent: Number(parent), session: Number(session), ticks, mark: undefined });
    }
  }
  return all;
}

/** What the kernel says of a process from its state on, which is the third field of proc(5); empty when it has ended. */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text ? text.slice(text.lastIndexOf(')') + 2).split(' ') : [];
}

/** The executor's mark that a process has, or an empty text. */
function markOf(pid) {
  const variable = read(`/proc/${pid}/environ`).split('\0').find((text) => text.startsWith(`${MARK}=`));
  return variable?.slice(MARK.length + 1) ?? '';
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

module.exports = { MARK, kill, sweep, dataSize, cpuSeconds, stopAll, continueAll };
