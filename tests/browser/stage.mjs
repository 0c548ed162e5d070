// What the browser test and the screenshots share: the demo server in a temporary folder and a headless Chromium.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {chromium} from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export async function startStage(program) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-browser-'));
  const port = 20000 + ((process.pid * 7) % 20000);
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HANDRAIL_')));
  const server = spawn(path.resolve(program), ['serve', '--port', String(port)], {cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit']});
  let output = '';
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (data) => {
      output += data;
      if (/Stop with Ctrl-C/.test(output)) resolve();
    });
    server.on('exit', () => reject(new Error(`the server ended: ${output}`)));
  });
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
  return {
    base: `http://127.0.0.1:${port}`,
    password: /password\s+(\S+)/.exec(output)[1],
    browser,
    async end() {
      await browser.close();
      const ended = new Promise((resolve) => server.on('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      fs.rmSync(folder, {recursive: true, force: true});
    },
  };
}

export async function ask(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

export async function signIn(page, base, password) {
  await page.goto(`${base}/desk`);
  await page.fill('#name', 'sara');
  await page.fill('#password', password);
  await page.click('#sign-in button');
  await page.waitForSelector('#queue:not([hidden])');
  await page.waitForSelector('#sign-in', {state: 'hidden'});
}
