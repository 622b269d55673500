// SPDX-License-Identifier: Apache-2.0
// What each request of the worker protocol asks for.
'use strict';

const crypto = require('node:crypto');

const ID = /^[A-Za-z0-9_.-]{1,128}$/;
const DIGEST = /^[0-9A-Fa-f]{64}$/;
const NUMBER = /^[0-9]{1,15}(\.[0-9]{1,9})?$/;
const WHOLE = /^[0-9]{1,15}$/;
const SECRET = /^[A-Za-z0-9_-]{1,128}$/;
const EXECUTIONS = '/executions/';

class Refused extends Error {}

class Routes {
  constructor(worker, { secret, maxBody }) {
    this.worker = worker;
    this.secret = secret && hash(`Bearer ${secret}`);
    this.hasOwnSecret = false;
    this.maxBody = maxBody;
  }

  handle(request, response) {
    const answer = (status, value) => reply(response, status, value);
    if ('transfer-encoding' in request.headers) {
      request.resume();
      answer(400, { error: 'A body needs a Content-Length.' });
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > this.maxBody) {
      request.resume();
      answer(413, { error: `The body is larger than ${this.maxBody} bytes.` });
      return;
    }
    readBody(request, (body) => {
      try {
        this.route(request, body, response, answer);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        answer(400, { error: error.message });
      }
    });
  }

  route(request, body, response, answer) {
    const { method, url } = request;
    if (url === '/ping') {
      if (method === 'GET') pong(response);
      else answer(405, { error: 'Use GET.' });
    } else if (!this.authorized(request)) answer(401, { error: 'The secret is missing or wrong.' });
    else if (url === '/execute') this.only('POST', method, answer, () => this.execute(request, body, answer));
    else if (url === '/function' && method === 'GET') this.worker.describe(answer);
    else if (url === '/function') this.only('PUT', method, answer, () => this.load(request, body, answer));
    else if (url === '/secret') this.only('PUT', method, answer, () => this.setSecret(request, answer));
    else if (url.startsWith(EXECUTIONS)) {
      this.only('DELETE', method, answer, () => this.worker.cancel(url.slice(EXECUTIONS.length), answer));
    } else answer(404, { error: 'There is no such path.' });
  }

  only(wanted, method, answer, action) {
    if (method === wanted) action();
    else answer(405, { error: `Use ${wanted}.` });
  }

  authorized({ headers }) {
    return !this.secret || crypto.timingSafeEqual(hash(headers.authorization ?? ''), this.secret);
  }

  execute(request, body, answer) {
    const id = header(request, 'Qinling-Execution', ID);
    const timeout = Number(header(request, 'Qinling-Timeout', NUMBER));
    this.worker.execute(id, timeout, body, answer);
  }

  setSecret(request, answer) {
    const secret = request.headers['qinling-secret'] ?? '';
    if (!SECRET.test(secret)) throw new Refused('Header Qinling-Secret is missing or malformed.');
    if (this.hasOwnSecret) answer(409, { error: 'The worker has a secret of its own already.' });
    else if (this.worker.hasFunction()) answer(409, { error: 'A function is loaded already.' });
    else {
      this.hasOwnSecret = true;
      this.secret = hash(`Bearer ${secret}`);
      answer(204, null);
    }
  }

  load(request, body, answer) {
    const options = {
      function: header(request, 'Qinling-Function', ID),
      version: Number(header(request, 'Qinling-Version', WHOLE)),
      digest: header(request, 'Qinling-Digest', DIGEST),
      entry: request.headers['qinling-entry'] ?? null,
      memory: Number(header(request, 'Qinling-Memory', WHOLE)),
      cpu: Number(header(request, 'Qinling-Cpu', WHOLE, '0')),
      timeout: Number(header(request, 'Qinling-Load-Timeout', NUMBER)),
      maxResult: Number(header(request, 'Qinling-Max-Result', WHOLE, '1048576')),
    };
    const maxLog = Number(header(request, 'Qinling-Max-Log', WHOLE, '1048576'));
    this.worker.load(options, maxLog, body, answer);
  }
}

function header(request, name, pattern, fallback) {
  const value = request.headers[name.toLowerCase()] ?? fallback;
  if (value === undefined) throw new Refused(`Header ${name} is missing.`);
  if (!pattern.test(value)) throw new Refused(`Header ${name} has the value ${JSON.stringify(value)}.`);
  return value;
}

/** Calls then(body) once all of it is there, and never for a caller that has gone. */
function readBody(request, then) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => then(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
  request.on('error', () => {});
}

/** `value` is JSON text, something to be written as JSON, or null for no body. */
function reply(response, status, value) {
  if (value === null) {
    response.writeHead(status).end();
    return;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function pong(response) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 4, 'Qinling-Worker': '2' }).end('pong');
}

function hash(text) {
  return crypto.createHash('sha256').update(text).digest();
}

module.exports = { Routes };
