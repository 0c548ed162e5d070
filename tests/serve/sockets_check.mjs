// Sockets that the server keeps open: Discord's Gateway and Slack's Socket Mode, played by stand-ins; what comes over them is
// answered as if it had been posted, also after a cut and after a restart.
import crypto from 'node:crypto';
import http from 'node:http';
import {Frames, Gateway, frame} from '../playground/gateway.mjs';
import {check, expect, newId, same, startServer, until, withPlatforms} from './support.mjs';
import {bodyOf, help, inServer, platforms, posts, saidAt, slackCommand, slackDm} from './platforms.mjs';

const CANCEL = 'how do I cancel my subscription?';
const [TEXT, CLOSE] = [1, 8];

async function listening(upgrade) {
  const server = http.createServer();
  server.on('upgrade', upgrade);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `ws://127.0.0.1:${server.address().port}`, close: () => server.close()};
}

// A post as the Gateway tells it.
const written = (user, content, more = {}) => ({id: newId('1600'), channel_id: `dm-${user}`, type: 0, content, mentions: [],
  author: {id: user, username: `name${user}`}, ...more});

async function discord() {
  const platform = await platforms();
  const world = {log: () => {}, tell: () => {}, gateway: 0};
  let gateway = null;
  const socket = await listening((request, connection) => gateway.upgrade(request, connection));
  gateway = new Gateway({world, token: 'discord-test', url: () => socket.url});
  platform.special = (call) => (call.url === '/api/v10/gateway/bot' ? {json: {url: socket.url, shards: 1,
    session_start_limit: {total: 1000, remaining: 1000, reset_after: 1, max_concurrency: 1}}} : null);
  const environment = withPlatforms(platform.url, {HANDRAIL_DISCORD_GATEWAY: '1'});
  let server = await startServer({environment});
  await until('the session', () => world.gateway === 1);

  await check('a plain DM on Discord is answered, and told twice only once', async () => {
    const post = written('501', CANCEL);
    gateway.dispatch('MESSAGE_CREATE', post);
    gateway.dispatch('MESSAGE_CREATE', post);
    await until('the guide', () => saidAt(platform, 0, /channels\/dm-501\/messages/).length > 0);
    gateway.dispatch('MESSAGE_CREATE', written('501', 'thanks'));
    await until('another answer', () => saidAt(platform, 0, /channels\/dm-501\/messages/).length > 1);
    const said = saidAt(platform, 0, /channels\/dm-501\/messages/);
    same(said.filter((one) => JSON.stringify(one).includes('Cancel renewal')).length <= said.length - 1, true, 'one guide, one answer');
  });
  await check('in a server the bot answers when it is mentioned, and not otherwise', async () => {
    const place = {guild_id: '1', channel_id: '777'};
    gateway.dispatch('MESSAGE_CREATE', written('502', CANCEL, place));
    const bot = [...gateway.sessions.values()][0].events.find((event) => event.t === 'READY').d.user.id;
    gateway.dispatch('MESSAGE_CREATE', written('503', `<@${bot}> ${CANCEL}`, {...place, channel_id: '778', mentions: [{id: bot}]}));
    await until('the answer', () => saidAt(platform, 0, /channels\/778\/messages/).length > 0);
    same(saidAt(platform, 0, /channels\/777\/messages/).length, 0, 'unasked');
  });
  await check('an interaction that comes over the Gateway is answered by a call', async () => {
    gateway.dispatch('INTERACTION_CREATE', help('hello', inServer('504')));
    await until('the callback', () => platform.calls.some((call) => /interactions\/.*\/callback$/.test(call.url)));
    const call = platform.calls.find((one) => /interactions\/.*\/callback$/.test(one.url));
    same([bodyOf(call).type, bodyOf(call).data.flags], [4, 64], 'ephemeral');
    expect(!call.headers.authorization, 'no bot token');
  });
  await check('what is written during a cut or a restart is answered afterwards, in the same session', async () => {
    gateway.cut();
    gateway.dispatch('MESSAGE_CREATE', written('505', CANCEL));
    await until('the first', () => saidAt(platform, 0, /channels\/dm-505\/messages/).length > 0);
    const {data} = server;
    await server.stop();
    gateway.dispatch('MESSAGE_CREATE', written('506', CANCEL));
    server = await startServer({environment, data});
    await until('the second', () => saidAt(platform, 0, /channels\/dm-506\/messages/).length > 0);
    same(gateway.sessions.size, 1, 'sessions');
  });
  await server.stop();
  socket.close();
  platform.close();
}

// Slack's half of Socket Mode: sends envelopes, keeps what comes back.
class SlackSide {
  constructor() {
    Object.assign(this, {acks: [], connections: []});
  }
  upgrade(request, socket) {
    const accept = crypto.createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const frames = new Frames();
    socket.on('data', (bytes) => (frames.read(bytes) || []).forEach(({opcode, payload}) => {
      if (opcode === TEXT) this.acks.push(JSON.parse(payload.toString()));
      if (opcode === CLOSE) socket.end(frame(CLOSE, payload));
    }));
    socket.on('error', () => socket.destroy());
    this.connections.push(socket);
    this.write(socket, {type: 'hello', num_connections: 1, connection_info: {app_id: 'A1'}});
  }
  write(socket, json) {
    socket.write(frame(TEXT, Buffer.from(JSON.stringify(json))));
  }
  // Sends an envelope and waits for its acknowledgement.
  async envelope(type, payload) {
    const id = newId('envelope');
    this.write(this.connections.at(-1), {envelope_id: id, type, payload, accepts_response_payload: true});
    return until(`the ack of ${type}`, () => this.acks.find((ack) => ack.envelope_id === id));
  }
}

async function slack() {
  const platform = await platforms();
  const side = new SlackSide();
  const socket = await listening((request, connection) => side.upgrade(request, connection));
  platform.special = (call) => (call.url === '/api/apps.connections.open' ? {json: {ok: true, url: `${socket.url}/link?ticket=1`}} : null);
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_SLACK_APP_TOKEN: 'xapp-1-test'})});
  await until('the connection', () => side.connections.length > 0);

  await check('over Socket Mode a message is acknowledged and answered, and its double only acknowledged', async () => {
    const payload = JSON.parse(slackDm('USOCK', CANCEL));
    await side.envelope('events_api', payload);
    await side.envelope('events_api', payload);
    await until('the guide', () => posts(platform).some((post) => post.channel === 'DUSOCK'));
    await side.envelope('events_api', JSON.parse(slackDm('USOCK', 'thanks')));
    await until('another answer', () => posts(platform).filter((post) => post.channel === 'DUSOCK').length > 1);
    const guides = posts(platform).filter((post) => post.channel === 'DUSOCK' && /Cancel renewal/.test(JSON.stringify(post)));
    same(new Set(guides.map((post) => JSON.stringify(post))).size, guides.length, 'nothing twice');
  });
  await check('a slash command over Socket Mode is answered', async () => {
    const fields = Object.fromEntries(new URLSearchParams(slackCommand('UCMD', 'hello', {channel_id: 'C5',
      response_url: `${platform.url}/hook/1`})));
    const ack = await side.envelope('slash_commands', fields);
    await until('words', () => ack.payload || platform.calls.some((call) => call.url.startsWith('/hook/')));
  });
  await check('a cut connection is opened again', async () => {
    const before = side.connections.length;
    side.connections.at(-1).destroy();
    await until('a new one', () => side.connections.length > before);
    await side.envelope('events_api', JSON.parse(slackDm('UAGAIN', CANCEL)));
    await until('the guide', () => posts(platform).some((post) => post.channel === 'DUAGAIN'));
  });
  await server.stop();
  socket.close();
  platform.close();
}

export async function run() {
  await discord();
  await slack();
}
