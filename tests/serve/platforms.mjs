// Slack and Discord as they are seen from here: stand-ins that record every call and answer as the platforms do, and the
// events, commands and buttons that they send.
import {newId, nowSeconds, standIn, until} from './support.mjs';

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
// What a call said: JSON, or the JSON part of a form with pictures.
export function bodyOf(call) {
  const part = call.body.match(/name="payload_json"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/);
  return parsed(part ? part[1] : call.body) || {};
}

// `special(call)` may answer a call otherwise; what it leaves is answered as the platform would.
export async function platforms() {
  const made = {special: () => null};
  let number = 0;
  const usual = (call) => {
    number += 1;
    const {url} = call;
    if (url === '/api/auth.test') return {json: {ok: true, user_id: 'U0BOT', bot_id: 'B0BOT', team_id: 'T1'}};
    if (url === '/api/users.info') return {json: {ok: true, user: {locale: 'en-US', profile: {display_name: 'Sam'}}}};
    if (url === '/api/conversations.open') return {json: {ok: true, channel: {id: `D${bodyOf(call).users}`}}};
    if (url.startsWith('/api/chat.')) return {json: {ok: true, channel: bodyOf(call).channel, ts: `1700000001.${number}`, message_ts: '1'}};
    if (url === '/api/v10/users/@me/channels') return {json: {id: `dm-${bodyOf(call).recipient_id}`, type: 1}};
    if (url.endsWith('/threads')) return {status: 201, json: {id: `thread-${number}`}};
    if (/thread-members/.test(url)) return {status: 204, text: ''};
    return {json: {ok: true, id: String(number)}};
  };
  const server = await standIn((call) => made.special(call) || usual(call));
  return Object.assign(made, server);
}

// What was posted since `from`: [{channel, text, ...}] for Slack.
export const posts = (platform, from = 0, method = 'postMessage') =>
  platform.calls.slice(from).filter((call) => call.url === `/api/chat.${method}`).map(bodyOf);
// What was said since `from` at an address of Discord's.
export const saidAt = (platform, from, pattern) =>
  platform.calls.slice(from).filter((call) => call.method !== 'PUT' && pattern.test(call.url)).map(bodyOf);

export function slackEvent(event, envelope = {}) {
  return JSON.stringify({type: 'event_callback', team_id: 'T1', api_app_id: 'A1', event_id: newId('Ev'), event_time: nowSeconds(),
    authorizations: [{team_id: 'T1', user_id: 'U0BOT', is_bot: true}],
    event: {type: 'message', ts: `${nowSeconds()}.${String(10000 + Number(newId('')))}`, ...event}, ...envelope});
}
export const slackDm = (user, text, more = {}) => slackEvent({channel: `D${user}`, channel_type: 'im', user, text, ...more});
export const slackMention = (user, text, more = {}) =>
  slackEvent({type: 'app_mention', channel: 'C1', user, text: `<@U0BOT> ${text}`, ...more});
export const slackCommand = (user, text, more = {}) => new URLSearchParams({command: '/help', text, team_id: 'T1', channel_id: 'C1',
  user_id: user, user_name: user.toLowerCase(), trigger_id: newId('trigger'), ...more}).toString();
export const slackPayload = (payload) => new URLSearchParams({payload: JSON.stringify(payload)}).toString();

const buttonsIn = (message) => (message.blocks || []).filter((block) => block.type === 'actions').flatMap((block) => block.elements);
export function slackButton(message, pattern) {
  const button = buttonsIn(message).find((one) => pattern.test(one.value || ''));
  if (!button) throw new Error(`no button ${pattern} among ${buttonsIn(message).map((one) => one.value)}`);
  return button;
}
// The press of a button of that message, by that person, where it stands.
export const slackPress = (user, channel, button, more = {}) => slackPayload({type: 'block_actions', team: {id: 'T1'},
  user: {id: user, username: user.toLowerCase()}, channel: {id: channel}, trigger_id: newId('trigger'),
  container: {type: 'message', message_ts: '1700000001.000001', channel_id: channel, is_ephemeral: false}, response_url: '',
  actions: [{type: 'button', action_id: button.action_id, value: button.value, action_ts: newId('1700000002.')}], ...more});

export const interaction = (type, data, more = {}) => ({type, id: newId('90'), application_id: '42', token: newId('token'), version: 1,
  locale: 'en-US', data, ...more});
export const inDm = (user) => ({context: 1, channel_id: `dm-${user}`, user: {id: user, username: `name${user}`}});
export const inServer = (user, channel = '888') => ({context: 0, guild_id: '1', channel_id: channel,
  member: {user: {id: user, username: `name${user}`}}});
export const help = (topic, where) =>
  interaction(2, {name: 'help', type: 1, options: topic === undefined ? [] : [{name: 'topic', type: 3, value: topic}]}, where);
export function discordButton(message, pattern) {
  const buttons = (message.components || []).flatMap((row) => row.components);
  const button = buttons.find((one) => pattern.test(one.custom_id || ''));
  if (!button) throw new Error(`no button ${pattern} among ${buttons.map((one) => one.custom_id)}`);
  return button;
}
export const discordPress = (button, where, more = {}) =>
  interaction(3, {component_type: 2, custom_id: button.custom_id || button}, {message: {id: '1'}, ...where, ...more});

// Waits until `find()` gives something, and then a little, so that what should not follow has time to.
export async function settled(what, find, milliseconds = 250) {
  const found = await until(what, find);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return found;
}
