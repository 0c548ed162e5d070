// The agents' desk, from outside: who gets in and who does not, and what two agents do to the same case.
import {cpSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {API_KEY, check, configured, expect, expectError, identityToken, newAddress, newId, openStream, pause, root, same, standIn,
  startServer, until, withPlatforms} from './support.mjs';

const SIGN_IN = '/api/v1/desk/sign-in';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

// A person in the web chat who wants their money back, and their open ticket.
async function refundCase(server, words = 'I was charged yesterday, I want a refund. My e-mail is ana@example.com') {
  const {token, conversation_id: conversation} = await server.session();
  const answer = await server.say(token, {text: words});
  same(answer.status, 200, 'the message');
  const {json} = await server.api('GET', '/api/v1/tickets?state=open');
  const ticket = json.tickets.find((one) => one.conversation_id === conversation);
  expect(ticket, `a ticket of this conversation: ${answer.said}`);
  return {token, conversation, ticket, answer};
}

async function signingIn(server) {
  await check('a one-time link signs in once; what it gives is kept from scripts and from other sites', async () => {
    const agent = await server.agent('Mina');
    same(agent.answer.json.agent.name, 'Mina', 'who');
    const flags = agent.answer.headers['set-cookie'][0].split('; ').slice(1);
    for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(flags.includes(flag), `${flag} in ${flags}`);
    expect(!flags.includes('Secure'), 'plain HTTP on loopback would lose a Secure cookie');
    expect(Number((flags.find((flag) => flag.startsWith('Max-Age=')) || '').slice(8)) > 0, 'it ends by itself');
    const again = await server.call('POST', SIGN_IN, {body: {token: agent.token}, headers: {'X-Forwarded-For': newAddress()}});
    expectError(again, 401, {code: 'unauthorized'});
    expect(!again.headers['set-cookie'], 'no cookie with a refusal');
    same((await agent.get('/me')).json.agent.name, 'Mina', 'the session goes on');
    const from = newAddress();
    for (let i = 0; i < 7; i += 1) {
      const token = (await server.command('agents', 'link', 'Mina')).out.match(/#token=(\S+)/)[1];
      same((await server.call('POST', SIGN_IN, {body: {token}, headers: {'X-Forwarded-For': from}})).status, 200, 'no failure, no limit');
    }
  });
  await check('signing in wants a token or a name', async () => {
    for (const body of [{}, {token: ''}, {password: 'x'}, {token: 7}, {name: ['a']}]) {
      expectError(await server.call('POST', SIGN_IN, {body, headers: {'X-Forwarded-For': newAddress()}}), 400, {code: 'invalid'});
    }
  });
  await check('five wrong passwords for a name are refused from wherever they come, and the sixth is 429', async () => {
    await server.agent('Otto');
    const guess = (name) =>
      server.call('POST', SIGN_IN, {body: {name, password: newId('p')}, headers: {'X-Forwarded-For': newAddress()}});
    for (let i = 0; i < 5; i += 1) expectError(await guess('Otto'), 401, {code: 'unauthorized'});
    expectError(await guess('Otto'), 429, {code: 'limited'});
    expectError(await guess('nobody of this name'), 401, {code: 'unauthorized'});
  });
  await check('twenty wrong passwords at once are five attempts too', async () => {
    for (const [names, addresses] of [[() => 'Otto the second', newAddress], [() => newId('n'), () => '10.200.0.1']]) {
      const guesses = Array.from({length: 20}, () => server.call('POST', SIGN_IN,
        {body: {name: names(), password: newId('p')}, headers: {'X-Forwarded-For': addresses()}}));
      const statuses = (await Promise.all(guesses)).map((answer) => answer.status).sort();
      same(statuses, [...Array(5).fill(401), ...Array(15).fill(429)], 'five are looked at');
    }
  });
  await check('five wrong attempts from an address close it for every name and link, and for no other address', async () => {
    const link = async () => (await server.command('agents', 'link', 'Otto')).out.match(/#token=(\S+)/)[1];
    const from = newAddress();
    const attempt = (body, address = from) => server.call('POST', SIGN_IN, {body, headers: {'X-Forwarded-For': address}});
    for (let i = 0; i < 5; i += 1) expectError(await attempt(i % 2 ? {token: newId('t')} : {name: newId('n'), password: 'x'}), 401);
    const token = await link();
    expectError(await attempt({token}), 429, {code: 'limited'});
    same((await attempt({token}, newAddress())).status, 200, 'the link was not used up by the refusal');
  });
  await check('behind https the cookie is Secure', async () => {
    const secure = await startServer({environment: configured({HANDRAIL_PUBLIC_URL: 'https://bot.example'})});
    const agent = await secure.agent('Mina');
    expect(/; Secure/.test(agent.answer.headers['set-cookie'][0]), agent.answer.headers['set-cookie'][0]);
    await secure.stop();
  });
  await check('a session is ended by signing out, and only with its CSRF token', async () => {
    const agent = await server.agent('Pia');
    expectError(await agent.ask('POST', '/sign-out', {}, {Cookie: agent.cookie}), 403, {code: 'forbidden'});
    same((await agent.get('/me')).status, 200, 'still in');
    same((await agent.post('/sign-out')).status, 204, 'out');
    expectError(await agent.get('/me'), 401);
  });
  await check('a disabled agent has no access from that moment, nor by an older link', async () => {
    const agent = await server.agent('Quin');
    const {ticket} = await refundCase(server);
    const token = (await server.command('agents', 'link', 'Quin')).out.match(/#token=(\S+)/)[1];
    same((await agent.get('/tickets')).status, 200, 'before');
    same((await server.command('agents', 'disable', 'Quin')).code, 0, 'disabled');
    for (const route of ['/me', '/tickets', `/tickets/${ticket.id}`, '/outbox', '/events']) expectError(await agent.get(route), 401);
    expectError(await agent.post(`/tickets/${ticket.id}/claim`), 401);
    expectError(await server.call('POST', SIGN_IN, {body: {token}, headers: {'X-Forwarded-For': newAddress()}}), 401);
  });
}

async function learning(server) {
  await check('what an agent says a message was about is shown, kept and offered for learning, never learned by itself', async () => {
    const agent = await server.agent('Yara');
    // Near enough to a refund to become one, and not so near that an agent's other word for it would be refused.
    const {ticket} = await refundCase(server, 'The amount on my card is wrong, please put it right. My e-mail is ana@example.com');
    const said = () => agent.get(`/tickets/${ticket.id}`).then(({json}) => json.messages.filter((one) => one.author === 'person').pop());
    const before = await said();
    same([before.understood, before.labelled], ['refund', null], 'before');
    same((await agent.post(`/tickets/${ticket.id}/intent`, {intent: 'payment_problem'})).json.understood, 'refund', 'understood');
    same((await said()).labelled, 'payment_problem', 'after');
    const lessons = async () => (await server.command('learn', '--json')).out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const lesson = (await lessons()).find((one) => one.intent === 'payment_problem');
    same([lesson.agent, lesson.nearest], ['Yara', 'refund'], 'the lesson');
    expect(!/12|example\.com/.test(lesson.text), `masked: ${lesson.text}`);
    const copy = mkdtempSync(path.join(tmpdir(), 'handrail-learn-'));
    cpSync(path.join(root, 'intents'), path.join(copy, 'intents'), {recursive: true});
    const added = await server.command('learn', '--add-confirmed', '--in', copy);
    const phrases = readFileSync(path.join(copy, 'intents/payment_problem/en.txt'), 'utf8');
    rmSync(copy, {recursive: true});
    same(added.code, 0, added.err);
    expect(phrases.endsWith(`${lesson.text}\n`), 'the phrase is in its file');
    await agent.post(`/tickets/${ticket.id}/intent`, {intent: 'refund'});
    same((await lessons()).some((one) => one.intent !== null), false, 'what is understood by now teaches nothing');
  });
}

async function forgery(server) {
  await check('every change wants the CSRF token of this session; another agent\'s will not do', async () => {
    const agent = await server.agent('Rosa');
    const other = await server.agent('Sten');
    const {ticket} = await refundCase(server);
    const body = {client_message_id: newId('r'), text: 'hello', outcome: 'denied'};
    for (const verb of ['claim', 'reply', 'resolve', 'reopen', 'intent']) {
      const route = `/tickets/${ticket.id}/${verb}`;
      expectError(await agent.ask('POST', route, body, {}), 401, {code: 'unauthorized'});
      expectError(await agent.ask('POST', route, body, {'X-CSRF-Token': agent.csrf}), 401, {code: 'unauthorized'});
      for (const csrf of [undefined, '', 'x', other.csrf, agent.csrf.slice(1)]) {
        const headers = csrf === undefined ? {Cookie: agent.cookie} : {Cookie: agent.cookie, 'X-CSRF-Token': csrf};
        expectError(await agent.ask('POST', route, body, headers), 403, {code: 'forbidden'});
      }
    }
    const after = (await agent.get(`/tickets/${ticket.id}`)).json;
    same([after.state, after.assignee, after.history.length], ['open', null, 1], 'nothing changed');
  });
  await check('a cookie opens nothing of the API key\'s, and the API key nothing of the desk\'s', async () => {
    const agent = await server.agent('Tara');
    expectError(await server.call('GET', '/api/v1/tickets', {headers: {Cookie: agent.cookie}}), 401);
    expectError(await server.call('GET', '/api/v1/desk/tickets', {key: API_KEY}), 401);
  });
}

async function queue(server) {
  await check('the queue shows what is urgent first, then what has waited longest, and no closed case', async () => {
    const agent = await server.agent('Xenia');
    const human = async () => {
      const {token, conversation_id: conversation} = await server.session();
      await server.say(token, {text: 'I want to talk to a human'});
      return conversation;
    };
    const made = [await human(), (await refundCase(server)).conversation, await human(), (await refundCase(server)).conversation];
    const closed = await refundCase(server);
    same((await agent.post(`/tickets/${closed.ticket.id}/resolve`, {outcome: 'answered'})).status, 200, 'resolved');
    const {tickets} = (await agent.get('/tickets')).json;
    const ours = tickets.map((one) => one.conversation_id).filter((id) => made.includes(id));
    same(ours, [made[1], made[3], made[0], made[2]], 'refunds first, each by age');
    expect(tickets.every((one) => one.state !== 'resolved'), 'nothing that is over');
    const over = (await agent.get('/tickets?state=resolved')).json.tickets;
    expect(over.some((one) => one.id === closed.ticket.id), 'it is found where it belongs');
  });
  await check('a case shows its card, what was said and what was done', async () => {
    const agent = await server.agent('Vera');
    const daysAgo = (days) => new Date(Date.now() - days * 86400e3).toISOString();
    await server.api('PUT', '/api/v1/accounts/vic', {plan: 'Pro', status: 'canceled', cancelled_at: daysAgo(1),
      last_charge: {id: 'ch_9', amount_minor: 4900, currency: 'EUR', at: daysAgo(3)}, credits: {balance: 100, used_since_last_charge: 0}});
    const {token, conversation_id: conversation} = await server.session({locale: 'en', identity_token: identityToken('vic')});
    await server.say(token, {text: 'I was charged before I cancelled and used nothing, I want a refund'});
    const queued = (await agent.get('/tickets')).json.tickets.find((one) => one.conversation_id === conversation);
    const shown = (await agent.get(`/tickets/${queued.id}`)).json;
    same([shown.kind, shown.queue, shown.priority, shown.channel], ['refund', 'billing', 'high', 'web_chat'], 'its head');
    expect([shown.created_at, shown.updated_at, shown.first_response_due_at].every((at) => TIME.test(at)), 'times in RFC 3339 UTC');
    expect(shown.first_response_due_at > shown.created_at, 'due later than made');
    const {facts, policy} = shown.triage;
    expect(facts.length > 0 && facts.every((fact) => fact.name && 'value' in fact && fact.source), JSON.stringify(facts));
    same(facts.find((fact) => fact.name === 'amount').value, {amount_minor: 4900, currency: 'EUR'}, 'the amount');
    expect(policy.verdict === 'eligible' && policy.rule && Array.isArray(policy.missing), JSON.stringify(policy));
    same(shown.messages.map((message) => message.author), ['person', 'bot'], 'who spoke');
    expect(/used nothing/.test(shown.messages[0].text), 'what was said');
    expect(shown.messages.every((message) => TIME.test(message.created_at)), 'and when');
    same(shown.history.map((entry) => entry.what), ['opened'], 'what was done');
    expectError(await agent.get('/tickets/01NOSUCHTICKET'), 404, {code: 'not_found'});
  });
}

async function handling(server) {
  const sara = await server.agent('Sara');
  const tom = await server.agent('Tom');
  await check('a case has one agent: the second is told who, at once and when both claim together', async () => {
    const {ticket} = await refundCase(server);
    const claims = await Promise.all([sara, tom].map((agent) => agent.post(`/tickets/${ticket.id}/claim`)));
    same(claims.map((claim) => claim.status).sort(), [200, 409], 'one of two');
    const [winner, loser] = claims[0].status === 200 ? [sara, tom] : [tom, sara];
    const refused = await loser.post(`/tickets/${ticket.id}/claim`);
    expectError(refused, 409, {code: 'conflict'});
    expect(refused.json.error.message.includes(winner.name), refused.text);
    expectError(await loser.post(`/tickets/${ticket.id}/reply`, {client_message_id: 'a', text: 'hello'}), 409, {code: 'conflict'});
    same((await winner.post(`/tickets/${ticket.id}/claim`)).json.ticket.assignee, winner.name, 'a claim again changes nothing');
    same((await sara.get(`/tickets/${ticket.id}`)).json.history.map((entry) => entry.what), ['opened', 'claimed'], 'claimed once');
  });
  await check('a reply sent twice with one client_message_id is said once', async () => {
    const {ticket, token} = await refundCase(server);
    const body = {client_message_id: newId('r'), text: 'I am looking at it.'};
    const answers = await Promise.all([1, 2, 3].map(() => sara.post(`/tickets/${ticket.id}/reply`, body)));
    same(answers.map((answer) => answer.status), [200, 200, 200], 'all are told the same');
    same(answers[0].json.ticket.state, 'waiting', 'the agent wrote last');
    const said = (await server.events(token)).json.events.filter((event) => event.reply && event.reply.text === body.text);
    same(said.length, 1, 'said');
    same(said[0].author, {kind: 'agent', name: 'Sara'}, 'by whom');
    const {messages, history, owner} = (await sara.get(`/tickets/${ticket.id}`)).json;
    same(messages.filter((message) => message.author === 'agent').length, 1, 'in the transcript');
    same(history.filter((entry) => entry.what === 'replied').length, 1, 'in the history');
    same(owner, 'agent', 'who has the conversation');
  });
  await check('a reply wants an id and words', async () => {
    const {ticket} = await refundCase(server);
    const reply = (body) => sara.post(`/tickets/${ticket.id}/reply`, body);
    expectError(await reply({text: 'hello'}), 400, {code: 'invalid', field: 'client_message_id'});
    expectError(await reply({client_message_id: 'a'.repeat(101), text: 'hello'}), 400, {code: 'invalid', field: 'client_message_id'});
    for (const text of [undefined, '', ' \n\t', 7]) {
      expectError(await reply({client_message_id: newId('r'), text}), 400, {code: 'invalid', field: 'text'});
    }
    same((await sara.get(`/tickets/${ticket.id}`)).json.state, 'open', 'nothing happened');
  });
  await check('what the person writes turns waiting into claimed, and the bot stays silent', async () => {
    const {ticket, token} = await refundCase(server);
    await sara.post(`/tickets/${ticket.id}/reply`, {client_message_id: newId('r'), text: 'Which card was it?'});
    const answer = await server.say(token, {text: 'how do I cancel my subscription?'});
    same([answer.status, answer.replies], [200, []], 'silent');
    const shown = (await sara.get(`/tickets/${ticket.id}`)).json;
    same(shown.state, 'claimed', 'the state');
    same(shown.messages.at(-1).text, 'how do I cancel my subscription?', 'the agent reads it');
  });
  await check('a case is resolved with an outcome that stays on record, and the bot answers again', async () => {
    const {ticket, token} = await refundCase(server);
    await sara.post(`/tickets/${ticket.id}/reply`, {client_message_id: newId('r'), text: 'Your money is on its way.'});
    expectError(await sara.post(`/tickets/${ticket.id}/resolve`, {outcome: 'perhaps'}), 400, {code: 'invalid', field: 'outcome'});
    expectError(await sara.post(`/tickets/${ticket.id}/resolve`, {outcome: 7}), 400, {code: 'invalid', field: 'outcome'});
    const {json} = await sara.post(`/tickets/${ticket.id}/resolve`, {outcome: 'approved'});
    same([json.ticket.state, json.ticket.outcome], ['resolved', 'approved'], 'resolved');
    expectError(await tom.post(`/tickets/${ticket.id}/resolve`, {outcome: 'denied'}), 409, {code: 'conflict'});
    same((await tom.post(`/tickets/${ticket.id}/resolve`, {outcome: 'approved'})).json.ticket.outcome, 'approved', 'the same again');
    const {history, owner} = (await tom.get(`/tickets/${ticket.id}`)).json;
    const entry = history.find((one) => one.what === 'resolved');
    same([entry.actor, entry.detail, owner], ['Sara', 'approved', 'bot'], 'who decided what');
    expectError(await sara.post(`/tickets/${ticket.id}/reply`, {client_message_id: newId('r'), text: 'one more'}), 409, {code: 'conflict'});
    expectError(await sara.post(`/tickets/${ticket.id}/claim`), 409, {code: 'conflict'});
    expect((await server.say(token, {text: 'how do I cancel my subscription?'})).replies.length > 0, 'the bot answers');
  });
  await check('a resolved case is opened again, and stays with the agent who had it', async () => {
    const {ticket, token} = await refundCase(server);
    await sara.post(`/tickets/${ticket.id}/resolve`);
    const {json} = await tom.post(`/tickets/${ticket.id}/reopen`);
    same([json.ticket.state, json.ticket.outcome, json.ticket.assignee], ['claimed', null, 'Sara'], 'open again, hers');
    expect((await server.events(token)).text.includes(String(ticket.number)), 'the person is told');
    same((await tom.get(`/tickets/${ticket.id}`)).json.history.map((entry) => entry.what), ['opened', 'resolved', 'reopened'], 'history');
  });
  await check('the API key acts in the name it gives, and sees the same case', async () => {
    const {ticket} = await refundCase(server);
    same((await server.api('POST', `/api/v1/tickets/${ticket.number}/claim`, {agent: 'Ursula'})).json.ticket.assignee, 'Ursula', 'claimed');
    expectError(await sara.post(`/tickets/${ticket.id}/reply`, {client_message_id: 'x', text: 'hello'}), 409, {code: 'conflict'});
    const reply = {agent: 'Ursula', client_message_id: newId('r'), text: 'hello'};
    const [first, second] = [await server.api('POST', `/api/v1/tickets/${ticket.id}/reply`, reply),
      await server.api('POST', `/api/v1/tickets/${ticket.id}/reply`, reply)];
    expect(first.json.message_id && first.json.message_id === second.json.message_id, `one id: ${first.text} ${second.text}`);
    expectError(await server.api('GET', '/api/v1/tickets?state=strange'), 400, {code: 'invalid', field: 'state'});
    expectError(await server.api('POST', '/api/v1/tickets/01NOSUCH/claim', {}), 404, {code: 'not_found'});
  });
}

async function watching(server) {
  await check('the desk\'s stream tells that something changed, soon, and nothing of what', async () => {
    const agent = await server.agent('Wim');
    const stream = await openStream(server.base, '/api/v1/desk/events', {headers: {Cookie: agent.cookie}});
    same([stream.status, stream.headers['content-type'].split(';')[0]], [200, 'text/event-stream'], 'a stream');
    await pause(100);
    let soon = 0;  // the stream also looks by itself every two seconds: told at once is told within one
    for (const act of [() => refundCase(server), async () => {
      const {tickets} = (await agent.get('/tickets')).json;
      await agent.post(`/tickets/${tickets.find((one) => one.state === 'open').id}/claim`);
    }]) {
      const before = stream.events.length;
      const begun = Date.now();
      await act();
      await until('a change', () => stream.events.length > before, 3000);
      soon += Date.now() - begun < 1000 ? 1 : 0;
    }
    expect(soon > 0, 'at once, not only when the stream looks by itself');
    same(stream.events.every((event) => event.event === 'changed' && JSON.stringify(event.data) === '{}'), true, 'no content');
    stream.close();
    expectError(await server.call('GET', '/api/v1/desk/events'), 401);
  });
  await check('a send that was given up is listed with its ticket and why', async () => {
    const platform = await standIn((call) => {
      if (call.url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT'}};
      if (call.url === '/api/conversations.open') return {json: {ok: true, channel: {id: 'D1'}}};
      if (call.body.includes('lost words')) return {json: {ok: false, error: 'msg_too_long'}};
      return {json: {ok: true, ts: '1', channel: 'D1'}};
    });
    const own = await startServer({environment: withPlatforms(platform.url)});
    const agent = await own.agent('Xaver');
    await own.slack('/slack/events', JSON.stringify({type: 'event_callback', team_id: 'T1', event_id: 'Ev1', event: {type: 'message',
      channel: 'D1', channel_type: 'im', user: 'U1', text: 'I want a refund', ts: '1700000000.000001'}}));
    const ticket = await until('the ticket', async () => (await agent.get('/tickets')).json.tickets[0]);
    same((await agent.get('/outbox')).json, {given_up: []}, 'at first');
    await agent.post(`/tickets/${ticket.id}/reply`, {client_message_id: 'a', text: 'the lost words'});
    const [row] = await until('the row', async () => {
      const {given_up: rows} = (await agent.get('/outbox')).json;
      return rows.length > 0 && rows;
    });
    same([row.channel, row.because, row.ticket_id], ['slack', 'msg_too_long', ticket.id], 'the row');
    expect(TIME.test(row.created_at), row.created_at);
    expect(/outbox_given_up"?\}? ?1/.test((await own.call('GET', '/metrics')).text), 'counted');
    const doctor = await own.command('doctor', '--json');
    expect(doctor.code === 1 && /msg_too_long/.test(doctor.out), `the doctor knows: ${doctor.code} ${doctor.out}`);
    await own.stop();
    platform.close();
  });
}

export async function run() {
  const server = await startServer({environment: configured()});
  await signingIn(server);
  await learning(server);
  await forgery(server);
  await queue(server);
  await handling(server);
  await watching(server);
  await server.stop();
}
