// Slack workspaces that install the app themselves (OAuth v2): the way there and every way it is refused, two workspaces side by
// side, and what happens when one removes us and comes back.
import fs from 'node:fs';
import path from 'node:path';
import {check, expect, expectError, newAddress, newId, nowSeconds, pause, same, startServer, until, withPlatforms} from './support.mjs';
import {bodyOf, platforms, posts, settled, slackCommand, slackEvent} from './platforms.mjs';

const CANCEL = 'how do I cancel my subscription?';
const REFUND = 'I was charged before I cancelled and used none of the credits, I want a refund';
const CLIENT_SECRET = 'client-secret-of-the-test-wombat';

// Slack's half: codes that can be exchanged once, and tokens that it refuses.
function slackSide(platform) {
  const side = {codes: new Map(), refused: new Map(), exchanges: []};
  platform.special = (call) => {
    if (call.url === '/api/oauth.v2.access') {
      const fields = Object.fromEntries(new URLSearchParams(call.body));
      side.exchanges.push({...fields, authorization: call.headers.authorization});
      const key = fields.code || fields.refresh_token;
      const answer = side.codes.get(key);
      side.codes.delete(key);
      return answer || {json: {ok: false, error: 'invalid_code'}};
    }
    const refusal = side.refused.get(call.headers.authorization);
    return refusal ? {json: {ok: false, error: refusal}} : null;
  };
  return side;
}
const granted = (team, token, more = {}) => ({json: {ok: true, access_token: token, token_type: 'bot', bot_user_id: `U0BOT${team}`,
  app_id: 'A1', scope: 'chat:write,im:write', team: {id: team, name: `Team <${team}>`}, enterprise: null, is_enterprise_install: false,
  authed_user: {id: 'U1'}, ...more}});

async function installServer(platform, more = {}, data = undefined) {
  const environment = withPlatforms(platform.url, {HANDRAIL_SLACK_CLIENT_ID: '100.200', HANDRAIL_SLACK_CLIENT_SECRET: CLIENT_SECRET,
    HANDRAIL_SLACK_AUTHORIZE_URL: 'https://slack.example/authorize', HANDRAIL_PUBLIC_URL: 'https://bot.example',
    HANDRAIL_LOG_LEVEL: 'debug', ...more});
  if (!more.HANDRAIL_SLACK_BOT_TOKEN) delete environment.HANDRAIL_SLACK_BOT_TOKEN;
  return startServer({environment, data});
}
// A browser that goes to Slack and is about to come back.
async function begin(server) {
  const answer = await server.call('GET', '/slack/install', {headers: {'X-Forwarded-For': newAddress()}});
  same(answer.status, 302, answer.text);
  const [cookie] = answer.headers['set-cookie'];
  return {to: new URL(answer.headers.location), cookie, state: new URL(answer.headers.location).searchParams.get('state'),
    headers: {Cookie: cookie.split(';')[0], Accept: 'text/html'}};
}
const back = (server, query, headers) => server.call('GET', `/slack/oauth/callback?${new URLSearchParams(query)}`, {headers});
async function install(server, side, team, token, more = {}) {
  const code = newId('code');
  side.codes.set(code, granted(team, token, more));
  const {state, headers} = await begin(server);
  const answer = await back(server, {code, state}, headers);
  same(answer.status, 200, answer.text);
  return answer;
}
const inTeam = (team, event, envelope = {}) => slackEvent(event, {team_id: team, authorizations: [{team_id: team, enterprise_id: null,
  user_id: `U0BOT${team}`, is_bot: true, is_enterprise_install: false}], ...envelope});
const dm = (team, user, text) => inTeam(team, {channel: `D${user}`, channel_type: 'im', user, text});
// Which tokens posted into a channel since `from`.
const tokensAt = (platform, from, channel) => platform.calls.slice(from)
  .filter((call) => call.url === '/api/chat.postMessage' && bodyOf(call).channel === channel).map((call) => call.headers.authorization);

async function theWay() {
  const platform = await platforms();
  const side = slackSide(platform);
  await check('where nothing is configured, installing is a 404 that says what to set', async () => {
    const server = await startServer({environment: withPlatforms(platform.url)});
    for (const route of ['/slack/install', '/slack/oauth/callback?code=c&state=s']) {
      const answer = await server.call('GET', route, {headers: {Accept: 'text/html'}});
      expectError(answer, 404, {code: 'not_found'});
      expect(/HANDRAIL_SLACK_CLIENT_ID, HANDRAIL_SLACK_CLIENT_SECRET/.test(answer.text), answer.text);
    }
    await server.stop();
  });
  const server = await installServer(platform);
  await check('the way to Slack: what is asked for, and a cookie for this browser alone', async () => {
    const {to, cookie, state} = await begin(server);
    same(to.origin + to.pathname, 'https://slack.example/authorize', 'where');
    const query = Object.fromEntries(to.searchParams);
    same({...query, state: ''}, {client_id: '100.200', redirect_uri: 'https://bot.example/slack/oauth/callback', state: '',
      scope: 'chat:write,im:write,im:history,app_mentions:read,channels:history,groups:history,users:read,commands'}, 'what');
    expect(/^[\w-]{40,}$/.test(state), `a long random state: ${state}`);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Max-Age=600', 'Path=/']) expect(cookie.includes(part), `${part} in ${cookie}`);
    expect(!cookie.includes(state), 'the cookie is another secret');
    expect((await begin(server)).state !== state, 'each time another');
  });
  await check('an installation: exchanged, told on a page, and its token answers people', async () => {
    const code = newId('code');
    side.codes.set(code, granted('T1', 'xoxb-token-of-one-ibex'));
    const {state, headers} = await begin(server);
    const from = platform.calls.length;
    const answer = await back(server, {code, state}, headers);
    same(answer.status, 200, answer.text);
    expect(/text\/html/.test(answer.headers['content-type']) && /Team &lt;T1&gt;/.test(answer.text), 'a page, and the name is no markup');
    expect(/\/invite/.test(answer.text), 'what to do next');
    expect(/Max-Age=0/.test(answer.headers['set-cookie'][0]), 'the cookie is done');
    same(side.exchanges.at(-1), {code, redirect_uri: 'https://bot.example/slack/oauth/callback',
      authorization: `Basic ${Buffer.from(`100.200:${CLIENT_SECRET}`).toString('base64')}`}, 'the exchange');
    same((await server.slack('/slack/events', dm('T1', 'UA', CANCEL))).status, 200, 'an event');
    await until('the guide', () => tokensAt(platform, from, 'DUA').length > 0);
    same(new Set(tokensAt(platform, from, 'DUA')).size, 1, 'one token');
    same(tokensAt(platform, from, 'DUA')[0], 'Bearer xoxb-token-of-one-ibex', 'its own');
    await until('who she is', () => platform.calls.slice(from).some((call) => call.url === '/api/users.info'
      && call.headers.authorization === 'Bearer xoxb-token-of-one-ibex'));
  });
  await check('a state is good once, for its browser alone; who refuses says why, and exchanges nothing', async () => {
    const exchanges = side.exchanges.length;
    const code = newId('code');
    side.codes.set(code, granted('T8', 'xoxb-never'));
    const mine = await begin(server);
    const theirs = await begin(server);
    const wrong = [[{code, state: mine.state}, theirs.headers, /another browser/], [{code, state: mine.state}, {}, /another browser, or cookies/],
      [{code, state: 'made-up'}, mine.headers, /used already or is older than 10 minutes/], [{code}, mine.headers, /state is missing/],
      [{code, state: 's'.repeat(513)}, mine.headers, /state is missing/]];
    for (const [query, headers, reason] of wrong) {
      const json = await back(server, query, {...headers, Accept: 'application/json'});
      expectError(json, 401, {code: 'unauthorized', field: 'state'});
      expect(reason.test(json.json.error.message), `${reason}: ${json.text}`);
      const page = await back(server, query, {...headers, Accept: 'text/html'});
      expect(page.status === 401 && /text\/html/.test(page.headers['content-type']) && reason.test(page.text), page.text);
      expect(!page.text.includes(code), 'nothing of the request is repeated');
    }
    same(side.exchanges.length, exchanges, 'no exchange');
    same((await back(server, {code, state: mine.state}, mine.headers)).status, 200, 'the right browser still can');
    const again = await back(server, {code, state: mine.state}, mine.headers);
    expect(again.status === 401 && /used already/.test(again.text), `a replay: ${again.status} ${again.text}`);
    same(side.exchanges.length, exchanges + 1, 'one exchange');
    const ten = await Promise.all(Array.from({length: 10}, async () => {
      side.codes.set('race', granted('T8', 'xoxb-never'));
      return (await back(server, {code: 'race', state: theirs.state}, theirs.headers)).status;
    }));
    same(ten.filter((status) => status === 200).length, 1, `once, side by side too: ${ten}`);
  });
  await check('who says no gets a friendly page, and the state is used up', async () => {
    const exchanges = side.exchanges.length;
    const {state, headers} = await begin(server);
    const no = await back(server, {error: 'access_denied', state}, headers);
    expect(no.status === 200 && /chose not to/.test(no.text) && /start again/.test(no.text), no.text);
    expectError(await back(server, {code: 'c', state}, {...headers, Accept: '*/*'}), 401);
    const other = await begin(server);
    const odd = await back(server, {error: '<script>alert(1)</script>', state: other.state}, other.headers);
    expect(odd.status === 200 && !odd.text.includes('<script'), odd.text);
    same(side.exchanges.length, exchanges, 'no exchange');
  });
  await check('what Slack refuses or leaves unanswered is told without its details', async () => {
    const cases = [[{json: {ok: false, error: 'code_already_used'}}, 400, /start again/], [{json: {ok: false, error: 'bad_client_secret'}}, 503, /operator/],
      [{json: {ok: false, error: 'xoxb-leak <b>'}}, 503, /unknown_error/], [{status: 500, json: {}}, 503, /does not answer/],
      [{text: 'nonsense'}, 503, /does not answer/], [{lost: true}, 503, /does not answer/], [{json: {ok: true}}, 503, /no bot token/],
      [granted('T9', 'xoxp-of-a-person', {token_type: 'user'}), 503, /no bot token/], [granted('../../x', 'xoxb-x'), 503, /no bot token/],
      [{status: 429, json: {}}, 503, /does not answer/]];
    for (const [answer, status, words] of cases) {
      side.codes.set('bad', answer);
      const {state, headers} = await begin(server);
      const got = await back(server, {code: 'bad', state}, headers);
      expect(got.status === status && words.test(got.text) && !/xoxb|xoxp/.test(got.text), `${JSON.stringify(answer)}: ${got.status} ${got.text}`);
    }
    for (const code of ['', 'c'.repeat(513)]) {
      const {state, headers} = await begin(server);
      same((await back(server, {code, state}, headers)).status, 400, 'a code that is none');
    }
  });
  await check('tokens and secrets are in no log, and in the database only sealed', async () => {
    await server.stop();
    const secrets = ['xoxb-', CLIENT_SECRET, '100.200:'];
    for (const file of fs.readdirSync(server.data).filter((name) => name.startsWith('handrail.db'))) {
      const bytes = fs.readFileSync(path.join(server.data, file)).toString('latin1');
      for (const secret of secrets) expect(!bytes.includes(secret), `${secret} is in ${file}`);
    }
    for (const secret of [...secrets, 'code=', 'state=']) expect(!(server.log + server.output).includes(secret), `${secret} is in the log`);
    expect(/slack_installed.*workspace=T1/.test(server.log), server.log);
  });
  platform.close();
}

async function severalWorkspaces() {
  const platform = await platforms();
  const side = slackSide(platform);
  const server = await installServer(platform);
  const events = (body) => server.slack('/slack/events', body);
  await install(server, side, 'T1', 'xoxb-one');
  await install(server, side, 'T2', 'xoxb-two');
  const answered = async (team, user, token) => {
    const from = platform.calls.length;
    same((await events(dm(team, user, CANCEL))).status, 200, 'acknowledged');
    await until(`the answer in ${team}`, () => tokensAt(platform, from, `D${user}`).length > 0);
    same(tokensAt(platform, from, `D${user}`)[0], `Bearer ${token}`, `${team}'s token`);
  };
  await check('each workspace is answered with its own token, also by people with one id', async () => {
    await answered('T1', 'UB', 'xoxb-one');
    await answered('T2', 'UC', 'xoxb-two');
    await Promise.all([answered('T1', newId('UD'), 'xoxb-one'), answered('T2', newId('UE'), 'xoxb-two')]);
  });
  await check('in each workspace we are another user: our own words and others\' mentions are left alone', async () => {
    const from = platform.calls.length;
    const silent = [['T2', {channel: 'C1', channel_type: 'channel', user: 'UF', text: `<@U0BOTT1> ${CANCEL}`}],
      ['T2', {channel: 'DX', channel_type: 'im', user: 'U0BOTT2', text: CANCEL}],
      ['T1', {channel: 'DX', channel_type: 'im', user: 'U0BOTT1', text: CANCEL}]];
    for (const [team, event] of silent) same((await events(inTeam(team, event))).status, 200, JSON.stringify(event));
    await pause(400);
    same(posts(platform, from), [], 'silence');
    await events(inTeam('T2', {channel: 'C2', channel_type: 'channel', user: 'UF', text: `<@U0BOTT2> ${CANCEL}`}));
    await settled('the answer', () => tokensAt(platform, from, 'C2').length > 0);
    same(tokensAt(platform, from, 'C2')[0], 'Bearer xoxb-two', 'mentioned by its name there');
  });
  await check('a workspace without any token is acknowledged and logged once; what can be answered at once still is', async () => {
    const from = platform.calls.length;
    for (let i = 0; i < 3; i += 1) same((await events(dm('T404', 'UG', CANCEL))).status, 200, 'acknowledged');
    same(server.log.split('slack_workspace_without_token').length - 1, 1, 'once');
    await pause(300);
    same(posts(platform, from), [], 'nothing is called');
    const command = await server.slack('/slack/commands', slackCommand('UG', CANCEL, {team_id: 'T404', command: '/handrail'}));
    expect(command.status === 200 && /pop-up/.test(command.text), command.text);
  });
  await check('an organisation that installed as a whole is answered in each of its workspaces', async () => {
    await install(server, side, 'x', 'xoxb-organisation', {team: null, is_enterprise_install: true, bot_user_id: 'U0ORG',
      enterprise: {id: 'E1', name: 'Organisation'}});
    const from = platform.calls.length;
    const envelope = {enterprise_id: 'E1', authorizations: [{team_id: 'T31', enterprise_id: 'E1', user_id: 'U0ORG', is_bot: true, is_enterprise_install: true}]};
    await events(inTeam('T31', {channel: 'C31', channel_type: 'channel', user: 'UH', text: `<@U0ORG> ${CANCEL}`}, envelope));
    await until('the answer', () => tokensAt(platform, from, 'C31').length > 0);
    same(tokensAt(platform, from, 'C31')[0], 'Bearer xoxb-organisation', 'its token');
    await answered('T1', newId('UI'), 'xoxb-one');
    same((await events(inTeam('T31', {type: 'app_uninstalled'}, envelope))).status, 200, 'removed');
    await pause(50);
    const later = platform.calls.length;
    await events(inTeam('T31', {channel: 'C31', channel_type: 'channel', user: 'UH', text: `<@U0ORG> ${CANCEL}`}, envelope));
    await pause(300);
    same(tokensAt(platform, later, 'C31'), [], 'nothing any more');
  });
  await server.stop();
  platform.close();
}

async function partings() {
  const platform = await platforms();
  const side = slackSide(platform);
  const server = await installServer(platform);
  const events = (body) => server.slack('/slack/events', body);
  const agent = await server.agent('Mina');
  await install(server, side, 'T1', 'xoxb-one');
  await install(server, side, 'T2', 'xoxb-two');
  const answers = async (team, token) => {
    const from = platform.calls.length;
    const user = newId('UJ');
    await events(dm(team, user, CANCEL));
    await until(`an answer in ${team}`, () => tokensAt(platform, from, `D${user}`).length > 0);
    same(tokensAt(platform, from, `D${user}`)[0], `Bearer ${token}`, 'the token');
  };
  const ticketIn = async (team, user) => {
    const before = (await agent.get('/tickets')).json.tickets.map((one) => one.id);
    await events(dm(team, user, REFUND));
    return until('the ticket', async () => (await agent.get('/tickets')).json.tickets.find((one) => !before.includes(one.id)));
  };
  const given = async () => (await agent.get('/outbox')).json.given_up;
  await check('an event about people\'s tokens, or from before the installation, changes nothing', async () => {
    await events(inTeam('T1', {type: 'tokens_revoked', tokens: {oauth: ['U1'], bot: []}}));
    await events(inTeam('T1', {type: 'app_uninstalled'}, {event_time: nowSeconds() - 60}));
    await answers('T1', 'xoxb-one');
  });
  await check('uninstalled: nothing is sent any more, what an agent writes is given up visibly, and others go on', async () => {
    const ticket = await ticketIn('T1', 'UK');
    same((await events(inTeam('T1', {type: 'app_uninstalled'}))).status, 200, 'acknowledged');
    const from = platform.calls.length;
    await agent.post(`/tickets/${ticket.id}/reply`, {client_message_id: newId('r'), text: 'are you there?'});
    await until('the row', async () => (await given()).some((row) => row.because === 'workspace_disconnected' && row.ticket_id === ticket.id));
    await events(dm('T1', 'UK', 'hello?'));
    await pause(300);
    same(platform.calls.slice(from).filter((call) => call.url.startsWith('/api/')), [], 'Slack is not called');
    const detail = (await agent.get(`/tickets/${ticket.id}`)).text;
    expect(/workspace_disconnected/.test(detail), 'the agent sees it at the ticket');
    const doctor = await server.command('doctor');
    expect(/WRONG .*T1.* is disconnected since .*app_uninstalled/.test(doctor.out) && /open \/slack\/install/.test(doctor.out), doctor.out);
    await answers('T2', 'xoxb-two');
  });
  await check('installed again: people are answered with the new token', async () => {
    await install(server, side, 'T1', 'xoxb-one-anew');
    await answers('T1', 'xoxb-one-anew');
    const doctor = await server.command('doctor');
    expect(/ok .*T1.* is installed/.test(doctor.out) && !/T1.* is disconnected/.test(doctor.out), doctor.out);
  });
  await check('the bot\'s token revoked: the same', async () => {
    await events(inTeam('T1', {type: 'tokens_revoked', tokens: {oauth: [], bot: ['U0BOTT1']}}));
    const from = platform.calls.length;
    await events(dm('T1', 'UL', CANCEL));
    await pause(300);
    same(tokensAt(platform, from, 'DUL'), [], 'nothing');
    await install(server, side, 'T1', 'xoxb-one-third');
    await answers('T1', 'xoxb-one-third');
  });
  await check('a token that the API refuses is asked once; the workspace is then disconnected and comes back by a re-install', async () => {
    for (const refusal of ['account_inactive', 'token_revoked', 'invalid_auth']) {
      const token = `xoxb-${refusal}`;
      await install(server, side, 'T1', token);
      side.refused.set(`Bearer ${token}`, refusal);
      const before = (await given()).length;
      const from = platform.calls.length;
      await events(dm('T1', 'UM', CANCEL));
      await until('it is given up', async () => (await given()).length > before);
      await events(dm('T1', 'UM', CANCEL));
      await pause(200);
      same(tokensAt(platform, from, 'DUM').length, 1, `${refusal}: once`);
      const doctor = await server.command('doctor');
      expect(new RegExp(`T1.* is disconnected since .*${refusal}`).test(doctor.out), doctor.out);
    }
    await install(server, side, 'T1', 'xoxb-good');
    await answers('T1', 'xoxb-good');
    await answers('T2', 'xoxb-two');
  });
  await check('a token that rotates is renewed before it expires; one that cannot be is told', async () => {
    await install(server, side, 'T5', 'xoxe.xoxb-first', {refresh_token: 'xoxe-refresh-1', expires_in: 3600});
    await install(server, side, 'T6', 'xoxe.xoxb-lost', {refresh_token: 'xoxe-refresh-lost', expires_in: 3600});
    await answers('T5', 'xoxe.xoxb-first');
    side.codes.set('xoxe-refresh-1', granted('T5', 'xoxe.xoxb-second', {refresh_token: 'xoxe-refresh-2', expires_in: 43200}));
    side.codes.set('xoxe-refresh-lost', {json: {ok: false, error: 'invalid_refresh_token'}});
    await server.stop();
    const later = await installServer(platform, {}, server.data);
    await until('both', () => side.exchanges.filter((one) => one.grant_type === 'refresh_token').length === 2);
    await pause(200);
    const from = platform.calls.length;
    await later.slack('/slack/events', dm('T5', 'UN', CANCEL));
    await until('the answer', () => tokensAt(platform, from, 'DUN').length > 0);
    same(tokensAt(platform, from, 'DUN')[0], 'Bearer xoxe.xoxb-second', 'the renewed one');
    const doctor = await later.command('doctor');
    expect(/T6.* is disconnected since .*invalid_refresh_token/.test(doctor.out), doctor.out);
    expect(!/xoxe|xoxb/.test(later.log + doctor.out), 'no token in the log');
    await later.stop();
  });
  platform.close();
}

async function besideTheConfiguredToken() {
  const platform = await platforms();
  const side = slackSide(platform);
  const server = await installServer(platform, {HANDRAIL_SLACK_BOT_TOKEN: 'xoxb-configured'});
  await until('our own id', () => platform.calls.some((call) => call.url === '/api/auth.test'));
  await check('a configured token goes on speaking for its workspace beside one that was installed', async () => {
    await install(server, side, 'T2', 'xoxb-two');
    for (const [team, user, token] of [['T1', 'UO', 'xoxb-configured'], ['T2', 'UP', 'xoxb-two']]) {
      const from = platform.calls.length;
      await server.slack('/slack/events', dm(team, user, CANCEL));
      await until('the answer', () => tokensAt(platform, from, `D${user}`).length > 0);
      same(tokensAt(platform, from, `D${user}`)[0], `Bearer ${token}`, team);
    }
  });
  await server.stop();
  platform.close();
}

export async function run() {
  await theWay();
  await severalWorkspaces();
  await partings();
  await besideTheConfiguredToken();
}
