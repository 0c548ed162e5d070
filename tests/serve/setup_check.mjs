// What an operator does once for each platform: the Slack manifest, Discord's commands, and the doctor, which says what to click.
import {check, configured, expect, same, Server, startServer, withPlatforms} from './support.mjs';
import {platforms} from './platforms.mjs';

const command = (environment, ...words) => new Server({environment}).run(...words);

async function manifest() {
  const print = (more, ...words) => command(configured(more), 'slack', 'manifest', ...words);
  await check('the manifest has our addresses, scopes and events', async () => {
    const {code, out} = await print({HANDRAIL_PUBLIC_URL: 'https://bot.example'});
    same(code, 0, out);
    const {display_information: display, features, oauth_config: oauth, settings} = JSON.parse(out);
    same(display.name, 'Handrail', 'the name');
    same([settings.event_subscriptions.request_url, settings.interactivity.request_url, features.slash_commands[0].url, oauth.redirect_urls],
      ['https://bot.example/slack/events', 'https://bot.example/slack/interactions', 'https://bot.example/slack/commands',
        ['https://bot.example/slack/oauth/callback']], 'the addresses');
    same(oauth.scopes.bot, ['chat:write', 'im:write', 'im:history', 'app_mentions:read', 'channels:history', 'groups:history',
      'users:read', 'commands'], 'the scopes');
    same(settings.event_subscriptions.bot_events, ['message.im', 'message.channels', 'message.groups', 'app_mention', 'app_home_opened',
      'app_uninstalled', 'tokens_revoked'], 'the events');
    same([settings.socket_mode_enabled, settings.token_rotation_enabled, features.app_home.messages_tab_enabled,
      features.app_home.messages_tab_read_only_enabled], [false, false, true, false], 'people can write to it');
    for (const shortcut of features.shortcuts) expect(shortcut.name.length <= 24 && shortcut.description.length <= 150, JSON.stringify(shortcut));
  });
  await check('for Socket Mode there is no address in it', async () => {
    const {code, out} = await print({}, '--socket-mode', '--name', 'Acme Help');
    same(code, 0, out);
    const {settings, display_information: display} = JSON.parse(out);
    same([settings.socket_mode_enabled, display.name, /https?:|redirect/.test(out)], [true, 'Acme Help', false], out);
  });
  await check('what Slack would refuse is said, with exit 2 and nothing printed', async () => {
    const bad = [[[], /--socket-mode/], [['--public-url', 'http://bot.example'], /https/], [['--public-url', 'https://localhost'], /Internet/],
      [['--public-url', 'https://127.0.0.1:8080'], /Internet/], [['--public-url', 'https://bot.example/?a=b'], /query/],
      [['--public-url', 'bot.example'], /https/], [['--public-url', 'https://bot.example', '--name', 'x'.repeat(36)], /35/],
      [['--socket-mode', '--name', ''], /name/], [['--public-url', 'https://user@bot.example'], /user name/]];
    for (const [words, reason] of bad) {
      const {code, out, err} = await print({}, ...words);
      expect(code === 2 && out === '' && reason.test(err), `${words}: ${code} ${out}${err}`);
    }
    same((await print({}, '--public-url', 'https://bot.example/', '--name', 'x'.repeat(35))).code, 0, 'at the limit');
  });
}

// Contract discord.md section 2.
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const LOCALES = ('id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW '
  + 'ko').split(' ');
const longest = (text, map) => Math.max(...[text || '', ...Object.values(map || {})].map((one) => [...one].length));
function expectCommand(command) {
  const shown = JSON.stringify(command);
  const isSlash = command.type === 1;
  let total = 0;
  const name = (object, strict) => {
    for (const one of [object.name, ...Object.values(object.name_localizations || {})]) {
      expect(strict ? NAME.test(one) && one === one.toLowerCase() : [...one].length >= 1 && [...one].length <= 32, `name ${one} in ${shown}`);
    }
    total += longest(object.name, object.name_localizations);
  };
  const description = (object) => {
    for (const one of [object.description, ...Object.values(object.description_localizations)]) {
      expect([...one].length >= 1 && [...one].length <= 100, `description ${one}`);
    }
    total += longest(object.description, object.description_localizations);
  };
  const locales = (map) => {
    expect(map['en-US'] && map['en-GB'], `the default's own languages too: ${Object.keys(map)}`);
    for (const locale of Object.keys(map)) expect(LOCALES.includes(locale), `Discord knows ${locale}`);
  };
  const localized = (object) => ['name_localizations', 'description_localizations'].filter((key) => object[key]).forEach((key) => locales(object[key]));
  name(command, isSlash);
  localized(command);
  if (isSlash) description(command);
  else expect(!('description' in command) && !('options' in command), `neither for a message command: ${shown}`);
  const options = command.options || [];
  expect(options.length <= 25 && command.contexts.every((one) => [0, 1, 2].includes(one)), shown);
  for (const option of options) {
    name(option, true);
    description(option);
    localized(option);
    expect((option.choices || []).length <= 25 && !(option.choices && option.autocomplete), shown);
  }
  expect(total <= 8000, `${total} characters in all`);
}

async function register() {
  const platform = await platforms();
  const environment = withPlatforms(platform.url, {HANDRAIL_PRODUCT_NAME: 'Acme Studio'});
  await check('the commands are what Discord takes, in every language that both of us speak', async () => {
    const {code, out} = await command(environment, 'discord', 'register', '--dry-run');
    same(code, 0, out);
    const commands = JSON.parse(out);
    same(commands.map((one) => [one.name, one.type]), [['help', 1], ['Get help with this', 3]], 'which');
    commands.forEach(expectCommand);
    const spoken = ['de', 'en-GB', 'en-US', 'es-ES', 'es-419', 'fr', 'hi', 'ja', 'pt-BR', 'ru', 'tr', 'zh-CN'];
    const [help, message] = commands;
    for (const map of [help.name_localizations, help.description_localizations, help.options[0].name_localizations,
      help.options[0].description_localizations, message.name_localizations]) same(Object.keys(map).sort(), [...spoken].sort(), 'languages');
    same([help.name_localizations.de, help.name_localizations['en-US']], ['hilfe', 'help'], 'names');
    expect(help.description_localizations.fr.includes('Acme Studio') && help.description_localizations.fr !== help.description, out);
    same(platform.calls, [], 'nobody was asked');
    const long = await command({...environment, HANDRAIL_PRODUCT_NAME: 'ü'.repeat(300)}, 'discord', 'register', '--dry-run');
    JSON.parse(long.out).forEach(expectCommand);
  });
  await check('they are put whole, everywhere or in one server, as the bot', async () => {
    for (const [words, url] of [[[], '/api/v10/applications/42/commands'], [['--guild', '777'], '/api/v10/applications/42/guilds/777/commands']]) {
      const from = platform.calls.length;
      const {code, out, err} = await command(environment, 'discord', 'register', ...words);
      expect(code === 0 && /Registered \/help/.test(out), out + err);
      const calls = platform.calls.slice(from);
      same(calls.map((call) => [call.method, call.url, call.headers.authorization, call.headers['content-type']]),
        [['PUT', url, 'Bot discord-test', 'application/json']], 'the call');
      expect(/^DiscordBot \(/.test(calls[0].headers['user-agent']), calls[0].headers['user-agent']);
      same(JSON.parse(calls[0].body), JSON.parse((await command(environment, 'discord', 'register', '--dry-run')).out), 'what the dry run prints');
    }
  });
  await check('a refusal is told in words, without the token', async () => {
    for (const [answer, words, reason] of [[{status: 401, json: {code: 0}}, [], /Reset Token/], [{status: 403, json: {code: 50001}}, ['--guild', '1'], /invite/],
      [{status: 404, json: {code: 10002}}, [], /one application/], [{status: 400, json: {code: 50035}}, [], /50035/], [{lost: true}, [], /no answer/]]) {
      platform.special = () => answer;
      const {code, err} = await command(environment, 'discord', 'register', ...words);
      expect(code === 1 && reason.test(err) && !err.includes('discord-test'), `${code} ${err}`);
    }
    same((await command(environment, 'discord', 'register', '--guild', 'my server')).code, 2, 'no number');
    same((await command(configured(), 'discord', 'register')).code, 2, 'nothing configured');
  });
  platform.close();
}

const SCOPES = 'chat:write,im:write,im:history,app_mentions:read,channels:history,groups:history,users:read,commands';
async function doctor() {
  const platform = await platforms();
  const health = await startServer({environment: configured()});
  const publicUrl = health.base;
  const key = withPlatforms(platform.url).HANDRAIL_DISCORD_PUBLIC_KEY;
  const environment = withPlatforms(platform.url, {HANDRAIL_PUBLIC_URL: publicUrl, HANDRAIL_SLACK_SIGNING_SECRET: '8'.repeat(32),
    HANDRAIL_SLACK_BOT_TOKEN: 'xoxb-doctors-secret', HANDRAIL_DISCORD_BOT_TOKEN: 'discord-doctors-secret'});
  const usual = {
    '/api/auth.test': {json: {ok: true, team: 'Acme', team_id: 'T1', user_id: 'U0BOT', bot_id: 'B0BOT'}, headers: {'x-oauth-scopes': SCOPES}},
    '/api/v10/users/@me': {json: {id: '9', username: 'acme-help', bot: true}},
    '/api/v10/applications/@me': {json: {id: '42', flags: 1 << 19, verify_key: key, interactions_endpoint_url: `${publicUrl}/discord/interactions`}},
    '/api/v10/applications/42/commands': {json: [{name: 'help', type: 1}, {name: 'Get help with this', type: 3}]}};
  let changed = {};
  platform.special = (call) => ({...usual, ...changed})[call.url] || null;
  const examine = async (change = {}, more = {}) => {
    changed = change;
    const server = new Server({environment: {...environment, ...more}});
    const {code, out, err} = await server.command('doctor', '--json');
    for (const secret of ['doctors-secret', '8'.repeat(32)]) expect(!(out + err).includes(secret), `a secret: ${out}${err}`);
    const {checks} = JSON.parse(out);
    return {code, checks, wrong: checks.filter((one) => one.state === 'wrong'), out};
  };
  await check('where all is well the doctor says so, platform by platform', async () => {
    const {code, wrong, checks, out} = await examine();
    same([code, wrong], [0, []], out);
    for (const words of ['Slack takes the bot token', 'has all scopes', 'Discord takes the bot token', 'application id is the token', `${publicUrl} answers`,
      'sends interactions to', '"help" is registered']) expect(checks.some((one) => one.state === 'ok' && one.what.includes(words)), `${words}: ${out}`);
    const calls = platform.calls.map((call) => call.headers.authorization).filter(Boolean);
    same([...new Set(calls)].sort(), ['Bearer xoxb-doctors-secret', 'Bot discord-doctors-secret'], 'each its own token');
    expect(platform.calls.every((call) => call.method === 'GET' || call.url === '/api/auth.test'), 'nothing is changed');
  });
  const application = (more) => ({'/api/v10/applications/@me': {json: {...usual['/api/v10/applications/@me'].json, ...more}}});
  const cases = [
    ['a refused Slack token', {'/api/auth.test': {json: {ok: false, error: 'invalid_auth'}}}, /refuses HANDRAIL_SLACK_BOT_TOKEN/, /OAuth & Permissions/],
    ['an app that was removed', {'/api/auth.test': {json: {ok: false, error: 'account_inactive'}}}, /removed from the workspace/, /Reinstall/],
    ['a token that rotates', {'/api/auth.test': {json: {ok: false, error: 'token_expired'}}}, /rotation/, /\/slack\/install/],
    ['a missing scope', {'/api/auth.test': {...usual['/api/auth.test'], headers: {'x-oauth-scopes': SCOPES.replace('im:history,', '')}}},
      /im:history.*read what people write/, /add im:history/],
    ['Slack away', {'/api/auth.test': {status: 503, json: {}}}, /Slack cannot be asked.*503/, /Internet/],
    ['a refused Discord token', {'/api/v10/users/@me': {status: 401, json: {}}}, /refuses HANDRAIL_DISCORD_BOT_TOKEN/, /Reset Token/],
    ['Discord away', {'/api/v10/users/@me': {lost: true}}, /Discord cannot be asked/, /Internet/],
    ['another application', application({id: '43'}), /of the application 43.*is 42/, /General Information/],
    ['another public key', application({verify_key: 'ab'.repeat(32)}), /PUBLIC_KEY is not this application/, /Public Key/],
    ['no endpoint', application({interactions_endpoint_url: null}), /no Interactions Endpoint URL/, /\/discord\/interactions/],
    ['another endpoint', application({interactions_endpoint_url: 'https://old.example/x'}), /old\.example/, /Interactions Endpoint URL/],
    ['no commands', {'/api/v10/applications/42/commands': {json: []}}, /"help" is not registered/, /handrail discord register/]];
  for (const [name, change, what, todo] of cases) {
    await check(`the doctor finds ${name}, and says what to do`, async () => {
      const {code, wrong, out} = await examine(change);
      const found = wrong.find((one) => what.test(one.what));
      expect(code === 1 && found && todo.test(found.todo), out);
    });
  }
  await check('with the Gateway it wants the Message Content Intent, of either kind, and without it does not care', async () => {
    const gateway = {HANDRAIL_DISCORD_GATEWAY: '1'};
    const off = await examine(application({flags: 1 << 23}), gateway);
    expect(off.wrong.some((one) => /Message Content Intent is off/.test(one.what) && /Privileged Gateway Intents/.test(one.todo)), off.out);
    for (const bit of [18, 19]) {
      const on = await examine(application({flags: 1 << bit}), gateway);
      expect(on.code === 0 && /lets the bot read plain messages/.test(on.out), on.out);
    }
    expect(!/Message Content/.test((await examine(application({flags: 0}))).out), 'not asked for');
  });
  const slackTeam = {HANDRAIL_SLACK_TEAM_CHANNEL: 'C0TEAM'};
  const discordTeam = {HANDRAIL_DISCORD_TEAM_CHANNEL: '900', HANDRAIL_DISCORD_GATEWAY: '1'};
  const history = (json) => ({'/api/conversations.history?channel=C0TEAM&limit=1': {json}});
  const channel = (answer) => ({'/api/v10/channels/900': answer});
  await check('it looks whether the team channels are open to the bot', async () => {
    const good = await examine({...history({ok: true, messages: []}), ...channel({json: {id: '900', type: 0}})}, {...slackTeam, ...discordTeam});
    expect(good.code === 0 && /C0TEAM .*is open to the bot/.test(good.out) && /900 .*is open to the bot/.test(good.out), good.out);
    const elsewhere = await examine(history({ok: false, error: 'channel_not_found'}), {HANDRAIL_SLACK_TEAM_CHANNEL: 'T2/C0TEAM'});
    same([elsewhere.code, elsewhere.wrong], [0, []], 'the channel of another workspace is not this token\'s');
    const cases = [
      [slackTeam, history({ok: false, error: 'not_in_channel'}), /C0TEAM.*closed to the bot \(not_in_channel\)/, /\/invite/],
      [slackTeam, history({ok: false, error: 'channel_not_found'}), /closed to the bot/, /\/invite/],
      [slackTeam, history({ok: false, error: 'is_archived'}), /archived/, /Unarchive/],
      [discordTeam, channel({status: 404, json: {code: 10003}}), /900.*does not exist/, /Copy Channel ID/],
      [discordTeam, channel({status: 403, json: {code: 50001}}), /900.*closed to the bot/, /View Channel/],
      [discordTeam, channel({json: {id: '900', type: 2}}), /no text channel/, /text channel/],
      [{...discordTeam, HANDRAIL_DISCORD_TEAM_CHANNEL: '#team'}, {}, /#team.*is a number/, /Copy Channel ID/]];
    for (const [more, change, what, todo] of cases) {
      const {code, wrong, out} = await examine(change, more);
      const found = wrong.find((one) => what.test(one.what));
      expect(code === 1 && found && todo.test(found.todo), out);
    }
  });
  await check('a public address that does not lead here, an odd secret and silence are told, and soon', async () => {
    const elsewhere = await examine({'/health': {text: '<html>'}}, {HANDRAIL_PUBLIC_URL: platform.url});
    expect(elsewhere.wrong.some((one) => /something else than Handrail/.test(one.what)), elsewhere.out);
    const nobody = await examine({}, {HANDRAIL_PUBLIC_URL: 'http://127.0.0.1:9'});
    expect(nobody.wrong.some((one) => /cannot be reached/.test(one.what) && /firewall/.test(one.todo)), nobody.out);
    const odd = await examine({}, {HANDRAIL_SLACK_SIGNING_SECRET: 'not-hex'});
    expect(odd.checks.some((one) => /SIGNING_SECRET looks odd/.test(one.what) && /Basic Information/.test(one.todo)), odd.out);
    const begun = Date.now();
    const silent = await examine(Object.fromEntries(Object.keys(usual).map((url) => [url, {json: {}, afterMs: 20000}])));
    expect(silent.code === 1 && Date.now() - begun < 12000, `after ${Date.now() - begun} ms: ${silent.out}`);
  });
  await check('as text it reads: what is wrong, and below it where to click', async () => {
    changed = application({interactions_endpoint_url: null});
    const {code, out} = await new Server({environment}).command('doctor');
    expect(code === 1 && /^WRONG {4}Discord has no Interactions.*\n {9}-> Discord, your application/m.test(out), out);
  });
  await health.stop();
  platform.close();
}

export async function run() {
  await manifest();
  await register();
  await doctor();
}
