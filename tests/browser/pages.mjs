// Drives the chat page and the desk as people do, in headless Chromium, at more widths and in more states than run.mjs: node pages.mjs path/to/handrail
// Prints "N passed, N failed"; exits 1 when something failed.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {ask, signIn, startDemo} from './demo.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE_MS = 15000;
let passed = 0;
let failed = 0;

async function check(name, action) {
  try {
    await action();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

const demo = await startDemo(process.argv[2] || '../../build/handrail');
const broken = [];
async function newPage(options = {}) {
  // The page's own Content-Security-Policy stays in force; axe comes in by evaluate, which it does not govern.
  const context = await demo.browser.newContext({viewport: {width: 1000, height: 900}, ...options});
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('console', (message) => { if (/Content.Security.Policy/i.test(message.text())) broken.push(message.text()); });
  return page;
}

async function expectAccessible(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  expect(serious.length === 0, serious.map((one) => `${one.id} at ${one.nodes[0].target}`).join('; '));
}

async function expectGuide(page, reply, direction) {
  expect(await reply.locator('.step').count() === 7, 'seven steps');
  expect(await reply.locator('.callout.warning').count() >= 1, 'the trap is set off as a warning');
  expect(await reply.getAttribute('dir') === direction, `direction ${direction}`);
  for (const image of await reply.locator('.step img').all()) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((node) => node.decode());
    expect(await image.evaluate((node) => node.naturalWidth > 0), 'each picture loads');
    expect((await image.getAttribute('src')).includes(`.${direction}.`), `pictures of the ${direction} set`);
    expect((await image.getAttribute('alt')).length > 0, 'each picture says what it shows');
  }
  expect(await reply.locator('.step img').count() === 7, 'seven pictures');
}

const TEXT_OF_AGENT = 'Hello, Sara here: I am looking at your payment <b>now</b>.';
try {
  const chat = await newPage();
  await check('how to cancel, in English', async () => {
    await chat.goto(`${demo.base}/?lang=en`);
    await expectGuide(chat, await ask(chat, 'How do I cancel my subscription?'), 'ltr');
  });
  await check('the chat page is accessible', () => expectAccessible(chat));

  const persian = await newPage({viewport: {width: 320, height: 720}, colorScheme: 'dark'});
  await check('how to cancel, in Persian, on a narrow dark screen', async () => {
    await persian.goto(`${demo.base}/?lang=fa`);
    await expectGuide(persian, await ask(persian, 'چطور اشتراکم را لغو کنم؟'), 'rtl');
    expect(await persian.evaluate(() => document.documentElement.dir) === 'rtl', 'the page stands right to left');
    expect(await persian.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing overflows at 320 px');
    expect((await persian.locator('.step .number').first().textContent()) === '۱', 'steps are numbered in Persian digits');
  });
  await check('the Persian page is accessible', () => expectAccessible(persian));

  const customer = await newPage();
  await check('a refund becomes a ticket', async () => {
    await customer.goto(`${demo.base}/?lang=en&account=ben`);
    await customer.waitForSelector('#account-label:not([hidden])');
    const reply = await ask(customer, 'I cancelled but was charged again, I want my money back');
    expect(/\d{4}/.test(await reply.innerText()), 'the reply names the ticket');
  });

  const desk = await newPage();
  await check('the sign-in page is accessible and shows nothing else', async () => {
    await desk.goto(`${demo.base}/desk`);
    await desk.waitForSelector('#sign-in:not([hidden])');
    expect(!(await desk.locator('#sign-out').isVisible()), 'no sign-out before sign-in');
    await expectAccessible(desk);
  });
  await check('a wrong password is refused', async () => {
    await desk.fill('#name', 'sara');
    await desk.fill('#password', 'not-the-password');
    await desk.click('#sign-in button');
    await desk.locator('#sign-in-notice:not(:empty)').waitFor();
  });
  await check('an agent sees the ticket with its triage card and transcript', async () => {
    await signIn(desk, demo.base, demo.password);
    await desk.locator('#tickets button', {hasText: 'refund'}).first().click();
    await desk.waitForSelector('#facts tr');
    expect((await desk.locator('#verdict .badge').textContent()).length > 0, 'a verdict');
    expect((await desk.locator('#transcript').innerText()).includes('I want my money back'), 'the person’s words');
  });
  await check('the desk is accessible', () => expectAccessible(desk));
  await check('claim', async () => {
    await desk.click('#verbs button:has-text("Claim")');
    await desk.locator('#facts-line', {hasText: /^claimed/}).waitFor();
  });
  await check('a reply arrives in the chat, as text', async () => {
    await desk.fill('#reply-text', TEXT_OF_AGENT);
    await desk.click('#reply button');
    const arrived = customer.locator('.message', {hasText: TEXT_OF_AGENT});
    await arrived.waitFor();
    expect((await arrived.locator('.who').textContent()).includes('support team'), 'it is told apart from the bot');
    expect(await arrived.count() === 1, 'once');
  });
  await check('resolve, then reopen', async () => {
    await desk.click('#verbs button:text-is("Resolve")');
    // Resolved, it leaves the list of unresolved tickets and stays open on the right.
    await desk.locator('#facts-line', {hasText: /^resolved/}).waitFor();
    await desk.click('#verbs button:has-text("Reopen")');
    await desk.locator('#facts-line', {hasText: /^(?!resolved)./}).waitFor();
  });
  await check('the widget works on a page, in its shadow root', async () => {
    const site = await newPage();
    await site.goto(demo.base);
    await site.evaluate(() => {
      const script = document.createElement('script');
      script.src = '/widget.js';
      script.dataset.locale = 'en';
      document.body.append(script);
    });
    await site.locator('.toggle').click();
    await site.locator('.panel textarea').fill('how do i cancel');
    await site.keyboard.press('Enter');
    await site.locator('.panel .step').first().waitFor();
    const card = await site.locator('.panel .message').last().evaluate((node) => getComputedStyle(node).backgroundColor);
    expect(card !== 'rgba(0, 0, 0, 0)', 'the colours reach the shadow root');
  });
  await check('no script error and nothing against the Content-Security-Policy', async () => {
    expect(broken.length === 0, broken.join('; '));
  });
} finally {
  await demo.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
