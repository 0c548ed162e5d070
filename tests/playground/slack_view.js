// Draws what Slack would show: Block Kit, threads, ephemeral messages, modals.
import {h, link, mrkdwn, plainText} from '/markup.js';

const words = (object, people) => (object.type === 'mrkdwn' ? mrkdwn(object.text, people) : plainText(object.text));
const picture = (block) =>
  h(
    'figure',
    {},
    block.title && h('figcaption', {dir: 'auto'}, block.title.text),
    h('img', {src: `/picture?url=${encodeURIComponent(block.image_url)}`, alt: block.alt_text, loading: 'lazy'}),
  );

// `press(block, element)` is called for a button, by its place in the message.
function drawBlock(block, at, {people, press}) {
  const button = (element, i) =>
    h(
      'button',
      {
        type: 'button',
        class: `button ${element.style || ''}`,
        'data-value': element.value,
        'aria-label': element.accessibility_label,
        onclick: () => {
          if (element.url) link(element.url).click();
          press(at, i);
        },
      },
      element.text.text,
      element.url ? ' ↗' : '',
    );
  switch (block.type) {
    case 'header':
      return h('h4', {dir: 'auto'}, block.text.text);
    case 'section':
      return h(
        'div',
        {class: 'section'},
        block.text ? words(block.text, people) : [],
        (block.fields || []).map((one) => h('div', {class: 'field'}, words(one, people))),
      );
    case 'context':
      return h(
        'div',
        {class: 'context'},
        block.elements.map((one) => (one.type === 'image' ? picture(one) : h('span', {}, words(one, people)))),
      );
    case 'image':
      return picture(block);
    case 'divider':
      return h('hr');
    case 'actions':
      return h(
        'div',
        {class: 'actions'},
        block.elements.map((one, i) => (one.type === 'button' ? button(one, i) : h('span', {}, `[${one.type}]`))),
      );
    default:
      return h('div', {class: 'unknown'}, `[a block of type ${block.type}]`);
  }
}

export const slackView = {
  title: 'Slack',
  placeholder: 'Message, or /help and a topic',
  samples: {
    U0ANA: ['How can I cancel my subscription?', '@Handrail I was charged before I cancelled, I want a refund', '/help free credits'],
    U0ELHAM: ['چرا کردیت رایگان برای من نمی‌آید؟', '@Handrail chera credit rayegan nemiad', '/help'],
    U0SARA: ['@Handrail how do I cancel?', '/help refund'],
  },
  people: ({slack}) => Object.fromEntries([...slack.people, slack.bot].map((one) => [one.id, one.title])),
  author: (message, {slack}) => ({
    id: message.user,
    name: [...slack.people, slack.bot].find((one) => one.id === message.user).title,
    bot: message.user === slack.bot.id,
  }),

  // Answers stand below what they answer.
  order(messages) {
    const isReply = (one) => one.thread_ts && one.thread_ts !== one.ts;
    const replies = new Map();
    for (const one of messages.filter(isReply)) replies.set(one.thread_ts, [...(replies.get(one.thread_ts) || []), one]);
    const roots = messages.filter((one) => !isReply(one));
    const lost = messages.filter((one) => isReply(one) && !roots.some((root) => root.ts === one.thread_ts));
    return [...roots.flatMap((root) => [root, ...(replies.get(root.ts) || [])]), ...lost];
  },
  isReply: (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts,

  content(message, tools) {
    if (!message.blocks) return mrkdwn(message.text, tools.people);
    return message.blocks.map((block, i) =>
      drawBlock(block, i, {people: tools.people, press: (at, element) => tools.act('press', {key: message.key, block: at, element})}),
    );
  },
  tools: (message, {place}) => [
    ...(place.kind === 'channel' && !message.only ? [['Reply in thread', 'thread']] : []),
    ...(message.only ? [] : [['Get help with this', 'shortcut']]),
  ],

  // A modal: its title, its inputs [{id, label, long, required, hint}], what it says besides, its button.
  modal: (view) => ({
    title: view.title.text,
    submit: (view.submit || {text: ''}).text,
    said: (view.blocks || []).filter((one) => one.type !== 'input').map((one, i) => drawBlock(one, i, {people: {}, press() {}})),
    inputs: (view.blocks || [])
      .filter((one) => one.type === 'input')
      .map((one) => ({
        id: one.element.action_id,
        block: one.block_id,
        label: one.label.text,
        long: one.element.multiline,
        required: !one.optional,
        limit: one.element.max_length,
        hint: (one.element.placeholder || {}).text,
      })),
  }),
};
