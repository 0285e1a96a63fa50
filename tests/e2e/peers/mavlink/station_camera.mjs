// What a ground station knows of one component that may be a camera, and how it gets to know it.
import crypto from 'node:crypto';
import http from 'node:http';
import {from_bytes, to_bytes} from './parameters.mjs';
import {RESULT} from './wire.mjs';

const CAMERA = 30;  // MAV_TYPE
const HTTP_MS = 5_000;
const LOOK_MS = 5;
const LARGEST_DEFINITION = 1 << 20;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Until there are so many of something, or none came for `quiet_ms`.
async function settled(size, wanted, quiet_ms) {
  for (let had = size(), since = Date.now(); had < wanted && Date.now() - since < quiet_ms;) {
    await sleep(LOOK_MS);
    if (size() === had) continue;
    had = size();
    since = Date.now();
  }
}

// {status, body} of an http address; status 0 when there is no answer.
export function fetched(uri) {
  return new Promise((resolve) => {
    const none = (error) => resolve({status: 0, body: Buffer.alloc(0), reason: error.message});
    const request = http.get(uri, {timeout: HTTP_MS}, (response) => {
      const parts = [];
      let size = 0;
      response.on('data', (part) => {
        parts.push(part);
        if ((size += part.length) > LARGEST_DEFINITION) request.destroy(new Error('too large'));
      });
      response.on('end', () => resolve({status: response.statusCode, body: Buffer.concat(parts)}));
      response.on('error', none);
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', none);
  });
}

export class CameraView {
  constructor(commander, peer, options, to, type) {
    Object.assign(this, {commander, peer, options, to, type, style: commander.style});
    Object.assign(this, {information: null, settings: null, status: null, lost: false, at: Date.now(), asking: false});
    this.storages = new Map();
    this.streams = new Map();
    this.images = new Map();
    this.tries = new Map();  // image index -> how often it was asked for
    this.parameters = new Map();
  }

  say(event, fields = {}) {
    this.peer.say(event, {station: this.commander.source.sysid, system: this.to[0], component: this.to[1], ...fields});
  }

  request(id, how = {}) {
    return this.commander.request(this.to, id, {still: () => !this.lost, ...how});
  }

  // Asks who it is, and then for all it has.
  async identify() {
    this.once_more = this.asking;
    if (this.asking) return;
    this.asking = true;
    try {
      const heard = await this.request(259);
      if (!heard) {
        if (this.type === CAMERA) this.say('unidentified');
        return;
      }
      await this.#details(heard.fields);
    } finally {
      this.asking = false;
      if (this.once_more) this.identify();
    }
  }

  async #details({cam_definition_uri: uri}) {
    if (uri && !this.options['no-definition']) await this.definition(uri);
    for (const id of [261, 260, 262]) await this.request(id);
    const first = await this.request(269, {index: 1});
    for (let index = 2; first && index <= first.fields.count; ++index) await this.request(269, {index});
    if (first) await this.request(270, {index: first.fields.stream_id});
    this.say('known', {images: this.images.size, storages: this.storages.size, streams: this.streams.size});
    if (!this.options['no-poll']) this.#poll();
  }

  #poll() {
    if (this.polls) return;
    this.polls = this.style.poll.map(({every_ms, ids}) => setInterval(async () => {
      if (!this.lost) for (const id of ids) await this.request(id, {attempts: 1, index: id === 270 ? 1 : 0});
    }, every_ms));
    const {missing} = this.style;
    if (missing) this.polls.push(setInterval(() => !this.lost && this.fetch_missing(missing), missing.every_ms));
  }

  // Some of the images below image_count that it has not heard of.
  async fetch_missing({at_a_time, tries}) {
    const count = this.status?.image_count ?? 0, wanted = [];
    for (let index = 0; index < count && wanted.length < at_a_time; ++index)
      if (!this.images.has(index) && (this.tries.get(index) ?? 0) < tries) wanted.push(index);
    for (const index of wanted) {
      this.tries.set(index, (this.tries.get(index) ?? 0) + 1);
      await this.request(263, {index, attempts: 1});
    }
    return wanted.length;
  }

  // Those from `first` to `last` (-1: all), in one request and then one by one what did not come.
  async list_images(first, last) {
    const most = last < 0 ? (this.status?.image_count ?? 0) - 1 : last;
    const all = first < 0 ? {index: -1, last: 0} : {index: first, last: last < 0 ? -1 : last === first ? 0 : last};
    const params = [263, all.index, all.last];
    const before = new Set();
    const got = (index) => before.has(index);
    const stop = this.listen_images((index) => before.add(index));
    const answer = await this.commander.command({to: this.to, command: 512, params});
    const wanted = most - Math.max(0, first) + 1;
    if (answer.result === RESULT.ACCEPTED) await settled(() => before.size, wanted, this.style.message_ms);
    for (let index = Math.max(0, first); index <= most; ++index)
      if (!got(index)) await this.request(263, {index});
    stop();
    return {result: answer.result, attempts: answer.attempts, indices: [...before].sort((a, b) => a - b)};
  }

  listen_images(heard) {
    this.image_heard = heard;
    return () => (this.image_heard = null);
  }

  async definition(uri) {
    const {status, body, reason} = await fetched(uri);
    const names = [...body.toString().matchAll(/<parameter\s[^>]*name="([^"]+)"/g)].map(([, name]) => name);
    this.say('definition', {uri, status, reason, bytes: body.length, names,
                            sha256: crypto.createHash('sha256').update(body).digest('hex')});
    if (status === 200) await this.list_parameters();
    return {status, bytes: body.length};
  }

  // All extended parameters; what was lost on the way is read one by one.
  async list_parameters() {
    const [target_system, target_component] = this.to;
    this.parameters.clear();
    for (let attempt = 0; attempt <= this.style.retries && this.parameters.size === 0; ++attempt) {
      const some = this.commander.wait((heard) => this.#is_parameter(heard), this.style.message_ms);
      this.commander.link.send(this.commander.source, 'PARAM_EXT_REQUEST_LIST', {target_system, target_component});
      await some;
    }
    const [any] = this.parameters.values();
    if (!any) return 0;
    await settled(() => this.parameters.size, any.count, this.style.message_ms);
    for (let index = 0; index < any.count; ++index)
      if (![...this.parameters.values()].some((one) => one.index === index)) await this.read_parameter('', index);
    return this.parameters.size;
  }

  #is_parameter({name, sysid, compid}) {
    return name === 'PARAM_EXT_VALUE' && sysid === this.to[0] && compid === this.to[1];
  }

  async read_parameter(name, index = -1) {
    const [target_system, target_component] = this.to;
    for (let attempt = 0; attempt <= this.style.retries; ++attempt) {
      const answer = this.commander.wait((heard) => this.#is_parameter(heard) &&
        (index >= 0 ? heard.fields.param_index === index : heard.fields.param_id === name), this.style.message_ms);
      this.commander.link.send(this.commander.source, 'PARAM_EXT_REQUEST_READ', {
        target_system, target_component, param_id: name, param_index: index});
      const heard = await answer;
      if (heard) return this.parameters.get(heard.fields.param_id);
    }
    return null;
  }

  // The PARAM_ACK and the value that holds then; null when nobody answered.
  async set_parameter(name, type, value) {
    const [target_system, target_component] = this.to;
    for (let attempt = 0; attempt <= this.style.retries; ++attempt) {
      const mine = ({name: message, fields, sysid, compid}) => message === 'PARAM_EXT_ACK' && sysid === this.to[0] &&
        compid === this.to[1] && fields.param_id === name && fields.param_result !== 3;
      const answer = this.commander.wait(mine, this.style.message_ms);
      this.commander.link.send(this.commander.source, 'PARAM_EXT_SET', {
        target_system, target_component, param_id: name, param_value: to_bytes(type, value), param_type: type});
      const heard = await answer;
      if (!heard) continue;
      const {param_result, param_type, param_value} = heard.fields;
      return {result: param_result, value: from_bytes(param_type, param_value)};
    }
    return {result: null};
  }

  hear({name, fields}) {
    LEARN[name]?.(this, fields);
  }

  #again_while_busy() {
    const {busy_poll} = this.style, {image_status, video_status} = this.status;
    if (!busy_poll || this.options['no-poll'] || this.again || (video_status === 0 && image_status !== 1)) return;
    this.again = setTimeout(() => {
      this.again = null;
      this.request(262, {attempts: 1});
    }, video_status === 0 ? busy_poll.shooting_ms : busy_poll.recording_ms);
  }

  learn_status(fields) {
    const {image_status, video_status, image_count, image_interval, recording_time_ms, available_capacity} = fields;
    if (this.status && image_count < this.status.image_count) {
      this.images.clear();
      this.tries.clear();
      this.say('log_reset', {from: this.status.image_count, to: image_count});
    }
    this.status = fields;
    this.say('capture_status', {image_status, video_status, image_count, image_interval, recording_time_ms,
                                available_capacity});
    this.#again_while_busy();
  }

  learn_image(fields) {
    const {image_index: index, capture_result: result, file_url: url, time_utc, lat, lon, alt, camera_id} = fields;
    const again = this.images.has(index);
    if (result === 1) this.images.set(index, fields);
    this.image_heard?.(index);
    this.say('image', {index, result, url, time_utc, lat, lon, alt, camera_id, again});
  }
}

const LEARN = {
  CAMERA_INFORMATION: (view, {vendor_name, model_name, firmware_version, flags, cam_definition_uri, resolution_h,
                              resolution_v, camera_device_id}) => {
    view.information = {vendor: vendor_name, model: model_name, firmware: firmware_version, flags, resolution_h,
                        resolution_v, definition: cam_definition_uri, camera_device_id};
    view.say('camera', view.information);
  },
  CAMERA_SETTINGS: (view, {mode_id, zoomLevel, focusLevel}) => {
    const before = view.settings?.mode ?? mode_id, {after_mode_ms} = view.style;
    view.settings = {mode: mode_id, zoom: zoomLevel, focus: focusLevel};
    view.say('settings', view.settings);
    if (before !== mode_id && after_mode_ms) setTimeout(() => view.request(270, {index: 1}), after_mode_ms);
  },
  STORAGE_INFORMATION: (view, {storage_id, storage_count: count, status, ...capacity}) => {
    const {total_capacity: total, used_capacity: used, available_capacity: available} = capacity;
    const storage = {storage: storage_id, count, status, total, used, available};
    view.storages.set(storage_id, storage);
    view.say('storage', storage);
  },
  CAMERA_CAPTURE_STATUS: (view, fields) => view.learn_status(fields),
  CAMERA_IMAGE_CAPTURED: (view, fields) => view.learn_image(fields),
  VIDEO_STREAM_INFORMATION: (view, {stream_id, count, type, flags, name, uri, encoding, ...picture}) => {
    const {resolution_h, resolution_v} = picture;
    const stream = {stream: stream_id, count, type, flags, name, uri, encoding, resolution_h, resolution_v};
    view.streams.set(stream_id, stream);
    view.say('stream', stream);
  },
  VIDEO_STREAM_STATUS: (view, {stream_id, flags, framerate, bitrate}) =>
    view.say('stream_status', {stream: stream_id, flags, framerate, bitrate}),
  CAMERA_TRACKING_IMAGE_STATUS: (view, {tracking_status, tracking_mode}) =>
    view.say('tracking', {status: tracking_status, mode: tracking_mode}),
  PARAM_EXT_VALUE: (view, {param_id, param_index, param_count, param_type, param_value}) => {
    const one = {name: param_id, index: param_index, count: param_count, type: param_type,
                 value: from_bytes(param_type, param_value)};
    view.parameters.set(param_id, one);
    view.say('parameter', one);
  },
};
