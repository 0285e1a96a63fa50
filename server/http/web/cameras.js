// The view of the relay's cameras: how each one is, what it sees, what it can be told, and what came of that. Asked about
// only while somebody looks at it.
import {controls, labelOf} from './camera_controls.js';
import {$, ask, count, outOfDate, reconcile, repeat, send, setText, show, span, trouble} from './common.js';

const CAMERAS_EVERY = 2000;    // milliseconds
const OUTCOME_EVERY = 500;     // while a command is under way,
const SLOWLY_AFTER = 15_000;   // and when that takes its time:
const SLOWLY_EVERY = 5000;
const PICTURE_EVERY = 10_000;  // of a camera that is not watched live
const NEWEST_ROWS = 50;        // of the log, in which a command that was just taken is looked for

const STATES = {online: ['online', 'good'], degraded: ['limited', 'warn'], offline: ['gone', 'bad'],
                unknown: ['not heard yet', 'quiet']};
const KINDS = {edgertronic: 'edgertronic group', shogun: 'Motion-capture stage', trendnet: 'Trendnet PTZ camera',
               dualcam: 'DualCam', webhook: 'Webhook', api: 'Events by hand'};
const FACTS = {model: 'Model', firmware: 'Firmware', loss_percent: 'Loss', mode: 'Mode', zoom_percent: 'Zoom',
               focus_percent: 'Focus', recording: 'Recording', image_count: 'Images on it', pan: 'Pan', tilt: 'Tilt'};
const COUNTS = {images: 'Images told of', images_missing: 'Images missing', images_given_up: 'Images given up'};
const OUTCOMES = {confirmed: 'is confirmed', sent: 'was sent; this target shows nothing of it',
                  unconfirmed: 'was sent, and not confirmed', ignored: 'was ignored', failed: 'failed',
                  suppressed: 'was held back', disarmed: 'was not done: it is switched off', expired: 'came too late'};

const isNode = (camera) => camera.protocol === 'mavlink' && 'delivered' in camera.figures;
const pathOf = (name) => `/api/v1/cameras/${encodeURIComponent(name)}`;
const isShown = () => !$('cameras').hidden;
let switches = [];  // those that are set: {scope, name, armed}

// ---- words

function kindOf(camera) {
  const kind = camera.protocol !== 'mavlink' ? KINDS[camera.protocol] || camera.protocol
      : isNode(camera) ? 'MAVLink node' : 'MAVLink camera';
  if (!camera.address) return kind;
  return `${kind} · ${camera.protocol === 'mavlink' && !isNode(camera) ? 'system/component ' : ''}${camera.address}`;
}

const ago = (seconds) => (seconds === null ? 'never' : seconds < 1.5 ? 'now' : `${span(Math.round(seconds))} ago`);

function factOf(name, value) {
  const storage = /^storage_(\d+)_free_mib$/.exec(name);
  if (storage) return [`Storage ${storage[1]}`, `${value} MiB free`];
  if (name.endsWith('_percent')) return [FACTS[name] || name, `${value} %`];
  if (name === 'recording') return [FACTS[name], value === 'true' ? 'yes' : 'no'];
  return [FACTS[name] || name.replaceAll('_', ' '), value];
}

function factsOf(camera) {
  const heard = camera.protocol === 'mavlink' && !isNode(camera) ? 'Last heartbeat' : 'Last heard';
  const facts = camera.hears ? [[heard, ago(camera.last_seen_s)]] : [];
  for (const [name, value] of Object.entries(camera.properties)) facts.push(factOf(name, value));
  for (const [name, label] of Object.entries(COUNTS)) if (name in camera.figures) facts.push([label, String(camera.figures[name])]);
  return facts;
}

function fillFacts(list, facts) {
  while (list.children.length > facts.length) list.lastElementChild.remove();
  facts.forEach(([name, value], index) => {
    if (!list.children[index]) {
      const row = document.createElement('div');
      row.append(document.createElement('dt'), document.createElement('dd'));
      list.append(row);
    }
    setText(list.children[index].firstElementChild, name);
    setText(list.children[index].lastElementChild, value);
  });
}

// ---- commands

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
const pause = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

// Its row of the log; nothing while it is not written yet.
async function rowOf(id, camera, known) {
  if (known) return ask(`/api/v1/triggers/${id}`);
  const {items} = await ask(`/api/v1/triggers?incoming=false&limit=${NEWEST_ROWS}&endpoint=${encodeURIComponent(camera)}`);
  return items.find((item) => item.id === id) || null;
}

function outcomeWords(label, row) {
  const took = row.outcome === 'confirmed' && row.latency_us ? ` after ${(row.latency_us / 1e6).toFixed(2)} s` : '';
  const reason = row.reason ? ` ${sentence(row.reason)}` : '';
  return `${label} ${OUTCOMES[row.outcome] || row.outcome}${took}.${reason}`;
}

const newest = new Map();  // of each camera, the number of its last command: answers to older ones are not shown
async function run(card, name, verb, given) {
  const label = labelOf(verb, given);
  const mine = (newest.get(name) || 0) + 1;
  newest.set(name, mine);
  const say = (text, kind = '') => {
    if (newest.get(name) !== mine) return false;
    const answer = card.querySelector('.answer');
    setText(answer, text);
    answer.dataset.kind = kind;
    return card.isConnected;
  };
  say(`${label}: asking the server.`);
  try {
    const {id} = await send('POST', `${pathOf(name)}/commands`, {verb, parameters: given});
    const began = Date.now();
    let row = null;
    do {
      if (!say(`${label} was accepted; waiting for what comes of it.`)) return;
      await pause(Date.now() - began > SLOWLY_AFTER ? SLOWLY_EVERY : OUTCOME_EVERY);
      row = await rowOf(id, name, Boolean(row)).catch(() => row);
    } while (!row || row.outcome === 'pending');
    const good = row.outcome === 'confirmed' || row.outcome === 'sent';
    say(outcomeWords(label, row), good ? 'good' : 'bad');
    refresh();
  } catch (error) {
    say(`${label} was not accepted. ${sentence(error.message)}`, 'bad');
  }
}

const armOf = (scope, name) => switches.find((one) => one.scope === scope && (scope === 'global' || one.name === name));
const isArmed = (scope, name) => { const arm = armOf(scope, name); return !arm || arm.armed; };

async function arm(card, name) {
  const armed = !isArmed('target', name);
  const answer = card.querySelector('.answer');
  try {
    await send('PUT', `/api/v1/relay/arms/target/${encodeURIComponent(name)}`, {armed});
    setText(answer, armed ? 'It is armed: rules and commands fire it.' : 'It is disarmed: nothing fires it.');
    answer.dataset.kind = 'good';
    await refresh();
  } catch (error) {
    setText(answer, `It was not ${armed ? 'armed' : 'disarmed'}. ${sentence(error.message)}`);
    answer.dataset.kind = 'bad';
  }
}

function fillControls(card, camera) {
  const part = card.querySelector('.controls');
  const commands = isNode(camera) || camera.protocol !== 'mavlink' ? camera.commands
      : camera.commands.map((command) => ({...command, parameters: command.parameters.filter(({name}) => name !== 'camera')}));
  const key = JSON.stringify(commands);
  if (card.dataset.commands !== key) {  // kept otherwise, with what somebody is typing
    card.dataset.commands = key;
    part.replaceChildren(...controls(commands, (verb, given) => run(card, camera.name, verb, given)));
    part.setAttribute('aria-label', `Commands for ${camera.name}`);
    if (camera.acts) {
      const toggle = document.createElement('button');
      toggle.type = 'button';
      toggle.className = 'arm';
      toggle.addEventListener('click', () => arm(card, camera.name));
      (part.querySelector('.quick') || part).append(toggle);
    }
  }
  if (camera.acts) setText(part.querySelector('.arm'), isArmed('target', camera.name) ? 'Disarm' : 'Arm');
}

// ---- pictures

const isLive = (card) => card.querySelector('.live').getAttribute('aria-pressed') === 'true';

function setPicture(card, name, live) {
  const image = card.querySelector('.picture img');
  const toggle = card.querySelector('.live');
  toggle.setAttribute('aria-pressed', String(live));
  setText(toggle, live ? 'Stop watching' : 'Watch live');
  const next = image.cloneNode();  // a new element asks anew, and the old one's connection ends
  image.removeAttribute('src');
  next.alt = `What ${name} sees`;
  next.classList.remove('there');
  next.addEventListener('load', () => next.classList.add('there'));
  next.src = `${pathOf(name)}/${live ? 'live' : 'snapshot'}`;
  image.replaceWith(next);
  card.dataset.pictured = String(Date.now());
}

function fillPicture(card, camera, fresh) {
  const there = camera.live && camera.state !== 'offline';
  show(card.querySelector('.picture'), camera.live);
  if (fresh) card.querySelector('.live').addEventListener('click', () => setPicture(card, camera.name, !isLive(card)));
  card.querySelector('.live').disabled = !there;
  const old = Date.now() - Number(card.dataset.pictured || 0) > PICTURE_EVERY;
  if (there && !isLive(card) && old) setPicture(card, camera.name, false);
}

// Nobody looks: nothing is sent.
function stopWatching() {
  for (const card of $('camera-list').children) if (isLive(card)) setPicture(card, card.dataset.id, false);
}

// ---- the list

function fillCard(card, camera, fresh) {
  const part = (name) => card.querySelector(`.${name}`);
  const [state, kind] = STATES[camera.state] || [camera.state, ''];
  setText(part('name'), camera.name);
  setText(part('state'), state);
  part('state').className = `chip state ${kind}`;
  setText(part('kind'), kindOf(camera));
  const reasons = [...new Set([camera.reason, ...camera.not_ready])].filter(Boolean);
  setText(part('why'), reasons.map(sentence).join(' '));
  part('why').classList.toggle('fine', camera.state === 'online' && camera.not_ready.length === 0);
  show(part('why'), reasons.length > 0);
  fillFacts(card.querySelector('dl'), factsOf(camera));
  fillControls(card, camera);
  fillPicture(card, camera, fresh);
  if (fresh) part('details').href = pathOf(camera.name);
}

let asked = 0;
async function refresh() {
  if (!isShown()) return;
  const mine = ++asked;
  try {
    const [{items, ready, not_ready: unready}, arms] = await Promise.all([ask('/api/v1/cameras'), ask('/api/v1/relay/arms')]);
    if (mine !== asked) return;
    trouble('cameras', null);
    switches = arms.items;
    const shown = items.filter((camera) => camera.protocol !== 'api').map((camera) => ({
      ...camera, id: camera.name, not_ready: unready.filter(({name}) => name === camera.name).map(({reason}) => reason)}));
    reconcile($('camera-list'), shown, 'camera-template', fillCard);
    $('camera-list').setAttribute('aria-busy', 'false');
    const away = new Set(unready.map(({name}) => name)).size;
    setText($('cameras-count'), shown.length === 0 ? '' : ready ? `${count(shown.length, 'camera', 'cameras')}, all ready`
        : `${count(shown.length, 'camera', 'cameras')}, ${away} not ready`);
    show($('cameras-empty'), shown.length === 0);
    show($('switched-off'), !isArmed('global'));
  } catch (error) {
    if (mine === asked) trouble('cameras', outOfDate(error));
  }
}

async function switchOn() {
  try {
    await send('PUT', '/api/v1/relay/arms/global', {armed: true});
    trouble('switch', null);
    refresh();
  } catch (error) {
    trouble('switch', error.message);
  }
}

// ---- which view

// A file that is looked at lies over either of them.
function showView() {
  const place = location.hash;
  if (place && place !== '#cameras' && place !== '#files') return;
  const cameras = place === '#cameras';
  if (isShown() && !cameras) stopWatching();
  show($('cameras'), cameras);
  show($('files-view'), !cameras);
  if (!cameras) trouble('cameras', null);
  $('skip').href = cameras ? '#cameras' : '#files';
  setText($('skip'), cameras ? 'Skip to the cameras' : 'Skip to the files');
  for (const link of $('views').children) {
    if (link.hash === (cameras ? '#cameras' : '#files')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  refresh();
}

// Whether the server has a relay.
export const offerCameras = (relays) => show($('views'), Boolean(relays));

export function beginCameras() {
  $('switch-on').addEventListener('click', switchOn);
  addEventListener('hashchange', showView);
  document.addEventListener('visibilitychange', () => { if (document.hidden) stopWatching(); });
  showView();
  repeat(refresh, CAMERAS_EVERY);
}
