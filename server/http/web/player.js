// One file, large: a video with sound, or a photo. Its address is #media/ID, so that it can be sent to somebody, and
// Back closes it. What is not ready yet is asked for every second, which also puts it in front, and plays by itself.
import {$, ask, bytes, count, moment, refusal, setText, show, span, what} from './common.js';
import {neighbours, refreshFiles} from './files.js';

const ASK_EVERY = 1000;  // milliseconds
const ADDRESS = /^#media\/([0-9a-f-]{36})$/i;
const PENDING = new Set(['waiting', 'queued', 'running']);

const dialog = $('player');
const video = $('player-video');
const photo = $('player-photo');
const strip = $('player-strip');

let visit = null;            // {id, over: AbortController, factsAsked}: the file that is open
let shown = '';              // the id of the file that was open last: where the focus goes back to
let openedFromHere = false;  // so that closing it is going back

const pathOf = (id) => `/api/v1/media/${encodeURIComponent(id)}`;
const idOf = (address) => (ADDRESS.exec(new URL(address).hash) || [])[1];

// ---- words

// "12 s, 1280×720, 20 pictures a second, sound"
function factsOf({container, duration_s: seconds, video: pictures, sound}) {
  const facts = [];
  if (!pictures) return sound ? 'Sound and no picture' : '';
  const still = container === 'jpeg';
  if (!still) facts.push(span(Math.max(1, Math.round(seconds))));
  facts.push(`${pictures.width}×${pictures.height}`);
  if (!still && pictures.frame_rate) facts.push(`${Math.round(pictures.frame_rate * 10) / 10} pictures a second`);
  if (!still) facts.push(sound ? 'sound' : 'no sound');
  return facts.join(', ');
}

// Whole sentences; none for a file that is whole.
function damageOf(probe) {
  const was = (n) => (n === 1 ? 'was' : 'were');
  const is = (n) => (n === 1 ? 'is' : 'are');
  const {damaged_records: records, skipped_bytes: skipped, missing_pictures: pictures, missing_sounds: sounds,
         decode_errors: errors} = probe;
  const sentences = [];
  if (records) sentences.push(`${count(records, 'damaged record', 'damaged records')} ${was(records)} skipped.`);
  else if (skipped) sentences.push(`${bytes(skipped)} could not be read.`);
  if (pictures) sentences.push(`${count(pictures, 'picture', 'pictures')} ${is(pictures)} missing.`);
  if (sounds) sentences.push(`${count(sounds, 'piece', 'pieces')} of sound ${is(sounds)} missing.`);
  if (errors) sentences.push(`${count(errors, 'picture', 'pictures')} may look wrong.`);
  return sentences.join(' ');
}

function stateWords(state, percent) {
  if (state === 'running') return percent ? `Getting ready to play · ${percent} %` : 'Getting ready to play…';
  return 'Waiting for its turn to be made ready…';
}

// ---- the stage

// A sentence instead of, or below, the picture. `percent`: null is not known, undefined is no bar.
function say(words, {percent, reason = '', retry = false} = {}) {
  setText($('player-state'), words);
  setText($('player-reason'), reason);
  show($('player-reason'), Boolean(reason));
  show($('player-retry'), retry);
  const bar = $('player-bar');
  show(bar, percent !== undefined);
  bar.classList.toggle('unknown', percent === null);
  bar.firstElementChild.style.width = percent ? `${percent}%` : '';
  if (percent) bar.setAttribute('aria-valuenow', String(percent)); else bar.removeAttribute('aria-valuenow');
  show($('player-words'), Boolean(words));
}

function clearStage() {
  video.pause();
  video.removeAttribute('src');
  video.removeAttribute('poster');
  video.load();  // lets go of the connection
  photo.removeAttribute('src');
  strip.firstElementChild.removeAttribute('src');
  for (const part of [video, photo, strip, $('player-damage'), $('player-remux')]) show(part, false);
  setText($('player-facts'), '');
  say('');
}

function showVideo(item) {
  if (video.hasAttribute('src')) return;
  say('');
  video.poster = `${pathOf(item.id)}/thumbnail`;
  video.src = `${pathOf(item.id)}/playback`;
  show(video, true);
  // Where nobody has clicked yet, the browser may refuse: then the button is there.
  video.play().catch(() => {});
}

function showPhoto(item) {
  if (photo.hasAttribute('src')) return;
  photo.alt = `${what(item)} of device ${item.imei}`;
  photo.src = `${pathOf(item.id)}/content`;
  show(photo, true);
}

function showStrip(item) {
  const image = strip.firstElementChild;
  if (image.hasAttribute('src')) return;
  image.src = `${pathOf(item.id)}/strip`;
  show(strip, true);
}

// Where the video is, on the strip.
function showPlace() {
  const mark = strip.lastElementChild;
  show(mark, video.duration > 0);
  if (video.duration > 0) mark.style.left = `${video.currentTime / video.duration * 100}%`;
}

function failed(words, {reason}) {
  say(words, {reason: reason || '', retry: true});
}

// What the file is, and where it is on its way. True when nothing more will come by itself.
function showStage(item) {
  if (item.kind === 'photo' && item.content_type === 'image/jpeg') {
    showPhoto(item);
    if (item.thumbnail.state === 'failed') failed('This photo may be damaged.', item.thumbnail);
    else say('');
    return !PENDING.has(item.thumbnail.state);
  }
  if (item.kind !== 'video') {
    say('This file cannot be shown here. It can be downloaded.');
    return true;
  }
  const {state, percent} = item.playback;
  if (state === 'ready') showVideo(item);
  else if (state === 'failed') failed('This video could not be made ready to play.', item.playback);
  else if (state === 'none') say('Nothing in this file can be played. It can be downloaded.');
  else say(stateWords(state, percent), {percent});
  return !PENDING.has(state);
}

function showHead(item) {
  setText($('player-what'), what(item));
  setText($('player-trigger'), item.trigger || '');
  show($('player-trigger'), Boolean(item.trigger));
  setText($('player-imei'), item.imei);
  setText($('player-time'), item.captured_at ? moment(item.captured_at) : `received ${moment(item.received_at)}`);
  $('player-original').href = `${pathOf(item.id)}/content`;
  setText($('player-original'), `Original file (${bytes(item.size)})`);
  $('player-remux').href = `${pathOf(item.id)}/remux`;
  show($('player-remux'), item.remux.state === 'ready');
  $('player-details').href = pathOf(item.id);
  if (item.defect && $('player-damage').hidden) showDamage(item.defect);
}

function showDamage(words) {
  setText($('player-damage'), words);
  show($('player-damage'), Boolean(words));
}

// Once the preview is done.
async function showFacts(item, mine) {
  if (mine.factsAsked || item.thumbnail.state !== 'ready') return;
  mine.factsAsked = true;
  const probe = await ask(`${pathOf(item.id)}/probe`);
  if (visit !== mine || !probe.container) return;  // it is being made once more
  setText($('player-facts'), factsOf(probe));
  showDamage([item.defect, damageOf(probe)].filter(Boolean).join(' '));
  if (item.kind === 'video') showStrip(item);
}

// ---- a visit

const pause = (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, {once: true});
});

// A byte of it is asked for: what is not there yet goes in front. What it answers, the item says as well.
async function hurry(item) {
  const wanted = item.kind === 'video' ? 'playback' : 'thumbnail';
  const answer = await fetch(`${pathOf(item.id)}/${wanted}`, {headers: {Range: 'bytes=0-0'}}).catch(() => null);
  if (answer && answer.body) answer.body.cancel().catch(() => {});
}

async function follow(mine) {
  const {signal} = mine.over;
  while (!signal.aborted) {
    try {
      const item = await ask(pathOf(mine.id));
      if (signal.aborted) return;
      showHead(item);
      const settled = showStage(item);
      await showFacts(item, mine);
      if (settled) return;
      await hurry(item);
    } catch (error) {
      if (signal.aborted) return;
      say(error.message);
      if (error.status >= 400 && error.status < 500) return;  // it is gone, or never was
    }
    await pause(ASK_EVERY, signal);
  }
}

function leave() {
  if (!visit) return;
  visit.over.abort();
  visit = null;
  clearStage();
}

function open(id) {
  if (visit && visit.id === id) return;
  leave();
  visit = {id, over: new AbortController(), factsAsked: false};
  shown = id;
  const {newer, older} = neighbours(id);
  for (const [button, other] of [[$('player-newer'), newer], [$('player-older'), older]]) {
    button.dataset.id = other || '';
    button.disabled = !other;
  }
  say('Asking the server…');
  if (!dialog.open) dialog.showModal();
  follow(visit);
}

async function retry() {
  const mine = visit;
  $('player-retry').disabled = true;
  try {
    const answer = await fetch(`${pathOf(mine.id)}/retry`, {method: 'POST'});
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw refusal(answer, json);
    if (visit !== mine) return;
    say(stateWords('queued'), {percent: null});
    follow(mine);
    refreshFiles();
  } catch (error) {
    if (visit === mine) failed('It could not be tried again.', {reason: error.message});
  } finally {
    $('player-retry').disabled = false;
  }
}

// ---- where we are

function goToAddress() {
  const id = idOf(location.href);
  if (id) return open(id);
  leave();
  if (dialog.open) dialog.close();
}

// Closed by Escape, the button, or a click beside it: the address follows, and the focus goes back to its card.
function closed() {
  if (dialog.open) return;  // this comes late: Back and Forward were quicker, and it is open again
  leave();
  if (idOf(location.href)) {
    if (openedFromHere) history.back();
    else history.replaceState(null, '', location.pathname + location.search);
  }
  openedFromHere = false;
  const card = document.querySelector(`.card[data-id="${shown}"] .picture`);
  if (card) card.focus();
}

function seek(event) {
  const {left, width} = strip.getBoundingClientRect();
  if (Number.isFinite(video.duration)) video.currentTime = Math.max(0, (event.clientX - left) / width) * video.duration;
}

export function beginPlayer() {
  addEventListener('hashchange', (event) => {
    if (!idOf(event.oldURL)) openedFromHere = true;
    goToAddress();
  });
  dialog.addEventListener('close', closed);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  $('player-close').addEventListener('click', () => dialog.close());
  for (const button of [$('player-newer'), $('player-older')]) {
    button.addEventListener('click', () => location.replace(`#media/${button.dataset.id}`));
  }
  $('player-retry').addEventListener('click', retry);
  video.addEventListener('error', () => {
    if (!video.hasAttribute('src')) return;
    show(video, false);
    say('This browser cannot play the video. It can be downloaded.');
  });
  photo.addEventListener('error', () => {
    if (!photo.hasAttribute('src')) return;
    show(photo, false);
    say('This photo cannot be shown. It can be downloaded.');
  });
  for (const name of ['timeupdate', 'loadedmetadata', 'emptied']) video.addEventListener(name, showPlace);
  strip.addEventListener('click', seek);
  strip.firstElementChild.addEventListener('error', () => show(strip, false));
  goToAddress();
}
