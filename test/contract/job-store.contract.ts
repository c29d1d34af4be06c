import {describe, expect, test} from 'vitest';
import {describeAdding} from './job-store/adding.ts';
import {describeCandidates} from './job-store/candidates.ts';
import {addOne, allPages, changeOf, jobIn, newJob, owner, token, type NewSubject} from './job-store/jobs.ts';
import {describeLists} from './job-store/lists.ts';
import {describeMoving} from './job-store/moving.ts';
import {describeProperties} from './job-store/properties.ts';
import {describeUndo} from './job-store/undo.ts';
import {describeWindows} from './job-store/windows.ts';

/** What every store promises, whatever it keeps the queue in. */
export const describeJobStore = (name: string, newSubject: NewSubject): void => {
	describe(name, () => {
		describeAdding(newSubject);
		describeMoving(newSubject);
		describeCandidates(newSubject);
		describeLists(newSubject);
		describeProperties(newSubject);
		describeWindows(newSubject);
		describeUndo(newSubject);
		describeConnections(newSubject);
	});
};

const describeConnections = (newSubject: NewSubject): void => {
	describe('outside of one connection', () => {
		test('a queue that is opened again holds the same jobs, counts and history', async context => {
			const {open, reopen} = await newSubject();
			if (reopen === undefined) return context.skip('needs a store that outlives its process');
			const store = await open();
			const {id} = await jobIn(store, 'finishing', 'one');
			await addOne(store, newJob('ünïcode', {options: {episode: 1}}), 'Batch');
			await store.writeSetting('queue-paused', 'true');
			const before = [
				await allPages(store, {}),
				await store.counts(),
				await store.attempts(id),
				await store.statistics(),
			];
			const again = await reopen(store);
			const after = [
				await allPages(again, {}),
				await again.counts(),
				await again.attempts(id),
				await again.statistics(),
			];
			expect(after).toEqual(before);
			expect(await again.readSetting('queue-paused')).toBe('true');
			return undefined;
		});

		test('two connections agree: what one was told, the other sees, and only one gets a job', async context => {
			const {open, join} = await newSubject();
			if (join === undefined) return context.skip('needs a store that can be shared');
			const one = await open();
			const other = await join(one);
			for (let round = 0; round < 20; round += 1) {
				const id = await addOne(round % 2 === 0 ? one : other, newJob(`${round}`));
				const claims = await Promise.all([
					one.claim(id, token(`one${round}`), owner('one'), 5),
					other.claim(id, token(`other${round}`), owner('other'), 5),
				]);
				expect(claims.filter(job => job !== undefined)).toHaveLength(1);
				const winner = claims.find(job => job !== undefined);
				expect(await one.get(id)).toEqual(await other.get(id));
				const late = await (claims[0] === undefined ? one : other).move(id, token('loser'), changeOf('begin'));
				expect(late).toMatchObject({ok: false, reason: 'stale'});
				expect(await other.move(id, winner?.attempt, changeOf('begin'))).toMatchObject({ok: true});
			}

			expect(await one.counts()).toEqual(await other.counts());
			expect((await one.counts()).downloading).toBe(20);
			return undefined;
		});

		// Mutation seen to fail: reading on the connection that writes.
		test('nobody sees half of what is being added, and what comes meanwhile is not lost', async context => {
			const {open, join} = await newSubject();
			if (join === undefined) return context.skip('needs a store that can be shared');
			const store = await open();
			const other = await join(store);
			const jobs = Array.from({length: 20_000}, (_, index) => newJob(`${index}`));
			const seen = new Set<number>();
			let isAdded = false;
			const adding = store.add({title: 'Large', jobs}, 1).then(result => {
				isAdded = true;
				return result;
			});
			const meanwhile = [
				store.add({title: undefined, jobs: [newJob('own')]}, 2),
				other.add({title: undefined, jobs: [newJob('foreign')]}, 2),
			];
			while (!isAdded) {
				seen.add((await store.counts()).queued).add((await other.counts()).queued);
				await new Promise(setImmediate);
			}

			expect((await adding).ids).toHaveLength(20_000);
			await Promise.all(meanwhile);
			expect([...seen].every(count => [0, 1, 20_000, 20_001, 20_002].includes(count))).toBe(true);
			expect((await other.counts()).queued).toBe(20_002);
			return undefined;
		});
	});
};
