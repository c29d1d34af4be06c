import {expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {WorkId} from '../../../source/domain/snapshot.ts';
import {createWorks} from '../../../source/engine/works.ts';
import {createFakeClock} from '../../support/fake-clock.ts';
import {createTestEngine} from '../../support/test-engine.ts';

const unknown = 999 as WorkId;

test('a work is shown when it has gone on for a while, not at once', async () => {
	const clock = createFakeClock();
	let changes = 0;
	const works = createWorks(clock, () => changes++);
	const work = works.begin({label: 'measuring', total: 10, canCancel: true});
	work.advance(3);
	expect(works.views()).toEqual([]);
	expect(changes).toBe(0);
	await clock.advance(300);
	expect(works.views()).toMatchObject([{label: 'measuring', done: 3, total: 10, canCancel: true}]);
	work.advance(7, 20);
	expect(works.views()).toMatchObject([{done: 7, total: 20}]);
	work.end();
	expect(works.views()).toEqual([]);
	expect(changes).toBe(3);
});

test('what is over at once is never shown', async () => {
	const clock = createFakeClock();
	let changes = 0;
	const works = createWorks(clock, () => changes++);
	works.begin({label: 'adding', total: 10, canCancel: true}).end();
	await clock.advance(1000);
	expect(works.views()).toEqual([]);
	expect(changes).toBe(0);
});

test('a work is stopped once, and one that cannot be stopped goes on', async () => {
	const clock = createFakeClock();
	const works = createWorks(clock, () => undefined);
	const work = works.begin({label: 'cancelling jobs', total: 10, canCancel: true});
	const walk = works.begin({label: 'measuring', total: undefined, canCancel: false});
	await clock.advance(300);
	const [first, second] = works.views();
	expect(works.cancel(first?.id ?? unknown)).toBe(true);
	expect(work.signal.aborted).toBe(true);
	expect(works.views()[0]).toMatchObject({label: 'stopping: cancelling jobs', canCancel: false});
	expect(works.cancel(first?.id ?? unknown)).toBe(false);
	expect(works.cancel(second?.id ?? unknown)).toBe(false);
	expect(walk.signal.aborted).toBe(false);
	expect(works.cancel(unknown)).toBe(false);
});

const many = (count: number): readonly {readonly source: string}[] =>
	Array.from({length: count}, (_, index) => ({source: `scripted:${index + 1}`}));

test('an act on thousands of jobs can be stopped between two steps, and what was done stays right', async () => {
	const world = await createTestEngine({isStarted: false});
	await world.engine.send({type: 'add', requests: many(3500)});
	let steps = 0;
	const {engine} = world;
	// Nobody shows works to a clock that stands still: it is stopped by its number, which counts from 1 with each work.
	const unsubscribe = world.engine.onEvent(event => {
		if (event.type === 'job' && event.to === 'paused' && ++steps === 1500)
			void engine.send({type: 'cancel-work', id: 2 as WorkId});
	});
	const result = await world.engine.send({type: 'pause', selection: {filter: {statuses: ['queued']}}});
	unsubscribe();
	expect(result).toMatchObject({ok: true, isStopped: true, refused: []});
	const {paused, queued} = engine.getSnapshot().counts;
	expect(paused).toBe(result.ok ? result.changed.length : -1);
	expect(paused).toBeGreaterThanOrEqual(1500);
	expect(queued).toBe(3500 - paused);
	expect(queued).toBeGreaterThan(0);
	await engine.close();
});

test('bad sources keep a list of any length out as a whole, and are named by their place in it', async () => {
	const world = await createTestEngine({isStarted: false});
	const requests = [...many(1200), {source: 'gopher://x'}];
	const result = await world.engine.send({type: 'add', requests});
	expect(result).toMatchObject({ok: false, bad: [{index: 1200}]});
	expect(world.engine.getSnapshot().counts.queued).toBe(0);
	await world.engine.close();
});

test.each([
	['top', {at: 'top'} as const],
	['bottom', {at: 'bottom'} as const],
])('thousands of jobs go to the %s keeping their order among themselves', async (_, place) => {
	const world = await createTestEngine({isStarted: false});
	const added = await world.engine.send({type: 'add', requests: many(1800)});
	const ids = added.ok ? added.changed : [];
	const named = ids.filter(id => id % 3 !== 0);
	const others = ids.filter(id => id % 3 === 0);
	const moved = await world.engine.send({type: 'reorder', ids: named.toReversed(), place});
	expect(moved).toMatchObject({ok: true, changed: expect.arrayContaining([...named]) as unknown});
	const order: JobId[] = [];
	let after: string | undefined;
	do {
		const page = await world.engine.list({limit: 1000, ...(after === undefined ? {} : {after})});
		order.push(...page.rows.map(({id}) => id));
		after = page.next;
	} while (after !== undefined);
	expect(order).toEqual(place.at === 'top' ? [...named, ...others] : [...others, ...named]);
	await world.engine.close();
});

test('thousands of jobs get a priority and keep their order among themselves', async () => {
	const world = await createTestEngine({isStarted: false});
	const added = await world.engine.send({type: 'add', requests: many(1300)});
	const ids = added.ok ? added.changed : [];
	const named = ids.slice(100);
	await world.engine.send({type: 'prioritise', ids: named.toReversed(), priority: 8});
	const first = await world.engine.list({limit: 1000});
	expect(first.rows.map(({id}) => id)).toEqual(named.slice(0, 1000));
	await world.engine.close();
});

test('a walk that somebody waits for is told with how far it is, and is stopped when that is asked', async () => {
	const world = await createTestEngine();
	const {engine, disk, clock} = world;
	const release = disk.holdWalks();
	const measuring = engine.send({type: 'measure-disk'});
	await clock.advance(400);
	const [work] = engine.getSnapshot().works;
	expect(work).toMatchObject({label: 'measuring the storage', canCancel: true});
	const stopped = await engine.send({type: 'cancel-work', id: work?.id ?? unknown});
	expect(stopped).toMatchObject({ok: true});
	release();
	expect(await measuring).toMatchObject({ok: true, isStopped: true});
	expect(engine.getSnapshot().works).toEqual([]);
	await engine.close();
});
