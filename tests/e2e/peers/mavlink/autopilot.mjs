// The autopilot of a vehicle: its heartbeats, and what it sends around each shot.
//
// flags    those of link.mjs, and
//          --system N (1)  --style px4|ardupilot|generic (px4)  --camera N (100: the component PX4 commands; 0: the
//          camera is attached to the autopilot and has no component of its own)
//          --digicam each|broadcast (ardupilot: to each component heard of this system, one frame each, or one to all)
//          --captured-ms N (50: from the shot to CAMERA_IMAGE_CAPTURED; px4)  --boot-time (time_usec counts from boot)
//          --heartbeat-ms N (1000)
// ready    port=N system=N
// events   those of link.mjs
//          shot {seq, by: autopilot|command, sent: [names]}: everything this shot sent at once
//          captured {index}: CAMERA_IMAGE_CAPTURED of component 1, without an address of a file; px4 with --camera 0
//          command {command, name, params, from, result}: what others told component 1
//          ack {command, result, from}: what components answered it    image {index, from, result}: what cameras said
// control  those of link.mjs, and
//          {"do": "shoot", "count": N (1), "every_ms": N (0), "confirmation": N (0), "only"?: [names], "seq"?: N}
//            px4: CAMERA_TRIGGER, IMAGE_START_CAPTURE (one, sequence seq) and DO_DIGICAM_CONTROL (NaN elsewhere)
//            ardupilot: DO_DIGICAM_CONTROL (0 elsewhere) and CAMERA_FEEDBACK     generic: CAMERA_TRIGGER
//            "only" leaves out the others of trigger, start, digicam, feedback; "seq" as if it were that shot again
//          {"do": "interval", "seconds": N, "total": N (0)}  one IMAGE_START_CAPTURE with an interval
//          {"do": "silent", "on": bool}  {"do": "reboot", "ms": N (500)}: boot time and sequences begin anew
//          {"do": "captured", "index": N, "from"?: [SYSTEM, COMPONENT]}  CAMERA_IMAGE_CAPTURED alone, once more or new
import {parseArgs} from 'node:util';
import {LINK_OPTIONS, Link, Source, sends_anything} from './link.mjs';
import {Peer, numeric} from './peer.mjs';
import {RESULT, command_name} from './wire.mjs';

const text = {type: 'string'};
const {values: options} = parseArgs({options: {
  ...LINK_OPTIONS, system: text, style: text, camera: text, digicam: text, 'captured-ms': text,
  'boot-time': {type: 'boolean'}, 'heartbeat-ms': text}});

const AUTOPILOT1 = 1, ROVER = 10;
const STYLES = {px4: {autopilot: 12, sends: ['trigger', 'start', 'digicam']},
                ardupilot: {autopilot: 3, sends: ['digicam', 'feedback']}, generic: {autopilot: 0, sends: ['trigger']}};
const name = options.style ?? 'px4', style = STYLES[name];
if (!style) throw new Error(`--style ${name}: known are ${Object.keys(STYLES).join(', ')}`);

const peer = new Peer();
const system = numeric(options, 'system', 1, 1, 255), camera = numeric(options, 'camera', 100, 0, 255);
const captured_ms = numeric(options, 'captured-ms', 50);
const source = new Source(system, AUTOPILOT1);
const state = {boot: Date.now(), seq: 0, images: 0};

const uptime = () => Date.now() - state.boot;
const now_us = () => (options['boot-time'] ? uptime() : Date.now()) * 1000;
const send = (message, fields) => link.send(source, message, fields);

function beat() {
  send('HEARTBEAT', {type: ROVER, autopilot: style.autopilot, base_mode: 1, system_status: 4, mavlink_version: 3});
  send('SYSTEM_TIME', {time_unix_usec: Date.now() * 1000, time_boot_ms: uptime()});
}

function digicam(confirmation) {
  const rest = name === 'px4' ? NaN : 0;
  const command = {command: 203, confirmation, param1: rest, param2: rest, param3: rest, param4: rest, param5: 1,
                   param6: rest, param7: rest};
  if (name === 'px4')
    return send('COMMAND_LONG', {...command, target_system: 0, target_component: camera || 100});
  if (options.digicam === 'broadcast') return send('COMMAND_LONG', command);
  for (const [target_system, target_component] of link.heard(system))
    if (target_component !== AUTOPILOT1) send('COMMAND_LONG', {...command, target_system, target_component});
}

const PARTS = {
  trigger: (seq) => send('CAMERA_TRIGGER', {time_usec: now_us(), seq}),
  start: (seq, confirmation) => send('COMMAND_LONG', {
    command: 2000, confirmation, param3: 1, param4: seq, param5: NaN, param6: NaN, param7: NaN, target_system: system,
    target_component: camera || 100}),
  digicam: (_seq, confirmation) => digicam(confirmation),
  feedback: (seq) => send('CAMERA_FEEDBACK', {
    time_usec: now_us(), lat: 10_000_000, lng: 20_000_000, alt_msl: 30, alt_rel: 1, img_idx: seq & 0xffff,
    target_system: 0, cam_idx: 0, completed_captures: seq & 0xffff}),
};

function captured(index, from = source) {
  link.send(from, 'CAMERA_IMAGE_CAPTURED', {
    time_utc: Date.now() * 1000, time_boot_ms: uptime(), lat: 10_000_000, lon: 20_000_000, alt: 30_000,
    relative_alt: 1_000, q: [1, 0, 0, 0], image_index: index, camera_id: 1, capture_result: 1});
  peer.say('captured', {index});
}

function shoot({by, only = style.sends, seq, confirmation = 0}) {
  if (seq === undefined) seq = ++state.seq;
  for (const part of style.sends.filter((one) => only.includes(one))) PARTS[part](seq, confirmation);
  peer.say('shot', {seq, by, sent: only});
  if (name === 'px4' && camera === 0) setTimeout(() => captured(state.images++), captured_ms);
}

// As the camera that is attached to it.
function obey({fields, sysid, compid}) {
  const {command, param1, param3, param5} = fields;
  const asks = (command === 2000 && param3 === 1) || (command === 203 && param5 === 1);
  const known = camera === 0 && (asks || (command === 512 && param1 === 259));
  const result = known ? RESULT.ACCEPTED : RESULT.UNSUPPORTED;
  const params = [1, 2, 3, 4, 5, 6, 7].map((i) => fields[`param${i}`]);
  peer.say('command', {command, name: command_name(command), params, from: [sysid, compid], result});
  send('COMMAND_ACK', {command, result, result_param2: known ? 1 : 0, target_system: sysid, target_component: compid});
  if (known && asks) shoot({by: 'command'});
  else if (known) information();
}

function information() {
  send('CAMERA_INFORMATION', {time_boot_ms: uptime(), focal_length: NaN, sensor_size_h: NaN, sensor_size_v: NaN,
                              flags: 2, vendor_name: 'Peers', model_name: 'Attached', camera_device_id: 1});
}

function hear(heard) {
  const {name: message, fields, sysid, compid} = heard, from = [sysid, compid];
  const ours = fields.target_system === system && fields.target_component === AUTOPILOT1;
  if (message === 'COMMAND_LONG' && ours) obey(heard);
  else if (message === 'COMMAND_ACK') peer.say('ack', {command: fields.command, result: fields.result, from});
  else if (message === 'CAMERA_IMAGE_CAPTURED')
    peer.say('image', {index: fields.image_index, from, result: fields.capture_result});
}

const link = new Link(peer, options, hear);
peer.on('shoot', async ({count = 1, every_ms = 0, only, seq, confirmation}) => {
  for (let i = 0; i < count; ++i) {
    if (i > 0 && every_ms > 0) await new Promise((resolve) => setTimeout(resolve, every_ms));
    shoot({by: 'autopilot', only, seq, confirmation});
  }
});
peer.on('interval', ({seconds, total = 0}) => send('COMMAND_LONG', {
  command: 2000, param2: seconds, param3: total, target_system: system, target_component: camera || 100}));
peer.on('silent', ({on}) => void (link.silent = on));
peer.on('reboot', ({ms = 500}) => {
  link.silent = true;
  setTimeout(() => {
    Object.assign(state, {boot: Date.now(), seq: 0});
    Object.assign(link, {silent: false});
    source.seq = 0;
    beat();
  }, ms);
});
peer.on('captured', ({index, from}) => captured(index, from ? new Source(...from) : source));
sends_anything(peer, link, [source]);

const port = await link.open();
beat();
setInterval(beat, numeric(options, 'heartbeat-ms', 1000, 10));
peer.ready({port, system});
peer.run();
