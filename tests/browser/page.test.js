// The page as somebody uses it, against a running server at DUALCAMD_URL. It has a clip of three seconds with sound that
// can be played, a photo, and a file of which nothing could be made: the program beside this file sees to that.
'use strict';
const assert = require('node:assert/strict');
const {after, before, test} = require('node:test');
const {launch, Page} = require('./browser.js');

const BASE = process.env.DUALCAMD_URL;
const media = {};  // clip, photo, broken: items of the API
let browser;

before(async () => {
  const {items} = await (await fetch(`${BASE}/api/v1/media`)).json();
  media.clip = items.find((item) => item.playback.state === 'ready');
  media.photo = items.find((item) => item.kind === 'photo' && item.thumbnail.state === 'ready');
  media.broken = items.find((item) => item.thumbnail.state === 'failed');
  for (const [name, item] of Object.entries(media)) assert.ok(item, `the server has no ${name}`);
  browser = await launch();
});
after(() => browser && browser.close());

// Opens a page, and looks at its complaints when the test is over.
function onPage(name, path, options, steps) {
  test(name, async () => {
    const page = await Page.open(browser, BASE, path(), options);
    await steps(page);
    await page.close();
  });
}
const home = () => '/';
const open = (page, item) => page.card(item.id).locator('.picture').click();
const isOpen = (page) => page.locator('#player').evaluate((dialog) => dialog.open);

const playing = () => {
  const video = document.querySelector('#player-video');
  const {currentTime, videoWidth, videoHeight, webkitAudioDecodedByteCount: sound, webkitDecodedFrameCount: pictures,
         error} = video;
  if (error) throw new Error(error.message);
  return currentTime > 0.3 && pictures > 0 && sound > 0 && {currentTime, videoWidth, videoHeight, sound, pictures};
};

onPage('every picture comes by itself', home, {}, async (page) => {
  for (const item of [media.clip, media.photo]) {
    const picture = page.card(item.id).locator('.picture img');
    await picture.scrollIntoViewIfNeeded();
    const width = await page.until((id) => {
      const image = document.querySelector(`.card[data-id="${id}"] .picture img`);
      return image && image.complete && image.naturalWidth;
    }, item.id);
    assert.equal(width, 320);
  }
});

onPage('a clip plays, with sound', home, {}, async (page) => {
  await open(page, media.clip);
  const first = await page.until(playing);
  assert.equal(first.videoWidth, 1280);
  assert.equal(first.videoHeight, 720);
  const later = await page.until((then) => {
    const {currentTime, webkitAudioDecodedByteCount} = document.querySelector('#player-video');
    return currentTime > then.currentTime && {currentTime, sound: webkitAudioDecodedByteCount};
  }, first);
  assert.ok(later.sound >= first.sound && first.sound > 0, JSON.stringify({first, later}));

  const parts = page.requestsOf('/playback');
  assert.ok(parts.length > 0 && parts.every(({range, status}) => range && status === 206), JSON.stringify(parts));
  assert.equal(await page.text('#player-facts'), '3 s, 1280×720, 20 pictures a second, sound');
  assert.ok(await page.locator('#player-damage').isHidden());
  assert.ok(await page.locator('#player-remux').isVisible());
  assert.equal(await page.text('#player-imei'), media.clip.imei);
});

onPage('a click on the strip goes there', home, {}, async (page) => {
  await open(page, media.clip);
  await page.until(playing);
  await page.locator('#player-video').evaluate((video) => video.pause());
  await page.until(() => document.querySelector('#player-strip img').naturalWidth);
  const {width, height} = await page.locator('#player-strip').boundingBox();
  await page.locator('#player-strip').click({position: {x: width * 0.8, y: height / 2}});
  const place = await page.until(() => {
    const {seeking, currentTime, duration} = document.querySelector('#player-video');
    return !seeking && currentTime / duration;
  });
  assert.ok(Math.abs(place - 0.8) < 0.05, String(place));
});

onPage('it works from the keyboard, and gives the focus back', home, {}, async (page) => {
  const link = page.card(media.clip.id).locator('.picture');
  await link.focus();
  await page.tab.keyboard.press('Enter');
  await page.until(playing);
  assert.match(page.tab.url(), new RegExp(`#media/${media.clip.id}$`));
  assert.equal(await page.tab.evaluate(() => document.activeElement.id), 'player-close');
  await page.tab.keyboard.press('Escape');
  await page.until(() => !location.hash && !document.querySelector('#player').open);
  assert.ok(await link.evaluate((element) => element === document.activeElement));
  assert.ok(await page.locator('#player-video').evaluate((video) => !video.hasAttribute('src')), 'it plays on');
});

onPage('Back closes it, Forward opens it again', home, {}, async (page) => {
  await open(page, media.photo);
  await page.until(() => document.querySelector('#player-photo').naturalWidth);
  await page.tab.goBack();
  await page.until(() => !document.querySelector('#player').open);
  await page.tab.goForward();
  await page.until(() => document.querySelector('#player').open);
});

onPage('a link leads to one file', () => `/?kind=video#media/${media.clip.id}`, {}, async (page) => {
  await page.until(() => document.querySelector('#player-video').readyState >= 1);
  await page.locator('#player-close').click();
  await page.until(() => !location.hash);
  assert.ok(!await isOpen(page));
  assert.equal(page.tab.url(), `${BASE}/?kind=video`);
});

onPage('a photo opens large', home, {}, async (page) => {
  await open(page, media.photo);
  const width = await page.until(() => document.querySelector('#player-photo').naturalWidth);
  assert.ok(width > 320, `${width} is no more than the thumbnail`);
  assert.ok(await page.locator('#player-video').isHidden());
  assert.match(await page.until(() => document.querySelector('#player-facts').textContent), /^\d+×\d+$/);
});

// The states a clip goes through, one a second, as if a worker took its time.
onPage('what is not ready shows how far it is, goes in front, and plays by itself', home, {}, async (page) => {
  const states = [{state: 'queued', percent: null, reason: null}, {state: 'running', percent: 42, reason: null}];
  await page.tab.route(`**/api/v1/media/${media.clip.id}`, async (route) => {
    const item = await (await route.fetch()).json();
    await route.fulfill({json: {...item, playback: states.shift() || item.playback}});
  });
  await open(page, media.clip);
  await page.until(() => document.querySelector('#player-state').textContent.startsWith('Waiting for its turn'));
  await page.until(() => document.querySelector('#player-state').textContent.includes('42 %'));
  assert.equal(await page.locator('#player-bar').getAttribute('aria-valuenow'), '42');
  await page.until(playing);
  assert.ok(await page.locator('#player-words').isHidden());
  assert.equal(page.requestsOf('/playback').filter(({range}) => range === 'bytes=0-0').length, 2);
});

onPage('thumbnails that are made while somebody looks appear', home, {}, async (page) => {
  let looks = 0;
  await page.tab.route('**/api/v1/media?*', async (route) => {
    const list = await (await route.fetch()).json();
    if (++looks <= 2) {
      for (const item of list.items) if (item.id === media.clip.id) item.thumbnail = {state: 'queued', percent: null, reason: null};
    }
    await route.fulfill({json: list});
  });
  await page.tab.reload();
  await page.until((id) => document.querySelector(`.card[data-id="${id}"] .placeholder.pending`), media.clip.id);
  await page.until((id) => {
    const image = document.querySelector(`.card[data-id="${id}"] .picture img`);
    return image && image.naturalWidth;
  }, media.clip.id);
});

for (const [width, height] of [[360, 740], [740, 360]]) {
  onPage(`it fits a phone of ${width} by ${height}`, home, {viewport: {width, height}}, async (page) => {
    const fits = () => page.tab.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth &&
        document.querySelector('#player').scrollWidth <= innerWidth);
    await page.card(media.clip.id).waitFor();
    assert.ok(await fits(), 'the list is wider than the screen');
    await open(page, media.clip);
    await page.until(playing);
    assert.ok(await fits(), 'the player is wider than the screen');
    const {y, height: tall} = await page.locator('#player-video').boundingBox();
    assert.ok(y + tall <= height + 1, 'the video reaches below the screen');
  });
}

onPage('a file that is not there is said in words', () => '/', {}, async (page) => {
  await page.tab.evaluate(() => { location.hash = '#media/00000000-0000-7000-8000-000000000000'; });
  await page.until(() => document.querySelector('#player-state').textContent.startsWith('There is no media item'));
  assert.ok(await isOpen(page));
  page.complaints = page.complaints.filter((words) => !words.includes('404'));  // the browser's own word on it
});

onPage('what is asked of a camera shows where it stands', home, {}, async (page) => {
  const row = () => {
    const part = (name) => document.querySelector(`#requests .row .${name}`);
    return part('state') && {what: part('what').textContent, imei: part('imei').textContent,
                             state: part('state').textContent, reason: part('reason').textContent};
  };
  assert.ok(await page.locator('#requests-part').isHidden(), 'nothing was asked for yet');
  const hourAgo = new Date(Date.now() - 3600_000).toISOString();
  const asked = await fetch(`${BASE}/api/v1/devices/${media.photo.imei}/capture-requests`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({kind: 'video', cameras: ['front', 'rear'], at: hourAgo, duration_s: 10}),
  });
  assert.equal(asked.status, 201);
  assert.deepEqual(await page.until(row), {what: 'front and rear video of 10 s', imei: media.photo.imei,
                                           state: 'waiting for the tracker', reason: ''});
  assert.equal(await page.text('#requests-count'), '1 not at their end');

  const {id} = await asked.json();
  assert.equal((await fetch(`${BASE}/api/v1/capture-requests/${id}`, {method: 'DELETE'})).status, 200);
  await page.until(() => document.querySelector('#requests .row .state').textContent === 'cancelled');
  assert.equal(await page.text('#requests .row .reason'), 'It was cancelled.');
  assert.equal(await page.text('#requests-count'), '');
});

// A tab of its own, where the policy of the answer rules, and not the page's.
test('a video opened by itself plays, too', async () => {
  const page = await Page.open(browser, BASE, `/api/v1/media/${media.clip.id}/playback`);
  const width = await page.until(() => document.querySelector('video') && document.querySelector('video').videoWidth);
  assert.equal(width, 1280);
  await page.close();
});

// The last one: while it is tried again, a page that asks for its picture is told that there is none, and the browser
// complains of that by itself.
onPage('what failed says why, and can be tried again', home, {}, async (page) => {
  await page.until((id) => document.querySelector(`.card[data-id="${id}"] .placeholder`), media.broken.id);
  await open(page, media.broken);
  await page.locator('#player-retry').waitFor();
  assert.equal(await page.text('#player-reason'), media.broken.thumbnail.reason);
  await page.locator('#player-retry').click();
  await page.locator('#player-retry').waitFor({state: 'hidden'});
  const [asked] = page.requestsOf('/retry');
  assert.deepEqual([asked.method, asked.status], ['POST', 200]);
});
