// Agents work in a channel of Slack or Discord: a card for each ticket, a thread for each conversation, and nothing said past
// what nobody has read.
import {Gateway} from '../playground/gateway.mjs';
import http from 'node:http';
import {check, expect, newId, pause, same, startServer, until, withPlatforms} from './support.mjs';
import {bodyOf, discordButton as buttonOf, discordPress, inServer, platforms, slackButton, slackDm, slackEvent, slackPress, settled} from './platforms.mjs';

const REFUND = 'I was charged before I cancelled, I have used none of the credits, I want a refund';
const TEAM = 'CTEAM';
const textOf = (message) => JSON.stringify(message);

// A time as Slack writes it, always later than the one before.
let micros = 0;
const slackTs = (at = Date.now()) => `${Math.floor(at / 1000)}.${String((at % 1000) * 1000 + (micros += 1) % 1000).padStart(6, '0')}`;

async function slack() {
  const platform = await platforms();
  const standing = new Map();  // ts -> what stands there now, in the team's channel and in DMs
  platform.special = (call) => {
    const body = bodyOf(call);
    if (call.url === '/api/chat.postMessage') {
      const ts = slackTs();
      standing.set(ts, {...body, ts});
      return {json: {ok: true, channel: body.channel, ts}};
    }
    if (call.url === '/api/chat.update') {
      standing.set(body.ts, {...standing.get(body.ts), ...body});
      return {json: {ok: true, channel: body.channel, ts: body.ts}};
    }
    if (call.url === '/api/chat.delete') {
      standing.delete(body.ts);
      return {json: {ok: true}};
    }
    return null;
  };
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_SLACK_TEAM_CHANNEL: TEAM,
    HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
  const events = (body) => server.slack('/slack/events', body);
  const interact = (payload) => server.slack('/slack/interactions', payload);
  const press = (user, message, pattern, more = {}) => interact(slackPress(user, TEAM, slackButton(message, pattern),
    {container: {type: 'message', message_ts: message.ts, channel_id: TEAM, is_ephemeral: false, ...(message.thread_ts && {thread_ts: message.thread_ts})}, ...more}));
  const all = () => [...standing.values()];
  const cards = () => all().filter((one) => one.channel === TEAM && !one.thread_ts);
  const thread = (card) => all().filter((one) => one.channel === TEAM && one.thread_ts === card.ts);
  const dm = (user) => all().filter((one) => one.channel === `D${user}`);
  const write = async (user, card, text, more = {}) => {
    const ts = more.ts || slackTs();
    await events(slackEvent({channel: TEAM, channel_type: 'channel', user, text, ts, thread_ts: card.ts, ...more}));
    return ts;
  };
  // A refund case, and its card.
  const begin = async (user) => {
    const before = cards().length;
    await events(slackDm(user, REFUND));
    await until('the card', () => cards().length > before);
    await pause(200);  // nobody answers sooner than the card's own id can have come back
    return cards().at(-1);
  };
  const fresh = (card) => standing.get(card.ts);
  const unread = 2100;  // longer than anybody needs to glance

  await check('one card for a ticket: its kind, its facts, when an answer is due, and the buttons', async () => {
    const card = await begin('UA1');
    expect(/#\d+ refund/.test(textOf(card)), 'the kind');
    expect(/First answer due \d{4}-\d\d-\d\d \d\d:\d\d UTC/.test(textOf(card)), textOf(card));
    expect(/Policy: /.test(textOf(card)), 'the policy');
    for (const button of [/team:claim:/, /team:resolve:.*:approved/, /team:snooze:/]) slackButton(card, button);
    expect(/https:\/\/bot.example\/desk#ticket=/.test(textOf(card)), 'the desk');
    await events(slackDm('UA1', 'the last digits are 4242'));
    await settled('the fact on the same card', () => /4242/.test(textOf(fresh(card))));
    same(cards().filter((one) => /UA1|#1001/.test(textOf(one))).length, 1, 'cards');
  });
  await check('claiming opens the thread with what was said; the person and the agent read each other', async () => {
    const card = await begin('UA2');
    await press('UMINA', card, /team:claim:/, {user: {id: 'UMINA', username: 'mina'}});
    await until('the thread', () => thread(card).length > 0);
    expect(textOf(thread(card)[0]).includes('What was said so far') && textOf(thread(card)[0]).includes('used none'), 'what was said');
    await until('her name on the card', () => /mina/.test(textOf(fresh(card))));
    await write('UMINA', card, 'Hello, I look into it.');
    await until('her words in the DM', () => dm('UA2').some((one) => /I look into it/.test(textOf(one))));
    await events(slackDm('UA2', 'thank you, I wait'));
    await until('the answer in the thread', () => thread(card).some((one) => /thank you, I wait/.test(textOf(one))));
    same(thread(card).filter((one) => /I look into it/.test(textOf(one))).length, 0, 'her own words are not said back to her');
    same(dm('UA2').filter((one) => /#\d+ refund/.test(textOf(one))).length, 0, 'the card stays with the team');
  });
  await check('what an agent corrects or takes back follows in the DM, and what the person does follows in the thread', async () => {
    const card = await begin('UA3');
    await press('UMINA', card, /team:claim:/);
    await until('the thread', () => thread(card).length > 0);
    const ts = await write('UMINA', card, 'It comes on Munday.');
    await until('the words', () => dm('UA3').some((one) => /Munday/.test(textOf(one))));
    await events(slackEvent({channel: TEAM, channel_type: 'channel', subtype: 'message_changed', hidden: true,
      message: {user: 'UMINA', text: 'It comes on Monday.', ts, thread_ts: card.ts, edited: {user: 'UMINA', ts: slackTs()}},
      previous_message: {user: 'UMINA', text: 'It comes on Munday.', ts}}));
    await until('the correction', () => dm('UA3').some((one) => /Monday/.test(textOf(one))));
    same(dm('UA3').filter((one) => /Munday/.test(textOf(one))).length, 0, 'what was wrong');
    await events(slackEvent({channel: TEAM, channel_type: 'channel', subtype: 'message_deleted', hidden: true, deleted_ts: ts,
      previous_message: {user: 'UMINA', ts}}));
    await until('taken back', () => !dm('UA3').some((one) => /Monday/.test(textOf(one))));
    const theirs = slackTs();
    await events(slackDm('UA3', 'my card is from Bankk', {ts: theirs}));
    await until('in the thread', () => thread(card).some((one) => /Bankk/.test(textOf(one))));
    await events(slackEvent({channel: 'DUA3', channel_type: 'im', subtype: 'message_deleted', hidden: true, deleted_ts: theirs,
      previous_message: {user: 'UA3', ts: theirs}}));
    await until('gone there too', () => thread(card).some((one) => /\(deleted\)/.test(textOf(one))));
    expect(!thread(card).some((one) => /Bankk/.test(textOf(one))), 'not a word of it');
  });
  await check('notes and commands stay in the thread: //, !snooze, !transfer, !resolve, and what there is not', async () => {
    const card = await begin('UA4');
    await write('UBEN', card, '// looks fine to me', {user_profile: {display_name: 'Ben'}});
    await write('UBEN', card, '!dance');
    await until('the help', () => thread(card).some((one) => /There is no !dance/.test(textOf(one))));
    await write('UBEN', card, '!snooze 2h');
    await until('resting', () => /snoozed until/.test(textOf(fresh(card))));
    await write('UBEN', card, '!snooze forever');
    await until('how to snooze', () => thread(card).some((one) => /such as 30m, 2h/.test(textOf(one))));
    await events(slackDm('UA4', 'are you there?'));
    await until('awake', () => !/snoozed/.test(textOf(fresh(card))));
    await write('UBEN', card, '!transfer nobody');
    await until('who there is', () => thread(card).some((one) => /There are: .*mina/.test(textOf(one))));
    await write('UBEN', card, '!transfer mina');
    await until('given on', () => /mina/.test(textOf(fresh(card))));
    await write('UMINA', card, '!resolve denied');
    await until('resolved', () => /resolved: denied/.test(textOf(fresh(card))));
    const said = dm('UA4').map(textOf).join();
    expect(!/looks fine|dance|snooze|transfer/.test(said), `none of it is said to the person: ${said}`);
  });
  await check('an answer that crosses the person\'s words is held; its author sends it anyway or drops it', async () => {
    const card = await begin('UA5');
    await press('UMINA', card, /team:claim:/);
    await until('the thread', () => thread(card).length > 0);
    for (const decision of ['send', 'drop']) {
      const words = `${decision} this one`;
      await pause(unread);
      await events(slackDm('UA5', `wait, before you ${decision}`));
      await until('in the thread', () => thread(card).some((one) => one.text.includes(`before you ${decision}`)));
      await write('UMINA', card, words);
      const notice = await until('the notice', () => thread(card).find((one) => /Not sent yet/.test(textOf(one)) && textOf(one).includes(words)));
      expect(/the person wrote while you were writing/.test(textOf(notice)), textOf(notice));
      expect(!dm('UA5').some((one) => textOf(one).includes(words)), 'held');
      await press('UBEN', notice, new RegExp(`team:${decision}:`));
      await until('only she', () => thread(card).some((one) => /Only who wrote it/.test(textOf(one))));
      await press('UMINA', notice, new RegExp(`team:${decision}:`));
      await until('decided', () => thread(card).some((one) => (decision === 'send' ? /"Sent\."/ : /Discarded/).test(textOf(one))));
    }
    await until('sent', () => dm('UA5').some((one) => /send this one/.test(textOf(one))));
    await pause(200);
    expect(!dm('UA5').some((one) => /drop this one/.test(textOf(one))), 'dropped');
    await pause(unread);
    await write('UMINA', card, 'read and answered');
    await until('what was read can be answered', () => dm('UA5').some((one) => /read and answered/.test(textOf(one))));
  });
  await check('two agents never answer unaware of each other', async () => {
    const card = await begin('UA6');
    await press('UMINA', card, /team:claim:/);
    await until('the thread', () => thread(card).length > 0);
    await write('UBEN', card, 'I know better');
    const notice = await until('the notice', () => thread(card).find((one) => /mina has this ticket/.test(textOf(one))));
    expect(!dm('UA6').some((one) => /know better/.test(textOf(one))), 'held');
    await press('UBEN', notice, /team:send:/);
    await until('sent', () => dm('UA6').some((one) => /know better/.test(textOf(one))));
    await until('it is his', () => !/· mina ·/.test(textOf(fresh(card))));
    const id = textOf(card).match(/#ticket=(\w+)/)[1];
    const byApi = await server.api('POST', `/api/v1/tickets/${id}/reply`, {client_message_id: 'x', text: 'me too', agent: 'Zoe'});
    same(byApi.status, 409, 'by API the same');
  });
  await check('attachments come as links, both ways', async () => {
    const card = await begin('UA7');
    await press('UMINA', card, /team:claim:/);
    await until('the thread', () => thread(card).length > 0);
    const files = (name) => ({subtype: 'file_share', files: [{name, permalink: `https://files.example/${name}`}]});
    await events(slackDm('UA7', '', files('bill.png')));
    await until('to the team', () => thread(card).some((one) => /files.example\/bill.png/.test(textOf(one))));
    await pause(unread);
    await write('UMINA', card, 'see here', files('how.png'));
    await until('to the person', () => dm('UA7').some((one) => /files.example\/how.png/.test(textOf(one)) && /see here/.test(textOf(one))));
  });
  await check('what is delivered twice is done once, and a stranger\'s button elsewhere does nothing', async () => {
    const card = await begin('UA8');
    await press('UMINA', card, /team:claim:/);
    await until('the thread', () => thread(card).length > 0);
    const event = slackEvent({channel: TEAM, channel_type: 'channel', user: 'UMINA', text: 'only once', ts: slackTs(), thread_ts: card.ts});
    await Promise.all([events(event), events(event)]);
    await settled('said', () => dm('UA8').some((one) => /only once/.test(textOf(one))));
    same(dm('UA8').filter((one) => /only once/.test(textOf(one))).length, 1, 'times');
    await interact(slackPress('UA8', 'DUA8', slackButton(fresh(card), /team:resolve:.*approved/)));
    await pause(300);
    expect(!/resolved/.test(textOf(fresh(card))), 'a person cannot approve their own refund with a button they made up');
  });
  await server.stop();
  platform.close();
}

async function discord() {
  const platform = await platforms();
  const world = {log: () => {}, tell: () => {}, gateway: 0};
  let gateway = null;
  const http_ = http.createServer();
  http_.on('upgrade', (incoming, connection) => gateway.upgrade(incoming, connection));
  await new Promise((resolve) => http_.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${http_.address().port}`;
  gateway = new Gateway({world, token: 'discord-test', url: () => url});
  const standing = new Map();  // id -> what stands there now
  const threads = [];
  let number = 0n;
  const snowflake = () => String(((BigInt(Date.now()) - 1420070400000n) << 22n) + (number += 1n));
  platform.special = (call) => {
    if (call.url === '/api/v10/gateway/bot') {
      return {json: {url, shards: 1, session_start_limit: {total: 1000, remaining: 1000, reset_after: 1, max_concurrency: 1}}};
    }
    const message = call.url.match(/\/channels\/([^/]+)\/messages(?:\/([^/]+))?(\/threads)?$/);
    if (!message) return null;
    const [, place, id, opens] = message;
    if (opens) {
      threads.push({place, id, name: bodyOf(call).name});
      return {status: 201, json: {id}};
    }
    if (call.method === 'DELETE') {
      standing.delete(id);
      return {status: 204, text: ''};
    }
    const made = id || snowflake();
    standing.set(made, {...standing.get(made), ...bodyOf(call), id: made, place});
    return {json: {id: made}};
  };
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_DISCORD_GATEWAY: '1',
    HANDRAIL_DISCORD_TEAM_CHANNEL: '900', HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
  await until('the session', () => world.gateway === 1);
  const at = (place) => [...standing.values()].filter((one) => one.place === place);
  const write = (user, content, place = {}) => {
    const id = snowflake();
    gateway.dispatch('MESSAGE_CREATE', {id, channel_id: `dm-${user}`, type: 0, content, mentions: [],
      author: {id: user, username: `name${user}`}, ...place});
    return id;
  };
  const inThread = (card) => ({guild_id: '1', channel_id: card.id, channel_type: 11});

  await check('Discord: a card, a thread under it, and words both ways', async () => {
    write('601', REFUND);
    const card = await until('the card', () => at('900')[0]);
    const pressed = await server.discord('/discord/interactions', discordPress(buttonOf(card, /team:claim:/), inServer('700', '900')));
    same([pressed.status, pressed.json.type], [200, 6], 'acknowledged without a word');
    await until('the thread', () => threads.length === 1);
    same([threads[0].place, threads[0].id], ['900', card.id], 'under the card');
    expect(/#\d+ refund/.test(threads[0].name), threads[0].name);
    await until('what was said', () => at(card.id).some((one) => /used none/.test(textOf(one))));
    const first = write('700', 'Hello from Discord', inThread(card));
    await until('in the DM', () => at('dm-601').some((one) => /Hello from Discord/.test(textOf(one))));
    write('601', 'thank you');
    await until('in the thread', () => at(card.id).some((one) => /thank you/.test(textOf(one))));
    gateway.dispatch('MESSAGE_UPDATE', {id: first, channel_id: card.id, guild_id: '1', type: 0, content: 'Hello again', mentions: [],
      author: {id: '700', username: 'name700'}, edited_timestamp: '2026-11-25T10:00:00.000000+00:00'});
    await until('corrected', () => at('dm-601').some((one) => /Hello again/.test(textOf(one))));
    gateway.dispatch('MESSAGE_DELETE', {id: first, channel_id: card.id, guild_id: '1'});
    await until('taken back', () => !at('dm-601').some((one) => /Hello again/.test(textOf(one))));
    await pause(2100);
    write('700', '!resolve approved', inThread(card));
    await until('resolved', () => /resolved: approved/.test(textOf(standing.get(card.id))));
    same(threads.length, 1, 'threads');
  });
  await server.stop();
  http_.close();
  platform.close();
}

export async function run() {
  await slack();
  await discord();
}
