// What both stand-ins share: places with their messages, the switches for trouble and the log. Everything that changes is told
// to the pages that listen, as small JSON objects; a page that comes later gets a snapshot of all of it.

const CALLS_KEPT = 300;
const LOGGED_CHARACTERS = 20000;
const RETRY_AFTER_SECONDS = 2;
const SLOW_MS = 4000;

// [what the switch is called, what it does]
export const TROUBLES = {
  limited: ['429', 'Every call is answered 429 with Retry-After: 2'],
  failing: ['503', 'Every call is answered 503'],
  closed: ['DMs closed', 'Nobody can be written to: cannot_dm_bot, 50007'],
  lost: ['lost answers', 'Each call works, but its first answer never arrives'],
  slow: ['slow (4 s)', 'Every answer takes 4 s'],
};

export class World {
  constructor() {
    this.places = new Map(); // id -> {platform, id, name, kind, members, about, parent, messages}
    this.trouble = Object.fromEntries(
      ['slack', 'discord'].map((one) => [one, Object.fromEntries(Object.keys(TROUBLES).map((name) => [name, false]))]),
    );
    this.calls = [];
    this.gateway = 0;
    this.listeners = new Set();
    this.answersLost = new Set();
    this.number = 0;
  }

  tell(change) {
    for (const listener of this.listeners) listener(change);
  }
  snapshot() {
    return {type: 'all', places: [...this.places.values()], trouble: this.trouble, calls: this.calls, gateway: this.gateway};
  }

  // `members`: ids of the people who see it; without, everybody.
  addPlace(place) {
    const made = {messages: [], ...place};
    this.places.set(place.id, made);
    this.tell({type: 'place', place: made});
    return made;
  }
  changePlace(id, more) {
    const place = Object.assign(this.places.get(id), more);
    this.tell({type: 'place', place});
  }
  sees(id, person) {
    const place = this.places.get(id);
    return Boolean(place) && (!place.members || place.members.includes(person));
  }

  // Every message has `key`, unique in its place. `only`: the one person who sees it.
  put(placeId, message) {
    const {messages} = this.places.get(placeId);
    const at = messages.findIndex((one) => one.key === message.key);
    if (at < 0) messages.push(message);
    else messages[at] = message;
    this.tell({type: 'message', place: placeId, message});
    return message;
  }
  find(placeId, key) {
    const place = this.places.get(placeId);
    return place && place.messages.find((one) => one.key === key);
  }
  remove(placeId, key) {
    const place = this.places.get(placeId);
    place.messages = place.messages.filter((one) => one.key !== key);
    this.tell({type: 'removed', place: placeId, key});
  }
  // Words of the platform itself, for one person: "the application did not respond".
  notice(placeId, person, text) {
    this.number += 1;
    this.put(placeId, {key: `notice-${this.number}`, notice: true, only: person, text, at: Date.now()});
  }

  log(call) {
    this.number += 1;
    const short = (text) => (typeof text === 'string' && text.length > LOGGED_CHARACTERS ? `${text.slice(0, LOGGED_CHARACTERS)}...` : text);
    const kept = {number: this.number, at: Date.now(), ...call, sent: short(call.sent), answer: short(call.answer)};
    this.calls.push(kept);
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
    this.tell({type: 'call', call: kept});
  }

  setTrouble(platform, name, on) {
    if (!this.trouble[platform] || !(name in this.trouble[platform])) return;
    this.trouble[platform][name] = Boolean(on);
    this.answersLost.clear();
    this.tell({type: 'trouble', trouble: this.trouble});
  }

  // What the switches make of one call from Handrail: {refuse: answer} instead of the platform's own, {lost: true} when the
  // answer must not arrive (once for each call, so that the next try gets through), {afterMs} before answering.
  troubleFor(platform, call) {
    const on = this.trouble[platform];
    const afterMs = on.slow ? SLOW_MS : 0;
    if (on.limited) {
      const json =
        platform === 'slack'
          ? {ok: false, error: 'ratelimited'}
          : {message: 'You are being rate limited.', retry_after: RETRY_AFTER_SECONDS, global: false};
      return {afterMs, refuse: {status: 429, headers: {'Retry-After': String(RETRY_AFTER_SECONDS)}, json}};
    }
    if (on.failing) return {afterMs, refuse: {status: 503, text: 'upstream connect error'}};
    if (on.lost) {
      const id = `${call.method} ${call.url} ${call.essence}`;
      if (!this.answersLost.has(id)) {
        this.answersLost.add(id);
        return {afterMs, lost: true};
      }
    }
    return {afterMs};
  }
}
