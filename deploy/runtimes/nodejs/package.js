// SPDX-License-Identifier: Apache-2.0
// Unpacks a function package (a zip file; Node.js has no reader for them).
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');

const MAX_UNPACKED = 500 * 1024 * 1024;
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const TYPE_MASK = 0o170000;
const PLAIN_TYPES = [0, 0o100000, 0o040000];

class PackageError extends Error {}

function unpack(zip, folder) {
  let members;
  try {
    members = readDirectory(zip);
  } catch (error) {
    throw error instanceof PackageError ? error : new PackageError(`The package is not a zip file: ${error.message}`);
  }
  members.forEach(check);
  if (members.reduce((sum, member) => sum + member.size, 0) > MAX_UNPACKED) {
    throw new PackageError(`The package is larger than ${MAX_UNPACKED} bytes when unpacked.`);
  }
  for (const member of members) {
    const target = path.join(folder, member.name);
    if (member.name.endsWith('/')) {
      fs.mkdirSync(target, { recursive: true });
    } else {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, content(zip, member), { mode: member.mode & 0o111 ? 0o755 : 0o644 });
    }
  }
}

function readDirectory(zip) {
  const end = findEnd(zip);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const members = [];
  for (let i = 0; i < count; i++) {
    if (zip.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new PackageError('The package is not a zip file.');
    const nameLength = zip.readUInt16LE(at + 28);
    members.push({
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packedSize: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      mode: zip.readUInt32LE(at + 38) >>> 16,
      offset: zip.readUInt32LE(at + 42),
      name: zip.toString('utf8', at + 46, at + 46 + nameLength),
    });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return members;
}

function findEnd(zip) {
  for (let at = zip.length - 22; at >= 0 && at >= zip.length - 22 - 0xffff; at--) {
    if (zip.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new PackageError('The package is not a zip file.');
}

function check({ name, mode, flags }) {
  if (name.startsWith('/') || name.includes('\\') || name.includes('\0') || name.split('/').includes('..')) {
    throw new PackageError(`The package has a member outside of its folder: ${name}`);
  }
  if (!PLAIN_TYPES.includes(mode & TYPE_MASK)) {
    throw new PackageError(`The package has a member that is neither file nor folder: ${name}`);
  }
  if (flags & 1) throw new PackageError(`The package has an encrypted member: ${name}`);
}

function content(zip, member) {
  try {
    if (zip.readUInt32LE(member.offset) !== LOCAL_SIGNATURE) throw new Error('no local header');
    const start = member.offset + 30 + zip.readUInt16LE(member.offset + 26) + zip.readUInt16LE(member.offset + 28);
    const packed = zip.subarray(start, start + member.packedSize);
    let data;
    if (member.method === 0) data = packed;
    else if (member.method === 8) data = zlib.inflateRawSync(packed, { maxOutputLength: member.size + 1 });
    else throw new Error(`compression method ${member.method}`);
    if (data.length !== member.size) throw new Error('wrong size');
    if (zlib.crc32 && zlib.crc32(data) !== member.crc) throw new Error('wrong checksum');
    return data;
  } catch (error) {
    throw new PackageError(`The package is damaged at ${member.name}: ${error.message}`);
  }
}

module.exports = { unpack, PackageError };
