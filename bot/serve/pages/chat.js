// The web chat: a session, messages posted with an idempotency key, replies read from the response and from the event
// stream (fetch, because a bearer token cannot ride on EventSource). Text becomes DOM nodes, never markup.

// What is said until the server has told its own words, or when it cannot.
const FIRST_WORDS = {input: 'Write a message', send: 'Send', bot: 'Support bot', agent: '{name}, support team', messages: 'Messages',
  open: 'Open the chat', close: 'Close the chat', offline: 'The connection is lost. I keep trying.',
  not_sent: 'This message was not sent. You can try again.'};

// {locale, direction, languages, words} of the language that is asked for, or of the nearest that the server speaks.
export async function chatWords(base, locale) {
  try {
    const response = await fetch(`${base}/api/v1/chat/words?locale=${encodeURIComponent(locale)}`);
    if (response.ok) return await response.json();
  } catch {
    // Offline: the chat says so itself.
  }
  return {locale: 'en', direction: 'ltr', languages: [], words: FIRST_WORDS};
}
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15000;

// **bold** and `code` as elements; everything else is text.
function appendRich(parent, text) {
  for (const part of text.split(/(\*\*[^*]+\*\*|`[^`]+`)/)) {
    if (part.startsWith('**') && part.endsWith('**') && part.length > 4) {
      const strong = document.createElement('strong');
      strong.textContent = part.slice(2, -2);
      parent.append(strong);
    } else if (part.startsWith('`') && part.endsWith('`') && part.length > 2) {
      const code = document.createElement('code');
      code.textContent = part.slice(1, -1);
      parent.append(code);
    } else {
      parent.append(part);
    }
  }
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) appendRich(made, text);
  return made;
}

function stepElement(block, base, locale) {
  const step = element('li', `step ${block.state || ''}`);
  const number = element('span', 'number', block.state === 'done' ? '✓' : new Intl.NumberFormat(locale).format(block.number));
  number.setAttribute('aria-label', block.label || `${block.number}`);
  number.setAttribute('role', 'img');
  step.append(number, element('h3', '', block.title), element('p', 'text', block.text));
  if (block.image && block.image.src) {
    const image = document.createElement('img');
    image.src = base + block.image.src;
    image.alt = block.image.alt || '';
    image.loading = 'lazy';
    step.append(image);
  }
  return step;
}

export function renderReply(reply, author, base, onAction, words) {
  const message = element('article', 'message');
  message.lang = reply.locale;
  message.dir = reply.direction;
  const name = author && author.kind === 'agent' ? words.agent.replace('{name}', () => author.name) : words.bot;
  message.append(element('p', 'who', name));
  let steps = null;
  for (const block of reply.blocks || []) {
    if (block.type === 'step') {
      if (!steps) {
        steps = element('ol', 'steps');
        message.append(steps);
      }
      steps.append(stepElement(block, base, reply.locale));
      continue;
    }
    steps = null;
    if (block.type === 'heading') message.append(element('h2', '', block.text));
    else if (block.type === 'callout' || block.type === 'status') {
      const box = element('p', `${block.type} ${block.tone || 'info'}`);
      if (block.label) box.append(element('strong', 'label', block.label));
      appendRich(box, block.text);
      message.append(box);
    } else if (block.text) message.append(element('p', '', block.text));
  }
  if ((reply.actions || []).length) {
    const row = element('div', 'actions');
    for (const action of reply.actions) {
      if (action.url) {
        const link = element('a', '', action.label);
        link.href = /^https?:/.test(action.url) ? action.url : '#';
        link.rel = 'noopener';
        row.append(link);
        continue;
      }
      const button = element('button', action.style || '', action.label);
      button.type = 'button';
      button.dataset.action = action.id;
      button.addEventListener('click', () => onAction(action.id, action.label));
      row.append(button);
    }
    message.append(row);
  }
  return message;
}

export class Chat {
  // `parts`: {messages, notice, form, text, send}; `base`: the server's address ('' for the same one).
  constructor(parts, {base = '', locale = 'en', identityToken = '', storageKey = 'handrail-chat', linkToken = ''} = {}) {
    Object.assign(this, {parts, base, locale, identityToken, storageKey, linkToken});
    this.words = FIRST_WORDS;
    this.seen = new Set();
    this.sent = [];  // shown by this page and not come back as events yet
    this.lastEvent = '';
    this.stopped = false;
    this.submit = (event) => {
      event.preventDefault();
      const text = parts.text.value.trim();
      if (!text) return;
      parts.text.value = '';
      this.post({text}, text);
    };
    this.keydown = (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) parts.form.requestSubmit();
      if (event.key === 'Enter' && !event.shiftKey) event.preventDefault();
    };
    parts.form.addEventListener('submit', this.submit);
    parts.text.addEventListener('keydown', this.keydown);
    this.label();
  }

  label() {
    this.parts.text.placeholder = this.words.input;
    this.parts.send.textContent = this.words.send;
  }

  async start() {
    this.words = (await chatWords(this.base, this.locale)).words;
    if (this.stopped) return;
    this.label();
    const kept = this.linkToken ? null : JSON.parse(localStorage.getItem(this.storageKey) || 'null');
    this.session = kept && kept.locale_asked === this.locale ? kept : await this.newSession();
    const rtl = this.session.direction === 'rtl';
    this.parts.form.dir = rtl ? 'rtl' : 'ltr';
    this.parts.messages.dir = rtl ? 'rtl' : 'ltr';
    this.follow();
  }

  async newSession() {
    const body = {locale: this.locale};
    if (this.identityToken) body.identity_token = this.identityToken;
    if (this.linkToken) body.link_token = this.linkToken;
    const response = await fetch(`${this.base}/api/v1/chat/sessions`, {method: 'POST', body: JSON.stringify(body)});
    const session = await response.json();
    if (!response.ok) {
      this.say(session.error ? session.error.message : this.words.offline);
      throw new Error('no session');
    }
    session.locale_asked = this.locale;
    localStorage.setItem(this.storageKey, JSON.stringify(session));
    return session;
  }

  stop() {
    this.stopped = true;
    this.parts.form.removeEventListener('submit', this.submit);
    this.parts.text.removeEventListener('keydown', this.keydown);
    if (this.abort) this.abort.abort();
  }

  say(text) { this.parts.notice.textContent = text; }

  headers() { return {Authorization: `Bearer ${this.session.session_token}`, 'Content-Type': 'application/json'}; }

  // The same client_message_id on every attempt: the server answers a repeated one as it did before.
  async post(content, shown) {
    const mine = element('article', 'message mine waiting');
    mine.textContent = shown;
    mine.dir = 'auto';
    this.add(mine);
    this.sent.push(shown);
    const body = JSON.stringify({client_message_id: crypto.randomUUID ? crypto.randomUUID() : String(Math.random()), ...content});
    for (let wait = FIRST_RETRY_MS; !this.stopped; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        const response = await fetch(`${this.base}/api/v1/chat/messages`, {method: 'POST', headers: this.headers(), body});
        const answer = await response.json();
        if (response.status === 401) {  // the session ended: a new one, and the same message again
          this.session = await this.newSession();
          this.lastEvent = '';
          if (this.abort) this.abort.abort();
          continue;
        }
        if (response.status < 500) {
          mine.classList.remove('waiting');
          if (!response.ok && this.sent.includes(shown)) this.sent.splice(this.sent.indexOf(shown), 1);
          this.say(response.ok ? '' : (answer.error ? answer.error.message : this.words.not_sent));
          for (const reply of answer.replies || []) this.show(reply);
          return;
        }
      } catch (error) {
        this.say(this.words.offline);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  add(node) {
    this.parts.messages.append(node);
    node.scrollIntoView({block: 'nearest'});
  }

  show(reply, author) {
    if (this.seen.has(reply.id)) return;
    this.seen.add(reply.id);
    this.say('');
    const node = renderReply(reply, author, this.base, (id, label) => this.post({action: id}, label), this.words);
    this.parts.messages.append(node);
    node.scrollIntoView({block: 'start'});
  }

  // What the reader wrote comes back as an event: after a reload, or from their other device. What this page has just sent is
  // there already.
  showSaid(text) {
    const sent = this.sent.indexOf(text);
    if (sent >= 0) {
      this.sent.splice(sent, 1);
      return;
    }
    const mine = element('article', 'message mine');
    mine.textContent = text;
    mine.dir = 'auto';
    this.add(mine);
  }

  async follow() {
    for (let wait = FIRST_RETRY_MS; !this.stopped; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        this.abort = new AbortController();
        const headers = this.headers();
        if (this.lastEvent) headers['Last-Event-ID'] = this.lastEvent;
        const response = await fetch(`${this.base}/api/v1/chat/events?own=1`, {headers, signal: this.abort.signal});
        if (response.status === 401) {
          localStorage.removeItem(this.storageKey);
          this.session = await this.newSession();
          this.lastEvent = '';
          continue;
        }
        if (!response.ok) throw new Error('events');
        this.say('');
        wait = FIRST_RETRY_MS;
        await this.read(response.body.getReader());
      } catch (error) {
        if (this.stopped) return;
        this.say(this.words.offline);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async read(reader) {
    const decoder = new TextDecoder();
    let buffer = '';
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, {stream: true});
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const data = buffer.slice(0, end).split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5)).join('\n');
        buffer = buffer.slice(end + 2);
        if (!data) continue;
        const event = JSON.parse(data);
        this.lastEvent = event.id;
        if (event.reply) this.show(event.reply, event.author);
        else if (event.type === 'said') this.showSaid(event.text);
      }
    }
  }
}

// The demo page itself.
const page = document.getElementById('messages');
if (page) {
  const byId = (id) => document.getElementById(id);
  const parts = {messages: page, notice: byId('notice'), form: byId('form'), text: byId('text'), send: byId('send')};
  const language = byId('language');
  const account = byId('account');
  let chat = null;
  let accounts = [];

  // The page's own words; what the bot says comes in the reply's language.
  const PAGE_WORDS = {
    en: {title: 'Handrail: ask for help', help: 'Help', language: 'Language', account: 'Account', visitor: 'not signed in'},
    fa: {title: 'هندریل: راهنمایی بخواهید', help: 'راهنما', language: 'زبان', account: 'حساب', visitor: 'وارد نشده'},
  };
  const speak = (around) => {
    const said = PAGE_WORDS[language.value] || PAGE_WORDS.en;
    document.title = said.title;
    byId('help-word').textContent = said.help;
    byId('language-word').textContent = said.language;
    byId('account-word').textContent = said.account;
    account.options[0].textContent = said.visitor;
    page.setAttribute('aria-label', around.words.messages);
    byId('text-label').textContent = around.words.input;
    document.documentElement.lang = around.locale;
    document.documentElement.dir = around.direction;
  };

  const open = async (linkToken = '') => {
    const around = await chatWords('', language.value);
    speak(around);
    if (chat) chat.stop();
    page.replaceChildren();
    const token = (accounts.find((one) => one.id === account.value) || {}).identity_token || '';
    localStorage.setItem('handrail-demo', JSON.stringify({language: language.value, account: account.value}));
    chat = new Chat(parts, {locale: language.value, identityToken: token, linkToken, storageKey: `handrail-chat-${account.value}`});
    chat.start().catch(() => {});
  };

  const kept = JSON.parse(localStorage.getItem('handrail-demo') || '{}');
  const wanted = new URLSearchParams(location.search);
  const first = await chatWords('', wanted.get('lang') || kept.language || navigator.language);
  language.replaceChildren(...first.languages.map((one) => new Option(one.name, one.locale)));
  if (first.languages.length === 0) language.append(new Option('English', 'en'));
  language.value = first.locale;
  fetch('/api/v1/demo/accounts').then((response) => (response.ok ? response.json() : {accounts: []})).then((body) => {
    accounts = body.accounts;
    for (const one of accounts) account.append(new Option(one.label, one.id));
    byId('account-label').hidden = accounts.length === 0;
    account.value = wanted.get('account') || kept.account || '';
    const link = location.hash.startsWith('#chat=') ? location.hash.slice(6) : '';
    if (link) history.replaceState(null, '', location.pathname);
    open(link);
  });
  language.addEventListener('change', () => open());
  account.addEventListener('change', () => open());
}
