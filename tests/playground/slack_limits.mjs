// Why Slack would refuse a message's blocks (contract section 6): words for `response_metadata`, or null.

const length = (text) => [...text].length;
const textProblem = (text, limit, types, path) => {
  if (!text || !types.includes(text.type)) return `must provide a text object of ${types.join(' or ')} [json-pointer:${path}]`;
  if (typeof text.text !== 'string' || text.text === '') return `must be more than 0 characters [json-pointer:${path}/text]`;
  if (length(text.text) > limit) return `must be less than ${limit + 1} characters [json-pointer:${path}/text]`;
  return null;
};

function elementProblem(element, path, actionIds) {
  if (element.type !== 'button') return null;
  if (actionIds.has(element.action_id)) return `\`action_id\` already exists: ${element.action_id} [json-pointer:${path}/action_id]`;
  actionIds.add(element.action_id);
  if (element.style !== undefined && !['primary', 'danger'].includes(element.style)) return `invalid style [json-pointer:${path}/style]`;
  for (const [name, limit] of [
    ['action_id', 255],
    ['value', 2000],
    ['url', 3000],
  ]) {
    if (element[name] !== undefined && length(element[name]) > limit)
      return `must be less than ${limit + 1} characters [json-pointer:${path}/${name}]`;
  }
  return textProblem(element.text, 75, ['plain_text'], `${path}/text`);
}

function blockProblem(block, path, actionIds) {
  const both = ['mrkdwn', 'plain_text'];
  switch (block.type) {
    case 'section':
      if (block.text) return textProblem(block.text, 3000, both, `${path}/text`);
      return Array.isArray(block.fields) && block.fields.length > 0 && block.fields.length <= 10
        ? null
        : `missing text or fields [json-pointer:${path}]`;
    case 'header':
      return textProblem(block.text, 150, ['plain_text'], `${path}/text`);
    case 'image':
      if (typeof block.alt_text !== 'string' || block.alt_text === '' || length(block.alt_text) > 2000)
        return `missing or long alt_text [json-pointer:${path}/alt_text]`;
      return /^https:\/\//.test(block.image_url || '') ? null : `downloading image failed [json-pointer:${path}/image_url]`;
    case 'context':
      return Array.isArray(block.elements) && block.elements.length > 0 && block.elements.length <= 10
        ? null
        : `1 to 10 elements [json-pointer:${path}/elements]`;
    case 'actions': {
      if (!Array.isArray(block.elements) || block.elements.length === 0 || block.elements.length > 25)
        return `1 to 25 elements [json-pointer:${path}/elements]`;
      return block.elements.map((one, i) => elementProblem(one, `${path}/elements/${i}`, actionIds)).find(Boolean) || null;
    }
    case 'divider':
    case 'rich_text':
    case 'markdown':
    case 'input':
      return null;
    default:
      return `unsupported type: ${block.type} [json-pointer:${path}/type]`;
  }
}

// {error, words} as Slack's API says it, or null.
export function messageProblem({text, blocks}) {
  if (blocks === undefined) return text ? null : {error: 'no_text'};
  if (!Array.isArray(blocks)) return {error: 'invalid_blocks_format'};
  if (blocks.length > 50) return {error: 'invalid_blocks', words: 'no more than 50 items allowed [json-pointer:/blocks]'};
  if (JSON.stringify(blocks).length > 13200) return {error: 'msg_blocks_too_long'};
  if (length(text || '') > 40000) return {error: 'msg_too_long'};
  const actionIds = new Set();
  const words = blocks.map((block, i) => blockProblem(block, `/blocks/${i}`, actionIds)).find(Boolean);
  return words ? {error: 'invalid_blocks', words} : null;
}
