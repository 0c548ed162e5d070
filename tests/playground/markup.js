// The two platforms' markup as their clients show it, made of DOM nodes; nothing is ever read as HTML.
import {EMOJI} from '/slack_text.js';

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

let addresses = {};
export const useAddresses = (given) => {
  addresses = given;
};
// The public address that Handrail was told leads to the real one.
const reachable = (url) =>
  addresses.public && url.startsWith(`${addresses.public}/`) ? addresses.handrail + url.slice(addresses.public.length) : url;
export function link(url, ...words) {
  const safe = /^(https?:|mailto:)/i.test(url);
  return safe ? h('a', {href: reachable(url), target: '_blank', rel: 'noopener', title: url}, ...words) : h('span', {}, ...words);
}

// Applies the first rule that matches anywhere, then goes on before and behind it. A rule: [pattern, (match, inner) => node].
function inline(text, rules, plain) {
  let best = null;
  for (const [pattern, make] of rules) {
    const found = pattern.exec(text);
    if (found && (!best || found.index < best.found.index)) best = {found, make};
  }
  if (!best) return text === '' ? [] : [plain(text)];
  const {found, make} = best;
  const before = text.slice(0, found.index);
  return [
    ...(before === '' ? [] : [plain(before)]),
    make(found, (inner) => inline(inner, rules, plain)),
    ...inline(text.slice(found.index + found[0].length), rules, plain),
  ];
}
// Each line stands for itself: its direction is that of its first strong letter.
const line = (nodes) => h('span', {class: 'line', dir: 'auto'}, nodes.length ? nodes : [h('br')]);

function lines(text, quoted, one) {
  const result = [];
  let quote = null;
  for (const each of text.split('\n')) {
    const inQuote = quoted(each);
    if (inQuote === null) {
      quote = null;
      result.push(one(each));
    } else {
      if (!quote) result.push((quote = h('blockquote')));
      quote.append(one(inQuote));
    }
  }
  return result;
}
const fenced = (text, other) =>
  text.split(/```(?:\w*\n)?([\s\S]*?)```/).flatMap((part, i) => {
    if (i % 2) return [h('pre', {dir: 'ltr'}, part.replace(/\n$/, ''))];
    return part === '' ? [] : other(part.replace(/^\n|\n$/g, ''));
  });

// ---- Slack ----

const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
const named = (text) =>
  text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => (Object.entries(EMOJI).find(([, known]) => known === name) || [whole])[0]);
// Slack starts and ends bold only beside something that is no letter or digit, of any script.
const around = (mark, tag) => [
  new RegExp(`(?<![\\p{L}\\p{N}${mark}])[${mark}](?=[^\\s${mark}])([^\\n${mark}]*?[^\\s${mark}])[${mark}](?![\\p{L}\\p{N}${mark}])`, 'u'),
  (found, inner) => h(tag, {}, inner(found[1])),
];

export function mrkdwn(text, people) {
  const token = ([, target, label]) => {
    if (target.startsWith('@')) return h('span', {class: 'mention'}, `@${people[target.slice(1)] || label || target.slice(1)}`);
    if (target.startsWith('#')) return h('span', {class: 'mention'}, `#${label || target.slice(1)}`);
    if (target.startsWith('!')) return h('span', {class: 'mention'}, label || target);
    return link(unescape(target), unescape(label || target.replace(/^mailto:/, '')));
  };
  const bare = ([url]) => link(unescape(url), unescape(url));
  const rules = [
    [/<([^<>|]+)(?:\|([^<>]*))?>/, token],
    [/https?:\/\/[^\s<>|]+/, bare],
    [/`([^`\n]+)`/, (found) => h('code', {}, unescape(found[1]))],
    around('*', 'strong'),
    around('_', 'em'),
    around('~', 's'),
  ];
  const one = (each) => line(inline(each, rules, (plain) => named(unescape(plain))));
  return fenced(text, (part) => lines(part, (each) => (/^(?:&gt;|>) ?(.*)/.exec(each) || [null, null])[1], one));
}
export const plainText = (text) => text.split('\n').map((each) => line([named(each)]));

// ---- Discord ----

export function markdown(text, people) {
  const rules = [
    [/\\([^\p{L}\p{N}\s])/u, (found) => found[1]],
    [/`([^`\n]+)`/, (found) => h('code', {}, found[1])],
    [/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/, (found, inner) => link(found[2], ...inner(found[1]))],
    [/<@!?(\d+)>/, (found) => h('span', {class: 'mention'}, `@${people[found[1]] || 'unknown-user'}`)],
    [/<#(\d+)>/, (found) => h('span', {class: 'mention'}, `#${people[found[1]] || 'unknown'}`)],
    [/<t:(\d+)(?::\w)?>/, (found) => h('time', {}, new Date(found[1] * 1000).toLocaleString())],
    [/<(https?:[^>\s]+)>|(https?:\/\/[^\s<>)]+)/, (found) => link(found[1] || found[2], found[1] || found[2])],
    [/\*\*((?:\\.|[^*\\]|\*(?!\*))+?)\*\*/, (found, inner) => h('strong', {}, inner(found[1]))],
    [/__((?:\\.|[^_\\]|_(?!_))+?)__/, (found, inner) => h('u', {}, inner(found[1]))],
    [/~~((?:\\.|[^~\\])+?)~~/, (found, inner) => h('s', {}, inner(found[1]))],
    [/\*(?!\s)((?:\\.|[^*\\])+?)\*/, (found, inner) => h('em', {}, inner(found[1]))],
    [/(?<!\w)_((?:\\.|[^_\\])+?)_(?!\w)/, (found, inner) => h('em', {}, inner(found[1]))],
  ];
  const words = (each) => inline(each, rules, (plain) => plain);
  const one = (each) => {
    const heading = /^(#{1,3}) +(.+)/.exec(each);
    if (heading) return h('strong', {class: `line size${heading[1].length}`, dir: 'auto'}, words(heading[2]));
    const small = /^-# +(.+)/.exec(each);
    if (small) return h('small', {class: 'line', dir: 'auto'}, words(small[1]));
    const item = /^\s*(?:([-*])|(\d+\.)) +(.+)/.exec(each);
    if (item) return h('span', {class: 'line item', dir: 'auto'}, item[1] ? '• ' : `${item[2]} `, words(item[3]));
    return line(words(each));
  };
  return fenced(text, (part) => lines(part, (each) => (/^> (.*)/.exec(each) || [null, null])[1], one));
}
