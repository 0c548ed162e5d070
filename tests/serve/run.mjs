// The HTTP surface of `handrail serve`, from outside, a file for each part of the design's promise. Only loopback and
// temporary folders; everything that is started is ended. Prints "N passed, N failed" and exits 1 when something failed.
import fs from 'node:fs';
import path from 'node:path';
import {finish} from './support.mjs';

const folder = path.dirname(new URL(import.meta.url).pathname);
const wanted = process.argv.slice(3);
const parts = fs.readdirSync(folder).filter((file) => file.endsWith('_check.mjs')).sort();
const chosen = parts.filter((file) => wanted.length === 0 || wanted.includes(file.replace('_check.mjs', '')));

// Every part has servers and folders of its own and mostly waits, so a few run side by side.
const PARTS_AT_ONCE = 2;
async function runOneAfterAnother() {
  for (let file = chosen.shift(); file; file = chosen.shift()) {
    const begun = Date.now();
    try {
      await (await import(`./${file}`)).run();
    } finally {
      console.log(`      ${file.replace('_check.mjs', '')}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    }
  }
}
await Promise.all(Array.from({length: PARTS_AT_ONCE}, runOneAfterAnother));
finish();
