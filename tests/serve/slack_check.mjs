// Slack from outside: the conversations the product is made for, in every place a person can write, and what the platform
// does on its bad days.
import {check, expect, expectError, newId, pause, same, startServer, until, withPlatforms} from './support.mjs';
import {bodyOf, platforms, posts, settled, slackButton, slackCommand, slackDm, slackEvent, slackMention, slackPayload,
  slackPress} from './platforms.mjs';

const CANCEL = 'how do I cancel my subscription?';
const REFUND = 'I was charged before I cancelled and used none of the credits, I want a refund';
const PERSIAN = [['چرا كرديت رايگان براي من نمي آيد', 'with Arabic letters'],
  ['chera credit rayegan baraye man nemiad', 'romanised']];
const PERSIAN_LETTERS = /[\u0600-\u06ff]/;
const textOf = (messages) => messages.map((message) => message.text).join('\n');
const expectGuide = (messages) => {
  expect(textOf(messages).includes('Confirm in the pop-up'), `the guide: ${textOf(messages)}`);
  expect((textOf(messages).match(/^\d\. /gm) || []).length === 7, `seven steps: ${textOf(messages)}`);
};

async function conversations(server, platform) {
  const events = (body, options) => server.slack('/slack/events', body, options);
  const tickets = async () => (await server.api('GET', '/api/v1/tickets')).json.tickets;
  const in_ = (channel, from) => posts(platform, from).filter((message) => message.channel === channel);

  await check('the cancel guide in a DM: whole, in the stream, with its buttons', async () => {
    const from = platform.calls.length;
    const answer = await events(slackDm('UA1', CANCEL));
    same([answer.status, answer.text], [200, ''], 'acknowledged, and nothing in the response');
    const messages = await settled('the guide', () => in_('DUA1', from).length > 0 && in_('DUA1', from));
    expectGuide(messages);
    expect(messages.every((message) => !message.thread_ts), 'not in a thread');
    slackButton(messages.at(-1), /^guide:cancel_subscription:start/);
  });
  await check('by mention it is answered in the thread of the post, without account facts', async () => {
    await server.api('PUT', '/api/v1/accounts/ann', {plan: 'Studio Max', status: 'active', auto_renew: true,
      next_billing_at: '2027-03-14T00:00:00Z', identities: [{channel: 'slack', workspace: 'T1', user: 'UANN'}]});
    const from = platform.calls.length;
    const ts = '1700000000.424242';
    await events(slackMention('UANN', CANCEL, {ts}));
    const messages = await settled('the guide', () => in_('C1', from).length > 0 && in_('C1', from));
    expectGuide(messages);
    same(messages.map((message) => message.thread_ts), messages.map(() => ts), 'in the thread');
    expect(!/March 14|Studio Max/.test(JSON.stringify(messages)), 'no facts in public');
    const command = await server.slack('/slack/commands', slackCommand('UANN', CANCEL));
    expect(/March 14, 2027/.test(command.text), 'where only she reads it they are said');
  });
  await check('the slash command is answered in its response, for this person alone', async () => {
    const answer = await server.slack('/slack/commands', slackCommand('UA2', CANCEL));
    same([answer.status, answer.json.response_type], [200, 'ephemeral'], 'the response');
    expectGuide([answer.json]);
    const bare = await server.slack('/slack/commands', slackCommand('UA2', ''));
    expect(bare.status === 200 && /help/i.test(bare.json.text), `without words it says what it can do: ${bare.text}`);
  });
  await check('the message command answers what stood in the message, to who asked', async () => {
    const from = platform.calls.length;
    const answer = await server.slack('/slack/interactions', slackPayload({type: 'message_action', callback_id: 'help_with_this',
      trigger_id: newId('t'), team: {id: 'T1'}, user: {id: 'UA3', name: 'a3'}, channel: {id: 'C1'}, response_url: `${platform.url}/hook/a3`,
      message: {type: 'message', user: 'UB', ts: '1700000000.1', text: CANCEL}}));
    same([answer.status, answer.text], [200, ''], 'acknowledged');
    const hooks = () => platform.calls.slice(from).filter((call) => call.url === '/hook/a3').map(bodyOf);
    await settled('the answer', () => hooks().length > 0);
    expectGuide(hooks());
    const isBeside = (hook) => hook.response_type === 'ephemeral' && hook.replace_original === false;
    expect(hooks().every(isBeside), 'for one, beside the original');
    same(in_('C1', from), [], 'nothing in public');
  });
  await check('a refund in a channel: "check your DM" there, the matter in the DM, one case for the team', async () => {
    const from = platform.calls.length;
    await events(slackMention('UA4', REFUND));
    const direct = await settled('the DM', () => in_('DUA4', from).length > 0 && in_('DUA4', from));
    same(in_('C1', from).map((message) => /check your DM/.test(message.text)), [true], 'in public');
    const [ticket] = (await tickets()).filter((one) => textOf(direct).includes(String(one.number)));
    same([ticket.kind, ticket.channel, ticket.state], ['refund', 'slack', 'open'], 'the case');
    expect(ticket.triage.facts.length > 0 && ticket.triage.policy.verdict, 'with its card');
    expect(/e-mail|date|digits/i.test(textOf(direct)), 'what is needed to find the payment');
    expect(/never|don.t|not/i.test((textOf(direct).match(/[^.\n]*card number[^.\n]*/i) || ['never'])[0]), 'never a card number');
    const before = platform.calls.length;
    await events(slackDm('UA4', 'my e-mail is a4@example.com and I really want a refund'));
    await settled('the answer', () => in_('DUA4', before).length > 0);
    same((await tickets()).filter((one) => one.person_id === ticket.person_id).length, 1, 'a second request joins it');
  });
  await check('free credits in Persian, with Arabic letters and romanised, in a DM, by mention and by command', async () => {
    for (const [text, how] of PERSIAN) {
      const from = platform.calls.length;
      const user = newId('UP');
      await events(slackDm(user, text));
      const messages = await until('the answer', () => in_(`D${user}`, from).length > 0 && in_(`D${user}`, from));
      expect(PERSIAN_LETTERS.test(textOf(messages)) && /کردیت|اعتبار|رایگان/.test(textOf(messages)), `${how}: ${textOf(messages)}`);
      slackButton(messages.at(-1), /^review:yes$/);
      await events(slackMention(user, text));
      await until(`${how}, in the channel`, () => in_('C1', from).some((message) => PERSIAN_LETTERS.test(message.text)));
      const command = await server.slack('/slack/commands', slackCommand(user, text));
      expect(command.json && PERSIAN_LETTERS.test(command.json.text), `${how}, by command: ${command.text}`);
    }
    const from = platform.calls.length;
    await events(slackDm('UPX', PERSIAN[0][0]));
    const [first] = await until('the answer', () => in_('DUPX', from).length > 0 && in_('DUPX', from));
    await server.slack('/slack/interactions', slackPress('UPX', 'DUPX', slackButton(first, /^review:yes$/)));
    await until('the review', async () => (await tickets()).some((ticket) => ticket.kind === 'account_review' && ticket.locale === 'fa'));
  });
  await check('the buttons: step by step, next, back, stuck twice to a person, done', async () => {
    let from = platform.calls.length;
    await events(slackDm('UB1', CANCEL));
    let message = (await until('the guide', () => in_('DUB1', from).length > 0 && in_('DUB1', from))).at(-1);
    const press = async (pattern) => {
      from = platform.calls.length;
      const answer = await server.slack('/slack/interactions', slackPress('UB1', 'DUB1', slackButton(message, pattern)));
      same([answer.status, answer.text], [200, ''], 'acknowledged');
      message = (await until(`what ${pattern} brings`, () => in_('DUB1', from).length > 0 && in_('DUB1', from))).at(-1);
      return message.text;
    };
    expect(/^(\*)?1\. /m.test(await press(/:start:/)), `the first step: ${message.text}`);
    expect(/^(\*)?2\. /m.test(await press(/:next:/)), `the second: ${message.text}`);
    expect(/^(\*)?1\. /m.test(await press(/:back:/)), `the first again: ${message.text}`);
    expect(/^(\*)?1\. /m.test(await press(/:stuck:/)), `once more: ${message.text}`);
    expect(/request/i.test(await press(/:stuck:/)), `a person: ${message.text}`);
    await events(slackDm('UB1', CANCEL));
    message = (await until('the guide', () => in_('DUB1', from).length > 1 && in_('DUB1', from))).at(-1);
    expect((await press(/:done:/)).length > 20, 'how to see that it worked');
    await press(/^ticket:new$/);
    const opened = (await tickets()).filter((ticket) => message.text.includes(String(ticket.number)));
    same(opened.map((ticket) => ticket.kind), ['human'], 'a person');
  });
  await check('a button that is pressed twice, as Slack repeats it, is answered once', async () => {
    const from = platform.calls.length;
    const body = slackPress('UB2', 'DUB2', {action_id: 'a', value: 'intent:cancel_subscription'});
    const thrice = await Promise.all([1, 2, 3].map(() => server.slack('/slack/interactions', body)));
    same(thrice.map((one) => one.status), [200, 200, 200], 'all');
    await settled('the answer', () => in_('DUB2', from).length > 0);
    same(in_('DUB2', from).filter((one) => one.blocks.some((block) => block.type === 'actions')).length, 1, 'once');
  });
}

async function manners(server, platform) {
  const events = (body, options) => server.slack('/slack/events', body, options);
  const in_ = (channel, from) => posts(platform, from).filter((message) => message.channel === channel);
  await check('a mention comes as app_mention and as message: answered once, in either order and together', async () => {
    for (const order of [['app_mention', 'message'], ['message', 'app_mention'], ['together']]) {
      const from = platform.calls.length;
      const channel = newId('C2');
      const post = {channel, user: newId('UM'), text: `<@U0BOT> ${CANCEL}`, ts: `1700000000.${newId('5')}`};
      const as = (type) => events(slackEvent({...post, type, ...(type === 'message' ? {channel_type: 'channel'} : {})}));
      if (order[0] === 'together') await Promise.all([as('app_mention'), as('message')]);
      else for (const type of order) await as(type);
      await settled('the guide', () => in_(channel, from).length > 0);
      same(in_(channel, from).filter((message) => /pop-up/.test(message.text)).length, 1, order.join());
    }
  });
  await check('who is not spoken to says nothing: posts without a mention, other bots, ourselves, joins and previews', async () => {
    const from = platform.calls.length;
    const silent = [{channel: 'C3', user: 'UX', text: CANCEL, channel_type: 'channel'},
      {channel: 'C3', user: 'UX', text: `<@U0OTHER> ${CANCEL}`, channel_type: 'channel'},
      {channel: 'DX', channel_type: 'im', user: 'U0BOT', text: CANCEL}, {channel: 'DX', channel_type: 'im', bot_id: 'B0BOT', text: CANCEL},
      {channel: 'DX', channel_type: 'im', user: 'UX', bot_id: 'B9', text: CANCEL},
      {channel: 'DX', channel_type: 'im', subtype: 'bot_message', bot_id: 'B9', text: CANCEL},
      {channel: 'DX', channel_type: 'im', subtype: 'channel_join', user: 'UX', text: CANCEL},
      {channel: 'DX', channel_type: 'im', subtype: 'message_changed', message: {user: 'UX', text: CANCEL, ts: '1.1'},
        previous_message: {text: CANCEL}},
      {type: 'app_home_opened', user: 'UX', channel: 'DX'}, {type: 'reaction_added', user: 'UX'}, {type: 'no_such_event'},
      {channel: 'DX', channel_type: 'im', text: CANCEL, user: undefined}, {channel: 'DX', channel_type: 'im', user: 'UX', text: ''},
      {type: 7}];
    for (const event of silent) same((await events(slackEvent(event))).status, 200, JSON.stringify(event));
    for (const body of ['{}', '{"type":"event_callback"}', '{"type":"event_callback","event":null}', '{"type":"app_rate_limited"}',
      '{"type":[1]}']) {
      same((await events(body)).status, 200, body);
    }
    await pause(400);
    same(posts(platform, from), [], 'silence');
    same((await events('{"type":"url_verification","challenge":"a challenge"}')).json, {challenge: 'a challenge'}, 'the handshake');
  });
  await check('an edit that changes what is meant is answered; a correction of spelling is not', async () => {
    const from = platform.calls.length;
    const edited = (text, before, ts) => slackEvent({subtype: 'message_changed', channel: 'DUE', channel_type: 'im', hidden: true,
      message: {type: 'message', user: 'UE', text, ts, edited: {user: 'UE', ts: '1700000009.0'}},
      previous_message: {user: 'UE', text: before, ts}});
    await events(slackDm('UE', 'thanks', {ts: '1700000000.777'}));
    await settled('the first answer', () => in_('DUE', from).length === 1);
    await events(edited(CANCEL, 'thanks', '1700000000.777'));
    await settled('the guide', () => in_('DUE', from).some((message) => /pop-up/.test(message.text)));
    const count = in_('DUE', from).length;
    await events(edited('how do i cancel my subscription ??', CANCEL, '1700000000.777'));
    await pause(400);
    same(in_('DUE', from).length, count, 'no second guide');
  });
  await check('a deleted post is redacted for the agent and in the export', async () => {
    const from = platform.calls.length;
    await events(slackDm('UDEL', 'I was charged after I cancelled, please give me my money back. My secret word is aardvark', {ts: '1700000000.888'}));
    await settled('the answer', () => in_('DUDEL', from).length > 0);
    const agent = await server.agent(newId('Agent'));
    const {tickets} = (await agent.get('/tickets')).json;
    const shown = async () => {
      const exported = (ticket) => server.api('GET', `/api/v1/contacts/${ticket.person_id}`);
      const answers = tickets.flatMap((ticket) => [agent.get(`/tickets/${ticket.id}`), exported(ticket)]);
      return (await Promise.all(answers)).map((one) => one.text).join();
    };
    expect((await shown()).split('aardvark').length === 3, 'it was there, for the agent and in the export');
    await events(slackEvent({subtype: 'message_deleted', channel: 'DUDEL', channel_type: 'im', hidden: true, deleted_ts: '1700000000.888',
      previous_message: {user: 'UDEL', text: 'I was charged after I cancelled, please give me my money back. My secret word is aardvark', ts: '1700000000.888'}}));
    await until('the redaction', async () => !(await shown()).includes('aardvark'));
    expect(/"redacted":true/.test(await shown()), 'the agent sees that something stood there');
  });
  await check('what was said in a deleted or edited post leaves the card of the ticket', async () => {
    const from = platform.calls.length;
    const deleted = '$77 was charged after I cancelled, please give me my money back, my email is aardvark@example.com';
    await events(slackDm('UCARD', deleted, {ts: '1700000000.901'}));
    await settled('the answer', () => in_('DUCARD', from).length > 0);
    await events(slackDm('UCARD', 'the card ends in 8731', {ts: '1700000000.902'}));
    const agent = await server.agent(newId('Agent'));
    const cards = async () => {
      const {tickets} = (await agent.get('/tickets')).json;
      return JSON.stringify(await Promise.all(tickets.map(async (ticket) => (await agent.get(`/tickets/${ticket.id}`)).json.triage)));
    };
    await until('both facts', async () => /aardvark@example.com/.test(await cards()) && /8731/.test(await cards()));
    await events(slackEvent({type: 'message', subtype: 'message_deleted', channel: 'DUCARD', channel_type: 'im', hidden: true,
      deleted_ts: '1700000000.901', previous_message: {user: 'UCARD', text: deleted, ts: '1700000000.901'}}));
    await until('the e-mail gone', async () => !/aardvark/.test(await cards()));
    expect(/8731/.test(await cards()), 'what was not deleted stays');
    await events(slackEvent({subtype: 'message_changed', channel: 'DUCARD', channel_type: 'im', hidden: true,
      message: {type: 'message', user: 'UCARD', text: 'the card ends in 8732', ts: '1700000000.902', edited: {user: 'UCARD', ts: '1700000009.0'}},
      previous_message: {user: 'UCARD', text: 'the card ends in 8731', ts: '1700000000.902'}}));
    await until('the corrected digits', async () => /8732/.test(await cards()) && !/8731/.test(await cards()));
  });
  await check('a card number that somebody types is kept nowhere', async () => {
    const from = platform.calls.length;
    await events(slackDm('UNUM', 'please refund 4242 4242 4242 4242', {ts: '1700000000.903'}));
    await settled('the answer', () => in_('DUNUM', from).length > 0);
    const agent = await server.agent(newId('Agent'));
    const {tickets} = (await agent.get('/tickets')).json;
    const seen = (await Promise.all(tickets.map((ticket) => agent.get(`/tickets/${ticket.id}`)))).map((one) => one.text).join();
    expect(seen.includes('•••• •••• •••• 4242') && !seen.includes('4242 4242'), 'dots and the last four digits');
    expect(/"said_last4"/.test(seen), 'which the card shows');
  });
  await check('commands, buttons and forms that nobody knows get a polite 200', async () => {
    const command = await server.slack('/slack/commands', slackCommand('UZ', 'x', {command: '/weather'}));
    same([command.status, command.json.response_type], [200, 'ephemeral'], 'a command');
    expect(/sorry/i.test(command.json.text), command.text);
    const person = {user: {id: 'UZ'}, team: {id: 'T1'}};
    for (const payload of [{type: 'block_actions'}, {type: 'block_actions', ...person, channel: {id: 'DUZ'}, actions: []},
      {type: 'view_submission', user: {id: 'UZ'}, view: {callback_id: 'nobody_knows'}}, {type: 'view_closed'}, {type: 'shortcut'},
      {type: 'message_action'}, {type: 'no_such_type'}, {type: 'block_suggestion'}, {}, []]) {
      const answer = await server.slack('/slack/interactions', slackPayload(payload));
      expect(answer.status === 200 || (Array.isArray(payload) && answer.status < 500), `${JSON.stringify(payload)}: ${answer.status}`);
    }
    const from = platform.calls.length;
    await server.slack('/slack/interactions', slackPress('UZ', 'DUZ', {action_id: 'x', value: 'no:such:button'}));
    await until('an answer', () => in_('DUZ', from).length > 0);
    same((await server.slack('/slack/commands', 'ssl_check=1&token=x')).status, 200, 'ssl_check');
    same((await server.slack('/slack/commands', slackCommand('', CANCEL))).status, 200, 'without a user');
  });
  await check('an interaction of 60 kB is read whole, and a signature over anything else is refused', async () => {
    const from = platform.calls.length;
    const body = slackPress('UBIG', 'DUBIG', {action_id: 'a', value: 'intent:cancel_subscription'}, {message: {text: 'x'.repeat(60000)}});
    expect(body.length > 60000, 'large');
    same((await server.slack('/slack/interactions', body)).status, 200, 'read');
    await until('the answer', () => in_('DUBIG', from).length > 0);
    for (const options of [{secret: 'wrong'}, {seconds: 1}, {seconds: Math.floor(Date.now() / 1000) + 400},
      {headers: {'X-Slack-Signature': 'v0='}}, {headers: {'X-Slack-Request-Timestamp': 'now'}}]) {
      for (const route of ['/slack/events', '/slack/commands', '/slack/interactions']) {
        expectError(await server.slack(route, body, options), 401, {code: 'unauthorized'});
      }
    }
    expectError(await server.call('POST', '/slack/events', {body: slackDm('UZ', CANCEL)}), 401);
  });
}

async function badDays(server, platform) {
  const events = (body) => server.slack('/slack/events', body);
  await check('a response_url is followed to Slack alone: another address gets nothing, and the person their answer', async () => {
    const other = await platforms();
    const from = platform.calls.length;
    const answer = await server.slack('/slack/interactions', slackPayload({type: 'message_action', trigger_id: newId('t'),
      team: {id: 'T1'}, user: {id: 'USSRF', name: 's'}, channel: {id: 'C1'}, response_url: `${other.url}/hook`,
      message: {type: 'message', user: 'UB', ts: '1700000000.1', text: CANCEL}}));
    same(answer.status, 200, 'acknowledged');
    const theirs = (post) => post.user === 'USSRF' && /pop-up/.test(post.text);
    await settled('the answer', () => posts(platform, from, 'postEphemeral').some(theirs));
    same(other.calls, [], 'the other address');
    other.close();
  });
  await check('a closed DM: the refund is told where it was asked, for this person alone, with a link to the chat', async () => {
    platform.special = (call) => (call.url === '/api/conversations.open' ? {json: {ok: false, error: 'cannot_dm_bot'}} : null);
    const ways = {mention: (user) => events(slackMention(user, REFUND)),
      command: (user) => server.slack('/slack/commands', slackCommand(user, REFUND, {response_url: `${platform.url}/hook/${user}`}))};
    for (const [how, ask] of Object.entries(ways)) {
      const from = platform.calls.length;
      const user = newId('UCLOSED');
      const answer = await ask(user);
      same(answer.status, 200, how);
      const links = () => posts(platform, from, 'postEphemeral').filter((post) => /#chat=/.test(post.text));
      const hooked = () => platform.calls.slice(from).filter((call) => call.url === `/hook/${user}` && /#chat=/.test(call.body));
      await settled(`the link, by ${how}`, () => links().length + hooked().length > 0);
      // A command is answered by its response_url, which needs no membership in the channel.
      if (how === 'command') same(hooked().map((call) => JSON.parse(call.body).response_type), ['ephemeral'], 'by the command, to them alone');
      else same(links().map((post) => [post.channel, post.user]), [['C1', user]], `${how}: once, to them`);
      expect(!/#chat=/.test(JSON.stringify(posts(platform, from))), 'never in public');
    }
    platform.special = () => null;
  });
  const answers = (user, from) => posts(platform, from).filter((message) => message.channel === `D${user}` && /pop-up/.test(message.text));
  await check('429 with Retry-After: waited for as long, then sent once', async () => {
    let limited = 0;
    platform.special = (call) => (call.body.includes('"DUR1"') && (limited += 1) <= 2
      ? {status: 429, headers: {'Retry-After': '1'}, json: {ok: false, error: 'ratelimited'}} : null);
    const from = platform.calls.length;
    await events(slackDm('UR1', CANCEL));
    const begun = Date.now();
    await settled('the third try', () => answers('UR1', from).length === 3);
    expect(Date.now() - begun > 1900, 'not before the time');
    same(answers('UR1', from).length, 3, 'and then no more');
    platform.special = () => null;
  });
  await check('5xx, errors of the moment and nonsense: tried again until it is sent, and then no more', async () => {
    const troubles = [{status: 503, json: {}}, {status: 500, text: '<html>'}, {json: {ok: false, error: 'internal_error'}},
      {text: 'nonsense'}];
    for (const trouble of troubles) {
      const user = newId('UR2');
      let count = 0;
      platform.special = (call) => (call.body.includes(`"D${user}"`) && (count += 1) === 1 ? trouble : null);
      const from = platform.calls.length;
      await events(slackDm(user, CANCEL));
      await settled('the second try', () => answers(user, from).length === 2);
    }
    platform.special = () => null;
  });
  await check('numbers that nothing can hold, in what comes and in what is answered, cost nothing', async () => {
    const user = newId('UR4');
    platform.special = (call) => (call.url.startsWith('/api/') && call.body.includes(user)
      ? {text: `{"ok":true,"ts":"1700000009.000002","channel":{"id":"D${user}"},"x":1e999,"y":[-1e999,${'9'.repeat(400)}]}`} : null);
    const from = platform.calls.length;
    const event = slackDm(user, CANCEL).replace('{', '{"new_field":1e999,');
    same((await events(event)).status, 200, 'accepted');
    await settled('the answer, once', () => answers(user, from).length === 1);
    platform.special = () => null;
    same((await server.call('GET', '/health')).status, 200, 'still there');
  });
  await check('a lost answer loses nothing and doubles nothing, and what stands behind it keeps its order', async () => {
    for (const arrived of [true, false]) {
      const user = newId('UR3');
      let lost = null;
      platform.special = (call) => {
        if (call.url.includes('/conversations.history') && call.body.includes(`D${user}`)) {
          return {json: {ok: true, messages: arrived ? [{ts: '1700000009.000001', ...lost}] : []}};
        }
        if (lost || !call.body.includes(`"D${user}"`)) return null;
        lost = JSON.parse(call.body);
        return {lost: true};
      };
      const from = platform.calls.length;
      await events(slackDm(user, CANCEL));
      await until('the first try', () => answers(user, from).length === 1);
      await events(slackDm(user, 'thanks'));
      const all = () => posts(platform, from).filter((message) => message.channel === `D${user}`).map((message) => /pop-up/.test(message.text));
      const wanted = arrived ? [true, false] : [true, true, false];
      await settled('both', () => all().length >= wanted.length);
      same(all(), wanted, arrived ? 'found, then the next' : 'again, then the next');
    }
    platform.special = () => null;
  });
}

export async function run() {
  const platform = await platforms();
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
  await until('our own id', () => platform.calls.some((call) => call.url === '/api/auth.test'));
  await pause(50);
  await conversations(server, platform);
  await manners(server, platform);
  await badDays(server, platform);
  await server.stop();
  platform.close();
}
