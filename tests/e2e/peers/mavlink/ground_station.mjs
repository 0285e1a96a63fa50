// A MAVLink ground station: finds cameras, asks them who they are, commands them, and tells all it learned.
//
// flags    those of link.mjs, and
//          --style mavsdk|qgc|legacy|ardupilot (mavsdk; station_styles.mjs has their numbers)
//          --hurry N (1: all their waits are N times shorter, but that for heartbeats)  --lost-ms N (the style's)
//          --stations SYSTEM,… (the style's: 245, 255, 255, 1; several share this link)  --component N (190)
//          --no-discovery (asks nobody by itself)  --no-definition (downloads none)  --no-poll
//          --unset nan|0 (parameters that nobody set)  --heartbeat-ms N (1000)
// ready    port=N
// events   those of link.mjs, and, each with station, system, component:
//          camera {vendor, model, firmware, flags, definition, …}: a CAMERA_INFORMATION     known {images, storages,
//          streams}: everything was asked for     unidentified: it heartbeats as a camera and never said who it is
//          lost_camera {identified}, found: heartbeats     definition {uri, status, bytes, sha256, names}
//          settings {mode, zoom, focus}   storage {storage, count, status, total, used, available}
//          capture_status {image_status, video_status, image_count, image_interval, recording_time_ms, …}
//          image {index, result, url, time_utc, lat, lon, alt, camera_id, again}   log_reset {from, to}
//          stream {stream, count, name, uri, …}   stream_status {stream, flags, …}   tracking {status, mode}
//          parameter {name, index, count, type, value}
//          request {to, message, index, method: new|legacy, result, attempt, came: bool}: an attempt, what it brought
// control  those of link.mjs, and these, each for {"system"?: N, "component"?: N} (the first camera), by {"as"?:
//          SYSTEM} of --stations. All commands answer with result (a MAV_RESULT; null: no acknowledgement), attempts,
//          progress […] and acks [{from, result}], and take "int": true (COMMAND_INT), "confirmation": N, "retries": N,
//          "wait": false, and "broadcast": true (component 0, of system 0 or "system"), which waits for everybody.
//          {"do": "shoot", "sequence"?: N (0), "interval"?: S (0), "total"?: N (1), "sensor"?: N (0)}
//          {"do": "stop_shooting"}
//          {"do": "record", "stream"?: N (0), "frequency"?: HZ (0)}  {"do": "stop_recording"}
//          {"do": "mode", "mode": N}  {"do": "zoom", "kind": N, "value": X}  {"do": "focus", "kind": N, "value": X}
//          {"do": "format", "storage"?: N (1), "reset_log"?: bool (false: only the log with true)}  {"do": "digicam"}
//          {"do": "interval", "message": ID, "us": N}
//          {"do": "command", "command": N, "params": [up to 7, null: unset]}  any command, right or wrong
//          {"do": "identify"}  asks again from the beginning
//          {"do": "request", "message": ID, "index"?, "method"?: new|legacy, "attempts"?} -> came, fields
//          {"do": "images", "first": N, "last": N (-1: all)} -> indices, result
//          {"do": "parameters"} -> count  {"do": "read_parameter", "name": TEXT} -> value, type
//          {"do": "set_parameter", "name": TEXT, "type": N, "value": X} -> result (PARAM_ACK), value
//          {"do": "definition", "uri": TEXT} -> status, bytes
//          {"do": "flood", "count": N, "first"?: N (0), "last"?: N (-1), "ms"?: N (1000)} -> acks, images, frames_in,
//            bytes_in, bytes_out within that time of so many range requests at once
//          {"do": "silent", "on": bool, "all"?: bool}  sends no heartbeats; all: nothing, and hears nothing
//          {"do": "report"} -> stations: [{station, cameras: [{system, component, model, lost, images, parameters}]}]
import {parseArgs} from 'node:util';
import {LINK_OPTIONS, Link, sends_anything} from './link.mjs';
import {ControlError, Peer, numeric} from './peer.mjs';
import {Station} from './station.mjs';
import {STYLES, hurried} from './station_styles.mjs';

const text = {type: 'string'}, flag = {type: 'boolean'};
const {values: options} = parseArgs({options: {
  ...LINK_OPTIONS, style: text, hurry: text, stations: text, component: text, unset: text, 'no-discovery': flag,
  'no-definition': flag, 'no-poll': flag, 'heartbeat-ms': text, 'lost-ms': text}});

const peer = new Peer();
const named = STYLES[options.style ?? 'mavsdk'];
if (!named) throw new Error(`--style ${options.style}: known are ${Object.keys(STYLES).join(', ')}`);
const style = hurried(named, numeric(options, 'hurry', 1, 0.01));
style.lost_ms = numeric(options, 'lost-ms', style.lost_ms, 1);
if (options.unset !== undefined) style.unset = options.unset === 'nan' ? NaN : Number(options.unset);

const link = new Link(peer, options, (heard) => stations.forEach((station) => station.hear(heard)));
const component = numeric(options, 'component', style.component, 1, 255);
const stations = (options.stations ?? String(style.system)).split(',').map((system) =>
  new Station(peer, link, options, style, [numeric({stations: system}, 'stations', 0, 1, 255), component]));

const station_of = ({as}) => {
  const found = as === undefined ? stations[0] : stations.find(({source}) => source.sysid === as);
  if (!found) throw new ControlError(`no station ${as} here`);
  return found;
};
const send = (wish, command, params) => {
  const {int, confirmation, retries, wait} = wish, station = station_of(wish);
  return station.commander.command({to: station.target(wish), command, params, int, confirmation, retries, wait});
};
const commands = {
  shoot: [2000, ({sensor = 0, interval = 0, total = 1, sequence = 0}) => [sensor, interval, total, sequence]],
  stop_shooting: [2001, () => []],
  record: [2500, ({stream = 0, frequency = 0}) => [stream, frequency]],
  stop_recording: [2501, ({stream = 0}) => [stream]],
  mode: [530, ({mode}) => [0, mode]],
  zoom: [531, ({kind, value}) => [kind, value]],
  focus: [532, ({kind, value}) => [kind, value]],
  format: [526, ({storage = 1, reset_log = false}) => (reset_log ? [storage, 0, 1] : [storage, 1, 0])],
  digicam: [203, () => [undefined, undefined, undefined, undefined, 1]],
  interval: [511, ({message, us}) => [message, us]],
};
for (const [name, [command, params]] of Object.entries(commands))
  peer.on(name, (wish) => send(wish, command, params(wish)));
peer.on('command', (wish) => send(wish, wish.command, wish.params ?? []));

const viewed = (name, action) => peer.on(name, (wish) => action(station_of(wish).view(wish), wish));
viewed('identify', (view) => void view.identify());
viewed('request', async (view, {message, index = 0, last = 0, method, attempts}) => {
  const heard = await view.request(message, {index, last, attempts, ...(method && {methods: [method]})});
  return {came: heard !== null, fields: heard?.fields};
});
viewed('images', (view, {first, last = -1}) => view.list_images(first, last));
viewed('parameters', async (view) => ({count: await view.list_parameters()}));
viewed('read_parameter', async (view, {name}) => (await view.read_parameter(name)) ?? {});
viewed('set_parameter', (view, {name, type, value}) => view.set_parameter(name, type, value));
viewed('definition', (view, {uri}) => view.definition(uri ?? view.information?.definition));
peer.on('flood', async (wish) => {
  const {count, first = 0, last = -1, ms = 1000} = wish, station = station_of(wish), to = station.target(wish);
  const seen = {acks: 0, images: 0}, before = link.traffic();
  const counted = station.commander.wait(({name}) => {
    if (name === 'COMMAND_ACK') ++seen.acks;
    if (name === 'CAMERA_IMAGE_CAPTURED') ++seen.images;
    return false;
  }, ms);
  for (let i = 0; i < count; ++i)
    link.send(station.source, 'COMMAND_LONG', {command: 512, param1: 263, param2: first, param3: last,
                                               target_system: to[0], target_component: to[1]});
  await counted;
  const after = link.traffic();
  return {...seen, ...Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))};
});
peer.on('silent', (wish) => {
  if (wish.all) link.silent = wish.on;
  else station_of(wish).silent = wish.on;
});
peer.on('report', () => ({stations: stations.map(({source, views}) => ({
  station: source.sysid, cameras: [...views.values()].filter(({information}) => information).map((view) => ({
    system: view.to[0], component: view.to[1], model: view.information.model, lost: view.lost,
    images: [...view.images.keys()].sort((a, b) => a - b),
    parameters: Object.fromEntries([...view.parameters.values()].map(({name, value}) => [name, value]))}))}))}));
sends_anything(peer, link, stations.map(({source}) => source));

const port = await link.open();
const beat = () => stations.forEach((station) => station.heartbeat());
beat();
setInterval(beat, numeric(options, 'heartbeat-ms', 1000, 10));
peer.ready({port});
peer.run();
