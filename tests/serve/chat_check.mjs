// The web chat's contract: nothing is decided twice, nothing is lost on a broken line, and nobody gets into another's chat.
import {claimsOf, check, configured, expect, expectError, identityToken, jwt, newId, nowSeconds, openStream, same, standIn,
  startServer, until, withPlatforms} from './support.mjs';

const SESSIONS = '/api/v1/chat/sessions';
const repliesOf = (answer) => answer.json.events.filter((event) => event.type === 'reply');
const ids = (answer) => repliesOf(answer).map((event) => event.reply.id);

async function repeating(server) {
  await check('a repeated client_message_id gets the first answer again, word for word, and is said once', async () => {
    const {token} = await server.session();
    const body = {client_message_id: newId('same'), text: 'how do I cancel my subscription?'};
    const first = await server.say(token, body);
    expect(first.status === 200 && first.replies.length > 0 && first.json.message_id, first.text);
    for (const text of [body.text, 'something else under the same id']) {
      const again = await server.say(token, {...body, text});
      same([again.status, again.json.message_id, again.replies], [200, first.json.message_id, first.replies], 'the same answer');
    }
    same(ids(await server.events(token)), first.replies.map((reply) => reply.id), 'once in the events, with the same ids');
  });
  await check('twenty at once under one id are one message', async () => {
    const {token} = await server.session();
    const body = {client_message_id: newId('burst'), text: 'I want a refund'};
    const answers = await Promise.all(Array.from({length: 20}, () => server.say(token, body)));
    expect(answers.every((answer) => [200, 202].includes(answer.status)), answers.map((answer) => answer.status).join());
    same(new Set(answers.map((answer) => answer.json.message_id)).size, 1, 'one message');
    const replies = new Set(answers.filter((answer) => answer.status === 200).map((answer) => JSON.stringify(answer.replies)));
    same(replies.size, 1, 'one answer');
    const events = await server.events(token, {});
    same(new Set(ids(events)).size, ids(events).length, 'nothing twice');
    const {token: other} = await server.session();
    expect((await server.say(other, body)).json.message_id !== answers[0].json.message_id, 'the id is this chat\'s own');
  });
  await check('while the first is still being decided its repetition is 202, and the reply follows once as an event', async () => {
    const slow = await standIn(() => ({status: 200, json: {id: 'sloth', status: 'active'}, afterMs: 1200}));
    const own = await startServer({environment: configured({HANDRAIL_ACCOUNTS_URL: slow.url})});
    const {token} = await own.session({locale: 'en', identity_token: identityToken('sloth')});
    const body = {client_message_id: newId('slow'), text: 'how do I cancel my subscription?'};
    const first = own.say(token, body);
    await until('the question', () => slow.calls.length > 0);
    const again = await own.say(token, body);
    same([again.status, again.json.replies], [202, undefined], 'it follows');
    const answer = await first;
    same([answer.status, answer.json.message_id], [200, again.json.message_id], 'the first');
    same(repliesOf(await own.events(token)).map((event) => event.message_id), answer.replies.map(() => again.json.message_id), 'once');
    await own.stop();
    slow.close();
  });
}

async function reading(server) {
  await check('wait=0 gives everything from the beginning, and after an id only what came later', async () => {
    const {token} = await server.session();
    same((await server.events(token)).json, {events: [], last_event_id: '0'}, 'an empty chat');
    const said = [await server.say(token, {text: 'hello'}), await server.say(token, {text: 'how do I cancel my subscription?'})];
    const all = (await server.events(token)).json;
    same(ids({json: all}), said.flatMap((answer) => answer.replies.map((reply) => reply.id)), 'the same ids as in the answers');
    same(all.events.map((event) => event.reply), said.flatMap((answer) => answer.replies), 'the same replies');
    same(all.last_event_id, all.events.at(-1).id, 'where it ends');
    const end = {'Last-Event-ID': all.last_event_id};
    same((await server.events(token, end)).json, {events: [], last_event_id: all.last_event_id}, 'no more');
    same(ids(await server.events(token, {'Last-Event-ID': all.events[0].id})), ids({json: all}).slice(1), 'from the first on');
    const far = (await server.events(token, {'Last-Event-ID': '999999999999999'})).json;
    same(far.events, [], 'an id of the future gives nothing');
    for (const odd of ['x', '-1', '1.5', '1e3', ' ', '9'.repeat(16)]) {
      const answer = await server.events(token, {'Last-Event-ID': odd});
      if (odd.trim()) expectError(answer, 400, {code: 'invalid', field: 'Last-Event-ID'});
    }
  });
  await check('a stream gives what was missed and then what comes, in order and once, over a broken line too', async () => {
    const {token} = await server.session();
    const said = [await server.say(token, {text: 'hello'})];
    const one = await openStream(server.base, '/api/v1/chat/events', {token});
    same([one.status, one.headers['content-type'].split(';')[0]], [200, 'text/event-stream'], 'a stream');
    await until('what was missed', () => one.events.length === 1);
    said.push(await server.say(token, {text: 'how do I cancel my subscription?'}));
    await until('what comes', () => one.events.length === 2);
    one.close();
    said.push(await server.say(token, {text: 'thanks'}));
    const two = await openStream(server.base, '/api/v1/chat/events', {token, headers: {'Last-Event-ID': one.events.at(-1).id}});
    await until('the rest', () => two.events.length === 1);
    two.close();
    const seen = [...one.events, ...two.events];
    same(seen.map((event) => event.data.reply.id), said.map((answer) => answer.replies[0].id), 'each once');
    same(seen.map((event) => event.id === event.data.id && event.event === event.data.type), [true, true, true], 'ids and types');
  });
  await check('a stream wakes on an agent\'s words at once, and on nobody else\'s', async () => {
    const {token, conversation_id: conversation} = await server.session();
    const {token: other} = await server.session();
    await server.say(token, {text: 'I want a refund'});
    const {json} = await server.api('GET', '/api/v1/tickets');
    const ticket = json.tickets.find((one) => one.conversation_id === conversation);
    const streams = await Promise.all([token, other].map((who) => openStream(server.base, '/api/v1/chat/events', {token: who})));
    await until('the past', () => streams[0].events.length === 1);
    let soon = 0;  // it also looks by itself every two seconds
    for (const text of ['one', 'two', 'three']) {
      const begun = Date.now();
      await server.api('POST', `/api/v1/tickets/${ticket.id}/reply`, {agent: 'Sara', client_message_id: text, text});
      await until('the words', () => streams[0].events.at(-1).data.reply.text === text, 3000);
      soon += Date.now() - begun < 700 ? 1 : 0;
    }
    expect(soon >= 2, 'at once');
    same(streams[0].events.at(-1).data.author, {kind: 'agent', name: 'Sara'}, 'whose they are');
    same(streams[1].events, [], 'the other chat');
    streams.forEach((stream) => stream.close());
  });
  await check('?own=1 shows the reader their own words too, once and in order; without it only replies', async () => {
    const {token} = await server.session();
    await server.say(token, {text: 'how do I cancel my subscription?'});
    const ask = (headers) => server.call('GET', '/api/v1/chat/events?wait=0&own=1', {token, headers});
    const {events} = (await ask({})).json;
    same(events.map((event) => [event.type, event.text]), [['said', 'how do I cancel my subscription?'], ['reply', undefined]], 'both');
    same((await server.events(token)).json.events.map((event) => event.type), ['reply'], 'the contract');
    same((await ask({'Last-Event-ID': events[0].id})).json.events.map((event) => event.type), ['reply'], 'resumed');
    const stream = await openStream(server.base, '/api/v1/chat/events?own=1', {token});
    await until('both', () => stream.events.length === 2);
    same(stream.events.map((event) => event.event), ['said', 'reply'], 'as a stream');
    stream.close();
    const {replies} = await server.say(token, {text: 'how do I cancel my subscription?'});
    const button = replies[0].actions[0];
    await server.say(token, {action: button.id});
    same((await ask({})).json.events.filter((event) => event.type === 'said').at(-1).text, button.label, 'a pressed button, by its label');
  });
}

async function whoIsWho(server) {
  await check('one account on two devices is one conversation; another account and a visitor have their own', async () => {
    const [phone, laptop] = [await server.session({locale: 'en', identity_token: identityToken('duo')}),
      await server.session({locale: 'fa', identity_token: identityToken('duo')})];
    same([phone.status, laptop.status, laptop.conversation_id], [201, 201, phone.conversation_id], 'the same');
    same([phone.locale, phone.direction, laptop.locale, laptop.direction], ['en', 'ltr', 'fa', 'rtl'], 'each in its language');
    const stream = await openStream(server.base, '/api/v1/chat/events', {token: laptop.token});
    const answer = await server.say(phone.token, {text: 'how do I cancel my subscription?'});
    await until('the answer on the other device', () => stream.events.some((event) => event.data.reply.id === answer.replies[0].id));
    stream.close();
    const others = [await server.session({identity_token: identityToken('solo')}), await server.session({})];
    expect(others.every((one) => one.conversation_id !== phone.conversation_id), 'others');
    for (const one of others) same((await server.events(one.token)).json.events, [], 'they read nothing of it');
  });
  await check('an identity token that is not exactly ours, HS256 and alive opens nothing', async () => {
    const exp = nowSeconds() + 3600;
    const good = jwt({sub: 'mallory', exp});
    const [head, claims, signature] = good.split('.');
    const header = (alg) => ({header: {alg, typ: 'JWT'}});
    const tokens = {
      'none': jwt({sub: 'mallory', exp}, {...header('none'), secret: null}),
      'None with a signature': jwt({sub: 'mallory', exp}, header('None')),
      'HS512': jwt({sub: 'mallory', exp}, {...header('HS512'), hash: 'sha512'}),
      'HS512 in name only': jwt({sub: 'mallory', exp}, header('HS512')),
      'RS256 with the secret as its key': jwt({sub: 'mallory', exp}, header('RS256')),
      'hs256': jwt({sub: 'mallory', exp}, header('hs256')),
      'no alg': jwt({sub: 'mallory', exp}, {header: {typ: 'JWT'}}),
      'expired': jwt({sub: 'mallory', exp: nowSeconds() - 61}),
      'without exp': jwt({sub: 'mallory'}),
      'exp as text': jwt({sub: 'mallory', exp: String(exp)}),
      'exp null': jwt({sub: 'mallory', exp: null}),
      'without sub': jwt({exp}), 'empty sub': jwt({sub: '', exp}), 'sub as number': jwt({sub: 7, exp}),
      'another secret': jwt({sub: 'mallory', exp}, {secret: 'another-secret-of-the-same-length-01234567'}),
      'an empty secret': jwt({sub: 'mallory', exp}, {secret: ''}),
      'other claims': `${head}.${Buffer.from(JSON.stringify({sub: 'admin', exp})).toString('base64url')}.${signature}`,
      'no signature': `${head}.${claims}.`, 'two parts': `${head}.${claims}`, 'four parts': `${good}.x`, 'a space': ` ${good}`,
      'a cut signature': good.slice(0, -2), 'nothing': '', 'noise': 'x.y.z', 'long noise': `${'a'.repeat(20000)}.b.c`,
      'not an object': jwt([1]), 'text for claims': jwt('hello'),
    };
    for (const [what, token] of Object.entries(tokens)) {
      const answer = await server.session({locale: 'en', identity_token: token});
      try {
        expectError(answer.answer, 401, {code: 'unauthorized', field: 'identity_token'});
      } catch (error) {
        throw new Error(`${what}: ${error.message}`);
      }
      const said = answer.answer.text;
      expect(!said.includes('mallory') && !(token.length > 8 && said.includes(token)), `${what} is not repeated`);
    }
    same((await server.session({identity_token: good})).status, 201, 'the good one');
    same((await server.session({identity_token: jwt({sub: 'mallory', exp, iat: nowSeconds()})})).status, 201, 'iat is optional');
  });
  await check('a session token is of this server alone: not forged, not an identity token, not another kind', async () => {
    const {token} = await server.session();
    const claims = claimsOf(token);
    expect(claims.exp > nowSeconds() + 29 * 86400 && claims.exp <= nowSeconds() + 30 * 86400 + 5, '30 days');
    const [head, , signature] = token.split('.');
    const swapped = `${head}.${Buffer.from(JSON.stringify({...claims, cid: 'another'})).toString('base64url')}.${signature}`;
    const unsigned = jwt(claims, {header: {alg: 'none'}, secret: null});
    for (const wrong of [swapped, identityToken('x'), jwt(claims), unsigned, token.slice(0, -1), `${token}a`]) {
      expectError(await server.say(wrong, {text: 'hello'}), 401, {code: 'unauthorized'});
      expectError(await server.events(wrong), 401, {code: 'unauthorized'});
    }
    expectError((await server.session({link_token: token})).answer, 401, {code: 'unauthorized', field: 'link_token'});
  });
  await check('without a secret no identity is believed', async () => {
    const own = await startServer({environment: configured({HANDRAIL_CHAT_IDENTITY_SECRET: ''})});
    for (const secret of ['', 'x', 'undefined']) {
      const answer = await own.session({identity_token: jwt({sub: 'ana', exp: nowSeconds() + 60}, {secret})});
      expectError(answer.answer, 401, {code: 'unauthorized', field: 'identity_token'});
    }
    same((await own.session()).status, 201, 'visitors are welcome');
    await own.stop();
  });
  await check('the link that reaches a person with a closed DM opens that chat, and is no session by itself', async () => {
    const platform = await standIn((call) => {
      if (call.url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT'}};
      if (call.url === '/api/conversations.open') return {json: {ok: false, error: 'cannot_dm_bot'}};
      return {json: {ok: true, ts: '1', channel: 'C1'}};
    });
    const own = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
    await until('our own id', () => platform.calls.some((call) => call.url === '/api/auth.test'));
    await own.slack('/slack/events', JSON.stringify({type: 'event_callback', team_id: 'T1', event_id: 'EvLink', event: {type: 'app_mention',
      channel: 'C1', user: 'U9', text: '<@U0BOT> I want a refund', ts: '1700000000.000009'}}));
    const isLink = (call) => call.url === '/api/chat.postEphemeral' && /#chat=/.test(call.body);
    const sent = await until('the link', () => platform.calls.find(isLink));
    const link = JSON.parse(sent.body).text.match(/https:\/\/bot\.example\/#chat=([\w.-]+)/)[1];
    expectError(await own.say(link, {text: 'hello'}), 401, {code: 'unauthorized'});
    const opened = await own.session({link_token: link});
    same(opened.status, 201, opened.answer.text);
    const {events} = (await own.events(opened.token)).json;
    expect(/request/i.test(events.map((event) => event.reply.text).join()), 'what the DM would have said');
    const answer = await own.say(opened.token, {text: 'my e-mail is ana@example.com'});
    expect(answer.status === 200, answer.text);
    const {tickets} = (await own.api('GET', '/api/v1/tickets')).json;
    same([tickets.length, tickets[0].conversation_id], [1, opened.conversation_id], 'the same case');
    same((await own.session({link_token: link})).conversation_id, opened.conversation_id, 'within its quarter of an hour it opens again');
    const old = link.split('.');
    const late = `${old[0]}.${Buffer.from(JSON.stringify({...claimsOf(link), exp: nowSeconds() + 9999})).toString('base64url')}.${old[2]}`;
    expectError((await own.session({link_token: late})).answer, 401, {code: 'unauthorized', field: 'link_token'});
    expect(claimsOf(link).exp <= nowSeconds() + 15 * 60, 'opened within 15 minutes');
    await own.stop();
    platform.close();
  });
}

async function buttons(server) {
  await check('a button works by its id, and typing its number is the same', async () => {
    const {token} = await server.session();
    const guide = await server.say(token, {text: 'how do I cancel my subscription?'});
    const start = guide.replies[0].actions.find((action) => /:start:/.test(action.id));
    const stepOf = (answer) => answer.replies[0].blocks.filter((block) => block.type === 'step').map((block) => block.number);
    same(stepOf(await server.say(token, {action: start.id})), [1], 'the first step');
    same(stepOf(await server.say(token, {text: '1'})), [2], 'the first choice is next');
    const done = await server.say(token, {action: 'guide:cancel_subscription:done:0'});
    expect(done.status === 200 && done.replies.length > 0, done.text);
  });
  await check('actions that are invented, from another chat or out of range do no harm and get an answer', async () => {
    const odd = ['guide:refund:next:2', 'guide:cancel_subscription:next:999999999999999999999', 'guide:cancel_subscription:next:-5',
      'guide:cancel_subscription:explode:1', 'guide:no_such_topic:start:1', 'guide:../../etc/passwd:start:1', 'guide:::', 'guide:',
      'ticket:close', 'ticket:1001:resolve', 'intent:no_such_intent', 'intent:out_of_scope', 'intent:', 'locale:xx', 'locale:',
      'review:maybe', 'bot:stop',
      "'; DROP TABLE tickets; --", '\u0000', '💥'.repeat(20), '{"a":1}', 'x'.repeat(100)];
    for (const action of odd) {
      const {token} = await server.session();
      const answer = await server.say(token, {action});
      same(answer.status, 200, `${action}: ${answer.text.slice(0, 200)}`);
      expect(answer.replies.length > 0 && answer.replies.every((reply) => reply.text.trim() !== ''), `${action}: an answer`);
      same((await server.say(token, {text: 'how do I cancel my subscription?'})).status, 200, 'the chat goes on');
    }
    const {token} = await server.session();
    expectError(await server.say(token, {action: 'x'.repeat(500)}), 400, {code: 'invalid', field: 'action'});
    expectError(await server.say(token, {action: ''}), 400, {code: 'invalid', field: 'action'});
    expectError(await server.say(token, {action: 7}), 400, {code: 'invalid', field: 'action'});
  });
  await check('while an agent has the case every message and button is 200 with no replies, and is kept for the agent', async () => {
    const {token, conversation_id: conversation} = await server.session();
    const agent = await server.agent('Silke');
    await server.say(token, {text: 'I want a refund'});
    const ticket = (await agent.get('/tickets')).json.tickets.find((one) => one.conversation_id === conversation);
    await agent.post(`/tickets/${ticket.id}/reply`, {client_message_id: 'a', text: 'Hello, I am Silke.'});
    for (const content of [{text: 'hello'}, {text: 'how do I cancel?'}, {action: 'ticket:new'}, {text: 'xyzzy'}]) {
      const answer = await server.say(token, content);
      same([answer.status, answer.json.replies], [200, []], JSON.stringify(content));
    }
    const {messages} = (await agent.get(`/tickets/${ticket.id}`)).json;
    same(messages.slice(-4).map((message) => message.author), ['person', 'person', 'person', 'person'], 'kept');
    await agent.post(`/tickets/${ticket.id}/resolve`);
    expect((await server.say(token, {text: 'how do I cancel my subscription?'})).replies.length > 0, 'and then the bot again');
  });
  await check('a sender of 31 messages a minute is told once, politely, and then refused', async () => {
    const {token} = await server.session();
    const answers = [];
    for (let i = 0; i < 33; i += 1) answers.push(await server.say(token, {text: 'hello'}));
    same(answers.slice(0, 31).map((answer) => answer.status), Array(31).fill(200), 'thirty and the notice');
    expect(answers[30].said !== answers[29].said && answers[30].replies.length === 1, `the notice: ${answers[30].said}`);
    answers.slice(31).forEach((answer) => expectError(answer, 429, {code: 'limited'}));
    const {token: other} = await server.session();
    same((await server.say(other, {text: 'hello'})).status, 200, 'another sender');
  });
}

export async function run() {
  const server = await startServer({environment: configured()});
  await repeating(server);
  await reading(server);
  await whoIsWho(server);
  await buttons(server);
  await server.stop();
}
