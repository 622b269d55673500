// SPDX-License-Identifier: Apache-2.0
// Finds and kills what an executor has started. Node.js can neither adopt orphans nor wait for processes that are not
// its own, so they are looked for: by parent, by session, by the mark in their environment, and by cgroup.
'use strict';

const fs = require('node:fs');

/** The mark of an executor: a variable in its environment that its children inherit. */
const MARK = 'QINLING_EXECUTOR';

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Kills everything that belongs to the executor except `keep`; returns how many processes that were. */
function sweep(executor, keep) {
  let killed = 0;
  for (;;) {
    const found = belongings(executor).filter((pid) => pid !== keep);
    if (!found.length) return killed;
    found.forEach(kill);
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
    const stat = /^[0-9]+$/.test(name) && read(`/proc/${name}/stat`);
    if (!stat) continue;
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state !== 'Z' && state !== 'X') all.set(Number(name), { parent: Number(parent), session: Number(session) });
  }
  return all;
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

module.exports = { MARK, kill, sweep, dataSize };
