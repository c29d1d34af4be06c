import {describe, expect, test} from 'vitest';
import {mostCandidates, type Candidate} from '../../../source/domain/candidate.ts';
import {addOne, changeOf, jobIn, newJob, owner, token, type NewSubject} from './jobs.ts';

const candidate = (name: string, facts: Partial<Candidate> = {}): Candidate => ({
	source: `slskd://peer/${name}?size=700`,
	peer: 'peer',
	file: `Music\\${name}.flac`,
	size: 700,
	score: 87.5,
	reasons: ['title 100 %', 'free slot'],
	state: {is: 'untried'},
	...facts,
});

const found = [candidate('one'), candidate('two', {state: {is: 'tried'}}), candidate('three')];

export const describeCandidates = (newSubject: NewSubject): void => {
	describe('candidates', () => {
		// Mutation seen to fail: the lane left as it was.
		test('a search that finds gives the job its source, its lane, and all that it has found, best first', async () => {
			const {open} = await newSubject();
			const store = await open();
			const id = await addOne(store, newJob('wanted', {isSourced: false, lane: 'slskd:search', provider: 'slskd'}));
			await addOne(store, newJob('next', {isSourced: false, lane: 'slskd:search', provider: 'slskd'}));
			await store.claim(id, token('one'), owner('me'), 1500);
			const source = 'slskd://peer/one?size=700';
			const change = {event: 'find', at: 1600, source, lane: 'slskd', candidates: found} as const;
			expect(await store.move(id, token('one'), change)).toMatchObject({
				ok: true,
				job: {status: 'queued', source, lane: 'slskd', isSourced: true},
			});
			expect(await store.get(id)).toMatchObject({lane: 'slskd', source, identity: newJob('wanted').identity});
			expect(await store.candidatesOf(id)).toEqual(found);
			expect(await store.lanes()).toEqual([
				{lane: 'slskd', provider: 'slskd', startable: 1},
				{lane: 'slskd:search', provider: 'slskd', startable: 1},
			]);
			expect((await store.candidates('slskd', 5, 2000)).map(job => job.id)).toEqual([id]);
		});

		test('of a job that nobody searched for there are none', async () => {
			const {open} = await newSubject();
			const store = await open();
			expect(await store.candidatesOf(await addOne(store, newJob('plain')))).toEqual([]);
		});

		// Mutation seen to fail: the token not compared.
		test('only the holder of the job says what became of them', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'downloading', 'job');
			const failed = [candidate('one', {state: {is: 'failed', reason: 'the peer is offline'}}), candidate('two')];
			expect(await store.keepCandidates(id, attempt, found)).toBe(true);
			expect(await store.keepCandidates(id, token('another'), failed, 'slskd://x/y')).toBe(false);
			expect(await store.candidatesOf(id)).toEqual(found);
			expect((await store.get(id))?.source).toBe(newJob('job').source);
			expect(await store.keepCandidates(id, attempt, failed, 'slskd://peer/two?size=700')).toBe(true);
			expect(await store.candidatesOf(id)).toEqual(failed);
			expect(await store.get(id)).toMatchObject({
				source: 'slskd://peer/two?size=700',
				identity: newJob('job').identity,
			});
			await store.move(id, attempt, changeOf('yield'));
			expect(await store.keepCandidates(id, attempt, found)).toBe(false);
			expect(await store.candidatesOf(id)).toEqual(failed);
		});

		test('they are bounded, and their names are safe to show', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'starting', 'job');
			const hostile = candidate('x', {peer: 'pe\u001B[31mer', file: 'a\u202Eb\n.mp3', size: -1, score: Number.NaN});
			const many = Array.from({length: 30}, (_, index) => candidate(`${index}`));
			await store.keepCandidates(id, attempt, [hostile, ...many]);
			const kept = await store.candidatesOf(id);
			expect(kept).toHaveLength(mostCandidates);
			expect(kept[0]).toMatchObject({peer: 'peer', file: 'ab .mp3', size: 0, score: 0});
		});

		test('they leave with their job', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'downloading', 'job');
			await store.keepCandidates(id, attempt, found);
			await store.move(id, attempt, changeOf('fail'));
			expect(await store.candidatesOf(id)).toEqual(found);
			await store.move(id, undefined, changeOf('remove'));
			expect(await store.candidatesOf(id)).toEqual([]);
		});
	});
};
