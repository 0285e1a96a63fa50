// Debian's Chromium, and a page of the server in it that forgives nothing: an error in the console, an exception or a
// breach of the page's policy is a failed test.
'use strict';
const assert = require('node:assert/strict');
const {chromium} = require('playwright-core');

const PROGRAM = process.env.CHROMIUM || '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
               '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PATIENCE = 30_000;  // milliseconds; a machine that is busy with other tests is slow

const launch = () => chromium.launch({executablePath: PROGRAM, args: FLAGS});  // with a new profile each time

class Page {
  static async open(browser, base, path = '/', options = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
    context.setDefaultTimeout(PATIENCE);
    const page = new Page(context, await context.newPage());
    await page.listen();
    await page.tab.goto(base + path);
    return page;
  }

  constructor(context, tab) {
    this.context = context;
    this.tab = tab;
    this.complaints = [];
    this.requests = [];  // {method, path, range, status}
  }

  async listen() {
    const complain = (words) => this.complaints.push(words);
    this.tab.on('console', (message) => {
      if (message.type() === 'error') complain(`${message.text()} (${message.location().url})`);
    });
    this.tab.on('pageerror', (error) => complain(error.message));
    this.tab.on('response', async (response) => {
      const request = response.request();
      this.requests.push({method: request.method(), path: new URL(response.url()).pathname, status: response.status(),
                          range: request.headers().range});
    });
    await this.tab.exposeFunction('complain', complain);
    await this.tab.addInitScript(() => addEventListener('securitypolicyviolation',
        (event) => window.complain(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  }

  locator(selector) { return this.tab.locator(selector); }
  card(id) { return this.locator(`.card[data-id="${id}"]`); }
  text(selector) { return this.locator(selector).textContent(); }

  // Waits until `read`, run in the page, gives something true, and returns that. (Playwright's own way to wait is an
  // eval() in the page, which its policy forbids.)
  async until(read, argument) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const value = await this.tab.evaluate(read, argument);
      if (value) return value;
      if (Date.now() > end) throw new Error(`has not come true: ${read}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  requestsOf(ending) { return this.requests.filter(({path}) => path.endsWith(ending)); }

  async close() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

module.exports = {launch, Page};
