// Takes docs/chat.png (English and Persian side by side) and docs/desk.png from the real pages of a demo.
// node screenshots.mjs PROGRAM FOLDER
import fs from 'node:fs';
import path from 'node:path';
import {ask, signIn, startDemo} from './demo.mjs';

const [program, folder] = process.argv.slice(2);
const HALF = {width: 600, height: 860};
const demo = await startDemo(program);

async function chatPicture(locale, question) {
  const page = await (await demo.browser.newContext({viewport: HALF})).newPage();
  await page.goto(`${demo.base}/?lang=${locale}&account=ana`);
  await page.waitForSelector('#account-label:not([hidden])');
  const reply = await ask(page, question);
  for (const image of await reply.locator('.step img').all()) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((node) => node.decode());
  }
  // The question stays in the picture, above its answer.
  await page.locator('.message.mine').last().evaluate((node) => node.scrollIntoView({block: 'start'}));
  await page.evaluate(() => document.activeElement.blur());
  return (await page.screenshot()).toString('base64');
}

try {
  fs.mkdirSync(folder, {recursive: true});
  const halves = [await chatPicture('en', 'How do I cancel my subscription?'), await chatPicture('fa', 'چطور اشتراکم را لغو کنم؟')];
  const sheet = await (await demo.browser.newContext({viewport: {width: 2 * HALF.width + 12, height: HALF.height}})).newPage();
  await sheet.setContent(`<body style="margin:0;display:flex;gap:12px;background:#fff">${
    halves.map((data) => `<img alt="" src="data:image/png;base64,${data}">`).join('')}</body>`);
  await sheet.screenshot({path: path.join(folder, 'chat.png')});

  const customer = await (await demo.browser.newContext()).newPage();
  await customer.goto(`${demo.base}/?lang=en&account=ben`);
  await customer.waitForSelector('#account-label:not([hidden])');
  await ask(customer, 'I cancelled but was charged again, I want my money back');
  const desk = await (await demo.browser.newContext({viewport: {width: 1200, height: 900}})).newPage();
  await signIn(desk, demo.base, demo.password);
  await desk.locator('#tickets button', {hasText: 'refund'}).first().click();
  await desk.waitForSelector('#facts tr');
  await desk.click('#verbs button:has-text("Claim")');
  await desk.waitForFunction(() => document.getElementById('facts-line').textContent.startsWith('claimed'));
  await desk.screenshot({path: path.join(folder, 'desk.png')});
} finally {
  await demo.stop();
}
