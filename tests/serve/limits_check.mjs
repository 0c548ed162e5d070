// The limits of section 11 and the errors of section 7: each at the limit and one past it, and what a stranger may try.
import {once} from 'node:events';
import net from 'node:net';

import {check, configured, expect, expectError, newId, raw, same, startServer, until} from './support.mjs';

const MIB = 1024 * 1024;
const MESSAGES = '/api/v1/chat/messages';
const nested = (depth) => `{"client_message_id":"${newId('d')}","text":"hello","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
function padded(bytes) {
  const start = `{"client_message_id":"${newId('b')}","text":"hello","x":"`;
  return `${start}${'a'.repeat(bytes - start.length - 2)}"}`;
}

async function errors(server, token) {
  await check('an unknown address is a 404 with the error object', async () => {
    expectError(await server.call('GET', '/no/such/page'), 404, {code: 'not_found'});
    expectError(await server.call('POST', '/no/such/page', {body: '{}'}), 404, {code: 'not_found'});
    expectError(await server.call('GET', '/media/cancel_subscription/none.png'), 404, {code: 'not_found'});
    expectError(await server.call('GET', '/media/../../etc/passwd.svg'), 404, {code: 'not_found'});
    expectError(await server.call('GET', '/media/..%2f..%2fREADME.svg'), 404, {code: 'not_found'});
  });
  await check('a known address with another method is a 405 that names those it has', async () => {
    for (const [method, route, allowed] of [['GET', '/api/v1/chat/sessions', 'POST'], ['DELETE', '/health', 'GET'], ['PATCH', '/api/v1/links', 'POST'],
      ['PUT', '/slack/events', 'POST'], ['POST', '/metrics', 'GET'], ['PATCH', '/api/v1/contacts/x', 'GET']]) {
      const answer = await server.call(method, route, {body: '{}'});
      expectError(answer, 405, {code: 'method_not_allowed'});
      expect((answer.headers.allow || '').split(', ').includes(allowed), `${method} ${route}: Allow is ${answer.headers.allow}`);
    }
  });
  await check('a token that is missing, of another scheme or unknown is a 401', async () => {
    const body = {client_message_id: 'x', text: 'hello'};
    expectError(await server.call('POST', MESSAGES, {body}), 401, {code: 'unauthorized'});
    expectError(await server.call('POST', MESSAGES, {body, token: 'nonsense'}), 401, {code: 'unauthorized'});
    expectError(await server.call('POST', MESSAGES, {body, headers: {Authorization: `Basic ${token}`}}), 401, {code: 'unauthorized'});
    expectError(await server.call('GET', '/api/v1/chat/events?wait=0'), 401, {code: 'unauthorized'});
    expectError(await server.call('GET', '/api/v1/tickets'), 401, {code: 'unauthorized'});
    expectError(await server.call('GET', '/api/v1/tickets', {token}), 401, {code: 'unauthorized'});
    expectError(await server.call('GET', '/api/v1/desk/tickets'), 401, {code: 'unauthorized'});
  });
  await check('what is not a JSON object in UTF-8 is a 400, and the next good request works', async () => {
    for (const body of ['{', '{"text":', 'null x', '[]', '"text"', '7', Buffer.from([0x7b, 0xff, 0x7d]),
      Buffer.from('{"client_message_id":"u","text":"\xff\xfe"}', 'latin1'), Buffer.from('{"client_message_id":"u","text":"\xed\xa0\x80"}', 'latin1')]) {
      expectError(await server.call('POST', MESSAGES, {token, body}), 400, {code: 'invalid'});
      expectError(await server.call('POST', '/api/v1/chat/sessions', {body, headers: {'X-Forwarded-For': newId('10.9.0.')}}), 400, {code: 'invalid'});
    }
    same((await server.say(token, {text: 'hello'})).status, 200, 'the good one');
    for (const odd of ['{"client_message_id":"half","text":"\\ud800"}', '{"client_message_id":"huge","text":"hi","x":1e999}']) {
      same((await server.call('POST', MESSAGES, {token, body: odd})).status, 200, `what JSON allows: ${odd}`);
    }
  });
  await check('a field of the wrong kind is named', async () => {
    expectError(await server.say(token, {text: 7}), 400, {code: 'invalid', field: 'text'});
    expectError(await server.say(token, {}), 400, {code: 'invalid', field: 'text'});
    expectError(await server.say(token, {text: 'a', action: 'b'}), 400, {code: 'invalid', field: 'text'});
    expectError(await server.say(token, {text: 'a', client_message_id: 7}), 400, {code: 'invalid', field: 'client_message_id'});
    expectError(await server.say(token, {text: 'a', client_message_id: 'i'.repeat(101)}), 400, {code: 'invalid', field: 'client_message_id'});
    same((await server.say(token, {text: 'a', client_message_id: 'i'.repeat(100)})).status, 200, 'a hundred characters');
  });
  await check('JSON is read whatever its content type says, and what is not JSON is a 400', async () => {
    for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'image/png', '']) {
      const body = {client_message_id: newId('t'), text: 'hello'};
      same((await server.call('POST', MESSAGES, {token, body, headers: {'Content-Type': type}})).status, 200, type);
    }
    const form = {body: 'client_message_id=a&text=hello', headers: {'Content-Type': 'application/x-www-form-urlencoded'}};
    expectError(await server.call('POST', MESSAGES, {token, ...form}), 400, {code: 'invalid'});
    const boundary = '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nhello\r\n--b--\r\n';
    const multipart = {body: boundary, headers: {'Content-Type': 'multipart/form-data; boundary=b'}};
    expectError(await server.call('POST', MESSAGES, {token, ...multipart}), 400, {code: 'invalid'});
    expectError(await server.call('POST', '/slack/interactions', form), 401, {code: 'unauthorized'});
  });
  await check('a zero character in a text does no harm', async () => {
    const answer = await server.say(token, {text: 'hello\u0000 there'});
    expect(answer.status === 200 || answer.status === 400, `${answer.status}: ${answer.text}`);
    same((await server.say(token, {text: 'hello'})).status, 200, 'the next one');
  });
}

async function sizes(server, token) {
  await check('JSON may be 32 levels deep, and not 33', async () => {
    same((await server.call('POST', MESSAGES, {token, body: nested(32)})).status, 200, '32 levels');
    expectError(await server.call('POST', MESSAGES, {token, body: nested(33)}), 400, {code: 'invalid'});
    const brackets = `{"client_message_id":"${newId('d')}","text":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`;
    same((await server.call('POST', MESSAGES, {token, body: brackets})).status, 200, 'brackets in a text are no depth');
  });
  await check('a hundred thousand brackets cost a 400 and nothing else', async () => {
    for (const body of ['['.repeat(100000), '{"a":'.repeat(100000), `${'['.repeat(100000)}${']'.repeat(100000)}`]) {
      expectError(await server.call('POST', MESSAGES, {token, body}), 400, {code: 'invalid'});
    }
    same((await server.call('GET', '/health')).status, 200, 'alive');
  });
  for (const chunked of [false, true]) {
    const how = chunked ? 'chunked' : 'with its length';
    await check(`a body of 1 MiB is read, and of one byte more is not (${how})`, async () => {
      same((await server.call('POST', MESSAGES, {token, body: padded(MIB), chunked})).status, 200, '1 MiB');
      expectError(await server.call('POST', MESSAGES, {token, body: padded(MIB + 1), chunked}), 413, {code: 'too_large'});
      expectError(await server.call('POST', '/slack/events', {body: padded(MIB + 1), chunked}), 413, {code: 'too_large'});
    });
    await check(`a body of 3 MB is a 413 that the sender can read, every time (${how})`, async () => {
      for (let i = 0; i < 10; i += 1) {
        expectError(await server.call('POST', MESSAGES, {token, body: padded(3 * MIB), chunked}), 413, {code: 'too_large'});
      }
    });
  }
  await check('who is still writing is heard out before the 413, up to 16 MiB', async () => {
    const chunk = `${(64 * 1024).toString(16)}\r\n${'a'.repeat(64 * 1024)}\r\n`;
    const send = async (mebibytes) => {
      const socket = net.connect(server.port, '127.0.0.1');
      let answer = '';
      let ended = false;
      socket.on('data', (data) => { answer += data; });
      socket.on('close', () => { ended = true; });
      socket.on('error', () => {});
      socket.write(`POST ${MESSAGES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (let i = 0; i < mebibytes * 16 && !ended; i += 1) {
        if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      return {socket, said: () => answer, ended: () => ended};
    };
    const patient = await send(3);
    same([patient.said(), patient.ended()], ['', false], 'nothing is said into the middle of a body');
    patient.socket.write('0\r\n\r\n');
    await until('the answer', () => /^HTTP\/1.1 413/.test(patient.said()) && /"code":"too_large"/.test(patient.said()));
    patient.socket.destroy();
    const endless = await send(24);
    await until('the end', () => endless.ended() || /^HTTP\/1.1 413/.test(endless.said()));
    endless.socket.destroy();
    same((await server.call('GET', '/health')).status, 200, 'alive');
  });
  await check('a hundred headers are read, a hundred and one are refused', async () => {
    const ask = (headers) => raw(server.port, `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${Array.from({length: headers - 2}, (_, i) => `X-H${i}: v\r\n`).join('')}\r\n`);
    expect(/^HTTP\/1.1 200/.test(await ask(100)), '100 headers');
    const refused = await ask(101);
    expect(/^HTTP\/1.1 431/.test(refused) && /"code":"too_many_headers"/.test(refused), `101 headers: ${refused.slice(0, 200)}`);
  });
  await check('megabytes of headers are refused too', async () => {
    const answer = await raw(server.port, `GET /health HTTP/1.1\r\nHost: x\r\n${`X-H: ${'v'.repeat(4000)}\r\n`.repeat(3000)}\r\n`).catch(() => 'closed');
    expect(/^HTTP\/1.1 4\d\d/.test(answer) || answer === 'closed', answer.slice(0, 100));
    same((await server.call('GET', '/health')).status, 200, 'alive');
  });
  await check('what is not HTTP is refused', async () => {
    const answer = await raw(server.port, 'NONSENSE\r\n\r\n');
    expect(/^HTTP\/1.1 400/.test(answer), `400, not ${answer.slice(0, 60)}`);
    expect(/\{"error":\{"code":/.test(answer), `with the error object: ${answer.slice(0, 200)}`);
  });
  await check('a text of 4,000 characters is understood whole; what stands behind that is kept, not understood', async () => {
    const wish = 'how do I cancel my subscription?';
    for (const [length, understood] of [[4000, true], [4001 + wish.length, false]]) {
      const {token: own} = await server.session();
      const text = `${'. '.repeat(2100).slice(0, length - wish.length)}${wish}`;
      same([...text].length, length, 'the length');
      const answer = await server.say(own, {text});
      same(answer.status, 200, 'the status');
      same(answer.replies.some((reply) => reply.blocks.some((block) => block.type === 'step')), understood, `${length} characters: the guide`);
    }
  });
}

async function addresses() {
  const sessions = (server, headers) => server.call('POST', '/api/v1/chat/sessions', {body: {locale: 'en'}, headers});
  const spend = async (server, headersOf) => {
    for (let i = 0; i < 20; i += 1) same((await sessions(server, headersOf(i))).status, 201, `session ${i + 1}`);
  };
  await check('an address may start 20 chats a minute; what it says of itself is not believed', async () => {
    const server = await startServer({environment: {...configured(), HANDRAIL_TRUSTED_PROXIES: '10.1.1.1'}});
    await spend(server, (i) => ({REMOTE_ADDR: `1.2.3.${i}`, 'X-Forwarded-For': `1.2.3.${i}`, 'X-Real-IP': `1.2.3.${i}`, Forwarded: `for=1.2.3.${i}`}));
    for (const headers of [{}, {REMOTE_ADDR: '9.9.9.9'}, {'X-Forwarded-For': '9.9.9.9'}, {'X-Real-IP': '9.9.9.9'}]) {
      expectError(await sessions(server, headers), 429, {code: 'limited'});
    }
    await server.stop();
  });
  await check('behind a configured proxy each forwarded address has its own 20', async () => {
    const server = await startServer({environment: configured()});
    await spend(server, () => ({'X-Forwarded-For': '192.0.2.1'}));
    expectError(await sessions(server, {'X-Forwarded-For': '192.0.2.1'}), 429, {code: 'limited'});
    same((await sessions(server, {'X-Forwarded-For': '192.0.2.2'})).status, 201, 'another address');
    // The last is what the proxy itself saw; those before it are the client's own words.
    expectError(await sessions(server, {'X-Forwarded-For': '192.0.2.9, 192.0.2.1'}), 429, {code: 'limited'});
    expectError(await sessions(server, {'X-Forwarded-For': ['192.0.2.9', '192.0.2.1']}), 429, {code: 'limited'});
    await server.stop();
  });
}

export async function run() {
  const server = await startServer({environment: configured()});
  const quiet = async () => (await server.session()).token;
  await errors(server, await quiet());
  await sizes(server, await quiet());
  await server.stop();
  await addresses();
}
