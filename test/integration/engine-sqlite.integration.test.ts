import {join} from 'node:path';
import * as fc from 'fast-check';
import {describe, expect, onTestFinished, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import type {JobStore} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {anyAction} from '../support/engine-actions.ts';
import {live} from '../support/engine-model.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {createTestEngine, seconds, type TestEngine} from '../support/test-engine.ts';

/** An engine over a real database that each restart opens anew, beside the connections of the dead. */
const createRealQueue = async (): Promise<TestEngine> => {
	const path = join(await temporaryDirectory(), 'queue.db');
	const opened: JobStore[] = [];
	const open = (): JobStore => {
		const store = openSqliteStore({path});
		opened.push(store);
		return store;
	};

	let current = open();
	const store = new Proxy(current, {get: (_first, key: keyof JobStore) => current[key]});
	const world = await createTestEngine({store, settings: {maxAttempts: 1}});
	onTestFinished(async () => {
		for (const one of opened) await one.close();
	});
	return Object.assign(Object.create(world) as TestEngine, {
		async restart() {
			current = open();
			await world.restart();
		},
	});
};

describe('with the queue in SQLite', () => {
	test('a crash loses no job, spends no attempt and fetches nothing twice', async () => {
		const world = await createRealQueue();
		const ids = await world.add(...Array.from({length: 12}, (_, index) => `file-${index}`));
		world.provider.release('scripted:file-0');
		await world.clock.settle();
		world.crash();
		expect(await world.statuses(ids)).toEqual([
			'completed',
			...Array.from({length: 3}, () => 'downloading'),
			...Array.from({length: 8}, () => 'queued'),
		]);
		await world.restart();
		expect(world.provider.running()).toHaveLength(3);
		expect(await world.job(ids[1]!)).toMatchObject({attempts: 0, bytes: 100});
		expect((await world.engine.show(ids[1]!))?.history).toMatchObject([
			{number: 1, outcome: 'lose'},
			{number: 2, outcome: undefined},
		]);
		world.provider.releaseAll();
		await world.clock.advance(seconds(5));
		expect(await world.statuses(ids)).toEqual(ids.map(() => 'completed'));
		expect(world.provider.seen).toEqual({most: 3, doubled: []});
		expect(world.finisher.placed()).toHaveLength(12);
	});

	test('a file that was placed before the crash is adopted, and one that was not is placed', async () => {
		for (const when of ['hold', 'holdAfter'] as const) {
			const world = await createRealQueue();
			const release = world.finisher[when]('place');
			const [id] = (await world.add('file')) as [JobId];
			world.provider.releaseAll();
			await world.clock.settle();
			world.crash();
			release();
			expect(await world.status(id)).toBe('finishing');
			await world.restart();
			expect(await world.job(id)).toMatchObject({status: 'completed', size: 1000});
			expect(world.finisher.placed()).toEqual(['scripted-file.bin']);
			expect(world.provider.runs).toHaveLength(1);
		}
	});

	test('a pause of 5,000 jobs takes all of them and stops those that run', async () => {
		const world = await createRealQueue();
		const requests = Array.from({length: 5000}, (_, index) => ({source: `scripted:${index}`}));
		await world.send({type: 'add', requests});
		await world.clock.settle();
		const answer = await world.send({type: 'pause', selection: {filter: {}}});
		expect(answer.ok && answer.changed.length).toBe(5000);
		await world.clock.settle();
		expect(world.provider.running()).toEqual([]);
		expect(world.engine.getSnapshot().counts).toMatchObject({paused: 5000, queued: 0});
	});

	test('the queue keeps its promises under everything that can happen at once', async () => {
		const directory = await temporaryDirectory();
		let number = 0;
		await fc.assert(
			fc.asyncProperty(fc.array(anyAction, {minLength: 60, maxLength: 60}), async actions => {
				const store = openSqliteStore({path: join(directory, `${++number}.db`)});
				try {
					await live(actions, {...store, close: async () => {}});
				} finally {
					await store.close();
				}
			}),
			{numRuns: Number(process.env['TIDEGATE_RUNS'] ?? 20)},
		);
	});
});
