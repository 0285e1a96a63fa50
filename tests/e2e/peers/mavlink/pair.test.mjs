// A well-behaved camera and a ground station on a good link. The station is patient: nothing is repeated on a busy
// machine.
import assert from 'node:assert/strict';
import {Started, tests, with_all} from './started.mjs';

const test = tests('a good link');

async function pair(camera_flags, station_flags, steps) {
  const camera = await Started.start('camera.mjs', '--listen', '127.0.0.1:0', '--photo-ms', 5, '--format-ms', 20,
                                     '--heartbeat-ms', 100, ...camera_flags);
  const station = Started.start('ground_station.mjs', '--connect', camera.address, '--hurry', 0.2, ...station_flags);
  await with_all([camera, station], (one, other) => steps(one, other));
}

const two = ['--cameras', 2, '--streams', 2, '--definition'];
test('finds, identifies, and learns all', () => pair(two, [], async (camera, station) => {
  await station.wait('component', {system: 1, component: 100, type: 30, autopilot: 8, version: 2});
  for (const component of [100, 101]) {
    const known = await station.wait('known', {component});
    assert.deepEqual([known.storages, known.streams], [1, 2]);
    const [{model, vendor, definition}] = station.events('camera', {component});
    assert.deepEqual([model, vendor], [`Camera ${component}`, 'Peers']);
    assert.match(definition, new RegExp(`^http://127.0.0.1:${camera.ready.http}/camera-${component}.xml$`));
    const [{status, names}] = station.events('definition', {component});
    assert.equal(status, 200);
    assert.deepEqual(station.events('parameter', {component}).map(({name}) => name), names);
    const [{value, type}] = station.events('parameter', {component, name: 'CAM_SERIAL'});
    assert.deepEqual([value, type], [256, 5]);
  }
  await camera.printed();
  const [asked] = camera.events('command', {command: 512});
  assert.deepEqual(asked.params, [259, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN']);
}));

test('one shot per sequence', () => pair([], ['--no-discovery'], async (camera, station) => {
  await station.wait('component');
  const first = await station.ask({do: 'shoot', sequence: 1});
  assert.deepEqual([first.result, first.attempts, first.acks], [0, 1, [{from: [1, 100], result: 0}]]);
  await station.wait('image', {index: 0, result: 1, again: false});
  assert.equal((await station.ask({do: 'shoot', sequence: 1})).result, 0);
  await camera.wait('command', {command: 2000, repeated: true, result: 0});
  await station.ask({do: 'shoot', sequence: 2, int: true});
  await station.wait('image', {index: 1});
  await station.ask({do: 'shoot'});
  await station.wait('image', {index: 2});
  await station.ask({do: 'shoot'});
  await station.wait('image', {index: 3});
  await camera.printed();
  assert.deepEqual(camera.events('image').map(({index, sequence, from}) => [index, sequence, from.join('/')]),
                   [[0, 1, '245/190'], [1, 2, '245/190'], [2, 0, '245/190'], [3, 0, '245/190']]);
  await station.wait('capture_status', {image_status: 0, image_count: 4});
  assert.equal(station.events('capture_status', {image_status: 1}).length, 4);
  await camera.ask({do: 'fail', count: 1});
  await station.ask({do: 'shoot', sequence: 9});
  await station.wait('image', {index: -1, result: 0});
  await station.wait('capture_status', {image_status: 0, image_count: 4}, 2);
}));

test('series, recording, and what it does by itself', () => pair([], ['--no-discovery'], async (camera, station) => {
  await station.wait('component');
  await station.ask({do: 'shoot', interval: 0.02, total: 3});
  await station.wait('capture_status', {image_status: 3});
  await station.wait('capture_status', {image_status: 0, image_count: 3});
  await station.ask({do: 'shoot', interval: 0.02, total: 0});
  assert.equal((await station.ask({do: 'shoot'})).result, 1);
  await station.wait('image', {index: 4});
  await station.ask({do: 'stop_shooting'});
  assert.equal((await camera.ask({do: 'report'})).cameras[0].series, false);
  assert.equal((await station.ask({do: 'record', frequency: 50})).result, 0);
  await station.wait('capture_status', {video_status: 1}, 3);
  assert.equal((await station.ask({do: 'record'})).result, 1);
  await station.ask({do: 'stop_recording'});
  await station.wait('capture_status', {video_status: 0, recording_time_ms: 0});
  await camera.ask({do: 'drop_log'});
  await station.wait('capture_status', {image_count: 0});
  await station.wait('log_reset', {to: 0});
  await camera.ask({do: 'shoot'});
  await station.wait('image', {index: 0, again: false}, 2);
  await camera.ask({do: 'resend', index: 0});
  await station.wait('image', {index: 0, again: true});
}));

test('settings, storage, and parameters', () => pair(['--storages', 2], [], async (camera, station) => {
  await station.wait('known');
  assert.equal((await station.ask({do: 'zoom', kind: 2, value: 40})).result, 0);
  await station.wait('settings', {zoom: 40});
  assert.equal((await station.ask({do: 'zoom', kind: 2, value: 101})).result, 2);
  assert.equal((await station.ask({do: 'focus', kind: 0, value: 1})).result, 0);
  await station.wait('settings', {focus: 1});
  assert.equal((await station.ask({do: 'mode', mode: 1})).result, 0);
  await station.wait('settings', {mode: 1});
  assert.equal((await station.ask({do: 'command', command: 31000, params: [1]})).result, 3);
  assert.equal((await station.ask({do: 'request', message: 24, attempts: 1})).came, false);
  const formatted = await station.ask({do: 'format', storage: 2});
  assert.deepEqual([formatted.result, formatted.progress], [0, [0, 25, 50, 75]]);
  await station.wait('storage', {storage: 2, used: 0});
  await camera.ask({do: 'storage', storage: 1, status: 0, available: 0});
  await station.wait('storage', {storage: 1, status: 0});
  assert.equal((await station.ask({do: 'shoot'})).result, 4);
  assert.equal((await station.ask({do: 'parameters'})).count, 6);
  const set = (name, type, value) => station.ask({do: 'set_parameter', name, type, value});
  assert.deepEqual(await set('CAM_ISO', 3, 65280).then(({result, value}) => [result, value]), [0, 65280]);
  assert.deepEqual(await set('CAM_ISO', 3, 5).then(({result, value}) => [result, value]), [1, 65280]);
  assert.deepEqual(await set('CAM_SERIAL', 5, 1).then(({result, value}) => [result, value]), [2, 256]);
  assert.deepEqual(await set('CAM_TITLE', 11, 'rear').then(({result, value}) => [result, value]), [0, 'rear']);
  assert.equal((await station.ask({do: 'read_parameter', name: 'CAM_ISO'})).value, 65280);
  assert.equal((await camera.ask({do: 'report'})).cameras[0].parameters.CAM_TITLE, 'rear');
}));

test('old images, by index and by range', () => pair([], ['--no-poll'], async (camera, station) => {
  await station.wait('known');
  await camera.ask({do: 'series', seconds: 0.001, total: 12});
  await station.wait('capture_status', {image_status: 0, image_count: 12});
  assert.deepEqual((await station.ask({do: 'images', first: 3, last: 3})).indices, [3]);
  assert.deepEqual((await station.ask({do: 'images', first: 2, last: 5})).indices, [2, 3, 4, 5]);
  assert.equal((await station.ask({do: 'images', first: 0})).indices.length, 12);
  const before = station.events('image').length;
  const flood = await station.ask({do: 'flood', count: 5, ms: 50});
  assert.equal(flood.frames_out, 5);
  await station.wait('image', {again: true}, before - 12 + 60);
  assert.equal((await station.ask({do: 'request', message: 263, index: 99, attempts: 1})).came, false);
}));

test('two stations, broadcasts, and commands for others', () =>
  pair(['--cameras', 2], ['--stations', '255,254', '--no-discovery'], async (camera, station) => {
    await station.wait('component', {component: 101});
    const {acks} = await station.ask({do: 'shoot', broadcast: true, as: 254});
    assert.deepEqual(acks.map(({from, result}) => [...from, result]).sort(), [[1, 100, 0], [1, 101, 0]]);
    await camera.wait('image', {component: 101, from: [254, 190]});
    const other = await station.ask({do: 'shoot', system: 1, component: 154, broadcast: false, wait: false});
    assert.deepEqual([other.attempts, other.acks, other.result], [1, [], null]);
    await station.ask({do: 'shoot', component: 101, as: 255, sequence: 1});
    await station.ask({do: 'shoot', component: 101, as: 255, sequence: 1});
    await camera.wait('command', {repeated: true});
    await camera.wait('image', {component: 101, sequence: 1});
    assert.equal(camera.events('image', {component: 100}).length, 1);
    assert.equal(camera.events('image', {component: 101}).length, 2);
  }));
