// The playground as a whole: stand-ins and page on one loopback port, Handrail on another, both in a temporary folder.
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Discord} from './discord.mjs';
import {Gateway} from './gateway.mjs';
import {freePort, parsed, partsOf, pause, readBody, send} from './http.mjs';
import {accounts, DISCORD, SLACK} from './people.mjs';
import {Slack} from './slack.mjs';
import {TROUBLES, World} from './world.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(folder, '../..');
const PAGE_FILES = {
  '/': 'page.html',
  '/page.css': 'page.css',
  '/page.js': 'page.js',
  '/markup.js': 'markup.js',
  '/slack_view.js': 'slack_view.js',
  '/discord_view.js': 'discord_view.js',
  '/slack_text.js': 'slack_text.js',
};
const TYPES = {html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8'};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'";
// Slack shows pictures only from https, so Handrail is told such an address; the page leads it to the real one.
const PUBLIC_URL = 'https://handrail.example';
const START_PATIENCE_MS = 20e3;
const STOP_PATIENCE_MS = 5e3;
const PAGE_PULSE_MS = 15e3;

const INTERACTIONS = {1: 'ping', 2: 'command', 3: 'button', 4: 'autocomplete', 5: 'form'};

const secret = () => crypto.randomBytes(24).toString('hex');
const answer = (response, {status = 200, json, text, bytes, type, headers = {}}) => {
  response.writeHead(status, {'Content-Type': type || (json === undefined ? 'text/plain; charset=utf-8' : 'application/json'), ...headers});
  response.end(bytes || (json === undefined ? text || '' : JSON.stringify(json)));
};

export class Stage {
  constructor({program = path.join(root, 'build/handrail'), port = 0, onEnd = () => {}} = {}) {
    Object.assign(this, {program: path.resolve(program), port, onEnd, children: new Set(), world: new World(), ending: null});
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-playground-'));
    this.apiKey = secret();
    const keys = crypto.generateKeyPairSync('ed25519');
    const tokens = {slack: `xoxb-playground-${secret()}`, discord: `playground.${secret()}`};
    const signingSecret = secret();
    const deliver = (platform) => (route, body, headers) => this.deliver(platform, route, body, headers);
    const origin = () => this.address;
    this.gateway = new Gateway({world: this.world, token: tokens.discord, url: () => `${this.address.replace('http', 'ws')}/gateway`});
    this.slack = new Slack({world: this.world, secret: signingSecret, token: tokens.slack, origin, deliver: deliver('slack')});
    this.discord = new Discord({
      world: this.world,
      privateKey: keys.privateKey,
      token: tokens.discord,
      origin,
      deliver: deliver('discord'),
      gateway: this.gateway,
    });
    this.secrets = {
      HANDRAIL_API_KEY: this.apiKey,
      HANDRAIL_CHAT_IDENTITY_SECRET: secret(),
      HANDRAIL_SLACK_SIGNING_SECRET: signingSecret,
      HANDRAIL_SLACK_BOT_TOKEN: tokens.slack,
      HANDRAIL_DISCORD_BOT_TOKEN: tokens.discord,
      HANDRAIL_DISCORD_PUBLIC_KEY: keys.publicKey.export({type: 'spki', format: 'der'}).subarray(-32).toString('hex'),
    };
  }

  async start() {
    if (!fs.existsSync(this.program)) throw new Error(`${this.program} is not built yet: use script/playground`);
    this.server = http.createServer((request, response) =>
      this.serve(request, response).catch((error) => {
        if (!response.headersSent) answer(response, {status: 500, text: String(error.message)});
        else response.destroy();
      }),
    );
    this.server.on('upgrade', (request, socket) =>
      request.url.startsWith('/gateway') ? this.gateway.upgrade(request, socket) : socket.destroy(),
    );
    await new Promise((resolve, reject) => this.server.on('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.address = `http://127.0.0.1:${this.server.address().port}`;
    const port = await freePort();
    this.handrail = `http://127.0.0.1:${port}`;
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HANDRAIL_')));
    this.environment = {
      ...inherited,
      ...this.secrets,
      HANDRAIL_SHARE: root,
      HANDRAIL_PORT: String(port),
      HANDRAIL_DATA_DIR: path.join(this.data, 'data'),
      HANDRAIL_PUBLIC_URL: PUBLIC_URL,
      HANDRAIL_PRODUCT_NAME: SLACK.teamName,
      HANDRAIL_LOG_LEVEL: 'warning',
      HANDRAIL_LINK_URL: `${this.address}/link?token={token}`,
      HANDRAIL_SLACK_API_URL: `${this.address}/api/`,
      HANDRAIL_SLACK_SUPPORT_CHANNELS: SLACK.supportChannel,
      HANDRAIL_SLACK_TEAM_CHANNEL: SLACK.teamChannel,
      HANDRAIL_DISCORD_GATEWAY: '1',
      HANDRAIL_DISCORD_APPLICATION_ID: DISCORD.application,
      HANDRAIL_DISCORD_API_URL: `${this.address}/api/v10`,
      HANDRAIL_DISCORD_SUPPORT_CHANNELS: DISCORD.supportChannel,
      ...this.extra,
    };

    const list = path.join(this.data, 'accounts.json');
    fs.writeFileSync(list, JSON.stringify(accounts(root)));
    await this.run('accounts', 'import', list);
    const invitation = await this.run('agents', 'add', 'sara');
    this.desk = (/\S+#token=\S+/.exec(invitation) || [`${PUBLIC_URL}/desk`])[0].replace(PUBLIC_URL, this.handrail);
    await this.run('agents', 'identify', 'sara', 'slack', SLACK.agent);
    await this.run('discord', 'register');
    await this.startHandrail();
  }
  // One command of the program, to its end.
  run(...words) {
    return new Promise((resolve, reject) => {
      const child = this.spawn(words, ['ignore', 'pipe', 'pipe']);
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('close', (code) =>
        code === 0 ? resolve(out) : reject(new Error(`handrail ${words.join(' ')} ended with ${code}: ${out}${err}`)),
      );
    });
  }
  spawn(words, stdio) {
    if (this.ending) throw new Error('stopped');
    const child = spawn(this.program, words, {cwd: this.data, env: this.environment, stdio});
    this.children.add(child);
    child.on('error', () => {});
    child.on('close', () => this.children.delete(child));
    return child;
  }
  async startHandrail() {
    const child = this.spawn(['serve'], ['ignore', 'ignore', 'inherit']);
    let ended = false;
    child.on('close', (code) => {
      ended = true;
      if (!this.ending) this.onEnd(`handrail serve ended with ${code}`);
    });
    for (const begun = Date.now(); Date.now() - begun < START_PATIENCE_MS && !ended;) {
      if ((await send(this.handrail, 'GET', '/health')).status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('handrail serve did not start');
  }
  end() {
    this.ending ??= this.endAll();
    return this.ending;
  }
  async endAll() {
    const ended = [...this.children].map(
      (child) =>
        new Promise((resolve) => {
          const slow = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
          child.on('close', () => {
            clearTimeout(slow);
            resolve();
          });
          child.kill('SIGTERM');
        }),
    );
    await Promise.all(ended);
    if (this.server) {
      this.server.closeAllConnections();
      this.gateway.cut();
      this.server.close();
    }
    fs.rmSync(this.data, {recursive: true, force: true});
  }

  // From a platform to Handrail, kept in the log with its answer.
  async deliver(platform, route, body, headers) {
    const got = await send(this.handrail, 'POST', route, {headers, body});
    const form = (headers['Content-Type'] || '').includes('urlencoded') && Object.fromEntries(new URLSearchParams(body));
    const sent = form ? form.payload || JSON.stringify(form) : body;
    if (this.ending) return {failed: 'connection_failed'};
    const said = parsed(sent) || {};
    const interaction = platform === 'discord' && INTERACTIONS[said.type];
    const what = [
      route,
      interaction || (said.event && (said.event.subtype || said.event.type)) || said.type || said.command,
      headers['X-Slack-Retry-Num'] && `retry ${headers['X-Slack-Retry-Num']}`,
    ];
    this.world.log({
      to: 'handrail',
      platform,
      what: what.filter((one) => one !== undefined && one !== '').join(' '),
      sent,
      status: got.failed || got.status,
      answer: got.text,
      milliseconds: got.milliseconds,
    });
    return got;
  }

  // ---- Everything that arrives here ----

  async serve(request, response) {
    const url = new URL(request.url, this.address);
    const route = url.pathname;
    const origin = request.headers.origin;
    // Only this page may act: another site open in the same browser may not, nor may a name that leads here.
    if (request.headers.host !== new URL(this.address).host || (origin && origin !== this.address))
      return answer(response, {status: 403, text: 'This page only.'});
    if (route.startsWith('/api/') || route.startsWith('/hooks/')) return this.platformCall(request, response, url);
    if (request.method === 'GET' && PAGE_FILES[route]) return this.page(response, PAGE_FILES[route]);
    if (request.method === 'GET' && route === '/playground/events') return this.listen(request, response);
    if (request.method === 'POST' && route === '/playground/act') return this.act(request, response);
    if (request.method === 'GET' && route === '/picture') return this.picture(response, url.searchParams.get('url') || '');
    if (request.method === 'GET' && this.discord.files.has(route)) return answer(response, this.discord.files.get(route));
    if (route === '/link') return this.link(request, response, url);
    if (route === '/favicon.ico') return answer(response, {status: 204});
    return answer(response, {status: 404, text: 'There is nothing here.'});
  }
  page(response, file) {
    const headers = {'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store'};
    answer(response, {bytes: fs.readFileSync(path.join(folder, file)), type: TYPES[file.split('.').pop()], headers});
  }

  async platformCall(request, response, url) {
    const {method, headers} = request;
    const bytes = await readBody(request);
    const isDiscord = url.pathname.startsWith('/api/v10/');
    const platform = isDiscord ? 'discord' : 'slack';
    const call = {
      method,
      headers,
      bytes,
      url: url.pathname,
      query: url.search.slice(1),
      path: url.pathname.replace(/^\/api(\/v10(?=\/))?\/?/, isDiscord ? '/' : ''),
    };
    call.path = isDiscord ? call.path.replace(/^\/\//, '/') : call.path;
    const files = partsOf(bytes, headers['content-type'] || '');
    const json = files.length ? (files.find((part) => part.name === 'payload_json') || {bytes: ''}).bytes.toString() : bytes.toString();
    call.essence = json;
    const trouble = this.world.troubleFor(platform, call);
    const result =
      trouble.refuse ||
      (url.pathname.startsWith('/hooks/') ? this.slack.hook(url.pathname.slice('/hooks/'.length), bytes) : this[platform].api(call));
    if (trouble.afterMs) await pause(trouble.afterMs);
    const pictures = files.filter((part) => part.filename).length;
    const shortened = url.pathname.replace(/[\w-]{24,}/, (long) => `${long.slice(0, 6)}…`);
    this.world.log({
      to: 'platform',
      platform,
      what: `${method} ${shortened}${pictures ? ` + ${pictures} pictures` : ''}`,
      sent: json,
      status: trouble.lost ? `${result.status || 200}, lost` : result.status || 200,
      answer: result.json === undefined ? result.text : JSON.stringify(result.json),
    });
    if (trouble.lost) return void request.socket.destroy();
    const limits = isDiscord
      ? {'X-RateLimit-Limit': '5', 'X-RateLimit-Remaining': '4', 'X-RateLimit-Reset-After': '1.000', 'X-RateLimit-Bucket': 'playground'}
      : {};
    return answer(response, {...result, headers: {...limits, ...(result.headers || {})}});
  }

  // The page's own stream: everything first, then what changes.
  listen(request, response) {
    response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store'});
    const tell = (change) => response.write(`data: ${JSON.stringify(change)}\n\n`);
    tell({
      ...this.world.snapshot(),
      slack: SLACK,
      discord: DISCORD,
      commands: this.discord.commands,
      troubles: TROUBLES,
      addresses: {desk: this.desk, chat: `${this.handrail}/`, handrail: this.handrail, public: PUBLIC_URL},
    });
    this.world.listeners.add(tell);
    const pulse = setInterval(() => response.write(': still here\n\n'), PAGE_PULSE_MS).unref();
    request.on('close', () => {
      clearInterval(pulse);
      this.world.listeners.delete(tell);
    });
  }
  // {platform, act, ...}: what a person does on the page.
  async act(request, response) {
    if (!/^application\/json/.test(request.headers['content-type'] || '')) return answer(response, {status: 415, text: 'JSON only.'});
    const {platform, act, ...more} = parsed((await readBody(request)).toString()) || {};
    const acts = {
      'slack say': () => this.slack.say(more),
      'slack edit': () => this.slack.edit(more),
      'slack remove': () => this.slack.remove(more),
      'slack command': () => this.slack.command(more),
      'slack press': () => this.slack.press(more),
      'slack shortcut': () => this.slack.shortcut(more),
      'slack submit': () => this.slack.submit(more),
      'discord say': () => this.discord.say(more),
      'discord edit': () => this.discord.edit(more),
      'discord remove': () => this.discord.remove(more),
      'discord command': () => this.discord.command(more),
      'discord complete': () => this.discord.complete(more),
      'discord press': () => this.discord.press(more),
      'discord messageCommand': () => this.discord.messageCommand(more),
      'discord submit': () => this.discord.submit(more),
      'trouble set': () => this.world.setTrouble(more.where, more.name, more.on),
      'gateway cut': () => this.gateway.cut(),
    };
    const chosen = acts[`${platform} ${act}`];
    if (!chosen) return answer(response, {status: 404, json: {}});
    return answer(response, {json: (await chosen()) || {}});
  }
  // Slack fetches pictures itself and shows its copy.
  async picture(response, url) {
    if (!url.startsWith(`${PUBLIC_URL}/media/`)) return answer(response, {status: 404, text: 'Not a picture of Handrail.'});
    const got = await send(this.handrail, 'GET', url.slice(PUBLIC_URL.length), {headers: {Accept: 'image/*'}});
    const isPicture = got.status === 200 && /^image\//.test(got.headers['content-type'] || '');
    return answer(response, isPicture ? {bytes: got.bytes, type: got.headers['content-type']} : {status: 404, text: 'No such picture.'});
  }
  // The product's own page, on which a signed-in customer confirms that a chat is theirs.
  async link(request, response, url) {
    const page = (words, status = 200) =>
      answer(response, {
        status,
        type: TYPES.html,
        headers: {'Content-Security-Policy': POLICY},
        bytes: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Link your account</title>
          <link rel="stylesheet" href="/page.css"><main class="alone">${words}</main></html>`,
      });
    if (request.method === 'POST') {
      const form = Object.fromEntries(new URLSearchParams((await readBody(request)).toString()));
      const got = await send(this.handrail, 'POST', '/api/v1/links', {
        headers: {Authorization: `Bearer ${this.apiKey}`, 'Content-Type': 'application/json'},
        body: JSON.stringify({token: form.token, account_id: form.account}),
      });
      const linked = got.status >= 200 && got.status < 300;
      return page(
        linked
          ? '<h1>Linked</h1><p>Go back to the chat: the bot now knows this account.</p>'
          : '<h1>Not linked</h1><p>This link is too old or was used before. Ask the bot for a new one.</p>',
        linked ? 200 : 400,
      );
    }
    const token = (url.searchParams.get('token') || '').replace(/[^\w.-]/g, '');
    const choices = accounts(root).map(
      (one) => `<option value="${one.id}">${one.id}: ${one.plan || 'unknown plan'}, ${one.status || 'unknown'}</option>`,
    );
    return page(`<h1>Link your account</h1><p>This is what your product’s own page would do. Signed in as</p>
      <form method="post" action="/link"><input type="hidden" name="token" value="${token}">
      <select name="account" aria-label="Account">${choices.join('')}</select>
      <button>Yes, link this chat</button></form>`);
  }
}
