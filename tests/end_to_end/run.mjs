// End to end, from outside: starts the program, plays Slack and Discord with signed requests against local stand-ins, asks
// in the web chat, answers as an agent by API, kills the program hard and starts it again. Only loopback; everything it
// starts it ends. Prints "N passed, N failed" and exits 1 when something failed.
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {checkDiscordCalls} from './discord_schema.mjs';

const program = process.argv[2];
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

async function until(what, probe) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

// A stand-in of both platforms: records every call and answers as they do.
const calls = [];
let closedDm = false;
const standIn = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    calls.push({method: request.method, url: request.url, body, headers: request.headers});
    const answer = (status, json) => {
      response.writeHead(status, {'Content-Type': 'application/json'});
      response.end(JSON.stringify(json));
    };
    if (request.url === '/api/auth.test') return answer(200, {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT', team_id: 'T1'});
    if (request.url === '/api/users.info') {
      const persian = body.includes('user=UPERSIAN');
      return answer(200, {ok: true, user: {locale: persian ? 'fa-IR' : 'en-US', real_name: 'Someone', profile: {display_name: 'Sam'}}});
    }
    if (request.url === '/api/conversations.open') {
      return closedDm ? answer(200, {ok: false, error: 'user_disabled'}) : answer(200, {ok: true, channel: {id: 'D900'}});
    }
    if (request.url.startsWith('/api/chat.')) return answer(200, {ok: true, channel: 'D900', ts: String(calls.length), message_ts: '1'});
    if (request.url === '/api/v10/users/@me/channels') return answer(200, {id: '555', type: 1});
    if (/^\/api\/v10\/channels\/555\/messages/.test(request.url) && closedDm) return answer(403, {code: 50007, message: 'Cannot send messages to this user'});
    if (request.url.endsWith('/threads')) return answer(201, {id: '777'});
    if (request.url.startsWith('/api/v10/')) return answer(200, {id: String(calls.length)});
    return answer(200, {ok: true});
  });
});
await new Promise((resolve) => standIn.listen(0, '127.0.0.1', resolve));
const standInUrl = `http://127.0.0.1:${standIn.address().port}`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-e2e-'));
const {publicKey, privateKey} = crypto.generateKeyPairSync('ed25519');
const publicKeyHex = publicKey.export({type: 'spki', format: 'der'}).subarray(-32).toString('hex');
const SLACK_SECRET = 'slack-signing-secret-of-the-test';
const API_KEY = 'api-key-of-the-end-to-end-test';
const IDENTITY_SECRET = 'identity-secret-of-the-end-to-end-test';
const port = 20000 + (process.pid % 20000);
const base = `http://127.0.0.1:${port}`;
const environment = {
  PATH: process.env.PATH, HANDRAIL_API_KEY: API_KEY, HANDRAIL_SLACK_SIGNING_SECRET: SLACK_SECRET, HANDRAIL_SLACK_BOT_TOKEN: 'xoxb-test',
  HANDRAIL_SLACK_API_URL: `${standInUrl}/api/`, HANDRAIL_DISCORD_PUBLIC_KEY: publicKeyHex, HANDRAIL_DISCORD_APPLICATION_ID: '42',
  HANDRAIL_DISCORD_BOT_TOKEN: 'discord-test', HANDRAIL_DISCORD_API_URL: `${standInUrl}/api/v10`,
  HANDRAIL_CHAT_IDENTITY_SECRET: IDENTITY_SECRET, HANDRAIL_PUBLIC_URL: 'http://127.0.0.1:1', HANDRAIL_LOG_LEVEL: 'error',
};

let server = null;
async function start() {
  server = spawn(program, ['serve', '--port', String(port), '--data', path.join(folder, 'data')], {env: environment, stdio: ['ignore', 'pipe', 'inherit']});
  await until('the server', () => fetch(`${base}/health`).then((response) => response.ok, () => false));
}
async function stop(signal) {
  const ended = new Promise((resolve) => server.on('exit', (code, name) => resolve({code, name})));
  server.kill(signal);
  return ended;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
function slack(route, body, {seconds = nowSeconds(), secret = SLACK_SECRET} = {}) {
  const signature = `v0=${crypto.createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')}`;
  return fetch(base + route, {method: 'POST', body, headers: {'X-Slack-Request-Timestamp': String(seconds), 'X-Slack-Signature': signature,
    'Content-Type': body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded'}});
}
let eventNumber = 0;
function slackEvent(event) {
  eventNumber += 1;
  return JSON.stringify({type: 'event_callback', team_id: 'T1', api_app_id: 'A1', event_id: `Ev${process.pid}${eventNumber}`, event_time: nowSeconds(),
    authorizations: [{team_id: 'T1', user_id: 'U0BOT', is_bot: true}],
    event: {type: 'message', ts: `${nowSeconds()}.${String(eventNumber).padStart(6, '0')}`, ...event}});
}
function discord(interaction) {
  const timestamp = String(nowSeconds());
  const body = JSON.stringify({application_id: '42', token: `tok${eventNumber += 1}`, version: 1, id: String(9000 + eventNumber), locale: 'en-US', ...interaction});
  const signature = crypto.sign(null, Buffer.from(timestamp + body), privateKey).toString('hex');
  return fetch(`${base}/discord/interactions`, {method: 'POST', body, headers: {'X-Signature-Timestamp': timestamp, 'X-Signature-Ed25519': signature, 'Content-Type': 'application/json'}});
}
function identityToken(account) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({alg: 'HS256', typ: 'JWT'})}.${part({sub: account, exp: nowSeconds() + 3600})}`;
  return `${head}.${crypto.createHmac('sha256', IDENTITY_SECRET).update(head).digest('base64url')}`;
}
const api = (method, route, body) => fetch(base + route, {method, headers: {Authorization: `Bearer ${API_KEY}`}, body: body ? JSON.stringify(body) : undefined});
async function session(body) {
  const response = await fetch(`${base}/api/v1/chat/sessions`, {method: 'POST', body: JSON.stringify(body)});
  return {status: response.status, ...(await response.json())};
}
let messageNumber = 0;
async function say(token, content) {
  const body = {client_message_id: `m${messageNumber += 1}`, ...content};
  const response = await fetch(`${base}/api/v1/chat/messages`, {method: 'POST', headers: {Authorization: `Bearer ${token}`}, body: JSON.stringify(body)});
  return {status: response.status, ...(await response.json())};
}
const textOf = (answer) => (answer.replies || []).map((reply) => reply.text).join('\n');
const sentTexts = (from, pattern) => calls.slice(from).filter((call) => pattern.test(call.url)).map((call) => call.body);

await start();
const PERSIAN = 'چرا كرديت رايگان براي من نمي آيد';
const REFUND = 'I was charged before I cancelled, I have used none of the credits, I want a refund';

await check('web chat: cancel in English is the seven-step guide with its trap', async () => {
  const {session_token: token} = await session({locale: 'en'});
  const answer = await say(token, {text: 'How can I cancel my subscription?'});
  const steps = answer.replies[0].blocks.filter((block) => block.type === 'step');
  expect(steps.length === 7, `seven steps, not ${steps.length}`);
  expect(answer.replies[0].blocks.some((block) => block.type === 'callout' && block.tone === 'warning'), 'the trap is there');
  expect((await fetch(base + steps[0].image.src)).status === 200, 'the picture loads');
});
await check('web chat: Persian with Arabic letters is answered in Persian', async () => {
  const {session_token: token} = await session({});
  const answer = await say(token, {text: PERSIAN});
  expect(answer.replies[0].locale === 'fa' && answer.replies[0].direction === 'rtl', 'Persian, right to left');
  expect(/شخصی نیست/.test(textOf(answer)), 'not personal');
  const again = await say(token, {text: 'bale'});
  expect(/[۰-۹]{4}/.test(textOf(again)), 'a review is opened with its number');
});
await check('web chat: romanised Persian is answered in Persian', async () => {
  const {session_token: token} = await session({});
  const answer = await say(token, {text: 'poolamo pas bedin lotfan'});
  expect(answer.replies[0].locale === 'fa', 'Persian');
});
await check('an account in the API is seen by its owner only', async () => {
  const put = await api('PUT', '/api/v1/accounts/ben', {plan: 'Pro', status: 'canceled', auto_renew: false, current_period_end: '2027-03-14T00:00:00Z',
    cancelled_at: '2026-11-20T00:00:00Z', last_charge: {id: 'ch1', amount_minor: 3900, currency: 'USD', at: new Date(Date.now() - 4 * 86400e3).toISOString()},
    credits: {balance: 2000, used_since_last_charge: 0}, identities: [{channel: 'slack', workspace: 'T1', user: 'UBEN'}]});
  expect(put.status === 200, `stored, not ${put.status}`);
  const {session_token: token} = await session({locale: 'en', identity_token: identityToken('ben')});
  expect(/March 14, 2027/.test(textOf(await say(token, {text: 'is my subscription still active?'}))), 'his own date');
  const {session_token: stranger} = await session({locale: 'en'});
  expect(!/March 14|2,000|\$39/.test(textOf(await say(stranger, {text: 'is my subscription still active?'}))), 'nothing for a stranger');
});
await check('Slack: a DM is acknowledged and answered once, a retry changes nothing', async () => {
  const from = calls.length;
  const body = slackEvent({channel: 'D100', channel_type: 'im', user: 'U200', text: 'how do i cancel my subscription'});
  expect((await slack('/slack/events', body)).status === 200, 'acknowledged');
  await until('the answer', () => sentTexts(from, /chat\.postMessage/).length > 0);
  expect((await slack('/slack/events', body)).status === 200, 'the retry too');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const answers = sentTexts(from, /chat\.postMessage/).filter((text) => /Confirm in the pop-up/.test(text));
  expect(answers.length === 1, `answered once, not ${answers.length} times`);
});
let ticketId = '';
await check('Slack: a refund in a channel says "check your DM", opens the DM and a ticket with its card', async () => {
  const from = calls.length;
  const body = slackEvent({type: 'app_mention', channel: 'C1', user: 'UBEN', text: `<@U0BOT> ${REFUND}`});
  await slack('/slack/events', body);
  await until('the DM', () => sentTexts(from, /conversations\.open/).length > 0);
  await until('both messages', () => sentTexts(from, /chat\.postMessage/).length >= 2);
  const messages = sentTexts(from, /chat\.postMessage/).map((text) => JSON.parse(text));
  const publicOne = messages.find((message) => message.channel === 'C1');
  expect(/check your DM/.test(publicOne.text), 'the public pointer');
  expect(!/\$39|November|2,000/.test(JSON.stringify(publicOne)), 'no account facts in public');
  expect(messages.some((message) => message.channel === 'D900' && /\$39\.00/.test(message.text)), 'the DM knows the charge');
  const {tickets} = await (await api('GET', '/api/v1/tickets?state=open')).json();
  const ticket = tickets.find((one) => one.kind === 'refund' && one.channel === 'slack');
  const fact = (name) => (ticket.triage.facts.find((one) => one.name === name) || {}).value;
  expect(fact('charge_date') && fact('cancel_date') && fact('amount').amount_minor === 3900 && fact('unused_credits') === true, 'the card');
  expect(ticket.triage.policy.verdict === 'eligible', `eligible, not ${ticket.triage.policy.verdict}`);
  expect(fact('said_unused_credits') === true, 'what was said is on the card too');
  ticketId = ticket.id;
});
await check('the agent claims and replies; it arrives in the DM once, and the bot is silent', async () => {
  const from = calls.length;
  expect((await api('POST', `/api/v1/tickets/${ticketId}/claim`, {agent: 'Sara'})).status === 200, 'claimed');
  const reply = {agent: 'Sara', client_message_id: 'r1', text: 'Hello Ben, I am looking at it.'};
  expect((await api('POST', `/api/v1/tickets/${ticketId}/reply`, reply)).status === 200, 'replied');
  expect((await api('POST', `/api/v1/tickets/${ticketId}/reply`, reply)).status === 200, 'the same again');
  await until('the reply', () => sentTexts(from, /chat\.postMessage/).some((text) => /looking at it/.test(text)));
  const before = calls.length;
  await slack('/slack/events', slackEvent({channel: 'D900', channel_type: 'im', user: 'UBEN', text: 'how can I cancel?'}));
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(sentTexts(before, /chat\.postMessage/).length === 0, 'silent');
  expect(sentTexts(from, /chat\.postMessage/).filter((text) => /looking at it/.test(text)).length === 1, 'once');
  expect((await api('POST', `/api/v1/tickets/${ticketId}/resolve`, {agent: 'Sara', outcome: 'approved'})).status === 200, 'resolved');
});
await check('Slack: the language of the profile is asked for after the answer and used for the next one', async () => {
  const posts = () => calls.filter((call) => call.url === '/api/chat.postMessage' && call.body.includes('"DPERSIAN"'));
  await slack('/slack/events', slackEvent({channel_type: 'im', channel: 'DPERSIAN', user: 'UPERSIAN', text: 'refund'}));
  await until('the first answer', () => posts().length === 1);
  await until('the question', () => calls.some((call) => call.url === '/api/users.info' && call.body.includes('UPERSIAN')));
  const inChannel = () => calls.filter((call) => call.url === '/api/chat.postMessage' && call.body.includes('"C77"'));
  await until('the answer in a place without a language yet', async () => {
    await slack('/slack/events', slackEvent({type: 'app_mention', channel: 'C77', user: 'UPERSIAN', text: '<@U0BOT> ???'}));
    await until('an answer', () => inChannel().length > 0);
    return /[\u0600-\u06FF]/.test(inChannel().at(-1).body);
  });
  expect(calls.filter((call) => call.url === '/api/users.info' && call.body.includes('UPERSIAN')).length === 1, 'asked once');
});
await check('Slack: the slash command answers in its response', async () => {
  const form = new URLSearchParams({command: '/help', text: 'how do I cancel', team_id: 'T1', channel_id: 'C1', user_id: 'U201', user_name: 'ana',
    trigger_id: `t${process.pid}`, response_url: `${standInUrl}/hook`}).toString();
  const response = await slack('/slack/commands', form);
  const answer = await response.json();
  expect(answer.response_type === 'ephemeral' && /Cancel renewal/.test(answer.text), 'the guide, for this person only');
});
await check('Discord: PING, command, modal and ticket', async () => {
  const ping = await (await discord({type: 1})).json();
  expect(ping.type === 1, 'PONG');
  const from = calls.length;
  const user = {id: '1400', username: 'ana'};
  const command = await (await discord({type: 2, context: 1, channel_id: '555', user, data: {name: 'help', type: 1, options: [{name: 'topic', type: 3, value: 'refund'}]}})).json();
  expect(command.type === 4 && /request/.test(JSON.stringify(command)), `an answer, not ${JSON.stringify(command).slice(0, 120)}`);
  const modal = await (await discord({type: 3, context: 1, channel_id: '555', user, message: {id: '1'}, data: {component_type: 2, custom_id: 'ticket:new'}})).json();
  expect(modal.type === 9, 'a modal');
  await discord({type: 2, context: 1, channel_id: '555', user, data: {name: 'help', type: 1, options: [{name: 'topic', type: 3, value: 'cancel_subscription'}]}});
  await until('the guide with its pictures', () => calls.slice(from).some((call) => /webhooks\/42\/.*@original/.test(call.url) && /multipart/.test(call.headers['content-type'])));
});
await check('Discord: with a closed DM the refund goes to a private thread', async () => {
  closedDm = true;
  const from = calls.length;
  await discord({type: 2, context: 0, guild_id: '1', channel_id: '888', member: {user: {id: '1500', username: 'eve'}}, data: {name: 'help', type: 1, options: [{name: 'topic', type: 3, value: REFUND}]}});
  await until('the thread', () => calls.slice(from).some((call) => call.url === '/api/v10/channels/888/threads'));
  await until('the message in it', () => calls.slice(from).some((call) => call.url === '/api/v10/channels/777/messages'));
  closedDm = false;
});
await check('what was sent to Discord fits its OpenAPI file', async () => {
  const {looked, wrong} = checkDiscordCalls(calls);
  expect(looked >= 5, `looked at ${looked} calls`);
  expect(wrong.length === 0, wrong.join('\n'));
});
await check('the schema check itself can fail', async () => {
  const odd = {method: 'POST', url: '/api/v10/channels/1/messages', headers: {}, body: JSON.stringify({content: 7, embeds: 'none'})};
  expect(checkDiscordCalls([odd]).wrong.length === 1, 'a broken message is found');
});
await check('bad requests get a clear 4xx, and the next good one works', async () => {
  const good = slackEvent({channel: 'D100', channel_type: 'im', user: 'U300', text: 'hello'});
  expect((await slack('/slack/events', good, {secret: 'wrong'})).status === 401, 'bad signature');
  expect((await slack('/slack/events', good, {seconds: nowSeconds() - 301})).status === 401, 'old timestamp');
  expect((await slack('/slack/events', '{"type":')).status === 400, 'broken JSON');
  expect((await slack('/slack/events', '['.repeat(100000))).status === 400, 'nested brackets');
  expect((await slack('/slack/events', `{"type":"event_callback","x":"${'a'.repeat(3 * 1024 * 1024)}"}`).catch(() => ({status: 413}))).status === 413, '3 MB');
  expect((await fetch(`${base}/api/v1/chat/messages`, {method: 'POST', headers: {Authorization: 'Bearer x'}, body: '{}'})).status === 401, 'unknown token');
  expect((await fetch(`${base}/api/v1/tickets`)).status === 401, 'no API key');
  const {session_token: token} = await session({locale: 'en'});
  expect((await say(token, {text: 7})).status === 400 && (await say(token, {})).status === 400, 'odd fields');
  expect((await slack('/slack/events', good)).status === 200, 'the good one');
});
await check('kill -9: what was acknowledged is answered after the restart, once', async () => {
  const from = calls.length;
  const bodies = Array.from({length: 20}, (_, i) => slackEvent({channel: `D4${i}`, channel_type: 'im', user: `U4${i}`, text: 'how do I cancel my plan?'}));
  const statuses = await Promise.all(bodies.map((body) => slack('/slack/events', body).then((response) => response.status)));
  await stop('SIGKILL');
  expect(statuses.every((status) => status === 200), 'all acknowledged');
  await start();
  const channels = () => sentTexts(from, /chat\.postMessage/).map((text) => JSON.parse(text)).filter((message) => /pop-up/.test(message.text)).map((message) => message.channel);
  await until('twenty answers', () => new Set(channels()).size === 20);
});
await check('the chat is resumed with its events', async () => {
  const {session_token: token} = await session({locale: 'en', identity_token: identityToken('ben')});
  const events = await (await fetch(`${base}/api/v1/chat/events?wait=0`, {headers: {Authorization: `Bearer ${token}`}})).json();
  expect(events.events.length > 0 && events.last_event_id, 'what was said before the restart');
  const later = await (await fetch(`${base}/api/v1/chat/events?wait=0`, {headers: {Authorization: `Bearer ${token}`, 'Last-Event-ID': events.last_event_id}})).json();
  expect(later.events.length === 0, 'nothing twice');
});
await check('SIGTERM ends it with 0, open streams included', async () => {
  const {session_token: token} = await session({locale: 'en'});
  const stream = await fetch(`${base}/api/v1/chat/events`, {headers: {Authorization: `Bearer ${token}`}});
  expect(stream.status === 200, 'a stream is open');
  stream.body.cancel().catch(() => {});
  const begun = Date.now();
  const {code} = await stop('SIGTERM');
  expect(code === 0 && Date.now() - begun < 5000, `exit ${code} after ${Date.now() - begun} ms`);
});

if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL');
standIn.close();
standIn.closeAllConnections();
fs.rmSync(folder, {recursive: true, force: true});
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
