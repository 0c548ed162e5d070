// The playground from outside: its page in headless Chromium, Handrail behind it. Prints "N passed, N failed"; exits 1 when
// something failed. node playground_test.mjs build/handrail
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Gateway} from './gateway.mjs';
import {World} from './world.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(folder, '../browser/package.json'));
const {chromium} = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PATIENCE_MS = 10e3;
const WHOLE_MS = 85e3;

let [passed, failed] = [0, 0];
async function check(name, action) {
  try {
    await action();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
  }
}
function expect(condition, what) {
  if (!condition) throw new Error(what);
}
async function until(what, probe, patience = PATIENCE_MS) {
  for (const end = Date.now() + patience; Date.now() < end;) {
    const found = await probe();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`waited in vain for ${what}`);
}
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const playground = spawn(
  process.execPath,
  [path.join(folder, 'playground.mjs'), '--port', '0', '--program', path.resolve(process.argv[2] || path.join(folder, '../../build/handrail'))],
  {stdio: ['ignore', 'pipe', 'inherit']},
);
const ended = new Promise((resolve) => playground.on('exit', (code) => resolve(code)));
let printed = '';
playground.stdout.on('data', (chunk) => {
  printed += chunk;
});
let browser = null;
async function finish() {
  if (browser) await browser.close();
  if (playground.exitCode === null) playground.kill('SIGINT');
  await ended;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
setTimeout(() => {
  console.log('FAIL  it took too long');
  failed += 1;
  finish();
}, WHOLE_MS).unref();

const address = await until('the playground', () => (/(http:\/\/127\.0\.0\.1:\d+)\/\n[\s\S]*Ctrl-C/.exec(printed) || [])[1], 25e3).catch(
  async (error) => {
    console.log(`FAIL  ${error.message}: ${printed}`);
    failed += 1;
    await finish();
  },
);
browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
const context = await browser.newContext({viewport: {width: 1440, height: 900}, locale: 'en-US', bypassCSP: true});
const page = await context.newPage();
page.setDefaultTimeout(PATIENCE_MS);
const wrong = [];
page.on('pageerror', (error) => wrong.push(error.message));
await page.goto(address);
await page.waitForSelector('html[data-ready]');

const [slack, discord] = ['slack', 'discord'].map((platform) => page.locator(`.pane.${platform}`));
const go = (pane, name) => pane.locator('.places button', {hasText: name}).first().click();
const become = async (pane, name) =>
  pane.locator('.me').selectOption(await pane.locator('.me option', {hasText: name}).getAttribute('value'));
async function say(pane, text) {
  await pane.locator('textarea').fill(text);
  await pane.locator('textarea').press('Enter');
}
const trouble = (pane, name, on) => pane.locator(`[data-trouble="${name}"]`).setChecked(on);
const bots = (pane) => pane.locator('.message.bot');
const answered = (pane, words) => bots(pane).filter({hasText: words}).last().waitFor();
const calls = (words) => page.locator('#calls li', {hasText: words});

await check('Slack, DM: the guide with its steps, pictures and buttons', async () => {
  await go(slack, 'Handrail');
  await say(slack, 'How can I cancel my subscription?');
  await answered(slack, 'How to cancel your subscription');
  const guide = bots(slack).last();
  for (let step = 1; step <= 7; step += 1) expect((await guide.textContent()).includes(`${step}. `), `step ${step}`);
  expect((await guide.locator('.actions button').count()) >= 3, 'buttons');
  const picture = guide.locator('img').first();
  await picture.scrollIntoViewIfNeeded();
  await until('a picture', () => picture.evaluate((image) => image.naturalWidth > 0));
});
await check('Slack: one step at a time, by buttons', async () => {
  await slack.locator('button[data-value*=":start"]').last().click();
  await answered(slack, '1. Open the account menu');
  await slack.locator('button[data-value*=":next"]').last().click();
  await answered(slack, '2. Choose Credits');
});
await check('Slack, channel: a mention is answered once, in the thread, though two events say it', async () => {
  await go(slack, 'general');
  await say(slack, '@Handrail how do I cancel?');
  await slack.locator('.message.bot.reply', {hasText: 'How to cancel'}).waitFor();
  await until('both events', async () => (await calls('app_mention').count()) > 0);
  await pause(400);
  expect((await bots(slack).count()) === 1, `one answer, not ${await bots(slack).count()}`);
  await say(slack, 'somebody else was meant');
  await pause(600);
  expect((await bots(slack).count()) === 1, 'silent when it is not named');
});
await check('Slack: a refund goes from the channel to the DM, which says what happens next', async () => {
  await go(slack, 'support');
  await say(slack, 'I was charged before I cancelled and used none of the credits, I want a refund');
  await answered(slack, 'check your DM');
  await slack.locator('.places .dm .count').waitFor();
  await go(slack, 'Handrail');
  await answered(slack, 'A person from our team looks at your payment');
});
await check('Slack: /help is for this person alone', async () => {
  await go(slack, 'general');
  await say(slack, '/help free credits');
  await slack.locator('.message.bot.ephemeral', {hasText: 'free credits'}).waitFor();
  await become(slack, 'Sara');
  expect((await slack.locator('.message.ephemeral').count()) === 0, 'others do not see it');
  await become(slack, 'Ana');
});
await check('Slack: Persian in, Persian out, right to left', async () => {
  await become(slack, 'الهام');
  await go(slack, 'Handrail');
  await say(slack, 'چرا کردیت رایگان برای من نمی‌آید؟');
  await until('Persian', async () =>
    /[\u0600-\u06ff]/.test(
      await bots(slack)
        .last()
        .locator('.content')
        .textContent()
        .catch(() => ''),
    ),
  );
  const direction = await bots(slack)
    .last()
    .locator('.line')
    .first()
    .evaluate((element) => getComputedStyle(element).direction);
  expect(direction === 'rtl', direction);
  await become(slack, 'Ana');
});
await check('Slack, 429 and then not: exactly one copy arrives', async () => {
  await go(slack, 'Handrail');
  await trouble(slack, 'limited', true);
  const before = await bots(slack).count();
  await say(slack, 'thanks');
  await calls('429').first().waitFor();
  expect((await bots(slack).count()) === before, 'nothing gets through');
  await trouble(slack, 'limited', false);
  await until('the answer', async () => (await bots(slack).count()) > before);
  await pause(2500);
  expect((await bots(slack).count()) === before + 1, `one copy, not ${(await bots(slack).count()) - before}`);
});
await check('Slack, lost answers: what arrived is found again and not doubled', async () => {
  await go(slack, 'Handrail');
  await trouble(slack, 'lost', true);
  const before = await bots(slack).count();
  await say(slack, 'hello again');
  await calls('conversations.history').first().waitFor();
  await pause(1500);
  expect((await bots(slack).count()) === before + 1, `one copy, not ${(await bots(slack).count()) - before}`);
  await trouble(slack, 'lost', false);
});
await check('Slack, the team: a card, its thread, and words both ways', async () => {
  await become(slack, 'Sara');
  await go(slack, 'team-support');
  const card = bots(slack).filter({hasText: 'refund'}).first();
  await card.waitFor();
  await card.locator('button[data-value^="team:claim:"]').click();
  const thread = slack.locator('.message.bot.reply', {hasText: 'What was said so far'});
  await thread.waitFor();
  await card.filter({hasText: 'sara'}).waitFor();
  await card.hover();
  await card.locator('button', {hasText: 'Reply in thread'}).first().click();
  await say(slack, 'I look into it today.');
  await become(slack, 'Ana');
  await go(slack, 'Handrail');
  await answered(slack, 'I look into it today.');
  await say(slack, 'thank you, I will wait');
  await become(slack, 'Sara');
  await go(slack, 'team-support');
  await slack.locator('.message.bot.reply', {hasText: 'thank you, I will wait'}).waitFor();
  await become(slack, 'Ana');
  await go(slack, 'general');
});
await check('Discord: /help with autocomplete, and the guide for this person alone, with attached pictures', async () => {
  await become(discord, 'آرش');
  await discord.locator('textarea').pressSequentially('/help cancel');
  await discord.locator('.choices li', {hasText: 'How to cancel your subscription'}).click();
  await discord.locator('textarea').press('Enter');
  const guide = discord
    .locator('.message.bot.ephemeral')
    .filter({has: page.locator('.embed')})
    .first();
  await guide.waitFor();
  await until('the pictures', async () => (await guide.locator('.embed img').count()) >= 5);
  const picture = guide.locator('.embed img').first();
  await picture.scrollIntoViewIfNeeded();
  await until('a picture', () => picture.evaluate((image) => image.naturalWidth > 0));
  await become(discord, 'Ben');
  expect((await bots(discord).count()) === 0, 'others see nothing');
});
await check('Discord, DMs closed: the refund goes to a private thread', async () => {
  await trouble(discord, 'closed', true);
  await say(discord, '/help I cancelled and used none of the credits, I want a refund');
  await discord.locator('.places .thread').first().waitFor();
  await calls('50007').first().waitFor();
  await discord.locator('.places .thread').first().click();
  await answered(discord, 'Your request is with our support team');
  await become(discord, 'Robin');
  expect((await discord.locator('.places .thread').count()) === 0, 'nobody else sees it');
  await trouble(discord, 'closed', false);
});
await check('Discord, lost answers: nothing is doubled, thanks to the nonce', async () => {
  await trouble(discord, 'lost', true);
  await say(discord, '/help Ich möchte mein Geld zurück');
  await discord.locator('.places .dm .count').waitFor();
  await go(discord, 'Handrail');
  await until('the second try', async () => (await calls(/channels\/\d+\/messages\s*200$/).count()) > 0);
  await pause(300);
  expect((await bots(discord).count()) === 1, `one copy, not ${await bots(discord).count()}`);
  await trouble(discord, 'lost', false);
});
await check('Discord: the form behind "talk to a person"', async () => {
  await go(discord, 'general');
  await say(discord, '/help Wie kündige ich mein Abo?');
  await discord.locator('button[data-value="ticket:new"]').last().click();
  await page.locator('#dialog[open] textarea').fill('Meine Frage steht nirgends');
  await page.locator('#dialog .primary').click();
  await page.locator('#dialog').waitFor({state: 'hidden'});
  await calls('interactions form').first().waitFor();
});
await check('the Gateway: events, a cut connection, and what was missed when it resumes', async () => {
  const server = http.createServer();
  const world = new World();
  const gateway = new Gateway({world, token: 'right', url: () => `ws://127.0.0.1:${server.address().port}/gateway`});
  server.on('upgrade', (request, socket) => gateway.upgrade(request, socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Opens a socket in the browser, says `opening` after HELLO, and gives what came until an event named `last`, or the close.
  const talk = (opening, last) =>
    page.evaluate(
      ([url, first, wanted]) =>
        new Promise((resolve) => {
          const frames = [];
          const socket = new WebSocket(`${url}?v=10&encoding=json`);
          socket.onmessage = ({data}) => {
            const frame = JSON.parse(data);
            frames.push(frame);
            if (frame.op === 10) socket.send(JSON.stringify({op: 1, d: null}));
            if (frame.op === 11) socket.send(JSON.stringify(first));
            if (frame.t === wanted || frame.op === 9) resolve({frames});
          };
          socket.onclose = ({code}) => resolve({frames, code});
        }),
      [gateway.url(), opening, last],
    );
  const identify = (token) => ({op: 2, d: {token, intents: 4096, properties: {}}});
  expect((await talk(identify('wrong'), 'READY')).code === 4004, 'a wrong token');
  expect((await talk({op: 3, d: {}}, 'READY')).code === 4003, 'before IDENTIFY');
  const {frames} = await talk(identify('right'), 'GUILD_CREATE');
  const ready = frames.find((one) => one.t === 'READY').d;
  gateway.dispatch('MESSAGE_CREATE', {id: '1', content: 'seen'});
  gateway.cut();
  await until('the cut', () => gateway.connections.size === 0);
  gateway.dispatch('MESSAGE_CREATE', {id: '2', content: 'x'.repeat(70000)});
  gateway.dispatch('MESSAGE_CREATE', {id: '3', content: 'not for us'}, false);
  const again = await talk({op: 6, d: {token: 'right', session_id: ready.session_id, seq: 3}}, 'RESUMED');
  const missed = again.frames.filter((one) => one.t === 'MESSAGE_CREATE').map((one) => [one.s, one.d.id, one.d.content.length]);
  expect(JSON.stringify(missed) === '[[4,"2",70000],[5,"3",0]]', JSON.stringify(missed));
  const invalid = (await talk({op: 6, d: {token: 'right', session_id: 'nobody', seq: 1}}, 'RESUMED')).frames.at(-1);
  expect(invalid.op === 9 && invalid.d === false, JSON.stringify(invalid));
  gateway.cut();
  server.close();
});
await check('no serious accessibility violation', async () => {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => window.axe.run());
  const found = violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map(
      (one) =>
        `${one.id}: ${one.nodes
          .map((node) => node.html.slice(0, 120))
          .slice(0, 3)
          .join(' ')}`,
    );
  expect(found.length === 0, found.join('; '));
});
await check('other sites may not act here', async () => {
  for (const headers of [{Origin: 'https://elsewhere.example'}, {Host: 'elsewhere.example'}]) {
    const answer = await context.request.post(`${address}/playground/act`, {headers, data: {platform: 'gateway', act: 'cut'}});
    expect(answer.status() === 403, `${JSON.stringify(headers)}: ${answer.status()}`);
  }
});
await check('no error in the page', async () => expect(wrong.length === 0, wrong.join('; ')));
await check('Ctrl-C ends everything and removes the folder', async () => {
  const mine = () =>
    fs.readdirSync('/proc').some((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(playground.pid);
      } catch {
        return false;
      }
    });
  expect(mine(), 'it has a child');
  await browser.close();
  browser = null;
  playground.kill('SIGINT');
  expect((await Promise.race([ended, pause(8000)])) === 0, 'ended with 0');
  expect(!mine(), 'no child is left');
});
await finish();
