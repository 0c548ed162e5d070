// The chat on other sites: which of them may use it from a browser, and what the pages of this server allow themselves.
import {check, configured, expect, expectError, openStream, same, startServer} from './support.mjs';

const SITE = 'https://www.example.com';
const OTHERS = ['https://evil.example', 'https://www.example.com.evil.example', 'http://www.example.com', 'https://www.example.com:8443',
  'https://WWW.example.com.', 'null', 'https://example.com', `${SITE}/`, `${SITE}, https://evil.example`];
const words = (header) => (header || '').toLowerCase().split(/,\s*/);

async function origins(server) {
  const chat = '/api/v1/chat';
  await check('a configured site may start a chat, say something and read the answer', async () => {
    const headers = {Origin: SITE};
    const json = {...headers, 'Content-Type': 'application/json'};
    const started = await server.call('POST', `${chat}/sessions`, {body: {locale: 'en'}, headers: json});
    same([started.status, started.headers['access-control-allow-origin']], [201, SITE], 'the session');
    expect(words(started.headers.vary).includes('origin'), 'caches keep the sites apart');
    const token = started.json.session_token;
    for (const answer of [await server.call('POST', `${chat}/messages`, {token, headers, body: {client_message_id: 'a', text: 'hello'}}),
      await server.call('GET', `${chat}/events?wait=0`, {token, headers: {...headers, 'Last-Event-ID': '0'}})]) {
      same([answer.status, answer.headers['access-control-allow-origin']], [200, SITE], 'the answer');
    }
    const stream = await openStream(server.base, `${chat}/events`, {token, headers: {...headers, 'Last-Event-ID': '0'}});
    same([stream.status, stream.headers['access-control-allow-origin']], [200, SITE], 'the stream');
    stream.close();
  });
  await check('the words of the chat come in every language, also to a configured site', async () => {
    const asked = async (locale) => server.call('GET', `${chat}/words?locale=${locale}`, {headers: {Origin: SITE}});
    const persian = await asked('fa-IR');
    same([persian.status, persian.headers['access-control-allow-origin'], persian.json.locale, persian.json.direction], [200, SITE, 'fa', 'rtl']);
    const {languages} = persian.json;
    expect(languages.length >= 12 && languages[0].locale === 'en', JSON.stringify(languages));
    const sends = await Promise.all(languages.map(async ({locale}) => (await asked(locale)).json.words.send));
    same(new Set(sends).size, languages.length - (sends.filter((word) => word === 'Enviar').length - 1), 'each its own');
    same([(await asked('xx')).json.locale, (await asked('')).json.locale], ['en', 'en'], 'what nobody speaks is English');
  });
  await check('a configured site can read why it was refused', async () => {
    const body = {client_message_id: 'a', text: 'a'};
    const refused = await server.call('POST', `${chat}/messages`, {token: 'x', headers: {Origin: SITE}, body});
    expectError(refused, 401, {code: 'unauthorized'});
    same(refused.headers['access-control-allow-origin'], SITE, 'the header');
    const lost = await server.call('GET', '/api/v1/no/such', {headers: {Origin: SITE}});
    same([lost.status, lost.headers['access-control-allow-origin']], [404, SITE], 'a 404 too');
  });
  await check('the preflight names what the chat sends: Authorization, Content-Type and Last-Event-ID', async () => {
    for (const [route, method, asked] of [['/sessions', 'POST', 'content-type'], ['/messages', 'POST', 'authorization,content-type'],
      ['/events', 'GET', 'authorization,last-event-id']]) {
      const headers = {Origin: SITE, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': asked};
      const answer = await server.call('OPTIONS', chat + route, {headers});
      expect(answer.status === 204 || answer.status === 200, `${answer.status}`);
      same(answer.headers['access-control-allow-origin'], SITE, 'the origin');
      expect(words(answer.headers['access-control-allow-methods']).includes(method.toLowerCase()), `${method} ${route}`);
      const allowed = words(answer.headers['access-control-allow-headers']);
      expect(asked.split(',').every((name) => allowed.includes(name)), `${asked} in ${allowed}`);
      expect(!('access-control-allow-credentials' in answer.headers), 'never with cookies');
    }
  });
  await check('no other site may: neither by preflight nor by a simple request, whatever it calls itself', async () => {
    for (const origin of OTHERS) {
      for (const [method, route] of [['OPTIONS', '/messages'], ['POST', '/sessions'], ['GET', '/events?wait=0']]) {
        const headers = {Origin: origin, 'Access-Control-Request-Method': 'POST', 'X-Forwarded-For': `10.77.0.${OTHERS.indexOf(origin)}`};
        const answer = await server.call(method, chat + route, {headers, body: method === 'POST' ? {} : undefined});
        same(answer.headers['access-control-allow-origin'], undefined, `${method} ${route} from ${origin}`);
      }
    }
  });
  await check('where no site is configured none is allowed, and the demo page of the server itself needs no header', async () => {
    const own = await startServer({environment: configured()});
    for (const origin of [SITE, own.base, 'https://evil.example']) {
      const answer = await own.call('POST', `${chat}/sessions`, {body: {}, headers: {Origin: origin}});
      same(answer.status, 201, origin);
      if (origin !== own.base) same(answer.headers['access-control-allow-origin'], undefined, origin);
    }
    await own.stop();
  });
}

async function pages(server) {
  await check('pictures are public, cached, and never run as a page', async () => {
    for (const [file, type] of [['svg', 'image/svg+xml'], ['png', 'image/png']]) {
      const guide = await server.say((await server.session()).token, {text: 'how do I cancel my subscription?'});
      const step = guide.replies[0].blocks.find((block) => block.type === 'step' && block.image);
      const source = step.image.src.replace(/\.(svg|png)$/, `.${file}`);
      const answer = await server.call('GET', source, {headers: {Origin: 'https://evil.example'}});
      same([answer.status, answer.headers['content-type'], answer.headers['access-control-allow-origin']], [200, type, '*'], source);
      expect(/max-age=[1-9]/.test(answer.headers['cache-control']), 'cached');
      same(answer.headers['x-content-type-options'], 'nosniff', 'as what it is');
      expect(/default-src 'none'/.test(answer.headers['content-security-policy']), 'a picture runs no script');
      expect(step.image.alt.length > 10, 'it is described in words');
      const {headers} = await server.call('GET', source, {headers: {Origin: SITE}});
      expect(['*', SITE].includes(headers['access-control-allow-origin']), `one value: ${headers['access-control-allow-origin']}`);
    }
  });
  await check('the pages answer, and their policy lets in nothing but this server', async () => {
    for (const route of ['/', '/desk']) {
      const answer = await server.call('GET', route);
      same([answer.status, answer.headers['content-type']], [200, 'text/html; charset=utf-8'], route);
      const policy = Object.fromEntries(answer.headers['content-security-policy'].split(/;\s*/).map((one) => one.split(/ (.*)/s)));
      same([policy['default-src'], policy['script-src'], policy['style-src']], ["'self'", "'self'", "'self'"], 'the policy');
      same([policy['base-uri'], policy['frame-ancestors']], ["'none'", "'none'"], 'no base, no frame around it');
      expect(!/unsafe|\*|https?:/.test(answer.headers['content-security-policy']), answer.headers['content-security-policy']);
    }
  });
  await check('the pages keep to that policy: no inline script, style or handler, nothing from elsewhere', async () => {
    for (const route of ['/', '/desk']) {
      const {text} = await server.call('GET', route);
      for (const script of text.match(/<script\b[^>]*>[\s\S]*?<\/script>/g) || []) {
        expect(/\bsrc="\/[a-z.]+"/.test(script) && />\s*<\/script>$/.test(script), `${route}: ${script}`);
      }
      expect(/<script\b/.test(text), 'there is a script at all');
      expect(!/<style\b|\sstyle=|\son[a-z]+=|javascript:/i.test(text), `${route}: nothing inline`);
      for (const [, address] of text.matchAll(/\b(?:src|href|action)="([^"]+)"/g)) {
        expect(/^[/#](?!\/)/.test(address), `${route}: ${address}`);
        if (address.startsWith('/')) same((await server.call('GET', address)).status, 200, address);
      }
    }
  });
  await check('the widget is a script that any site may load; what it loads in turn is readable there', async () => {
    const answer = await server.call('GET', '/widget.js', {headers: {Origin: SITE}});
    same(answer.status, 200, 'the status');
    expect(/^(text|application)\/javascript/.test(answer.headers['content-type']), answer.headers['content-type']);
    expect(!/eval\(|new Function|innerHTML|document\.write/.test(answer.text), 'text never becomes markup');
    for (const [, file] of answer.text.matchAll(/\$\{base\}(\/[a-z]+\.[a-z]+)/g)) {
      const loaded = await server.call('GET', file, {headers: {Origin: SITE}});
      same([loaded.status, loaded.headers['access-control-allow-origin']], [200, SITE], `${file} is imported as a module, so with CORS`);
    }
    const chat = await server.call('GET', '/chat.js');
    expect(chat.status === 200 && !/innerHTML|insertAdjacentHTML|document\.write|eval\(/.test(chat.text), 'the chat neither');
  });
  await check('the contract is served, and names every address this test asks', async () => {
    const {paths, openapi} = (await server.call('GET', '/openapi.json')).json;
    expect(/^3\./.test(openapi), openapi);
    for (const [route, method] of [['/api/v1/chat/sessions', 'post'], ['/api/v1/chat/messages', 'post'], ['/api/v1/chat/events', 'get'],
      ['/api/v1/tickets', 'get'], ['/api/v1/tickets/{id}/reply', 'post'], ['/api/v1/accounts/{id}', 'put'], ['/api/v1/links', 'post'],
      ['/api/v1/contacts/{id}', 'get'], ['/api/v1/contacts/{id}', 'delete'], ['/health', 'get'], ['/ready', 'get'], ['/metrics', 'get']]) {
      expect(paths[route] && paths[route][method], `${method} ${route}`);
    }
  });
  await check('what is meant for a demo is not there without one', async () => {
    expectError(await server.call('GET', '/api/v1/demo/accounts'), 404, {code: 'not_found'});
  });
}

export async function run() {
  const server = await startServer({environment: configured({HANDRAIL_ALLOWED_ORIGINS: `https://shop.example, ${SITE}`})});
  await origins(server);
  await pages(server);
  await server.stop();
}
