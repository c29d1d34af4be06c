import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {changeOf, addOne, jobIn, newJob, type NewSubject} from './jobs.ts';

/** A job whose file goes there, whatever it is called. */
const to = (name: string, destination: string) => newJob(name, {output: destination, destination});

export const describeAdding = (newSubject: NewSubject): void => {
	describe('adding', () => {
		test('an added job comes back with everything that was said about it', async () => {
			const {open} = await newSubject();
			const store = await open();
			const facts = newJob('whole', {
				title: '進撃の巨人 – Folge 1',
				options: {language: 'de', episode: 3, fields: {mal_id: '16498'}},
				priority: 7,
				maxAttempts: 2,
				expectedSize: 12_345_678_901,
				checksum: 'sha256:00',
				output: '{batch}/{title}',
			});
			const {ids, batch} = await store.add({title: 'Season 1', jobs: [facts]}, 1234);
			const {isPaused, ...kept} = facts;
			expect(isPaused).toBe(false);
			expect(ids).toHaveLength(1);
			expect(await store.get(ids[0]!)).toEqual({
				...kept,
				id: ids[0],
				batch,
				status: 'queued',
				order: expect.any(Number),
				attempts: 0,
				attempt: undefined,
				owner: undefined,
				bytes: 0,
				total: undefined,
				placing: undefined,
				outputPath: undefined,
				size: undefined,
				error: undefined,
				retryAt: undefined,
				createdAt: 1234,
				startedAt: undefined,
				endedAt: undefined,
			});
		});

		test('a job begins queued, waiting for a source, or paused as it was asked for', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {ids} = await store.add(
				{
					title: undefined,
					jobs: [
						newJob('a'),
						newJob('b', {isSourced: false}),
						newJob('c', {isPaused: true}),
						newJob('d', {isSourced: false, isPaused: true}),
					],
				},
				1,
			);
			const statuses = await Promise.all(ids.map(async id => (await store.get(id))?.status));
			expect(statuses).toEqual(['queued', 'waiting', 'paused', 'paused']);
		});

		test('a source that is in the queue already is left out and names the job that holds it', async () => {
			const {open} = await newSubject();
			const store = await open();
			const first = await addOne(store, newJob('same'));
			const result = await store.add(
				{title: undefined, jobs: [newJob('new'), newJob('same', {source: 'HTTPS://EXAMPLE.ORG/same'}), newJob('last')]},
				2,
			);
			expect(result.duplicates).toEqual([{source: 'HTTPS://EXAMPLE.ORG/same', id: first}]);
			expect(result.ids).toHaveLength(2);
			expect((await store.page({})).rows.map(job => job.source)).toEqual([
				'https://example.org/same',
				'https://example.org/new',
				'https://example.org/last',
			]);
		});

		test('a source that stands twice in one request is added once', async () => {
			const {open} = await newSubject();
			const store = await open();
			const jobs = Array.from({length: 100}, (_, index) => newJob(`${index % 40}`));
			const {ids, duplicates} = await store.add({title: 'List', jobs}, 2);
			expect(ids).toHaveLength(40);
			expect(duplicates).toHaveLength(60);
			const names = new Map(await Promise.all(ids.map(async id => [id, (await store.get(id))?.source] as const)));
			for (const {source, id} of duplicates) expect(names.get(id)).toBe(source);
			expect((await store.batch('List'))?.counts.queued).toBe(40);
		});

		test('two open jobs never go to the same file: the second names the first, until that has ended', async () => {
			const {open} = await newSubject();
			const store = await open();
			const [first = 0] = (await store.add({title: undefined, jobs: [to('1', 'a.bin')]}, 1)).ids;
			const same = await store.add({title: 'B', jobs: [to('2', 'a.bin'), to('3', 'b.bin'), to('4', 'b.bin')]}, 2);
			expect(same.duplicates).toEqual([
				{source: 'https://example.org/2', id: first, destination: 'a.bin'},
				{source: 'https://example.org/4', id: same.ids[0], destination: 'b.bin'},
			]);
			expect(same.ids).toHaveLength(1);
			await store.moveMany([first as JobId], changeOf('cancel'));
			const [heir = 0] = (await store.add({title: undefined, jobs: [to('2', 'a.bin')]}, 3)).ids;
			// What has ended does not come back while another one writes there; it may be removed, and it may come back later.
			expect(await store.moveMany([first as JobId], changeOf('retry'))).toEqual({
				changed: [],
				refused: [{id: first, reason: `job ${heir} is about to write the same file`}],
			});
			expect((await store.get(first as JobId))?.status).toBe('cancelled');
			await store.moveMany([heir as JobId], changeOf('cancel'));
			expect((await store.moveMany([first as JobId], changeOf('retry'))).changed).toHaveLength(1);
			expect((await store.moveMany([heir as JobId], changeOf('remove'))).changed).toHaveLength(1);
		});

		test('jobs of a title that exists join its batch, and titles are told apart to the letter', async () => {
			const {open} = await newSubject();
			const store = await open();
			const first = await store.add({title: 'Album', jobs: [newJob('1')]}, 1);
			const second = await store.add({title: 'Album', jobs: [newJob('2')]}, 2);
			const other = await store.add({title: 'album', jobs: [newJob('3')]}, 3);
			expect(second.batch).toBe(first.batch);
			expect(other.batch).not.toBe(first.batch);
			expect(await store.batch('Album')).toMatchObject({id: first.batch, createdAt: 1, counts: {queued: 2}});
			expect(await store.batch(String(other.batch))).toMatchObject({title: 'album'});
			expect(await store.batch(first.batch!)).toMatchObject({title: 'Album'});
			expect(await store.batch('ALBUM')).toBeUndefined();
		});

		test('a batch of nothing but duplicates does not come into being', async () => {
			const {open} = await newSubject();
			const store = await open();
			await addOne(store, newJob('known'));
			const result = await store.add({title: 'Nothing new', jobs: [newJob('known')]}, 2);
			expect(result).toMatchObject({ids: [], batch: undefined});
			expect(await store.batch('Nothing new')).toBeUndefined();
		});

		test('nothing is added when one of the jobs cannot be', async () => {
			const {open} = await newSubject();
			const store = await open();
			const jobs = [...Array.from({length: 50}, (_, index) => newJob(`${index}`)), newJob('bad', {priority: 12})];
			await expect(store.add({title: 'Half', jobs}, 1)).rejects.toThrow();
			expect((await store.page({})).rows).toEqual([]);
			expect((await store.counts()).queued).toBe(0);
			expect(await store.batch('Half')).toBeUndefined();
			await addOne(store, newJob('after'));
			expect((await store.counts()).queued).toBe(1);
		});

		test('what is refused as known takes no ids away from the next jobs', async () => {
			const {open} = await newSubject();
			const store = await open();
			const known = await addOne(store, newJob('known'));
			for (let round = 0; round < 20; round++) await store.add({title: undefined, jobs: [newJob('known')]}, 2);
			expect(await addOne(store, newJob('next'))).toBe(known + 1);
			const many = Array.from({length: 1000}, (_, index) => newJob(`m${index}`));
			const first = await store.add({title: undefined, jobs: many}, 3);
			await store.add({title: undefined, jobs: many}, 4);
			expect(await addOne(store, newJob('last'))).toBe((first.ids.at(-1) ?? 0) + 1);
		});

		test('who holds an identity or a destination is told as adding would find it', async () => {
			const {open} = await newSubject();
			const store = await open();
			const held = await addOne(store, newJob('held', {destination: 'a.mkv'}));
			const ended = await addOne(store, newJob('ended', {destination: 'b.mkv'}));
			await store.move(ended, undefined, changeOf('cancel'));
			const asked = [
				newJob('held'),
				newJob('free'),
				newJob('rival', {destination: 'a.mkv'}),
				newJob('held', {destination: 'b.mkv'}),
				newJob('successor', {destination: 'b.mkv'}),
				newJob('ended'),
			];
			expect(await store.holders(asked)).toEqual([
				{id: held, status: 'queued', because: 'source'},
				undefined,
				{id: held, status: 'queued', because: 'destination'},
				{id: held, status: 'queued', because: 'source'},
				undefined,
				{id: ended, status: 'cancelled', because: 'source'},
			]);
			const {duplicates} = await store.add({title: undefined, jobs: asked}, 9);
			expect(duplicates.map(({id}) => id)).toEqual([held, held, held, ended]);
		});

		test('the id of a removed job is never given again', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id} = await jobIn(store, 'cancelled', 'gone');
			await store.move(id, undefined, changeOf('remove'));
			expect(await addOne(store, newJob('gone'))).toBeGreaterThan(id);
		});

		test('a removed job takes its empty batch and its history with it', async () => {
			const {open} = await newSubject();
			const store = await open();
			const first = await addOne(store, newJob('1'), 'Album');
			const second = await addOne(store, newJob('2'), 'Album');
			await store.moveMany([first, second], changeOf('cancel'));
			await store.move(first, undefined, changeOf('remove'));
			expect((await store.batch('Album'))?.counts.cancelled).toBe(1);
			await store.move(second, undefined, changeOf('remove'));
			expect(await store.batch('Album')).toBeUndefined();
			expect(await store.get(second)).toBeUndefined();
			expect(await store.attempts(second)).toEqual([]);
			const {duplicates} = await store.add({title: undefined, jobs: [newJob('1')]}, 9);
			expect(duplicates).toEqual([]);
		});
	});
};
