// Calls operations of the contract by their ids, with what their security asks for, and holds every answer to it.
import {spawnSync} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {API_KEY, expect, newAddress, newId, openStream, root, same} from './support.mjs';

// The validator that the end-to-end test uses, from its lock file.
export function validator() {
  const folder = path.join(root, 'tests/end_to_end');
  const installed = spawnSync('bash', [path.join(folder, 'packages.sh')], {encoding: 'utf8'});
  if (installed.status === 0) return createRequire(path.join(folder, 'package.json'))('ajv/dist/2020.js').default;
  const because = `the npm registry cannot be reached (${(installed.stderr || String(installed.error)).trim().slice(0, 200)})`;
  console.log(`SKIPPED: the contract: ${because}`);
  if (process.env.CI === 'true') throw new Error(`CI does not skip: ${because}`);
  return null;
}

export class Caller {
  constructor(contract, server, agent) {
    Object.assign(this, {contract, server, agent});
  }
  credentials(operation, token) {
    const headers = {};
    if (operation.security.includes('apiKey')) headers.Authorization = `Bearer ${API_KEY}`;
    if (operation.security.includes('chatSession')) headers.Authorization = `Bearer ${token}`;
    if (operation.security.includes('deskCookie')) headers.Cookie = this.agent.cookie;
    if (operation.security.includes('csrfToken')) headers['X-CSRF-Token'] = this.agent.csrf;
    return headers;
  }
  // `anonymous`: without what the security asks for. `wellFormed`: refused for what it says, not for its form.
  async ask(id, wanted, {token, body, headers = {}, anonymous = false, wellFormed = false, ...where} = {}) {
    const operation = this.contract.operation(id);
    const address = this.contract.address(operation, where);
    const all = {'X-Forwarded-For': newAddress(), ...(anonymous ? {} : this.credentials(operation, token)), ...headers};
    const signed = {slackSignature: 'slack', discordSignature: 'discord'}[operation.security[0]];
    const answer = signed && !anonymous ? await this.server[signed](address, body ?? '{}', {headers})
      : await this.server.call(operation.method.toUpperCase(), address, {body, headers: all});
    this.contract.hold(operation, answer);
    same(answer.status, wanted, `${id}: ${answer.text.slice(0, 200)}`);
    this.contract.holdRequest(operation, body, answer.status, wellFormed || anonymous);
    return answer;
  }
  async stream(id, {token, ...where} = {}) {
    const operation = this.contract.operation(id);
    const headers = this.credentials(operation, token);
    const stream = await openStream(this.server.base, this.contract.address(operation, where), {headers});
    this.contract.hold(operation, {status: stream.status, headers: stream.headers, text: '(a stream)', json: null});
    return stream;
  }
  say(token, content, wanted = 200) {
    return this.ask('sendChatMessage', wanted, {token, body: {client_message_id: newId('c'), ...content}});
  }
  async chat(body = {locale: 'en'}) {
    return (await this.ask('startChat', 201, {body})).json;
  }
  // Someone who wants their money back, and their ticket.
  async refundCase(body) {
    const {session_token: token, conversation_id: conversation} = await this.chat(body);
    await this.say(token, {text: 'I was charged $12 yesterday and have used none of the credits, I want a refund'});
    const {tickets} = (await this.ask('listTickets', 200, {query: {state: 'unresolved'}})).json;
    const ticket = tickets.find((one) => one.conversation_id === conversation);
    expect(ticket, 'a ticket');
    return {token, ticket, params: {id: ticket.id}};
  }
}
