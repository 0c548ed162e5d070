// What an operator does and reads: starting, the demo, configuration, probes, numbers, new content, logs, and stopping.
import fs from 'node:fs';
import path from 'node:path';
import {check, configured, expect, expectError, identityToken, newFolder, openStream, pause, root, same, Server, standIn, startServer,
  until, withPlatforms} from './support.mjs';

async function probes() {
  let platformAway = false;
  const platform = await standIn((call) => {
    if (platformAway) return {status: 503, json: {}};
    if (call.url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT'}};
    return {json: {ok: true, ts: '1', channel: 'D1'}};
  });
  const server = await startServer({environment: withPlatforms(platform.url)});
  const count = async (name, labels) => {
    const {text} = await server.call('GET', '/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    const wanted = lines.filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)));
    return wanted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const event = (number, more = {}) => JSON.stringify({type: 'event_callback', team_id: 'T1', event_id: `EvM${number}`,
    event: {type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', text: 'how do I cancel my subscription?',
      ts: `1700000000.${100000 + number}`, ...more}});
  await check('liveness is cheap, readiness has reasons, and neither wants a key', async () => {
    same((await server.call('GET', '/health')).json, {status: 'ok'}, 'health');
    const ready = await server.call('GET', '/ready');
    same([ready.status, ready.json], [200, {ready: true, reasons: []}], 'ready');
    for (const route of ['/', '/desk', '/metrics']) same((await server.call('GET', route)).status, 200, route);
  });
  await check('deliveries are counted by channel and outcome', async () => {
    const steps = [[{channel: 'slack', outcome: 'accepted'}, () => server.slack('/slack/events', event(1))],
      [{channel: 'slack', outcome: 'repeated'}, () => server.slack('/slack/events', event(1))],
      [{channel: 'slack', outcome: 'ignored'}, () => server.slack('/slack/events', event(2, {bot_id: 'B1'}))],
      [{channel: 'slack', outcome: 'refused'}, () => server.slack('/slack/events', event(3), {secret: 'wrong'})],
      [{channel: 'slack', outcome: 'malformed'}, () => server.slack('/slack/events', '{')],
      [{channel: 'slack', outcome: 'unknown'}, () => server.slack('/slack/events', event(4, {type: 'pin_added'}))],
      [{channel: 'discord', outcome: 'protocol'}, () => server.discord('/discord/interactions', {type: 1})],
      [{channel: 'discord', outcome: 'refused'}, () => server.discord('/discord/interactions', {type: 1}, {seconds: 1})],
      [{channel: 'web_chat', outcome: 'accepted'}, async () => server.say((await server.session()).token, {text: 'hello'})],
      [{channel: 'web_chat', outcome: 'refused'}, () => server.say('nobody', {text: 'hello'})]];
    for (const [labels, act] of steps) {
      const was = await count('handrail_received_total', labels);
      await act();
      same(await count('handrail_received_total', labels), was + 1, JSON.stringify(labels));
    }
  });
  await check('turns are counted by channel and intent, sends by their result, and what waits is a gauge', async () => {
    await until('the send', async () => (await count('handrail_sends_total', {channel: 'slack', result: 'sent'})) > 0);
    expect(await count('handrail_turns_total', {channel: 'slack', intent: 'cancel_subscription'}) > 0, 'the turn');
    expect(await count('handrail_turns_total', {channel: 'web_chat', intent: 'greeting'}) > 0, 'the other');
    same(await count('handrail_rows', {table: 'outbox_queued'}), 0, 'nothing waits');
    platformAway = true;
    await server.slack('/slack/events', event(10, {user: 'U2', channel: 'D2', text: 'I want a refund'}));
    await until('a retry', async () => (await count('handrail_sends_total', {channel: 'slack', result: 'retried'})) > 0);
    expect(await count('handrail_rows', {table: 'outbox_queued'}) > 0, 'something waits');
    same(await count('handrail_rows', {table: 'tickets_unresolved'}), 1, 'the case');
    platformAway = false;
    await until('the rest', async () => (await count('handrail_rows', {table: 'outbox_queued'})) === 0);
  });
  await check('SIGTERM ends it with 0 within 5 seconds, fifty open streams and a slow platform included', async () => {
    const {token} = await server.session();
    const agent = await server.agent('Sara');
    const chat = Array.from({length: 45}, () => openStream(server.base, '/api/v1/chat/events', {token}));
    const desk = Array.from({length: 5}, () => openStream(server.base, '/api/v1/desk/events', {headers: {Cookie: agent.cookie}}));
    const streams = await Promise.all([...chat, ...desk]);
    same(streams.map((stream) => stream.status), Array(50).fill(200), 'open');
    const {code, signal, milliseconds} = await server.stop();
    same([code, signal], [0, null], 'the end');
    expect(milliseconds < 5000, `after ${milliseconds} ms`);
    await until('the streams\' ends', () => streams.every((stream) => stream.ended));
    expect(!/ error |abort|terminate/i.test(server.log), server.log);
  });
  platform.close();
}

// A copy of the content that may be changed; pages and all.
function copyOfContent() {
  const share = newFolder();
  for (const part of ['intents', 'knowledge', 'locales', 'bot/serve/pages', 'bot/desk/pages', 'bot/accounts']) {
    fs.cpSync(path.join(root, part), path.join(share, part), {recursive: true});
  }
  return share;
}

async function content() {
  const share = copyOfContent();
  const server = await startServer({environment: configured({HANDRAIL_SHARE: share, HANDRAIL_LOG_LEVEL: 'info'})});
  const change = (file, from, to) => {
    const whole = path.join(share, file);
    const before = fs.readFileSync(whole, 'utf8');
    expect(before.includes(from), `${file} has ${from}`);
    fs.writeFileSync(whole, typeof to === 'function' ? to(before) : before.replaceAll(from, to));
    return () => fs.writeFileSync(whole, before);
  };
  const thanks = async () => (await server.say((await server.session()).token, {text: 'thanks'})).said;
  const guide = async () => (await server.say((await server.session()).token, {text: 'how do I cancel my subscription?'})).said;
  const hangUp = async (word) => {
    const from = server.log.length;
    server.child.kill('SIGHUP');
    await until(word, () => server.log.slice(from).includes(word));
    return server.log.slice(from);
  };
  await check('`handrail reload` has the running server say a changed sentence, without a restart', async () => {
    expect(/You.re welcome/.test(await thanks()), 'before');
    change('locales/en.json', 'You’re welcome! I’m here', 'With pleasure! I’m here');
    expect(/You.re welcome/.test(await thanks()), 'not by itself');
    const {code, err} = await server.command('reload');
    same(code, 0, err);
    await until('the new sentence', async () => /With pleasure/.test(await thanks()));
  });
  await check('a new phrase and a changed guide come with SIGHUP, while chats go on', async () => {
    const {token} = await server.session();
    change('knowledge/cancel_subscription/en.md', 'Confirm in the pop-up', 'Confirm in the little window');
    const stale = await server.run('check');
    const [, mark] = `${stale.out}${stale.err}`.match(/<!-- source: ([0-9a-f]+) -->/) || [];
    expect(stale.code === 1 && mark, `check tells that the translation is stale: ${stale.code} ${stale.out}${stale.err}`);
    const guides = fs.readdirSync(path.join(share, 'knowledge/cancel_subscription')).filter((name) => /\.md$/.test(name) && name !== 'en.md');
    for (const name of guides) change(`knowledge/cancel_subscription/${name}`, '', (whole) => whole.replace(/source: [0-9a-f]+/, `source: ${mark}`));
    fs.appendFileSync(path.join(share, 'intents/cancel_subscription/en.txt'), 'frobnicate my zorkmid plan\n');
    same((await server.run('check')).code, 0, 'complete again');
    expect(/pop-up/.test(await guide()), 'before');
    await hangUp('reloaded');
    expect(/little window/.test(await guide()), 'after');
    const answer = await server.say(token, {text: 'please frobnicate my zorkmid plan'});
    expect(/little window/.test(answer.said), `an old chat with a new phrase: ${answer.said.slice(0, 200)}`);
  });
  await check('broken content is refused whole, with every error, and the old content stays', async () => {
    const restore = [change('locales/en.json', 'With pleasure! I’m here', 'Half a sentence: I’m here'),
      change('knowledge/cancel_subscription/guide.json', '"steps"', '"stesp"'),
      change('intents/thanks/en.txt', '', (whole) => `${whole}frobnicate my zorkmid plan\n`)];
    const {code, out, err} = await server.command('reload');
    same(code, 1, 'refused');
    expect(/knowledge\/cancel_subscription\/\S+:\d+/.test(out + err), `the file and line: ${err}`);
    expect(/intents\/.*\.txt:\d+/.test(out + err), `the other one too: ${err}`);
    const log = await hangUp('reload_refused');
    expect(!/ reloaded/.test(log), 'not half of it');
    await pause(100);
    expect(/With pleasure/.test(await thanks()) && /little window/.test(await guide()), 'the old content');
    restore.forEach((undo) => undo());
    same((await server.command('reload')).code, 0, 'mended');
  });
  await check('a second server on the same data folder is refused, and the first goes on', async () => {
    const {code, err} = await server.command('serve', '--port', '1');
    expect(code === 1 && /Another server \(process \d+\) runs on this data folder/.test(err), `${code} ${err}`);
    same((await server.command('reload')).code, 0, 'its mark was left alone');
  });
  await check('without a running server reload says so, and never signals who has its number now', async () => {
    const file = path.join(server.data, 'serve.pid');
    const mark = fs.readFileSync(file, 'utf8');
    await server.stop();
    expect(!fs.existsSync(file), 'a server that ends takes its mark along');
    fs.writeFileSync(file, `${process.pid}\n`);  // as a killed server leaves it; SIGHUP would end this test
    const {code, err} = await server.command('reload');
    expect(code === 1 && /no server/.test(err), `${mark} ${code} ${err}`);
    fs.unlinkSync(file);
  });
}

async function speaking() {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  const inThreeDays = new Date(Date.now() + 3 * 86400e3);
  const hours = JSON.stringify({time_zone: 'UTC', [days[inThreeDays.getUTCDay()]]: '09:00-17:00'});
  const closed = await startServer({environment: configured({HANDRAIL_HOURS: hours})});
  const open = await startServer({environment: configured()});
  await check('outside hours a person is told when someone will be there; within them they are not', async () => {
    for (const text of ['I want a refund', 'I want to talk to a human']) {
      const away = await closed.say((await closed.session()).token, {text});
      const day = inThreeDays.toLocaleDateString('en', {timeZone: 'UTC', month: 'long', day: 'numeric'});
      expect(/team is away right now and will be back on/.test(away.said) && away.said.includes(day), away.said);
      expect(!/away right now/.test((await open.say((await open.session()).token, {text})).said), 'within hours');
    }
    const persian = await closed.say((await closed.session({locale: 'fa'})).token, {text: 'پولم رو پس بدید'});
    expect(/[۰-۹]/.test(persian.said) && persian.replies[0].locale === 'fa', `in their language and digits: ${persian.said}`);
    const guide = await closed.say((await closed.session()).token, {text: 'how do I cancel my subscription?'});
    expect(!guide.said.includes('away right now'), 'a guide needs nobody');
  });
  await check('"stop" makes the bot quiet, "start" brings it back, and a person is still to be had', async () => {
    const {token} = await open.session();
    const stopped = await open.say(token, {text: 'stop'});
    expect(/start/.test(stopped.said), `how to come back: ${stopped.said}`);
    for (const text of ['how do I cancel my subscription?', 'hello', 'are you there']) {
      const answer = await open.say(token, {text});
      same([answer.status, answer.replies], [200, []], text);
    }
    expect((await open.say(token, {text: 'start'})).replies.length > 0, 'back');
    expect((await open.say(token, {text: 'how do I cancel my subscription?'})).said.length > 200, 'as before');
    await open.say(token, {text: 'stop'});
    expect((await open.say(token, {action: 'bot:resume'})).replies.length > 0, 'by the button too');
  });
  await check('the doctor says what is missing, as text and as JSON', async () => {
    const {code, out} = await open.command('doctor', '--json');
    const {checks} = JSON.parse(out);
    expect(code === 0 && checks.length > 5, `${code} ${out}`);
    expect(checks.every((one) => ['ok', 'missing', 'wrong'].includes(one.state) && one.what), out);
    const stateOf = (words) => (checks.find((one) => one.what.includes(words)) || {}).state;
    same(['HANDRAIL_API_KEY', 'HANDRAIL_SLACK_BOT_TOKEN', 'No agents'].map(stateOf), ['ok', 'missing', 'missing'], 'the states');
    expect(!out.includes('api-key-of-the-serve-test') && !/HANDRAIL_SHARE/.test(out), 'no secret in it, and nothing unknown');
    const words = await open.command('doctor');
    expect(words.code === 0 && /missing .*HANDRAIL_SLACK_BOT_TOKEN/.test(words.out), words.out);
  });
  await closed.stop();
  await open.stop();
  await check('data of one\'s own is no demo, with nothing configured either', async () => {
    const later = await startServer({data: open.data});
    expect(!/demo|password/i.test(later.output) && /Handrail is running/.test(later.output), later.output);
    expectError(await later.call('GET', '/api/v1/demo/accounts'), 404);
    await later.stop();
  });
}

async function demo() {
  let password = '';
  const signIn = (server, body) => server.call('POST', '/api/v1/desk/sign-in', {body});
  let server;
  await check('with nothing configured and no data it is a demo: accounts, guides, an agent with a random password', async () => {
    server = await startServer({ownData: false});
    const {output} = server;
    expect(output.includes(`${server.base}/`) && output.includes(`${server.base}/desk`), `the addresses: ${output}`);
    [, password] = output.match(/password\s+(\S+)/);
    expect(password.length >= 12, 'not to be guessed');
    for (const route of ['/', '/desk', '/metrics']) same((await server.call('GET', route)).status, 200, route);
    expectError(await signIn(server, {name: 'sara', password: 'sara'}), 401);
    same((await signIn(server, {name: 'sara', password})).json.agent.name, 'sara', 'signed in');
    const {accounts} = (await server.call('GET', '/api/v1/demo/accounts')).json;
    expect(accounts.length > 5, 'accounts');
    const ben = accounts.find((account) => account.id === 'ben');
    const {token} = await server.session({locale: 'en', identity_token: ben.identity_token});
    expect(/\$39/.test((await server.say(token, {text: 'I want a refund'})).said), 'his charge');
    expectError(await server.call('GET', '/api/v1/tickets', {key: ''}), 401);
    expect(fs.existsSync(path.join(server.folder, 'handrail-data/handrail.db')), 'its data lies here');
  });
  await check('it can be started again: a new password, the same cases', async () => {
    await server.stop();
    server.output = '';
    await server.start();
    const [, second] = server.output.match(/password\s+(\S+)/);
    expect(second !== password, 'a new one');
    expectError(await signIn(server, {name: 'sara', password}), 401);
    const signedIn = await signIn(server, {name: 'sara', password: second});
    const headers = {Cookie: signedIn.headers['set-cookie'][0].split(';')[0]};
    same((await server.call('GET', '/api/v1/desk/tickets', {headers})).json.tickets.length, 1, 'the case of before');
  });
  await check('with anything configured there is no demo and no password', async () => {
    await server.stop();
    server.output = '';
    server.environment.HANDRAIL_DEFAULT_LOCALE = 'en';
    await server.start();
    expect(!/demo|password/i.test(server.output), server.output);
    expectError(await server.call('GET', '/api/v1/demo/accounts'), 404);
    await server.stop();
  });
}

async function configuration() {
  const file = path.join(newFolder(), 'handrail.json');
  const server = new Server({environment: configured()});
  const serve = (text, environment) => {
    fs.writeFileSync(file, text);
    server.environment = environment;
    return server.command('serve', '--port', '1', '--config', file);
  };
  await check('every mistake in the configuration is told at once, and the exit is 2', async () => {
    const {code, err} = await serve(`{
      // a comment is allowed
      "prot": 80, "default_locale": "klingonese!", "time_zone": "Mars/Olympus", "worker_threads": 0, "public_url": "ftp://x",
      "api_key": "in-the-file", "hours": {"mondy": "09:00-17:00"}, "refund_policy": [{"name": "a", "verdict": "maybe"}],
      "allowed_origins": 7}`, configured({HANDRAIL_PORT: '80 80', HANDRAIL_REOPEN_WITHIN_HOURS: '-1', HANDRAIL_LOG_LEVEL: 'loud',
      HANDRAIL_SLACK_BOT_TOKEN_FILE: '/no/such'}));
    same(code, 2, err);
    for (const mistake of [/prot: unknown \(did you mean port\?\)/, /default_locale/, /time_zone/, /worker_threads.*between/, /public_url/,
      /api_key.*secret/, /mondy.*monday/, /verdict/, /allowed_origins/, /HANDRAIL_PORT/, /HANDRAIL_REOPEN_WITHIN_HOURS/,
      /HANDRAIL_SLACK_BOT_TOKEN_FILE/, /log_level|HANDRAIL_LOG_LEVEL/]) {
      expect(mistake.test(err), `${mistake} in ${err}`);
    }
    expect(!err.includes('in-the-file'), 'the secret is not repeated');
  });
  await check('what is no configuration is exit 2; odd secrets and platforms that are away keep nothing from starting', async () => {
    same((await serve('[1]', configured())).code, 2, 'a list');
    same((await serve('{"port": }', configured())).code, 2, 'not JSON');
    same((await server.command('serve', '--config', '/no/such/file')).code, 2, 'no file');
    same((await server.command('serve', '--no-such-option')).code, 2, 'an option');
    const odd = await startServer({environment: configured({HANDRAIL_DISCORD_PUBLIC_KEY: 'not hex', HANDRAIL_SLACK_BOT_TOKEN: 'odd',
      HANDRAIL_SLACK_SIGNING_SECRET: 'x', HANDRAIL_SLACK_API_URL: 'http://127.0.0.1:9/api',
      HANDRAIL_ACCOUNTS_URL: 'http://127.0.0.1:9/'})});
    expect(/discord_public_key/.test(odd.log) && /slack_bot_token/.test(odd.log), odd.log);
    same((await odd.say((await odd.session()).token, {text: 'hello'})).status, 200, 'it works');
    expectError(await odd.discord('/discord/interactions', {type: 1}), 401);
    await odd.stop();
  });
}

async function secrecy() {
  const platform = await standIn((call) => {
    if (call.url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT'}};
    if (call.url.startsWith('/accounts')) return {status: 500, json: {error: 'backend-says-ocelot'}};
    if (call.url === '/api/conversations.open') return {json: {ok: false, error: 'cannot_dm_bot'}};
    if (/webhooks/.test(call.url)) return {status: 404, json: {code: 10015, message: 'Unknown Webhook'}};
    return /refund/.test(call.body) ? {json: {ok: false, error: 'msg_too_long'}} : {json: {ok: true, ts: '1', channel: 'D1'}};
  });
  const environment = withPlatforms(platform.url, {HANDRAIL_LOG_LEVEL: 'debug', HANDRAIL_ACCOUNTS_URL: `${platform.url}/accounts`,
    HANDRAIL_ACCOUNTS_TOKEN: 'accounts-token-wombat', HANDRAIL_PUBLIC_URL: 'https://bot.example'});
  const server = await startServer({environment});
  await check('at its most talkative the log has no token, no secret, no words of anybody and no e-mail', async () => {
    const identity = identityToken('walrus-account');
    const {token} = await server.session({locale: 'en', identity_token: identity});
    const agent = await server.agent('Sara');
    await server.say(token, {text: 'I want a refund, my e-mail is narwhal@example.com, order pangolin-77'});
    await server.say(token, {action: 'guide:platypus:start:1'});
    await server.session({identity_token: `${identity}x`});
    await server.call('POST', '/api/v1/desk/sign-in', {body: {name: 'lemur-name', password: 'gecko-password'}});
    await server.api('PUT', '/api/v1/accounts/axolotl', {plan: 7});
    const words = '<@U0BOT> I want a refund, capybara@example.com';
    const event = {type: 'app_mention', channel: 'C1', user: 'U5', text: words, ts: '1700000000.000001'};
    await server.slack('/slack/events', JSON.stringify({type: 'event_callback', team_id: 'T1', event_id: 'EvS1', event}));
    await server.slack('/slack/events', '{"type":"event_callback","text":"meerkat words"', {});
    await server.slack('/slack/events', JSON.stringify({type: 'strange\n2026-01-01 error forged="tapir"', event: {}}));
    await server.discord('/discord/interactions', {type: 2, id: '1', application_id: '42', token: 'interaction-token-ibex', context: 0,
      guild_id: '1', channel_id: '8', member: {user: {id: '7', username: 'quokka-name'}},
      data: {name: 'help', type: 1, options: [{name: 'topic', type: 3, value: 'how do I cancel? okapi words'}]}});
    await server.slack('/slack/commands', new URLSearchParams({command: '/help', text: 'dingo words, cancel', team_id: 'T1',
      channel_id: 'C1', user_id: 'U6', trigger_id: 't', response_url: `${platform.url}/hook/puma-hook`}).toString());
    await until('the sends', async () => platform.calls.length > 6);
    await pause(700);
    await server.stop();
    const said = server.log + server.output;
    expect(said.split('\n').length > 5, `there is a log: ${said}`);
    const animals = 'ocelot wombat narwhal pangolin capybara meerkat ibex quokka okapi dingo puma gecko lemur'.split(' ');
    const secrets = Object.keys(environment).filter((name) => /SECRET|TOKEN|API_KEY/.test(name)).map((name) => environment[name]);
    for (const word of [...animals, '@example.com', identity, token, agent.token, agent.csrf, agent.cookie.split('=')[1], ...secrets]) {
      const line = said.split('\n').find((one) => one.includes(word));
      expect(!line, `${word} is in: ${line}`);
    }
    expect(!/^2026-01-01 error forged/m.test(said), 'a line cannot be forged');
  });
  platform.close();
}

export async function run() {
  await probes();
  await content();
  await speaking();
  await demo();
  await configuration();
  await secrecy();
}
