// docs/chat.png and docs/desk.png, from the real pages.
import {ask, signIn, startStage} from './stage.mjs';

const [program, folder] = process.argv.slice(2);
const stage = await startStage(program);
const page = await stage.browser.newPage({viewport: {width: 820, height: 900}});
await page.goto(`${stage.base}/?lang=en`);
await page.waitForSelector('#form');
await page.selectOption('#account', 'ana');
await page.waitForTimeout(400);
await ask(page, 'How can I cancel my subscription?');
await page.waitForSelector('.step >> nth=6');
await page.locator('.message.mine').first().scrollIntoViewIfNeeded();
await page.waitForTimeout(700);
await page.locator('.step h3').nth(1).scrollIntoViewIfNeeded();
await page.screenshot({path: `${folder}/chat.png`});
await page.selectOption('#account', 'ben');
await page.waitForTimeout(400);
await ask(page, 'I was charged before I cancelled, I have used none of the credits, I want a refund');
await page.waitForSelector('.message:not(.mine) >> text=/39/');
const desk = await stage.browser.newPage({viewport: {width: 1200, height: 900}});
await signIn(desk, stage.base, stage.password);
await desk.click('#tickets button >> nth=0');
await desk.waitForSelector('#facts tr');
await desk.waitForTimeout(300);
await desk.screenshot({path: `${folder}/desk.png`});
await stage.end();
