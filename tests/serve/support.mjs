// What the files of this test share: checks, servers on free ports with folders of their own, requests, and signatures.
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const program = process.argv[2];
export const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
export const API_KEY = 'api-key-of-the-serve-test-0123456789';
export const IDENTITY_SECRET = 'identity-secret-of-the-serve-test-0123456789';
export const SLACK_SECRET = 'slack-signing-secret-of-the-test';
const PATIENCE_MS = 15000;
const {publicKey, privateKey} = crypto.generateKeyPairSync('ed25519');
const DISCORD_PUBLIC_KEY = publicKey.export({type: 'spki', format: 'der'}).subarray(-32).toString('hex');

let passed = 0;
let failed = 0;
const children = new Set();
const folders = [];

export async function check(name, action) {
  const begun = Date.now();
  try {
    await action();
    passed += 1;
    const seconds = (Date.now() - begun) / 1000;
    console.log(`ok    ${name}${seconds > 1 ? ` (${seconds.toFixed(1)} s)` : ''}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}
export function expect(condition, what) {
  if (!condition) throw new Error(what);
}
// JSON whose members stand in one order, whatever order they came in.
const inOrder = (_, value) => (value === null || typeof value !== 'object' || Array.isArray(value) ? value
  : Object.fromEntries(Object.keys(value).sort().map((key) => [key, value[key]])));
export function same(actual, wanted, what) {
  const [is, should] = [JSON.stringify(actual, inOrder), JSON.stringify(wanted, inOrder)];
  if (is !== should) throw new Error(`${what}: ${should} expected, not ${is}`);
}
export async function until(what, probe, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
export function finish() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) fs.rmSync(folder, {recursive: true, force: true});
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
process.on('uncaughtException', (error) => {
  console.log(`FAIL  ${error.stack}`);
  failed += 1;
  finish();
});

export function newFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-serve-'));
  folders.push(folder);
  return folder;
}
export async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const {port} = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// A stand-in for a platform or for the product's backend: records every call; `answer(call)` gives {status, json, headers,
// afterMs}, {text} instead of JSON, or {lost: true}: the call has arrived, and its answer never does.
export async function standIn(answer) {
  const calls = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const {method, url, headers: sent} = request;
      const call = {method, url, headers: sent, body: Buffer.concat(chunks).toString()};
      calls.push(call);
      const {status = 200, json = {ok: true}, text, headers = {}, afterMs = 0, lost = false} = answer(call) || {};
      if (lost) return request.socket.destroy();
      return setTimeout(() => {
        response.writeHead(status, {'Content-Type': 'application/json', ...headers});
        response.end(text === undefined ? JSON.stringify(json) : text);
      }, afterMs);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return {url: `http://127.0.0.1:${server.address().port}`, calls, close};
}

// One request on a connection of its own. `key`: the API key; `token`: a Bearer token; a body that is not text is sent as JSON.
export function request(base, method, route, {headers = {}, body, key, token, chunked = false} = {}) {
  const all = {Connection: 'close', ...headers};
  if (key) all.Authorization = `Bearer ${key}`;
  if (token) all.Authorization = `Bearer ${token}`;
  const isBytes = Buffer.isBuffer(body) || typeof body === 'string';
  const bytes = body === undefined ? null : Buffer.from(isBytes ? body : JSON.stringify(body));
  if (bytes && chunked) all['Transfer-Encoding'] = 'chunked';
  else if (bytes || method === 'POST' || method === 'PUT') all['Content-Length'] = bytes ? bytes.length : 0;
  return new Promise((resolve, reject) => {
    const sent = http.request(base + route, {method, headers: all, agent: false}, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        let json = null;
        try {
          json = JSON.parse(text);
        } catch { /* not every answer is JSON */ }
        resolve({status: response.statusCode, headers: response.headers, text, json});
      });
    });
    sent.on('error', reject);
    sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error(`${method} ${route} was not answered`)));
    sent.end(bytes || undefined);
  });
}

// The bytes of a request as they are; resolves with everything that came back until the server closed or fell silent.
export function raw(port, bytes, silenceMs = 3000) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(silenceMs, done);
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('close', done);
    socket.on('error', (error) => (text ? done() : reject(error)));
  });
}

// An event stream that is read as it comes: {status, headers, events: [{id, event, data}], close()}.
export function openStream(base, route, {headers = {}, token} = {}) {
  const all = {...headers, ...(token ? {Authorization: `Bearer ${token}`} : {})};
  return new Promise((resolve, reject) => {
    const sent = http.request(base + route, {headers: all, agent: false}, (response) => {
      const stream = {status: response.statusCode, headers: response.headers, events: [], ended: false, close: () => sent.destroy()};
      let rest = '';
      response.on('data', (chunk) => {
        const parts = (rest + chunk).split('\n\n');
        rest = parts.pop();
        for (const one of parts) {
          const event = Object.fromEntries(one.split('\n').filter((line) => /^[a-z]+: /.test(line)).map((line) => line.split(/: (.*)/s)));
          if (event.data) stream.events.push({...event, data: JSON.parse(event.data)});
        }
      });
      response.on('error', () => { stream.ended = true; });
      response.on('close', () => { stream.ended = true; });
      resolve(stream);
    });
    sent.on('error', reject);
    sent.end();
  });
}
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// The shape of every error: {error: {code, message, field?}} and nothing else.
export function expectError(answer, status, {code, field} = {}) {
  const shown = `${answer.status} ${answer.text.slice(0, 200)}`;
  expect(answer.status === status, `${status} expected, not ${shown}`);
  expect(/^application\/json/.test(answer.headers['content-type'] || ''), `an error is JSON: ${shown}`);
  const error = answer.json && answer.json.error;
  expect(error && Object.keys(answer.json).length === 1, `only "error": ${shown}`);
  expect([error.code, error.message].every((word) => typeof word === 'string' && word !== ''), `code and message: ${shown}`);
  expect(Object.keys(error).every((name) => ['code', 'message', 'field'].includes(name)), `nothing else: ${shown}`);
  if (code) same(error.code, code, 'the code');
  if (field !== undefined) same(error.field, field, 'the field');
}

export class Server {
  constructor(options) {
    this.data = options.data || path.join(newFolder(), 'data');
    this.environment = {PATH: process.env.PATH, HOME: this.data, ...options.environment};
    this.ownData = options.ownData !== false;
    this.arguments = options.arguments || [];
    this.output = '';
    this.log = '';
  }
  // A free port may be gone by the time the server binds it: then another is tried.
  async start(tries = 3) {
    try {
      return await this.startAt(await freePort());
    } catch (error) {
      if (tries <= 1 || !/another server/.test(error.message)) throw error;
      return this.start(tries - 1);
    }
  }
  async startAt(port) {
    this.port = port;
    this.base = `http://127.0.0.1:${this.port}`;
    const words = ['serve', '--port', String(this.port), ...(this.ownData ? ['--data', this.data] : []), ...this.arguments];
    this.folder = this.folder || newFolder();
    this.child = spawn(program, words, {env: this.environment, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe']});
    const child = this.child;
    children.add(child);
    this.ended = new Promise((resolve) => child.on('exit', (code, signal) => {
      children.delete(child);
      resolve({code, signal});
    }));
    child.stdout.on('data', (chunk) => { this.output += chunk; });
    child.stderr.on('data', (chunk) => { this.log += chunk; });
    await until('the server', () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${this.log}`);
      return request(this.base, 'GET', '/health').then((answer) => answer.status === 200, () => false);
    });
    return this;
  }
  async stop(signal = 'SIGTERM') {
    const begun = Date.now();
    this.child.kill(signal);
    return {...(await this.ended), milliseconds: Date.now() - begun};
  }
  call(method, route, options) {
    return request(this.base, method, route, options);
  }
  api(method, route, body) {
    return this.call(method, route, {key: API_KEY, body});
  }
  // An agent at the desk: signed in by a one-time link, with the cookie and the token that changes need.
  async agent(name) {
    const {out, err} = await this.command('agents', 'add', name);
    const token = (out.match(/#token=(\S+)/) || [])[1];
    expect(token, `a sign-in link, not ${out}${err}`);
    const signedIn = await this.call('POST', '/api/v1/desk/sign-in', {body: {token}, headers: {'X-Forwarded-For': newAddress()}});
    expect(signedIn.status === 200, `signed in, not ${signedIn.status} ${signedIn.text}`);
    const cookie = signedIn.headers['set-cookie'][0].split(';')[0];
    const csrf = signedIn.json.csrf_token;
    const ask = (method, route, body, headers = {Cookie: cookie, 'X-CSRF-Token': csrf}) =>
      this.call(method, `/api/v1/desk${route}`, {body, headers});
    return {name, token, cookie, csrf, answer: signedIn, ask, get: (route) => ask('GET', route, undefined, {Cookie: cookie}),
      post: (route, body = {}) => ask('POST', route, body)};
  }
  // The command line beside this server: the same data folder, the same environment.
  command(...words) {
    return this.run(...words, '--data', this.data);
  }
  run(...words) {
    return new Promise((resolve) => {
      const child = spawn(program, words, {env: this.environment, stdio: ['ignore', 'pipe', 'pipe']});
      children.add(child);
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => { out += chunk; });
      child.stderr.on('data', (chunk) => { err += chunk; });
      child.on('close', (code) => {
        children.delete(child);
        resolve({code, out, err});
      });
    });
  }
  // Each session comes from an address of its own, as a trusted proxy says; so the limit per address is not in the way.
  async session(body = {locale: 'en'}) {
    const answer = await this.call('POST', '/api/v1/chat/sessions', {body, headers: {'X-Forwarded-For': newAddress()}});
    return {status: answer.status, answer, ...(answer.json || {}), token: answer.json && answer.json.session_token};
  }
  async say(token, content) {
    const body = {client_message_id: newId('m'), ...content};
    const answer = await this.call('POST', '/api/v1/chat/messages', {token, body});
    const replies = (answer.json && answer.json.replies) || [];
    return {...answer, replies, said: replies.map((reply) => reply.text).join('\n')};
  }
  async events(token, headers = {}) {
    return this.call('GET', '/api/v1/chat/events?wait=0', {token, headers});
  }
  slack(route, body, {seconds = nowSeconds(), secret = SLACK_SECRET, headers = {}} = {}) {
    const signature = `v0=${crypto.createHmac('sha256', secret).update(`v0:${seconds}:`).update(body).digest('hex')}`;
    const type = route === '/slack/events' ? 'application/json' : 'application/x-www-form-urlencoded';
    const signed = {'X-Slack-Request-Timestamp': String(seconds), 'X-Slack-Signature': signature, 'Content-Type': type};
    return this.call('POST', route, {body, headers: {...signed, ...headers}});
  }
  discord(route, body, {seconds = nowSeconds(), headers = {}, key = privateKey} = {}) {
    const bytes = typeof body === 'string' ? body : JSON.stringify(body);
    const signature = crypto.sign(null, Buffer.from(seconds + bytes), key).toString('hex');
    const signed = {'X-Signature-Timestamp': String(seconds), 'X-Signature-Ed25519': signature, 'Content-Type': 'application/json'};
    return this.call('POST', route, {body: bytes, headers: {...signed, ...headers}});
  }
}
export const startServer = (options = {}) => new Server(options).start();

// What most servers here are configured with; platforms are never reached.
export const configured = (more = {}) => ({
  HANDRAIL_SHARE: root, HANDRAIL_API_KEY: API_KEY, HANDRAIL_CHAT_IDENTITY_SECRET: IDENTITY_SECRET,
  HANDRAIL_TRUSTED_PROXIES: '127.0.0.1', HANDRAIL_LOG_LEVEL: 'warning', ...more});
export const withPlatforms = (url, more = {}) => configured({
  HANDRAIL_SLACK_SIGNING_SECRET: SLACK_SECRET, HANDRAIL_SLACK_BOT_TOKEN: 'xoxb-test', HANDRAIL_SLACK_API_URL: `${url}/api/`,
  HANDRAIL_DISCORD_PUBLIC_KEY: DISCORD_PUBLIC_KEY, HANDRAIL_DISCORD_APPLICATION_ID: '42', HANDRAIL_DISCORD_BOT_TOKEN: 'discord-test',
  HANDRAIL_DISCORD_API_URL: `${url}/api/v10`, HANDRAIL_PUBLIC_URL: 'http://127.0.0.1:1', ...more});

export const nowSeconds = () => Math.floor(Date.now() / 1000);
let count = 0;
export const newId = (start) => `${start}${(count += 1)}`;
export function newAddress() {
  count += 1;
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
}
const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
// A JWT by hand: whatever a stranger might send.
export function jwt(claims, {secret = IDENTITY_SECRET, header = {alg: 'HS256', typ: 'JWT'}, hash = 'sha256'} = {}) {
  const head = `${part(header)}.${part(claims)}`;
  return `${head}.${secret === null ? '' : crypto.createHmac(hash, secret).update(head).digest('base64url')}`;
}
export const identityToken = (account) => jwt({sub: account, exp: nowSeconds() + 3600});
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
