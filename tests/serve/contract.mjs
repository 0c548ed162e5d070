// The contract as a judge: bot/serve/pages/openapi.json, what an answer may be by it, which routes the code has, and what was seen.
import fs from 'node:fs';
import path from 'node:path';
import {root} from './support.mjs';

const METHODS = ['get', 'put', 'post', 'delete'];
const escaped = (part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
const pointer = (...parts) => `#/${parts.map(escaped).join('/')}`;
const essence = (type) => (type || '').split(';')[0].trim().toLowerCase();

// In the document an object may grow; in what the server answers today nothing may be that the document does not know.
function closed(node, components) {
  if (Array.isArray(node)) return node.map((one) => closed(one, components));
  if (node === null || typeof node !== 'object') return node;
  if (node.allOf) {
    const parts = node.allOf.map((part) => (part.$ref ? components.schemas[part.$ref.split('/').pop()] : part));
    return closed({type: 'object', required: parts.flatMap((part) => part.required || []),
      properties: Object.assign({}, ...parts.map((part) => part.properties))}, components);
  }
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === 'example' ? value : closed(value, components)]));
  const isObject = [node.type].flat().includes('object') && node.properties && !('additionalProperties' in node);
  return isObject ? {...copy, additionalProperties: false} : copy;
}

export class Contract {
  constructor(Ajv) {
    this.document = JSON.parse(fs.readFileSync(path.join(root, 'bot/serve/pages/openapi.json')));
    this.seen = new Set();
    this.ajv = new Ajv({strict: false, validateFormats: false});
    this.ajv.addSchema(this.document, 'open');
    this.ajv.addSchema(closed(this.document, this.document.components), 'closed');
    this.operations = new Map();
    for (const [template, item] of Object.entries(this.document.paths)) {
      for (const method of METHODS.filter((one) => item[one])) {
        const operation = {...item[method], method, template, at: ['paths', template, method]};
        operation.id = operation.operationId;
        operation.parameters = (operation.parameters || []).map((one) => this.resolved(one));
        operation.security = (operation.security || []).flatMap((schemes) => Object.keys(schemes));
        if (this.operations.has(operation.id)) throw new Error(`two operations are called ${operation.id}`);
        this.operations.set(operation.id, operation);
      }
    }
  }
  all() {
    return [...this.operations.values()];
  }
  operation(id) {
    const found = this.operations.get(id);
    if (!found) throw new Error(`there is no operation ${id}`);
    return found;
  }
  resolved(node) {
    return node.$ref ? node.$ref.slice(2).split('/').reduce((inner, part) => inner[part], this.document) : node;
  }
  // Why a value is not what the schema at this place says, or nothing.
  wrong(kind, place, value) {
    const validate = this.ajv.getSchema(kind + place);
    if (!validate) throw new Error(`no schema at ${place}`);
    return validate(value) ? null : this.ajv.errorsText(validate.errors);
  }
  // Where a response stands in the document: in the operation itself, or in what it refers to.
  placeOf(operation, status) {
    const response = operation.responses[status];
    return response.$ref ? response.$ref.slice(2).split('/') : [...operation.at, 'responses', status];
  }
  // The address of an operation; a parameter that the document does not know is a mistake of the test or of the document.
  address(operation, {params = {}, query = {}} = {}) {
    for (const name of Object.keys(query)) {
      if (!operation.parameters.some((one) => one.in === 'query' && one.name === name)) throw new Error(`${operation.id} has no ?${name}`);
    }
    const route = operation.template.replace(/\{(\w+)\}/g, (_, name) => {
      const known = operation.parameters.find((one) => one.in === 'path' && one.name === name);
      return encodeURIComponent(params[name] ?? known.example);
    });
    const asked = new URLSearchParams(query).toString();
    return asked ? `${route}?${asked}` : route;
  }
  // Throws where an answer breaks the contract; remembers it where not.
  hold(operation, answer) {
    const status = String(answer.status);
    const shown = `${operation.id}: ${status} ${answer.text.slice(0, 300)}`;
    if (!operation.responses[status]) throw new Error(`a status that the document does not know: ${shown}`);
    const response = this.resolved(operation.responses[status]);
    for (const header of Object.keys(response.headers || {})) {
      if (!answer.headers[header.toLowerCase()]) throw new Error(`no ${header}: ${shown}`);
    }
    this.seen.add(`${operation.id} ${status}`);
    if (answer.text === '' && (!response.content || response['x-body-may-be-empty'])) return answer;
    const type = essence(answer.headers['content-type']);
    if (!response.content || !response.content[type]) throw new Error(`content type ${type}: ${shown}`);
    const value = type === 'application/json' ? answer.json : answer.text;
    if (type === 'application/json' && value === null) throw new Error(`no JSON: ${shown}`);
    if (!response.content[type].schema) return answer;
    const wrong = this.wrong('closed', pointer(...this.placeOf(operation, status), 'content', type, 'schema'), value);
    if (wrong) throw new Error(`${wrong}: ${shown}`);
    return answer;
  }
  // A body that was accepted must be one by the document, and one that was refused for its form must not.
  holdRequest(operation, body, status, isWellFormed) {
    const type = operation.requestBody && operation.requestBody.content['application/json'] && 'application/json';
    if (!type || body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return;
    const wrong = this.wrong('open', pointer(...operation.at, 'requestBody', 'content', type, 'schema'), body);
    const shown = JSON.stringify(body).slice(0, 200);
    if (status < 300 && wrong) throw new Error(`${operation.id} accepts what the document forbids (${wrong}): ${shown}`);
    if (status === 400 && !wrong && !isWellFormed) throw new Error(`${operation.id} refuses what the document allows: ${shown}`);
  }
  holdEvent(schema, value) {
    const wrong = this.wrong('closed', pointer('components', 'schemas', schema), value);
    if (wrong) throw new Error(`${wrong}: ${JSON.stringify(value).slice(0, 300)}`);
  }
  // Every example in the document that is not what its own schema says, and every body without one.
  wrongExamples() {
    const mistakes = [];
    const look = (place, content) => {
      for (const [type, media] of Object.entries(content || {})) {
        if (!media.schema) continue;
        const {example} = media;
        const wrong = example === undefined ? 'none' : this.wrong('closed', pointer(...place, 'content', type, 'schema'), example);
        if (wrong) mistakes.push(`${place.slice(1).join(' ')} ${type}: ${wrong}`);
      }
    };
    for (const operation of this.all()) {
      look([...operation.at, 'requestBody'], (operation.requestBody || {}).content);
      for (const [status, response] of Object.entries(operation.responses)) {
        look(this.placeOf(operation, status), this.resolved(response).content);
      }
      for (const one of operation.parameters) {
        const validate = this.ajv.compile(one.schema);
        if (!validate(one.example)) mistakes.push(`${operation.id} ${one.name}: ${this.ajv.errorsText(validate.errors)}`);
      }
    }
    return mistakes;
  }
}

// --- the routes of the code ---

// "/a/(b|c)" to "/a/b" and "/a/c"; any other group is a parameter.
function templates(pattern) {
  const choice = /\(([a-z]+(?:\|[a-z]+)+)\)/.exec(pattern);
  if (choice) return choice[1].split('|').flatMap((word) => templates(pattern.replace(choice[0], word)));
  return [pattern.replace(/\((?:\[[^\]]*\]|[^()[\]])*\)/g, '{}').replaceAll('\\.', '.')];
}

function sources(folder) {
  return fs.readdirSync(path.join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return sources(file);
    return file.endsWith('.cc') && !file.endsWith('_test.cc') ? [[file, fs.readFileSync(path.join(root, file), 'utf8')]] : [];
  });
}

const REGISTERED = /\bserver\.(get|post|put|remove)\(\s*(?:R"\((.*?)\)"|"([^"]*)"|([\w.>-]+))\s*,/gs;

// "POST /api/v1/links" for every route that the program registers.
export function routesInCode() {
  const routes = new Set();
  const add = (word, pattern) => {
    const method = word === 'remove' ? 'DELETE' : word.toUpperCase();
    for (const template of templates(pattern)) routes.add(`${method} ${template}`);
  };
  const adapters = sources('adapters').flatMap(([, text]) => [...text.matchAll(/paths\(\) const override\s*\{\s*return\s*\{([^}]*)\}/g)])
    .flatMap((found) => [...found[1].matchAll(/"([^"]+)"/g)].map((one) => one[1]));
  for (const [file, text] of sources('bot')) {
    for (const [, word, raw, plain, name] of text.matchAll(REGISTERED)) {
      if (raw || plain) add(word, raw || plain);
      else if (name === 'path' && file.endsWith('channel_routes.cc')) adapters.forEach((route) => add(word, route));
      else if (name === 'page.route') [...text.matchAll(/\{"(\/[^"]*)",\s*"\/[^"]+",\s*"[^"]+"\}/g)].forEach((row) => add(word, row[1]));
      else throw new Error(`${file}: which route is ${word}(${name})?`);
    }
  }
  return routes;
}
export const routesInDocument = (contract) =>
  new Set(contract.all().map((one) => `${one.method.toUpperCase()} ${one.template.replace(/\{\w+\}/g, '{}')}`));
