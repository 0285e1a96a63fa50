// The first page: whether the server is well, what is arriving, and, in requests.js, what was asked for,
// in files.js and player.js what has arrived; in cameras.js the other view, of the relay's cameras.
// Plain DOM; elements are kept and updated by id.
import {$, ask, bytes, chip, count, moment, outOfDate, reconcile, repeat, setText, show, span, trouble, what}
  from './common.js';
import {beginCameras, offerCameras} from './cameras.js';
import {beginFiles, refreshFiles} from './files.js';
import {beginPlayer} from './player.js';
import {beginRequests} from './requests.js';

const TRANSFERS_EVERY = 1000;  // milliseconds
const HEALTH_EVERY = 5000;
const MOST_UNFINISHED = 5;
const UNFINISHED_FOR = 24 * 3600 * 1000;
const STATES = {requesting: 'asking', receiving: 'receiving', finishing: 'storing', stored: 'stored',
                failed: 'failed', interrupted: 'interrupted'};

// ---- health

async function refreshHealth() {
  const pill = $('health');
  try {
    const [health, ready] = await Promise.all([ask('/healthz'), ask('/readyz')]);
    setText($('version'), `version ${health.version} · up ${span(health.uptime_s)}`);
    offerCameras(health.relays);
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

// ---- beginning

beginFiles();
beginPlayer();
beginRequests();
beginCameras();
repeat(refreshHealth, HEALTH_EVERY);
repeat(refreshTransfers, TRANSFERS_EVERY);
