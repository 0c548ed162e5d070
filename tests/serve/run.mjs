// The HTTP surface of `handrail serve`, from outside, a file for each part of the design's promise. Only loopback and
// temporary folders; everything that is started is ended. Prints "N passed, N failed" and exits 1 when something failed.
import fs from 'node:fs';
import path from 'node:path';
import {finish} from './support.mjs';

const folder = path.dirname(new URL(import.meta.url).pathname);
const wanted = process.argv.slice(3);
const parts = fs.readdirSync(folder).filter((file) => file.endsWith('_check.mjs')).sort();
for (const file of parts) {
  const name = file.replace('_check.mjs', '');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const begun = Date.now();
  try {
    await (await import(`./${file}`)).run();
  } finally {
    console.log(`      ${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
}
finish();
