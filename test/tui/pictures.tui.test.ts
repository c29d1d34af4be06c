import {readFile, readdir} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {drawAll} from '../support/pictures/draw.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Ten years from now. */
const later = '--import=data:text/javascript,const now=Date.now;Date.now=()=>now()+315e9';

// Mutations seen to fail: a gauge in another tone, a title cut at its end, times in the zone of the machine.
test('the screens are those that were looked at and kept, in every size, colour and glyph mode, and at any time', async () => {
	const drawn = await drawAll([later]);
	for (const [path, text] of Object.entries(drawn)) {
		const kept = await readFile(root + path, 'utf8').catch(() => '');
		expect(text, `${path} is not as it was kept; if that is meant, look at it, then \`npm run pictures\``).toBe(kept);
	}

	for (const [path, text] of Object.entries(drawn))
		if (path.endsWith('.svg')) expect(Buffer.byteLength(text), path).toBeLessThan(60_000);

	const kept = await readdir(`${root}test/fixtures/screens`);
	const names = new Set(Object.keys(drawn).map(path => path.replace('test/fixtures/screens/', '')));
	expect(
		kept.filter(name => name.endsWith('.txt') && !names.has(name)),
		'screens that nobody draws',
	).toEqual([]);
}, 120_000);
