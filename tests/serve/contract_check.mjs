// The running server, held to bot/serve/pages/openapi.json: every operation is called, with each answer that can be provoked, and
// an answer that the document does not know is a failure; so is a route that only one of code and document has.
import {Caller, validator} from './caller.mjs';
import {Contract, routesInCode, routesInDocument} from './contract.mjs';
import {discordPress, help, inDm, inServer, interaction, platforms, slackButton, slackCommand, slackDm, slackEvent, slackPayload,
  slackPress} from './platforms.mjs';
import {check, configured, expect, identityToken, newAddress, newId, same, standIn, startServer, until,
  withPlatforms} from './support.mjs';

const MIB = 1024 * 1024;
const QUEUE = 1000;
// What cannot be provoked from outside: our own mistakes, a database that does not answer, and files that are missing.
const NOT_PROVOKED = [/ 50[03]$/, /^(demoPage|chatStyle|chatScript|widgetScript|deskPage|deskStyle|deskScript|openapi) 404$/];

function document(contract) {
  const differences = (one, other) => [...one].filter((route) => !other.has(route)).sort();
  const [code, documented] = [routesInCode(), routesInDocument(contract)];
  return Promise.all([
    check('every route of the code is in the contract', () => same(differences(code, documented), [], 'only in the code')),
    check('every route of the contract is in the code', () => same(differences(documented, code), [], 'only in the contract')),
    check('every body has an example, and every example is what its schema says', () => same(contract.wrongExamples(), [], 'wrong')),
    check('every operation can have too many headers and our own mistakes', () => {
      for (const operation of contract.all()) {
        for (const status of ['431', '500']) expect(operation.responses[status], `${operation.id} has no ${status}`);
      }
    }),
  ]);
}

// What holds for every operation alike.
async function everywhere(caller, token) {
  const {contract, server} = caller;
  const each = (name, wanted, action) => check(name, async () => {
    const operations = contract.all().filter(wanted);
    expect(operations.length > 0, 'some');
    for (const operation of operations) await action(operation);
  });
  const reads = (operation) => operation.method !== 'get';
  const plain = async (operation, wanted, {body, headers = {}}) => {
    const sent = {body, headers: {'X-Forwarded-For': newAddress(), ...headers}};
    const answer = await server.call(operation.method.toUpperCase(), contract.address(operation), sent);
    same(contract.hold(operation, answer).status, wanted, operation.id);
  };
  await check('the server gives out this very document', async () => {
    same((await caller.ask('openapi', 200)).json, contract.document, 'it');
  });
  await each('without its credentials every operation that wants some is a 401', (one) => one.security.length > 0, (operation) =>
    caller.ask(operation.id, 401, {anonymous: true, body: reads(operation) ? {} : undefined,
      query: operation.id === 'listLinks' ? {account_id: 'a'} : {}}));
  await each('a change at the desk without the CSRF token is a 403', (one) => one.security.includes('csrfToken'), (operation) =>
    caller.ask(operation.id, 403, {anonymous: true, body: {}, headers: {Cookie: caller.agent.cookie}}));
  await each('a body of more than 1 MiB is a 413', reads, (operation) => plain(operation, 413, {body: 'x'.repeat(MIB + 1)}));
  const headers = Object.fromEntries(Array.from({length: 101}, (_, i) => [`X-${i}`, 'v']));
  await each('more than a hundred headers are a 431', () => true, (operation) => plain(operation, 431, {headers}));
  await each('a form whose parts have no boundary is a 400', reads, (operation) =>
    plain(operation, 400, {body: 'x', headers: {'Content-Type': 'multipart/form-data'}}));
  await each('what names nothing is a 404', (one) => /\{id\}/.test(one.template) && one.responses[404], (operation) =>
    caller.ask(operation.id, 404, {params: {id: 'none'}, body: reads(operation) ? {client_message_id: 'n', text: 'hi'} : undefined}));
  await check('another method is a 405 that names those in the contract', async () => {
    for (const [template, item] of Object.entries(contract.document.paths)) {
      const methods = ['get', 'put', 'post', 'delete'].filter((one) => item[one]);
      const [operation] = contract.all().filter((one) => one.template === template);
      const answer = await server.call('PATCH', contract.address(operation), {body: '{}'});
      same([answer.status, answer.json.error.code], [405, 'method_not_allowed'], template);
      same(answer.headers.allow.toLowerCase().split(', ').sort(), methods.sort(), `${template}: Allow`);
      contract.holdEvent('Error', answer.json);
    }
  });
  await check('what is outside of every operation is told with the error object too', async () => {
    for (const [method, route, status, more] of [['GET', '/no/such', 404, {}], ['POST', '/no/such', 404, {}],
      ['GET', `/health?${'a'.repeat(9000)}`, 414, {}], ['GET', '/health', 416, {Range: 'nonsense'}]]) {
      const answer = await server.call(method, route, {headers: more});
      same(answer.status, status, route.slice(0, 20));
      contract.holdEvent('Error', answer.json);
    }
  });
  await check('what is not JSON, or no object, is a 400 wherever JSON is read', async () => {
    for (const operation of contract.all()) {
      const isJson = operation.requestBody && operation.requestBody.content['application/json'];
      if (!isJson) continue;
      const isPlatforms = operation.tags[0] === 'platforms';  // what they sign and we do not know is a 200
      for (const body of isPlatforms ? ['{'] : ['{', '[]']) await caller.ask(operation.id, 400, {token, body});
    }
  });
}

async function chatting(caller) {
  const token = (await caller.chat()).session_token;
  await check('a chat begins as the contract says, and what it forbids is refused', async () => {
    await caller.chat({});
    await caller.chat({locale: null});
    await caller.chat({locale: 'fa', identity_token: identityToken('ana')});
    await caller.ask('startChat', 201);
    await caller.ask('startChat', 400, {body: {locale: ''}});
    await caller.ask('startChat', 400, {body: {locale: 7}});
    await caller.ask('startChat', 401, {body: {identity_token: 'nonsense'}});
    await caller.ask('startChat', 401, {body: {link_token: 'nonsense'}});
    const headers = {'X-Forwarded-For': newAddress()};
    for (let i = 0; i < 20; i += 1) await caller.ask('startChat', 201, {headers});
    await caller.ask('startChat', 429, {headers});
  });
  await check('messages and buttons are answered with replies of every kind', async () => {
    const kinds = new Set();
    for (const text of ['hello', 'how do I cancel my subscription?', 'why did I not get my free credits?', 'blorp',
      'is my subscription active?', 'my payment failed', 'I want a refund', 'thanks']) {
      const {replies} = (await caller.say(token, {text})).json;
      replies.forEach((reply) => reply.blocks.forEach((block) => kinds.add(block.type)));
    }
    const {replies} = (await caller.say(token, {text: 'how do I cancel my subscription?'})).json;
    for (const action of replies[0].actions) await caller.say(token, {action: action.id});
    for (const kind of ['heading', 'paragraph', 'step', 'callout', 'status']) expect(kinds.has(kind), `a ${kind}`);
  });
  await check('what a message may not be is refused', async () => {
    for (const content of [{}, {text: ''}, {text: ' \n\t'}, {text: 7}, {text: 'a', action: 'b'}, {action: ''}, {action: 'a'.repeat(101)},
      {text: 'a', client_message_id: ''}, {text: 'a', client_message_id: 'i'.repeat(101)}]) await caller.say(token, content, 400);
    await caller.say(token, {text: 'hello', client_message_id: '\u{1F600}'.repeat(100)});
  });
  await check('the list of events is the contract\'s, with and without the person\'s own words', async () => {
    const {events} = (await caller.ask('readChatEvents', 200, {token, query: {wait: '0'}})).json;
    expect(events.length > 0 && events.every((event) => event.type === 'reply'), 'replies');
    const all = (await caller.ask('readChatEvents', 200, {token, query: {wait: '0', own: '1'}})).json.events;
    expect(all.some((event) => event.type === 'said') && all.length > events.length, 'what was said');
    const headers = {'Last-Event-ID': events.at(-1).id};
    same((await caller.ask('readChatEvents', 200, {token, query: {wait: '0'}, headers})).json.events, [], 'nothing later');
    for (const id of ['x', '-1', '1'.repeat(16)]) {
      await caller.ask('readChatEvents', 400, {token, query: {wait: '0'}, headers: {'Last-Event-ID': id}});
    }
  });
  await check('so is every event of the stream', async () => {
    const stream = await caller.stream('readChatEvents', {token, query: {own: '1'}});
    await until('both kinds', () => ['said', 'reply'].every((kind) => stream.events.some((event) => event.event === kind)));
    for (const {id, event, data} of stream.events) {
      caller.contract.holdEvent('Event', data);
      same([id, event], [data.id, data.type], 'the frame and what is in it');
    }
    stream.close();
  });
  await check('more than thirty messages in a minute are a 429', async () => {
    const hasty = (await caller.chat()).session_token;
    for (let i = 0; i < 30; i += 1) await caller.say(hasty, {text: 'thanks'});
    await caller.say(hasty, {text: 'thanks'});  // the polite notice
    await caller.say(hasty, {text: 'thanks'}, 429);
  });
}

async function decidingSlowly(contract) {
  await check('a message that is still being decided is a 202', async () => {
    const slow = await standIn(() => ({json: {id: 'sloth', status: 'active'}, afterMs: 1200}));
    const caller = new Caller(contract, await startServer({environment: configured({HANDRAIL_ACCOUNTS_URL: slow.url})}));
    const token = (await caller.chat({locale: 'en', identity_token: identityToken('sloth')})).session_token;
    const content = {client_message_id: newId('slow'), text: 'how do I cancel my subscription?'};
    const first = caller.say(token, content);
    await until('the question', () => slow.calls.length > 0);
    await caller.say(token, content, 202);
    await first;
    await caller.server.stop();
    slow.close();
  });
}

// The verbs of a ticket are the same by API and at the desk; `id` gives the operation's name there.
async function ticketVerbs(caller, where, id, other) {
  await check(`tickets are claimed, answered, resolved and reopened ${where}`, async () => {
    const {params, token} = await caller.refundCase();
    await caller.ask(id('claimTicket'), 200, {params});
    await caller.ask(id('claimTicket'), 200, {params, body: {}});
    const body = {client_message_id: 'a'.repeat(100), text: 't'.repeat(4000)};
    const first = await caller.ask(id('replyToTicket'), 200, {params, body});
    const again = await caller.ask(id('replyToTicket'), 200, {params, body});
    same(again.json.message_id, first.json.message_id, 'said once');
    const x = 'x';
    for (const wrong of [{}, {text: 'a'}, {client_message_id: x}, {client_message_id: x, text: ''}, {client_message_id: x, text: ' \n'},
      {client_message_id: x, text: 't'.repeat(4001)}, {client_message_id: x.repeat(101), text: 'a'}, {client_message_id: 7, text: 'a'}]) {
      await caller.ask(id('replyToTicket'), 400, {params, body: wrong});
    }
    same((await caller.say(token, {text: 'thank you'})).json.replies, [], 'the bot is silent');
    await caller.ask(id('resolveTicket'), 400, {params, body: {outcome: 'paid'}});
    await caller.ask(id('resolveTicket'), 200, {params, body: {outcome: 'approved'}});
    await caller.ask(id('resolveTicket'), 200, {params});
    await caller.ask(id('resolveTicket'), 409, {params, body: {outcome: 'denied'}});
    await caller.ask(id('claimTicket'), 409, {params});
    await caller.ask(id('replyToTicket'), 409, {params, body: {client_message_id: 'late', text: 'a'}});
    await caller.ask(id('reopenTicket'), 200, {params});
    await caller.ask(id('reopenTicket'), 200, {params, body: {}});
    const resting = await caller.ask(id('snoozeTicket'), 200, {params, body: {for: '2h'}});
    expect(Date.parse(resting.json.ticket.snoozed_until) > Date.now() + 7000000, 'until when');
    for (const wrong of [{}, {for: ''}, {for: '2'}, {for: '0h'}, {for: '91d'}, {for: 'h'}, {for: '-1h'}, {for: 2}]) {
      await caller.ask(id('snoozeTicket'), 400, {params, body: wrong});
    }
    await caller.ask(id('transferTicket'), 404, {params, body: {to: 'nobody at all'}});
    for (const wrong of [{}, {to: ''}, {to: 7}]) await caller.ask(id('transferTicket'), 400, {params, body: wrong});
    await caller.ask(id('transferTicket'), 200, {params, body: {to: caller.agent.name}});
    await caller.ask(id('resolveTicket'), 200, {params, body: {}});
    await caller.ask(id('snoozeTicket'), 409, {params, body: {for: '2h'}});
    await caller.ask(id('transferTicket'), 409, {params, body: {to: caller.agent.name}});
  });
  await check(`nothing is said past what its agent has not seen ${where}`, async () => {
    const {params, token} = await caller.refundCase();
    const shown = async () => (await caller.ask('deskGetTicket', 200, {params})).json;
    const before = await shown();
    const last = (ticket) => ticket.messages.filter((message) => message.conversation_id === ticket.conversation_id).at(-1).id;
    await caller.say(token, {text: 'wait, one more thing'});
    const words = (seen) => ({client_message_id: newId('seen'), text: 'done', seen_message_id: seen});
    const held = await caller.ask(id('replyToTicket'), 409, {params, body: words(last(before))});
    same(held.json.error.field, 'seen_message_id', 'why');
    await caller.ask(id('replyToTicket'), 200, {params, body: words(last(await shown()))});
  });
  await check(`what a message was about is said ${where}`, async () => {
    const {params} = await caller.refundCase();
    const first = await caller.ask(id('labelTicketIntent'), 200, {params, body: {intent: 'refund'}});
    same(first.json.understood, 'refund', 'what the bot took it for');
    const message_id = first.json.message_id;
    await caller.ask(id('labelTicketIntent'), 200, {params, body: {intent: 'out_of_scope', message_id}});
    await caller.ask('deskGetTicket', 200, {params});
    for (const wrong of [{}, {intent: ''}, {intent: 7}]) {
      await caller.ask(id('labelTicketIntent'), 400, {params, body: wrong});
    }
    await caller.ask(id('labelTicketIntent'), 404, {params, body: {intent: 'nonsense'}});
    await caller.ask(id('labelTicketIntent'), 404, {params, body: {intent: 'refund', message_id: 'none'}});
  });
  await check(`what someone else has is a conflict ${where}`, async () => {
    const {params} = await caller.refundCase();
    await other(params);
    await caller.ask(id('claimTicket'), 409, {params});
    await caller.ask(id('replyToTicket'), 409, {params, body: {client_message_id: 'x', text: 'a'}});
  });
  await check(`a second open ticket of a kind is a conflict ${where}`, async () => {
    const account = {locale: 'en', identity_token: identityToken(newId('twice'))};
    const {params} = await caller.refundCase(account);
    await caller.ask(id('resolveTicket'), 200, {params, body: {outcome: 'denied'}});
    await caller.refundCase(account);
    await caller.ask(id('reopenTicket'), 409, {params});
  });
}

async function listing(caller) {
  await check('tickets of every state are listed as the contract says, and no others', async () => {
    for (const state of ['open', 'claimed', 'waiting', 'resolved', 'unresolved', 'all']) {
      for (const id of ['listTickets', 'deskListTickets']) await caller.ask(id, 200, {query: {state}});
    }
    await caller.ask('listTickets', 200);
    await caller.ask('listTickets', 400, {query: {state: 'strange'}});
    const {tickets} = (await caller.ask('deskListTickets', 200)).json;
    for (const {id} of tickets) await caller.ask('deskGetTicket', 200, {params: {id}});
    await caller.ask('deskGetTicket', 200, {params: {id: tickets[0].number}});
  });
}

async function atTheDesk(caller) {
  await check('signing in and out, by link and by name', async () => {
    const body = {token: (await caller.ask('addAgent', 201, {body: {name: newId('Desk ')}})).json.sign_in_url.split('#token=')[1]};
    const signedIn = await caller.ask('deskSignIn', 200, {body});
    await caller.ask('deskSignIn', 401, {body});
    for (const wrong of [{}, {token: ''}, {name: ''}, {password: 'x'}, {token: 7}]) await caller.ask('deskSignIn', 400, {body: wrong});
    const headers = {'X-Forwarded-For': newAddress()};
    for (let i = 0; i < 5; i += 1) await caller.ask('deskSignIn', 401, {headers, body: {name: 'Nobody', password: String(i)}});
    await caller.ask('deskSignIn', 429, {headers, body: {name: 'Nobody', password: 'x'}});
    const cookie = signedIn.headers['set-cookie'][0].split(';')[0];
    const own = new Caller(caller.contract, caller.server, {cookie, csrf: signedIn.json.csrf_token});
    same((await own.ask('deskMe', 200)).json, signedIn.json, 'the same session');
    await own.ask('deskSignOut', 204);
    await own.ask('deskMe', 401);
  });
  await check('the desk\'s stream says what the contract says', async () => {
    const stream = await caller.stream('deskEvents');
    await until('something', () => stream.events.length > 0);
    same([stream.events[0].event, stream.events[0].data], ['changed', {}], 'a change');
    stream.close();
  });
}

async function people(caller) {
  const full = caller.contract.document.paths['/api/v1/accounts/{id}'].put.requestBody.content['application/json'].example;
  const {id: accountId, ...nameless} = full;
  const params = {id: accountId};
  await check('accounts are stored, read and forgotten', async () => {
    const stored = (await caller.ask('putAccount', 200, {params, body: full})).json;
    same(stored, full, 'everything was understood');
    same((await caller.ask('getAccount', 200, {params})).json, stored, 'as it was stored');
    await caller.ask('putAccount', 200, {params, body: nameless});
    await caller.ask('putAccount', 200, {params: {id: 'bare'}});
    const empty = Object.fromEntries(Object.keys(nameless).map((name) => [name, null]));
    await caller.ask('putAccount', 200, {params: {id: 'with space'}, body: empty});
    const sparse = {next_billing_at: '2027-03-14T02:00:00.5+02:00', last_charge: {}, credits: {}};
    await caller.ask('putAccount', 200, {params: {id: 'sparse'}, body: sparse});
    for (const wrong of [{id: 7}, {id: ''}, {plan: 7}, {status: 'gone'}, {auto_renew: 'yes'}, {next_billing_at: 'tomorrow'},
      {cancelled_at: 7}, {last_charge: 'ch_1'}, {last_charge: {amount_minor: '39'}}, {last_charge: {amount_minor: 1.5}}, {credits: []},
      {credits: {balance: 'x'}}, {free_credits: {blocked_reason: 'mood'}}, {region: 7}, {locale: 7}, {identities: {}},
      {identities: ['U1']}, {identities: [{channel: 'slack'}]}, {identities: [{channel: '', user: 'U1'}]},
      {identities: [{channel: 'slack', user: 'U1', workspace: 7}]}]) {
      await caller.ask('putAccount', 400, {params, body: wrong});
    }
    await caller.ask('putAccount', 400, {params, body: {id: 'someone else'}, wellFormed: true});
    await caller.ask('deleteAccount', 204, {params: {id: 'bare'}});
    await caller.ask('getAccount', 404, {params: {id: 'bare'}});
  });
  await check('identities are linked, listed and unlinked', async () => {
    const identity = {channel: 'slack', workspace: 'T1', user: newId('U')};
    await caller.ask('addLink', 200, {body: {account_id: accountId, identity}});
    await caller.ask('addLink', 200, {body: {account_id: accountId, identity: {channel: 'discord', user: newId('7')}}});
    const {identities} = (await caller.ask('listLinks', 200, {query: {account_id: accountId}})).json;
    expect(identities.some((one) => one.user === identity.user), 'linked');
    same((await caller.ask('listLinks', 200, {query: {account_id: 'nobody'}})).json.identities, [], 'nobody');
    await caller.ask('listLinks', 400);
    for (const wrong of [{}, {account_id: 'a'}, {token: 'x'}, {account_id: '', token: 'x'}, {account_id: 'a', token: 'x', identity},
      {account_id: 'a', identity: {channel: 'slack'}}, {account_id: 'a', identity: 'U1'}, {account_id: 7, token: 'x'}]) {
      await caller.ask('addLink', 400, {body: wrong});
    }
    await caller.ask('addLink', 404, {body: {account_id: accountId, token: 'never made'}});
    await caller.ask('removeLink', 204, {body: {identity}});
    await caller.ask('removeLink', 404, {body: {identity}});
    for (const wrong of [{}, {identity: {}}, {identity: {channel: 'slack'}}, {identity: 'U1'}]) {
      await caller.ask('removeLink', 400, {body: wrong});
    }
  });
  await check('a one-time link is confirmed once', async () => {
    const token = (await caller.chat()).session_token;
    const {replies} = (await caller.say(token, {text: 'how do I cancel my subscription?'})).json;
    const {url} = replies.flatMap((reply) => reply.actions).find((action) => /^https:/.test(action.url || ''));
    const body = {account_id: accountId, token: new URL(url).searchParams.get('token')};
    await caller.ask('addLink', 200, {body});
    await caller.ask('addLink', 404, {body});
  });
  await check('a person is exported and erased, with a ticket and without', async () => {
    const {ticket, params: of, token} = await caller.refundCase({locale: 'en', identity_token: identityToken(accountId)});
    const kept = (await caller.ask('exportContact', 200, {params: {id: ticket.person_id}})).json;
    same((await caller.ask('exportContact', 200, {params})).json.id, kept.id, 'by the account\'s id too');
    expect(kept.account && kept.tickets.length > 0 && kept.messages.length > 0 && kept.identities.length > 0, 'everything');
    await caller.ask('eraseContact', 204, {params});
    await caller.ask('exportContact', 404, {params: {id: ticket.person_id}});
    await caller.ask('deskGetTicket', 200, {params: of});
    await caller.ask('listTickets', 200, {query: {state: 'all'}});
    await caller.ask('readChatEvents', 401, {token, query: {wait: '0'}});
    await caller.ask('sendChatMessage', 401, {token, body: {client_message_id: 'x', text: 'hello'}});
    const stranger = await caller.refundCase();
    await caller.ask('exportContact', 200, {params: {id: stranger.ticket.person_id}});
  });
}

async function agents(caller) {
  await check('agents are added, listed, invited again and disabled', async () => {
    const name = 'n'.repeat(70) + newId('Agent');
    const {agent} = (await caller.ask('addAgent', 201, {body: {name}})).json;
    await caller.ask('addAgent', 409, {body: {name}});
    await caller.ask('addAgent', 201, {body: {name: newId('x').padEnd(80, 'y')}});
    for (const wrong of [{}, {name: ''}, {name: ' \n'}, {name: 7}, {name: 'n'.repeat(81)}]) {
      await caller.ask('addAgent', 400, {body: wrong});
    }
    const params = {id: agent.id};
    const {sign_in_url: url} = (await caller.ask('makeSignInLink', 201, {params})).json;
    await caller.ask('deskSignIn', 200, {body: {token: url.split('#token=')[1]}});
    await caller.ask('disableAgent', 204, {params});
    await caller.ask('makeSignInLink', 409, {params});
    const {agents: list} = (await caller.ask('listAgents', 200)).json;
    same(list.find((one) => one.id === agent.id), {...agent, disabled: true}, 'disabled');
  });
}

async function onPlatforms(caller, platform) {
  const {server} = caller;
  const form = {headers: {'Content-Type': 'application/x-www-form-urlencoded'}};
  await check('Slack gets what the contract says: events, commands, buttons, forms', async () => {
    await caller.ask('slackEvents', 200, {body: JSON.stringify({type: 'url_verification', challenge: 'c'})});
    for (const body of ['{}', '[]', slackDm('U1', 'how do I cancel my subscription?'), JSON.stringify({type: 'app_rate_limited'})]) {
      await caller.ask('slackEvents', 200, {body});
    }
    const commands = ['how do I cancel my subscription?', 'hello', 'blorp', ''].map((words) => slackCommand('U2', words));
    for (const body of [...commands, 'ssl_check=1', '', 'command=%2Fdance', 'command=%2Fhelp']) {
      await caller.ask('slackCommands', 200, {...form, body});
    }
    await caller.ask('slackCommands', 400, {...form, body: 'command=%FF'});
    const post = await until('the guide', () => platform.calls.filter((call) => call.url === '/api/chat.postMessage')
      .map((call) => JSON.parse(call.body)).find((one) => (one.blocks || []).some((block) => block.type === 'actions')));
    await caller.ask('slackInteractions', 200, {...form, body: slackPress('U1', 'DU1', slackButton(post, /./))});
    for (const payload of [{}, {type: 'view_closed'}, {type: 'block_suggestion'}, {type: 'view_submission', user: {id: 'U1'}, view: {}}]) {
      await caller.ask('slackInteractions', 200, {...form, body: slackPayload(payload)});
    }
    for (const body of ['', 'payload=%7B', 'other=1']) await caller.ask('slackInteractions', 400, {...form, body});
  });
  await check('Discord gets what the contract says: pongs, answers, choices, forms', async () => {
    const types = new Set();
    const subject = {type: 18, component: {type: 4, custom_id: 'subject', value: 'I want a refund'}};
    for (const body of [{type: 1}, {type: 99}, {}, help('how do I cancel my subscription?', inServer('1')), help('hello', inDm('2')),
      help('thanks', inServer('3')), help(undefined, inDm('4')), interaction(2, {type: 1, name: 'dance'}, inDm('5')),
      interaction(4, {name: 'help', type: 1, options: [{name: 'topic', type: 3, value: 'can', focused: true}]}, inDm('6')),
      interaction(4, {}), discordPress('ticket:new', inDm('7')), discordPress('', inDm('8')), discordPress('guide:x:next:1', inServer('9')),
      interaction(5, {custom_id: 'ticket:new', components: [subject]}, inServer('10')), interaction(5, {custom_id: 'other'}, inDm('11'))]) {
      const {json} = await caller.ask('discordInteractions', 200, {body: JSON.stringify(body)});
      if (json) types.add(json.type);
    }
    for (const type of [1, 4, 5, 8, 9]) expect(types.has(type), `type ${type} among ${[...types]}`);
    for (const body of ['{}', '{"type":0}', '{"type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}']) {
      await caller.ask('discordEvents', 204, {body});
    }
  });
  await check('a message that its author deleted is not labelled', async () => {
    await server.slack('/slack/events', slackDm('UGONE', 'I want a refund', {ts: '1700000000.911'}));
    const ticket = await until('the ticket', async () =>
      (await caller.ask('listTickets', 200, {query: {state: 'open'}})).json.tickets.find((one) => one.channel === 'slack'));
    const params = {id: ticket.id};
    const said = await caller.ask('labelTicketIntent', 200, {params, body: {intent: 'refund'}});
    await server.slack('/slack/events', slackEvent({subtype: 'message_deleted', channel: 'DUGONE', channel_type: 'im', hidden: true,
      deleted_ts: '1700000000.911', previous_message: {user: 'UGONE', ts: '1700000000.911'}}));
    const body = {intent: 'refund', message_id: said.json.message_id};
    await until('the deletion', async () => (await server.api('POST', `/api/v1/tickets/${ticket.id}/intent`, body)).status === 409);
    for (const id of ['labelTicketIntent', 'deskLabelTicketIntent']) await caller.ask(id, 409, {params, body});
    await caller.ask('resolveTicket', 200, {params});
  });
  await check('a message that is given up is in the outbox, and a full queue is a 429', async () => {
    await server.slack('/slack/events', slackDm('UFULL', 'I want a refund'));
    await server.slack('/slack/events', slackDm('UFULL', 'I want to talk to a person'));
    const [refund, human] = await until('two tickets', async () => {
      const {tickets} = (await caller.ask('listTickets', 200, {query: {state: 'open'}})).json;
      const own = tickets.filter((one) => one.channel === 'slack');
      return own.length === 2 && ['refund', 'human'].map((kind) => ({id: own.find((one) => one.kind === kind).id}));
    });
    platform.special = (call) => (call.body.includes('lost words') ? {json: {ok: false, error: 'msg_too_long'}} : null);
    const {name} = caller.agent;
    await caller.ask('replyToTicket', 200, {params: refund, body: {client_message_id: 'lost', text: 'lost words', agent: name}});
    await caller.ask('resolveTicket', 200, {params: human});
    const [row] = await until('the row', async () => {
      const rows = (await caller.ask('deskOutbox', 200)).json.given_up;
      return rows.length > 0 && rows;
    });
    platform.special = () => null;
    await caller.ask('deskRetrySend', 204, {params: {id: row.id}});
    await until('sent again', async () => (await caller.ask('deskOutbox', 200)).json.given_up.length === 0);
    await caller.ask('deskRetrySend', 404, {params: {id: row.id}});
    platform.special = () => ({status: 429, headers: {'Retry-After': '600'}, json: {ok: false, error: 'ratelimited'}});
    const body = () => ({client_message_id: newId('q'), text: 'soon'});
    const fill = () => server.api('POST', `/api/v1/tickets/${refund.id}/reply`, {...body(), agent: name});
    for (let i = 0; i < QUEUE; i += 50) await Promise.all(Array.from({length: 50}, fill));
    await until('the limit', async () => (await fill()).status === 429);
    await caller.ask('replyToTicket', 429, {params: refund, body: {...body(), agent: name}});
    await caller.ask('deskReplyToTicket', 429, {params: refund, body: body()});
    for (const id of ['resolveTicket', 'deskResolveTicket']) await caller.ask(id, 429, {params: refund});
    for (const id of ['reopenTicket', 'deskReopenTicket']) await caller.ask(id, 429, {params: human});
  });
}

async function installing(caller, platform) {
  await check('where workspaces cannot install the app, both addresses are a 404 that says what is missing', async () => {
    for (const id of ['installSlack', 'finishSlackInstall']) {
      const {json} = await caller.ask(id, 404, id === 'installSlack' ? {} : {query: {state: 's', code: 'c'}});
      expect(/HANDRAIL_SLACK_CLIENT_ID/.test(json.error.message), json.error.message);
    }
  });
  await check('an installation is what the contract says, and so is every refusal', async () => {
    const environment = withPlatforms(platform.url, {HANDRAIL_SLACK_CLIENT_ID: '1.2', HANDRAIL_SLACK_CLIENT_SECRET: 'secret'});
    const open = new Caller(caller.contract, await startServer({environment}));
    const back = async (wanted, query, accept = '*/*') => {
      const begun = await open.ask('installSlack', 302);
      const state = new URL(begun.headers.location).searchParams.get('state');
      const headers = {Cookie: begun.headers['set-cookie'][0].split(';')[0], Accept: accept};
      return open.ask('finishSlackInstall', wanted, {query: {state, ...query}, headers});
    };
    platform.special = (call) => (call.url !== '/api/oauth.v2.access' ? null
      : {json: /code=good/.test(call.body) ? {ok: true, access_token: 'xoxb-1', token_type: 'bot', bot_user_id: 'U1', team: {id: 'T7', name: 'A'}}
        : {ok: false, error: /code=old/.test(call.body) ? 'invalid_code' : 'bad_client_secret'}});
    await back(200, {code: 'good'});
    await back(200, {error: 'access_denied'});
    for (const accept of ['*/*', 'text/html,*/*']) {
      await back(400, {code: 'old'}, accept);
      await back(400, {}, accept);
      await back(503, {code: 'refused'}, accept);
      await back(401, {code: 'good', state: 'nobody'}, accept);
    }
    platform.special = () => null;
    const headers = {'X-Forwarded-For': newAddress()};
    for (let i = 0; i < 20; i += 1) await open.ask('installSlack', 302, {headers});
    await open.ask('installSlack', 429, {headers});
    await open.ask('installSlack', 429, {headers: {...headers, Accept: 'text/html'}});
    await open.server.stop();
  });
}

async function pages(caller) {
  await check('pages, pictures, probes and numbers are of the kinds that the contract says', async () => {
    const files = caller.contract.all().filter((one) => one.tags[0] === 'pages' && one.id !== 'demoAccounts');
    for (const {id} of files) await caller.ask(id, 200);
    for (const id of ['pictureSvg', 'picturePng']) await caller.ask(id, 404, {params: {picture: 'none'}});
    for (const id of ['health', 'ready', 'metrics']) await caller.ask(id, 200);
    await caller.ask('demoAccounts', 404);
  });
  await check('the words of the chat', async () => {
    await caller.ask('chatWords', 200);
  });
  await check('the demo gives out its accounts', async () => {
    const demo = new Caller(caller.contract, await startServer({ownData: false}));
    await demo.ask('demoAccounts', 200);
    await demo.server.stop();
  });
}

export async function run() {
  const Ajv = validator();
  if (!Ajv) return;
  const contract = new Contract(Ajv);
  await document(contract);
  const platform = await platforms();
  const server = await startServer({environment: withPlatforms(platform.url, {HANDRAIL_REOPEN_WITHIN_HOURS: '0',
    HANDRAIL_LINK_URL: 'https://product.example/link?token={token}'})});
  const caller = new Caller(contract, server, await server.agent('Mina'));
  await everywhere(caller, (await caller.chat()).session_token);
  await chatting(caller);
  await decidingSlowly(contract);
  await ticketVerbs(caller, 'by API', (id) => id, (params) => caller.ask('deskClaimTicket', 200, {params}));
  const atDesk = (id) => `desk${id[0].toUpperCase()}${id.slice(1)}`;
  await ticketVerbs(caller, 'at the desk', atDesk, (params) => caller.ask('claimTicket', 200, {params, body: {agent: 'Ursula'}}));
  await listing(caller);
  await atTheDesk(caller);
  await agents(caller);
  await people(caller);
  await pages(caller);
  await installing(caller, platform);
  await onPlatforms(caller, platform);
  await check('every answer that the contract knows was seen', () => {
    const known = contract.all().flatMap((one) => Object.keys(one.responses).map((status) => `${one.id} ${status}`));
    same(known.filter((one) => !contract.seen.has(one) && !NOT_PROVOKED.some((pattern) => pattern.test(one))), [], 'not seen');
    console.log(`      ${contract.all().length} operations, ${contract.seen.size} of ${known.length} answers seen`);
  });
  await server.stop();
  platform.close();
}
