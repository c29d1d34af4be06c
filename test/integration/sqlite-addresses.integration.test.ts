import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {expect, onTestFinished, test} from 'vitest';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {newJob} from '../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../support/temp.ts';

const old = fileURLToPath(new URL('../fixtures/databases/v4.sqlite', import.meta.url));
const identity = (address: string): string => `http\u001F${address}`;

/** A queue as it was before addresses were compared by RFC 3986, with jobs for these addresses. */
const oldQueue = async (addresses: readonly string[]): Promise<string> => {
	const path = join(await temporaryDirectory(), 'queue.db');
	copyFileSync(old, path);
	const database = new Database(path);
	const [{key}] = database.prepare('SELECT max(sort_key) AS key FROM jobs WHERE priority = 5').all() as [
		{key: number | null},
	];
	for (const [index, address] of addresses.entries()) {
		database
			.prepare(
				`INSERT INTO jobs (title, provider, lane, source, identity, status, is_sourced, priority, sort_key, max_attempts, created_at)
				VALUES ('old', 'http', 'http:x', ?, ?, 'queued', 1, 5, ?, 5, 1)`,
			)
			.run(address, identity(address), (key ?? 4 * 8_796_093_022_208) + index + 1);
	}

	database.close();
	return path;
};

const open = (path: string) => {
	const store = openSqliteStore({path});
	onTestFinished(() => store.close());
	return store;
};

test('jobs of an older queue are found by every spelling of their address', async () => {
	const path = await oldQueue(['https://example.org./%7euser/a%2fb', 'https://example.org/plain']);
	const store = open(path);
	const rows = (await store.page({limit: 1000, text: 'example.org'})).rows.filter(({title}) => title === 'old');
	expect(rows.map(job => job.identity)).toEqual([
		identity('https://example.org/~user/a%2Fb'),
		identity('https://example.org/plain'),
	]);
	// They are fetched from where they were fetched before.
	expect(rows.map(({source}) => source)).toEqual(['https://example.org./%7euser/a%2fb', 'https://example.org/plain']);
	const again = newJob('again', {identity: identity('https://example.org/~user/a%2Fb')});
	expect((await store.add({title: undefined, jobs: [again]}, 2)).duplicates).toMatchObject([{id: rows[0]?.id}]);
});

test('two old jobs that are the same now both stay, and what a job is can not be changed afterwards', async () => {
	const path = await oldQueue(['https://example.org/%41', 'https://example.org/A', 'tool:%41']);
	const store = open(path);
	const rows = (await store.page({limit: 1000})).rows.filter(({title}) => title === 'old');
	expect(rows.map(job => job.identity)).toEqual([
		identity('https://example.org/%41'),
		identity('https://example.org/A'),
		identity('tool:%41'),
	]);
	await store.close();
	const database = new Database(path);
	expect(() => database.exec("UPDATE jobs SET identity = 'x' WHERE title = 'old'")).toThrow('never changes');
	database.close();
});

test('a removal that is undone after the update brings its job back under the new form', async () => {
	const path = await oldQueue(['https://example.org/x']);
	const database = new Database(path);
	database.exec("INSERT INTO steps (id, kind, detail, jobs, at, until) VALUES (1, 'remove', '', 1, 1, 2)");
	const columns = (database.pragma('table_info(jobs)') as Array<{name: string}>).map(({name}) => name).join(', ');
	database.exec(`INSERT INTO step_rows (step, ${columns}) SELECT 1, ${columns} FROM jobs WHERE title = 'old'`);
	database.prepare('UPDATE step_rows SET identity = ?').run(identity('https://example.org./%7Euser'));
	database.close();
	await open(path).counts();
	const after = new Database(path, {readonly: true});
	expect(after.prepare('SELECT identity FROM step_rows').pluck().all()).toEqual([
		identity('https://example.org/~user'),
	]);
	after.close();
});
