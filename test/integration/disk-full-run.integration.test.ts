import {describe, test} from 'vitest';
import {runFullDisk} from '../support/full-disk-run.ts';
import {runUnplugged} from '../support/unplugged-run.ts';

/*
 * The short form of `npm run lab -- disk`: the built program, a real filesystem, two providers. Most of it is waiting, so
 * that the runs go side by side.
 */

const refused = 'needs the right to mount filesystems';

describe.concurrent('by itself, and with the reason on the screen, the program gets over', {timeout: 60_000}, () => {
	test('a filesystem with the storage and the queue that is filled to its last byte', async context => {
		const run = await runFullDisk(96, 'both');
		if (run === undefined) return context.skip(refused);
		context.expect(run.wrong).toEqual([]);
	});

	test('a full data folder, also when it is stopped and started with no byte free', async context => {
		const run = await runFullDisk(12, 'data');
		if (run === undefined) return context.skip(refused);
		context.expect(run.wrong).toEqual([]);
		context.expect(run.fate).toBe('is stopped and started');
	});

	test('a disk that is pulled out while downloads run: nothing is written to its empty mount point', async context => {
		const wrong = await runUnplugged(1, {isRestarted: true});
		if (wrong === undefined) return context.skip(refused);
		context.expect(wrong).toEqual([]);
	});
});
