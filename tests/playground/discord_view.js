// Draws what Discord would show: content, embeds, pictures, buttons, ephemeral messages, modals.
import {h, link, markdown} from '/markup.js';

const STYLES = {1: 'primary', 2: '', 3: 'success', 4: 'danger'};

function drawEmbed(embed, people) {
  const element = h(
    'div',
    {class: 'embed'},
    embed.author && h('div', {class: 'small', dir: 'auto'}, embed.author.name),
    embed.title && h('h4', {dir: 'auto'}, markdown(embed.title, people)),
    embed.description && h('div', {class: 'section'}, markdown(embed.description, people)),
    (embed.fields || []).map((one) => h('div', {class: 'field'}, h('strong', {dir: 'auto'}, one.name), markdown(one.value, people))),
    embed.image && h('img', {src: embed.image.url, alt: embed.image.description || '', loading: 'lazy'}),
    embed.footer && h('div', {class: 'small', dir: 'auto'}, embed.footer.text),
  );
  if (embed.color !== undefined) element.style.borderInlineStartColor = `#${embed.color.toString(16).padStart(6, '0')}`;
  return element;
}
const drawButton = (one, press) =>
  one.style === 5
    ? h('span', {class: 'button'}, link(one.url, `${one.label} ↗`))
    : h(
        'button',
        {
          type: 'button',
          class: `button ${STYLES[one.style] || ''}`,
          'data-value': one.custom_id,
          disabled: Boolean(one.disabled),
          onclick: () => press(one.custom_id),
        },
        one.label,
      );

export const discordView = {
  title: 'Discord',
  placeholder: '/help and a topic',
  samples: {
    '1400000000000000001': [
      '/help How can I cancel my subscription?',
      '/help I cancelled and used none of the credits, I want a refund',
      'Where is my refund?',
    ],
    '1400000000000000002': ['/help چطور اشتراکم را لغو کنم؟', '/help pool man ro pas bedid', '/help'],
    '1400000000000000003': ['/help Wie kündige ich mein Abo?', '/help Ich möchte mein Geld zurück', '/help'],
  },
  people: ({discord}) =>
    Object.fromEntries([
      ...discord.people.map((one) => [one.id, one.title]),
      [discord.bot.id, discord.bot.global_name],
      ...discord.channels.map((one) => [one.id, one.name]),
    ]),
  author: (message, {discord}) => ({id: message.author.id, name: message.author.global_name, bot: message.author.id === discord.bot.id}),
  order: (messages) => messages,
  isReply: () => false,

  content(message, tools) {
    const {people} = tools;
    if (message.loading) return [h('em', {class: 'thinking'}, 'Handrail is thinking…')];
    const shownInEmbeds = new Set(message.embeds.map((one) => one.image && one.image.url));
    return [
      message.interaction &&
        h(
          'div',
          {class: 'small used', dir: 'auto'},
          message.interaction.name
            ? `${people[message.interaction.user]} used ${message.interaction.name}`
            : `${people[message.interaction.user]} pressed a button`,
        ),
      ...markdown(message.content, people),
      ...message.embeds.map((one) => drawEmbed(one, people)),
      ...message.attachments
        .filter((one) => !shownInEmbeds.has(one.url))
        .map((one) => h('img', {src: one.url, alt: one.description || '', loading: 'lazy'})),
      ...message.components.map((row) =>
        h(
          'div',
          {class: 'actions'},
          row.components.map((one) => drawButton(one, (id) => tools.act('press', {key: message.key, id}))),
        ),
      ),
    ];
  },
  tools: (message) => (message.only || message.loading ? [] : [['Get help with this', 'messageCommand']]),
  modal: (view) => ({
    title: view.title,
    submit: 'Submit',
    said: [],
    inputs: view.components.map(({label, description, component}) => ({
      id: component.custom_id,
      label,
      hint: component.placeholder || description,
      long: component.style === 2,
      required: component.required !== false,
      limit: component.max_length,
    })),
  }),
};
