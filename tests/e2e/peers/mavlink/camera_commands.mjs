// What commands mean to a camera: a table of handlers. Each returns its MAV_RESULT, or [result, what it does after the
// acknowledgement].
import {RESULT, command_name} from './wire.mjs';

const {ACCEPTED, TEMPORARILY_REJECTED, DENIED, UNSUPPORTED, FAILED, IN_PROGRESS} = RESULT;
const MESSAGES = [259, 260, 261, 262, 263, 269, 270, 271, 275];
const STREAMED = [260, 262, 271, 275];  // what SET_MESSAGE_INTERVAL can be asked for
const FORMAT_STEPS = 4;

const given = (value) => (Number.isNaN(value) ? 0 : value);  // NaN is "not given"
const one_of_seven = (camera, value) => (value >= 0 && value <= 7) || value === camera.component;

function images(camera, first, last, pace) {
  const from = first < 0 ? 0 : first, to = last < 0 || first < 0 ? Infinity : last === 0 ? from : last;
  const found = camera.images.filter((image) => image && image.image_index >= from && image.image_index <= to);
  if (!camera.style.rerequests || found.length === 0) return DENIED;
  const next = () => {
    const image = found.shift();
    if (!image) return;
    camera.send('CAMERA_IMAGE_CAPTURED', image);
    if (found.length > 0) setTimeout(next, 1000 / pace);
  };
  return [ACCEPTED, next];
}

function request(camera, id, first, last) {
  if (id === 263) return images(camera, first, last, camera.settings.pace);
  if (!MESSAGES.includes(id)) return DENIED;
  const has = {261: camera.storages, 269: camera.streams, 270: camera.streams}[id];
  if (has && !has.some((entry) => first === 0 || entry.id === first)) return DENIED;
  return [ACCEPTED, () => camera.answer(id, first)];
}

function request_message(camera, [id, first, last]) {
  const {requests, denied_requests} = camera.style;
  if ((requests && !requests.includes(id)) || denied_requests.includes(id)) return DENIED;
  return request(camera, id, given(first), given(last));
}

function start_capture(camera, [p1, p2, p3, p4], from) {
  const [sensor, seconds, total, sequence] = [p1, p2, p3, p4].map(given);
  if (!one_of_seven(camera, sensor) || seconds < 0 || total < 0) return DENIED;
  const sender = from.join('/');
  if (total === 1 && sequence > 0 && camera.seen.get(sender) === sequence) return [ACCEPTED, null, true];
  if (!camera.has_room()) return FAILED;
  if (camera.busy || camera.series) return TEMPORARILY_REJECTED;
  if (total !== 1) return [ACCEPTED, () => camera.start_series(seconds, total, from)];
  if (sequence > 0) camera.seen.set(sender, sequence);
  if (!camera.style.photo_in_progress)
    return [ACCEPTED, () => camera.shoot({cause: 'command', sequence, from})];
  return [IN_PROGRESS, (acknowledge) =>
    camera.shoot({cause: 'command', sequence, from, done: () => acknowledge(ACCEPTED)})];
}

function digicam(camera, [, , , , shoot], from) {
  if (given(shoot) !== 1) return ACCEPTED;
  if (!camera.has_room()) return FAILED;
  if (camera.busy) return TEMPORARILY_REJECTED;
  return [ACCEPTED, () => camera.shoot({cause: 'digicam', from})];
}

function format(camera, [p1, p2, p3]) {
  const storage = camera.storages.find(({id}) => id === given(p1)) ?? (given(p1) === 0 ? camera.storages[0] : null);
  if (!storage) return DENIED;
  if (given(p2) !== 1) return given(p3) === 1 ? [ACCEPTED, () => camera.drop_log()] : DENIED;
  return [IN_PROGRESS, (acknowledge) => {
    let step = 0;
    const next = () => {
      if (++step < FORMAT_STEPS) {
        acknowledge(IN_PROGRESS, (100 * step) / FORMAT_STEPS);
        setTimeout(next, camera.settings.format_ms / FORMAT_STEPS);
      } else {
        acknowledge(ACCEPTED);
        camera.format(storage);
      }
    };
    setTimeout(next, camera.settings.format_ms / FORMAT_STEPS);
  }];
}

function changed(camera, key, value) {
  camera[key] = value;
  camera.say('changed', {what: key, value});
  return [ACCEPTED, () => camera.settings_now()];
}

// Steps go one up or down, continuous ones to the end, ranges to where they say: all in percent.
function optics(key, kinds) {
  return (camera, [kind, value]) => {
    if (!kinds.includes(kind) || Number.isNaN(value)) return DENIED;
    if (kind === 2 && (value < 0 || value > 100)) return DENIED;
    if (kind === 0 && ![-1, 1].includes(value)) return DENIED;
    const aim = kind === 2 ? value : kind === 0 ? camera[key] + value : value > 0 ? 100 : value < 0 ? 0 : camera[key];
    return changed(camera, key, Math.max(0, Math.min(100, aim)));
  };
}

function message_interval(camera, [id, microseconds, stream]) {
  if (!camera.style.honours_intervals) return ACCEPTED;
  if (!STREAMED.includes(id) || given(stream) < 0) return DENIED;
  return [ACCEPTED, () => camera.repeat(id, given(microseconds))];
}

function stream(runs) {
  return (camera, [id]) => {
    const found = camera.streams.filter((one) => given(id) === 0 || one.id === id);
    if (found.length === 0) return DENIED;
    return [ACCEPTED, () => found.forEach((one) => Object.assign(one, {runs}))];
  };
}

function track(camera, mode, at) {
  if (at.some((value) => !(value >= 0 && value <= 1))) return DENIED;
  camera.tracking = {mode, at};
  return [ACCEPTED, () => camera.tracking_status()];
}

function usage(camera, [id, flags]) {
  const storage = camera.storages.find((one) => one.id === id);
  if (!storage) return DENIED;
  storage.usage = given(flags);
  return [ACCEPTED, () => camera.storage(storage)];
}

// The requests from before REQUEST_MESSAGE: which message, where its index is, and which parameter must be 1.
const legacy = (id, {index = null, must = null} = {}) => (camera, params) => {
  if (must !== null && params[must - 1] !== 1) return DENIED;
  return request(camera, id, index === null ? 0 : given(params[index - 1]), 0);
};

const COMMANDS = {
  200: (camera, [, , , recording]) => [ACCEPTED, () => (recording > 0 ? camera.record(0) : camera.stop_recording())],
  203: digicam,
  510: (camera, [id]) => [ACCEPTED, () => camera.send('MESSAGE_INTERVAL', {
    message_id: id, interval_us: STREAMED.includes(id) ? -1 : 0})],
  511: message_interval,
  512: request_message,
  521: legacy(259, {must: 1}),
  522: legacy(260, {must: 1}),
  525: legacy(261, {index: 1, must: 2}),
  526: format,
  527: legacy(262, {must: 1}),
  529: (camera, [reset]) => (given(reset) === 1 ? (camera.parameters.reset(), changed(camera, 'mode', 0)) : DENIED),
  530: (camera, [, mode]) => ([0, 1, 2].includes(mode) ? changed(camera, 'mode', mode) : DENIED),
  531: optics('zoom', [0, 1, 2]),
  532: optics('focus', [0, 1, 2, 4, 5, 6]),
  533: usage,
  534: () => ACCEPTED,
  2000: start_capture,
  2001: (camera) => [ACCEPTED, () => camera.stop_series()],
  2002: legacy(263, {index: 1}),
  2003: () => ACCEPTED,
  2004: (camera, [x, y, radius]) => track(camera, 1, [x, y, given(radius)]),
  2005: (camera, [left, top, right, bottom]) => track(camera, 2, [left, top, right, bottom]),
  2010: (camera) => [ACCEPTED, () => ((camera.tracking = null), camera.tracking_status())],
  2500: (camera, [, frequency]) =>
    (camera.recording ? TEMPORARILY_REJECTED : [ACCEPTED, () => camera.record(given(frequency))]),
  2501: (camera) => [ACCEPTED, () => camera.stop_recording()],
  2502: stream(true),
  2503: stream(false),
  2504: (camera, params) => request(camera, 269, given(params[camera.style.stream_request_param - 1]), 0),
  2505: legacy(270, {index: 1}),
};

export function obey(camera, heard) {
  const {fields, sysid, compid} = heard, {command, confirmation = 0} = fields, {style} = camera;
  const whole = heard.name === 'COMMAND_INT';
  const params = whole ? [fields.param1, fields.param2, fields.param3, fields.param4, fields.x, fields.y, fields.z]
    : [1, 2, 3, 4, 5, 6, 7].map((i) => fields[`param${i}`]);
  const from = [sysid, compid];
  const known = command in COMMANDS && !style.unsupported.includes(command);
  const ignored = (whole && !style.command_int) || (!known && !style.acks_unknown) || style.silent_to.includes(command);
  const outcome = ignored ? null : known ? COMMANDS[command](camera, params, from) : UNSUPPORTED;
  const [result, after = null, repeated = false] = Array.isArray(outcome) ? outcome : [outcome];
  camera.say('command', {command, name: command_name(command), params, confirmation, from, int: whole,
                         to: [fields.target_system, fields.target_component], version: heard.version,
                         signed: heard.signed, result, repeated});
  if (ignored) return;
  const acknowledge = (how, progress = 255) => camera.send('COMMAND_ACK', {
    command, result: how, progress: how === IN_PROGRESS ? progress : 255, target_system: style.ack_target ? sysid : 0,
    target_component: style.ack_target ? compid : 0});
  acknowledge(result, 0);
  if (style.acks_twice.includes(command)) acknowledge(result);
  after?.(acknowledge);
}
