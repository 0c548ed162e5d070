// The page: two panes, each seen as one person; what they do goes to the stand-in, what changes comes back by events.
import {h, useAddresses} from '/markup.js';
import {toKeyboard} from '/slack_text.js';
import {discordView} from '/discord_view.js';
import {slackView} from '/slack_view.js';

const CALLS_SHOWN = 150;
const NEAR_THE_END_PX = 120;
const views = {slack: slackView, discord: discordView};
const places = new Map();
const panes = {};
let world = null;

async function act(platform, what, more = {}) {
  const answer = await fetch('/playground/act', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({platform, act: what, ...more}),
  });
  return answer.ok ? answer.json() : {};
}
const clock = (at) => new Date(at).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});

class Pane {
  constructor(platform) {
    this.platform = platform;
    this.view = views[platform];
    this.root = document.querySelector(`.pane.${platform}`);
    this.root.replaceChildren(document.querySelector('#pane').content.cloneNode(true));
    this.me = world[platform].people[0].id;
    this.open = world[platform].channels[0].id;
    this.seen = new Map(); // person and place -> how many messages they have seen there
    this.drawn = new Map(); // message -> element
    this.mode = null; // {kind: 'thread' | 'edit', key}
    this.choice = null;
    this.people = this.view.people(world);
    this.list = this.find('.messages');
    this.atEnd = true;
    this.text = this.find('textarea');
    this.find('h2').textContent = `${this.view.title}: ${world[platform].teamName || world[platform].guildName}`;
    this.find('.places').setAttribute('aria-label', `${this.view.title} channels`);
    this.text.setAttribute('aria-label', `Message on ${this.view.title}`);
    this.text.placeholder = this.view.placeholder;
    this.find('.me').append(...world[platform].people.map((one) => h('option', {value: one.id}, `${one.title} (${one.about})`)));
    this.find('.me').addEventListener('change', (event) => this.become(event.target.value));
    this.find('.composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.say();
    });
    this.find('.mode button').addEventListener('click', () => this.setMode(null));
    this.text.addEventListener('input', () => this.typed());
    // Pictures arrive later than their message: whoever reads the end stays there.
    this.list.addEventListener('scroll', () => {
      this.atEnd = this.fromEnd() < NEAR_THE_END_PX;
    });
    this.list.addEventListener(
      'load',
      () => {
        if (this.atEnd) this.list.scrollTop = this.list.scrollHeight;
      },
      true,
    );
    this.text.addEventListener('keydown', (event) => this.key(event));
    this.find('.trouble').append(
      ...Object.entries(world.troubles).map(([name, [words, title]]) =>
        h(
          'label',
          {title},
          h('input', {
            type: 'checkbox',
            'data-trouble': name,
            onchange: (event) => act('trouble', 'set', {where: platform, name, on: event.target.checked}),
          }),
          ` ${words}`,
        ),
      ),
    );
    if (platform === 'discord')
      this.find('.trouble').append(h('button', {type: 'button', class: 'quiet', onclick: () => act('gateway', 'cut')}, 'Cut the Gateway'));
    this.draw();
  }
  find(selector) {
    return this.root.querySelector(selector);
  }
  visiblePlaces() {
    return [...places.values()].filter((one) => one.platform === this.platform && (!one.members || one.members.includes(this.me)));
  }
  visible(place) {
    return place.messages.filter((one) => !one.only || one.only === this.me);
  }

  become(person) {
    this.me = person;
    if (!this.visiblePlaces().some((one) => one.id === this.open)) this.open = this.visiblePlaces()[0].id;
    this.setMode(null);
    this.drawn.clear();
    this.draw(true);
  }
  enter(id) {
    this.open = id;
    this.setMode(null);
    this.draw(true);
    this.text.focus({preventScroll: true});
  }
  act(what, more = {}) {
    return act(this.platform, what, {as: this.me, channel: this.open, ...more});
  }

  draw(toTheEnd = false) {
    const place = places.get(this.open);
    const messages = this.visible(place);
    this.seen.set(`${this.me} ${place.id}`, messages.length);
    this.find('.place h3').textContent = place.kind === 'channel' ? `#${place.name}` : place.name;
    this.find('.place p').textContent = place.about || (place.kind === 'dm' ? 'direct messages: only the two of you' : 'private thread');
    this.drawPlaces();
    this.drawMessages(messages, place, toTheEnd);
    const samples = this.view.samples[this.me] || [];
    this.find('.samples').replaceChildren(
      ...samples.map((one) =>
        h(
          'button',
          {
            type: 'button',
            class: 'quiet',
            dir: 'auto',
            onclick: () => {
              this.text.value = one;
              this.typed();
              this.text.focus();
            },
          },
          one,
        ),
      ),
    );
  }
  drawPlaces() {
    const button = (place) => {
      const unread = this.visible(place).length - (this.seen.get(`${this.me} ${place.id}`) || 0);
      const sign = place.kind === 'channel' ? '#' : place.kind === 'dm' ? '●' : '↳';
      return h(
        'button',
        {
          type: 'button',
          class: `${place.kind}${unread > 0 ? ' unread' : ''}`,
          'aria-current': place.id === this.open ? 'true' : false,
          'data-place': place.id,
          onclick: () => this.enter(place.id),
        },
        h('span', {'aria-hidden': 'true'}, sign),
        ` ${place.name}`,
        unread > 0 && h('span', {class: 'count', 'aria-label': `${unread} new`}, String(unread)),
      );
    };
    const shown = this.visiblePlaces();
    const withThreads = shown
      .filter((one) => one.kind === 'channel')
      .flatMap((one) => [one, ...shown.filter((other) => other.parent === one.id)]);
    this.find('.places').replaceChildren(
      h('h3', {}, 'Channels'),
      ...withThreads.map(button),
      h('h3', {}, 'Direct messages'),
      ...shown.filter((one) => one.kind === 'dm').map(button),
    );
  }
  // Only what changed is touched, so that a screen reader hears only that.
  drawMessages(messages, place, toTheEnd) {
    const stay = !toTheEnd && !this.atEnd;
    const wanted = this.view.order(messages).map((one) => {
      if (!this.drawn.has(one)) this.drawn.set(one, this.drawMessage(one, place));
      return this.drawn.get(one);
    });
    for (const child of [...this.list.children]) if (!wanted.includes(child)) child.remove();
    wanted.forEach((element, i) => {
      if (this.list.children[i] !== element) this.list.insertBefore(element, this.list.children[i] || null);
    });
    this.atEnd = !stay;
    const newest = messages.at(-1);
    const inThread = newest && this.drawn.get(newest) !== wanted.at(-1);
    if (!stay && inThread && !toTheEnd) this.drawn.get(newest).scrollIntoView({block: 'end'});
    else if (!stay) this.list.scrollTop = this.list.scrollHeight;
  }
  fromEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight;
  }
  drawMessage(message, place) {
    if (message.notice)
      return h(
        'div',
        {class: 'message notice', 'data-key': message.key},
        message.text,
        h('span', {class: 'only'}, ' Only you can see this'),
      );
    const author = this.view.author(message, world);
    const mine = author.id === this.me;
    const act = (what, more) => this.act(what, {channel: place.id, ...more});
    const tool = (label, onclick) => h('button', {type: 'button', class: 'quiet', onclick}, label);
    const tools = this.view
      .tools(message, {place})
      .map(([label, what]) =>
        tool(label, () =>
          what === 'thread' ? this.setMode({kind: 'thread', key: message.thread_ts || message.ts}) : act(what, {key: message.key}),
        ),
      );
    if (mine && !message.only)
      tools.push(
        tool('Edit', () => this.setMode({kind: 'edit', key: message.key, text: this.typedText(message)})),
        tool('Delete', () => act('remove', {key: message.key})),
      );
    if (message.only) tools.push(tool('Dismiss', () => act('remove', {key: message.key})));
    if (message.raw) tools.push(tool('JSON', (event) => this.toggleJson(event.target, message.raw)));
    const isEdited = message.edited || message.edited_timestamp;
    return h(
      'article',
      {
        class: `message ${author.bot ? 'bot' : 'person'}${this.view.isReply(message) ? ' reply' : ''}${message.only ? ' ephemeral' : ''}`,
        'data-key': message.key,
      },
      h('div', {class: 'face', 'aria-hidden': 'true'}, author.bot ? '⛭' : [...author.name][0]),
      h(
        'div',
        {class: 'body'},
        h(
          'p',
          {class: 'who'},
          h('strong', {dir: 'auto'}, author.name),
          author.bot && h('span', {class: 'tag'}, 'APP'),
          h('time', {}, clock(message.at)),
          isEdited && h('span', {}, '(edited)'),
        ),
        message.only && h('p', {class: 'only'}, 'Only you can see this'),
        h('div', {class: 'content'}, this.view.content(message, {people: this.people, act})),
        h('div', {class: 'tools'}, tools),
      ),
    );
  }
  toggleJson(button, raw) {
    const body = button.closest('.body');
    const shown = body.querySelector('.json');
    button.setAttribute('aria-expanded', String(!shown));
    if (shown) shown.remove();
    else body.append(h('pre', {class: 'json', dir: 'ltr', tabindex: '0'}, JSON.stringify(raw, null, 2)));
    if (!shown) body.lastElementChild.scrollIntoView({block: 'nearest'});
  }
  typedText(message) {
    return this.platform === 'slack' ? toKeyboard(message.text, world.slack.bot) : message.content;
  }

  setMode(mode) {
    this.mode = mode;
    this.find('.mode').hidden = !mode;
    this.find('.mode span').textContent = mode ? (mode.kind === 'edit' ? 'Editing your message.' : 'Replying in the thread.') : '';
    this.text.value = mode && mode.text ? mode.text : '';
    this.grow();
    this.offer([]);
    if (mode) this.text.focus();
  }
  async say() {
    const text = this.text.value.trim();
    const {mode, choice} = this;
    if (text === '') return;
    this.setMode(null);
    this.atEnd = true; // whoever speaks wants to see the answer
    const [, command, words = ''] = /^(\/[a-z]+)(?:\s+([\s\S]*))?$/.exec(text) || [];
    if (mode && mode.kind === 'edit') await this.act('edit', {key: mode.key, text});
    else if (command && this.platform === 'slack') await this.act('command', {command, text: words});
    else if (command === '/help') await this.act('command', {topic: choice && choice.name === words ? choice.value : words});
    else await this.act('say', {text, ...(mode ? {thread: mode.key} : {})});
  }
  grow() {
    this.text.style.height = 'auto';
    this.text.style.height = `${Math.min(this.text.scrollHeight, 140)}px`;
  }

  // ---- Discord's autocomplete ----
  async typed() {
    this.grow();
    const command = this.platform === 'discord' && /^\/help(?:\s+([\s\S]*))?$/.exec(this.text.value);
    if (!command) return this.offer([]);
    const asked = this.text.value;
    const {choices = []} = await this.act('complete', {typed: command[1] || ''});
    return this.text.value === asked ? this.offer(choices) : undefined;
  }
  offer(choices) {
    const list = this.find('.choices');
    list.hidden = choices.length === 0;
    list.replaceChildren(
      ...choices.map((one) =>
        h(
          'li',
          {role: 'option', dir: 'auto', 'data-value': one.value, 'aria-selected': 'false', onclick: () => this.choose(one)},
          one.name,
        ),
      ),
    );
    this.choices = choices;
  }
  choose(choice) {
    this.choice = choice;
    this.text.value = `/help ${choice.name}`;
    this.offer([]);
    this.text.focus();
  }
  key(event) {
    const options = [...this.find('.choices').children];
    const at = options.findIndex((one) => one.getAttribute('aria-selected') === 'true');
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {
      event.preventDefault();
      const next = (at + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
      options.forEach((one, i) => one.setAttribute('aria-selected', String(i === next)));
      options[next].scrollIntoView({block: 'nearest'});
    } else if (event.key === 'Escape') {
      this.offer([]);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (at >= 0) this.choose(this.choices[at]);
      else this.say();
    }
  }

  // ---- Modals ----
  openModal(view) {
    const {title, submit, said, inputs} = this.view.modal(view);
    const dialog = document.querySelector('#dialog');
    const [as, channel] = [this.me, this.open];
    const send = async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(event.target));
      const answer = await act(
        this.platform,
        'submit',
        this.platform === 'slack' ? {as, view: view.id, values} : {as, channel: view.channel || channel, view, values},
      );
      if (!answer.errors) return dialog.close();
      for (const one of inputs)
        dialog.querySelector(`[data-error="${one.id}"]`).textContent = answer.errors[one.block] || answer.errors[''] || '';
    };
    dialog.className = this.platform;
    dialog.replaceChildren(
      h(
        'form',
        {onsubmit: send},
        h('h2', {dir: 'auto'}, title),
        said,
        inputs.map((one) =>
          h(
            'label',
            {},
            h('span', {dir: 'auto'}, one.label),
            h(one.long ? 'textarea' : 'input', {
              name: one.id,
              required: one.required,
              maxlength: one.limit,
              placeholder: one.hint,
              dir: 'auto',
              rows: one.long ? '4' : false,
            }),
            h('span', {class: 'error', 'data-error': one.id, role: 'alert'}),
          ),
        ),
        h(
          'div',
          {class: 'actions'},
          h('button', {type: 'button', class: 'button', onclick: () => dialog.close()}, 'Cancel'),
          submit && h('button', {class: 'button primary'}, submit),
        ),
      ),
    );
    if (!dialog.open) dialog.showModal();
  }
}

function drawCall(call) {
  const [, error] =
    /"ok":false,"error":"(\w+)"/.exec(call.answer || '') || /"code":(\d+)/.exec(/^4/.test(call.status) ? call.answer : '') || [];
  const good = /^(2\d\d|sent|kept)$/.test(String(call.status)) && !error;
  const pretty = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text || '';
    }
  };
  const from = call.platform === 'slack' ? 'Slack' : 'Discord';
  const row = h(
    'details',
    {},
    h(
      'summary',
      {},
      h('time', {}, new Date(call.at).toLocaleTimeString()),
      h('span', {class: `way ${call.to}`}, call.to === 'handrail' ? `${from} → Handrail` : `Handrail → ${from}`),
      h('span', {class: 'what'}, call.what),
      h('span', {class: good ? 'good' : 'bad'}, `${call.status}${error ? ` ${error}` : ''}`),
      call.milliseconds !== undefined && h('span', {class: 'took'}, `${call.milliseconds} ms`),
    ),
  );
  row.addEventListener('toggle', () => {
    if (row.open && row.childElementCount === 1)
      row.append(h('pre', {dir: 'ltr', tabindex: '0'}, `${pretty(call.sent)}\n\n${pretty(call.answer)}`));
  });
  return h('li', {}, row);
}
function addCall(call) {
  const list = document.querySelector('#calls');
  list.prepend(drawCall(call));
  while (list.childElementCount > CALLS_SHOWN) list.lastElementChild.remove();
}
function showTrouble() {
  for (const [platform, switches] of Object.entries(world.trouble)) {
    for (const [name, on] of Object.entries(switches)) {
      const box = panes[platform].find(`[data-trouble="${name}"]`);
      box.checked = on;
      box.parentElement.classList.toggle('on', on);
    }
  }
}
function showGateway() {
  document.querySelector('#gateway').textContent = world.gateway ? '· Gateway connected' : '· no Gateway connection';
}

const changes = {
  all(given) {
    world = given;
    useAddresses(given.addresses);
    document.querySelector('#desk').href = given.addresses.desk;
    document.querySelector('#chat').href = given.addresses.chat;
    places.clear();
    for (const place of given.places) places.set(place.id, place);
    document.querySelector('#calls').replaceChildren(...given.calls.slice(-CALLS_SHOWN).reverse().map(drawCall));
    for (const platform of Object.keys(views)) panes[platform] = new Pane(platform);
    showTrouble();
    showGateway();
    document.documentElement.dataset.ready = 'true';
  },
  place({place}) {
    places.set(place.id, {...places.get(place.id), ...place});
    panes[place.platform].draw();
  },
  message({place: id, message}) {
    const place = places.get(id);
    const at = place.messages.findIndex((one) => one.key === message.key);
    if (at < 0) place.messages.push(message);
    else place.messages[at] = message;
    panes[place.platform].draw();
  },
  removed({place: id, key}) {
    const place = places.get(id);
    place.messages = place.messages.filter((one) => one.key !== key);
    panes[place.platform].draw();
  },
  call: ({call}) => addCall(call),
  trouble({trouble}) {
    world.trouble = trouble;
    showTrouble();
  },
  gateway({gateway}) {
    world.gateway = gateway;
    showGateway();
  },
  modal({platform, user, view, place}) {
    if (panes[platform].me === user) panes[platform].openModal(place ? {...view, channel: place} : view);
  },
  commands() {},
};

const events = new EventSource('/playground/events');
events.onmessage = ({data}) => {
  const change = JSON.parse(data);
  changes[change.type](change);
};
