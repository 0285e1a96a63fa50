// The view of the relay's cameras, against a running server at DUALCAMD_URL: its node "air" is at MAVLINK_ADDRESS, has a
// camera "pattern" of its own and the remotes "drone" (1/100) and "other" (2/101), "gate" is a Trendnet camera. The
// cameras of others are programs of CAMERA_PROGRAM.
'use strict';
const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const readline = require('node:readline');
const {after, before, test} = require('node:test');
const {launch, Page} = require('./browser.js');

const BASE = process.env.DUALCAMD_URL;
let browser;
const peers = {};

// One of the programs that play a camera: ends with its input.
function start(...flags) {
  const child = spawn('node', [process.env.CAMERA_PROGRAM, '--connect', process.env.MAVLINK_ADDRESS, ...flags],
                      {stdio: ['pipe', 'pipe', 'inherit']});
  readline.createInterface({input: child.stdout}).on('line', () => {});
  return {tell: (wish) => child.stdin.write(`${JSON.stringify(wish)}\n`),
          end: () => new Promise((resolve) => { child.on('exit', resolve); child.stdin.end(); })};
}

before(async () => {
  peers.drone = start('--component', '100');
  peers.other = start('--system', '2', '--component', '101', '--name', '<img src onerror=complain()>');
  browser = await launch();
});
after(async () => {
  if (browser) await browser.close();
  await Promise.all(Object.values(peers).map((peer) => peer.end()));
});

function onCameras(name, options, steps) {
  test(name, async () => {
    const page = await Page.open(browser, BASE, '/#cameras', options);
    await page.until(() => document.querySelector('.camera'));
    await steps(page);
    await page.close();
  });
}

const camera = (page, name) => page.locator(`.camera[data-id="${name}"]`);
const fact = (page, name, label) => page.until(([id, term]) => {
  const rows = [...document.querySelectorAll(`.camera[data-id="${id}"] dl div`)];
  const found = rows.find((row) => row.firstElementChild.textContent === term);
  return found && found.lastElementChild.textContent;
}, [name, label]);
const state = (page, name, wanted) => page.until(
    ([id, text]) => document.querySelector(`.camera[data-id="${id}"] .state`).textContent === text, [name, wanted]);
const answer = (page, name, beginning) => page.until(([id, words]) => {
  const text = document.querySelector(`.camera[data-id="${id}"] .answer`).textContent;
  return text.startsWith(words) && text;
}, [name, beginning]);

test('the view is a link away', async () => {
  const page = await Page.open(browser, BASE);
  await page.locator('#views a[href="#cameras"]').click();
  await page.until(() => document.querySelector('.camera') && !document.querySelector('#cameras').hidden);
  assert.ok(await page.locator('#files').isHidden());
  await page.tab.goBack();
  await page.until(() => document.querySelector('#cameras').hidden);
  await page.close();
});

onCameras('cameras are listed with how they are', {}, async (page) => {
  await state(page, 'drone', 'online');
  assert.equal(await fact(page, 'drone', 'Model'), 'Peers Camera 100');
  assert.equal(await fact(page, 'drone', 'Loss'), '0.0 %');
  assert.match(await fact(page, 'drone', 'Last heartbeat'), /^(now|\d+ s ago)$/);
  assert.equal(await fact(page, 'drone', 'Images missing'), '0');
  assert.equal(await fact(page, 'drone', 'Storage 1'), '1000 MiB free');
  assert.equal(await fact(page, 'air', 'camera pattern'), 'online');
  assert.match(await camera(page, 'drone').locator('.kind').textContent(), /^MAVLink camera · .*1\/100$/);
});

onCameras('a photo is taken, and its image confirmed', {}, async (page) => {
  await state(page, 'drone', 'online');
  await camera(page, 'drone').getByRole('button', {name: 'Photo', exact: true}).click();
  assert.match(await answer(page, 'drone', 'Photo is confirmed'), /\/100\/0\.jpg/);
  await page.until(() => [...document.querySelectorAll('.camera[data-id="drone"] dl div')]
      .some((row) => row.textContent === 'Images told of1'));
});

onCameras('the keyboard is enough', {}, async (page) => {
  await state(page, 'drone', 'online');
  const field = camera(page, 'drone').locator('form[data-verb=zoom] input').first();
  await field.focus();
  await page.tab.keyboard.type('40');
  await page.tab.keyboard.press('Enter');
  await answer(page, 'drone', 'Zoom is confirmed');
  assert.equal(await field.inputValue(), '40');
  await page.until(() => [...document.querySelectorAll('.camera[data-id="drone"] dl div')]
      .some((row) => row.textContent === 'Zoom40 %'));
  await camera(page, 'drone').getByRole('button', {name: 'Start video'}).focus();
  await page.tab.keyboard.press('Space');
  await answer(page, 'drone', 'Start video is confirmed');
  await page.tab.keyboard.press('Tab');
  await page.tab.keyboard.press('Enter');
  await answer(page, 'drone', 'Stop video is confirmed');
});

onCameras('what fails says why', {}, async (page) => {
  await state(page, 'drone', 'online');
  const video = camera(page, 'drone').getByRole('button', {name: 'Start video'});
  await video.click();
  await answer(page, 'drone', 'Start video is confirmed');
  await video.click();
  assert.equal(await answer(page, 'drone', 'Start video was ignored'),
               'Start video was ignored. The camera answered: temporarily rejected.');
  await camera(page, 'drone').getByRole('button', {name: 'Stop video'}).click();
  await answer(page, 'drone', 'Stop video is confirmed');
});

onCameras('what is disarmed is not fired', {}, async (page) => {
  await camera(page, 'drone').getByRole('button', {name: 'Disarm'}).click();
  await answer(page, 'drone', 'It is disarmed');
  await page.until(() => document.querySelector('.camera[data-id="drone"] .why').textContent.includes('disarmed'));
  await camera(page, 'drone').getByRole('button', {name: 'Photo', exact: true}).click();
  await answer(page, 'drone', 'Photo was not');
  page.complaints = page.complaints.filter((words) => !words.includes('409'));  // the browser's own word on it
  await camera(page, 'drone').getByRole('button', {name: 'Arm', exact: true}).click();
  await answer(page, 'drone', 'It is armed');
});

onCameras('what a camera says of itself is text', {}, async (page) => {
  assert.match(await fact(page, 'other', 'Model'), /<img src onerror=complain\(\)>/);
  assert.equal(await page.locator('.camera dl img').count(), 0);
});

onCameras('a camera that goes is shown as gone, and comes back', {}, async (page) => {
  await state(page, 'drone', 'online');
  peers.drone.tell({do: 'silent', what: 'all'});
  await state(page, 'drone', 'gone');
  assert.match(await camera(page, 'drone').locator('.why').textContent(), /Its heartbeats have ceased\./);
  await camera(page, 'drone').getByRole('button', {name: 'Photo', exact: true}).click();
  assert.match(await answer(page, 'drone', 'Photo failed'), /^Photo failed\. .+\.$/);
  peers.drone.tell({do: 'silent', what: 'none'});
  await state(page, 'drone', 'online');
});

onCameras('a camera with pictures is watched while somebody looks', {}, async (page) => {
  const loaded = () => document.querySelector('.camera[data-id="gate"] img.there');
  await page.until(loaded);
  assert.equal(page.requestsOf('/gate/live').length, 0);
  await camera(page, 'gate').getByRole('button', {name: 'Watch live'}).click();
  await page.until(loaded);
  assert.equal(page.requestsOf('/gate/live').length, 1);
  await page.locator('#views a[href="#files"]').click();
  await page.until(() => document.querySelector('.camera[data-id="gate"] img').src.endsWith('/snapshot'));
});

for (const width of [360, 740]) {
  onCameras(`it fits a screen of ${width}`, {viewport: {width, height: 740}}, async (page) => {
    await page.locator('.camera details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
    assert.ok(await page.tab.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
  });
}
