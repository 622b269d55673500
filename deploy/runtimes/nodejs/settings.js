// SPDX-License-Identifier: Apache-2.0
// What the environment says about this worker.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const PREFIX = 'QINLING_WORKER_';

function read(environment) {
  const get = (name, fallback) => environment[PREFIX + name] || fallback;
  const temporary = !get('DIR');
  const folder = path.resolve(get('DIR') || fs.mkdtempSync(path.join(os.tmpdir(), 'qinling-worker-')));
  const scratch = path.join(folder, 'scratch');
  const visible = Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX));
  return {
    host: get('HOST', '0.0.0.0'),
    port: Number(get('PORT', '9090')),
    secret: get('SECRET_FD') ? readSecret(Number(get('SECRET_FD'))) : get('SECRET', ''),
    slots: Number(get('SLOTS', '3')),
    processes: Number(get('PROCESSES', '128')),
    maxBody: Number(get('MAX_BODY', String(64 << 20))),
    cgroups: get('CGROUPS', '').split(':').filter(Boolean),
    folder,
    temporary,
    code: path.join(folder, 'code'),
    scratch,
    environment: { ...Object.fromEntries(visible), HOME: scratch, TMPDIR: scratch },
  };
}

/** The secret, from a descriptor that start.sh has opened. */
function readSecret(descriptor) {
  const text = fs.readFileSync(descriptor, 'utf8');
  fs.closeSync(descriptor);
  return text.slice(0, -1);
}

module.exports = { read };
