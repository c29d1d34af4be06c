import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {LocalEngine} from '../../../source/engine/index.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {failed, held, report, script} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

/** Whether the engine has said that it is idle. */
const watchIdle = (engine: LocalEngine, signal?: AbortSignal): {isIdle: boolean; readonly end: Promise<unknown>} => {
	const watched = {isIdle: false, end: Promise.resolve() as Promise<unknown>};
	watched.end = engine.untilIdle(signal).then(summary => {
		watched.isIdle = true;
		return summary;
	});
	return watched;
};

describe('waiting until idle', () => {
	test('ends at once when there is nothing to do', async () => {
		const {engine, clock} = await createTestEngine();
		const watched = watchIdle(engine);
		await clock.settle();
		expect(watched.isIdle).toBe(true);
	});

	test('lasts while something runs or is in line, and says what became of each', async () => {
		const {add, act, engine, provider, clock} = await createTestEngine({settings: {workers: 1}});
		provider.script('scripted:2', script(failed('not-found')));
		const [, , , fourth] = (await add('1', '2', '3', '4')) as JobId[];
		const watched = watchIdle(engine);
		provider.release('scripted:1');
		await clock.settle();
		await act('cancel', fourth!);
		expect(watched.isIdle).toBe(false);
		provider.releaseAll();
		await clock.settle();
		expect(watched.isIdle).toBe(true);
		expect(await watched.end).toEqual({completed: 2, failed: 1, cancelled: 1, remaining: 0, bytes: 2000, seconds: 0});
	});

	test('lasts while a job waits for its retry', async () => {
		const {add, engine, provider, clock} = await createTestEngine();
		provider.script('scripted:file', script(failed('rate-limited', minutes(20))), held);
		await add('file');
		const watched = watchIdle(engine);
		await clock.advance(minutes(19));
		expect(watched.isIdle).toBe(false);
		provider.releaseAll();
		await clock.advance(minutes(2));
		expect(watched.isIdle).toBe(true);
	});

	test('lasts while a job waits for space, since whatever empties the disk may be a program', async () => {
		const {add, engine, disk, provider, clock, send} = await createTestEngine();
		disk.set({used: 70 * gibibyte});
		await send({type: 'measure-disk'});
		await add('file');
		const watched = watchIdle(engine);
		await clock.advance(minutes(60));
		expect(watched.isIdle).toBe(false);
		disk.takeAway(60 * gibibyte);
		provider.releaseAll();
		await clock.advance(minutes(1));
		expect(watched.isIdle).toBe(true);
	});

	test.each([
		['paused', 'file'],
		['too large for the disk', 'large'],
	])('does not last for a job that is %s', async (_what, kind) => {
		const {add, act, engine, clock} = await createTestEngine();
		const [id] = (await add(kind === 'large' ? {source: 'scripted:large', expectedSize: 90 * gibibyte} : 'file')) as [
			JobId,
		];
		if (kind === 'file') await act('pause', id);
		const watched = watchIdle(engine);
		await clock.settle();
		expect(watched.isIdle).toBe(true);
		expect(await watched.end).toMatchObject({remaining: 1});
	});

	test('does not last for a queue that a person has paused', async () => {
		const {add, send, engine, clock} = await createTestEngine();
		await send({type: 'pause-queue'});
		await add('file');
		const watched = watchIdle(engine);
		await clock.settle();
		expect(watched.isIdle).toBe(true);
	});

	test('ends when it is called off, and when the engine closes', async () => {
		const {add, engine, clock} = await createTestEngine();
		await add('file');
		const control = new AbortController();
		const [called, closed] = [watchIdle(engine, control.signal), watchIdle(engine)];
		await clock.settle();
		expect([called.isIdle, closed.isIdle]).toEqual([false, false]);
		control.abort();
		await clock.settle();
		expect([called.isIdle, closed.isIdle]).toEqual([true, false]);
		await engine.close();
		expect(closed.isIdle).toBe(true);
	});

	test('never misses a job that was added in the same moment', async () => {
		for (let turns = 0; turns < 30; turns++) {
			const {engine, provider, clock} = await createTestEngine();
			await engine.send({type: 'add', requests: [{source: 'scripted:first'}]});
			await clock.settle();
			const watched = watchIdle(engine);
			provider.release('scripted:first');
			// So many breaths after the end of the first.
			for (let breath = 0; breath < turns; breath++) await Promise.resolve();
			const wasIdle = watched.isIdle;
			void engine.send({type: 'add', requests: [{source: 'scripted:second'}]});
			await clock.advance(seconds(3));
			expect(provider.running()).toEqual(['scripted:second']);
			if (!wasIdle && !watched.isIdle) provider.release('scripted:second');
			await clock.advance(seconds(3));
			expect(watched.isIdle).toBe(true);
		}
	});
});

test('no wake-up is lost, whenever it comes', async () => {
	for (let breaths = 0; breaths < 60; breaths++) {
		const {engine, provider, clock} = await createTestEngine({settings: {workers: 2}});
		provider.script('scripted:first', script(report(1), failed('gone')));
		void engine.send({type: 'add', requests: [{source: 'scripted:first'}]});
		for (let breath = 0; breath < breaths; breath++) await Promise.resolve();
		void engine.send({type: 'add', requests: [{source: 'scripted:second'}]});
		await clock.settle();
		expect(provider.running(), `after ${breaths} breaths`).toEqual(['scripted:second']);
	}
});
