// Discord from outside: the conversations the product is made for, by command, message command and button, in servers and in
// DMs, and what the platform does on its bad days.
import {check, expect, expectError, newId, pause, same, startServer, until, withPlatforms} from './support.mjs';
import {bodyOf, discordButton, discordPress, help, inDm, inServer, interaction, platforms, saidAt, settled,
  slackDm} from './platforms.mjs';

const CANCEL = 'how do I cancel my subscription?';
const REFUND = 'I was charged before I cancelled and used none of the credits, I want a refund';
const PERSIAN = [['چرا كرديت رايگان براي من نمي آيد', 'with Arabic letters'],
  ['chera credit rayegan baraye man nemiad', 'romanised']];
const PERSIAN_LETTERS = /[\u0600-\u06ff]/;
const EPHEMERAL = 64;
const wordsOf = (message) => JSON.stringify([message.content, (message.embeds || []).map((embed) => [embed.title, embed.description])]);
const allWords = (messages) => messages.map(wordsOf).join('\n');
const isStep = (embed) => /^\W*\d\. /.test(embed.title || '');
const stepsIn = (messages) => messages.flatMap((message) => message.embeds || []).filter(isStep).length;

// What a person is shown for one interaction: the response itself, the edited original and the follow-ups.
function shown(platform, sent, answer, from = 0) {
  const own = new RegExp(`/webhooks/42/${sent.token}(/messages/@original)?$`);
  const inline = answer.json && answer.json.type === 4 ? [answer.json.data] : [];
  return [...inline, ...saidAt(platform, from, own)];
}

async function conversations(server, platform) {
  const ask = async (sent) => {
    const answer = await server.discord('/discord/interactions', sent);
    same(answer.status, 200, answer.text);
    return answer;
  };
  const tickets = async () => (await server.api('GET', '/api/v1/tickets')).json.tickets;
  const answered = async (sent, what = 'the answer') => {
    const from = platform.calls.length;
    const answer = await ask(sent);
    await settled(what, () => shown(platform, sent, answer, from).some((message) => wordsOf(message).length > 20), 150);
    return {answer, from, messages: shown(platform, sent, answer, from)};
  };

  await check('PING is answered with PONG, and a webhook event with 204', async () => {
    same((await ask({type: 1, id: '1', token: 't', application_id: '42'})).json, {type: 1}, 'PONG');
    for (const body of [{type: 0, application_id: '42'}, {type: 1, event: {type: 'APPLICATION_AUTHORIZED', data: {}}}]) {
      same((await server.discord('/discord/events', body)).status, 204, 'the event');
    }
  });
  await check('the cancel guide by command: in a DM openly, in a server for this person alone, with its pictures', async () => {
    for (const [how, where] of [['DM', inDm('1001')], ['server', inServer('1002')]]) {
      const {answer, messages, from} = await answered(help(CANCEL, where));
      expect(stepsIn(messages) === 7 && /pop-up/.test(allWords(messages)), `${how}: ${allWords(messages)}`);
      same(answer.json.type, 5, 'pictures need a call of our own, so it is deferred');
      same((answer.json.data || {}).flags, how === 'server' ? EPHEMERAL : undefined, `${how}: who sees it`);
      const call = platform.calls.slice(from).find((one) => /multipart/.test(one.headers['content-type'] || ''));
      expect(call && /filename="picture1\.png"/.test(call.body), 'pictures are attached');
      expect(messages.every((message) => JSON.stringify(message.allowed_mentions) === '{"parse":[]}'), 'nobody is pinged');
      same(platform.calls.slice(from).filter((one) => /\/channels\/888\/messages/.test(one.url)).length, 0, 'nothing in public');
    }
    const {messages} = await answered(help('cancel_subscription', inDm('1003')));
    same(stepsIn(messages), 7, 'by the topic that autocomplete offers');
  });
  await check('the message command answers what stood in the message', async () => {
    const message = {id: '77', content: CANCEL, author: {id: '5'}};
    const data = {name: 'Get help with this', type: 3, target_id: '77', resolved: {messages: {77: message}}};
    const {answer, messages} = await answered(interaction(2, data, inServer('1004')));
    expect(stepsIn(messages) === 7 && answer.json.data.flags === EPHEMERAL, allWords(messages));
    const odd = await ask(interaction(2, {...data, target_id: '78'}, inServer('1004')));
    expect([4, 5].includes(odd.json.type), `a message that is not there: ${odd.text}`);
  });
  await check('a refund in a server: "check your DM" for this person, the matter in the DM, one case for the team', async () => {
    const {answer, messages, from} = await answered(help(REFUND, inServer('1005')));
    expect(/check your DM/.test(allWords(messages)), allWords(messages));
    expect(answer.json.data.flags === EPHEMERAL, 'for this person');
    const direct = () => saidAt(platform, from, /\/channels\/dm-1005\/messages$/);
    await settled('the DM', () => direct().length > 0);
    same(saidAt(platform, from, /users\/@me\/channels$/).map((body) => body.recipient_id), ['1005'], 'opened for them');
    const [ticket] = (await tickets()).filter((one) => allWords(direct()).includes(String(one.number)));
    same([ticket.kind, ticket.channel], ['refund', 'discord'], 'the case');
    expect(direct().every((body) => body.nonce.length <= 25 && body.enforce_nonce === true), 'with a nonce that is enforced');
    await answered(help('I want a refund please', inDm('1005')));
    await pause(100);
    same((await tickets()).filter((one) => one.person_id === ticket.person_id).length, 1, 'a second request joins it');
  });
  await check('free credits in Persian, with Arabic letters and romanised, and the review that it offers', async () => {
    for (const [text, how] of PERSIAN) {
      for (const where of [inDm(newId('20')), inServer(newId('20'))]) {
        const {messages} = await answered(help(text, where), how);
        expect(PERSIAN_LETTERS.test(allWords(messages)), `${how}: ${allWords(messages)}`);
        discordButton(messages.at(-1), /^review:yes$/);
      }
    }
    const {messages} = await answered(help(PERSIAN[0][0], inDm('1006')));
    await answered(discordPress(discordButton(messages.at(-1), /^review:yes$/), inDm('1006')));
    await until('the review', async () => (await tickets()).some((ticket) => ticket.kind === 'account_review' && ticket.locale === 'fa'));
  });
  await check('the buttons: step by step, next, back, stuck twice to a person, done', async () => {
    const where = inDm('1007');
    let {messages} = await answered(help(CANCEL, where));
    const press = async (pattern) => {
      ({messages} = await answered(discordPress(discordButton(messages.at(-1), pattern), where), String(pattern)));
      return allWords(messages);
    };
    expect(/"1\. /.test(await press(/:start:/)), allWords(messages));
    expect(/"2\. /.test(await press(/:next:/)), allWords(messages));
    expect(/"1\. /.test(await press(/:back:/)), allWords(messages));
    expect(/"1\. /.test(await press(/:stuck:/)), allWords(messages));
    expect(/request/i.test(await press(/:stuck:/)), allWords(messages));
    ({messages} = await answered(help(CANCEL, where)));
    await press(/:done:/);
    const button = discordButton(messages.at(-1), /^ticket:new$/);
    const modal = await ask(discordPress(button, where));
    same([modal.json.type, modal.json.data.custom_id], [9, 'ticket:new'], 'a form');
    expect(modal.json.data.title.length <= 45 && JSON.stringify(modal.json).includes('"custom_id":"subject"'), modal.text);
  });
  await check('the form makes a case, in the server by DM, in either shape of its components', async () => {
    const shapes = [[{type: 18, component: {type: 4, custom_id: 'subject', value: 'My invoice has a wrong name on it'}}],
      [{type: 1, components: [{type: 4, custom_id: 'subject', value: 'My invoice has a wrong name on it'}]}]];
    for (const [i, components] of shapes.entries()) {
      const user = `103${i}`;
      const before = (await tickets()).length;
      const sent = interaction(5, {custom_id: 'ticket:new', components}, inServer(user));
      const {messages, from} = await answered(sent);
      expect(/check your DM/.test(allWords(messages)), allWords(messages));
      await until('the DM', () => saidAt(platform, from, new RegExp(`/channels/dm-${user}/messages$`)).length > 0);
      same((await tickets()).length, before + 1, 'a case');
    }
  });
  await check('an interaction that is repeated is decided once and answered the same', async () => {
    const sent = help('hello', inDm('1008'));
    const [first, second] = [await ask(sent), await ask(sent)];
    same(first.json.type, 4, first.text);
    same(second.json, first.json, 'the same answer');
  });
}

async function manners(server, platform) {
  const ask = (sent) => server.discord('/discord/interactions', sent);
  await check('autocomplete is always type 8: what fits, what does not, nonsense and nothing', async () => {
    const typing = (value) => ({name: 'help', type: 1, options: [{name: 'topic', type: 3, value, focused: true}]});
    const type = (value, locale = 'en-US') => ask(interaction(4, typing(value), {...inServer('1'), locale}));
    const all = await type('');
    expect(all.json.type === 8 && all.json.data.choices.length >= 5 && all.json.data.choices.length <= 25, all.text);
    expect(all.json.data.choices.every((choice) => choice.name.length <= 100 && choice.value), all.text);
    same((await type('cancel')).json.data.choices.map((choice) => choice.value), ['cancel_subscription'], 'what fits');
    same((await type('xyzzy')).json, {type: 8, data: {choices: []}}, 'nothing fits');
    expect(PERSIAN_LETTERS.test(JSON.stringify((await type('', 'fa')).json)), 'in their language');
    for (const odd of [interaction(4, null), interaction(4, {}), interaction(4, {options: 7}, {}), {type: 4},
      interaction(4, {options: [{focused: 'x'}]}),
      interaction(4, {name: 'other', options: [{name: 'x', value: 'y'.repeat(6000), focused: true}]})]) {
      const answer = await ask(odd);
      same([answer.status, answer.json.type], [200, 8], JSON.stringify(odd).slice(0, 100));
    }
  });
  await check('commands, buttons and forms that nobody knows get a polite answer for this person alone', async () => {
    for (const sent of [interaction(2, {name: 'weather', type: 1}, inServer('1')),
      interaction(2, {name: 'Who is this', type: 2}, inServer('1')),
      discordPress({custom_id: ''}, inServer('1'), {data: {component_type: 2, custom_id: ''}}),
      discordPress('x'.repeat(101), inServer('1')),
      interaction(5, {custom_id: 'nobody:knows', components: []}, inServer('1'))]) {
      const answer = await ask(sent);
      same([answer.status, answer.json.type, answer.json.data.flags], [200, 4, EPHEMERAL], answer.text);
      expect(/sorry/i.test(answer.json.data.content), answer.text);
    }
    for (const id of ['no:such:button', 'guide:nothing:next:1', 'guide:cancel_subscription:next:99999999999']) {
      const answer = await ask(discordPress(id, inDm(newId('30'))));
      expect(answer.status === 200 && [4, 5, 6].includes(answer.json.type), answer.text);
    }
  });
  await check('an interaction without its parts, or of a type to come, does no harm', async () => {
    for (const sent of [{}, {type: 2}, {type: 99}, {type: '2'}, {type: 2, id: '1', token: 't'}, interaction(3, null, {user: {id: 7}}),
      interaction(2, {name: 7}, {member: null, guild_id: '1'}), interaction(5, {custom_id: 'ticket:new', components: 7}, inDm(newId('31'))),
      interaction(2, {name: 'help', options: [[[]]]}, inDm(newId('31')))]) {
      same((await ask(sent)).status, 200, JSON.stringify(sent));
    }
    same((await server.discord('/discord/interactions', '[]')).status < 500, true, 'a list');
    expectError(await server.discord('/discord/interactions', '{'), 400, {code: 'invalid'});
    expectError(await server.call('POST', '/discord/interactions', {body: {type: 1}}), 401, {code: 'unauthorized'});
    expectError(await server.discord('/discord/interactions', {type: 1}, {headers: {'X-Signature-Ed25519': '0'.repeat(128)}}), 401);
    expectError(await server.discord('/discord/interactions', {type: 1}, {seconds: Math.floor(Date.now() / 1000) - 400}), 401);
  });
  await check('a body of 60 kB is read, and a very long wish is one message', async () => {
    const sent = help(`${CANCEL} ${'please '.repeat(8500)}`, inDm('1040'));
    expect(JSON.stringify(sent).length > 59000, 'large');
    const answer = await ask(sent);
    expect(answer.status === 200 && [4, 5].includes(answer.json.type), answer.text);
  });
  await check('while a person has the case a command says so, and a button is acknowledged', async () => {
    await ask(help(REFUND, inDm('1041')));
    const {tickets} = (await server.api('GET', '/api/v1/tickets')).json;
    const own = tickets.reduce((newest, one) => (one.number > newest.number ? one : newest));
    const from = platform.calls.length;
    await server.api('POST', `/api/v1/tickets/${own.id}/reply`, {agent: 'Sara', client_message_id: newId('r'), text: 'Hello, I am Sara.'});
    await until('her words', () => /I am Sara/.test(allWords(saidAt(platform, from, /\/channels\/dm-1041\/messages$/))));
    const command = await ask(help(CANCEL, inDm('1041')));
    expect(command.json.type === 4 && /passed this on/.test(command.text) && !/pop-up/.test(command.text), command.text);
    same((await ask(discordPress('guide:cancel_subscription:next:1', inDm('1041')))).json.type, 6, 'the button');
  });
}

async function badDays(server, platform) {
  const ask = (sent) => server.discord('/discord/interactions', sent);
  const closed = (code) => (call) =>
    (/\/channels\/dm-\d+\/messages$/.test(call.url) ? {status: 403, json: {code, message: 'Cannot send messages to this user'}} : null);
  await check('a closed DM: a private thread in the channel, with the person in it, and the agent sees it', async () => {
    for (const [i, code] of [50007, 50278].entries()) {
      platform.special = closed(code);
      const from = platform.calls.length;
      const user = `105${i}`;
      await ask(help(REFUND, inServer(user, '889')));
      const calls = () => platform.calls.slice(from);
      const posted = () => calls().find((call) => /thread-\d+\/messages$/.test(call.url));
      await settled('the message in the thread', posted);
      const made = calls().filter((call) => call.url === '/api/v10/channels/889/threads').map(bodyOf);
      same(made.map((body) => [body.type, body.invitable]), [[12, false]], `${code}: one private thread`);
      expect(calls().some((call) => call.method === 'PUT' && call.url.endsWith(`/thread-members/${user}`)), 'they are in it');
      expect(/request/i.test(posted().body), 'the same words');
      const agent = await server.agent(newId('Agent'));
      const {tickets} = (await agent.get('/tickets')).json;
      const rungs = await Promise.all(tickets.map(async (one) => (await agent.get(`/tickets/${one.id}`)).json.delivery_rung));
      expect(rungs.filter((rung) => rung === 'private_thread').length === i + 1, `the agent sees: ${rungs}`);
    }
    platform.special = () => null;
  });
  await check('a closed DM and no thread either: an ephemeral answer with a link to the chat', async () => {
    platform.special = (call) => closed(50007)(call) || (call.url.endsWith('/threads') ? {status: 403, json: {code: 50013}} : null);
    const from = platform.calls.length;
    const sent = help(REFUND, inServer('1060', '890'));
    await ask(sent);
    const followUps = () => saidAt(platform, from, new RegExp(`/webhooks/42/${sent.token}$`));
    const links = () => followUps().filter((body) => /#chat=/.test(body.content || ''));
    await settled('the link', () => links().length > 0);
    same(links().map((body) => body.flags), [EPHEMERAL], 'once, for this person');
    expect(!/#chat=/.test(JSON.stringify(saidAt(platform, from, /\/channels\//))), 'never elsewhere');
    platform.special = () => null;
  });
  await check('an interaction whose webhook has died is not called again: the answer goes by DM', async () => {
    const sent = help(REFUND, inServer('1061', '891'));
    platform.special = (call) => (call.url.includes(sent.token) ? {status: 404, json: {code: 10015}} : closed(50007)(call)) ||
      (call.url.endsWith('/threads') ? {status: 403, json: {code: 50013}} : null);
    const from = platform.calls.length;
    const answer = await ask(sent);
    await until('the refusals', () => platform.calls.slice(from).some((call) => /\/threads$|dm-1061\/messages$/.test(call.url)));
    await pause(400);
    const dead = platform.calls.slice(from).filter((call) => call.url.includes(sent.token));
    expect(dead.length <= 1, `calls of a dead webhook: ${dead.length} after ${answer.text}`);
    platform.special = () => null;
  });
  await check('interactions repeated at the same moment are answered the same', async () => {
    for (let i = 0; i < 5; i += 1) {
      const sent = help('hello', inDm(`108${i}`));
      const answers = await Promise.all([ask(sent), ask(sent), ask(sent)]);
      same(answers.map((answer) => answer.json), Array(3).fill(answers[0].json), 'answers');
    }
  });
  await check('a platform that hangs keeps the other one not waiting', async () => {
    platform.special = (call) => (call.url.startsWith('/api/chat.') ? {afterMs: 4000, json: {ok: true, ts: '1.000001'}} : null);
    await Promise.all(Array.from({length: 12}, (_, i) => server.slack('/slack/events', slackDm(`UHANG${i}`, CANCEL))));
    const sent = help(CANCEL, inDm('1090'));
    const from = platform.calls.length;
    const begun = Date.now();
    await ask(sent);
    await until('the guide', () => platform.calls.slice(from).some((call) => call.url.includes(`${sent.token}/messages/@original`)));
    expect(Date.now() - begun < 3000, `${Date.now() - begun} ms`);
    platform.special = () => null;
  });
  const original = (sent, from) =>
    platform.calls.slice(from).filter((call) => call.url.includes(`/webhooks/42/${sent.token}/messages/@original`));
  await check('429 with retry_after: waited for as long, then sent once; nobody else waits for it', async () => {
    let limited = 0;
    const sent = help(CANCEL, inDm('1070'));
    const wait = {status: 429, headers: {'Retry-After': '2'}, json: {message: 'limited', retry_after: 1.2, global: false}};
    platform.special = (call) => (call.url.includes(sent.token) && (limited += 1) === 1 ? wait : null);
    const from = platform.calls.length;
    await ask(sent);
    await until('the first try', () => original(sent, from).length === 1);
    const begun = Date.now();
    const other = help(CANCEL, inDm('1071'));
    await ask(other);
    await until('the other one', () => original(other, from).length === 1);
    expect(Date.now() - begun < 1100, 'the other does not wait');
    await settled('the second try', () => original(sent, from).length === 2);
    expect(Date.now() - begun > 1000, 'not before the time');
    same(original(sent, from).length, 2, 'and then no more');
    platform.special = () => null;
  });
  await check('5xx and lost answers: tried again with the same nonce, so that Discord says it once, and in order', async () => {
    await ask(help(REFUND, inDm('1072')));
    const {tickets} = (await server.api('GET', '/api/v1/tickets')).json;
    const ticket = tickets.reduce((newest, one) => (one.number > newest.number ? one : newest));
    for (const trouble of [{status: 502, text: '<html>'}, {lost: true}]) {
      let count = 0;
      platform.special = (call) => (/\/channels\/dm-1072\/messages$/.test(call.url) && (count += 1) === 1 ? trouble : null);
      const from = platform.calls.length;
      for (const text of ['first words', 'second words']) {
        await server.api('POST', `/api/v1/tickets/${ticket.id}/reply`, {agent: 'Sara', client_message_id: newId('r'), text});
      }
      const said = () => saidAt(platform, from, /\/channels\/dm-1072\/messages$/);
      await settled('all', () => said().length >= 3);
      same(said().map((body) => (/first/.test(wordsOf(body)) ? 1 : 2)), [1, 1, 2], 'again, then the next');
      same(said()[0].nonce, said()[1].nonce, 'the same nonce');
      expect(said()[2].nonce !== said()[0].nonce && said().every((body) => body.enforce_nonce === true), 'each message has its own');
    }
    platform.special = () => null;
  });
  await check('an interaction that died is repaired by DM, with the whole answer', async () => {
    const sent = help(CANCEL, inServer('1073', '891'));
    platform.special = (call) => (call.url.includes(sent.token) ? {status: 404, json: {code: 10015, message: 'Unknown Webhook'}} : null);
    const from = platform.calls.length;
    await ask(sent);
    const direct = () => saidAt(platform, from, /\/channels\/dm-1073\/messages$/);
    await settled('the DM', () => /pop-up/.test(allWords(direct())));
    same(stepsIn(direct()), 7, 'the whole guide, once');
    platform.special = () => null;
  });
}

export async function run() {
  const platform = await platforms();
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
  await conversations(server, platform);
  await manners(server, platform);
  await badDays(server, platform);
  await server.stop();
  platform.close();
}
