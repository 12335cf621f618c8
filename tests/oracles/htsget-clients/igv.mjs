// igv.js in a headless Chromium. It draws reads and variants that it gets from a gateway over htsget. This program serves the page, igv.js and a
// small reference sequence; nothing else is loaded.
//
//   node igv.mjs NODE_MODULES
//
// Reads one line of JSON: reads and variants (URLs of tickets), token, fasta (a file with its .fai beside it), locus, chromium (a program).
// Prints JSON: the features and the drawn colours of each track, and every request of the page to another server.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules] = process.argv.slice(2);
const { default: puppeteer } = await import(pathToFileURL(join(modules, 'puppeteer-core/lib/esm/puppeteer/puppeteer-core.js')));
const input = createInterface({ input: process.stdin });
const asked = JSON.parse((await input[Symbol.asyncIterator]().next()).value);

const PAGE = '<!doctype html><meta charset="utf-8"><title>igv</title><div id="igv"></div>';
const files = {
  '/': ['text/html', PAGE],
  '/igv.js': ['text/javascript', await readFile(join(modules, 'igv/dist/igv.esm.min.js'))],
  '/reference.fa': ['text/plain', await readFile(asked.fasta)],
  '/reference.fa.fai': ['text/plain', await readFile(`${asked.fasta}.fai`)],
};
const server = createServer((request, response) => {
  const [type, body] = files[new URL(request.url, 'http://x').pathname] ?? [];
  if (body === undefined) return response.writeHead(404).end();
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) return response.writeHead(200, { 'content-type': type }).end(body);
  const part = Buffer.from(body).subarray(Number(from), Number(to) + 1);
  return response.writeHead(206, { 'content-type': type, 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${body.length}` }).end(part);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const home = `http://127.0.0.1:${server.address().port}/`;

const browser = await puppeteer.launch({
  executablePath: asked.chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
    // No host name resolves, because igv.js would otherwise request lists of genomes from its makers.
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
});
const requests = [];
const said = [];
let answer;
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 900 });
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) {
      requests.push({ method: request.method(), url: request.url(), authorized: 'authorization' in request.headers() });
    }
  });
  await page.goto(home);
  const tracks = await page.evaluate(async ({ reads, variants, token, locus }) => {
    const { default: igv } = await import('/igv.js');
    const browser = await igv.createBrowser(document.getElementById('igv'), {
      loadDefaultGenomes: false,
      reference: { id: 'made', fastaURL: '/reference.fa', indexURL: '/reference.fa.fai' },
      locus,
      tracks: [
        { name: 'reads', type: 'alignment', sourceType: 'htsget', format: 'bam', url: reads, oauthToken: token, height: 400 },
        { name: 'variants', type: 'variant', sourceType: 'htsget', format: 'vcf', url: variants, oauthToken: token, visibilityWindow: 1000000 },
      ],
    });
    const view = (name) => browser.trackViews.find((view) => view.track.name === name);
    const drawn = (name) => {
      const canvas = view(name).viewports[0].canvas;
      if (!canvas || canvas.width === 0 || canvas.height === 0) return 0;
      const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      return new Set(pixels).size;
    };
    const features = (name) => view(name).viewports[0].cachedFeatures;
    const alignments = features('reads')?.allAlignments() ?? [];
    return {
      reads: {
        colours: drawn('reads'),
        features: alignments.map((a) => ({ name: a.readName, start: a.start, end: a.start + a.lengthOnRef, cigar: a.cigar })),
      },
      variants: {
        colours: drawn('variants'),
        features: (features('variants') ?? []).map((v) => ({ position: v.pos, reference: v.referenceBases, alternate: v.alternateBases, end: v.end })),
      },
    };
  }, asked);
  answer = { ...tracks, requests, said };
} catch (error) {
  answer = { error: String(error), requests, said };
} finally {
  await browser.close();
}
server.close();
// A pipe accepts the text in parts, so the process ends after the last part.
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
