// The agents' desk: sign in, the queue, one ticket. Everything shown is put in as text, never as markup.

const POLL_MS = 5000;
const byId = (id) => document.getElementById(id);
let csrf = '';
let current = '';
let shown = '';
let seen = '';

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function call(method, path, body) {
  const headers = {'Content-Type': 'application/json'};
  if (csrf) headers['X-CSRF-Token'] = csrf;
  const response = await fetch(`/api/v1/desk/${path}`, {method, headers, body: body ? JSON.stringify(body) : undefined});
  const answer = response.status === 204 ? {} : await response.json();
  if (response.status === 401 && path !== 'sign-in') showSignIn();
  if (!response.ok) throw new Error(answer.error ? answer.error.message : 'Something went wrong.');
  return answer;
}

function showSignIn() {
  byId('sign-in').hidden = false;
  for (const id of ['queue', 'ticket', 'who']) byId(id).hidden = true;
}

function signedIn(session) {
  csrf = session.csrf_token;
  byId('agent').textContent = session.agent.name;
  byId('sign-in').hidden = true;
  byId('queue').hidden = false;
  byId('who').hidden = false;
  refresh();
}

const time = (text) => new Date(text).toLocaleString([], {dateStyle: 'medium', timeStyle: 'short'});
const words = (text) => String(text).replaceAll('_', ' ');

function factValue(value) {
  if (value && typeof value === 'object' && 'amount_minor' in value) {
    return new Intl.NumberFormat([], {style: 'currency', currency: value.currency}).format(value.amount_minor / 100);
  }
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value)) return time(value);
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return String(value);
}

const isResting = (ticket) => Boolean(ticket.snoozed_until) && new Date(ticket.snoozed_until) > new Date();

function listTickets(tickets) {
  const list = byId('tickets');
  list.replaceChildren(...tickets.map((ticket) => {
    const button = element('button');
    button.type = 'button';
    button.setAttribute('aria-current', String(ticket.id === current));
    const line = element('span', 'line');
    line.append(element('strong', '', `#${ticket.number} ${words(ticket.kind)}`), element('span', `badge ${ticket.priority}`, isResting(ticket) ? 'snoozed' : ticket.state));
    const due = element('small', '', `${words(ticket.channel)} · ${ticket.locale} · ${ticket.assignee || 'nobody yet'} · first answer due ${time(ticket.first_response_due_at)}`);
    button.append(line, due);
    button.addEventListener('click', () => { current = ticket.id; refresh(); });
    const item = element('li');
    item.append(button);
    return item;
  }));
  byId('empty').hidden = tickets.length > 0;
}

function verbButton(label, action, primary) {
  const button = element('button', primary ? 'primary' : '', label);
  button.type = 'button';
  button.addEventListener('click', () => act(action.path, action.body));
  return button;
}

// What the bot took the words for, and a choice to say what they were really about. Nothing is learned from it without a person.
function intentChoice(message, intents) {
  const line = element('p', 'intent');
  const label = element('label', '', message.labelled ? 'about ' : message.understood ? 'understood as ' : 'not understood ');
  const choice = element('select');
  choice.append(element('option', '', message.labelled || message.understood ? '' : 'about …'));
  choice.options[0].value = '';
  for (const intent of intents) choice.append(Object.assign(element('option', '', words(intent)), {value: intent}));
  choice.value = message.labelled || message.understood || '';
  choice.addEventListener('change', () => { if (choice.value) act('intent', {message_id: message.id, intent: choice.value}); });
  label.append(choice);
  line.append(label);
  if (message.labelled) {
    line.append(element('span', 'confirmed', ' ✓ said by an agent'));
  } else if (message.understood) {
    const right = element('button', 'small', 'That is right');
    right.type = 'button';
    right.addEventListener('click', () => act('intent', {message_id: message.id, intent: message.understood}));
    line.append(' ', right);
  }
  return line;
}

// Giving the ticket to somebody else: who there is comes with the ticket.
function transferChoice(ticket) {
  const choice = element('select');
  choice.setAttribute('aria-label', 'Give to');
  choice.append(Object.assign(element('option', '', 'Give to …'), {value: ''}));
  for (const name of ticket.agents) if (name !== ticket.assignee) choice.append(Object.assign(element('option', '', name), {value: name}));
  choice.addEventListener('change', () => { if (choice.value) act('transfer', {to: choice.value}); });
  return choice;
}

// What could not be delivered, with a button that tries again.
function showGivenUp(rows) {
  byId('given-up').hidden = rows.length === 0;
  byId('given-up-rows').replaceChildren(...rows.map((row) => {
    const item = element('li', '', `${words(row.channel)}, ${time(row.created_at)}: ${words(row.because)} `);
    const again = element('button', 'small', 'Send again');
    again.type = 'button';
    again.addEventListener('click', async () => {
      try {
        await call('POST', `outbox/${row.id}/retry`, {});
        await refresh();
      } catch (error) {
        byId('ticket-notice').textContent = error.message;
      }
    });
    item.append(again);
    return item;
  }));
}

async function act(path, body) {
  try {
    byId('ticket-notice').textContent = '';
    await call('POST', `tickets/${current}/${path}`, body || {});
    await refresh();
    return true;
  } catch (error) {
    await refresh().catch(() => {});  // perhaps something was written or done meanwhile
    byId('ticket-notice').textContent = error.message;
    return false;
  }
}

function showTicket(ticket) {
  byId('ticket').hidden = false;
  const key = JSON.stringify(ticket);
  if (key === shown) return;  // nothing new: leave the agent's scroll and focus alone
  shown = key;
  byId('title').textContent = `#${ticket.number} ${words(ticket.kind)}`;
  byId('facts-line').textContent =
      `${ticket.state}${isResting(ticket) ? ` · snoozed until ${time(ticket.snoozed_until)}` : ''} · ${ticket.assignee || 'nobody yet'} · ${words(ticket.channel)} · ${ticket.delivery_rung === 'unreachable' ? 'cannot be reached until they write again' : `reached by ${words(ticket.delivery_rung)}`} · opened ${time(ticket.created_at)}`;
  const verbs = byId('verbs');
  verbs.replaceChildren();
  if (ticket.state === 'resolved') {
    verbs.append(verbButton('Reopen', {path: 'reopen'}));
  } else {
    if (ticket.state === 'open') verbs.append(verbButton('Claim', {path: 'claim'}, true));
    verbs.append(verbButton('Resolve', {path: 'resolve', body: {outcome: 'answered'}}));
    if (ticket.kind === 'refund') {
      verbs.append(verbButton('Approve refund', {path: 'resolve', body: {outcome: 'approved'}}),
                   verbButton('Deny refund', {path: 'resolve', body: {outcome: 'denied'}}));
    }
    verbs.append(verbButton('Snooze 2 h', {path: 'snooze', body: {for: '2h'}}), verbButton('Snooze 1 day', {path: 'snooze', body: {for: '1d'}}),
                 transferChoice(ticket));
  }
  byId('reply').hidden = ticket.state === 'resolved';
  const policy = ticket.triage.policy || {verdict: 'needs_review', rule: '', missing: []};
  const verdict = byId('verdict');
  verdict.replaceChildren(element('span', `badge ${policy.verdict}`, words(policy.verdict)), ` by rule “${policy.rule}”`,
                          policy.missing.length ? `; missing: ${policy.missing.join(', ')}` : '');
  byId('facts').replaceChildren(...(ticket.triage.facts || []).map((fact) => {
    const row = element('tr');
    const source = fact.source.kind === 'account' ? `account: ${fact.source.field}` : `message, characters ${fact.source.begin}–${fact.source.end}`;
    row.append(element('td', '', words(fact.name)), element('td', '', factValue(fact.value)), element('td', '', source));
    return row;
  }));
  const transcript = byId('transcript');
  transcript.replaceChildren(...ticket.messages.map((message) => {
    const node = element('article', `message ${message.author}`);
    const name = message.author === 'person' ? (message.author_name || 'Person') : message.author === 'agent' ? message.author_name : 'Bot';
    const body = element('div', '', message.redacted ? '(deleted by the person)' : message.text);
    body.dir = 'auto';
    node.append(element('p', 'who', `${name}, ${time(message.created_at)}`), body);
    if (message.author === 'person' && !message.redacted && message.text) node.append(intentChoice(message, ticket.intents));
    return node;
  }));
  transcript.scrollTop = transcript.scrollHeight;
  // What the agent has before their eyes: nothing is sent past words that they have not seen.
  const spoken = ticket.messages.filter((message) => message.conversation_id === ticket.conversation_id);
  seen = spoken.length ? spoken[spoken.length - 1].id : '';
}

async function refresh() {
  const {tickets} = await call('GET', `tickets?state=${byId('state').value}`);
  if (!current && tickets.length) current = tickets[0].id;
  listTickets(tickets);
  if (current) showTicket(await call('GET', `tickets/${current}`));
  showGivenUp((await call('GET', 'outbox')).given_up);
}

byId('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    signedIn(await call('POST', 'sign-in', {name: byId('name').value, password: byId('password').value}));
    byId('password').value = '';
  } catch (error) {
    byId('sign-in-notice').textContent = error.message;
  }
});
byId('sign-out').addEventListener('click', async () => { await call('POST', 'sign-out'); csrf = ''; showSignIn(); });
byId('state').addEventListener('change', () => refresh().catch(() => {}));
byId('reply').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = byId('reply-text').value.trim();
  if (!text) return;
  const id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  if (await act('reply', {client_message_id: id, text, seen_message_id: seen})) byId('reply-text').value = '';
});
setInterval(() => { if (csrf && !document.hidden) refresh().catch(() => {}); }, POLL_MS);

const asked = location.hash.match(/^#ticket=([0-9A-Za-z]+)$/);
if (asked) current = asked[1];
const token = location.hash.startsWith('#token=') ? location.hash.slice(7) : '';
if (token) {
  history.replaceState(null, '', '/desk');
  call('POST', 'sign-in', {token}).then(signedIn).catch((error) => { showSignIn(); byId('sign-in-notice').textContent = error.message; });
} else {
  call('GET', 'me').then(signedIn).catch(showSignIn);
}
