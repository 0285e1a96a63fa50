// Loss, duplicates, signing, version 1, silence: what the programs can be told to do to each other.
import assert from 'node:assert/strict';
import {Started, tests, with_all} from './started.mjs';

const test = tests('faults');

async function pair(camera_flags, station_flags, steps) {
  const camera = await Started.start('camera.mjs', '--listen', '127.0.0.1:0', '--photo-ms', 5, '--heartbeat-ms', 100,
                                     ...camera_flags);
  const station = Started.start('ground_station.mjs', '--connect', camera.address, '--heartbeat-ms', 100,
                                ...station_flags);
  await with_all([camera, station], steps);
}

test('a bad link: everything is found, and a sequence is one photo', () =>
  pair(['--lose', 20, '--lose-acks', 40, '--duplicate', 20, '--seed', 7, '--definition'],
       ['--hurry', 5, '--lost-ms', 10_000], async (camera, station) => {
    for (let given_up = 0; station.events('camera').length === 0; ++given_up) {
      const over = () => station.events('camera').length > 0 || station.events('unidentified').length > given_up;
      await station.until(over, 'its identity, or the end of asking');
      await station.ask({do: 'identify'});
    }
    let sequence = 0;
    for (let photos = 0; photos < 8; ++photos) {
      ++sequence;
      for (let result = null; result !== 0;) {
        ({result} = await station.ask({do: 'shoot', sequence}));
        await camera.printed();
        if (result === null) assert.ok(camera.events('lost').length > 0);
      }
      await camera.wait('image', {sequence});
    }
    assert.deepEqual(camera.events('image').map((image) => image.sequence), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.ok(camera.events('lost', {direction: 'in'}).length > 0);
    assert.ok(camera.events('lost', {name: 'COMMAND_ACK'}).length > 0);
    // What was said to nobody is asked for: the images that the station missed.
    for (let indices = []; indices.length < 8;) ({indices} = await station.ask({do: 'images', first: 0, last: 7}));
  }));

test('MAVSDK asks for the images that it missed', () =>
  pair([], ['--hurry', 2, '--lost-ms', 10_000], async (camera, station) => {
    await station.wait('known');
    await camera.ask({do: 'drop', message: 'CAMERA_IMAGE_CAPTURED', count: 2});
    for (const index of [0, 1]) {
      await camera.ask({do: 'shoot'});
      await camera.wait('image', {index});
    }
    await camera.wait('lost', {name: 'CAMERA_IMAGE_CAPTURED', dice: false}, 2);
    for (const index of [0, 1]) await station.wait('image', {index, again: false});
  }));

test('one acknowledgement lost, and a command repeated', () =>
  pair([], ['--style', 'qgc', '--hurry', 2, '--no-discovery'], async (camera, station) => {
    await station.wait('component');
    await camera.ask({do: 'drop', message: 'COMMAND_ACK', count: 1, command: 2000});
    const answer = await station.ask({do: 'shoot', sequence: 5});
    assert.deepEqual([answer.result, answer.attempts], [0, 2]);
    await camera.printed();
    assert.deepEqual(camera.events('command', {command: 2000}).map(({confirmation, repeated, params}) =>
      [confirmation, repeated, params[4]]), [[0, false, 0], [1, true, 0]]);
    await camera.ask({do: 'silent', what: 'acks'});
    station.tell({do: 'shoot', sequence: 6});
    const refused = await station.ask({do: 'shoot', sequence: 6}, 'control_error');
    assert.match(refused.reason, /duplicate: IMAGE_START_CAPTURE is in flight/);
    await camera.wait('image', {sequence: 6});
    await station.ask({do: 'again', message: 'COMMAND_LONG', command: 2000});
    await camera.wait('command', {command: 2000, repeated: true}, 2);
    assert.deepEqual(camera.events('image').map(({sequence}) => sequence), [5, 6]);
  }));

test('signed on both sides, replayed, and with a wrong key', () =>
  pair(['--key', 'secret'], ['--key', 'secret', '--no-discovery'], async (camera, station) => {
    await station.wait('component');
    await station.ask({do: 'shoot', sequence: 1});
    await camera.wait('image', {sequence: 1});
    assert.equal(camera.events('command')[0].signed, true);
    await station.ask({do: 'again', message: 'COMMAND_LONG'});
    await camera.wait('refused', {reason: 'old timestamp', name: 'COMMAND_LONG'});
    const [wrong, bare] = await Promise.all([['--key', 'secret', '--bad-signature', '--stations', 9], ['--stations', 8]]
      .map((flags) => Started.start('ground_station.mjs', '--connect', camera.address, '--no-discovery', ...flags)));
    await with_all([wrong, bare], async () => {
      await camera.wait('refused', {reason: 'signature', from: [9, 190]});
      await camera.wait('refused', {reason: 'not signed', from: [8, 190]});
    });
    assert.equal(camera.events('component').length, 1);
  }));

test('version 1 where it can be', () =>
  pair(['--version', 1], ['--version', 1, '--trace'], async (camera, station) => {
    await station.wait('camera');
    await station.wait('component', {version: 1});
    await camera.wait('command', {command: 512, version: 1});
    await station.wait('received', {name: 'COMMAND_ACK', version: 1});
    await station.wait('received', {name: 'CAMERA_INFORMATION', version: 2});
  }));

test('strictly version 1: a camera that can say little', () =>
  pair(['--version', 1, '--strict'], ['--no-discovery', '--version', 1], async (camera, station) => {
    await station.wait('component', {version: 1});
    assert.equal((await station.ask({do: 'digicam'})).result, 0);
    await camera.wait('image');
    await station.ask({do: 'send', message: 'COMMAND_CANCEL', fields: {command: 526, target_system: 1}});
    await station.ask({do: 'raw', hex: 'fd010000c82a64000000004d29'});
    await camera.wait('refused', {reason: 'version 2', name: 'HEARTBEAT'});
    assert.equal(station.events('image').length, 0);
  }));

test('broken frames', () => pair([], ['--no-discovery'], async (camera, station) => {
  await station.wait('component');
  for (const [hex, reason] of [['fd010000c82a64000000004d28', 'checksum'], ['0102', 'no frame'],
                               ['fd010200c82a64000000004d29', 'unknown incompatible flags'],
                               ['fd010000c82a64fffffe004d29', 'unknown message']]) {
    await station.ask({do: 'raw', hex});
    await camera.wait('refused', {reason});
  }
}));

const watchful = ['--lost-ms', 1000, '--no-definition', '--no-poll'];
test('silent, back, rebooted', () => pair([], watchful, async (camera, station) => {
  await station.wait('known');
  await camera.ask({do: 'shoot'});
  await station.wait('image', {index: 0});
  await camera.ask({do: 'silent', what: 'all'});
  await station.wait('lost_camera', {identified: true});
  await camera.ask({do: 'silent', what: 'none'});
  await station.wait('found');
  await station.wait('camera', {}, 2);
  await station.wait('known', {}, 2);
  await camera.ask({do: 'reboot', ms: 10, lose_log: true});
  await camera.wait('booted');
  assert.equal((await station.ask({do: 'request', message: 262})).fields.image_count, 0);
  await station.wait('log_reset', {from: 1, to: 0});
  await station.ask({do: 'silent', on: true, all: true});
  await station.ask({do: 'shoot', wait: false});
}));
