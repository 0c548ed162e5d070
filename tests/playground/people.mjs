// The invented people and places of the playground. Accounts are those of the demo (bot/accounts/demo_accounts.json).
import fs from 'node:fs';

export const SLACK = {
  team: 'T0PLAY',
  teamName: 'Acme Studio',
  domain: 'acme-studio',
  app: 'A0PLAY',
  bot: {id: 'U0BOT', bot_id: 'B0BOT', name: 'handrail', title: 'Handrail'},
  people: [
    {id: 'U0ANA', dm: 'D0ANA', name: 'ana', title: 'Ana', locale: 'en-US', account: 'ana', about: 'Pro, active'},
    {id: 'U0ELHAM', dm: 'D0ELHAM', name: 'elham', title: 'الهام', locale: 'en-US', account: 'elham', about: 'free, writes Persian'},
    {id: 'U0SARA', dm: 'D0SARA', name: 'sara', title: 'Sara', locale: 'en-GB', about: 'support team'},
  ],
  channels: [
    {id: 'C0SUPPORT', name: 'support', about: 'every post is answered'},
    {id: 'C0GENERAL', name: 'general', about: 'answered when @Handrail is named'},
    {id: 'C0TEAM', name: 'team-support', about: 'where agents work: a card for each ticket', members: ['U0SARA']},
  ],
  supportChannel: 'C0SUPPORT',
  teamChannel: 'C0TEAM',
  agent: 'U0SARA',
};

export const DISCORD = {
  application: '1100000000000000001',
  guild: '1200000000000000001',
  guildName: 'Acme Studio',
  bot: {id: '1100000000000000001', username: 'handrail', global_name: 'Handrail', discriminator: '0', avatar: null, bot: true},
  people: [
    {
      id: '1400000000000000001',
      dm: '1300000000000000001',
      name: 'ben',
      title: 'Ben',
      locale: 'en-GB',
      account: 'ben',
      about: 'cancelled, credits unused',
    },
    {
      id: '1400000000000000002',
      dm: '1300000000000000002',
      name: 'arash',
      title: 'آرش',
      locale: 'en-US',
      account: 'arash',
      about: 'Pro, writes Persian',
    },
    {
      id: '1400000000000000003',
      dm: '1300000000000000003',
      name: 'robin',
      title: 'Robin',
      locale: 'de',
      about: 'Discord in German, not linked',
    },
  ],
  channels: [
    {id: '1250000000000000001', name: 'general', about: 'commands are answered for you alone'},
    {id: '1250000000000000002', name: 'help', about: 'every post is answered (by the Gateway)'},
  ],
  supportChannel: '1250000000000000002',
};

const UNIT_MS = {h: 3600e3, d: 24 * 3600e3};
// "@+12d" is a moment relative to now.
const moment = (text) => {
  const [, sign, amount, unit] = /^@([+-])(\d+)([hd])$/.exec(text);
  return new Date(Date.now() + (sign === '-' ? -1 : 1) * amount * UNIT_MS[unit]).toISOString().replace(/\.\d+/, '');
};

// The demo's accounts, each linked to the people here whose it is: a list for `handrail accounts import`.
export function accounts(root) {
  const text = fs
    .readFileSync(`${root}/bot/accounts/demo_accounts.json`, 'utf8')
    .replace(/"(@[+-]\d+[hd])"/g, (_, word) => `"${moment(word)}"`);
  const identitiesOf = (id) => [
    ...SLACK.people.filter((one) => one.account === id).map((one) => ({channel: 'slack', workspace: SLACK.team, user: one.id})),
    ...DISCORD.people.filter((one) => one.account === id).map((one) => ({channel: 'discord', workspace: '', user: one.id})),
  ];
  return JSON.parse(text).map((account) => ({...account, identities: identitiesOf(account.id)}));
}
