// Slack and Discord without an account: Handrail with a local stand-in of both, and a page that shows what people would see.
//   node playground.mjs [--port N] [--program build/handrail]
import {parseArgs} from 'node:util';
import {Stage} from './stage.mjs';

const DEFAULT_PORT = 8090;

function fail(words, code) {
  console.error(`playground: ${words}`);
  process.exit(code);
}

let options;
try {
  options = parseArgs({options: {port: {type: 'string'}, program: {type: 'string'}, help: {type: 'boolean', short: 'h'}}}).values;
} catch (error) {
  fail(error.message, 2);
}
if (options.help) {
  console.log('Usage: script/playground [--port N]\nA page on which Handrail can be tried as on Slack and Discord. Port 0: any free one.');
  process.exit(0);
}
const port = options.port === undefined ? DEFAULT_PORT : Number(options.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) fail('--port must be between 0 and 65535.', 2);

const stage = new Stage({port, ...(options.program ? {program: options.program} : {}), onEnd: (why) => end(1, why)});
async function end(code, why) {
  if (why) console.error(`playground: ${why}`);
  await stage.end();
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
process.on('uncaughtException', (error) => end(1, error.stack));

try {
  await stage.start();
  console.log(
    `Slack and Discord   ${stage.address}/\nAgents' desk        ${stage.desk}\nWeb chat            ${stage.handrail}/\nStop with Ctrl-C.`,
  );
} catch (error) {
  if (stage.ending) await end(0);
  await end(1, error.code === 'EADDRINUSE' ? `port ${port} is in use: try --port 0` : error.message);
}
