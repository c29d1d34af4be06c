import {expect, test} from 'vitest';
import type {Attempt, AttemptToken, OwnerId} from '../../../source/domain/job.ts';
import {failureOfLosses} from '../../../source/domain/losses.ts';

const attempts = (...ends: ReadonlyArray<readonly [outcome: string | undefined, bytes: number]>): readonly Attempt[] =>
	ends.map(([outcome, bytes], index) => ({
		number: index + 1,
		token: `t${index}` as AttemptToken,
		owner: 'o' as OwnerId,
		startedAt: index,
		endedAt: outcome === undefined ? undefined : index,
		outcome,
		error: undefined,
		bytes,
	}));

const now = [undefined, 0] as const;

test('three crashes in a row may be chance, a fourth is not', () => {
	expect(failureOfLosses(attempts(['lose', 5], ['lose', 5], now), 5)).toBeUndefined();
	expect(failureOfLosses(attempts(['lose', 5], ['lose', 5], ['lose', 5], now), 5)).toMatchObject({
		code: 'internal',
		message: expect.stringContaining('4 times in a row'),
	});
});

test('a crash after which more had come than before does not count', () => {
	expect(failureOfLosses(attempts(['lose', 1], ['lose', 2], ['lose', 3], ['lose', 4], now), 5)).toBeUndefined();
	expect(failureOfLosses(attempts(['lose', 5], ['lose', 5], ['lose', 4], now), 5)).toBeUndefined();
});

test('an attempt that ended otherwise starts the count anew', () => {
	const history = attempts(['lose', 5], ['lose', 5], ['yield', 5], ['lose', 5], now);
	expect(failureOfLosses(history, 5)).toBeUndefined();
	expect(failureOfLosses([], 0)).toBeUndefined();
});
