// Commands of a ground station until they are acknowledged or given up, and requests for messages in the new way and in
// the one from before REQUEST_MESSAGE.
import {ControlError} from './peer.mjs';
import {RESULT, command_name} from './wire.mjs';

const REQUEST_MESSAGE = 512;
const BROADCAST_MS = 700;  // in which everybody who is asked may answer

// message id -> the command that asked for it formerly, and its parameters for an index
const LEGACY = {
  259: [521, () => [1]], 260: [522, () => [1]], 261: [525, (index) => [index, 1]], 262: [527, () => [1]],
  263: [2002, (index) => [index]], 269: [2504, (index) => [index]], 270: [2505, (index) => [index]],
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Commander {
  #waiting = new Set();    // {wants(heard) -> bool, resolve}
  #in_flight = new Map();  // system/component/command -> promise
  #requests = new Map();   // system/component -> promise

  constructor(link, source, style, say) {
    Object.assign(this, {link, source, style, say});
  }

  hear(heard) {
    for (const one of this.#waiting) if (one.wants(heard)) one.resolve(heard);
  }

  // The first message that is wanted, or null after `ms`.
  wait(wants, ms) {
    return new Promise((resolve) => {
      const one = {wants, resolve: (heard) => {
        clearTimeout(timer);
        this.#waiting.delete(one);
        resolve(heard);
      }};
      const timer = setTimeout(() => one.resolve(null), ms);
      this.#waiting.add(one);
    });
  }

  // {result: a MAV_RESULT or null, attempts, progress: […], acks: [{from, result}]}
  async command(wish) {
    const key = [...wish.to, wish.command].join('/');
    const before = this.#in_flight.get(key);
    if (before && this.style.second === 'refuse') 
      throw new ControlError(`duplicate: ${command_name(wish.command)} is in flight`);
    const run = (before ?? Promise.resolve()).then(() => this.#run(wish));
    const kept = run.catch(() => {}).finally(() => this.#in_flight.get(key) === kept && this.#in_flight.delete(key));
    this.#in_flight.set(key, kept);
    return run;
  }

  #send({to, command, params, int = false, confirmation}, attempt) {
    const [target_system, target_component] = to;
    const all = Array.from({length: 7}, (_, i) => params[i] ?? this.style.unset);
    const [param1, param2, param3, param4] = all;
    if (int) {
      const whole = (value) => (Number.isFinite(value) ? value : 0x7fffffff);
      this.link.send(this.source, 'COMMAND_INT', {
        command, target_system, target_component, frame: 2, param1, param2, param3, param4, x: whole(params[4]),
        y: whole(params[5]), z: all[6]});
    } else {
      const repeated = this.style.confirmation ? attempt : 0;
      this.link.send(this.source, 'COMMAND_LONG', {
        command, target_system, target_component, confirmation: confirmation ?? repeated, param1, param2, param3,
        param4, param5: all[4], param6: all[5], param7: all[6]});
    }
  }

  #acknowledges(to, command) {
    return ({name, fields, sysid, compid}) => name === 'COMMAND_ACK' && fields.command === command &&
      (to[0] === 0 || to[0] === sysid) && (to[1] === 0 || to[1] === compid) &&
      [0, this.source.sysid].includes(fields.target_system) &&
      [0, this.source.compid].includes(fields.target_component);
  }

  async #run(wish) {
    const {to, command, wait = true} = wish, {style} = this;
    if (!wait || style.ack_ms === 0) {
      this.#send(wish, 0);
      return {result: null, attempts: 1, progress: [], acks: []};
    }
    if (to[1] === 0) return this.#to_everybody(wish);
    const retries = wish.retries ?? (command === REQUEST_MESSAGE ? style.request_retries : style.retries);
    const acknowledges = this.#acknowledges(to, command), progress = [];
    for (let attempt = 0; attempt <= retries; ++attempt) {
      let heard = this.wait(acknowledges, style.ack_ms);
      this.#send(wish, attempt);
      while ((heard = await heard)?.fields.result === RESULT.IN_PROGRESS) {
        progress.push(heard.fields.progress);
        heard = this.wait(acknowledges, style.progress_ms);
      }
      const answer = {attempts: attempt + 1, progress};
      const from = heard && [heard.sysid, heard.compid];
      if (heard) return {result: heard.fields.result, ...answer, acks: [{from, result: heard.fields.result}]};
      if (progress.length > 0) return {result: null, ...answer, acks: []};
    }
    return {result: null, attempts: retries + 1, progress, acks: []};
  }

  async #to_everybody(wish) {
    const acks = [], acknowledges = this.#acknowledges(wish.to, wish.command);
    const listening = this.wait((heard) => {
      if (acknowledges(heard)) acks.push({from: [heard.sysid, heard.compid], result: heard.fields.result});
      return false;
    }, BROADCAST_MS);
    this.#send(wish, 0);
    await listening;
    return {result: acks[0]?.result ?? null, attempts: 1, progress: [], acks};
  }

  // A message of a component, asked for in turns by the methods of the style; null when it never came. One request at a
  // time per component: an acknowledgement does not say for which message it is.
  request(to, id, how = {}) {
    const key = to.join('/');
    const run = (this.#requests.get(key) ?? Promise.resolve()).then(() => this.#request(to, id, how));
    this.#requests.set(key, run.catch(() => {}));
    return run;
  }

  async #request(to, id, {index = 0, last = 0, attempts = this.style.attempts, methods = this.style.methods,
                          still = () => true}) {
    const wanted = ({sysid, compid, id: heard, fields}) => sysid === to[0] && compid === to[1] && heard === id &&
      (id !== 263 || fields.image_index === index);
    const usable = LEGACY[id] ? methods : ['new'];
    for (let attempt = 0; attempt < attempts && still(); ++attempt) {
      if (attempt > 0) await sleep(this.style.pause_ms(attempt));
      const method = usable[attempt % usable.length];
      const [command, params] = method === 'legacy' ? [LEGACY[id][0], LEGACY[id][1](index)]
        : [REQUEST_MESSAGE, index === 0 && last === 0 && id !== 263 ? [id] : [id, index, last]];
      // The message may overtake the acknowledgement.
      const message = this.wait(wanted, this.style.message_ms + this.style.ack_ms * (this.style.request_retries + 1));
      const early = message.then((heard) => heard && {heard});
      const answer = await this.#answer(to, command, params, early);
      const refused = [RESULT.DENIED, RESULT.UNSUPPORTED].includes(answer.result);
      const heard = answer.heard ?? (refused ? null : await message);
      const came = heard !== null;
      this.say('request', {to, message: id, index, method, result: answer.result ?? null, attempt: attempt + 1, came});
      if (came) return heard;
    }
    return null;
  }

  async #answer(to, command, params, early) {
    const acknowledged = this.command({to, command, params}).catch((error) => {
      if (!(error instanceof ControlError)) throw error;
      return {result: null};  // one is in flight: what it brings may be ours
    });
    const first = await Promise.race([acknowledged, early]);
    return first ?? acknowledged;
  }
}
