import {copyFileSync, existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {chmod} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {describe, expect, test} from 'vitest';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {migrations} from '../../source/store/sqlite/schema.ts';
import {addOne, allPages, changeOf, closedAfterwards, jobIn, newJob, owner, token} from '../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../support/temp.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/databases/${name}`, import.meta.url));

const versions = Array.from({length: migrations.length}, (_, index) => index + 1);

describe('a database', () => {
	test.each(versions)('of version %i opens with everything that was in it, and goes on from there', async version => {
		const path = join(await temporaryDirectory(), 'queue.db');
		copyFileSync(fixture(`v${version}.sqlite`), path);
		const facts = JSON.parse(readFileSync(fixture(`v${version}.json`), 'utf8')) as Record<string, unknown>;
		const store = closedAfterwards(openSqliteStore({path}));
		const {rows} = await store.page({limit: 1000});
		const found = {
			jobs: rows,
			attempts: await Promise.all(rows.map(async ({id}) => store.attempts(id))),
			counts: await store.counts(),
			statistics: await store.statistics(),
		};
		// Fields that are undefined are not in the file.
		expect(JSON.parse(JSON.stringify(found))).toMatchObject(facts);
		for (const {id} of await store.active()) await store.move(id, undefined, changeOf('lose'));
		const [next] = await store.candidates('http:example.org', 1, 2_000_000_000_000);
		expect(await store.claim(next!.id, token('new'), owner('me'), 1)).toMatchObject({attempt: 'new'});
		expect(await addOne(store, newJob('one more'))).toBeGreaterThan(Math.max(...rows.map(job => job.id)));
	});

	test('of a newer tidegate is refused, both versions are named, and the file stays as it was', async () => {
		const path = join(await temporaryDirectory(), 'queue.db');
		copyFileSync(fixture('v1.sqlite'), path);
		const database = new Database(path);
		database.pragma(`user_version = ${migrations.length + 6}`);
		database.close();
		const before = readFileSync(path);
		for (const isReadOnly of [false, true]) {
			expect(() => openSqliteStore({path, isReadOnly})).toThrow(
				new RegExp(`queue.db has version ${migrations.length + 6} .* up to ${migrations.length}: update tidegate`),
			);
		}

		expect(readFileSync(path).equals(before)).toBe(true);
	});

	test('that is something else is refused and stays as it was', async () => {
		const directory = await temporaryDirectory();
		const path = join(directory, 'notes.txt');
		writeFileSync(path, 'these are my notes, and they are worth keeping\n'.repeat(100));
		expect(() => openSqliteStore({path})).toThrow(/opening the queue's database .*notes\.txt: file is not a database/);
		expect(readFileSync(path, 'utf8')).toContain('worth keeping');
		const missing = join(directory, 'missing.db');
		expect(() => openSqliteStore({path: missing, isReadOnly: true})).toThrow(
			/opening the queue's database .*missing\.db/,
		);
		expect(existsSync(missing)).toBe(false);
	});

	test('is readable by its owner only, and so is its directory', async () => {
		const directory = join(await temporaryDirectory(), 'data', 'queue');
		const path = join(directory, 'queue.db');
		const store = closedAfterwards(openSqliteStore({path}));
		await addOne(store, newJob('secret'));
		expect(statSync(directory).mode & 0o777).toBe(0o700);
		for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
		await store.close();
		await chmod(path, 0o644);
		await openSqliteStore({path}).close();
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test('that was opened for reading shows what others write and refuses every change', async () => {
		const path = join(await temporaryDirectory(), 'queue.db');
		const store = closedAfterwards(openSqliteStore({path}));
		const reader = closedAfterwards(openSqliteStore({path, isReadOnly: true}));
		const {id} = await jobIn(store, 'queued', 'job');
		expect(await reader.get(id)).toEqual(await store.get(id));
		expect((await allPages(reader, {})).map(job => job.id)).toEqual([id]);
		await expect(reader.add({title: undefined, jobs: [newJob('x')]}, 1)).rejects.toThrow('for reading only');
		await expect(reader.claim(id, token('t'), owner('me'), 1)).rejects.toThrow('for reading only');
		await expect(reader.move(id, undefined, changeOf('pause'))).rejects.toThrow('for reading only');
		expect(await store.get(id)).toMatchObject({status: 'queued'});
	});
});
