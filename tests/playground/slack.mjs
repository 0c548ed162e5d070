// Slack as Handrail sees it: the Web API that it calls, and the signed events, commands and interactions that it gets
// (contracts/slack.md). Slack's own retries and limits included; Socket Mode (apps.connections.open) is not.
import crypto from 'node:crypto';
import {parsed, pause} from './http.mjs';
import {SLACK} from './people.mjs';
import {messageProblem} from './slack_limits.mjs';
import {fromKeyboard} from './slack_text.js';

const RETRY_WAITS_MS = [0, 60e3, 300e3];
const RESPONSE_URL_LIFE_MS = 30 * 60e3;
const RESPONSE_URL_USES = 5;
const TRIGGER_LIFE_MS = 3000;

const failed = (error, words) => ({json: {ok: false, error, ...(words ? {response_metadata: {messages: [`[ERROR] ${words}`]}} : {})}});
const random = (bytes = 6) => crypto.randomBytes(bytes).toString('hex');

export class Slack {
  // `deliver(route, body, headers)` posts to Handrail and resolves as send() of http.mjs does.
  constructor({world, secret, token, origin, deliver}) {
    Object.assign(this, {world, secret, token, origin, deliver});
    this.hooks = new Map(); // id -> {user, channel, key, expires, uses}
    this.triggers = new Map(); // trigger_id -> {user, expires}
    this.views = new Map(); // view id -> {user, view}
    this.lastTs = 0;
    this.number = 0;
    for (const {id, name, about, members} of SLACK.channels) world.addPlace({platform: 'slack', id, name, kind: 'channel', about, members});
    for (const one of SLACK.people) world.addPlace({platform: 'slack', id: one.dm, name: SLACK.bot.title, kind: 'dm', members: [one.id]});
  }

  // ---- What Handrail calls ----

  // `call`: {method, path (after /api/), headers, query, bytes}. Returns {status?, json | text}.
  api(call) {
    const authorization = call.headers.authorization || '';
    if (!authorization) return failed('not_authed');
    if (authorization !== `Bearer ${this.token}`) return failed('invalid_auth');
    const type = call.headers['content-type'] || '';
    const text = call.bytes.toString();
    const given = type.startsWith('application/json') ? parsed(text) : Object.fromEntries(new URLSearchParams(text || call.query));
    if (!given) return failed('invalid_json');
    const methods = {
      'auth.test': () => ({
        ok: true,
        url: `https://${SLACK.domain}.slack.com/`,
        team: SLACK.teamName,
        user: SLACK.bot.name,
        team_id: SLACK.team,
        user_id: SLACK.bot.id,
        bot_id: SLACK.bot.bot_id,
        is_enterprise_install: false,
      }),
      'users.info': () => this.userInfo(given),
      'conversations.open': () => this.openDm(given),
      'conversations.info': () => this.channelInfo(given),
      'conversations.history': () => this.history(given, (one) => !one.thread_ts || one.thread_ts === one.ts),
      'conversations.replies': () => this.history(given, (one) => one.ts === given.ts || one.thread_ts === given.ts),
      'chat.postMessage': () => this.postMessage(given),
      'chat.postEphemeral': () => this.postEphemeral(given),
      'chat.update': () => this.update(given),
      'chat.delete': () => this.delete(given),
      'views.open': () => this.openView(given),
      'views.update': () => this.updateView(given),
    };
    const method = methods[call.path];
    if (!method) return failed('unknown_method');
    const result = method();
    return result.json ? result : {json: result};
  }

  userInfo({user, include_locale: withLocale}) {
    const person = [...SLACK.people, SLACK.bot].find((one) => one.id === user);
    if (!person) return failed('user_not_found');
    return {
      ok: true,
      user: {
        id: user,
        team_id: SLACK.team,
        name: person.name,
        real_name: person.title,
        deleted: false,
        is_bot: user === SLACK.bot.id,
        tz: 'Europe/Lisbon',
        tz_offset: 0,
        profile: {display_name: person.title, real_name: person.title},
        ...(String(withLocale) === 'true' ? {locale: person.locale} : {}),
      },
    };
  }
  openDm({users, channel}) {
    if (this.world.trouble.slack.closed) return failed('cannot_dm_bot');
    const person = SLACK.people.find((one) => one.id === users || one.dm === channel);
    return person ? {ok: true, channel: {id: person.dm}} : failed('user_not_found');
  }
  channelInfo({channel}) {
    const place = this.place(channel);
    return place
      ? {ok: true, channel: {id: channel, name: place.name, is_im: place.kind === 'dm', is_member: true}}
      : failed('channel_not_found');
  }
  history({channel, limit = 100, latest, oldest}, wanted) {
    const place = this.place(channel);
    if (!place) return failed('channel_not_found');
    const found = place.messages.filter(
      (one) => one.ts && !one.only && wanted(one) && (!latest || one.ts <= latest) && (!oldest || one.ts >= oldest),
    );
    return {ok: true, messages: found.slice(-limit).reverse().map(shown), has_more: false};
  }
  place(id) {
    const place = this.world.places.get(id);
    return place && place.platform === 'slack' ? place : undefined;
  }

  postMessage(given) {
    const person = SLACK.people.find((one) => one.id === given.channel);
    const channel = person ? person.dm : given.channel;
    const place = this.place(channel);
    if (!place) return failed('channel_not_found');
    if (place.kind === 'dm' && this.world.trouble.slack.closed) return failed('messages_tab_disabled');
    const problem = messageProblem(given);
    if (problem) return failed(problem.error, problem.words);
    if (given.thread_ts && !this.world.find(channel, given.thread_ts)) return failed('thread_not_found');
    const message = this.botMessage(channel, given);
    this.world.put(channel, message);
    this.event({...shown(message), channel, channel_type: channelType(channel), event_ts: message.ts});
    return {ok: true, channel, ts: message.ts, message: shown(message)};
  }
  postEphemeral(given) {
    const place = this.place(given.channel);
    if (!place) return failed('channel_not_found');
    if (!this.world.sees(given.channel, given.user)) return failed('user_not_in_channel');
    const problem = messageProblem(given);
    if (problem) return failed(problem.error, problem.words);
    const message = {...this.botMessage(given.channel, given), only: given.user};
    this.world.put(given.channel, message);
    return {ok: true, message_ts: message.ts};
  }
  update(given) {
    if (!this.place(given.channel)) return failed('channel_not_found');
    const message = this.world.find(given.channel, given.ts);
    if (!message || message.only) return failed('message_not_found');
    if (message.user !== SLACK.bot.id) return failed('cant_update_message');
    const problem = messageProblem(given);
    if (problem) return failed(problem.error, problem.words);
    const {blocks, ...rest} = message; // text without blocks removes the blocks
    const changed = {
      ...rest,
      text: given.text || '',
      ...(given.blocks ? {blocks: given.blocks} : {}),
      edited: {user: SLACK.bot.id, ts: this.newTs()},
      raw: given,
    };
    this.world.put(given.channel, changed);
    this.event({
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel: given.channel,
      channel_type: channelType(given.channel),
      ts: this.newTs(),
      event_ts: this.newTs(),
      message: shown(changed),
      previous_message: shown(message),
    });
    return {ok: true, channel: given.channel, ts: given.ts, text: changed.text};
  }
  delete({channel, ts}) {
    const message = this.place(channel) && this.world.find(channel, ts);
    if (!message) return failed('message_not_found');
    if (message.user !== SLACK.bot.id) return failed('cant_delete_message');
    this.world.remove(channel, ts);
    return {ok: true, channel, ts};
  }
  openView({trigger_id: triggerId, view}) {
    const trigger = this.triggers.get(triggerId);
    if (!trigger || trigger.expires < Date.now()) return failed('expired_trigger_id');
    this.triggers.delete(triggerId);
    if (!view || view.type !== 'modal' || !view.title) return failed('invalid_arguments');
    const made = {...view, id: `V${random()}`, hash: `${this.newTs()}.${random(3)}`};
    this.views.set(made.id, {user: trigger.user, view: made});
    this.world.tell({type: 'modal', platform: 'slack', user: trigger.user, view: made});
    return {ok: true, view: made};
  }
  updateView({view_id: id, hash, view}) {
    const known = this.views.get(id);
    if (!known) return failed('not_found');
    if (hash && hash !== known.view.hash) return failed('hash_conflict');
    known.view = {...view, id, hash: `${this.newTs()}.${random(3)}`};
    this.world.tell({type: 'modal', platform: 'slack', user: known.user, view: known.view});
    return {ok: true, view: known.view};
  }

  // A post to a response_url. Returns {status, text}.
  hook(id, bytes) {
    const hook = this.hooks.get(id);
    if (!hook) return {status: 404, text: 'no_such_hook'};
    if (hook.expires < Date.now()) return {status: 404, text: 'expired_url'};
    if (hook.uses >= RESPONSE_URL_USES) return {status: 404, text: 'used_url'};
    const given = parsed(bytes.toString());
    if (!given) return {status: 400, text: 'invalid_payload'};
    hook.uses += 1;
    if (given.delete_original && hook.key) {
      this.world.remove(hook.channel, hook.key);
      return {text: 'ok'};
    }
    const problem = messageProblem(given);
    if (problem) return {status: 400, json: {ok: false, error: problem.error}};
    this.put(hook.channel, given, hook.user, given.replace_original ? hook.key : undefined);
    return {text: 'ok'};
  }

  // ---- What people do ----

  say({as, channel, text, thread}) {
    if (!this.world.sees(channel, as)) return;
    const ts = this.newTs();
    const message = {
      key: ts,
      at: Date.now(),
      type: 'message',
      user: as,
      text: fromKeyboard(text, SLACK.bot),
      ts,
      team: SLACK.team,
      client_msg_id: random(8),
      ...(thread ? {thread_ts: thread} : {}),
    };
    this.world.put(channel, message);
    const event = {...shown(message), channel, event_ts: ts};
    const asMessage = () => this.event({...event, channel_type: channelType(channel)});
    const named = message.text.includes(`<@${SLACK.bot.id}>`) && channelType(channel) !== 'im';
    if (!named) return void asMessage();
    // Both copies come, in either order: in turn.
    this.number += 1;
    const copies = [asMessage, () => this.event({...event, type: 'app_mention'})];
    if (this.number % 2) copies.reverse();
    for (const copy of copies) copy();
  }
  edit({as, channel, key, text}) {
    const before = this.world.find(channel, key);
    if (!before || before.user !== as) return;
    const after = {...before, text: fromKeyboard(text, SLACK.bot), edited: {user: as, ts: this.newTs()}};
    this.world.put(channel, after);
    this.event({
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel,
      channel_type: channelType(channel),
      ts: this.newTs(),
      event_ts: this.newTs(),
      message: shown(after),
      previous_message: shown(before),
    });
  }
  remove({as, channel, key}) {
    const before = this.world.find(channel, key);
    if (!before) return;
    if (before.only === as) return void this.world.remove(channel, key); // an ephemeral message is dismissed; nobody is told
    if (before.user !== as) return;
    this.world.remove(channel, key);
    this.event({
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      channel,
      channel_type: channelType(channel),
      ts: this.newTs(),
      event_ts: this.newTs(),
      deleted_ts: key,
      previous_message: shown(before),
    });
  }
  async command({as, channel, command = '/help', text = ''}) {
    if (!this.world.sees(channel, as)) return;
    const person = SLACK.people.find((one) => one.id === as);
    const place = this.place(channel);
    const body = new URLSearchParams({
      token: 'deprecated',
      team_id: SLACK.team,
      team_domain: SLACK.domain,
      channel_id: channel,
      channel_name: place.kind === 'dm' ? 'directmessage' : place.name,
      user_id: as,
      user_name: person.name,
      command,
      text: fromKeyboard(text, SLACK.bot),
      api_app_id: SLACK.app,
      is_enterprise_install: 'false',
      response_url: this.newHook(as, channel),
      trigger_id: this.newTrigger(as),
    }).toString();
    const answer = await this.post('/slack/commands', body);
    if (answer.failed || answer.status !== 200) {
      const error = answer.failed === 'http_timeout' ? 'operation_timeout' : 'dispatch_failed';
      return void this.world.notice(channel, as, `${command} failed with the error “${error}”`);
    }
    if (!answer.text.trim()) return;
    this.put(channel, parsed(answer.text) || {text: answer.text}, as);
  }
  // A button of a message, by its block and element.
  async press({as, channel, key, block, element}) {
    const message = this.world.find(channel, key);
    const button = message && message.blocks[block].elements[element];
    if (!button) return;
    const person = SLACK.people.find((one) => one.id === as);
    const place = this.place(channel);
    const {type, action_id: actionId, value, url, text} = button;
    await this.interact(as, channel, {
      type: 'block_actions',
      team: {id: SLACK.team, domain: SLACK.domain},
      user: {id: as, username: person.name, name: person.name, team_id: SLACK.team},
      api_app_id: SLACK.app,
      token: 'deprecated',
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: channel,
        is_ephemeral: Boolean(message.only),
        ...(message.thread_ts ? {thread_ts: message.thread_ts} : {}),
      },
      trigger_id: this.newTrigger(as),
      channel: {id: channel, name: place.kind === 'dm' ? 'directmessage' : place.name},
      ...(message.only ? {} : {message: shown(message)}),
      state: {values: {}},
      response_url: this.newHook(as, channel, key),
      actions: [
        {
          type,
          action_id: actionId,
          block_id: message.blocks[block].block_id || `b${block}`,
          ...(value === undefined ? {} : {value}),
          ...(url ? {url} : {}),
          text,
          action_ts: this.newTs(),
        },
      ],
    });
  }
  // The message shortcut "Get help with this".
  async shortcut({as, channel, key}) {
    const message = this.world.find(channel, key);
    if (!message) return;
    const person = SLACK.people.find((one) => one.id === as);
    await this.interact(as, channel, {
      type: 'message_action',
      callback_id: 'help_with_this',
      token: 'deprecated',
      action_ts: this.newTs(),
      trigger_id: this.newTrigger(as),
      team: {id: SLACK.team, domain: SLACK.domain},
      user: {id: as, name: person.name},
      channel: {id: channel, name: this.place(channel).name},
      message_ts: message.ts,
      message: shown(message),
      response_url: this.newHook(as, channel),
    });
  }
  async submit({as, view: id, values}) {
    const known = this.views.get(id);
    if (!known || known.user !== as) return {};
    const state = {values: {}};
    for (const block of known.view.blocks || []) {
      if (block.type !== 'input') continue;
      const {action_id: action, type} = block.element;
      state.values[block.block_id] = {[action]: {type, value: values[action] || null}};
    }
    const payload = {
      type: 'view_submission',
      team: {id: SLACK.team, domain: SLACK.domain},
      user: {id: as, username: as.toLowerCase()},
      api_app_id: SLACK.app,
      token: 'deprecated',
      trigger_id: this.newTrigger(as),
      view: {...known.view, state},
      response_urls: [],
    };
    const answer = await this.post('/slack/interactions', new URLSearchParams({payload: JSON.stringify(payload)}).toString());
    const asked =
      answer.status === 200
        ? parsed(answer.text) || {}
        : {response_action: 'errors', errors: {'': 'We had some trouble connecting. Try again?'}};
    if (asked.response_action === 'errors') return {errors: asked.errors};
    this.views.delete(id);
    return {closed: true};
  }

  // ---- Tools ----

  async interact(as, channel, payload) {
    const answer = await this.post('/slack/interactions', new URLSearchParams({payload: JSON.stringify(payload)}).toString());
    if (answer.status !== 200) this.world.notice(channel, as, '⚠ This app responded with an error, or not in time.');
  }
  // A message that Handrail answered a command or a response_url with.
  put(channel, given, person, replaced) {
    const message = this.botMessage(channel, given);
    const kept = replaced && this.world.find(channel, replaced);
    if (kept) Object.assign(message, {key: kept.key, ts: kept.ts, ...(kept.thread_ts ? {thread_ts: kept.thread_ts} : {})});
    this.world.put(channel, given.response_type === 'in_channel' || (kept && !kept.only) ? message : {...message, only: person});
  }
  botMessage(channel, given) {
    const ts = this.newTs();
    return {
      key: ts,
      at: Date.now(),
      type: 'message',
      user: SLACK.bot.id,
      bot_id: SLACK.bot.bot_id,
      app_id: SLACK.app,
      team: SLACK.team,
      text: given.text || '',
      ts,
      ...(given.blocks ? {blocks: given.blocks} : {}),
      ...(given.thread_ts ? {thread_ts: given.thread_ts} : {}),
      ...(given.metadata ? {metadata: given.metadata} : {}),
      raw: given,
    };
  }
  newTs() {
    this.lastTs = Math.max(this.lastTs + 1, Date.now() * 1000);
    const text = String(this.lastTs);
    return `${text.slice(0, -6)}.${text.slice(-6)}`;
  }
  newHook(user, channel, key) {
    const id = random(12);
    this.hooks.set(id, {user, channel, key, expires: Date.now() + RESPONSE_URL_LIFE_MS, uses: 0});
    return `${this.origin()}/hooks/${id}`;
  }
  newTrigger(user) {
    const id = `${Date.now()}.${random(5)}`;
    this.triggers.set(id, {user, expires: Date.now() + TRIGGER_LIFE_MS});
    return id;
  }

  post(route, body, type = 'application/x-www-form-urlencoded', more = {}) {
    const seconds = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${crypto.createHmac('sha256', this.secret).update(`v0:${seconds}:${body}`).digest('hex')}`;
    return this.deliver(route, body, {
      'Content-Type': type,
      'X-Slack-Request-Timestamp': seconds,
      'X-Slack-Signature': signature,
      'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      ...more,
    });
  }
  // One event, again at once and after 1 and 5 minutes while it is not acknowledged within 3 s.
  async event(event) {
    const body = JSON.stringify({
      token: 'deprecated',
      team_id: SLACK.team,
      context_team_id: SLACK.team,
      context_enterprise_id: null,
      api_app_id: SLACK.app,
      type: 'event_callback',
      event_id: `Ev${random(6).toUpperCase()}`,
      event_time: Math.floor(Date.now() / 1000),
      event_context: `4-${random(8)}`,
      authorizations: [{enterprise_id: null, team_id: SLACK.team, user_id: SLACK.bot.id, is_bot: true, is_enterprise_install: false}],
      is_ext_shared_channel: false,
      event,
    });
    let answer = await this.post('/slack/events', body, 'application/json');
    for (const [i, wait] of RETRY_WAITS_MS.entries()) {
      const acknowledged = answer.status >= 200 && answer.status < 300;
      if (acknowledged || (answer.headers && answer.headers['x-slack-no-retry'] === '1')) return;
      await pause(wait);
      answer = await this.post('/slack/events', body, 'application/json', {
        'X-Slack-Retry-Num': String(i + 1),
        'X-Slack-Retry-Reason': answer.failed || 'http_error',
      });
    }
  }
}

// A message as the API and the events show it: without what only the playground knows.
function shown({key, at, only, raw, ...message}) {
  return message;
}
const channelType = (channel) => (channel[0] === 'D' ? 'im' : 'channel');
