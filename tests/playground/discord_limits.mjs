// Why Discord would refuse a message (contract section 4): the body of its error, or null.

const length = (text) => [...(text || '')].length;
const invalid = (path, words) => ({
  code: 50035,
  message: 'Invalid Form Body',
  errors: {[path]: {_errors: [{code: 'BASE_TYPE_BAD_LENGTH', message: words}]}},
});
const tooLong = (text, limit, path) => (length(text) > limit ? invalid(path, `Must be ${limit} or fewer in length.`) : null);

function embedProblem(embed, path) {
  return (
    tooLong(embed.title, 256, `${path}.title`) ||
    tooLong(embed.description, 4096, `${path}.description`) ||
    tooLong((embed.footer || {}).text, 2048, `${path}.footer.text`) ||
    ((embed.fields || []).length > 25 ? invalid(`${path}.fields`, 'Must be 25 or fewer in length.') : null) ||
    (!embed.title && !embed.description && !embed.image && !(embed.fields || []).length
      ? invalid(path, 'An embed must say something.')
      : null)
  );
}
function buttonProblem(button, path, ids) {
  if (button.type !== 2) return null;
  if (!button.label && !button.emoji) return invalid(`${path}.label`, 'A button needs a label.');
  if (button.style === 5)
    return /^https?:/.test(button.url || '') ? tooLong(button.url, 512, `${path}.url`) : invalid(`${path}.url`, 'Not a well formed URL.');
  if (!button.custom_id || ids.has(button.custom_id)) return invalid(`${path}.custom_id`, 'Component custom id cannot be duplicated.');
  ids.add(button.custom_id);
  return tooLong(button.custom_id, 100, `${path}.custom_id`) || tooLong(button.label, 80, `${path}.label`);
}

export function messageProblem(body, files = []) {
  const {content, embeds = [], components = [], allowed_mentions: mentions = {}} = body;
  if (!content && embeds.length === 0 && components.length === 0 && files.length === 0)
    return {code: 50006, message: 'Cannot send an empty message'};
  if (embeds.length > 10) return invalid('embeds', 'Must be 10 or fewer in length.');
  const sum = embeds.reduce((all, one) => all + length(one.title) + length(one.description) + length((one.footer || {}).text), 0);
  if (sum > 6000) return invalid('embeds', 'Embed size exceeds maximum size of 6000');
  if ((mentions.parse || []).includes('users') && (mentions.users || []).length > 0)
    return invalid('allowed_mentions', 'parse:["users"] and users: [ids...] are mutually exclusive.');
  if (components.length > 5) return invalid('components', 'Must be 5 or fewer in length.');
  const missing = embeds
    .map((one) => /^attachment:\/\/(.+)/.exec((one.image || {}).url || ''))
    .find((found) => found && !files.some((file) => file.filename === found[1]));
  if (missing) return invalid('embeds.image', `Not attached: ${missing[1]}`);
  const ids = new Set();
  const rows = components.map((row, i) =>
    (row.components || []).length > 5 || (row.components || []).length === 0
      ? invalid(`components[${i}]`, '1 to 5 buttons.')
      : row.components.map((one, k) => buttonProblem(one, `components[${i}].components[${k}]`, ids)).find(Boolean),
  );
  return (
    tooLong(content, 2000, 'content') ||
    embeds.map((one, i) => embedProblem(one, `embeds[${i}]`)).find(Boolean) ||
    rows.find(Boolean) ||
    null
  );
}
