import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {runDamage} from '../support/damage-run.ts';
import {runCorpus} from '../support/failure-run.ts';

test('what is damaged, cut off, mislabelled or a lie is caught for what it is, and what is good is not', async context => {
	const missing = ['curl', 'ffmpeg', 'ffprobe'].filter(tool => spawnSync(tool, ['--version']).error !== undefined);
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const {wrong, damaged, good} = await runDamage(false);
	expect(wrong).toEqual({
		notCaught: [],
		otherCode: [],
		goodRefused: [],
		permanentTriedAgain: [],
		filesInTheWrongPlace: [],
		contradictions: [],
	});
	expect(damaged).toBeGreaterThan(45);
	expect(good).toBeGreaterThan(5);
});

test('of more than 300 messages of real tools those that no retry can help are not retried, and the others are', async () => {
	const {messages, rightClass, wrong} = await runCorpus();
	expect(messages).toBeGreaterThan(300);
	expect(rightClass / messages).toBeGreaterThanOrEqual(0.95);
	expect(wrong).toEqual({permanentTriedAgain: [], transientNotTriedAgain: [], environmentSpentAnAttempt: []});
});
