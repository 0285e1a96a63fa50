// What stands in wire.mjs beside node-mavlink.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import test from 'node:test';
import {define} from './own_messages.mjs';
import {from_bytes, to_bytes} from './parameters.mjs';
import {Signer, decode, encode, message, passphrase_key, split} from './wire.mjs';

const mavlink = createRequire(import.meta.url)('node-mavlink');
const from = {sysid: 1, compid: 100, seq: 255};

test('our own messages have the checksum of their description', () => {
  for (const {MSG_NAME, FIELDS, MAGIC_NUMBER} of define(mavlink)) {
    const fields = FIELDS.map(({type, source}) => `${type} ${source} `).join('');
    const crc = mavlink.x25crc(Buffer.from(`${MSG_NAME} ${fields}`));
    assert.equal((crc & 0xff) ^ (crc >> 8), MAGIC_NUMBER);
  }
});

test('version 1 has no extension fields', () => {
  const frame = encode(message('COMMAND_ACK', {command: 2000, result: 1, progress: 7, target_system: 9}),
                       {...from, version: 1});
  assert.equal(frame.length, 6 + 3 + 2);
  const {version, fields} = decode(frame);
  assert.deepEqual([version, fields.command, fields.result, fields.progress, fields.target_system], [1, 2000, 1, 0, 0]);
  assert.equal(encode(message('CAMERA_SETTINGS', {mode_id: 1}), {...from, version: 1})[0], 0xfd);
});

test('several frames in a datagram, and what is none', () => {
  const beat = encode(message('HEARTBEAT', {type: 30}), from);
  const one = encode(message('HEARTBEAT'), {...from, version: 1});
  const {frames, rest} = split(Buffer.concat([beat, one, beat.subarray(0, 9)]));
  assert.deepEqual(frames.map((frame) => decode(frame).version), [2, 1]);
  assert.equal(rest.length, 9);
  assert.throws(() => message('HEARTBEAT', {kind: 1}), /no such field/);
  assert.throws(() => message('HEARTBEATS'), /no such message/);
});

test('parameters of every type', () => {
  for (const [type, value] of [[1, 255], [2, -1], [3, 65280], [4, -300], [5, 0x01000000], [6, -70000], [7, 2 ** 40],
                               [8, -(2 ** 40)], [9, 0.5], [10, 0.1], [11, 'text']]) {
    const sent = message('PARAM_EXT_VALUE', {param_id: 'sixteen_letters_', param_type: type,
                                             param_value: to_bytes(type, value)});
    const {fields} = decode(encode(sent, from));
    assert.equal(fields.param_id, 'sixteen_letters_');
    assert.equal(from_bytes(fields.param_type, fields.param_value), value);
  }
});

test('signatures: each later than the last, none too old, none of another key', () => {
  const clock = {now: 1_000_000_000};
  const signer = (word) => new Signer(passphrase_key(word), 1, () => clock.now);
  const made = message('HEARTBEAT', {type: 30});
  const [ours, theirs, late, other] = ['word', 'word', 'word', 'another'].map(signer);
  const [first, second] = [0, 1].map(() => encode(made, {...from, signer: ours}));
  assert.notDeepEqual(first, second);  // in the same moment
  assert.equal(theirs.refuses(second, from), null);
  assert.equal(theirs.refuses(second, from), 'old timestamp');
  assert.equal(theirs.refuses(first, from), 'old timestamp');
  assert.equal(other.refuses(first, from), 'signature');
  clock.now += Signer.SLACK + 2;
  assert.equal(late.refuses(second, from), 'timestamp of a new stream too old');
});
