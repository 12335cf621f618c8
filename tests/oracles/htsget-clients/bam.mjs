// The htsget client of @gmod/bam (used by JBrowse 2): reads the records of regions.
//
//   node bam.mjs NODE_MODULES
//
// Reads one line of JSON: url (of tickets, without the id), id, token, regions ([name, start, end]). Prints JSON: the records of each region, or
// the error.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules] = process.argv.slice(2);
const { HtsgetFile } = await import(pathToFileURL(join(modules, '@gmod/bam/esm/index.js')));
const input = createInterface({ input: process.stdin });
const asked = JSON.parse((await input[Symbol.asyncIterator]().next()).value);

const file = new HtsgetFile({ baseUrl: asked.url, trackId: asked.id });
const options = { headers: { Authorization: `Bearer ${asked.token}` } };
const answers = [];
// A pipe accepts the text in parts, so the process ends after the last part.
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
try {
  await file.getHeader(options);
  for (const [name, start, end] of asked.regions) {
    const records = await file.getRecordsForRange(name, start, end, options);
    // The client also returns records that only touch the region.
    const overlapping = records.filter((record) => record.end > start);
    answers.push(overlapping.map((record) => ({ name: record.name, start: record.start, end: record.end, cigar: record.CIGAR })));
  }
  say({ answers });
} catch (error) {
  say({ error: String(error.stack ?? error), answers });
}
