// What every part of the page uses: words and figures, questions to the server, lists that do not flicker. Everything a
// device or the server says goes in as text (textContent, never HTML).

export const GIVE_UP_AFTER = 8000;  // milliseconds, on one request

export const $ = (id) => document.getElementById(id);
const NAMES = {adas: 'ADAS', dsm: 'DSM'};

// ---- words and figures

export function bytes(n) {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let unit = -1;
  do { n /= 1000; ++unit; } while (n >= 999.5 && unit < units.length - 1);
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

export function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}

const clock = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
export const moment = (iso) => clock.format(new Date(iso));
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

export function what(item) {
  const camera = item.camera === 'unknown' ? '' : `${item.source || NAMES[item.camera] || item.camera} `;
  return `${camera}${item.kind === 'other' ? 'file' : item.kind}`;
}

export function setText(element, text) { if (element.textContent !== text) element.textContent = text; }
export function show(element, visible) { if (element.hidden === visible) element.hidden = !visible; }

export function chip(text, kind) {
  const element = document.createElement('span');
  element.className = `chip ${kind}`;
  element.textContent = text;
  return element;
}

// ---- talking to the server

// An answer that is no success, as an error with the server's own words.
export function refusal(answer, json) {
  return Object.assign(new Error(json.detail || `The server answered ${answer.status}.`), {status: answer.status});
}

export async function ask(path) {
  let answer;
  try {
    answer = await fetch(path, {signal: AbortSignal.timeout(GIVE_UP_AFTER), headers: {Accept: 'application/json'}});
  } catch (error) {
    throw new Error(error.name === 'TimeoutError' ? `The server has not answered for ${GIVE_UP_AFTER / 1000} seconds.`
                                                  : 'The server cannot be reached.');
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok && path !== '/readyz') throw refusal(answer, json);
  return json;
}

// Has the server do something.
export async function send(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {method, signal: AbortSignal.timeout(GIVE_UP_AFTER), body: JSON.stringify(body),
                                headers: {Accept: 'application/json', 'Content-Type': 'application/json'}});
  } catch (error) {
    throw new Error('The server has not answered; whether it was done is not known.');
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer, json);
  return json;
}

// Runs `step` again and again, `every` milliseconds after it has ended, and only while somebody looks.
export function repeat(step, every) {
  let timer = 0;
  const run = async () => {
    clearTimeout(timer);
    if (!document.hidden) await step();
    timer = setTimeout(run, every);
  };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) run(); });
  run();
}

// What is wrong now, by topic, in one banner.
const troubles = new Map();
export function trouble(topic, words) {
  if (words) troubles.set(topic, words); else troubles.delete(topic);
  setText($('trouble'), [...new Set(troubles.values())].join(' '));
  show($('trouble'), troubles.size > 0);
}
export const outOfDate = (error) => `${error.message} What you see may be out of date; asking again every few seconds.`;

// Makes the children of `list` be `items` in order, reusing the element of an item that was there before.
export function reconcile(list, items, template, fill) {
  const before = new Map([...list.children].map((child) => [child.dataset.id, child]));
  items.forEach((item, index) => {
    let element = before.get(item.id);
    const fresh = !element;
    if (fresh) {
      element = $(template).content.firstElementChild.cloneNode(true);
      element.dataset.id = item.id;
    }
    before.delete(item.id);
    fill(element, item, fresh);
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  });
  before.forEach((element) => element.remove());
}
