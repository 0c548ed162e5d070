// What we send to Discord, held against Discord's own OpenAPI file (3.1, JSON Schema 2020-12).
import fs from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const openapi = JSON.parse(fs.readFileSync(new URL('./fixtures/discord-openapi.json', import.meta.url)));
const ajv = new Ajv({strict: false, allErrors: false, validateFormats: false});
ajv.addSchema(openapi, 'discord');

// Our calls by method and path, and where the file describes their bodies.
const ROUTES = [
  ['POST', /^\/channels\/\d+\/messages$/, '/channels/{channel_id}/messages', 'post'],
  ['POST', /^\/channels\/\d+\/threads$/, '/channels/{channel_id}/threads', 'post'],
  ['POST', /^\/users\/@me\/channels$/, '/users/@me/channels', 'post'],
  ['PATCH', /^\/webhooks\/[^/]+\/[^/]+\/messages\/@original$/, '/webhooks/{webhook_id}/{webhook_token}/messages/@original', 'patch'],
  ['POST', /^\/webhooks\/[^/]+\/[^/]+$/, '/webhooks/{webhook_id}/{webhook_token}', 'post'],
];

function pointer(path, method) {
  const escaped = path.replaceAll('~', '~0').replaceAll('/', '~1');
  return `discord#/paths/${encodeURIComponent(escaped)}/${method}/requestBody/content/application~1json/schema`;
}

// The JSON of a call: the body itself, or the payload_json part of a multipart form.
function bodyOf(call) {
  if (!/multipart/.test(call.headers['content-type'] || '')) return JSON.parse(call.body || '{}');
  return JSON.parse(/name="payload_json"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(call.body)[1]);
}

// What is wrong with the calls, one line each, and how many were looked at.
export function checkDiscordCalls(calls) {
  const wrong = [];
  let looked = 0;
  for (const call of calls) {
    if (!call.url.startsWith('/api/v10/')) continue;
    const path = call.url.slice('/api/v10'.length).split('?')[0];
    const route = ROUTES.find(([method, pattern]) => method === call.method && pattern.test(path));
    if (!route) continue;
    looked += 1;
    const validate = ajv.getSchema(pointer(route[2], route[3]));
    if (!validate) throw new Error(`no schema for ${route[2]}`);
    if (!validate(bodyOf(call))) wrong.push(`${call.method} ${path}: ${ajv.errorsText(validate.errors)}`);
  }
  return {looked, wrong};
}
