// What every program here must do: complain, tell, end.
import assert from 'node:assert/strict';
import test from 'node:test';
import {dice} from './link.mjs';
import {Started} from './started.mjs';

for (const program of ['camera.mjs', 'autopilot.mjs', 'ground_station.mjs']) {
  test(`${program}: complaints, and the end by a signal`, async () => {
    const one = await Started.start(program);
    one.tell('no JSON');
    one.tell('{"do": "what?"}');
    one.tell('{"do": "send", "message": "HEARTBEAT", "fields": {"custom_modes": 1}}');
    await one.wait('control_error', {line: 'no JSON'});
    assert.match((await one.wait('control_error', {line: '{"do": "what?"}'})).reason, /known are: again, /);
    const complained = () => one.events('control_error').some(({reason}) => /custom_modes: no such field/.test(reason));
    await one.until(complained, 'a complaint about the field');
    const {mono_ms} = await one.ask({do: 'traffic'});
    assert.ok(Math.abs(mono_ms - Number(process.hrtime.bigint()) / 1e6) < 60_000);
    one.process.kill('SIGTERM');
    assert.equal(await one.ended, 0);
    assert.deepEqual(one.events('peer_error'), []);
  });
}

test('the same dice for the same seed', () => {
  const throws = (seed) => Array.from({length: 1000}, dice(seed));
  assert.deepEqual(throws(3), throws(3));
  assert.notDeepEqual(throws(3), throws(4));
  assert.ok(throws(5).every((one) => one >= 0 && one < 1));
  const mean = throws(6).reduce((sum, one) => sum + one) / 1000;
  assert.ok(mean > 0.45 && mean < 0.55, String(mean));
});
