// Who a person is, what is known of their account, and that it can be taken out and taken away.
import fs from 'node:fs';
import path from 'node:path';
import {API_KEY, check, configured, expect, expectError, identityToken, newId, same, standIn, startServer, until,
  withPlatforms} from './support.mjs';

const LINKS = '/api/v1/links';
const daysFrom = (days) => `${new Date(Date.now() + days * 86400e3).toISOString().slice(0, 19)}Z`;
const FULL = {plan: 'Studio Max', status: 'active', auto_renew: true, next_billing_at: '2027-03-14T00:00:00Z',
  current_period_end: '2027-03-14T00:00:00Z', cancelled_at: null,
  last_charge: {id: 'ch_1', amount_minor: 4900, currency: 'EUR', at: '2027-02-14T00:00:00Z'},
  credits: {balance: 1200, used_since_last_charge: 30},
  free_credits: {eligible: true, last_granted_at: '2027-02-20T00:00:00Z', next_grant_at: '2027-02-21T00:00:00Z', blocked_reason: 'none'},
  region: 'PT', locale: 'en', identities: [{channel: 'slack', workspace: 'T1', user: 'UFULL'}]};
const STATUS = 'is my subscription still active?';
const linkOf = (answer) => {
  const offered = answer.replies.flatMap((reply) => reply.actions).find((action) => /^https:\/\/product\.example\//.test(action.url || ''));
  expect(offered, `a link is offered: ${answer.said}`);
  return new URL(offered.url).searchParams.get('token');
};

async function links() {
  const server = await startServer({environment: configured({HANDRAIL_LINK_URL: 'https://product.example/link?token={token}'})});
  await server.api('PUT', '/api/v1/accounts/lin', FULL);
  await check('a person links their account by a link that the site confirms, once', async () => {
    const {token} = await server.session();
    const before = await server.say(token, {text: 'how do I cancel my subscription?'});
    expect(!/March 14|Studio Max/.test(before.said), 'nothing of an account before');
    const secret = linkOf(before);
    expect(secret.length >= 20, 'not to be guessed');
    expectError(await server.call('POST', LINKS, {body: {token: secret, account_id: 'lin'}}), 401, {code: 'unauthorized'});
    expectError(await server.call('POST', LINKS, {body: {token: secret, account_id: 'lin'}, token}), 401, {code: 'unauthorized'});
    const confirmed = await server.api('POST', LINKS, {token: secret, account_id: 'lin'});
    same([confirmed.status, confirmed.json.account_id, confirmed.json.identity.channel], [200, 'lin', 'web_chat'], confirmed.text);
    expect(/March 14, 2027/.test((await server.say(token, {text: STATUS})).said), 'now their own date');
    expectError(await server.api('POST', LINKS, {token: secret, account_id: 'lin'}), 404, {code: 'not_found', field: 'token'});
    expectError(await server.api('POST', LINKS, {token: secret, account_id: 'mallory'}), 404, {code: 'not_found', field: 'token'});
    expect(/March 14, 2027/.test((await server.say(token, {text: STATUS})).said), 'still linked');
  });
  await check('each offer has a link of its own, and one used link leaves strangers strangers', async () => {
    const [one, two] = [await server.session(), await server.session()];
    const offer = async (token) => linkOf(await server.say(token, {text: 'how do I cancel my subscription?'}));
    const [first, second] = [await offer(one.token), await offer(two.token)];
    expect(first !== second, 'of its own');
    same((await server.api('POST', LINKS, {token: second, account_id: 'lin'})).status, 200, 'the second');
    expect(!/March 14/.test((await server.say(one.token, {text: STATUS})).said), 'the first knows nothing');
    expect(/March 14/.test((await server.say(two.token, {text: STATUS})).said), 'the second does');
  });
  await check('a confirmation that is incomplete or contradicts itself names the field', async () => {
    const identity = {channel: 'slack', workspace: 'T1', user: 'U1'};
    for (const [body, status, field] of [[{token: 'x'}, 400, 'account_id'], [{account_id: 'a'}, 400, 'token'],
      [{account_id: '', token: 'x'}, 400, 'account_id'], [{account_id: 'a', token: 'x', identity}, 400, 'identity'],
      [{account_id: 'a', identity: {channel: 'slack'}}, 400, 'identity'],
      [{account_id: 'a', identity: {user: 'U1'}}, 400, 'identity'], [{account_id: 'a', identity: 'U1'}, 400, 'identity'],
      [{account_id: 7, token: 'x'}, 400, 'account_id'], [{account_id: 'a', token: 'never made'}, 404, 'token']]) {
      const answer = await server.api('POST', LINKS, body);
      try {
        expectError(answer, status, {field});
      } catch (error) {
        throw new Error(`${JSON.stringify(body)}: ${error.message}`);
      }
    }
  });
  await server.stop();
}

async function directLinks() {
  const platform = await standIn((call) => {
    if (call.url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT'}};
    return {json: {ok: true, ts: '1', channel: 'D1'}};
  });
  const server = await startServer({environment: withPlatforms(platform.url)});
  let number = 0;
  const dm = async (user, text) => {
    const from = platform.calls.length;
    number += 1;
    const event = {type: 'message', channel: `D${user}`, channel_type: 'im', user, text, ts: `1700000000.${100000 + number}`};
    await server.slack('/slack/events', JSON.stringify({type: 'event_callback', team_id: 'T1', event_id: `EvP${number}`, event}));
    const isIts = (call) => call.url === '/api/chat.postMessage' && call.body.includes(`"D${user}"`);
    const sent = () => platform.calls.slice(from).filter(isIts);
    await until('the answer', () => sent().length > 0);
    return sent().map((call) => JSON.parse(call.body).text).join('\n');
  };
  await check('the site links a platform identity directly; the account is then seen there, and by nobody else', async () => {
    await server.api('PUT', '/api/v1/accounts/dirk', {...FULL, identities: []});
    expect(!/March 14/.test(await dm('UDIRK', STATUS)), 'before');
    const made = await server.api('POST', LINKS, {account_id: 'dirk', identity: {channel: 'slack', workspace: 'T1', user: 'UDIRK'}});
    same([made.status, made.json.account_id], [200, 'dirk'], 'made');
    same(made.json.identity, {channel: 'slack', workspace: 'T1', user: 'UDIRK'}, 'whose');
    expect(/March 14, 2027/.test(await dm('UDIRK', STATUS)), 'after');
    expect(!/March 14/.test(await dm('UOTHER', STATUS)), 'another user');
  });
  await check('one account on Slack and in the web chat is one person with one case', async () => {
    await server.api('PUT', '/api/v1/accounts/both', {...FULL, identities: [{channel: 'slack', workspace: 'T1', user: 'UBOTH'}]});
    await dm('UBOTH', 'I want a refund');
    const {token} = await server.session({locale: 'en', identity_token: identityToken('both')});
    const second = await server.say(token, {text: 'I want a refund please'});
    const {tickets} = (await server.api('GET', '/api/v1/tickets')).json;
    const theirs = tickets.filter((ticket) => ticket.kind === 'refund' && second.said.includes(String(ticket.number)));
    same([theirs.length, theirs[0].channel], [1, 'slack'], 'the second request joins the first');
    const {json} = await server.api('GET', `/api/v1/contacts/${theirs[0].person_id}`);
    same(json.identities.map((one) => one.channel).sort(), ['slack', 'web_chat'], 'one person');
  });
  await server.stop();
  platform.close();
}

async function contacts() {
  const secrets = ['ocarina-words', 'quetzal@example.com', 'Ottokar-the-agent-said'];
  const server = await startServer({environment: configured()});
  await server.api('PUT', '/api/v1/accounts/eve', {...FULL, plan: 'Marmalade plan'});
  const {token, conversation_id: conversation} = await server.session({locale: 'en', identity_token: identityToken('eve')});
  await server.say(token, {text: 'I want a refund'});
  await server.say(token, {text: `My e-mail is ${secrets[1]}, ${secrets[0]}`});
  const ticket = (await server.api('GET', '/api/v1/tickets')).json.tickets.find((one) => one.conversation_id === conversation);
  await server.api('POST', `/api/v1/tickets/${ticket.id}/reply`, {agent: 'Ottokar', client_message_id: 'a', text: secrets[2]});
  const everywhere = async () => {
    const agent = await server.agent(newId('Ada'));
    const answers = [await server.events(token), await agent.get(`/tickets/${ticket.id}`)];
    for (const route of ['tickets?state=all', `contacts/${ticket.person_id}`, 'contacts/eve']) {
      answers.push(await server.api('GET', `/api/v1/${route}`));
    }
    return answers.map((answer) => answer.text).join('\n');
  };
  await check('an export holds who they are, what was said and what was decided', async () => {
    const byPerson = await server.api('GET', `/api/v1/contacts/${ticket.person_id}`);
    const {json} = byPerson;
    same([byPerson.status, json.id, json.account_id, json.account.plan], [200, ticket.person_id, 'eve', 'Marmalade plan'], 'who');
    same((await server.api('GET', '/api/v1/contacts/eve')).json, json, 'by the account\'s id too');
    expect(secrets.every((secret) => byPerson.text.includes(secret)), 'every word');
    same([json.tickets.length, json.tickets[0].kind, json.tickets[0].number], [1, 'refund', ticket.number], 'the case');
    expect(json.messages.every((message) => /^\d{4}-.*Z$/.test(message.created_at)), 'times');
    expectError(await server.call('GET', `/api/v1/contacts/${ticket.person_id}`), 401);
    expectError(await server.api('GET', '/api/v1/contacts/nobody'), 404, {code: 'not_found'});
  });
  await check('erased is erased: from every answer, and from the files on the disk', async () => {
    const before = await everywhere();
    expect(secrets.every((secret) => before.includes(secret)) && before.includes('Marmalade'), 'it was there');
    expectError(await server.call('DELETE', '/api/v1/contacts/eve'), 401);
    same((await server.api('DELETE', '/api/v1/contacts/eve')).status, 204, 'erased');
    expectError(await server.api('DELETE', '/api/v1/contacts/eve'), 404, {code: 'not_found'});
    expectError(await server.api('GET', `/api/v1/contacts/${ticket.person_id}`), 404, {code: 'not_found'});
    const after = await everywhere();
    for (const word of [...secrets, 'Marmalade', 'ch_1']) expect(!after.includes(word), `${word} is still answered`);
    const left = (await server.api('GET', '/api/v1/tickets?state=all')).json.tickets.find((one) => one.id === ticket.id);
    same([left.state, left.triage], ['resolved', {}], 'the case counts, and says nothing');
    await server.stop();
    for (const file of fs.readdirSync(server.data)) {
      const bytes = fs.readFileSync(path.join(server.data, file)).toString('latin1');
      for (const word of [...secrets, 'Marmalade']) expect(!bytes.includes(word), `${word} is still in ${file}`);
    }
    await server.start();
  });
  await check('the token of an erased chat opens nothing any more: no words go where nobody could erase them', async () => {
    expectError(await server.say(token, {text: 'I want a refund after all'}), 401, {code: 'unauthorized'});
    expectError(await server.events(token), 401, {code: 'unauthorized'});
    expectError(await server.call('GET', '/api/v1/chat/events', {token}), 401, {code: 'unauthorized'});
    same((await server.api('GET', '/api/v1/tickets')).json.tickets, [], 'no case is opened or opened again');
  });
  await check('who comes back after that is somebody new', async () => {
    const again = await server.session({locale: 'en', identity_token: identityToken('eve')});
    expect(again.status === 201 && again.conversation_id !== conversation, 'a chat of its own');
    const answer = await server.say(again.token, {text: STATUS});
    expect(answer.status === 200 && !/March 14/.test(answer.said), 'and unknown');
    const {json} = await server.api('GET', '/api/v1/contacts/eve');
    expect(json.id !== ticket.person_id && json.tickets.length === 0, 'another person');
  });
  await server.stop();
}

async function accounts() {
  const server = await startServer({environment: configured()});
  const put = (id, body) => server.api('PUT', `/api/v1/accounts/${id}`, body);
  await check('an account is kept with every field of the contract', async () => {
    const stored = await put('full', FULL);
    same([stored.status, stored.json], [200, {id: 'full', ...FULL}], 'as given');
  });
  await check('what is missing or null is unknown, and never assumed', async () => {
    const empty = await put('empty', {});
    same([empty.status, empty.json.id], [200, 'empty'], 'only an id');
    for (const field of Object.keys(FULL).filter((name) => !['credits', 'free_credits', 'identities'].includes(name))) {
      same(empty.json[field], null, field);
      same((await put('empty', {[field]: null})).status, 200, `${field}: null`);
    }
    const {token} = await server.session({locale: 'en', identity_token: identityToken('empty')});
    const said = (await server.say(token, {text: STATUS})).said;
    expect(said !== '' && !/null|undefined|1970|NaN|\{/.test(said), said);
  });
  await check('a wrong value names its field, and changes nothing', async () => {
    const odd = [['id', {id: 'other'}], ['id', {id: 7}], ['plan', {plan: 7}], ['status', {status: 'cancelled'}], ['status', {status: true}],
      ['auto_renew', {auto_renew: 'yes'}], ['auto_renew', {auto_renew: 1}], ['next_billing_at', {next_billing_at: '14 March'}],
      ['next_billing_at', {next_billing_at: 1800000000}], ['current_period_end', {current_period_end: '2027-13-01T00:00:00Z'}],
      ['cancelled_at', {cancelled_at: '2027-02-30T00:00:00Z'}], ['last_charge', {last_charge: 39}], ['last_charge', {last_charge: []}],
      ['last_charge.amount_minor', {last_charge: {amount_minor: 39.5}}], ['last_charge.amount_minor', {last_charge: {amount_minor: '39'}}],
      ['last_charge.amount_minor', {last_charge: {amount_minor: 18446744073709551615n}}],
      ['last_charge.currency', {last_charge: {currency: 978}}],
      ['last_charge.at', {last_charge: {at: 'yesterday'}}], ['last_charge.id', {last_charge: {id: 1}}], ['credits', {credits: 5}],
      ['credits.balance', {credits: {balance: '5'}}], ['credits.used_since_last_charge', {credits: {used_since_last_charge: 0.1}}],
      ['free_credits', {free_credits: true}], ['free_credits.eligible', {free_credits: {eligible: 'no'}}],
      ['free_credits.last_granted_at', {free_credits: {last_granted_at: ''}}],
      ['free_credits.next_grant_at', {free_credits: {next_grant_at: 'x'}}],
      ['free_credits.blocked_reason', {free_credits: {blocked_reason: 'fraud'}}], ['region', {region: 49}], ['locale', {locale: ['en']}],
      ['identities', {identities: {}}], ['identities[0].channel', {identities: [{user: 'U1'}]}],
      ['identities[1].user', {identities: [{channel: 'slack', user: 'U1'}, {channel: 'slack'}]}]];
    const before = (await put('kept', FULL)).json;
    for (const [field, change] of odd) {
      const asText = (_, value) => (typeof value === 'bigint' ? `#${value}#` : value);
      const body = JSON.stringify({...FULL, ...change}, asText).replace(/"#(\d+)#"/g, '$1');
      const answer = await server.call('PUT', '/api/v1/accounts/kept', {key: API_KEY, body});
      try {
        expectError(answer, 400, {code: 'invalid', field});
      } catch (error) {
        throw new Error(`${JSON.stringify(Object.keys(change))} of ${field}: ${error.message}`);
      }
    }
    same(JSON.parse((await server.command('accounts', 'show', 'kept', '--json')).out), before, 'as it was');
    expectError(await server.call('PUT', '/api/v1/accounts/kept', {body: FULL}), 401, {code: 'unauthorized'});
    expectError(await server.api('PUT', '/api/v1/accounts/', FULL), 404);
  });
  await check('an account id is any text, and stays inside its address', async () => {
    for (const id of ['user@example.com', 'ü n', 'a.b-c_d~', '100%', '1e3', 'کاربر']) {
      const stored = await put(encodeURIComponent(id), {plan: 'Pro'});
      same([stored.status, stored.json.id], [200, id], id);
    }
  });
  await check('a change is seen with the next answer', async () => {
    await put('turn', {...FULL, identities: []});
    const {token} = await server.session({locale: 'en', identity_token: identityToken('turn')});
    expect(/March 14, 2027/.test((await server.say(token, {text: STATUS})).said), 'before');
    await put('turn', {...FULL, identities: [], next_billing_at: '2027-05-02T00:00:00Z', current_period_end: '2027-05-02T00:00:00Z'});
    expect(/May 2, 2027/.test((await server.say(token, {text: STATUS})).said), 'after');
  });
  await check('after "done" the account is read again: not yet off leads back, off is confirmed with its date', async () => {
    await put('done', {...FULL, identities: [], next_billing_at: daysFrom(20), current_period_end: '2027-03-14T00:00:00Z'});
    const {token} = await server.session({locale: 'en', identity_token: identityToken('done')});
    await server.say(token, {text: 'how do I cancel my subscription?'});
    const done = {action: 'guide:cancel_subscription:done:0'};
    const notYet = await server.say(token, done);
    const blocks = notYet.replies.flatMap((reply) => reply.blocks);
    expect(/still/i.test(notYet.said) && blocks.some((block) => block.type === 'step'), notYet.said);
    await put('done', {...FULL, identities: [], auto_renew: false, cancelled_at: daysFrom(0), next_billing_at: null});
    const off = await server.say(token, done);
    expect(/March 14, 2027/.test(off.said) && !/still active/.test(off.said), off.said);
  });
  await server.stop();
}

async function provider() {
  let answer = () => ({});
  const backend = await standIn((call) => answer(call));
  const environment = configured({HANDRAIL_ACCOUNTS_URL: `${backend.url}/accounts/`, HANDRAIL_ACCOUNTS_TOKEN: 'token-of-the-backend'});
  const server = await startServer({environment});
  const ask = async (account, text = STATUS) => {
    const {token} = await server.session({locale: 'en', identity_token: identityToken(account)});
    const begun = Date.now();
    return {...(await server.say(token, {text})), milliseconds: Date.now() - begun};
  };
  const good = (id) => ({json: {...FULL, id}});
  await check('the backend is asked with its token, for exactly this account, and its facts are said', async () => {
    answer = (call) => good(decodeURIComponent(call.url.split('/').at(-1)));
    expect(/March 14, 2027/.test((await ask('anna/../bob?x=1')).said), 'the date');
    const [call] = backend.calls;
    same([call.method, call.url], ['GET', '/accounts/anna%2F..%2Fbob%3Fx%3D1'], 'the call');
    same(call.headers.authorization, 'Bearer token-of-the-backend', 'its token');
  });
  await check('an answer about somebody else is never shown', async () => {
    answer = () => good('somebody-else');
    expect(!/March 14|Studio Max/.test((await ask('anna')).said), 'not shown');
  });
  const away = async (what) => {
    const status = await ask(newId('acc'), 'how do I cancel my subscription?');
    same(status.status, 200, 'an answer');
    const says = /can.t (see|reach|look)|cannot (see|reach|look)|right now|at the moment/i.test(status.said);
    expect(says, `${what}: says that it cannot look: ${status.said}`);
    same(status.replies[0].blocks.filter((block) => block.type === 'step').length, 7, `${what}: the general guide`);
    expect(!/no account|not linked|isn.t linked/i.test(status.said), `${what} is not "no account": ${status.said}`);
    return status;
  };
  await check('a backend that is slow, broken or talks nonsense is "unavailable", within 2 s, and the guide is given', async () => {
    const odd = {slow: () => ({afterMs: 4000, ...good('x')}), 500: () => ({status: 500, json: {}}),
      401: () => ({status: 401, json: {}}),
      302: () => ({status: 302, headers: {Location: 'http://127.0.0.1:1/'}}),
      'not JSON': () => ({text: '<html>'}), 'a list': () => ({json: []}),
      lost: () => ({lost: true}), 'a wrong field': (call) => ({json: {id: call.url.split('/').at(-1), status: 'zombie'}})};
    for (const [what, one] of Object.entries(odd)) {
      answer = (call) => good(call.url.split('/').at(-1));
      expect(/March 14/.test((await ask(newId('acc'))).said), 'one good answer, so that the breaker stays closed');
      answer = one;
      const {milliseconds} = await away(what);
      expect(milliseconds < 2000, `${what}: after ${milliseconds} ms`);
    }
  });
  await check('while the backend is away a refund is still handed over', async () => {
    answer = () => ({status: 503, json: {}});
    const refund = await ask('rita', 'I want a refund');
    const {tickets} = (await server.api('GET', '/api/v1/tickets')).json;
    expect(tickets.some((ticket) => ticket.kind === 'refund' && refund.said.includes(String(ticket.number))), refund.said);
  });
  await check('404 is "no such account", which is not "unavailable"', async () => {
    answer = () => ({status: 404, json: {}});
    const status = await ask('nobody', 'how do I cancel my subscription?');
    expect(!/right now|at the moment/i.test(status.said) && status.replies[0].blocks.some((block) => block.type === 'step'), status.said);
  });
  await check('one trouble is asked again at once, and the person notices nothing', async () => {
    let count = 0;
    answer = (call) => ((count += 1) === 1 ? {status: 500, json: {}} : good(call.url.split('/').at(-1)));
    expect(/March 14, 2027/.test((await ask(newId('acc'))).said), 'the date');
    same(count, 2, 'asked twice');
  });
  await check('a backend that keeps failing is left in peace for a while', async () => {
    answer = () => ({status: 500, json: {}});
    for (let i = 0; i < 6; i += 1) await ask(newId('acc'));
    const before = backend.calls.length;
    await ask(newId('acc'));
    same(backend.calls.length, before, 'not asked');
  });
  await server.stop();
  backend.close();
}

export async function run() {
  await links();
  await directLinks();
  await contacts();
  await accounts();
  await provider();
}
