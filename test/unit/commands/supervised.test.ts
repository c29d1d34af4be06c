import {describe, expect, test, vi} from 'vitest';
import {statusLine, supervise} from '../../../source/commands/supervised.ts';
import type {EngineSnapshot} from '../../../source/domain/snapshot.ts';
import {createTestEngine} from '../../support/test-engine.ts';

/** A manager that watches, and an engine whose turns end when they are told to. */
const startSupervised = async () => {
	const {engine} = await createTestEngine();
	const [told, turns]: [string[], Array<() => void>] = [[], []];
	const supervised = supervise(
		{
			watchdog: 3,
			async tell(...words) {
				told.push(...words);
			},
		},
		{
			getSnapshot: engine.getSnapshot,
			turned: () =>
				new Promise(resolve => {
					turns.push(resolve);
				}),
		},
		() => 'MONOTONIC_USEC=1',
	);
	const signs = (): number => told.filter(word => word === 'WATCHDOG=1').length;
	return {supervised, told, turns, signs};
};

describe('what the service manager is told', () => {
	test('is a sign of life for each turn that ends, and none while one hangs', async () => {
		const {supervised, turns, signs} = await startSupervised();
		await supervised.ready();
		for (const count of [1, 2, 3]) {
			await vi.waitFor(() => expect(turns).toHaveLength(count));
			expect(signs()).toBe(count - 1);
			turns.at(-1)?.();
		}

		await vi.waitFor(() => expect(signs()).toBe(3));
		supervised.end();
	});

	test('is its status once, as long as nothing changes', async () => {
		const {supervised, told} = await startSupervised();
		await supervised.ready();
		await supervised.reloading();
		await supervised.ready();
		await supervised.stopping();
		supervised.end();
		expect(told.map(word => word.replace(/=.*/, ''))).toEqual([
			'READY',
			'STATUS',
			'RELOADING',
			'MONOTONIC_USEC',
			'READY',
			'STOPPING',
			'STATUS',
		]);
	});
});

test('the status is one line: what runs, what waits, the disk', async () => {
	const {engine} = await createTestEngine();
	const snapshot: EngineSnapshot = engine.getSnapshot();
	expect(statusLine({...snapshot, counts: {...snapshot.counts, queued: 14, failed: 2}})).toMatch(
		/^0 running, 14 queued, 2 failed; disk open, [\d.]+ \wB free$/,
	);
	expect(statusLine({...snapshot, isQueuePaused: true})).toMatch(/^the queue is paused; 0 running/);
});
