// The embeddable chat: <script src="https://bot.example/widget.js" data-locale="fa" data-identity-token="..." defer></script>
// It lives in a shadow root, so that the site's styles and ours leave each other alone.
(() => {
  const script = document.currentScript;
  const base = new URL(script.src).origin;
  const locale = script.dataset.locale || document.documentElement.lang || 'en';
  let labels = {open: 'Open the chat', close: 'Close the chat', input: 'Write a message', messages: 'Messages'};
  const host = document.createElement('div');
  host.style.cssText = 'position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000';
  const root = host.attachShadow({mode: 'open'});
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const messages = make('div', {class: 'messages', role: 'log', 'aria-live': 'polite', tabindex: '0', 'aria-label': labels.messages});
  const notice = make('p', {class: 'notice', role: 'status'});
  const text = make('textarea', {rows: '1', 'aria-label': labels.input});
  const send = make('button', {type: 'submit', id: 'send'});
  const form = make('form', {class: 'compose'}, text, send);
  const panel = make('section', {class: 'panel', hidden: '', 'aria-label': labels.messages}, make('div', {class: 'chat'}, messages, notice, form));
  const toggle = make('button', {class: 'toggle', type: 'button', 'aria-expanded': 'false'}, labels.open);
  root.append(make('link', {rel: 'stylesheet', href: `${base}/chat.css`}), panel, toggle);
  document.body.append(host);
  fetch(`${base}/api/v1/chat/words?locale=${encodeURIComponent(locale)}`).then((response) => response.json()).then((around) => {
    labels = around.words;
    host.dir = around.direction;
    toggle.textContent = panel.hidden ? labels.open : labels.close;
    text.setAttribute('aria-label', labels.input);
    for (const node of [messages, panel]) node.setAttribute('aria-label', labels.messages);
  }).catch(() => {});  // the English words stay
  let started = false;
  toggle.addEventListener('click', async () => {
    panel.hidden = !panel.hidden;
    toggle.textContent = panel.hidden ? labels.open : labels.close;
    toggle.setAttribute('aria-expanded', String(!panel.hidden));
    if (panel.hidden) return;
    text.focus();
    if (started) return;
    started = true;
    const {Chat} = await import(`${base}/chat.js`);
    new Chat({messages, notice, form, text, send},
             {base, locale, identityToken: script.dataset.identityToken || '', storageKey: 'handrail-widget'}).start().catch(() => {});
  });
})();
