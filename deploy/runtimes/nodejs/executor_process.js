// SPDX-License-Identifier: Apache-2.0
// The server's end of an executor process (executor.js).
'use strict';

const crypto = require('node:crypto');
const path = require('node:path');
const { execFile, spawn } = require('node:child_process');
const { KIND, header, Reader } = require('./frame');
const { Log } = require('./log');
const { MARK, dataSize, kill, sweep } = require('./processes');

const LIMITS = ['--nofile=1024', '--fsize=524288000', '--core=0'];
// Address space that V8 and its threads reserve beyond what they use, and that RLIMIT_DATA counts.
const DATA_SLACK = 96 * 1024 * 1024;
// How long the end of a process may be waited for when something that cannot be found holds its output open.
const CLOSE_GRACE = 1000;

/** What setpriv is to run; `processes` is 0 where the container's cgroup limits their number. */
function command(processes) {
  const limits = processes ? [...LIMITS, `--nproc=${processes}`] : LIMITS;
  const executor = [process.argv[2] ?? process.execPath, path.join(__dirname, 'executor.js')];
  return ['--pdeathsig', 'KILL', 'prlimit', ...limits, '--', 'sh', '-c', 'exec "$@" 2>&1', 'sh', ...executor];
}

class ExecutorProcess {
  constructor(settings) {
    this.settings = settings;
    this.mark = crypto.randomUUID();
    this.cgroup = null;
    this.maxAnswer = 1 << 16;
    this.listener = null; // {frame(sequence, kind, payload), garbage(), disconnected(), gone(code, signal)}
    this.ended = false;
    this.child = spawn('setpriv', command(settings.processes), {
      cwd: settings.scratch,
      env: { ...settings.environment, [MARK]: this.mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    this.pid = this.child.pid;
    this.log = new Log(this.child.stdout);
    this.socket = this.child.stdio[3];
    const reader = new Reader(
      (...frame) => this.listener?.frame(...frame),
      () => this.listener?.garbage(),
      () => this.maxAnswer,
    );
    this.socket.on('data', (data) => reader.push(data));
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.listener?.disconnected());
    this.child.on('error', (error) => process.stderr.write(`An executor could not be started: ${error.message}\n`));
    this.child.on('exit', (code, signal) => this.exited(code, signal));
  }

  load(slot, options, zip) {
    const folder = this.settings.cgroups[0];
    this.cgroup = folder ? `${folder}/slot-${slot}` : null;
    this.maxAnswer = options.maxResult + (1 << 16);
    const message = {
      ...options,
      slot,
      unpack: zip !== null,
      code: this.settings.code,
      scratch: this.settings.scratch,
      cgroups: this.settings.cgroups,
    };
    const payload = Buffer.concat([Buffer.from(`${JSON.stringify(message)}\n`), zip ?? Buffer.alloc(0)]);
    const begin = () => this.send(0, KIND.LOAD, payload);
    if (folder) begin();
    else this.limitMemory(options.memory, begin);
  }

  limitMemory(memory, then) {
    execFile('prlimit', [`--pid=${this.pid}`, `--data=${dataSize(this.pid) + memory + DATA_SLACK}`], (error) => {
      if (error && !this.ended) process.stderr.write(`The memory of an executor is not limited: ${error.message}\n`);
      then();
    });
  }

  send(sequence, kind, payload) {
    this.socket.cork();
    this.socket.write(header(sequence, kind, payload.length));
    this.socket.write(payload);
    this.socket.uncork();
  }

  /** Kills the processes that an execution has left; true if there were any. */
  killLeftovers() {
    return sweep(this, this.pid) > 0;
  }

  /** Kills the process and all that it started; listener.gone() follows. */
  kill() {
    if (this.ended) return;
    kill(this.pid);
    sweep(this, this.pid);
  }

  exited(code, signal) {
    this.ended = true;
    sweep(this, null);
    let told = false;
    const tell = () => {
      if (told) return;
      told = true;
      clearTimeout(timer);
      this.listener?.gone(code, signal);
    };
    const timer = setTimeout(tell, CLOSE_GRACE);
    this.child.once('close', tell);
  }
}

module.exports = { ExecutorProcess };
