/*
 * Draws the golden screens and the README's pictures again. `record` runs the built demo first, and the README shows a moment
 * of that run from then on. `review FOLDER [WORD …]` writes every screen in every mode, or
 * those whose names hold the words, as SVG, to be looked at before they are kept.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {drawAll, recording, runPictures} from '../test/support/pictures/draw.ts';
import {recordDemo} from '../test/support/pictures/record-demo.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [verb, folder = 'pictures', ...words] = process.argv.slice(2);

if (verb === 'review') await runPictures(['review', resolve(folder), ...words]);
else {
	if (verb === 'record') writeFileSync(recording, `${JSON.stringify(await recordDemo(), undefined, '\t')}\n`);
	for (const [path, text] of Object.entries(await drawAll())) {
		mkdirSync(dirname(root + path), {recursive: true});
		writeFileSync(root + path, text);
	}
}
