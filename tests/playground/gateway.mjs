// Discord's Gateway from the server's side (contracts/discord.md section 5) on a WebSocket (RFC 6455) written by hand, since
// nothing here may depend on npm: text frames, pings and closes; hello, identify, heartbeats, events and resume with replay.
import crypto from 'node:crypto';
import {DISCORD} from './people.mjs';

const HEARTBEAT_MS = 41250;
const EVENTS_KEPT = 500;
const PAYLOAD_BYTES = 4096;
const MESSAGE_CONTENT = 1 << 15;
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];

export function frame(opcode, payload) {
  const size = payload.length;
  const head =
    size < 126
      ? Buffer.from([0x80 | opcode, size])
      : size < 65536
        ? Buffer.from([0x80 | opcode, 126, size >> 8, size & 255])
        : Buffer.concat([
            Buffer.from([0x80 | opcode, 127]),
            Buffer.from([0, 0, 0, 0]),
            Buffer.from([size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255]),
          ]);
  return Buffer.concat([head, payload]);
}

// Reads frames from what has come; what is not whole yet stays.
export class Frames {
  constructor() {
    this.rest = Buffer.alloc(0);
  }
  // Returns [{fin, opcode, payload}], or null when a client breaks the rules: unmasked, or too long.
  read(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    const frames = [];
    while (this.rest.length >= 2) {
      const masked = (this.rest[1] & 0x80) !== 0;
      let size = this.rest[1] & 0x7f;
      let at = 2;
      if (!masked || size === 127) return null;
      if (size === 126) {
        if (this.rest.length < 4) break;
        size = this.rest.readUInt16BE(2);
        at = 4;
      }
      if (this.rest.length < at + 4 + size) break;
      const mask = this.rest.subarray(at, at + 4);
      const payload = Buffer.from(this.rest.subarray(at + 4, at + 4 + size).map((byte, i) => byte ^ mask[i % 4]));
      frames.push({fin: (this.rest[0] & 0x80) !== 0, opcode: this.rest[0] & 15, payload});
      this.rest = this.rest.subarray(at + 4 + size);
    }
    return frames;
  }
}

class Connection {
  constructor(gateway, socket) {
    Object.assign(this, {gateway, socket, session: null, pieces: []});
    const frames = new Frames();
    socket.on('data', (bytes) => {
      const read = frames.read(bytes);
      if (!read) return this.close(1002);
      return read.forEach((one) => this.take(one));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.ended());
    this.send({op: 10, d: {heartbeat_interval: HEARTBEAT_MS}});
    this.beat();
  }
  send({op, d = null, s = null, t = null}) {
    if (!this.socket.destroyed) this.socket.write(frame(TEXT, Buffer.from(JSON.stringify({op, d, s, t}))));
  }
  close(code) {
    if (!this.socket.destroyed) this.socket.end(frame(CLOSE, Buffer.from([code >> 8, code & 255])));
  }
  ended() {
    clearTimeout(this.timer);
    this.gateway.connections.delete(this);
    if (this.session && this.session.connection === this) this.session.connection = null;
    this.gateway.tellCount();
  }
  beat() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(4009), HEARTBEAT_MS * 1.5).unref();
  }
  take({fin, opcode, payload}) {
    if (opcode === PING) return void this.socket.write(frame(PONG, payload));
    if (opcode === PONG) return undefined;
    if (opcode === CLOSE) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      if ((code === 1000 || code === 1001) && this.session) this.gateway.sessions.delete(this.session.id); // that ends the session
      return void this.socket.end(frame(CLOSE, payload.subarray(0, 2)));
    }
    this.pieces.push(payload);
    if (!fin) return undefined;
    const whole = Buffer.concat(this.pieces);
    this.pieces = [];
    if (whole.length > PAYLOAD_BYTES) return this.close(4002);
    let said;
    try {
      said = JSON.parse(whole.toString());
    } catch {
      return this.close(4002);
    }
    return this.said(said);
  }
  said({op, d}) {
    if (op === 1) {
      this.beat();
      return this.send({op: 11});
    }
    if (op === 2) return this.session ? this.close(4005) : this.identify(d || {});
    if (op === 6) return this.session ? this.close(4005) : this.resume(d || {});
    if (!this.session) return this.close(4003);
    return [3, 4, 8].includes(op) ? undefined : this.close(4001);
  }
  identify({token, intents}) {
    if (token !== this.gateway.token) return this.close(4004);
    if (!Number.isInteger(intents)) return this.close(4013);
    const id = crypto.randomBytes(16).toString('hex');
    this.session = {id, intents, sequence: 0, events: [], connection: this};
    this.gateway.sessions.set(id, this.session);
    this.gateway.dispatchTo(this.session, 'READY', {
      v: 10,
      user: DISCORD.bot,
      session_id: id,
      resume_gateway_url: this.gateway.url(),
      guilds: [{id: DISCORD.guild, unavailable: true}],
      application: {id: DISCORD.application, flags: 0},
    });
    this.gateway.dispatchTo(this.session, 'GUILD_CREATE', {
      id: DISCORD.guild,
      name: DISCORD.guildName,
      channels: DISCORD.channels.map(({id: channel, name}) => ({id: channel, name, type: 0})),
    });
    return this.gateway.tellCount();
  }
  resume({token, session_id: id, seq}) {
    if (token !== this.gateway.token) return this.close(4004);
    const session = this.gateway.sessions.get(id);
    if (!session) return this.send({op: 9, d: false});
    if (seq > session.sequence) return this.close(4007);
    this.session = session;
    session.connection = this;
    for (const event of session.events.filter((one) => one.s > seq)) this.send(event);
    this.gateway.dispatchTo(session, 'RESUMED', {});
    return this.gateway.tellCount();
  }
}

export class Gateway {
  constructor({world, token, url}) {
    Object.assign(this, {world, token, url, sessions: new Map(), connections: new Set()});
  }
  // For the 'upgrade' event of a node:http server.
  upgrade(request, socket) {
    const key = request.headers['sec-websocket-key'];
    const {searchParams} = new URL(request.url, 'http://playground');
    if (!key || (searchParams.get('encoding') || 'json') !== 'json') return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const accept = crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.setNoDelay(true);
    this.connections.add(new Connection(this, socket));
    return undefined;
  }
  // To every session, also one that is away: it is replayed. Returns how many sessions there are.
  dispatch(name, data, withContent = true) {
    for (const session of this.sessions.values()) {
      const sees = withContent || (session.intents & MESSAGE_CONTENT) !== 0;
      this.dispatchTo(
        session,
        name,
        sees || name === 'MESSAGE_DELETE' ? data : {...data, content: '', embeds: [], attachments: [], components: []},
      );
    }
    return this.sessions.size;
  }
  dispatchTo(session, name, data) {
    session.sequence += 1;
    const event = {op: 0, s: session.sequence, t: name, d: data};
    session.events.push(event);
    if (session.events.length > EVENTS_KEPT) session.events.shift();
    if (session.connection) session.connection.send(event);
    if (name !== 'GUILD_CREATE')
      this.world.log({
        to: 'handrail',
        platform: 'discord',
        what: `Gateway ${name}`,
        sent: JSON.stringify(data),
        status: session.connection ? 'sent' : 'kept',
      });
  }
  // As a bad network does: without a word. The session stays and can be resumed.
  cut() {
    for (const {socket} of this.connections) socket.destroy();
  }
  tellCount() {
    this.world.gateway = [...this.sessions.values()].filter((one) => one.connection).length;
    this.world.tell({type: 'gateway', gateway: this.world.gateway});
  }
}
