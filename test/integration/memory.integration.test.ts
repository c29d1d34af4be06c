import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';

const module = fileURLToPath(new URL('../../source/system/new-space.ts', import.meta.url));

/** Throws away a gigabyte, in turns, as a program does that runs for weeks; prints the size of the new space in MB. */
const work = (isBounded: boolean): string => `
	import {getHeapSpaceStatistics} from 'node:v8';
	import {boundNewSpace} from ${JSON.stringify(module)};
	if (${isBounded}) boundNewSpace();
	let kept = [];
	for (let count = 0; count < 12_000_000; count++) {
		kept.push({count, text: 'x' + count});
		if (kept.length > 200_000) kept = [];
		if (count % 50_000 === 0) await new Promise(resolve => setImmediate(resolve));
	}
	console.log(getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size / 1e6);
`;

const newSpaceAfter = (isBounded: boolean): number => {
	const {stdout} = spawnSync(process.execPath, ['--input-type=module', '--eval', work(isBounded)], {encoding: 'utf8'});
	return Number(stdout);
};

test('what passes through the memory does not make the process larger and larger', context => {
	const unbounded = newSpaceAfter(false);
	if (unbounded < 60) context.skip('needs a machine on which V8 lets its new space grow');
	expect(newSpaceAfter(true)).toBeGreaterThan(0);
	expect(newSpaceAfter(true)).toBeLessThan(40);
});
