import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {runCancels} from '../support/cancel-run.ts';

const isMissing = (tool: string): boolean => spawnSync(tool, ['--version']).error !== undefined;

test('what is cancelled or paused at any moment leaves no process and no file, and what is not becomes whole', async context => {
	const missing = ['aria2c', 'curl', 'setsid'].filter(isMissing);
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const {wrong, carriedOut, completed} = await runCancels({
		count: 50,
		seed: 7,
		kept: 24,
		shares: {http: 40, aria2: 30, obedient: 25, stubborn: 5},
	});
	expect(wrong).toEqual({
		zombies: [],
		orphans: [],
		filesInTheWrongPlace: [],
		directoriesOfNobody: [],
		contents: [],
		unfinished: [],
		contradictions: [],
	});
	expect(completed).toBeGreaterThan(0);
	expect((carriedOut['pause'] ?? 0) + (carriedOut['cancel'] ?? 0)).toBeGreaterThanOrEqual(50);
});
