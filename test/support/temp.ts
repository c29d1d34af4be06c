import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

/** A new empty directory of the running test, absolute; it is gone when the test has ended. */
export const temporaryDirectory = async (): Promise<string> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-test-'));
	onTestFinished(async () => {
		await rm(directory, {recursive: true, force: true, maxRetries: 3});
	});
	return directory;
};
