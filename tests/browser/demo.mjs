// A demo of Handrail in a temporary folder and a browser beside it. Used by the browser test and by script/screenshots.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {chromium} from 'playwright-core';

const START_MS = 60000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

const freePort = () => new Promise((resolve) => {
  const probe = net.createServer();
  probe.listen(0, '127.0.0.1', () => {
    const {port} = probe.address();
    probe.close(() => resolve(port));
  });
});

// `program`: path of handrail. Answers {base, password, browser, stop}; stop() ends both and removes the folder.
export async function startDemo(program) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-browser-'));
  const port = await freePort();
  // No HANDRAIL_... and no data: that is what makes it a demo.
  const server = spawn(path.resolve(program), ['serve', '--port', String(port)],
                       {cwd: folder, env: {PATH: process.env.PATH, HOME: folder}, stdio: ['ignore', 'pipe', 'pipe']});
  let said = '';
  server.stdout.on('data', (data) => { said += data; });
  server.stderr.on('data', (data) => { said += data; });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const base = `http://127.0.0.1:${port}`;
  let browser = null;
  const stop = async () => {
    if (browser) await browser.close();
    server.kill('SIGTERM');
    await ended;
    fs.rmSync(folder, {recursive: true, force: true});
  };
  try {
    const end = Date.now() + START_MS;
    while (!(await fetch(`${base}/health`).then((response) => response.ok, () => false))) {
      if (Date.now() > end || server.exitCode !== null) throw new Error(`handrail did not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const password = (said.match(/password\s+(\S+)/) || [])[1];
    browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
    return {base, password, browser, stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function ask(page, text) {
  const before = await page.locator('.message:not(.mine)').count();
  await page.fill('#text', text);
  await page.keyboard.press('Enter');
  await page.locator('.message:not(.mine)').nth(before).waitFor();
  return page.locator('.message:not(.mine)').nth(before);
}

export async function signIn(page, base, password) {
  await page.goto(`${base}/desk`);
  await page.fill('#name', 'sara');
  await page.fill('#password', password);
  await page.click('#sign-in button');
  await page.waitForSelector('#queue:not([hidden])');
}
