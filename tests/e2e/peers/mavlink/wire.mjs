// Frames to messages and back. node-mavlink knows the messages, lays out their fields, computes checksums and
// signatures; around it stands what it leaves out or does differently from the protocol:
//   * a payload of zeros only keeps one byte (node-mavlink: none), and version 1 has no extension fields (it has them);
//   * PARAM_EXT values are 128 bytes, whatever they are (it ends them at the first zero);
//   * signing timestamps count units of 10 µs, each one more than the last (it has milliseconds).
// Fields have the names of the XML: message('COMMAND_LONG', {param1: 1, target_system: 3}); what is not given is zero.
import {createRequire} from 'node:module';
import {define} from './own_messages.mjs';

// NODE_PATH counts for require() and not for import: the packages lie in the build folder.
const mavlink = createRequire(import.meta.url)('node-mavlink');

// MAV_RESULT
export const RESULT = {ACCEPTED: 0, TEMPORARILY_REJECTED: 1, DENIED: 2, UNSUPPORTED: 3, FAILED: 4, IN_PROGRESS: 5};

export const V1 = 0xfe, V2 = 0xfd;
const HEADER = {[V1]: 6, [V2]: 10};
const CHECKSUM = 2, SIGNATURE = 13, SIGNED = 0x01;
const EPOCH_MS = Date.UTC(2015, 0, 1);
const TEXTS = new Set(['vendor_name', 'model_name']);  // text, in arrays of uint8_t
const RAW = new Set(['param_value']);                  // bytes, in arrays of char

const by_id = new Map(), by_name = new Map();
const sets = [mavlink.minimal, mavlink.standard, mavlink.common, mavlink.ardupilotmega];
for (const one of [...sets.flatMap((set) => Object.values(set.REGISTRY)), ...define(mavlink)]) {
  by_id.set(one.MSG_ID, one);
  by_name.set(one.MSG_NAME, one);
}

export const message_name = (id) => by_id.get(id)?.MSG_NAME ?? String(id);
export const command_name = (id) => mavlink.common.MavCmd[id] ?? String(id);
export const passphrase_key = (passphrase) => mavlink.MavLinkPacketSignature.key(passphrase);

function value_for(field, value) {
  if (field.type === 'char[]') return Buffer.from(value ?? '').toString('latin1');
  if (field.type.endsWith('[]')) return typeof value === 'string' ? Buffer.from(value) : value ?? [];
  if (field.type.includes('64')) return BigInt(value ?? 0);
  if (field.type === 'char') return typeof value === 'string' ? value.charCodeAt(0) : value ?? 0;
  return Number(value ?? 0);
}

export function message(name, values = {}) {
  const definition = by_name.get(name);
  if (!definition) throw new Error(`${name}: no such message`);
  const unknown = Object.keys(values).find((key) => !definition.FIELDS.some((field) => field.source === key));
  if (unknown) throw new Error(`${name}.${unknown}: no such field`);
  const made = new definition();
  for (const field of definition.FIELDS) made[field.name] = value_for(field, values[field.source]);
  return made;
}

const base_length = (definition) => definition.FIELDS.filter((field) => !field.extension)
  .reduce((sum, field) => sum + field.size * Math.max(1, field.length), 0);

function closed(frame, definition) {
  frame.writeUInt16LE(mavlink.x25crc(frame, 1, CHECKSUM, definition.MAGIC_NUMBER), frame.length - CHECKSUM);
  return frame;
}

function first_version(payload, definition, {sysid, compid, seq}) {
  const base = base_length(definition);
  const frame = Buffer.alloc(HEADER[V1] + base + CHECKSUM);
  frame.set([V1, base, seq, sysid, compid, definition.MSG_ID]);
  payload.copy(frame, HEADER[V1], 0, Math.min(payload.length, base));
  return closed(frame, definition);
}

// The frame of a message; version 1 only where the id has a place in it. `signer`: a Signer, for version 2.
export function encode(made, {sysid, compid, seq, version = 2, signer = null}) {
  const definition = made.constructor;
  const signs = signer !== null && !(version === 1 && definition.MSG_ID <= 255);
  let frame = new mavlink.MavLinkProtocolV2(sysid, compid, signs ? SIGNED : 0).serialize(made, seq);
  if (version === 1 && definition.MSG_ID <= 255)
    return first_version(frame.subarray(HEADER[V2], frame.length - CHECKSUM), definition, {sysid, compid, seq});
  if (frame[1] === 0) {
    frame = Buffer.concat([frame.subarray(0, HEADER[V2]), Buffer.alloc(1 + CHECKSUM)]);
    frame[1] = 1;
    closed(frame, definition);
  }
  return signs ? signer.sign(frame) : frame;
}

function read(field, value) {
  if (typeof value === 'bigint') return Number(value);
  if (!TEXTS.has(field.source) || !Array.isArray(value)) return value;
  const end = value.indexOf(0);
  return Buffer.from(end < 0 ? value : value.slice(0, end)).toString();
}

function fields_of(protocol, frame, definition) {
  const payload = protocol.payload(frame);  // filled with zeros to 255
  const values = protocol.data(payload, definition);
  return Object.fromEntries(definition.FIELDS.map((field) =>
    [field.source, RAW.has(field.source) ? Buffer.from(payload.subarray(field.offset, field.offset + field.length))
                                         : read(field, values[field.name])]));
}

// One whole frame: {version, id, name, sysid, compid, seq, signed, fields}, or {problem} with what is known of it.
export function decode(frame) {
  const protocol = frame[0] === V1 ? new mavlink.MavLinkProtocolV1() : new mavlink.MavLinkProtocolV2();
  const {sysid, compid, seq, msgid: id, incompatibilityFlags: flags = 0} = protocol.header(frame);
  const definition = by_id.get(id);
  const known = {version: frame[0] === V1 ? 1 : 2, id, name: message_name(id), sysid, compid, seq,
                 signed: frame[0] === V2 && (flags & SIGNED) !== 0};
  if (frame[0] === V2 && (flags & ~SIGNED) !== 0) return {...known, problem: 'unknown incompatible flags'};
  if (!definition) return {...known, problem: 'unknown message'};
  const after = CHECKSUM + (known.signed ? SIGNATURE : 0);
  if (protocol.crc(frame) !== mavlink.x25crc(frame, 1, after, definition.MAGIC_NUMBER))
    return {...known, problem: 'checksum'};
  return {...known, fields: fields_of(protocol, frame, definition)};
}

// The frames of a datagram; the rest that is none has no first byte of a frame.
export function split(datagram) {
  const frames = [];
  for (let at = 0; at < datagram.length;) {
    const head = HEADER[datagram[at]];
    if (!head || at + head + CHECKSUM > datagram.length) return {frames, rest: datagram.subarray(at)};
    const signed = datagram[at] === V2 && (datagram[at + 2] & SIGNED) !== 0;
    const length = head + datagram[at + 1] + CHECKSUM + (signed ? SIGNATURE : 0);
    if (at + length > datagram.length) return {frames, rest: datagram.subarray(at)};
    frames.push(datagram.subarray(at, at + length));
    at += length;
  }
  return {frames, rest: Buffer.alloc(0)};
}

// Signs with one key on one link, and judges what others sign.
export class Signer {
  static SLACK = 60 * 100_000;  // how far a new stream may be behind: 60 s in units of 10 µs
  #last = 0;
  #streams = new Map();

  constructor(key, link = 1, now = () => (Date.now() - EPOCH_MS) * 100) {
    Object.assign(this, {key, link, now});
  }

  sign(frame, timestamp = Math.max(this.now(), this.#last + 1)) {
    this.#last = Math.max(this.#last, timestamp);
    const signed = Buffer.concat([frame, Buffer.alloc(SIGNATURE)]);
    const signature = new mavlink.MavLinkPacketSignature(signed);
    signature.linkId = this.link;
    signature.timestamp = timestamp;
    signature.signature = signature.calculate(this.key);
    return signed;
  }

  // Why a signed frame is refused, or null.
  refuses(frame, {sysid, compid}) {
    const signature = new mavlink.MavLinkPacketSignature(frame);
    if (!signature.matches(this.key)) return 'signature';
    const stream = `${sysid}/${compid}/${signature.linkId}`, last = this.#streams.get(stream);
    if (last !== undefined && signature.timestamp <= last) return 'old timestamp';
    const ours = Math.max(this.now(), this.#last);
    if (last === undefined && signature.timestamp + Signer.SLACK < ours) return 'timestamp of a new stream too old';
    this.#streams.set(stream, signature.timestamp);
    this.#last = Math.max(this.#last, signature.timestamp);
    return null;
  }
}
