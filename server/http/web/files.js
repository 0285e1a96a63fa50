// The latest files: a card each, with its picture as soon as there is one.
import {$, ask, bytes, count, moment, outOfDate, reconcile, repeat, setText, show, span, trouble, what} from './common.js';

const PAGE = 24;              // files per request
const FILES_EVERY = 5000;     // milliseconds
const PICTURES_EVERY = 1000;  // while somebody looks at a card whose picture is being made
const DEVICES_EVERY = 60000;
const MOST_ASKED = 8;         // of older cards, at a time

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

// ---- cards

const PENDING = new Set(['waiting', 'queued', 'running']);

function placeholder(file) {
  const stage = document.createElement('span');
  const symbol = document.createElement('span');
  symbol.className = 'symbol';
  symbol.setAttribute('aria-hidden', 'true');
  symbol.textContent = file.kind === 'video' ? '▶' : '▤';
  const words = document.createElement('span');
  const {state} = file.thumbnail;
  words.textContent = PENDING.has(state) ? 'The picture is being made'
      : state === 'failed' ? 'No picture could be made'
      : file.kind === 'other' ? file.content_type.replace(/^.*\/(x-)?/, '').toUpperCase() : 'No picture';
  stage.className = `placeholder ${PENDING.has(state) ? 'pending' : ''}`;
  stage.append(symbol, words);
  return stage;
}

function thumbnail(file) {
  const image = document.createElement('img');
  image.loading = 'lazy';
  image.alt = `${what(file)} of device ${file.imei}, received ${moment(file.received_at)}`;
  image.addEventListener('load', () => image.classList.add('there'));
  image.addEventListener('error', () => image.replaceWith(placeholder({...file, thumbnail: {state: 'none'}})));
  image.src = `/api/v1/media/${encodeURIComponent(file.id)}/thumbnail`;
  return image;
}

// What lies over the picture: how long the video is, and where it is on its way to being playable.
function marks(file) {
  const words = [];
  if (file.kind !== 'video') return words;
  const {state, percent} = file.playback;
  if (state === 'failed') words.push(['cannot be played', 'bad']);
  else if (state === 'running' && percent) words.push([`getting ready · ${percent} %`, '']);
  else if (PENDING.has(state) && file.thumbnail.state === 'ready') words.push(['getting ready', '']);
  if (file.duration_s) words.push([span(file.duration_s), 'length']);
  return words;
}

function fillPicture(frame, file) {
  if (frame.dataset.state !== file.thumbnail.state) {
    frame.dataset.state = file.thumbnail.state;
    frame.querySelector('.view').replaceChildren(file.thumbnail.state === 'ready' ? thumbnail(file) : placeholder(file));
  }
  const now = marks(file);
  const key = JSON.stringify(now);
  if (frame.dataset.marks === key) return;
  frame.dataset.marks = key;
  frame.querySelector('.over').replaceChildren(...now.map(([text, kind]) => {
    const mark = document.createElement('span');
    mark.className = kind;
    mark.textContent = text;
    return mark;
  }));
}

// A stored file does not change; what is made of it comes.
function fillCard(card, file, fresh) {
  const part = (name) => card.querySelector(`.${name}`);
  fillPicture(part('picture'), file);
  if (!fresh) return;
  seeing.observe(card);
  part('picture').href = `#media/${file.id}`;
  part('picture').classList.toggle('video', file.kind === 'video');
  part('picture').setAttribute('aria-label', `Open ${what(file)} of device ${file.imei}`);
  setText(part('what'), what(file));
  setText(part('imei'), file.imei);
  setText(part('trigger'), file.trigger || '');
  show(part('trigger'), Boolean(file.trigger));
  setText(part('captured'), file.captured_at ? moment(file.captured_at) : 'not known');
  setText(part('received'), moment(file.received_at));
  setText(part('size'), bytes(file.size));
  setText(part('defect'), file.defect || '');
  show(part('defect'), Boolean(file.defect));
  const item = `/api/v1/media/${encodeURIComponent(file.id)}`;
  part('download').href = `${item}/content`;
  part('details').href = item;
}

// ---- pictures that are being made

const seen = new Set();     // ids of cards in view
const hurried = new Set();  // that were asked for once: they are in front
const seeing = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    if (isIntersecting) seen.add(target.dataset.id); else seen.delete(target.dataset.id);
  }
});

// Somebody waits for it. The answer is of no interest: the next look at the list has it.
async function hurry(id) {
  hurried.add(id);
  const answer = await fetch(`/api/v1/media/${encodeURIComponent(id)}/thumbnail`).catch(() => null);
  if (answer && answer.body) answer.body.cancel().catch(() => {});
}

async function refreshPictures() {
  const waited = files.filter((file) => seen.has(file.id) && PENDING.has(file.thumbnail.state));
  if (!waited.length) return;
  waited.filter((file) => !hurried.has(file.id)).forEach((file) => hurry(file.id));
  const newest = new Set(files.slice(0, PAGE).map((file) => file.id));
  if (waited.some((file) => newest.has(file.id))) await refreshFiles();
  const older = waited.filter((file) => !newest.has(file.id)).slice(0, MOST_ASKED);
  const now = await Promise.all(older.map((file) => ask(`/api/v1/media/${file.id}`).catch(() => file)));
  if (!now.length) return;
  const byId = new Map(now.map((file) => [file.id, file]));
  files = files.map((file) => byId.get(file.id) || file);
  showFiles();
}

// The files beside this one, as they are shown.
export function neighbours(id) {
  const index = files.findIndex((file) => file.id === id);
  const at = (i) => (index >= 0 && files[i] ? files[i].id : null);
  return {newer: at(index - 1), older: at(index + 1)};
}

// ---- the list

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

export async function refreshFiles() {
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
  history.replaceState(null, '', (kept ? `/?${kept}` : '/') + location.hash);
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

export function beginFiles() {
  const given = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(filters)) field.value = given.get(name) || '';
  $('filters').addEventListener('input', applyFilters);
  $('filters').addEventListener('reset', () => setTimeout(applyFilters));
  $('filters').addEventListener('submit', (event) => event.preventDefault());
  $('more').addEventListener('click', loadOlder);
  applyFilters();
  repeat(refreshFiles, FILES_EVERY);
  repeat(refreshPictures, PICTURES_EVERY);
  repeat(refreshDevices, DEVICES_EVERY);
}
