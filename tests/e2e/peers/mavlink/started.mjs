// The other side of the programs, for their own tests: starts one and talks to it, as tests/support/peer does.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import readline from 'node:readline';
import {describe, it} from 'node:test';
import {fileURLToPath} from 'node:url';

const PATIENCE = 10_000;
const AT_A_TIME = 3;

// The test() of a file whose tests run several at a time: they wait more than they work.
export function tests(title) {
  const all = [];
  queueMicrotask(() => describe(title, {concurrency: AT_A_TIME}, () => all.forEach((one) => it(...one))));
  return (name, run) => all.push([name, run]);
}

export class Started {
  lines = [];
  #news = new Set();
  #asked = 0;

  static async start(program, ...flags) {
    const one = new Started();
    const path = fileURLToPath(new URL(program, import.meta.url));
    one.process = spawn(process.execPath, [path, ...flags.map(String)], {stdio: ['pipe', 'pipe', 'inherit']});
    one.ended = new Promise((resolve) => one.process.on('exit', (code, signal) => resolve(code ?? signal)));
    one.output = readline.createInterface({input: one.process.stdout});
    const [first] = await Promise.race([new Promise((resolve) => one.output.once('line', (line) => resolve([line]))),
                                        one.ended.then(() => ['ended before it was ready'])]);
    assert.match(first, /^ready /);
    one.ready = Object.fromEntries(first.split(' ').slice(1).map((word) => word.split('=')));
    one.output.on('line', (line) => one.#take(line));
    return one;
  }

  #take(line) {
    this.lines.push(JSON.parse(line));
    for (const look of [...this.#news]) look();
  }

  get address() {
    return `127.0.0.1:${this.ready.port}`;
  }

  events(event, values = {}) {
    return this.lines.filter((line) => line.event === event &&
      Object.entries(values).every(([key, value]) => JSON.stringify(line[key]) === JSON.stringify(value)));
  }

  // What it has done until now is in its events.
  async printed() {
    await this.ask({do: 'report'});
  }

  // Until `wanted()` gives something, which it looks for after every line.
  until(wanted, what) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = wanted();
        if (!found) return;
        clearTimeout(timer);
        this.#news.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#news.delete(look);
        reject(new Error(`${what} did not come:\n${this.lines.map((line) => JSON.stringify(line)).join('\n')}`));
      }, PATIENCE);
      this.#news.add(look);
      look();
    });
  }

  wait(event, values = {}, count = 1) {
    return this.until(() => this.events(event, values)[count - 1], `${count} ${event} ${JSON.stringify(values)}`);
  }

  tell(line) {
    this.process.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  }

  async ask(wish, what = 'obeyed') {
    const id = `ask-${++this.#asked}`;
    this.tell({...wish, id});
    const answer = await this.until(() => this.lines.find((line) => line.id === id), JSON.stringify(wish));
    assert.equal(answer.event, what, JSON.stringify(answer));
    return answer;
  }

  async end() {
    this.process.stdin.end();
    assert.equal(await this.ended, 0);
    assert.deepEqual(this.events('peer_error'), []);
  }
}

// Runs `steps` with these programs and ends them, however it went.
export async function with_all(started, steps) {
  const all = await Promise.all(started);
  try {
    await steps(...all);
    await Promise.all(all.map((one) => one.end()));
  } finally {
    for (const one of all) one.process.kill();
  }
}
