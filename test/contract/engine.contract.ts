import {describe, expect, test, vi} from 'vitest';
import {noCounts} from '../../source/domain/batch.ts';
import type {JobId} from '../../source/domain/job.ts';
import type {WorkId} from '../../source/domain/snapshot.ts';
import type {Engine, EngineCommand} from '../../source/engine/ports.ts';
import type {TestEngine} from '../support/test-engine.ts';

export type EngineSubject = {
	/** The engine that is judged. */
	readonly engine: Engine;
	/** What is behind it: lets time pass and jobs end. */
	readonly world: TestEngine;
};

const unknown = 999_999 as JobId;

const send = async ({engine, world}: EngineSubject, command: EngineCommand) => {
	const result = await engine.send(command);
	await world.clock.settle();
	return result;
};

const add = async (subject: EngineSubject, names: readonly string[], batch?: string): Promise<readonly JobId[]> => {
	const result = await send(subject, {
		type: 'add',
		requests: names.map(source => ({source: `scripted:${source}`})),
		...(batch === undefined ? {} : {batch}),
	});
	if (!result.ok) throw new Error(result.message);
	return result.changed;
};

/** What every Engine promises, in this process or in another one. `newSubject` cleans up after the test by itself. */
export const describeEngine = (name: string, newSubject: () => Promise<EngineSubject>): void => {
	describe(name, () => {
		test('the snapshot is the same object until something changed', async () => {
			const {engine} = await newSubject();
			expect(engine.getSnapshot()).toBe(engine.getSnapshot());
		});

		test('who subscribed is told of a change and finds it in the snapshot', async () => {
			const subject = await newSubject();
			const {engine} = subject;
			let calls = 0;
			engine.subscribe(() => calls++);
			const before = engine.getSnapshot();
			await add(subject, ['one', 'two', 'three', 'four', 'five']);
			await vi.waitFor(() => expect(engine.getSnapshot().counts.queued).toBe(2));
			expect(calls).toBeGreaterThan(0);
			expect(engine.getSnapshot()).not.toBe(before);
			expect(engine.getSnapshot().revision).toBeGreaterThan(before.revision);
			expect(engine.getSnapshot().active.map(({title}) => title)).toEqual(['one', 'two', 'three']);
		});

		test('who unsubscribed is told nothing more', async () => {
			const subject = await newSubject();
			let [calls, others] = [0, 0];
			const unsubscribe = subject.engine.subscribe(() => calls++);
			subject.engine.subscribe(() => others++);
			unsubscribe();
			await add(subject, ['one']);
			await vi.waitFor(() => expect(others).toBeGreaterThan(0));
			expect(calls).toBe(0);
		});

		test('pages of a list join without gap or repetition', async () => {
			const subject = await newSubject();
			const ids = await add(subject, ['1', '2', '3', '4', '5', '6', '7']);
			const seen: JobId[] = [];
			let after: string | undefined;
			do {
				const page = await subject.engine.list({limit: 3, sort: 'added', ...(after === undefined ? {} : {after})});
				seen.push(...page.rows.map(({id}) => id));
				after = page.next;
			} while (after !== undefined);
			expect(seen).toEqual(ids);
		});

		test('a list can be narrowed by status, batch and text', async () => {
			const subject = await newSubject();
			await add(subject, ['a', 'b', 'c']);
			const inBatch = await add(subject, ['needle', 'hay'], 'Stack');
			const batch = await subject.engine.findBatch('Stack');
			expect(batch?.counts).toEqual({...noCounts, queued: 2});
			const rows = async (query: Parameters<Engine['list']>[0]) =>
				(await subject.engine.list(query)).rows.map(({id}) => id);
			expect(await rows({statuses: ['queued']})).toEqual(inBatch);
			expect(await rows({text: 'NEEDLE'})).toEqual([inBatch[0]]);
			expect(await rows(batch === undefined ? {} : {batch: batch.id})).toEqual(inBatch);
		});

		test('a list by batch has a row for each batch with why it waits, and leads on in both directions', async () => {
			const subject = await newSubject();
			const {engine} = subject;
			await add(subject, ['a', 'b', 'c', 'loose']);
			await add(subject, ['1', '2'], 'One');
			await add(subject, ['3', '4'], 'Two');
			const two = await engine.findBatch('Two');
			const statuses = ['queued'] as const;
			const open = two === undefined ? [] : [two.id];
			const whole = await engine.listGrouped({statuses, open, isNumbered: true});
			const names = (rows: typeof whole.rows) =>
				rows.map(row => (row.kind === 'job' ? row.job.title : `${row.batch.title}${row.isOpen ? ':' : ''}`));
			expect(names(whole.rows)).toEqual(['One', 'Two:', '3', '4', 'loose']);
			expect(whole.numbers).toEqual({first: 0, total: 5});
			expect(whole.rows[0]).toMatchObject({
				batch: {counts: {...noCounts, queued: 2}, hold: {reason: 'workers-busy', running: 3, workers: 3}},
			});
			expect(whole.rows[2]).toMatchObject({job: {hold: {reason: 'workers-busy'}}});
			const part = await engine.listGrouped({statuses, open, limit: 2, from: 2});
			expect(names(part.rows)).toEqual(['3', '4']);
			const before = part.previous ?? '';
			expect(names((await engine.listGrouped({statuses, open, limit: 1, before})).rows)).toEqual(['Two:']);
			const last = await engine.list({statuses: ['queued'], limit: 2, from: 'end', isNumbered: true});
			expect(last).toMatchObject({rows: [{title: '3'}, {title: '4'}], numbers: {first: 3, total: 5}});
			expect(last.next).toBeUndefined();
		});

		test('a queued job says why it waits', async () => {
			const subject = await newSubject();
			const [, , , last] = await add(subject, ['1', '2', '3', '4']);
			const job = await subject.engine.show(last ?? unknown);
			expect(job?.hold).toEqual({reason: 'workers-busy', running: 3, workers: 3});
			expect(job?.history).toEqual([]);
		});

		test('a job and a batch that do not exist are undefined', async () => {
			const {engine} = await newSubject();
			expect(await engine.show(unknown)).toBeUndefined();
			expect(await engine.findBatch('nobody')).toBeUndefined();
		});

		test('one bad source keeps all out and is named with its place', async () => {
			const subject = await newSubject();
			const requests = ['scripted:good', 'gopher://bad', 'scripted:fine'].map(source => ({source}));
			const refused = await send(subject, {type: 'add', requests});
			expect(refused).toMatchObject({ok: false, code: 'bad-request', bad: [{index: 1, source: 'gopher://bad'}]});
			expect((await subject.engine.list({})).rows).toEqual([]);
			const taken = await send(subject, {type: 'add', requests, skipBad: true});
			expect(taken).toMatchObject({ok: true, bad: [{index: 1}]});
			expect((await subject.engine.list({})).rows).toHaveLength(2);
		});

		test('a source that is there already is named with the job that has it', async () => {
			const subject = await newSubject();
			const [id] = await add(subject, ['same']);
			const again = await send(subject, {type: 'add', requests: [{source: 'scripted:same'}]});
			expect(again).toMatchObject({ok: true, changed: [], duplicates: [{source: 'scripted:same', id}]});
		});

		test('a preview says of each source what it would be, as adding then does it, and writes nothing', async () => {
			const subject = await newSubject();
			const [first] = await add(subject, ['same']);
			const held = await send(subject, {type: 'add', requests: [{source: 'scripted:held', output: 'film.mkv'}]});
			const heldId = held.ok ? held.changed[0] : undefined;
			const requests = [
				{source: 'scripted:new'},
				{source: 'scripted:same'},
				{source: 'gopher://x'},
				{source: 'scripted:new'},
				{source: 'scripted:rival', output: 'film.mkv'},
				{source: 'scripted:other', output: 'other.mkv'},
				{source: 'scripted:another', output: 'other.mkv'},
				{source: 'scripted:other-provider', provider: 'nobody'},
			];
			const before = subject.engine.getSnapshot();
			const rows = await subject.engine.preview(requests);
			expect(rows).toMatchObject([
				{type: 'new', title: 'new', provider: 'scripted', isToolThere: true, source: 'scripted:new'},
				{type: 'duplicate', id: first, because: 'source', status: 'downloading'},
				{type: 'bad', source: 'gopher://x'},
				{type: 'repeat', of: 0, because: 'source'},
				{type: 'duplicate', id: heldId, because: 'destination'},
				{type: 'new', destination: 'other.mkv'},
				{type: 'repeat', of: 5, because: 'destination'},
				{type: 'bad', problem: expect.stringContaining('there is no provider nobody') as unknown},
			]);
			expect(subject.engine.getSnapshot().counts).toEqual(before.counts);
			const done = await send(subject, {type: 'add', requests, skipBad: true});
			expect(done).toMatchObject({ok: true});
			if (!done.ok) return;
			expect(done.changed).toHaveLength(rows.filter(({type}) => type === 'new').length);
			expect(done.duplicates).toHaveLength(rows.filter(({type}) => type === 'duplicate' || type === 'repeat').length);
			expect(done.bad?.map(({index}) => index)).toEqual([2, 7]);
		});

		test('repeats are found over a list of any length', async () => {
			const subject = await newSubject();
			const requests = Array.from({length: 2500}, (_, index) => ({source: `scripted:${index % 1200}`}));
			const rows = await subject.engine.preview(requests);
			expect(rows.map(row => (row.type === 'repeat' ? row.of : -1))).toEqual(
				requests.map((_, index) => (index < 1200 ? -1 : index % 1200)),
			);
		});

		test('secrets in an address are not told', async () => {
			const {engine} = await newSubject();
			const [row] = await engine.preview([{source: 'scripted:x?token=geheim123'}]);
			expect(JSON.stringify(row)).not.toContain('geheim123');
		});

		test('a long work that is not there cannot be stopped, which is an answer', async () => {
			const subject = await newSubject();
			const result = await send(subject, {type: 'cancel-work', id: 77 as WorkId});
			expect(result).toMatchObject({ok: false, code: 'refused'});
			expect(subject.engine.getSnapshot().works).toEqual([]);
		});

		test('a long work is seen while it goes on, and ends at the next step when it is stopped', async () => {
			const subject = await newSubject();
			const {engine, world} = subject;
			const release = world.disk.holdWalks();
			const measuring = engine.send({type: 'measure-disk'});
			await vi.waitFor(async () => {
				await world.clock.advance(400);
				expect(engine.getSnapshot().works).toMatchObject([{label: 'measuring the storage', canCancel: true}]);
			});
			const [work] = engine.getSnapshot().works;
			expect(await engine.send({type: 'cancel-work', id: work?.id ?? (0 as WorkId)})).toMatchObject({ok: true});
			release();
			expect(await measuring).toMatchObject({ok: true, isStopped: true});
			await vi.waitFor(() => expect(engine.getSnapshot().works).toEqual([]));
		});

		test('acting on jobs tells which changed and why the others did not', async () => {
			const subject = await newSubject();
			const [, , , waiting = unknown] = await add(subject, ['1', '2', '3', '4']);
			const first = await send(subject, {type: 'pause', selection: {ids: [waiting]}});
			expect(first).toMatchObject({ok: true, changed: [waiting], refused: []});
			const second = await send(subject, {type: 'pause', selection: {ids: [waiting]}});
			expect(second).toMatchObject({ok: true, changed: [], refused: [{id: waiting, reason: 'it is paused already'}]});
			const all = await send(subject, {type: 'resume', selection: {filter: {statuses: ['paused']}}});
			expect(all).toMatchObject({ok: true, changed: [waiting]});
		});

		test('of all that match, single jobs can be left out', async () => {
			const subject = await newSubject();
			const [, , , first = unknown, second = unknown, third = unknown] = await add(subject, [
				'1',
				'2',
				'3',
				'4',
				'5',
				'6',
			]);
			const filter = {statuses: ['queued']} as const;
			const paused = await send(subject, {type: 'pause', selection: {filter, except: [second]}});
			expect(paused).toMatchObject({ok: true, changed: [first, third], refused: []});
		});

		test('jobs that were marked in one status are left alone when they have left it', async () => {
			const subject = await newSubject();
			const [running = unknown, , , waiting = unknown] = await add(subject, ['1', '2', '3', '4']);
			const selection = {ids: [running, waiting, unknown], statuses: ['queued', 'paused']} as const;
			const result = await send(subject, {type: 'cancel', selection});
			expect(result).toMatchObject({ok: true, changed: [waiting]});
			if (!result.ok) return;
			const reasons = new Map(result.refused.map(({id, reason}) => [id, reason]));
			expect(reasons.get(running)).toMatch(/^it is (starting|downloading) now$/);
			expect(reasons.get(unknown)).toBe('there is no such job');
		});

		test('a paused queue shows in the snapshot', async () => {
			const subject = await newSubject();
			await send(subject, {type: 'pause-queue'});
			await vi.waitFor(() => expect(subject.engine.getSnapshot().isQueuePaused).toBe(true));
			await send(subject, {type: 'resume-queue'});
			await vi.waitFor(() => expect(subject.engine.getSnapshot().isQueuePaused).toBe(false));
		});

		test('workers outside 1 to 32 are refused', async () => {
			const subject = await newSubject();
			for (const count of [0, 33, 1.5, -1]) {
				expect(await send(subject, {type: 'set-workers', count})).toMatchObject({ok: false, code: 'bad-request'});
			}

			expect(await send(subject, {type: 'set-workers', count: 7})).toMatchObject({ok: true});
			await vi.waitFor(() => expect(subject.engine.getSnapshot().workers).toBe(7));
		});

		test('moved and prioritised jobs stand in the new order', async () => {
			const subject = await newSubject();
			const [, , , a = unknown, b = unknown, c = unknown] = await add(subject, ['1', '2', '3', 'a', 'b', 'c']);
			const queue = async () => (await subject.engine.list({statuses: ['queued']})).rows.map(({id}) => id);
			await send(subject, {type: 'reorder', ids: [c], place: {before: a}});
			expect(await queue()).toEqual([c, a, b]);
			await send(subject, {type: 'prioritise', ids: [b], priority: 9});
			expect(await queue()).toEqual([b, c, a]);
		});

		test('the last act can be taken back and done again, and the snapshot says which one', async () => {
			const subject = await newSubject();
			const [, , , waiting = unknown] = await add(subject, ['1', '2', '3', '4']);
			const nothing = {ok: false, code: 'refused', message: 'there is nothing to undo'};
			expect(await send(subject, {type: 'undo'})).toEqual(nothing);
			await send(subject, {type: 'cancel', selection: {ids: [waiting]}});
			const told = async (undo: string | undefined, redo: string | undefined) =>
				vi.waitFor(() => {
					const snapshot = subject.engine.getSnapshot();
					expect([snapshot.undo?.label, snapshot.redo?.label]).toEqual([undo, redo]);
				});
			await told('cancel: 4', undefined);
			expect(subject.engine.getSnapshot().undo?.until).toBe(subject.world.clock.now() + 300_000);
			const done = {ok: true, changed: [waiting], refused: [], label: 'cancel: 4'};
			expect(await send(subject, {type: 'undo'})).toEqual(done);
			expect((await subject.engine.show(waiting))?.status).toBe('queued');
			await told(undefined, 'cancel: 4');
			expect(await send(subject, {type: 'redo'})).toEqual(done);
			expect((await subject.engine.show(waiting))?.status).toBe('cancelled');
			await told('cancel: 4', undefined);
		});

		test('a log is read from its end and from a place', async () => {
			const subject = await newSubject();
			const [id = unknown] = await add(subject, ['one']);
			const whole = await subject.engine.readLog(id, {from: 0, limit: 1000});
			const tail = await subject.engine.readLog(id, {tail: 1});
			expect(tail.lines).toEqual(whole.lines.slice(-1));
			expect((await subject.engine.readLog(id, {from: whole.next, limit: 10})).lines).toEqual([]);
		});

		test('statistics count what became of the jobs', async () => {
			const subject = await newSubject();
			const ids = await add(subject, ['1', '2']);
			subject.world.provider.releaseAll();
			await vi.waitFor(async () => {
				await subject.world.clock.settle();
				expect(await subject.world.statuses(ids)).toEqual(['completed', 'completed']);
			});
			expect(await subject.engine.statistics()).toMatchObject({counts: {completed: 2}, successRate: 1});
		});

		test('health names every provider', async () => {
			const {engine} = await newSubject();
			expect((await engine.health()).map(({provider}) => provider)).toEqual(['scripted']);
		});

		test('findings tell of the tool of every provider', async () => {
			const {engine} = await newSubject();
			expect(await engine.findings()).toMatchObject([{name: 'scripted', provider: 'scripted', ok: true}]);
		});

		test('a reference becomes requests that can be added, with what was left out', async () => {
			const subject = await newSubject();
			const expanded = await subject.engine.expand('catalog:2', {kind: 'album'});
			expect(expanded).toMatchObject({
				ok: true,
				groups: [{title: 'Two by "Ünï"', requests: [{source: 'scripted:A - 1'}, {source: 'scripted:A - 2'}]}],
				leftOut: [{what: 'one', why: 'it is a video'}],
				notes: ['album, wet'],
			});
			const [group] = expanded.ok ? expanded.groups : [];
			const result = await send(subject, {type: 'add', requests: group?.requests ?? [], batch: group?.title ?? ''});
			const [id = unknown] = result.ok ? result.changed : [];
			const job = await subject.engine.show(id);
			expect(job).toMatchObject({
				title: 'A - 1',
				batchTitle: 'Two by "Ünï"',
				options: {track: {title: '1', artists: ['A']}},
			});
			const dry = await subject.engine.expand('catalog:1', {kind: 'playlist', isDryRun: true});
			expect(dry).toMatchObject({ok: true, notes: ['playlist, dry']});
		});

		test('a reference that nobody takes, or that a catalog cannot read, is refused in words', async () => {
			const {engine} = await newSubject();
			expect(await engine.expand('nothing')).toMatchObject({ok: false, code: 'bad-request'});
			expect(await engine.expand('')).toMatchObject({ok: false, code: 'bad-request'});
			expect(await engine.expand('catalog:0')).toEqual({ok: false, code: 'failed', message: 'there is no such album'});
			expect(await engine.expand('catalog:1', {provider: 'nobody'})).toMatchObject({
				ok: false,
				code: 'bad-request',
				message: expect.stringContaining('there is no provider nobody'),
			});
		});

		test('who does not want to know any more what a reference stands for ends the asking', async () => {
			const {engine} = await newSubject();
			const stop = new AbortController();
			const asking = engine.expand('catalog:hang', {signal: stop.signal});
			stop.abort();
			expect(await asking).toMatchObject({ok: false, code: 'stopped'});
		});

		test('a log is read backwards from any place', async () => {
			const subject = await newSubject();
			const [id = unknown] = await add(subject, ['one']);
			const all = await subject.engine.readLog(id, {tail: 100});
			const before = await subject.engine.readLog(id, {before: all.next, limit: 1});
			expect(before).toEqual({...all, lines: all.lines.slice(-1), from: before.from});
			expect(await subject.engine.readLog(id, {from: before.from, limit: 1})).toEqual(before);
		});

		test('words of any language and with quotes, line ends and backslashes arrive as they were', async () => {
			const subject = await newSubject();
			const title = 'Ünïcödé 日本語 "quoted" \\ back 🦀 </script>';
			const result = await send(subject, {
				type: 'add',
				requests: [{source: 'scripted:x', title}],
				batch: 'B "2" \\ \u2028',
			});
			const [id = unknown] = result.ok ? result.changed : [];
			expect((await subject.engine.show(id))?.title).toBe(title);
			expect((await subject.world.view(id)).title).toBe(title);
		});
	});
};
