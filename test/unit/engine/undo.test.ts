import {describe, expect, test, vi} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {CommandResult, JobLog} from '../../../source/engine/ports.ts';
import {fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from '../../support/test-engine.ts';

const undo = (world: TestEngine): Promise<CommandResult> => world.send({type: 'undo'});
const redo = (world: TestEngine): Promise<CommandResult> => world.send({type: 'redo'});

const part = (id: JobId): string => `/storage/.tidegate/${id}/part`;

/** One job whose file was placed when a crash came. */
const halfPlaced = async () => {
	const world = await createTestEngine();
	const release = world.finisher.holdAfter('place');
	world.provider.script('scripted:file', script(report(10, 1000), wait, fetched()));
	const [id] = (await world.add('file')) as [JobId];
	world.provider.releaseAll();
	await world.clock.settle();
	expect(world.finisher.placed()).toEqual(['scripted-file.bin']);
	world.crash();
	release();
	// Whoever looks at the queue without a scheduler, before the next one starts.
	await world.store.move(id, undefined, {event: 'lose', at: world.clock.now()});
	return {world, id};
};

/** One job that runs, with 100 bytes of 1000, and others behind it. */
const running = async (...others: readonly string[]) => {
	const world = await createTestEngine({settings: {workers: 1}});
	const [id, ...rest] = (await world.add('file', ...others)) as [JobId, ...JobId[]];
	return {world, id, rest};
};

describe('a cancel is taken back', () => {
	test('of a running job: it is queued again with its bytes, and its fetch goes on from them', async () => {
		const {world, id} = await running();
		await world.act('cancel', id);
		expect(world.engine.getSnapshot().undo).toEqual({label: 'cancel: file', until: world.clock.now() + minutes(5)});
		expect(await undo(world)).toEqual({ok: true, changed: [id], refused: [], label: 'cancel: file'});
		expect(world.finisher.tree.has(part(id))).toBe(true);
		expect(world.provider.runs.at(-1)?.job).toMatchObject({id, bytes: 100, total: 1000});
		expect(world.disk.real().used).toBe(100);
		expect(world.engine.getSnapshot()).toMatchObject({undo: undefined, redo: {label: 'cancel: file'}});
	});

	test('while the tool has yet to end: it goes on as if nothing had happened, with every byte', async () => {
		const {world, id} = await running();
		world.provider.script('scripted:slow', {...held, abortDelay: seconds(5)});
		await world.act('pause', id);
		const [slow] = (await world.add('slow')) as [JobId];
		await world.act('cancel', slow);
		expect(await world.status(slow)).toBe('cancelling');
		expect(await undo(world)).toMatchObject({changed: [slow], refused: []});
		expect(await world.status(slow)).toBe('downloading');
		await world.clock.advance(seconds(5));
		expect(world.provider.running()).toEqual(['scripted:slow']);
		expect((await world.job(slow)).attempts).toBe(0);
		expect(world.provider.runs.at(-1)?.job).toMatchObject({id: slow, bytes: 100});
		expect(world.provider.seen.doubled).toEqual([]);
	});

	// Mutation seen to fail: a stop that is refused is not followed by what was to be written before.
	test('between the end of the tool and the word of it: the job is put back in line', async () => {
		let meanwhile: (() => Promise<unknown>) | undefined;
		const world = await createTestEngine({
			settings: {workers: 1},
			adapt: deps => ({
				...deps,
				store: {
					...deps.store,
					async move(id, attempt, change) {
						const moved = await deps.store.move(id, attempt, change);
						const isTooLate = !moved.ok && moved.reason === 'refused' && change.event === 'yield';
						if (isTooLate) await meanwhile?.();
						return moved;
					},
				},
			}),
		});
		const [id] = (await world.add('file')) as [JobId];
		let answer: Promise<CommandResult> | undefined;
		meanwhile = async () => {
			meanwhile = undefined;
			answer = world.engine.send({type: 'undo'});
			await vi.waitFor(async () => expect(await world.status(id)).toBe('downloading'));
		};
		await world.act('cancel', id);
		await vi.waitFor(() => expect(answer).toBeDefined());
		expect(await answer).toMatchObject({changed: [id], refused: []});
		await vi.waitFor(async () => {
			await world.clock.settle();
			expect(world.provider.runs).toHaveLength(2);
		});
		expect(world.provider.running()).toEqual(['scripted:file']);
		expect(world.finisher.tree.has(part(id))).toBe(true);
	});

	test('of queued and paused jobs at once: each is what it was, in its place', async () => {
		const {world, id, rest} = await running('2', '3', '4');
		const [second, third, fourth] = rest as [JobId, JobId, JobId];
		await world.act('pause', third);
		await world.send({type: 'cancel', selection: {filter: {statuses: ['queued', 'paused']}}});
		expect(await world.statuses([second, third, fourth])).toEqual(['cancelled', 'cancelled', 'cancelled']);
		expect(await undo(world)).toMatchObject({changed: [second, third, fourth], label: 'cancel 3 jobs'});
		expect(await world.statuses([id, second, third, fourth])).toEqual(['downloading', 'queued', 'paused', 'queued']);
		world.provider.release('scripted:file');
		await world.clock.settle();
		expect(world.provider.running()).toEqual(['scripted:2']);
	});

	test('but not for a job that was retried since: it says so, and the rest comes back', async () => {
		const {world, rest} = await running('2', '3');
		const [second, third] = rest as [JobId, JobId];
		await world.act('cancel', second, third);
		await world.act('retry', second);
		await world.send({type: 'set-workers', count: 2});
		await world.clock.settle();
		// The retry itself first: it has begun by now, and stays.
		expect(await undo(world)).toMatchObject({changed: [], refused: [{id: second}]});
		expect(await undo(world)).toMatchObject({changed: [third], refused: [{id: second}]});
		expect(await world.statuses([second, third])).toEqual(['downloading', 'queued']);
	});

	test('and done again, and taken back again', async () => {
		const {world, id} = await running();
		await world.act('cancel', id);
		for (let round = 0; round < 3; round++) {
			await undo(world);
			expect(world.provider.running()).toEqual(['scripted:file']);
			expect(await redo(world)).toEqual({ok: true, changed: [id], refused: [], label: 'cancel: file'});
			expect(await world.status(id)).toBe('cancelled');
			expect(world.finisher.tree.has(part(id))).toBe(false);
		}

		await undo(world);
		world.provider.releaseAll();
		await world.clock.settle();
		expect(await world.status(id)).toBe('completed');
		expect(await redo(world)).toMatchObject({changed: [], refused: [{id}]});
	});

	test('for five minutes, then its bytes go for good and there is nothing to undo', async () => {
		const {world, id} = await running();
		await world.act('cancel', id);
		await world.clock.advance(minutes(5) - 1);
		expect(world.finisher.tree.size).toBe(1);
		await world.clock.advance(1);
		expect(world.finisher.tree.size).toBe(0);
		expect(world.disk.real().used).toBe(0);
		expect(world.engine.getSnapshot().undo).toBeUndefined();
		expect(await undo(world)).toEqual({ok: false, code: 'refused', message: 'there is nothing to undo'});
		expect(world.clock.waiting()).toEqual([]);
	});
});

describe('a removal is taken back', () => {
	test('with the bytes, the log and the history of the job', async () => {
		const {world, id} = await running();
		await world.act('pause', id);
		world.engine.onEvent(() => undefined);
		const before = {job: await world.job(id), history: await world.store.attempts(id)};
		await world.act('remove', id);
		expect(await world.status(id)).toBe('removed');
		expect(await undo(world)).toMatchObject({changed: [id], label: 'remove: file'});
		expect({job: await world.job(id), history: await world.store.attempts(id)}).toEqual(before);
		expect(world.finisher.tree.has(part(id))).toBe(true);
		await world.act('resume', id);
		expect(world.provider.runs.at(-1)?.job.bytes).toBe(100);
	});

	test('keeps its log until then, and not longer', async () => {
		let log: JobLog | undefined;
		const world = await createTestEngine({
			adapt(deps) {
				({log} = deps);
				return deps;
			},
		});
		const [id, other] = (await world.add('file', 'other')) as [JobId, JobId];
		for (const job of [id, other]) log?.write(job, `a line of job ${job}`);
		await world.act('cancel', id, other);
		await world.act('remove', id);
		await undo(world);
		await world.act('remove', other);
		await world.clock.advance(minutes(5));
		expect(world.logged.map(({line}) => line)).toEqual([`a line of job ${id}`]);
	});

	test('but not where its source was added again; then nothing of it stays', async () => {
		const {world, id} = await running();
		await world.act('pause', id);
		await world.act('remove', id);
		const [heir] = (await world.add('file')) as [JobId];
		expect(await undo(world)).toMatchObject({
			changed: [],
			refused: [{id, reason: `its source was added again, as job ${heir}`}],
		});
		expect([...world.finisher.tree.keys()]).toEqual([part(heir)]);
		expect(world.disk.real().used).toBe(100);
	});

	test('and done again', async () => {
		const {world, id} = await running();
		await world.act('pause', id);
		await world.act('remove', id);
		await undo(world);
		expect(await redo(world)).toMatchObject({changed: [id]});
		expect(await world.status(id)).toBe('removed');
		await undo(world);
		expect(await world.job(id)).toMatchObject({status: 'paused', bytes: 100});
	});
});

describe('a retry, a priority and a move are taken back', () => {
	test('a retried job that has not begun is set aside again, with its reason', async () => {
		const {world, rest} = await running('bad');
		const [bad] = rest as [JobId];
		world.provider.script('scripted:bad', script({do: 'fail', failure: {code: 'not-found', message: 'gone'}}));
		world.provider.release('scripted:file');
		await world.clock.settle();
		const before = await world.job(bad);
		expect(before.status).toBe('failed');
		await world.send({type: 'pause-queue'});
		await world.act('retry', bad);
		expect(await undo(world)).toMatchObject({changed: [bad], label: 'retry: bad'});
		expect(await world.job(bad)).toEqual(before);
	});

	test('jobs stand where they stood', async () => {
		const {world, rest} = await running('2', '3', '4');
		const queue = async () => (await world.engine.list({statuses: ['queued']})).rows.map(({id}) => id);
		await world.send({type: 'prioritise', ids: [rest[2]!], priority: 9});
		await world.send({type: 'reorder', ids: [rest[0]!], place: {at: 'bottom'}});
		expect(await queue()).toEqual([rest[2], rest[1], rest[0]]);
		expect(await undo(world)).toMatchObject({label: 'move: 2'});
		expect(await undo(world)).toMatchObject({label: 'set priority 9: 4'});
		expect(await queue()).toEqual(rest);
		await redo(world);
		await redo(world);
		expect(await queue()).toEqual([rest[2], rest[1], rest[0]]);
	});
});

describe('taking back', () => {
	test('takes several commands back at once where they belong together', async () => {
		const {world, rest} = await running('2', '3', '4');
		const cancel = (id: JobId, continues: boolean) =>
			world.send({type: 'cancel', selection: {ids: [id]}, ...(continues ? {continues} : {})});
		await cancel(rest[0]!, false);
		await cancel(rest[1]!, false);
		await cancel(rest[2]!, true);
		expect(await undo(world)).toMatchObject({changed: [rest[1], rest[2]], label: 'cancel 2 jobs'});
		expect(await undo(world)).toMatchObject({changed: [rest[0]]});
	});

	test('goes step by step, newest first; what nobody changed is no step', async () => {
		const {world, rest} = await running('2', '3');
		await world.act('cancel', rest[0]!);
		await world.act('cancel', rest[1]!);
		expect(await world.act('cancel', rest[1]!)).toMatchObject({changed: []});
		expect(await undo(world)).toMatchObject({changed: [rest[1]]});
		expect(await undo(world)).toMatchObject({changed: [rest[0]]});
		expect(await undo(world)).toMatchObject({ok: false, message: 'there is nothing to undo'});
		expect(await redo(world)).toMatchObject({changed: [rest[0]]});
		// Something new: what was taken back before is not done again after it.
		await world.act('cancel', rest[1]!);
		expect(await redo(world)).toEqual({ok: false, code: 'refused', message: 'there is nothing to redo'});
	});

	test('is told to everybody who listens', async () => {
		const {world, rest} = await running('2');
		await world.act('cancel', rest[0]!);
		await undo(world);
		expect(world.events.at(-1)).toMatchObject({type: 'undone', kind: 'cancel', label: 'cancel: 2', jobs: rest});
		expect(await world.engine.send({type: 'redo'})).toMatchObject({ok: true});
		expect(world.events.filter(({type}) => type === 'redone')).toHaveLength(1);
	});

	test('waits for a large act that is under way, and takes back all of it', async () => {
		const world = await createTestEngine();
		const requests = Array.from({length: 3500}, (_, index) => ({source: `scripted:${index}`, isPaused: true}));
		await world.send({type: 'add', requests});
		const cancelling = world.engine.send({type: 'cancel', selection: {filter: {}}});
		const undoing = world.engine.send({type: 'undo'});
		await world.clock.settle();
		await cancelling;
		expect(await undoing).toMatchObject({label: 'cancel 3,500 jobs', refused: []});
		expect(world.engine.getSnapshot().counts).toMatchObject({paused: 3500, cancelled: 0});
	});

	test('is possible after a restart, also where the crash came in the middle of the cancel', async () => {
		const {world, id} = await running();
		world.provider.script('scripted:deaf', {...held, abortDelay: 'deaf'});
		await world.act('pause', id);
		const [deaf] = (await world.add('deaf')) as [JobId];
		await world.act('cancel', deaf);
		world.crash();
		await world.restart();
		expect(await world.status(deaf)).toBe('cancelled');
		expect(await undo(world)).toMatchObject({changed: [deaf]});
		expect(world.provider.runs.at(-1)?.job).toMatchObject({id: deaf, bytes: 100});
	});

	test('in spite of a crash at any point of it leaves a job with its bytes, or cancelled with its bytes aside', async () => {
		for (let breaths = 0; breaths < 50; breaths++) {
			const {world, id} = await running();
			await world.act('cancel', id);
			void world.engine.send({type: 'undo'}).catch(() => undefined);
			for (let breath = 0; breath < breaths; breath++) await Promise.resolve();
			world.crash();
			await world.restart();
			if ((await world.status(id)) === 'cancelled') await undo(world);
			expect(world.provider.running()).toEqual(['scripted:file']);
			expect([...world.finisher.tree.keys()]).toEqual([part(id)]);
			expect(world.provider.runs.at(-1)?.job.bytes).toBe(100);
		}
	});

	test('keeps no more than twenty steps, but each for half a minute', async () => {
		const {world, rest} = await running(...Array.from({length: 30}, (_, index) => `${index}`));
		for (const id of rest) await world.act('cancel', id);
		expect(await world.store.steps.list()).toHaveLength(30);
		await world.clock.advance(seconds(30));
		expect(await world.store.steps.list()).toHaveLength(20);
		for (let count = 0; count < 20; count++) expect(await undo(world)).toMatchObject({ok: true});
		expect(await undo(world)).toMatchObject({ok: false});
	});

	test('leaves no file behind of steps that a dead scheduler knew and that are gone', async () => {
		const {world, id} = await running();
		await world.act('cancel', id);
		world.crash();
		await world.clock.advance(minutes(6));
		await world.restart();
		await world.clock.settle();
		expect([...world.finisher.tree.keys()]).toEqual([]);
		expect(await world.store.steps.list()).toEqual([]);
	});
});

describe('on a disk that is too full', () => {
	test('bytes aside go after half a minute; the job comes back without them', async () => {
		const {world, id} = await running();
		await world.act('cancel', id);
		world.disk.set({free: 0});
		await world.clock.advance(seconds(29));
		expect(world.finisher.tree.size).toBe(1);
		world.disk.set({free: 0});
		await world.send({type: 'measure-disk'});
		await world.clock.advance(seconds(10));
		expect(world.finisher.tree.size).toBe(0);
		expect(await undo(world)).toMatchObject({changed: [id], refused: []});
		expect(await world.job(id)).toMatchObject({status: 'queued', bytes: 0});
	});
});

describe('a job whose file was being placed when a crash came', () => {
	test('is not cancelled while nobody would know of the file any more; it completes', async () => {
		const {world, id} = await halfPlaced();
		await world.restart({isScheduling: false});
		expect((await world.job(id)).placing).toBeDefined();
		expect(await world.act('cancel', id)).toMatchObject({
			changed: [],
			refused: [{id, reason: 'its file is in its place already; the job completes by itself, remove it afterwards'}],
		});
		await world.restart();
		await world.clock.settle();
		expect(await world.job(id)).toMatchObject({status: 'completed', outputPath: '/storage/scripted-file.bin'});
	});

	test('is cancelled where its file is not in its place', async () => {
		const {world, id} = await halfPlaced();
		world.finisher.tree.delete('/storage/scripted-file.bin');
		await world.restart({isScheduling: false});
		expect(await world.act('cancel', id)).toMatchObject({changed: [id], refused: []});
	});
});
