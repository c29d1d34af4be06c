import {describe, expect, test} from 'vitest';
import {eventLine} from '../../../source/commands/events.ts';
import type {JobId} from '../../../source/domain/job.ts';
import type {EngineEvent} from '../../../source/engine/index.ts';
import {failed, report, script, wait, fetched} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from '../../support/test-engine.ts';

const completedLine = ({events}: TestEngine): string | undefined => {
	const event = events.find((one): one is EngineEvent => one.type === 'job' && one.to === 'completed');
	return event === undefined ? undefined : eventLine(event).text;
};

describe('how long a job took', () => {
	test('is how long it ran, not how long it was paused', async () => {
		const world = await createTestEngine();
		const [id] = (await world.add('file')) as [JobId];
		await world.clock.advance(seconds(20));
		await world.act('pause', id);
		await world.clock.advance(minutes(600));
		await world.act('resume', id);
		await world.clock.advance(seconds(25));
		world.provider.releaseAll();
		await world.clock.settle();
		expect(completedLine(world)).toMatch(/ in 45s$/);
		const {rows} = await world.engine.list({statuses: ['completed']});
		expect(rows).toMatchObject([{id, ranFor: 45_000}]);
	});

	test('leaves the waits between its attempts out', async () => {
		const world = await createTestEngine({settings: {retry: {base: minutes(60), cap: minutes(60)}}});
		world.provider.script(
			'scripted:file',
			script(report(10), {do: 'sleep', duration: seconds(30)}, failed('server-error')),
			script(report(20), {do: 'sleep', duration: seconds(5)}, fetched()),
		);
		await world.add('file');
		await world.clock.advance(minutes(120));
		expect(completedLine(world)).toMatch(/ in 35s$/);
	});

	test('is not told of what has not ended', async () => {
		const world = await createTestEngine();
		await world.add('file');
		await world.clock.advance(seconds(5));
		const {rows} = await world.engine.list({});
		expect(rows[0]).not.toHaveProperty('ranFor');
	});
});

/** A job that fails three times, the last time only when it is released, and then is fetched. */
const failing = async (): Promise<TestEngine & {readonly id: JobId}> => {
	const world = await createTestEngine();
	world.provider.script(
		'scripted:file',
		script(failed('gone')),
		script(failed('gone')),
		script(report(1), wait, failed('gone')),
		script(fetched()),
	);
	const [id] = (await world.add('file')) as [JobId];
	return Object.assign(Object.create(world) as TestEngine, {id});
};

describe('the summary counts each job once, by what has become of it at last', () => {
	test('also where it has failed, was retried and has failed again', async () => {
		const world = await failing();
		await world.act('retry', world.id);
		expect(await world.status(world.id)).toBe('failed');
		expect(await world.engine.untilIdle()).toMatchObject({completed: 0, failed: 1, cancelled: 0, remaining: 0});
	});

	test('and one that was retried with success has not failed', async () => {
		const world = await failing();
		await world.act('retry', world.id);
		await world.act('retry', world.id);
		await world.act('cancel', world.id);
		expect(await world.engine.untilIdle()).toMatchObject({completed: 0, failed: 0, cancelled: 1});
		await world.act('retry', world.id);
		expect(await world.engine.untilIdle()).toMatchObject({completed: 1, failed: 0, cancelled: 0, bytes: 1000});
	});

	test('while one that runs again remains, and one that was removed stays what it was', async () => {
		const world = await failing();
		await world.act('retry', world.id);
		await world.act('retry', world.id);
		await world.act('pause', world.id);
		expect(await world.engine.untilIdle()).toMatchObject({failed: 0, remaining: 1});
		world.provider.script('scripted:other', script(failed('gone')));
		const [other] = (await world.add('other')) as [JobId];
		await world.act('remove', other);
		expect(await world.engine.untilIdle()).toMatchObject({failed: 1, remaining: 1});
	});
});
