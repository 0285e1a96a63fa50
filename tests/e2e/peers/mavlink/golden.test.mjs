// Frames that another MAVLink library has read back (pymavlink): what is sent here is these bytes, what is read from
// them these fields.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import {Signer, decode, encode, message, passphrase_key, split} from './wire.mjs';

const golden = JSON.parse(fs.readFileSync(new URL('golden.json', import.meta.url)));

function signer({pass, key, link, timestamp}) {
  assert.equal(passphrase_key(pass).toString('hex'), key);
  return new Signer(passphrase_key(pass), link, () => Number(timestamp));
}

function same(found, wanted) {
  if (Buffer.isBuffer(found)) return assert.equal(found.toString('latin1').replace(/\0+$/, ''), wanted);
  if (Array.isArray(wanted) && typeof found === 'string') return assert.equal(found, Buffer.from(wanted).toString());
  if (Array.isArray(found)) return assert.deepEqual(found, wanted);
  return assert.equal(String(found), String(wanted));
}

for (const {name, mode, ver, sys, comp, seq, fields, signed, decode_only, hex} of golden) {
  test(`${name}, ${mode}, version ${ver}${signed ? ', signed' : ''}${decode_only ? ', read only' : ''}`, () => {
    const {frames, rest} = split(Buffer.from(hex, 'hex'));
    assert.equal(frames.length, 1);
    assert.equal(rest.length, 0);
    const heard = decode(frames[0]);
    assert.deepEqual([heard.problem, heard.name, heard.version, heard.sysid, heard.compid, heard.seq, heard.signed],
                     [undefined, name, ver, sys, comp, seq, Boolean(signed)]);
    for (const [field, value] of Object.entries(fields)) same(heard.fields[field], value);
    if (decode_only) return;
    const options = {sysid: sys, compid: comp, seq, version: ver, signer: signed ? signer(signed) : null};
    assert.equal(encode(message(name, fields), options).toString('hex'), hex);
  });
}
