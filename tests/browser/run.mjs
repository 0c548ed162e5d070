// The chat and the desk as people use them. Prints "N passed, N failed"; exits 1 when something failed.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {ask, signIn, startStage} from './stage.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stage = await startStage(process.argv[2]);
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
async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run());
  return result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes[0].html}`);
}

const context = await stage.browser.newContext({locale: 'en-US', bypassCSP: true});
const chat = await context.newPage();
const wrong = [];
chat.on('pageerror', (error) => wrong.push(error.message));

await check('English: seven steps with pictures and the trap', async () => {
  await chat.goto(`${stage.base}/?lang=en&account=ben`);
  await chat.waitForSelector('#form');
  await chat.selectOption('#account', '');
  await ask(chat, 'How can I cancel my subscription?');
  await chat.waitForSelector('.step >> nth=6');
  expect((await chat.locator('.step').count()) === 7, 'seven steps');
  expect(await chat.locator('.callout.warning').isVisible(), 'the trap');
  await chat.locator('.step img').last().scrollIntoViewIfNeeded();
  await chat.waitForFunction(() => [...document.querySelectorAll('.step img')].at(-1).naturalWidth > 0);
});
await check('one step at a time, by buttons', async () => {
  await chat.click('button[data-action^="guide:cancel_subscription:start"] >> nth=-1');
  await chat.waitForSelector('button[data-action^="guide:cancel_subscription:next"]');
});
await check('no serious accessibility violation in the chat', async () => {
  const found = await violations(chat);
  expect(found.length === 0, found.join('; '));
});
await check('Persian: right to left, in Persian', async () => {
  await chat.selectOption('#language', 'fa');
  await chat.waitForFunction(() => document.documentElement.dir === 'rtl');
  await ask(chat, 'چرا كرديت رايگان براي من نمي آيد');
  const last = chat.locator('.message:not(.mine)').last();
  await last.waitFor();
  expect((await last.getAttribute('dir')) === 'rtl', 'the answer is right to left');
  expect(/شخصی نیست/.test(await last.innerText()), 'not personal');
});
await check('a refund of a signed-in person becomes a ticket; the agent answers; it arrives', async () => {
  await chat.selectOption('#language', 'en');
  await chat.selectOption('#account', 'ben');
  await chat.waitForTimeout(300);
  await ask(chat, 'I was charged before I cancelled, I have used none of the credits, I want a refund');
  await chat.waitForSelector('.message:not(.mine) >> text=/\\$39\\.00/');
  const desk = await (await stage.browser.newContext({locale: 'en-US', bypassCSP: true})).newPage();
  desk.on('pageerror', (error) => wrong.push(error.message));
  await signIn(desk, stage.base, stage.password);
  await desk.click('#tickets button >> text=/refund/');
  await desk.waitForSelector('#facts tr >> text=/cancel date/');
  expect(/eligible/.test(await desk.locator('#verdict').innerText()), 'the verdict');
  const found = await violations(desk);
  expect(found.length === 0, found.join('; '));
  await desk.click('#verbs button >> text=Claim');
  await desk.fill('#reply-text', 'Hello Ben, this is Sara. I am looking at it.');
  await desk.click('#reply button');
  await chat.waitForSelector('.message >> text=/this is Sara/', {timeout: 15000});
  await desk.click('#verbs button >> text="Resolve"');
  await desk.waitForSelector('#verbs button >> text=Reopen');
});
await check('no script error on any page', async () => expect(wrong.length === 0, wrong.join('; ')));

await stage.end();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
