// Small HTTP tools: a request with a deadline, the body of a request, forms with files.
import http from 'node:http';
import net from 'node:net';

const BODY_BYTES = 25 * 1024 * 1024;

export async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const {port} = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// Resolves with {status, headers, bytes, text, milliseconds}, or {failed: 'http_timeout' | 'connection_failed', milliseconds}.
export function send(base, method, route, {headers = {}, body, deadlineMs = 3000} = {}) {
  const begun = Date.now();
  const bytes = body === undefined ? null : Buffer.from(body);
  return new Promise((resolve) => {
    const done = (answer) => {
      clearTimeout(deadline);
      resolve({milliseconds: Date.now() - begun, ...answer});
    };
    const all = {Connection: 'close', ...headers, ...(bytes ? {'Content-Length': bytes.length} : {})};
    const request = http.request(base + route, {method, headers: all, agent: false}, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', () => done({failed: 'connection_failed'}));
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        done({status: response.statusCode, headers: response.headers, bytes: whole, text: whole.toString()});
      });
    });
    const deadline = setTimeout(() => {
      done({failed: 'http_timeout'});
      request.destroy();
    }, deadlineMs);
    request.on('error', () => done({failed: 'connection_failed'}));
    request.end(bytes || undefined);
  });
}

export function readBody(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size > BODY_BYTES) return request.destroy();
      return chunks.push(chunk);
    });
    request.on('error', reject);
    request.on('close', () => reject(new Error('closed')));
    request.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The parts of multipart/form-data: [{name, filename, type, bytes}].
export function partsOf(bytes, contentType) {
  const boundary = (/boundary="?([^";]+)"?/.exec(contentType) || [])[1];
  if (!boundary) return [];
  const mark = Buffer.from(`--${boundary}`);
  const parts = [];
  let from = bytes.indexOf(mark);
  while (from >= 0) {
    const next = bytes.indexOf(mark, from + mark.length);
    if (next < 0) break;
    const part = bytes.subarray(from + mark.length + 2, next - 2); // without the line ends around it
    const headEnd = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, headEnd).toString();
    parts.push({
      name: (/[; ]name="([^"]*)"/.exec(head) || [])[1],
      filename: (/filename="([^"]*)"/.exec(head) || [])[1],
      type: (/content-type: *(\S+)/i.exec(head) || [])[1],
      bytes: part.subarray(headEnd + 4),
    });
    from = next;
  }
  return parts;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
