// Cameras, autopilots and ground stations with the habits of real ones.
import assert from 'node:assert/strict';
import {Started, tests, with_all} from './started.mjs';

const test = tests('styles');

const quick = ['--photo-ms', 5, '--heartbeat-ms', 100];
const patient = ['--hurry', 0.5, '--lost-ms', 10_000];

async function pair(camera_flags, station_flags, steps) {
  const camera = await Started.start('camera.mjs', '--listen', '127.0.0.1:0', ...quick, ...camera_flags);
  const station = Started.start('ground_station.mjs', '--connect', camera.address, '--heartbeat-ms', 100,
                                ...station_flags);
  await with_all([camera, station], steps);
}

test('mavlink-camera-manager', () => pair(['--style', 'manager'], patient, async (camera, station) => {
  await station.wait('storage', {component: 106, storage: 0, count: 0});
  await station.wait('stream', {stream: 1, count: 0});
  // It denies REQUEST_MESSAGE for the status of a stream; the request from before that works.
  await station.wait('request', {message: 270, method: 'new', result: 2, came: false});
  await station.wait('stream_status', {stream: 1});
  assert.equal((await station.ask({do: 'shoot'})).result, 3);
  await station.ask({do: 'command', command: 2504, params: [1, 9], wait: false});
  assert.equal((await camera.wait('command', {command: 2504})).result, 2);
  await station.ask({do: 'command', command: 529, params: [1]});
  const other = await Started.start('ground_station.mjs', '--connect', camera.address, '--component', 191,
                                    '--no-discovery');
  await with_all([other], async () => {
    await other.wait('component');
    await other.ask({do: 'record', wait: false});
    await camera.wait('component', {component: 191});
  });
  assert.deepEqual(camera.events('command').filter(({from}) => from[1] === 191), []);
}));

test('its external recorder', () =>
  pair(['--style', 'manager-recorder'], ['--no-discovery', '--hurry', 10], async (camera, station) => {
    await station.wait('component', {component: 106});
    assert.deepEqual(await station.ask({do: 'record'}).then(({result, attempts}) => [result, attempts]), [null, 4]);
    await camera.wait('command', {command: 2500, result: null}, 4);
  }));

test('the camera_server of MAVSDK', () =>
  pair(['--style', 'server'], [...patient, '--no-poll'], async (camera, station) => {
    await station.wait('known');
    await station.wait('request', {message: 261, method: 'new', result: 2});
    await station.wait('request', {message: 261, method: 'legacy', came: true});
    const shot = await station.ask({do: 'shoot', sequence: 17});
    assert.deepEqual([shot.result, shot.progress], [0, [0]]);
    await station.wait('image', {index: 17});
    assert.equal((await station.ask({do: 'images', first: 17, last: 17})).result, 2);
    assert.equal((await station.ask({do: 'interval', message: 262, us: 1000})).result, 0);
    await station.ask({do: 'shoot', component: 154, system: 1, sequence: 18, wait: false});
    await station.wait('image', {index: 18});
    await station.ask({do: 'command', command: 31000, wait: false});
    await camera.wait('command', {command: 31000, result: null});
    await station.ask({do: 'shoot', int: true, sequence: 19, wait: false});
    await camera.wait('command', {command: 2000, int: true, result: null});
    assert.equal(camera.events('image', {sequence: 19}).length, 0);
  }));

test('a station of old requests only', () =>
  pair([], ['--style', 'legacy', ...patient], async (camera, station) => {
    await station.wait('known');
    await camera.printed();
    const asked = new Set(camera.events('command').map(({command}) => command));
    assert.deepEqual([...asked], [521, 525, 522, 527, 2504, 2505]);
    assert.deepEqual(camera.events('command', {command: 521})[0].params, [1, 0, 0, 0, 0, 0, 0]);
  }));

test('the camera driver of ArduPilot waits for nothing', () =>
  pair([], ['--style', 'ardupilot', '--heartbeat-ms', 100], async (camera, station) => {
    await station.wait('camera', {station: 1});
    await camera.wait('command', {command: 512, from: [1, 1]});
    assert.deepEqual(await station.ask({do: 'shoot'}).then(({result, attempts}) => [result, attempts]), [null, 1]);
    await camera.wait('image', {from: [1, 1]});
  }));

test('QGroundControl shows cameras of vehicles only', async () => {
  const station = await Started.start('ground_station.mjs', '--listen', '127.0.0.1:0', '--style', 'qgc',
                                      '--hurry', 4, '--lost-ms', 10_000);
  const camera = Started.start('camera.mjs', '--connect', station.address, '--system', 3, ...quick);
  await with_all([station, camera], async (_, one) => {
    await station.wait('component', {system: 3, component: 100});
    await one.wait('component', {system: 255});
    assert.equal(one.events('command').length, 0);
    const autopilot = await Started.start('autopilot.mjs', '--connect', station.address, '--system', 3);
    await with_all([autopilot], () => station.wait('known', {system: 3, component: 100}));
  });
});

test('QGroundControl asks while the camera is busy', async () => {
  const flags = ['--style', 'qgc', '--hurry', 10, '--lost-ms', 10_000];
  const autopilot = await Started.start('autopilot.mjs', '--listen', '127.0.0.1:0', '--camera', 0);
  const station = await Started.start('ground_station.mjs', '--listen', '127.0.0.1:0', '--connect', autopilot.address,
                                      ...flags);
  const camera = Started.start('camera.mjs', '--connect', station.address, ...quick, '--photo-ms', 400);
  await with_all([autopilot, station, camera], async (_autopilot, _station, one) => {
    await station.wait('known', {component: 100});
    const asked = one.events('command', {command: 512}).length;
    await station.ask({do: 'shoot', component: 100});
    await one.wait('command', {command: 512}, asked + 2);
    await station.ask({do: 'record', component: 100});
    await one.wait('command', {command: 512}, asked + 4);
    const before = station.events('stream_status', {component: 100}).length;
    await station.ask({do: 'mode', mode: 1, component: 100});
    await station.wait('stream_status', {component: 100}, before + 1);
  });
});

// One listens, the autopilot and the camera speak to it first.
async function on_one_bus(autopilot_flags, camera_flags, steps) {
  const autopilot = await Started.start('autopilot.mjs', '--listen', '127.0.0.1:0', '--heartbeat-ms', 100,
                                        ...autopilot_flags);
  const camera = Started.start('camera.mjs', '--connect', autopilot.address, ...quick, ...camera_flags);
  await with_all([autopilot, camera], async (one, other) => {
    await one.wait('component', {component: 100});
    await other.wait('component', {component: 1});
    await steps(one, other);
  });
}

test('PX4: three frames for a shot', () => on_one_bus([], ['--trace'], async (autopilot, camera) => {
  await autopilot.ask({do: 'shoot', count: 1});
  const {fields} = await camera.wait('received', {name: 'CAMERA_TRIGGER'});
  assert.equal(fields.seq, 1);
  const start = await camera.wait('command', {command: 2000});
  assert.deepEqual(start.params, [0, 0, 1, 1, 'NaN', 'NaN', 'NaN']);
  const digicam = await camera.wait('command', {command: 203});
  assert.deepEqual([digicam.params, digicam.to], [['NaN', 'NaN', 'NaN', 'NaN', 1, 'NaN', 'NaN'], [0, 100]]);
  await autopilot.wait('image', {index: 0, from: [1, 100]});
  await autopilot.ask({do: 'shoot', only: ['start'], seq: 1, confirmation: 1});
  await camera.wait('command', {command: 2000, repeated: true, confirmation: 1});
}));

test('PX4 with a camera of its own', async () => {
  const autopilot = await Started.start('autopilot.mjs', '--listen', '127.0.0.1:0', '--camera', 0, '--captured-ms', 1);
  const station = Started.start('ground_station.mjs', '--connect', autopilot.address, ...patient);
  await with_all([autopilot, station], async (_, other) => {
    await other.wait('camera', {component: 1, camera_device_id: 1});
    const {result, acks} = await other.ask({do: 'shoot', system: 1, component: 1});
    assert.deepEqual([result, acks[0].from], [0, [1, 1]]);
    await other.wait('image', {component: 1, index: 0, camera_id: 1, url: ''});
    await autopilot.ask({do: 'captured', index: 0});
    await other.wait('image', {index: 0, again: true});
  });
});

test('ArduPilot: a command for each component, and feedback', () =>
  on_one_bus(['--style', 'ardupilot'], ['--cameras', 2, '--trace'], async (autopilot, camera) => {
    await autopilot.wait('component', {component: 101});
    await autopilot.ask({do: 'shoot'});
    for (const component of [100, 101]) {
      const {params, to} = await camera.wait('command', {command: 203, component});
      assert.deepEqual([params, to], [[0, 0, 0, 0, 1, 0, 0], [1, component]]);
      await autopilot.wait('ack', {command: 203, result: 0, from: [1, component]});
      await autopilot.wait('image', {from: [1, component], index: 0});
    }
    await camera.wait('received', {name: 'CAMERA_FEEDBACK'});
  }));
