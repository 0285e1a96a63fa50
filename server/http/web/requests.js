// What was asked of cameras: each request with where it stands, until a day after its end.
import {$, ask, count, moment, outOfDate, reconcile, repeat, setText, show, trouble} from './common.js';

const REQUESTS_EVERY = 2000;  // milliseconds
const SHOWN = 20;
const SHOWN_FOR = 24 * 3600 * 1000;  // after their end
const ENDS = ['stored', 'refused', 'expired', 'failed', 'cancelled'];
const STATES = {queued: 'waiting for the tracker', sent: 'sent to the tracker', accepted: 'accepted by the device',
                connecting: 'camera is connecting', transferring: 'arriving', stored: 'stored', refused: 'refused',
                expired: 'too late', failed: 'failed', cancelled: 'cancelled'};

function wished(request) {
  const cameras = [...new Set(request.parts.flatMap((part) => part.files.map((file) => file.camera)))];
  const length = request.duration_s ? ` of ${request.duration_s} s` : '';
  return `${cameras.join(' and ')} ${request.kind}${length}`;
}

function fillRow(row, request) {
  const part = (name) => row.querySelector(`.${name}`);
  const ended = ENDS.includes(request.state);
  setText(part('what'), wished(request));
  setText(part('imei'), request.imei);
  setText(part('state'), STATES[request.state] || request.state);
  part('state').className = `chip state ${ended && request.state !== 'stored' ? 'bad' : ''}`;
  setText(part('percent'), ended ? '' : `${request.percent} %`);
  const bar = part('bar');
  show(bar, !ended);
  bar.setAttribute('aria-label', `${wished(request)} from ${request.imei}`);
  bar.setAttribute('aria-valuenow', String(request.percent));
  bar.firstElementChild.style.width = `${request.percent}%`;

  const figures = [];
  if (request.from) figures.push(`from ${moment(request.from)}`);
  figures.push(`asked ${moment(request.created_at)}`);
  if (request.parts.length > 1) figures.push(count(request.parts.length, 'part', 'parts'));
  if (request.event_id) figures.push('around an SOS trigger');
  setText(part('figures'), figures.join(' · '));

  const ids = request.parts.flatMap((each) => each.files.map((file) => file.media_id)).filter(Boolean);
  if (part('marks').dataset.key !== ids.join()) {
    part('marks').dataset.key = ids.join();
    part('marks').replaceChildren(...ids.map((id, index) => {
      const link = document.createElement('a');
      link.className = 'chip';
      link.href = `#media/${id}`;
      link.textContent = ids.length > 1 ? `Open ${index + 1}` : 'Open';
      return link;
    }));
  }
  setText(part('reason'), request.reason || '');
  show(part('reason'), Boolean(request.reason));
}

async function refreshRequests() {
  try {
    const {items} = await ask(`/api/v1/capture-requests?limit=${SHOWN}`);
    trouble('requests', null);
    const shown = items.filter((item) => !ENDS.includes(item.state) ||
        Date.now() - Date.parse(item.updated_at) < SHOWN_FOR);
    reconcile($('requests'), shown, 'row-template', fillRow);
    show($('requests-part'), shown.length > 0);
    const open = shown.filter((item) => !ENDS.includes(item.state)).length;
    setText($('requests-count'), open ? `${open} not at their end` : '');
  } catch (error) {
    trouble('requests', outOfDate(error));
  }
}

export function beginRequests() { repeat(refreshRequests, REQUESTS_EVERY); }
