// The first page: what is arriving, what has arrived. Plain DOM. Everything a device or the server says goes in as text
// (textContent, never HTML), and elements are kept and updated by id, so that nothing flickers.
'use strict';

const PAGE = 24;                 // files per request
const TRANSFERS_EVERY = 1000;    // milliseconds
const FILES_EVERY = 5000;
const HEALTH_EVERY = 5000;
const DEVICES_EVERY = 60000;
const GIVE_UP_AFTER = 8000;      // on one request
const MOST_UNFINISHED = 5;
const UNFINISHED_FOR = 24 * 3600 * 1000;

const $ = (id) => document.getElementById(id);
const NAMES = {adas: 'ADAS', dsm: 'DSM'};
const STATES = {requesting: 'asking', receiving: 'receiving', finishing: 'storing', stored: 'stored',
                failed: 'failed', interrupted: 'interrupted'};

// ---- words and figures

function bytes(n) {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let unit = -1;
  do { n /= 1000; ++unit; } while (n >= 999.5 && unit < units.length - 1);
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}

const clock = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
const moment = (iso) => clock.format(new Date(iso));
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function what(item) {
  const camera = item.camera === 'unknown' ? '' : `${NAMES[item.camera] || item.camera} `;
  return `${camera}${item.kind === 'other' ? 'file' : item.kind}`;
}

function setText(element, text) { if (element.textContent !== text) element.textContent = text; }
function show(element, visible) { if (element.hidden === visible) element.hidden = !visible; }

// ---- talking to the server

async function ask(path) {
  let answer;
  try {
    answer = await fetch(path, {signal: AbortSignal.timeout(GIVE_UP_AFTER), headers: {Accept: 'application/json'}});
  } catch (error) {
    throw new Error(error.name === 'TimeoutError' ? `The server has not answered for ${GIVE_UP_AFTER / 1000} seconds.`
                                                  : 'The server cannot be reached.');
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok && path !== '/readyz') throw new Error(json.detail || `The server answered ${answer.status}.`);
  return json;
}

// Runs `step` again and again, `every` milliseconds after it has ended, and only while somebody looks.
function repeat(step, every) {
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
function trouble(topic, words) {
  if (words) troubles.set(topic, words); else troubles.delete(topic);
  setText($('trouble'), [...new Set(troubles.values())].join(' '));
  show($('trouble'), troubles.size > 0);
}
const outOfDate = (error) => `${error.message} What you see may be out of date; asking again every few seconds.`;

// Makes the children of `list` be `items` in order, reusing the element of an item that was there before.
function reconcile(list, items, template, fill) {
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

// ---- health

async function refreshHealth() {
  const pill = $('health');
  try {
    const [health, ready] = await Promise.all([ask('/healthz'), ask('/readyz')]);
    setText($('version'), `version ${health.version} · up ${span(health.uptime_s)}`);
    const failed = (ready.checks || []).filter((check) => !check.ok);
    pill.dataset.state = ready.ready ? 'good' : ready.draining ? 'warn' : 'bad';
    setText(pill, ready.ready ? 'Healthy' : ready.draining ? 'Shutting down'
        : `Not ready: ${failed.map((check) => check.name).join(', ') || 'checks unanswered'}`);
    pill.title = failed.map((check) => check.reason).join('\n');
    trouble('ready', failed.length
        ? `${failed.map((check) => check.reason).join(' ')} Cameras keep their files until this is solved.` : null);
  } catch (error) {
    pill.dataset.state = 'bad';
    setText(pill, 'No answer');
    trouble('ready', outOfDate(error));
  }
}

// ---- arriving now

function chip(text, kind) {
  const element = document.createElement('span');
  element.className = `chip ${kind}`;
  element.textContent = text;
  return element;
}

function fillRow(row, transfer) {
  const part = (name) => row.querySelector(`.${name}`);
  setText(part('what'), what(transfer));
  setText(part('imei'), transfer.imei);
  setText(part('state'), STATES[transfer.state] || transfer.state);
  part('state').className = `chip state ${transfer.live ? '' : 'bad'}`;

  const known = transfer.percent !== null;
  setText(part('percent'), known ? `${transfer.percent.toFixed(1)} %` : '');
  const bar = part('bar');
  bar.classList.toggle('unknown', !known);
  bar.setAttribute('aria-label', `${what(transfer)} from ${transfer.imei}`);
  if (known) bar.setAttribute('aria-valuenow', String(Math.round(transfer.percent)));
  else bar.removeAttribute('aria-valuenow');
  bar.firstElementChild.style.width = known ? `${transfer.percent}%` : '';

  const stalled = transfer.live && transfer.state === 'receiving' && transfer.bytes_per_second === 0;
  row.classList.toggle('stalled', stalled);
  const figures = [];
  if (transfer.total_bytes) figures.push(`${bytes(transfer.offset)} of ${bytes(transfer.total_bytes)}`);
  else if (transfer.offset) figures.push(bytes(transfer.offset));
  else if (transfer.live) figures.push('asking the camera what it has');
  if (transfer.live && transfer.state === 'receiving') figures.push(`${bytes(transfer.bytes_per_second)}/s`);
  if (transfer.eta_s !== null) figures.push(`${span(transfer.eta_s)} left`);
  if (!transfer.live) figures.push(moment(transfer.updated_at));
  setText(part('figures'), figures.join(' · '));

  const marks = [];
  if (transfer.offset_start > 0) marks.push([`continued at ${bytes(transfer.offset_start)}`, '']);
  if (transfer.stalls) marks.push([count(transfer.stalls, 'stall', 'stalls'), 'warn']);
  if (transfer.resumes) marks.push([count(transfer.resumes, 'resume', 'resumes'), 'warn']);
  if (transfer.bad_crcs) marks.push([count(transfer.bad_crcs, 'bad CRC', 'bad CRCs'), 'bad']);
  const key = JSON.stringify(marks);
  if (part('marks').dataset.key !== key) {
    part('marks').dataset.key = key;
    part('marks').replaceChildren(...marks.map(([text, kind]) => chip(text, kind)));
  }
  setText(part('reason'), transfer.reason || '');
  show(part('reason'), Boolean(transfer.reason));
}

let liveBefore = new Set();
async function refreshTransfers() {
  try {
    const {items, next_cursor: next} = await ask('/api/v1/transfers?limit=100');
    trouble('transfers', null);
    const live = items.filter((item) => item.live).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
    reconcile($('arriving'), live, 'row-template', fillRow);
    show($('arriving-empty'), live.length === 0);
    const more = next && next.startsWith('live.') ? 'the newest ' : '';
    setText($('arriving-count'), live.length ? `${more}${count(live.length, 'file', 'files')}` : '');

    const unfinished = items.filter((item) => ['failed', 'interrupted'].includes(item.state) && !item.live &&
        Date.now() - Date.parse(item.updated_at) < UNFINISHED_FOR).slice(0, MOST_UNFINISHED);
    reconcile($('unfinished'), unfinished, 'row-template', fillRow);
    show($('unfinished-part'), unfinished.length > 0);

    const now = new Set(live.map((item) => item.id));
    if ([...liveBefore].some((id) => !now.has(id))) refreshFiles();  // one has just ended: its file is there
    liveBefore = now;
  } catch (error) {
    trouble('transfers', outOfDate(error));
  }
}

// ---- latest files

const filters = {imei: $('filter-imei'), camera: $('filter-camera'), kind: $('filter-kind')};
let files = [];        // what is shown, newest first
let olderCursor = '';  // behind the last of them; null when there are none
let asked = 0;         // number of the newest question, so that a late answer to an older one is dropped
let loadingOlder = false;

function query(cursor) {
  const parts = [`limit=${PAGE}`];
  for (const [name, field] of Object.entries(filters)) {
    const value = field.value.trim();
    if (value) parts.push(`${name}=${encodeURIComponent(value)}`);
  }
  if (cursor) parts.push(`cursor=${encodeURIComponent(cursor)}`);
  return parts.join('&');
}

function picture(file, content) {
  if (file.thumbnail.state === 'original') {
    const image = document.createElement('img');
    image.loading = 'lazy';
    image.alt = `${what(file)} of device ${file.imei}, received ${moment(file.received_at)}`;
    image.src = content;
    image.addEventListener('error', () => {
      const words = document.createElement('span');
      words.textContent = 'This photo cannot be shown; download it instead.';
      image.replaceWith(words);
    });
    return image;
  }
  const stage = document.createElement('span');
  const symbol = document.createElement('span');
  symbol.className = 'symbol';
  symbol.setAttribute('aria-hidden', 'true');
  symbol.textContent = file.kind === 'video' ? '▶' : '▤';
  const words = [file.kind === 'video' ? 'Video' : 'File'];
  if (file.duration_s) words.push(span(file.duration_s));
  words.push(file.content_type.replace(/^.*\/(x-)?/, '').toUpperCase());
  stage.append(symbol, words.join(' · '));
  return stage;
}

function fillCard(card, file, fresh) {
  if (!fresh) return;  // a stored file does not change
  const part = (name) => card.querySelector(`.${name}`);
  const content = `/api/v1/media/${encodeURIComponent(file.id)}/content`;
  const frame = part('picture');
  frame.href = content;
  if (file.thumbnail.state === 'original') frame.target = '_blank'; else frame.setAttribute('download', '');
  frame.append(picture(file, content));
  setText(part('what'), what(file));
  setText(part('imei'), file.imei);
  setText(part('trigger'), file.trigger || '');
  show(part('trigger'), Boolean(file.trigger));
  setText(part('captured'), file.captured_at ? moment(file.captured_at) : 'not known');
  setText(part('received'), moment(file.received_at));
  setText(part('size'), bytes(file.size));
  setText(part('defect'), file.defect || '');
  show(part('defect'), Boolean(file.defect));
  part('download').href = content;
  part('details').href = `/api/v1/media/${encodeURIComponent(file.id)}`;
}

function showFiles() {
  reconcile($('grid'), files, 'card-template', fillCard);
  $('grid').setAttribute('aria-busy', 'false');
  const filtered = isFiltered();
  setText($('files-empty-title'), filtered ? 'No file matches.' : 'No files yet.');
  setText($('files-empty-text'), filtered
      ? 'Choose another camera or kind, check the IMEI, or show all files.'
      : 'Photos and videos appear here seconds after a camera has sent them. Set the server address of a camera to this ' +
        'machine and the DualCam port, or run dualcam sim.');
  show($('files-empty'), files.length === 0);
  show($('more'), Boolean(olderCursor));
}

async function loadFiles(how) {
  const mine = ++asked;
  try {
    const page = await ask(`/api/v1/media?${query(how === 'older' ? olderCursor : '')}`);
    if (mine !== asked) return;
    trouble('files', null);
    if (how === 'older') {
      files = files.concat(page.items);
      olderCursor = page.next_cursor;
    } else {
      // Newest page over what is shown: the older pages stay as long as the two meet.
      const fresh = new Set(page.items.map((file) => file.id));
      const meets = how === 'refresh' && files.some((file) => fresh.has(file.id));
      const rest = meets ? files.filter((file) => !fresh.has(file.id)) : [];
      if (!rest.length) olderCursor = page.next_cursor;
      files = page.items.concat(rest);
    }
    showFiles();
  } catch (error) {
    if (mine === asked) trouble('files', outOfDate(error));
  }
}

const isFiltered = () => Object.values(filters).some((field) => field.value.trim());
const imeiIsOdd = () => !/^(\d{15})?$/.test(filters.imei.value.trim());

async function refreshFiles() {
  if (!loadingOlder && !imeiIsOdd()) await loadFiles('refresh');
}

async function loadOlder() {
  loadingOlder = $('more').disabled = true;
  await loadFiles('older');
  loadingOlder = $('more').disabled = false;
}

function applyFilters() {
  const imei = filters.imei.value.trim();
  const odd = imeiIsOdd();
  setText($('files-trouble'), odd ? `An IMEI has 15 digits; this has ${count(imei.length, 'character', 'characters')} so far.` : '');
  show($('files-trouble'), odd);
  show($('filter-clear'), isFiltered());
  const kept = Object.entries(filters).filter(([, field]) => field.value.trim())
      .map(([name, field]) => `${name}=${encodeURIComponent(field.value.trim())}`).join('&');
  history.replaceState(null, '', kept ? `/?${kept}` : '/');
  if (!odd) loadFiles('new');
}

async function refreshDevices() {
  try {
    const {items} = await ask('/api/v1/devices?limit=500');
    $('known-devices').replaceChildren(...items.map((device) => {
      const option = document.createElement('option');
      option.value = device.imei;
      if (device.label) option.label = device.label;
      return option;
    }));
  } catch (error) {
    // Only suggestions for a field; the other questions tell of a server that is away.
  }
}

// ---- beginning

const given = new URLSearchParams(location.search);
for (const [name, field] of Object.entries(filters)) field.value = given.get(name) || '';
$('filters').addEventListener('input', applyFilters);
$('filters').addEventListener('reset', () => setTimeout(applyFilters));
$('filters').addEventListener('submit', (event) => event.preventDefault());
$('more').addEventListener('click', loadOlder);
applyFilters();
repeat(refreshHealth, HEALTH_EVERY);
repeat(refreshTransfers, TRANSFERS_EVERY);
repeat(refreshFiles, FILES_EVERY);
repeat(refreshDevices, DEVICES_EVERY);
