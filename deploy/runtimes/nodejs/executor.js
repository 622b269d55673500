// SPDX-License-Identifier: Apache-2.0
// An executor: a process that loads the function and runs one execution after the other. It is started before anyone
// knows the function; the server sends it the function, then requests, over the socket that is its descriptor 3.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { syncBuiltinESMExports } = require('node:module');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');

const childProcess = require('node:child_process');
const workerThreads = require('node:worker_threads');
const { KIND, header, Reader } = require('./frame');
const { unpack, PackageError } = require('./package');

// Connections may stay open between executions, as those of a pool do; nothing else may.
const HARMLESS = new Set(['PipeWrap', 'TCPSocketWrap', 'TLSWrap', 'TTYWrap', 'FileHandle', 'CloseReq']);

const stringify = JSON.stringify;
const exitProcess = process.reallyExit.bind(process);
const activeResources = process.getActiveResourcesInfo.bind(process);
const server = new net.Socket({ fd: 3, readable: true, writable: true });
let maxResult = 0;
let scratch = '/';
let handler = null;
let current = 0; // sequence number of the execution under way, 0 between executions
let spawned = false;
let workers = 0;

class LoadError extends Error {
  constructor(output, status = 422) {
    super(output);
    this.status = status;
  }
}

function send(sequence, kind, text, then) {
  const payload = Buffer.from(text);
  server.write(Buffer.concat([header(sequence, kind, payload.length), payload]), then);
}

function received(sequence, kind, payload) {
  if (kind === KIND.LOAD) load(payload);
  else execute(sequence, payload);
}

async function load(payload) {
  try {
    const lineEnd = payload.indexOf(10);
    const options = JSON.parse(payload.subarray(0, lineEnd));
    maxResult = options.maxResult;
    scratch = options.scratch;
    if (options.unpack) unpackPackage(options, payload.subarray(lineEnd + 1));
    enterSlot(options);
    process.chdir(scratch);
    handler = await importHandler(options.code, options.entry);
    send(0, KIND.LOADED, '');
  } catch (error) {
    if (!(error instanceof LoadError)) log(error);
    send(0, KIND.LOAD_FAILED, stringify({ status: error?.status === 400 ? 400 : 422, output: messageOf(error) }));
  }
}

function unpackPackage(options, zip) {
  const digest = crypto.createHash('sha256').update(zip).digest('hex');
  if (digest !== options.digest.toLowerCase()) {
    throw new LoadError('The body does not have the digest that Qinling-Digest names.', 400);
  }
  for (const folder of [options.code, options.scratch]) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
  }
  try {
    unpack(zip, options.code);
  } catch (error) {
    throw new LoadError(
      error instanceof PackageError ? error.message : `The package cannot be unpacked: ${error.message}`,
    );
  }
}

function enterSlot({ cgroups, slot }) {
  for (const folder of cgroups) fs.writeFileSync(`${folder}/slot-${slot}/cgroup.procs`, '0');
  try {
    fs.writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // The kernel then chooses by size alone.
  }
}

async function importHandler(folder, entry) {
  const name = entry || 'main.main';
  const dot = name.lastIndexOf('.');
  if (dot <= 0) throw new LoadError(`The entry ${name} does not name a module and a function.`);
  const file = findModule(folder, name.slice(0, dot));
  const exported = await importFile(file);
  const found = exported?.[name.slice(dot + 1)] ?? exported?.default?.[name.slice(dot + 1)];
  if (typeof found !== 'function') {
    throw new LoadError(`Module ${name.slice(0, dot)} has no function ${name.slice(dot + 1)}.`);
  }
  return found;
}

function findModule(folder, name) {
  for (const stem of new Set([name, name.replaceAll('.', '/')])) {
    for (const end of ['.js', '.cjs', '.mjs', '/index.js', '/index.mjs']) {
      const file = path.join(folder, stem + end);
      if (file.startsWith(folder + path.sep) && fs.existsSync(file)) return file;
    }
  }
  throw new LoadError(`The package has no module ${name}.`);
}

async function importFile(file) {
  if (!file.endsWith('.mjs')) {
    try {
      return require(file);
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ESM') throw error;
    }
  }
  return import(pathToFileURL(file));
}

async function execute(sequence, payload) {
  current = sequence;
  spawned = false;
  let request;
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return finish(sequence, KIND.INVALID, stringify('The body is not JSON.'));
  }
  if (!isObject(request)) return finish(sequence, KIND.INVALID, stringify('The body is not a JSON object.'));
  const input = request.input ?? null;
  if (input !== null && !isObject(input)) {
    return finish(sequence, KIND.INVALID, stringify('The input is neither an object nor null.'));
  }
  let result;
  try {
    process.chdir(scratch);
    const traceparent = request.context?.traceparent;
    result = await handler(traceparent ? { traceparent } : {}, input);
  } catch (error) {
    return fail(sequence, error, error?.code === 'EMFILE' ? KIND.RETIRING : 0);
  }
  let text;
  try {
    text = stringify(result) ?? 'null';
  } catch (error) {
    return finish(sequence, KIND.FAILURE, stringify(`Function result cannot be written as JSON: ${messageOf(error)}`));
  }
  if (Buffer.byteLength(text) > maxResult) {
    text = stringify(`Function result is larger than ${maxResult} bytes.`);
    return finish(sequence, KIND.FAILURE, text);
  }
  return finish(sequence, KIND.SUCCESS, text);
}

function fail(sequence, error, flags = 0) {
  log(error);
  const text = `Function invocation error: ${messageOf(error)}`.slice(0, Math.max(maxResult / 6, 200));
  return finish(sequence, KIND.FAILURE, stringify(text), flags);
}

/**
 * The output as it was when the process started; node would otherwise queue what a full pipe does not take, and the
 * answer would overtake it.
 */
function openOutput() {
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
  return fs.fstatSync(1).ino;
}

function outputIsIntact() {
  try {
    return fs.fstatSync(1).ino === output && fs.fstatSync(2).ino === output;
  } catch {
    return false;
  }
}

/** Answers, once what the execution has just let go of has had its turn to disappear. */
function finish(sequence, kind, text, flags = 0) {
  if (current !== sequence) return;
  current = 0;
  setImmediate(() => {
    const left = workers > 0 || !outputIsIntact() || activeResources().some((name) => !HARMLESS.has(name));
    send(sequence, kind | flags | (left ? KIND.RETIRING : 0) | (spawned ? KIND.SPAWNED : 0), text);
  });
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error) {
  try {
    return error instanceof Error || typeof error?.message === 'string' ? String(error.message) : String(error);
  } catch {
    return 'unknown error';
  }
}

function log(error) {
  try {
    fs.writeSync(2, `${error?.stack ?? inspect(error)}\n`);
  } catch {
    // The function closed its standard error.
  }
}

/** An error that nobody caught may come from an execution or from what an earlier one left behind. */
function uncaught(error) {
  if (current) fail(current, error, KIND.RETIRING);
  else {
    log(error);
    if (handler === null) {
      send(0, KIND.LOAD_FAILED, stringify({ status: 422, output: messageOf(error) }), () => exitProcess(1));
    } else exitProcess(1);
  }
}

/** Notes whether an execution starts processes or threads; looking for them after each call would be slow. */
function watchSpawns() {
  const spawn = childProcess.ChildProcess.prototype.spawn;
  childProcess.ChildProcess.prototype.spawn = function (...args) {
    spawned = true;
    return spawn.apply(this, args);
  };
  for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
    const original = childProcess[name];
    childProcess[name] = (...args) => {
      spawned = true;
      return original(...args);
    };
  }
  workerThreads.Worker = class Worker extends workerThreads.Worker {
    constructor(...args) {
      super(...args);
      workers++;
      this.once('exit', () => workers--);
    }
  };
  syncBuiltinESMExports();
}

const output = openOutput();
watchSpawns();
process.on('uncaughtException', uncaught);
process.on('unhandledRejection', uncaught);
const reader = new Reader(received, () => exitProcess(1), () => Infinity);
server.on('data', (data) => reader.push(data));
server.on('close', () => exitProcess(0));
server.on('error', () => exitProcess(1));
