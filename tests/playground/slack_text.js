// Slack's way with text, for the stand-in (what a person types becomes an event) and for the page (what is shown).

// Events carry emoji by name (contract section 7); these few are enough to play with.
export const EMOJI = {
  '🙂': 'slightly_smiling_face',
  '😢': 'cry',
  '😡': 'rage',
  '👍': '+1',
  '🙏': 'pray',
  '❤️': 'heart',
  '🎉': 'tada',
  '😀': 'grinning',
};

export function fromKeyboard(typed, bot) {
  const escaped = typed.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const linked = escaped.replace(/https?:\/\/[^\s<>|]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (found) =>
    found.includes('://') ? `<${found}>` : `<mailto:${found}|${found}>`,
  );
  const named = linked.replace(new RegExp(`@${bot.title}\\b`, 'gi'), `<@${bot.id}>`);
  return named.replace(/\p{Extended_Pictographic}\uFE0F?/gu, (found) => (EMOJI[found] ? `:${EMOJI[found]}:` : found));
}

export function toKeyboard(text, bot) {
  return text
    .replaceAll(`<@${bot.id}>`, `@${bot.title}`)
    .replace(/<(?:mailto:)?([^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
