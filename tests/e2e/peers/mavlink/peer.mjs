// What all these programs share with the peers in Python beside this folder (../peerlib.py): the ready line, one JSON
// line per event, control lines, an orderly end. tests/support/peer starts them.
//
// stdout   `ready key=value …` once it listens, then {"event": …, "mono_ms": …, "wall_ms": …, …} per event. `mono_ms`
//          is CLOCK_MONOTONIC, the same clock as std::chrono::steady_clock of another process of this machine. A number
//          that is none stands as "NaN".
// stdin    {"do": NAME, "id": anything, …} per line, answered by {"event": "obeyed", "do": NAME, "id": …} when it has
//          been done or by {"event": "control_error", "reason": …}. Its end, or SIGTERM, ends the program at once.
//
// An exception nobody expected is {"event": "peer_error", "trace": …}.
import fs from 'node:fs';
import readline from 'node:readline';

export class ControlError extends Error {}

export const monotonic = () => Number(process.hrtime.bigint()) / 1e6;  // ms

function plain(_key, value) {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value?.type === 'Buffer') return Buffer.from(value.data).toString('hex');
  return value;
}

function write(line) {
  let data = Buffer.from(line + '\n');
  while (data.length > 0) {
    try {
      data = data.subarray(fs.writeSync(1, data));
    } catch (error) {
      if (error.code === 'EPIPE') process.exit(0);
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

export class Peer {
  #beforeReady = [];  // the ready line comes first
  #handlers = new Map();

  constructor() {
    const failed = (error) => this.say('peer_error', {trace: error?.stack ?? String(error)});
    process.on('uncaughtException', failed);
    process.on('unhandledRejection', failed);
  }

  say(event, fields = {}) {
    const stamps = {mono_ms: Math.round(monotonic() * 1000) / 1000, wall_ms: Date.now()};
    const line = JSON.stringify({event, ...stamps, ...fields}, plain);
    if (this.#beforeReady) this.#beforeReady.push(line);
    else write(line);
  }

  ready(values) {
    const lines = this.#beforeReady;
    this.#beforeReady = null;
    write(['ready', ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join(' '));
    lines.forEach(write);
  }

  // handler(line) -> undefined or further fields of `obeyed`; may be asynchronous.
  on(name, handler) {
    this.#handlers.set(name, handler);
  }

  // Until stdin ends or SIGTERM comes; does not return.
  run() {
    const end = () => {
      this.say('ended');
      process.exit(0);  // whatever still runs must not hold the end up
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    const lines = readline.createInterface({input: process.stdin, crlfDelay: Infinity});
    lines.on('line', (line) => line.trim() && this.#obey(line.trim()));
    lines.on('close', end);
  }

  async #obey(line) {
    let wish = {};
    try {
      wish = JSON.parse(line);
      const handler = this.#handlers.get(wish?.do);
      if (!handler) throw new ControlError('known are: ' + [...this.#handlers.keys()].sort().join(', '));
      const result = await handler(wish);
      this.say('obeyed', {do: wish.do, id: wish.id, ...result});
    } catch (error) {
      this.say('control_error', {line, id: wish?.id, reason: `${error.name}: ${error.message}`});
    }
  }
}

// Several values, one event each: {"component": 100} for one of `all`, none for every one of them.
export function chosen(all, wish, key = 'component') {
  if (wish[key] === undefined) return all;
  const found = all.filter((one) => one[key] === wish[key]);
  if (found.length === 0) throw new ControlError(`no ${key} ${wish[key]} here`);
  return found;
}

export function endpoint(text) {
  const match = /^([\d.]+):(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65535) throw new Error(`${text}: not ADDRESS:PORT`);
  return {address: match[1], port: Number(match[2])};
}

// A bounded number of an option, or an error that says what was expected.
export function numeric(options, name, otherwise, least = 0, most = Number.MAX_SAFE_INTEGER) {
  if (options[name] === undefined) return otherwise;
  const value = Number(options[name]);
  if (!(value >= least && value <= most)) throw new Error(`--${name} ${options[name]}: not within ${least}…${most}`);
  return value;
}
