// One camera component: its state, what it says of it, and what it does by itself. What commands mean to it stands in
// camera_commands.mjs.
import {obey} from './camera_commands.mjs';
import {Source} from './link.mjs';
import {Parameters} from './parameters.mjs';

const READY = 2;      // STORAGE_STATUS
const RTSP = 0, H264 = 1, RUNNING = 1;
const FLAGS = 1 | 2 | 4 | 8 | 16 | 64 | 128 | 256 | 512 | 1024;  // CAMERA_CAP_FLAGS: what it can
const UNKNOWN_ATTITUDE = [1, 0, 0, 0];

export class Camera {
  images = [];          // since the last format: the fields of CAMERA_IMAGE_CAPTURED, by index
  count = 0;
  parameters = new Parameters();
  silence = 'none';     // none, acks, heartbeats or all
  fails = 0;            // so many next photos
  seen = new Map();     // sender -> the sequence it shot last
  intervals = new Map();  // message id -> timer

  constructor(peer, link, {system, component, style, name, settings, definition}) {
    Object.assign(this, {peer, link, component, style, name, settings, definition});
    this.source = new Source(system, component);
    this.storages = Array.from({length: settings.storages}, (_, i) =>
      ({id: i + 1, status: READY, total: 1024, available: 1000, name: `card ${i + 1}`, usage: 1}));
    this.streams = Array.from({length: settings.streams}, (_, i) => {
      const id = settings.first_stream + i;
      return {id, name: `${name} stream ${id}`, uri: `rtsp://127.0.0.1:8554/${component}/${id}`, runs: true};
    });
    this.start();
  }

  start() {
    this.boot = Date.now();
    Object.assign(this, {mode: 0, zoom: 0, focus: 0, busy: false, series: null, recording: null, tracking: null});
  }

  uptime() {
    return (Date.now() - this.boot) >>> 0;
  }

  say(event, fields) {
    this.peer.say(event, {component: this.component, ...fields});
  }

  send(name, fields) {
    if (this.silence === 'all' || (this.silence === 'acks' && name === 'COMMAND_ACK')) return;
    this.link.send(this.source, name, fields);
  }

  hear(heard) {
    const {target_system, target_component} = heard.fields;
    const {hears_from, others_too} = this.style, {sysid, compid} = this.source;
    if (this.silence === 'all' || target_system === undefined) return;
    if (hears_from && !hears_from.includes(heard.compid)) return;
    if (target_system !== 0 && target_system !== sysid) return;
    if (!others_too && target_component !== undefined && target_component !== 0 && target_component !== compid) return;
    if (heard.name === 'COMMAND_LONG' || heard.name === 'COMMAND_INT') obey(this, heard);
    else this.#parameter(heard);
  }

  #parameter({name, fields, sysid, compid}) {
    const from = [sysid, compid];
    if (name === 'PARAM_EXT_REQUEST_LIST') {
      this.say('parameter_list', {from});
      for (const one of this.parameters.all) this.send('PARAM_EXT_VALUE', this.parameters.message(one));
    } else if (name === 'PARAM_EXT_REQUEST_READ') {
      const one = this.parameters.find(fields);
      this.say('parameter_read', {from, name: fields.param_id, index: fields.param_index, known: Boolean(one)});
      if (one) this.send('PARAM_EXT_VALUE', this.parameters.message(one));
    } else if (name === 'PARAM_EXT_SET') {
      const answer = this.parameters.set(fields);
      const value = this.parameters.all.find((one) => one.name === fields.param_id)?.value;
      this.say('parameter_set', {from, name: fields.param_id, value, result: answer.param_result});
      this.send('PARAM_EXT_ACK', answer);
    }
  }

  // What it can say, by message id; `wanted` is an id of a storage or a stream, 0 for all. False: it has none such.
  answer(id, wanted = 0) {
    const one = {259: () => this.information(), 260: () => this.settings_now(), 262: () => this.status(),
                 271: () => this.field_of_view(), 275: () => this.tracking_status()}[id];
    if (one) return one();
    const [list, tell] = {261: [this.storages, (storage) => this.storage(storage)],
                          269: [this.streams, (stream) => this.stream('VIDEO_STREAM_INFORMATION', stream)],
                          270: [this.streams, (stream) => this.stream('VIDEO_STREAM_STATUS', stream)]}[id] ?? [[]];
    const found = list.filter((entry) => wanted === 0 || entry.id === wanted);
    found.forEach((entry) => tell(entry));
    return found.length > 0;
  }

  heartbeat() {
    if (this.silence === 'heartbeats') return;
    this.send('HEARTBEAT', {type: 30, autopilot: 8, system_status: this.style.heartbeat_state, mavlink_version: 3});
  }

  information() {
    this.send('CAMERA_INFORMATION', {
      time_boot_ms: this.uptime(), firmware_version: (3 << 16) | (2 << 8) | 1, focal_length: NaN, sensor_size_h: NaN,
      sensor_size_v: NaN, flags: FLAGS, resolution_h: 1920, resolution_v: 1080, cam_definition_version: 1,
      vendor_name: this.settings.vendor, model_name: this.name, cam_definition_uri: this.definition?.(this) ?? ''});
  }

  settings_now() {
    this.send('CAMERA_SETTINGS', {time_boot_ms: this.uptime(), mode_id: this.mode, zoomLevel: this.zoom,
                                  focusLevel: this.focus});
  }

  storage(one) {
    const {zero_counts} = this.style;
    this.send('STORAGE_INFORMATION', {
      time_boot_ms: this.uptime(), total_capacity: one.total, used_capacity: one.total - one.available,
      available_capacity: one.available, read_speed: NaN, write_speed: NaN, storage_id: zero_counts ? 0 : one.id,
      storage_count: zero_counts ? 0 : this.storages.length, status: one.status, type: 2, name: one.name,
      storage_usage: one.usage});
  }

  status() {
    this.send('CAMERA_CAPTURE_STATUS', {
      time_boot_ms: this.uptime(), image_interval: this.series?.seconds ?? 0,
      recording_time_ms: this.recording ? Date.now() - this.recording.began : 0,
      available_capacity: this.storages[0]?.available ?? 0, image_status: (this.series ? 2 : 0) | (this.busy ? 1 : 0),
      video_status: this.recording ? 1 : 0, image_count: this.count});
  }

  stream(name, one) {
    const fields = {framerate: 25, bitrate: 4_000_000, flags: one.runs ? RUNNING : 0, resolution_h: 1920,
                    resolution_v: 1080, hfov: 63, stream_id: one.id};
    if (name === 'VIDEO_STREAM_INFORMATION')
      Object.assign(fields, {count: this.style.zero_counts ? 0 : this.streams.length, type: RTSP, name: one.name,
                             uri: one.uri, encoding: H264});
    this.send(name, fields);
  }

  field_of_view() {
    const unknown = 0x7fffffff;
    this.send('CAMERA_FOV_STATUS', {
      time_boot_ms: this.uptime(), lat_camera: unknown, lon_camera: unknown, alt_camera: unknown, lat_image: unknown,
      lon_image: unknown, alt_image: unknown, q: UNKNOWN_ATTITUDE, hfov: 63, vfov: NaN});
  }

  tracking_status() {
    const {mode = 0, at = []} = this.tracking ?? {};
    const [x, y, radius] = mode === 1 ? at : [NaN, NaN, NaN];
    const [left, top, right, bottom] = mode === 2 ? at : [NaN, NaN, NaN, NaN];
    this.send('CAMERA_TRACKING_IMAGE_STATUS', {
      point_x: x, point_y: y, radius, rec_top_x: left, rec_top_y: top, rec_bottom_x: right, rec_bottom_y: bottom,
      tracking_status: mode === 0 ? 0 : 1, tracking_mode: mode, target_data: mode === 0 ? 0 : 4});
  }

  // Takes one photo; `done` when it is there or has failed.
  shoot({cause, sequence = 0, from = null, done = () => {}}) {
    this.busy = true;
    this.status();
    const began = this.boot;
    setTimeout(() => {
      if (this.boot !== began) return;  // rebooted in between
      this.busy = false;
      this.#taken({cause, sequence, from});
      done();
      this.status();
    }, this.settings.photo_ms);
  }

  #taken({cause, sequence, from}) {
    const failed = this.fails > 0;
    if (failed) --this.fails;
    const index = failed ? -1 : this.style.index_is_sequence ? sequence : this.count;
    const image = {
      time_utc: Date.now() * 1000, time_boot_ms: this.uptime(), lat: 10_000_000 + this.count, lon: 20_000_000,
      alt: 30_000, relative_alt: 1_000, q: UNKNOWN_ATTITUDE, image_index: index, camera_id: 0,
      capture_result: failed ? 0 : 1,
      file_url: failed ? '' : `${this.settings.pictures}/${this.component}/${index}.jpg`};
    if (!failed) {
      ++this.count;
      this.images[index] = image;
      if (this.storages[0]) this.storages[0].available -= this.settings.photo_mib;
    }
    this.say('image', {index, sequence, cause, from, result: image.capture_result, count: this.count});
    this.send('CAMERA_IMAGE_CAPTURED', image);
  }

  has_room() {
    const [storage] = this.storages;
    return !storage || (storage.status === READY && storage.available >= this.settings.photo_mib);
  }

  start_series(seconds, total, from) {
    const began = this.boot;
    const series = {seconds, left: total === 0 ? Infinity : total};
    this.series = series;
    const next = () => {
      if (this.series !== series || this.boot !== began) return;
      if (!this.busy && this.has_room()) {
        --series.left;
        if (series.left <= 0) this.series = null;
        this.shoot({cause: 'series', from});
      }
      setTimeout(next, Math.max(1, seconds * 1000));
    };
    next();
  }

  stop_series() {
    this.series = null;
    this.status();
  }

  record(frequency) {
    this.recording = {began: Date.now()};
    if (frequency > 0) this.recording.timer = setInterval(() => this.status(), 1000 / frequency);
    this.say('recording', {on: true});
    this.status();
  }

  stop_recording() {
    clearInterval(this.recording?.timer);
    if (this.recording) this.say('recording', {on: false, ms: Date.now() - this.recording.began});
    this.recording = null;
    this.status();
  }

  drop_log() {
    this.images = [];
    this.count = 0;
    this.status();
  }

  format(storage) {
    storage.available = storage.total;
    this.images = [];
    this.count = 0;
    this.say('formatted', {storage: storage.id});
    this.storage(storage);
    this.status();
  }

  repeat(id, microseconds) {
    clearInterval(this.intervals.get(id));
    this.intervals.delete(id);
    if (microseconds > 0) this.intervals.set(id, setInterval(() => this.answer(id), microseconds / 1000));
  }

  // Off, for so long, and on again: boot time and sequences begin anew; the images stay unless it loses them.
  reboot(ms, lose_log) {
    clearInterval(this.recording?.timer);
    for (const id of [...this.intervals.keys()]) this.repeat(id, -1);
    this.seen.clear();
    this.start();
    this.silence = 'all';
    setTimeout(() => {
      this.silence = 'none';
      this.boot = Date.now();
      this.source.seq = 0;
      if (lose_log) Object.assign(this, {images: [], count: 0});
      this.say('booted', {});
      this.heartbeat();
    }, ms);
  }
}
