// A UDP link of MAVLink components, with its faults. Every program of this folder has these, besides its own:
//
// flags    --connect ADDR:PORT (repeatable: speaks there first)  --listen ADDR:PORT (serves whoever spoke in the last
//          10 s; port 0: a free one; 127.0.0.1:0 when neither is given)
//          --version N (2; with 1, version 2 only for messages above 255)  --strict (version 1 only: sends nothing else
//          and hears nothing else)
//          --key PASSPHRASE (signs with its SHA-256, hears nothing that is not well signed)  --sign-link N (1)
//          --accept-unsigned (with --key: hears those, too)  --bad-signature (signs with another key than it expects)
//          --lose PERCENT (of frames)  --lose-acks PERCENT (of COMMAND_ACKs)  --duplicate PERCENT (sent twice): each
//          frame, sent or received, by the dice of --seed N (1); which message of a kind is lost depends on its number
//          among those of its kind and way alone, not on what came in between
//          --trace (an event per frame)
// ready    port=N, where it listens
// events   peer {address}: somebody new     component {system, component, type, autopilot, version}: a new heartbeat
//          refused {reason, from, name}: a frame that is not heard: checksum, unknown message, not signed, signature,
//          old timestamp, …     lost {direction: in|out, name, dice: bool}: by --lose or {"do": "drop"}
//          losing {lose, lose_acks, seed}: that it will, and by which dice
//          sent, received {name, from, seq, version, signed, fields}: only with --trace, and so lost {from, seq, fields}
// control  {"do": "link", "lose"?, "lose_acks"?, "duplicate"?}  from now on
//          {"do": "drop", "message": NAME, "count": N (1), "direction": in|out (out), "command"?: N}  loses so many
//          {"do": "again", "message": NAME, "command"?: N}  sends the last such datagram once more, byte for byte
//          {"do": "raw", "hex": BYTES}  a datagram  {"do": "traffic"} -> frames_in, frames_out, bytes_in, bytes_out
//          {"do": "send", "message": NAME, "fields": {…}, "from"?: [SYSTEM, COMPONENT]}  any message
import dgram from 'node:dgram';
import {ControlError, endpoint, numeric} from './peer.mjs';
import {Signer, decode, encode, message, passphrase_key, split} from './wire.mjs';

const EXPIRY_MS = 10_000;
const BUFFER = 4 << 20;  // bytes that the kernel keeps for us in a storm

export const LINK_OPTIONS = {
  connect: {type: 'string', multiple: true}, listen: {type: 'string'}, version: {type: 'string'},
  strict: {type: 'boolean'}, key: {type: 'string'}, 'sign-link': {type: 'string'},
  'accept-unsigned': {type: 'boolean'}, 'bad-signature': {type: 'boolean'}, lose: {type: 'string'},
  'lose-acks': {type: 'string'}, duplicate: {type: 'string'}, seed: {type: 'string'}, trace: {type: 'boolean'},
};

// Mulberry32: the same dice for the same seed, everywhere.
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Who sends: one sequence per component.
export class Source {
  constructor(sysid, compid) {
    Object.assign(this, {sysid, compid, seq: 0});
  }
}

// FNV-1a, of 32 bits.
function hash(text) {
  let mixed = 0x811c9dc5;
  for (const byte of Buffer.from(text)) mixed = Math.imul(mixed ^ byte, 0x01000193) >>> 0;
  return mixed;
}

class Faults {
  #drops = [];
  #dice = new Map();  // by way and kind: heartbeats in between do not change which command is lost

  constructor(options) {
    this.seed = numeric(options, 'seed', 1);
    this.set({lose: numeric(options, 'lose', 0, 0, 100), lose_acks: numeric(options, 'lose-acks', 0, 0, 100),
              duplicate: numeric(options, 'duplicate', 0, 0, 100)});
  }

  set({lose = this.lose, lose_acks = this.lose_acks, duplicate = this.duplicate}) {
    Object.assign(this, {lose, lose_acks, duplicate});
  }

  drop(wish) {
    this.#drops.push({direction: 'out', count: 1, ...wish});
  }

  // null, or how this frame is lost.
  loses(direction, name, fields) {
    const found = this.#drops.find((one) => one.direction === direction && one.message === name && one.count > 0 &&
      (one.command === undefined || one.command === fields.command));
    if (found) {
      --found.count;
      return {dice: false};
    }
    const percent = name === 'COMMAND_ACK' ? Math.max(this.lose_acks, this.lose) : this.lose;
    return this.#throw(`${direction} ${name} ${fields.command ?? ''}`) * 100 < percent ? {dice: true} : null;
  }

  twice() {
    return this.#throw('twice') * 100 < this.duplicate;
  }

  #throw(kind) {
    if (!this.#dice.has(kind)) this.#dice.set(kind, dice(hash(`${this.seed} ${kind}`)));
    return this.#dice.get(kind)();
  }
}

export class Link {
  #peers = new Map();       // address:port -> when heard
  #routes = new Map();      // system/component -> address:port
  #components = new Set();
  #sent = new Map();        // the last datagram per message and command
  #traffic = {frames_in: 0, frames_out: 0, bytes_in: 0, bytes_out: 0};
  silent = false;  // hears and sends nothing

  // hear(frame, answer): a frame of another component, decoded.
  constructor(peer, options, hear) {
    Object.assign(this, {peer, options, hear});
    this.version = numeric(options, 'version', 2, 1, 2);
    this.faults = new Faults(options);
    const {lose, lose_acks, seed} = this.faults;
    if (lose > 0 || lose_acks > 0) peer.say('losing', {lose, lose_acks, seed});
    this.connected = (options.connect ?? []).map(endpoint);
    if (options.key !== undefined) {
      const key = passphrase_key(options.key), link = numeric(options, 'sign-link', 1, 0, 255);
      this.judge = new Signer(key, link);
      this.signer = options['bad-signature'] ? new Signer(passphrase_key(`not ${options.key}`), link) : this.judge;
    }
    this.#obey();
  }

  async open() {
    this.socket = dgram.createSocket('udp4');
    const {address, port} = endpoint(this.options.listen ?? '127.0.0.1:0');
    await new Promise((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.bind(port, address, resolve);
    });
    this.socket.setRecvBufferSize(BUFFER);
    this.socket.setBroadcast(true);
    this.socket.on('message', (datagram, from) => this.#receive(datagram, from));
    // Who is not there yet is no fault of ours.
    this.socket.on('error', (error) => this.peer.say('socket', {reason: error.message}));
    return this.socket.address().port;
  }

  // To where the target was heard, or to everybody.
  send(source, name, values = {}, {version = this.version} = {}) {
    if (this.silent) return;
    const made = message(name, values);
    const frame = encode(made, {...source, version, signer: this.signer ?? null});
    source.seq = (source.seq + 1) & 0xff;
    if (this.options.strict && frame[0] !== 0xfe) return;
    this.#sent.set(name, frame).set(`${name} ${values.command}`, frame);
    const traced = this.options.trace
      ? {from: [source.sysid, source.compid], seq: frame[frame[0] === 0xfe ? 2 : 4], fields: values} : {};
    if (this.options.trace) this.peer.say('sent', {name, version, ...traced});
    for (const address of this.#where(values.target_system ?? 0, values.target_component ?? 0)) {
      const lost = this.faults.loses('out', name, values);
      if (lost) this.peer.say('lost', {direction: 'out', name, ...lost, ...traced});
      else this.#transmit(frame, address, this.faults.twice() ? 2 : 1);
    }
  }

  // Every component of a system (0: of all) that has been heard here.
  heard(sysid = 0) {
    return [...this.#routes.keys()].map((key) => key.split('/').map(Number))
      .filter(([system]) => sysid === 0 || system === sysid);
  }

  traffic() {
    return {...this.#traffic};
  }

  #where(system, component) {
    const route = this.#routes.get(`${system}/${component}`);
    if (system !== 0 && component !== 0 && route) return [route];
    const fresh = [...this.#peers].filter(([, at]) => Date.now() - at < EXPIRY_MS).map(([address]) => address);
    return new Set([...this.connected.map(({address, port}) => `${address}:${port}`), ...fresh]);
  }

  #transmit(frame, where, times) {
    const {address, port} = endpoint(where);
    for (let i = 0; i < times; ++i) {
      ++this.#traffic.frames_out;
      this.#traffic.bytes_out += frame.length;
      this.socket.send(frame, port, address, () => {});
    }
  }

  #receive(datagram, {address, port}) {
    if (this.silent) return;
    const from = `${address}:${port}`;
    if (!this.#peers.has(from)) this.peer.say('peer', {address: from});
    this.#peers.set(from, Date.now());
    const {frames, rest} = split(datagram);
    if (rest.length > 0) this.peer.say('refused', {reason: 'no frame', hex: rest.toString('hex')});
    for (const frame of frames) this.#frame(frame, from);
  }

  #frame(frame, address) {
    ++this.#traffic.frames_in;
    this.#traffic.bytes_in += frame.length;
    const heard = decode(frame), {name, version, signed, sysid, compid} = heard;
    const reason = heard.problem ?? this.#refuses(frame, heard);
    if (reason) return this.peer.say('refused', {reason, name, from: [sysid, compid]});
    const lost = this.faults.loses('in', name, heard.fields);
    const traced = this.options.trace ? {from: [sysid, compid], seq: heard.seq, fields: heard.fields} : {};
    if (lost) return this.peer.say('lost', {direction: 'in', name, ...lost, ...traced});
    this.#routes.set(`${sysid}/${compid}`, address);
    if (this.options.trace) this.peer.say('received', {name, version, signed, ...traced});
    this.#introduce(heard);
    this.hear(heard);
  }

  #refuses(frame, heard) {
    if (this.options.strict && heard.version !== 1) return 'version 2';
    if (!this.judge) return null;
    if (heard.signed) return this.judge.refuses(frame, heard);
    return this.options['accept-unsigned'] ? null : 'not signed';
  }

  #introduce({name, version, sysid, compid, fields}) {
    if (name !== 'HEARTBEAT' || this.#components.has(`${sysid}/${compid}`)) return;
    this.#components.add(`${sysid}/${compid}`);
    const {type, autopilot} = fields;
    this.peer.say('component', {system: sysid, component: compid, type, autopilot, version});
  }

  #obey() {
    this.peer.on('link', (wish) => this.faults.set(wish));
    this.peer.on('drop', (wish) => {
      message(wish.message);  // is there one of this name?
      this.faults.drop(wish);
    });
    this.peer.on('raw', ({hex}) => {
      for (const where of this.#where(0, 0)) this.#transmit(Buffer.from(hex, 'hex'), where, 1);
    });
    this.peer.on('again', (wish) => {
      const frame = this.#sent.get(wish.command === undefined ? wish.message : `${wish.message} ${wish.command}`);
      if (!frame) throw new ControlError(`no ${wish.message} has been sent`);
      for (const where of this.#where(0, 0)) this.#transmit(frame, where, 1);
    });
    this.peer.on('traffic', () => this.traffic());
  }
}

// {"do": "send"}: for programs that know their sources.
export function sends_anything(peer, link, sources) {
  peer.on('send', ({message: name, fields, from}) => {
    const known = sources.find((one) => from && one.sysid === from[0] && one.compid === from[1]);
    link.send(from ? known ?? new Source(...from) : sources[0], name, fields);
  });
}
