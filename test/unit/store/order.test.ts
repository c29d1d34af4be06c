import {join} from 'node:path';
import Database from 'better-sqlite3';
import {expect, onTestFinished, test} from 'vitest';
import {openSqliteStore} from '../../../source/store/sqlite.ts';
import {allPages, newJob} from '../../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const bandWidth = 2 ** 43;

/** A store with jobs of priority 5 whose keys are set by hand. */
const storeWithKeys = async (keys: readonly number[]) => {
	const path = join(await temporaryDirectory(), 'queue.db');
	const store = openSqliteStore({path});
	const {ids} = await store.add({title: undefined, jobs: keys.map((_, index) => newJob(`${index}`))}, 1);
	const database = new Database(path);
	for (const [index, key] of keys.entries()) {
		database.prepare('UPDATE jobs SET sort_key = ? WHERE id = ?').run(key, ids[index]);
	}

	database.close();
	onTestFinished(async () => {
		await store.close();
	});
	return {store, ids};
};

test('every key is a number that JavaScript counts exactly, in the band of its priority', async () => {
	const {store} = await storeWithKeys([]);
	const jobs = Array.from({length: 10}, (_, priority) => newJob(`${priority}`, {priority}));
	await store.add({title: undefined, jobs}, 1);
	const rows = await allPages(store, {});
	expect(rows.map(job => job.priority)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
	for (const {order, priority} of rows) {
		expect(Number.isSafeInteger(order)).toBe(true);
		expect(9 - Math.floor(order / bandWidth)).toBe(priority);
	}
});

test('at the last key of a priority there is still room for more jobs, and behind them', async () => {
	const end = 5 * bandWidth;
	const {store, ids} = await storeWithKeys([end - 3, end - 2, end - 1]);
	const {ids: more} = await store.add({title: undefined, jobs: Array.from({length: 50}, (_, i) => newJob(`n${i}`))}, 2);
	const rows = await allPages(store, {});
	expect(rows.map(job => job.id)).toEqual([...ids, ...more]);
	expect(rows.every(job => job.priority === 5)).toBe(true);
});

test('before the first key of a priority there is still room', async () => {
	const start = 4 * bandWidth;
	const {store, ids} = await storeWithKeys([start, start + 1, start + 2]);
	await store.reorder([ids[2]!], {at: 'top'});
	await store.reorder([ids[1]!], {at: 'top'});
	expect((await allPages(store, {})).map(job => job.id)).toEqual([ids[1], ids[2], ids[0]]);
});

test('where keys are used up, only neighbours get new ones', async () => {
	const middle = 4.5 * bandWidth;
	const keys = Array.from({length: 300}, (_, index) => middle + (index < 150 ? index : index * 4096));
	const {store, ids} = await storeWithKeys(keys);
	const before = new Map((await allPages(store, {})).map(job => [job.id, job.order]));
	await store.reorder([ids[299]!], {before: ids[100]!});
	const rows = await allPages(store, {});
	expect(rows.map(job => job.id)).toEqual([...ids.slice(0, 100), ids[299], ...ids.slice(100, 299)]);
	const changed = rows.filter(job => before.get(job.id) !== job.order);
	expect(changed.length).toBeGreaterThan(1);
	expect(changed.length).toBeLessThan(200);
});
