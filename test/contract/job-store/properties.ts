import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {agree, newModel, step, take} from './event-model.ts';
import {allPages, type NewSubject} from './jobs.ts';
import {arrange, arrangement, type Placed} from './order-model.ts';
import {by, fits, listing, member, populate} from './page-model.ts';

const runs = {numRuns: Number(process.env['FC_RUNS'] ?? 60)};

export const describeProperties = (newSubject: NewSubject): void => {
	describe('whatever happens', () => {
		// Mutations seen to fail: a batch's moves not counted; a lost attempt not ended; candidates before their time; no
		// ripening; a started job still counted in its lane; a resumed job that still waits for its next try.
		test('every job is where the events have led it, and the counts are those of a recount', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(fc.array(step, {maxLength: 60, size: 'max'}), async steps => {
					const store = await subject.open();
					const model = newModel();
					await take(store, model, {type: 'add', count: 3, isSourced: true, isPaused: false, lane: 'a', batch: 'One'});
					for (const one of steps) {
						await take(store, model, one);
						await agree(store, model);
					}
				}),
				runs,
			);
		});

		// Mutations seen to fail: new jobs in the middle of their priority; `bottom` before the last job; a moved job that
		// keeps its priority; jobs moved in the order in which they were named; new keys for the wrong side of a gap.
		test('the order is priority, then arrival, then what people made of it', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(fc.array(arrangement, {maxLength: 30, size: 'max'}), async steps => {
					const store = await subject.open();
					let line: readonly Placed[] = [];
					for (const one of steps) {
						line = await arrange(store, line, one);
						const rows = await allPages(store, {limit: 1000});
						expect(rows.map(({id, priority}) => ({id, priority}))).toEqual(line);
						expect(rows.every((job, index) => index === 0 || job.order > rows[index - 1]!.order)).toBe(true);
					}
				}),
				runs,
			);
		});

		// Mutations seen to fail: rows with the same end as the last one skipped; statuses not merged; the cursor taken from
		// the row behind the last; the part of jobs that have not ended left out.
		test('the pages of a list are the whole list, each job once, in both directions', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(
					fc.array(member, {maxLength: 40, size: 'max'}),
					fc.array(listing, {minLength: 1, maxLength: 12}),
					async (members, listings) => {
						const store = await subject.open();
						const jobs = await populate(store, members);
						for (const {filter, isInBatch, sort, isDescending, limit} of listings) {
							const batch = isInBatch ? (await store.batch('Even'))?.id : undefined;
							const query = {...filter, ...(batch === undefined ? {} : {batch})};
							const rows = await allPages(store, {...query, sort, isDescending, limit});
							const expected = jobs.filter(job => fits(job, query)).toSorted(by(sort, isDescending));
							expect(rows.map(job => job.id)).toEqual(expected.map(job => job.id));
							// How long it ran is told by lists alone, and looked at by a test of its own.
							expect(rows.map(row => ({...row, ranFor: undefined}))).toEqual(expected);
						}
					},
				),
				runs,
			);
		});
	});
};
