// One ground station: which components it looks at, since when they are silent, and its heartbeats.
import {Source} from './link.mjs';
import {ControlError} from './peer.mjs';
import {CameraView} from './station_camera.mjs';
import {Commander} from './station_commands.mjs';

const CAMERA = 30, GCS = 6;                 // MAV_TYPE
const NO_VEHICLE = [GCS, 18, 26, 27];       // those, and onboard controllers, gimbals, ADSB
const AUTOPILOT1 = 1;
const CHECK_MS = 500;                       // how often it looks who is silent

export class Station {
  views = new Map();  // system/component
  vehicles = new Set();
  silent = false;     // sends no heartbeats

  constructor(peer, link, options, style, [system, component]) {
    Object.assign(this, {peer, link, options, style});
    this.source = new Source(system, component);
    this.commander = new Commander(link, this.source, style, (event, fields) =>
      peer.say(event, {station: system, ...fields}));
    setInterval(() => this.#look_for_silent(), Math.min(CHECK_MS, style.lost_ms / 4));
  }

  heartbeat() {
    if (!this.silent)
      this.link.send(this.source, 'HEARTBEAT', {type: GCS, autopilot: 8, system_status: 4, mavlink_version: 3});
  }

  hear(heard) {
    const {name, fields, sysid, compid} = heard;
    if (name === 'HEARTBEAT') this.#component(sysid, compid, fields.type);
    const view = this.views.get(`${sysid}/${compid}`);
    view?.hear(heard);
    this.commander.hear(heard);  // after the view: who waited finds it learned
  }

  #component(system, component, type) {
    if (component === AUTOPILOT1 && !NO_VEHICLE.includes(type)) this.vehicles.add(system);
    const key = `${system}/${component}`;
    let view = this.views.get(key);
    if (!view) {
      view = new CameraView(this.commander, this.peer, this.options, [system, component], type);
      this.views.set(key, view);
    }
    const back = view.lost;
    Object.assign(view, {at: Date.now(), lost: false});
    if (back) view.say('found');
    if (back) view.asked = false;
    if (!view.asked && this.#wants(view)) {
      view.asked = true;
      view.identify();
    }
  }

  #wants({to, type}) {
    const {identifies} = this.style;
    if (this.options['no-discovery'] || type === GCS) return false;
    if (identifies === 'all') return true;
    return type === CAMERA && (identifies === 'cameras' || this.vehicles.has(to[0]));
  }

  #look_for_silent() {
    for (const view of this.views.values()) {
      if (view.lost || Date.now() - view.at < this.style.lost_ms) continue;
      view.lost = true;
      view.say('lost_camera', {identified: view.information !== null});
    }
  }

  // Whom a control line means: the components of its numbers, or the first camera.
  view({system, component}) {
    const all = [...this.views.values()];
    const found = component === undefined && system === undefined
      ? all.find(({information}) => information) ?? all.find(({type}) => type === CAMERA)
      : all.find(({to}) => (system ?? to[0]) === to[0] && (component ?? to[1]) === to[1]);
    if (!found) throw new ControlError('no such camera has been heard');
    return found;
  }

  // The address of a command; not only of what has been heard.
  target({system, component, broadcast}) {
    if (broadcast) return [system ?? 0, 0];
    return system !== undefined && component !== undefined ? [system, component] : this.view({system, component}).to;
  }
}
