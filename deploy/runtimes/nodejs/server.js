// SPDX-License-Identifier: Apache-2.0
// The worker's server: speaks worker protocol version 2, and never runs user code itself.
'use strict';

const http = require('node:http');
const { Routes } = require('./routes');
const settings = require('./settings').read(process.env);
const { Worker } = require('./worker');

const MAX_HEADER = 16384;
const REFUSALS = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', `The header is larger than ${MAX_HEADER} bytes.`],
};

function refuse(error, socket) {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = REFUSALS[error.code] ?? ['400 Bad Request', 'The request is malformed.'];
  const body = JSON.stringify({ error: reason });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  socket.end(`${head}Connection: close\r\n\r\n${body}`);
}

function main() {
  const worker = new Worker(settings);
  const routes = new Routes(worker, settings);
  const server = http.createServer({ maxHeaderSize: MAX_HEADER, noDelay: true }, (request, response) =>
    routes.handle(request, response),
  );
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.on('clientError', refuse);
  server.listen(settings.port, settings.host, 512, () => {
    process.stdout.write(`${JSON.stringify({ listening: server.address().port })}\n`);
  });
  process.on('SIGUSR1', () => {}); // otherwise it opens a debugger, to user code too
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      worker.stop();
      process.exit(0);
    });
  }
}

main();
