// Discord as Handrail sees it: the REST API that it calls, and the signed interactions that it gets (contracts/discord.md).
// What is posted also goes out by the Gateway (gateway.mjs).
import crypto from 'node:crypto';
import {messageProblem} from './discord_limits.mjs';
import {parsed, partsOf} from './http.mjs';
import {DISCORD} from './people.mjs';

const EPOCH_MS = 1420070400000n;
const TOKEN_LIFE_MS = 15 * 60e3;
const NONCE_LIFE_MS = 5 * 60e3;
const EPHEMERAL = 64;
const PERMISSIONS = '2251799813685247';

const unknown = {
  channel: [10003, 'Unknown Channel'],
  message: [10008, 'Unknown Message'],
  user: [10013, 'Unknown User'],
  webhook: [10015, 'Unknown Webhook'],
  interaction: [10062, 'Unknown interaction'],
};
const refused = (status, code, message, more = {}) => ({status, json: {message, code, ...more}});
const notFound = (what) => refused(404, unknown[what][0], unknown[what][1]);

export class Discord {
  // `deliver(route, body, headers)` posts to Handrail; `gateway` is told what happens in channels.
  constructor({world, privateKey, token, origin, deliver, gateway}) {
    Object.assign(this, {world, privateKey, token, origin, deliver, gateway});
    this.interactions = new Map(); // token -> {id, user, place, original, deferred, source, answered, expires}
    this.commands = [];
    this.files = new Map(); // address -> {type, bytes}
    this.nonces = new Map(); // channel and nonce -> {key, expires}
    this.number = 0n;
    for (const {id, name, about} of DISCORD.channels) world.addPlace({platform: 'discord', id, name, kind: 'channel', about});
    for (const one of DISCORD.people)
      world.addPlace({platform: 'discord', id: one.dm, name: DISCORD.bot.global_name, kind: 'dm', members: [one.id]});
  }

  // ---- What Handrail calls ----

  // `call`: {method, path (after /api/v10), headers, bytes}. Returns {status?, json | text}.
  api(call) {
    const {method, path, headers} = call;
    const isOpen = /^\/(webhooks|interactions)\//.test(path);
    if (!isOpen && headers.authorization !== `Bot ${this.token}`) return refused(401, 0, '401: Unauthorized');
    if (!/^DiscordBot /.test(headers['user-agent'] || '')) return refused(403, 40333, 'internal network error');
    const type = headers['content-type'] || '';
    let body = {};
    let files = [];
    if (type.startsWith('multipart/form-data')) {
      const parts = partsOf(call.bytes, type);
      body = parsed((parts.find((part) => part.name === 'payload_json') || {bytes: ''}).bytes.toString());
      files = parts.filter((part) => part.filename);
    } else if (call.bytes.length > 0) {
      if (!type.startsWith('application/json')) return refused(400, 50035, 'Invalid Form Body');
      body = parsed(call.bytes.toString());
    }
    if (!body) return refused(400, 50109, 'The request body contains invalid JSON.');
    const routes = [
      [
        'GET',
        /^\/gateway(?:\/bot)?$/,
        () => ({
          json: {
            url: `${this.origin().replace('http', 'ws')}/gateway`,
            shards: 1,
            session_start_limit: {total: 1000, remaining: 999, reset_after: 14400000, max_concurrency: 1},
          },
        }),
      ],
      ['GET', /^\/users\/@me$/, () => ({json: DISCORD.bot})],
      ['POST', /^\/users\/@me\/channels$/, () => this.openDm(body)],
      ['GET', /^\/channels\/(\d+)$/, (id) => (this.place(id) ? {json: this.channel(id)} : notFound('channel'))],
      [
        'GET',
        /^\/channels\/(\d+)\/messages$/,
        (id) =>
          this.place(id)
            ? {
                json: this.place(id)
                  .messages.filter((one) => one.id && !one.only)
                  .reverse()
                  .map(shown),
              }
            : notFound('channel'),
      ],
      ['POST', /^\/channels\/(\d+)\/messages$/, (id) => this.post(id, body, files)],
      ['PATCH', /^\/channels\/(\d+)\/messages\/(\d+)$/, (id, key) => this.change(id, key, body, files)],
      ['DELETE', /^\/channels\/(\d+)\/messages\/(\d+)$/, (id, key) => this.take(id, key)],
      ['POST', /^\/channels\/(\d+)\/threads$/, (id) => this.openThread(id, body)],
      ['PUT', /^\/channels\/(\d+)\/thread-members\/(\d+)$/, (id, user) => this.addMember(id, user)],
      ['PATCH', /^\/channels\/(\d+)$/, (id) => this.changeThread(id, body)],
      ['PUT', /^\/applications\/\d+\/(?:guilds\/\d+\/)?commands$/, () => this.register(body)],
      ['GET', /^\/applications\/\d+\/(?:guilds\/\d+\/)?commands$/, () => ({json: this.commands})],
      ['POST', /^\/interactions\/(\d+)\/([^/]+)\/callback$/, (id, token) => this.callback(id, token, body)],
      ['PATCH', /^\/webhooks\/(\d+)\/([^/]+)\/messages\/@original$/, (app, token) => this.editOriginal(app, token, body, files)],
      ['POST', /^\/webhooks\/(\d+)\/([^/]+)$/, (app, token) => this.followUp(app, token, body, files)],
    ];
    for (const [verb, pattern, answer] of routes) {
      const found = verb === method && pattern.exec(path);
      if (found) return answer(...found.slice(1));
    }
    return refused(404, 0, '404: Not Found');
  }

  openDm({recipient_id: id}) {
    const person = DISCORD.people.find((one) => one.id === id);
    if (!person) return refused(400, 50033, 'Invalid Recipient(s)');
    return {json: {id: person.dm, type: 1, recipients: [userOf(id)], last_message_id: null, flags: 0}};
  }
  post(id, body, files) {
    const place = this.place(id);
    if (!place) return notFound('channel');
    if (place.kind === 'dm' && this.world.trouble.discord.closed) return refused(403, 50007, 'Cannot send messages to this user');
    if (place.locked) return refused(400, 160005, 'This thread is locked');
    const problem = messageProblem(body, files);
    if (problem) return {status: 400, json: problem};
    if (body.nonce !== undefined && String(body.nonce).length > 25)
      return {status: 400, json: {code: 50035, message: 'Invalid Form Body', errors: {nonce: {}}}};
    const nonceKey = `${id} ${body.nonce}`;
    const before = body.enforce_nonce && this.nonces.get(nonceKey);
    if (before && before.expires > Date.now() && this.world.find(id, before.key)) return {json: shown(this.world.find(id, before.key))};
    const message = this.botMessage(id, body, files);
    if (body.nonce !== undefined) {
      message.nonce = body.nonce;
      this.nonces.set(nonceKey, {key: message.key, expires: Date.now() + NONCE_LIFE_MS});
    }
    this.world.put(id, message);
    this.tellGateway('MESSAGE_CREATE', id, message);
    return {json: shown(message)};
  }
  change(id, key, body, files) {
    if (!this.place(id)) return notFound('channel');
    const message = this.world.find(id, key);
    if (!message || message.only) return notFound('message');
    if (message.author.id !== DISCORD.bot.id) return refused(403, 50005, 'Cannot edit a message authored by another user');
    return this.rewrite(id, message, body, files);
  }
  take(id, key) {
    const message = this.place(id) && this.world.find(id, key);
    if (!message) return notFound('message');
    this.world.remove(id, key);
    this.tellGateway('MESSAGE_DELETE', id, message);
    return {status: 204, text: ''};
  }
  rewrite(id, message, body, files) {
    const {loading, ...known} = message;
    const merged = {...known, ...body};
    const problem = messageProblem({...merged, components: merged.components || []}, [
      ...files,
      ...(body.attachments ? [] : known.attachments || []),
    ]);
    if (problem) return {status: 400, json: problem};
    const fresh = this.botMessage(
      id,
      {...body, content: merged.content, embeds: body.embeds || known.embeds, components: merged.components},
      files,
      message.key,
    );
    const changed = {
      ...known,
      content: fresh.content,
      embeds: fresh.embeds,
      components: fresh.components,
      raw: body,
      attachments: body.attachments || files.length ? fresh.attachments : known.attachments,
      flags: known.flags,
      edited_timestamp: loading ? null : new Date().toISOString(),
    };
    this.world.put(id, changed);
    if (!changed.only) this.tellGateway(loading ? 'MESSAGE_CREATE' : 'MESSAGE_UPDATE', id, changed);
    return {json: shown(changed)};
  }
  openThread(parent, {name, type, invitable}) {
    const place = this.place(parent);
    if (!place) return notFound('channel');
    if (place.kind !== 'channel') return refused(400, 50024, 'Cannot execute action on this channel type');
    if (!name || [...name].length > 100) return {status: 400, json: {code: 50035, message: 'Invalid Form Body', errors: {name: {}}}};
    const id = this.snowflake();
    this.world.addPlace({platform: 'discord', id, name, kind: 'thread', parent, members: [], private: type === 12, invitable});
    return {status: 201, json: this.channel(id)};
  }
  addMember(id, user) {
    const place = this.place(id);
    if (!place || place.kind !== 'thread') return notFound('channel');
    if (!userOf(user)) return notFound('user');
    this.world.changePlace(id, {members: [...new Set([...place.members, user])]});
    return {status: 204, text: ''};
  }
  changeThread(id, {archived, locked, name}) {
    if (!this.place(id)) return notFound('channel');
    this.world.changePlace(id, {
      ...(archived === undefined ? {} : {archived}),
      ...(locked === undefined ? {} : {locked}),
      ...(name ? {name} : {}),
    });
    return {json: this.channel(id)};
  }
  register(commands) {
    if (!Array.isArray(commands)) return {status: 400, json: {code: 50035, message: 'Invalid Form Body'}};
    this.commands = commands.map((one) => ({...one, id: this.snowflake(), application_id: DISCORD.application, version: this.snowflake()}));
    this.world.tell({type: 'commands', commands: this.commands});
    return {json: this.commands};
  }

  // ---- Answers to interactions ----

  // `shape` is {type, data}. Returns what the person's client needs at once: {choices}, or nothing.
  answered(interaction, {type, data = {}}) {
    Object.assign(interaction, {answered: true});
    const {place, user} = interaction;
    const only = (data.flags & EPHEMERAL) !== 0 ? {only: user} : {};
    const about = {interaction: {user, name: interaction.name}};
    if (type === 4) {
      const problem = messageProblem(data);
      if (problem) return {failed: problem};
      const message = {...this.botMessage(place, data, []), ...about, ...only};
      interaction.original = this.world.put(place, message).key;
      if (!message.only) this.tellGateway('MESSAGE_CREATE', place, message);
    } else if (type === 5) {
      const message = {...this.botMessage(place, {content: '', flags: data.flags}, []), ...about, ...only, loading: true};
      interaction.original = this.world.put(place, message).key;
      interaction.deferred = true;
    } else if (type === 6 || type === 7) {
      interaction.original = interaction.source;
      const source = this.world.find(place, interaction.source);
      if (type === 7 && source) this.rewrite(place, source, data, []);
    } else if (type === 9) {
      this.world.tell({type: 'modal', platform: 'discord', user, place, view: data});
    } else if (type === 8) {
      return {choices: data.choices};
    } else {
      return {failed: {code: 50035, message: 'Invalid Form Body'}};
    }
    return {};
  }
  callback(id, token, body) {
    const interaction = this.live(token);
    if (!interaction || interaction.id !== id || interaction.dead) return notFound('interaction');
    if (interaction.answered) return refused(400, 40060, 'Interaction has already been acknowledged.');
    const {failed} = this.answered(interaction, body);
    return failed ? {status: 400, json: failed} : {status: 204, text: ''};
  }
  live(token) {
    const interaction = this.interactions.get(token);
    return interaction && interaction.expires > Date.now() ? interaction : undefined;
  }
  editOriginal(app, token, body, files) {
    const interaction = app === DISCORD.application ? this.live(token) : undefined;
    if (!interaction) return notFound('webhook');
    const message = interaction.original && this.world.find(interaction.place, interaction.original);
    if (!message) return notFound('message');
    interaction.deferred = false;
    return this.rewrite(interaction.place, message, body, files);
  }
  followUp(app, token, body, files) {
    const interaction = app === DISCORD.application ? this.live(token) : undefined;
    if (!interaction || !interaction.answered) return notFound('webhook');
    // Discord's old habit: the first follow-up of a deferred answer fills it.
    if (interaction.deferred) return this.editOriginal(app, token, body, files);
    const problem = messageProblem(body, files);
    if (problem) return {status: 400, json: problem};
    const message = {
      ...this.botMessage(interaction.place, body, files),
      ...((body.flags & EPHEMERAL) !== 0 ? {only: interaction.user} : {}),
    };
    this.world.put(interaction.place, message);
    if (!message.only) this.tellGateway('MESSAGE_CREATE', interaction.place, message);
    return {json: shown(message)};
  }

  // ---- What people do ----

  say({as, channel, text}) {
    if (!this.world.sees(channel, as)) return;
    const id = this.snowflake();
    const content = text.replace(new RegExp(`@${DISCORD.bot.global_name}\\b`, 'gi'), `<@${DISCORD.bot.id}>`);
    const message = {
      ...this.emptyMessage(channel, id, userOf(as)),
      content,
      mentions: content.includes(`<@${DISCORD.bot.id}>`) ? [DISCORD.bot] : [],
    };
    this.world.put(channel, message);
    if (this.tellGateway('MESSAGE_CREATE', channel, message) === 0) {
      this.world.notice(channel, as, 'No Gateway connection: Handrail does not hear free text on Discord. Try /help.');
    }
  }
  edit({as, channel, key, text}) {
    const before = this.world.find(channel, key);
    if (!before || before.author.id !== as) return;
    const after = {...before, content: text, edited_timestamp: new Date().toISOString()};
    this.world.put(channel, after);
    this.tellGateway('MESSAGE_UPDATE', channel, after);
  }
  remove({as, channel, key}) {
    const before = this.world.find(channel, key);
    if (!before) return;
    if (before.only !== as && before.author.id !== as) return;
    this.world.remove(channel, key);
    if (!before.only) this.tellGateway('MESSAGE_DELETE', channel, before);
  }
  command({as, channel, topic}) {
    const options = topic ? [{name: 'topic', type: 3, value: topic}] : [];
    return this.interact(
      2,
      {id: this.commandId('help'), name: 'help', type: 1, options},
      {as, channel, name: topic ? `/help topic: ${topic}` : '/help'},
    );
  }
  async complete({as, channel, typed}) {
    const data = {id: this.commandId('help'), name: 'help', type: 1, options: [{name: 'topic', type: 3, value: typed, focused: true}]};
    const {choices} = await this.interact(4, data, {as, channel, quiet: true});
    return {choices: choices || []};
  }
  messageCommand({as, channel, key}) {
    const message = this.world.find(channel, key);
    if (!message) return {};
    const data = {
      id: this.commandId('Get help with this'),
      name: 'Get help with this',
      type: 3,
      target_id: key,
      resolved: {messages: {[key]: shown(message)}},
    };
    return this.interact(2, data, {as, channel, name: 'Get help with this'});
  }
  press({as, channel, key, id}) {
    const message = this.world.find(channel, key);
    if (!message) return {};
    return this.interact(3, {component_type: 2, custom_id: id, id: 1}, {as, channel, source: key, message: shown(message)});
  }
  submit({as, channel, view, values}) {
    const components = view.components.map((label, i) => ({
      type: 18,
      id: i * 2 + 1,
      component: {type: 4, id: i * 2 + 2, custom_id: label.component.custom_id, value: values[label.component.custom_id] || ''},
    }));
    return this.interact(5, {custom_id: view.custom_id, components}, {as, channel});
  }

  async interact(type, data, {as, channel, name = '', source, message, quiet = false}) {
    if (!this.world.sees(channel, as)) return {};
    const place = this.place(channel);
    const person = DISCORD.people.find((one) => one.id === as);
    const token = crypto.randomBytes(30).toString('base64url');
    const interaction = {id: this.snowflake(), user: as, place: channel, name, source, expires: Date.now() + TOKEN_LIFE_MS};
    this.interactions.set(token, interaction);
    const where =
      place.kind === 'dm'
        ? {context: 1, user: userOf(as), authorizing_integration_owners: {0: '0'}}
        : {
            context: 0,
            guild_id: DISCORD.guild,
            guild_locale: 'en-US',
            member: {user: userOf(as), roles: [], permissions: PERMISSIONS, joined_at: '2026-01-01T00:00:00+00:00'},
            authorizing_integration_owners: {0: DISCORD.guild},
          };
    const body = JSON.stringify({
      id: interaction.id,
      application_id: DISCORD.application,
      type,
      token,
      version: 1,
      data,
      channel_id: channel,
      channel: this.channel(channel),
      locale: person.locale,
      entitlements: [],
      attachment_size_limit: 10485760,
      app_permissions: PERMISSIONS,
      ...where,
      ...(message ? {message} : {}),
    });
    const answer = await this.signed('/discord/interactions', body);
    const shape = answer.status === 200 ? parsed(answer.text) : null;
    if (answer.status === 202 || interaction.answered) return {};
    const result = shape ? this.answered(interaction, shape) : {failed: {message: 'no answer'}};
    if (!result.failed) return result;
    interaction.dead = true;
    this.interactions.delete(token);
    if (!quiet) this.world.notice(channel, as, type === 3 ? 'This interaction failed' : 'The application did not respond');
    return {};
  }
  signed(route, body) {
    const seconds = String(Math.floor(Date.now() / 1000));
    const signature = crypto.sign(null, Buffer.from(seconds + body), this.privateKey).toString('hex');
    return this.deliver(route, body, {
      'Content-Type': 'application/json',
      'X-Signature-Timestamp': seconds,
      'X-Signature-Ed25519': signature,
      'User-Agent': 'Discord-Interactions/1.0 (+https://discord.com)',
    });
  }

  // ---- Tools ----

  place(id) {
    const place = this.world.places.get(id);
    return place && place.platform === 'discord' ? place : undefined;
  }
  channel(id) {
    const place = this.place(id);
    const person = DISCORD.people.find((one) => one.dm === id);
    if (person) return {id, type: 1, recipients: [userOf(person.id)]};
    if (place.kind === 'channel') return {id, type: 0, name: place.name, guild_id: DISCORD.guild};
    return {
      id,
      type: place.private ? 12 : 11,
      name: place.name,
      guild_id: DISCORD.guild,
      parent_id: place.parent,
      thread_metadata: {
        archived: Boolean(place.archived),
        locked: Boolean(place.locked),
        auto_archive_duration: 10080,
        invitable: Boolean(place.invitable),
      },
    };
  }
  commandId(name) {
    return (this.commands.find((one) => one.name === name) || {id: '0'}).id;
  }
  snowflake() {
    this.number = (this.number + 1n) & 0x3fffffn;
    return (((BigInt(Date.now()) - EPOCH_MS) << 22n) | this.number).toString();
  }
  emptyMessage(channel, id, author) {
    return {
      key: id,
      at: Date.now(),
      id,
      channel_id: channel,
      type: 0,
      content: '',
      author,
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      attachments: [],
      embeds: [],
      components: [],
      pinned: false,
      tts: false,
      flags: 0,
    };
  }
  botMessage(channel, body, files, key = this.snowflake()) {
    const attachments = files.map((file, i) => {
      const index = (/\[(\d+)\]/.exec(file.name) || [null, String(i)])[1];
      const about = (body.attachments || []).find((one) => String(one.id) === index) || {};
      const address = `/attachments/${channel}/${this.snowflake()}/${encodeURIComponent(file.filename)}`;
      this.files.set(address, {type: file.type || 'application/octet-stream', bytes: file.bytes});
      return {
        id: this.snowflake(),
        filename: file.filename,
        description: about.description,
        size: file.bytes.length,
        content_type: file.type,
        url: this.origin() + address,
      };
    });
    const embeds = (body.embeds || []).map((embed) => {
      const named = /^attachment:\/\/(.+)/.exec((embed.image || {}).url || '');
      const file = named && attachments.find((one) => one.filename === named[1]);
      return {type: 'rich', ...embed, ...(file ? {image: {url: file.url, description: file.description}} : {})};
    });
    return {
      ...this.emptyMessage(channel, key, DISCORD.bot),
      content: body.content || '',
      embeds,
      attachments,
      components: body.components || [],
      flags: body.flags || 0,
      application_id: DISCORD.application,
      raw: body,
    };
  }
  // Returns how many connections got it.
  tellGateway(name, channel, message) {
    const place = this.place(channel);
    const where = place.kind === 'dm' ? {channel_type: 1} : {guild_id: DISCORD.guild, channel_type: place.kind === 'thread' ? 12 : 0};
    if (name === 'MESSAGE_DELETE')
      return this.gateway.dispatch(name, {id: message.id, channel_id: channel, ...(where.guild_id ? {guild_id: where.guild_id} : {})});
    const withContent = place.kind === 'dm' || message.author.id === DISCORD.bot.id || message.mentions.length > 0;
    return this.gateway.dispatch(
      name,
      {...shown(message), ...where, ...(place.kind === 'dm' ? {} : {member: {roles: [], joined_at: '2026-01-01T00:00:00+00:00'}})},
      withContent,
    );
  }
}

function userOf(id) {
  if (id === DISCORD.bot.id) return DISCORD.bot;
  const person = DISCORD.people.find((one) => one.id === id);
  return person && {id, username: person.name, global_name: person.title, discriminator: '0', avatar: null, bot: false};
}
// A message as the API and the Gateway show it: without what only the playground knows.
function shown({key, at, only, raw, loading, interaction, ...message}) {
  return message;
}
