// MAVLink cameras: one component or several of one system, over UDP.
//
// flags    those of link.mjs, and
//          --system N (1)  --cameras N (1: components from --component on)  --component N (100; 106 for manager)
//          --style good|manager|manager-recorder|server (good; camera_styles.mjs says how each one differs)
//          --name TEXT (the model name, with the component's number behind it)  --vendor TEXT
//          --photo-ms N (50)  --photo-mib N (4)  --format-ms N (200)  --pace N (200: old images per second)
//          --storages N (1)  --streams N (1)  --first-stream ID (1)  --heartbeat-ms N (1000)
//          --definition (serves definition files over HTTP and names them in CAMERA_INFORMATION)
// ready    port=N system=N http=N (0 without --definition)
// events   those of link.mjs, and, each with its component:
//          command {command, name, params [7], confirmation, from, to, int, version, signed, result, repeated}: every
//          command that it takes to be for it; result null: not acknowledged; repeated: a shot that it knows already
//          image {index, sequence, cause: command|digicam|series|button, from, result: 1|0, count}: every photo
//          recording {on, ms?}   changed {what: mode|zoom|focus, value}   formatted {storage}   booted
//          parameter_list {from}   parameter_read {from, name, index, known}
//          parameter_set {from, name, value, result}   http {path, status}
// control  those of link.mjs, and, for one {"component": N} or all:
//          {"do": "shoot"}  by its own button, so that nobody asked for it
//          {"do": "record", "on": true}  {"do": "series", "seconds": N, "total": N}  {"do": "stop"}
//          {"do": "silent", "what": "all|heartbeats|acks|none"}
//          {"do": "reboot", "ms": N (500: off for so long), "lose_log": false}
//          {"do": "drop_log"}  image_count is 0 again
//          {"do": "storage", "storage": N (1), "status"?: N, "available"?: MIB, "total"?: MIB}  and says so
//          {"do": "fail", "count": N}  so many next photos fail
//          {"do": "resend", "index": N}  says once more that this image was taken, as if asked by somebody
//          {"do": "definition", "status": N}  what HTTP answers from now on (200)
//          {"do": "set", "photo_ms"?, "format_ms"?, "pace"?}
//          {"do": "report"} -> cameras: [{component, count, mode, zoom, focus, recording, series, parameters}]
import http from 'node:http';
import {parseArgs} from 'node:util';
import {Camera} from './camera_component.mjs';
import {STYLES} from './camera_styles.mjs';
import {LINK_OPTIONS, Link, sends_anything} from './link.mjs';
import {ControlError, Peer, chosen, numeric} from './peer.mjs';

const text = {type: 'string'};
const {values: options} = parseArgs({options: {
  ...LINK_OPTIONS, system: text, cameras: text, component: text, style: text, name: text, vendor: text,
  'photo-ms': text, 'photo-mib': text, 'format-ms': text, pace: text, storages: text, streams: text,
  'first-stream': text, 'heartbeat-ms': text, definition: {type: 'boolean'}}});

const peer = new Peer();
const style = STYLES[options.style ?? 'good'];
if (!style) throw new Error(`--style ${options.style}: known are ${Object.keys(STYLES).join(', ')}`);
const system = numeric(options, 'system', 1, 1, 255);
const settings = {
  vendor: options.vendor ?? 'Peers', photo_ms: numeric(options, 'photo-ms', 50), pace: numeric(options, 'pace', 200, 1),
  photo_mib: numeric(options, 'photo-mib', 4), format_ms: numeric(options, 'format-ms', 200),
  storages: numeric(options, 'storages', 1, 0, 16), streams: numeric(options, 'streams', 1, 0, 16),
  first_stream: numeric(options, 'first-stream', 1, 0, 255), pictures: 'http://127.0.0.1:80',
};
const web = {status: 200, port: 0};

function serve() {
  const server = http.createServer((request, response) => {
    const camera = cameras.find(({component}) => request.url === `/camera-${component}.xml`);
    const status = camera ? web.status : 404;
    peer.say('http', {path: request.url, status});
    response.writeHead(status, {'Content-Type': 'application/xml'});
    const file = () => camera.parameters.definition({vendor: settings.vendor, model: camera.name, version: 1});
    response.end(status === 200 ? file() : '');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const link = new Link(peer, options, (heard) => cameras.forEach((camera) => camera.hear(heard)));
const first = numeric(options, 'component', style.first_component, 1, 255);
const cameras = Array.from({length: numeric(options, 'cameras', 1, 1, 16)}, (_, i) => new Camera(peer, link, {
  system, component: first + i, style, settings, name: `${options.name ?? 'Camera'} ${first + i}`,
  definition: options.definition ? ({component}) => `http://127.0.0.1:${web.port}/camera-${component}.xml` : null}));

const each = (name, action) => peer.on(name, (wish) => chosen(cameras, wish).forEach((one) => action(one, wish)));
each('shoot', (camera) => camera.shoot({cause: 'button'}));
each('record', (camera, {on = true}) => (on ? camera.record(0) : camera.stop_recording()));
each('series', (camera, {seconds, total}) => camera.start_series(seconds, total, null));
each('stop', (camera) => camera.stop_series());
each('silent', (camera, {what}) => {
  if (!['all', 'heartbeats', 'acks', 'none'].includes(what)) throw new ControlError(`${what}: nothing to be silent of`);
  camera.silence = what;
});
each('reboot', (camera, {ms = 500, lose_log = false}) => camera.reboot(ms, lose_log));
each('drop_log', (camera) => camera.drop_log());
each('fail', (camera, {count}) => (camera.fails = count));
each('storage', (camera, {storage: id = 1, status, available, total}) => {
  const storage = camera.storages.find((one) => one.id === id);
  if (!storage) throw new ControlError(`no storage ${id} here`);
  Object.assign(storage, JSON.parse(JSON.stringify({status, available, total})));  // without those not given
  camera.storage(storage);
});
each('resend', (camera, {index}) => {
  if (!camera.images[index]) throw new ControlError(`no image ${index} has been taken`);
  camera.send('CAMERA_IMAGE_CAPTURED', camera.images[index]);
});
peer.on('definition', ({status}) => void (web.status = status));
peer.on('set', (wish) => {
  for (const key of ['photo_ms', 'format_ms', 'pace']) if (key in wish) settings[key] = wish[key];
});
peer.on('report', () => ({cameras: cameras.map((camera) => ({
  component: camera.component, count: camera.count, mode: camera.mode, zoom: camera.zoom, focus: camera.focus,
  recording: Boolean(camera.recording), series: Boolean(camera.series),
  parameters: Object.fromEntries(camera.parameters.all.map(({name, value}) => [name, value]))}))}));
sends_anything(peer, link, cameras.map(({source}) => source));

const port = await link.open();
if (options.definition) {
  web.port = await serve();
  settings.pictures = `http://127.0.0.1:${web.port}`;
}
const beat = () => cameras.forEach((camera) => camera.heartbeat());
beat();
setInterval(beat, numeric(options, 'heartbeat-ms', 1000, 10));
peer.ready({port, system, http: web.port});
peer.run();
