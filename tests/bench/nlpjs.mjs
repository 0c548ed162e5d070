// Handrail beside NLP.js, a widely used library of the same kind for Node: both learn the shipped English phrases and are
// asked the English expectations in one run. node nlpjs.mjs path/to/handrail path/to/node_modules/of/node-nlp
//
// Right is whoever names the wish, or either of the two wishes where a line has two. NLP.js does without its sentiment score
// and finds no entities, so that its time is that of deciding alone, as is Handrail's in `evaluate`.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const RUNS = 15;
const OUT_OF_SCOPE = 'out_of_scope';
const [program, packages] = process.argv.slice(2);
if (!packages) {
  console.error('usage: nlpjs.mjs HANDRAIL NODE_MODULES');
  process.exit(2);
}
const intents = fileURLToPath(new URL('../../intents/', import.meta.url));
// NLP.js warns of every phrase that is made of stop words only.
console.warn = () => {};
const {NlpManager} = createRequire(path.resolve(packages, 'here.js'))('node-nlp');

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function readLines(name) {
  const rows = [];
  for (const intent of fs.readdirSync(intents).sort()) {
    const about = path.join(intents, intent, 'intent.json');
    const file = path.join(intents, intent, name);
    // Words such as "done" are only ever meant inside a guide: `detect` does not look for them.
    if (!fs.existsSync(file) || JSON.parse(fs.readFileSync(about, 'utf8')).scope === 'guide') continue;
    for (const line of fs.readFileSync(file, 'utf8').split(/\r?\n/)) {
      if (line === '' || line.startsWith('#')) continue;
      const [text, second] = line.split('\t');
      rows.push({text, intent, second});
    }
  }
  return rows;
}

const shareRight = (rows, decisions) =>
  rows.filter((row, i) => decisions[i] === row.intent || decisions[i] === row.second).length / rows.length;

// NLP.js learns a row at a time in the order given, and learns badly from one intent after the other: here they take turns.
function inTurns(phrases) {
  const seen = {};
  return phrases.map((phrase) => ({phrase, turn: seen[phrase.intent] = (seen[phrase.intent] ?? 0) + 1}))
      .sort((a, b) => a.turn - b.turn).map(({phrase}) => phrase);
}

async function askNlpjs(phrases, questions) {
  const manager = new NlpManager({languages: ['en'], nlu: {log: false}, autoSave: false, calculateSentiment: false});
  for (const {text, intent} of inTurns(phrases)) manager.addDocument('en', text, intent);
  const learning = performance.now();
  await manager.train();
  const trainSeconds = (performance.now() - learning) / 1e3;
  // Its code runs hot before the clock counts, but each message is asked once: it keeps the words of messages it has seen.
  for (const {text} of phrases) await manager.process('en', text);
  const times = [];
  const decisions = [];
  for (const {text} of questions) {
    const started = performance.now();
    const {intent} = await manager.process('en', text);
    times.push((performance.now() - started) * 1e3);
    decisions.push(intent === 'None' ? OUT_OF_SCOPE : intent);
  }
  return {right: shareRight(questions, decisions), microseconds: median(times), trainSeconds};
}

// What it decides is asked of the program as it ships, with all its languages. `evaluate` learns the English rows and nothing
// else, as NLP.js does, and tells how long that and a message take: the median of some runs, each of which tells its mean.
function askHandrail(phrases, questions) {
  const input = questions.map(({text}) => `${text}\n`).join('');
  const said = execFileSync(program, ['detect', '--json'], {input, encoding: 'utf8', maxBuffer: 1 << 28});
  const decisions = said.trimEnd().split('\n').map((line) => JSON.parse(line).intent);

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handrail-bench-'));
  const write = (name, rows) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, rows.map(({intent, text}) => `${intent}\t${text}\n`).join(''));
    return file;
  };
  try {
    const isOutside = ({intent}) => intent === OUT_OF_SCOPE;
    const isInside = (row) => !isOutside(row);
    const inside = questions.filter(isInside);
    const outside = questions.filter(isOutside);
    const options = ['evaluate', '--json', '--train', write('train.tsv', phrases.filter(isInside)),
                     '--test', write('test.tsv', inside), '--oos-train', write('oos-train.tsv', phrases.filter(isOutside)),
                     '--oos-test', write('oos-test.tsv', outside)];
    const runs = [];
    for (let run = 0; run < RUNS; ++run) {
      runs.push(JSON.parse(execFileSync(program, options, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']})));
    }
    const {accuracy_in_scope: rightInside, oos_recall: rightOutside} = runs[0];
    return {right: shareRight(questions, decisions),
            rightOfEnglish: (rightInside * inside.length + rightOutside * outside.length) / questions.length,
            microseconds: median(runs.map((one) => one.microseconds_per_message)),
            trainSeconds: median(runs.map((one) => one.train_seconds))};
  } finally {
    fs.rmSync(folder, {recursive: true, force: true});
  }
}

const phrases = readLines('en.txt');
const questions = readLines('en.expect.txt');
const nlpjs = await askNlpjs(phrases, questions);
const handrail = askHandrail(phrases, questions);

console.log(`English: ${phrases.length} phrases learnt, ${questions.length} messages asked`);
console.log('                 right   us a message   seconds to learn');
for (const [name, {right, microseconds, trainSeconds}] of [['NLP.js', nlpjs], ['Handrail', handrail]]) {
  console.log(`  ${name.padEnd(12)} ${(right * 100).toFixed(1).padStart(5)} %   ${microseconds.toFixed(1).padStart(12)}   ` +
              `${trainSeconds.toFixed(2).padStart(16)}`);
}
console.log(`  NLP.js takes ${(nlpjs.microseconds / handrail.microseconds).toFixed(1)} times as long as Handrail`);
const english = (handrail.rightOfEnglish * 100).toFixed(1);
console.log(`  Handrail that learnt English alone: ${english} % (of two wishes only the first counts)`);
