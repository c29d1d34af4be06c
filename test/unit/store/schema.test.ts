import {join} from 'node:path';
import Database from 'better-sqlite3';
import {describe, expect, onTestFinished, test} from 'vitest';
import {checkVersion, migrate} from '../../../source/store/sqlite/migrate.ts';
import {migrations} from '../../../source/store/sqlite/schema.ts';
import {attemptColumns, jobColumns} from '../../../source/store/sqlite/steps.ts';
import {openSqliteStore} from '../../../source/store/sqlite.ts';
import {changeOf, jobIn, newJob} from '../../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const newDatabase = async (): Promise<Database.Database> => {
	const database = new Database(join(await temporaryDirectory(), 'test.db'));
	onTestFinished(() => {
		database.close();
	});
	return database;
};

describe('the database refuses', () => {
	const contradictions: ReadonlyArray<readonly [claim: string, set: string, of: string]> = [
		['a status that does not exist', "status = 'done'", 'queued'],
		['a running job without an attempt', "status = 'downloading'", 'queued'],
		['an attempt without an owner', 'owner = NULL', 'downloading'],
		['a queued job with an attempt', "status = 'queued'", 'downloading'],
		['a completed job without a file', 'output_path = NULL', 'completed'],
		['a completed job without a size', 'size = NULL, output_path = NULL', 'completed'],
		['a completed job with an error', "error_code = 'x', error_message = 'x', error_class = 'person'", 'completed'],
		['a queued job with a file', "output_path = '/x', size = 1", 'queued'],
		['a failed job without a reason', 'error_code = NULL, error_message = NULL, error_class = NULL', 'failed'],
		['half an error', 'error_message = NULL', 'failed'],
		['an ended job without an end', 'ended_at = NULL', 'cancelled'],
		['an end of a job that goes on', 'ended_at = 5', 'queued'],
		['attempts below nothing', 'attempts = -1', 'queued'],
		['a priority beyond 9', 'priority = 10', 'queued'],
		['a place in the order of another priority', 'priority = 6', 'queued'],
		['a place of a file for a job that has failed', "placing = '{}'", 'failed'],
		['a place of a file that is no JSON', "placing = '{'", 'finishing'],
		['a retry of a job that runs', 'retry_at = 5', 'downloading'],
		['a queued job without a source', 'is_sourced = 0', 'queued'],
		['bytes below nothing', 'bytes = -1', 'queued'],
		['words where a number belongs', "bytes = 'many'", 'queued'],
		['another identity', "identity = 'other'", 'queued'],
		['another lane', "lane = 'other'", 'queued'],
		['a batch that does not exist', 'batch = 77', 'queued'],
	];

	test.each(contradictions)('%s', async (_, set, of) => {
		const path = join(await temporaryDirectory(), 'queue.db');
		const store = openSqliteStore({path});
		const {id} = await jobIn(store, of as 'queued', 'job');
		await store.close();
		const database = new Database(path);
		database.pragma('foreign_keys = ON');
		expect(() => database.exec(`UPDATE jobs SET ${set} WHERE id = ${id}`)).toThrow(
			/CHECK|FOREIGN KEY|cannot store|never changes/,
		);
		database.close();
	});

	test('two jobs with one identity', async () => {
		const path = join(await temporaryDirectory(), 'queue.db');
		const store = openSqliteStore({path});
		await jobIn(store, 'downloading', 'job');
		await store.close();
		const database = new Database(path);
		expect(() =>
			database.exec(`INSERT INTO jobs (title, provider, lane, source, identity, status, is_sourced, priority, sort_key,
				max_attempts, created_at) SELECT title, provider, lane, source, identity, 'queued', 1, priority, sort_key + 1, 1, 1 FROM jobs`),
		).toThrow('UNIQUE');
		database.close();
	});
});

// Whoever adds a column to a job decides what a removal keeps of it.
test('what a removal keeps of a job and its attempts are all their columns', async () => {
	const path = join(await temporaryDirectory(), 'queue.db');
	await openSqliteStore({path}).close();
	const database = new Database(path, {readonly: true});
	const columnsOf = (table: string): readonly string[] =>
		(database.pragma(`table_info(${table})`) as ReadonlyArray<{readonly name: string}>).map(({name}) => name);
	expect(jobColumns.split(', ').toSorted()).toEqual(columnsOf('jobs').toSorted());
	expect(attemptColumns.split(', ').toSorted()).toEqual(columnsOf('attempts').toSorted());
	expect(columnsOf('step_rows')).toEqual(['step', ...jobColumns.split(', ')]);
	expect(columnsOf('step_attempts')).toEqual(['step', ...attemptColumns.split(', ')]);
	database.close();
});

describe('migrations', () => {
	test('bring an old database to the newest version, and leave it there', async () => {
		const database = await newDatabase();
		const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a)', 'CREATE TABLE three (a)'];
		migrate(database, steps.slice(0, 1));
		expect(checkVersion(database, 3)).toBe(1);
		migrate(database, steps);
		migrate(database, steps);
		expect(checkVersion(database, 3)).toBe(3);
		expect(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(3);
	});

	test('leave everything as it was when one of them fails', async () => {
		const database = await newDatabase();
		migrate(database, ['CREATE TABLE one (a)']);
		expect(() => migrate(database, ['', 'CREATE TABLE two (a)', 'CREATE TABLE one (a)'])).toThrow('already exists');
		expect(checkVersion(database, 3)).toBe(1);
		expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['one']);
	});

	test('do not touch the database of another program', async () => {
		const database = await newDatabase();
		database.exec('CREATE TABLE bookmarks (a)');
		expect(() => migrate(database, migrations)).toThrow('another program');
		expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['bookmarks']);
	});
});

describe('power cuts', () => {
	// Mutation seen to fail: NORMAL for every transaction.
	test('a change of status is synced before it is answered, progress is not', async () => {
		const path = join(await temporaryDirectory(), 'queue.db');
		const seen: string[] = [];
		const store = openSqliteStore({path, trace: sql => seen.push(sql)});
		const {id, attempt} = await jobIn(store, 'downloading', 'job');
		await store.saveProgress([{id, attempt, bytes: 1, total: 2}]);
		await store.move(id, attempt, changeOf('yield'));
		await store.add({title: undefined, jobs: [newJob('next')]}, 1);
		await store.close();
		const modes = seen.filter(sql => sql.startsWith('PRAGMA synchronous'));
		expect(modes).toEqual(['FULL', 'NORMAL', 'FULL'].map(mode => `PRAGMA synchronous = ${mode}`));
		const progress = seen.findIndex(sql => sql.startsWith('UPDATE jobs SET bytes'));
		expect(seen.slice(0, progress).findLast(sql => sql.startsWith('PRAGMA'))).toBe('PRAGMA synchronous = NORMAL');
	});
});
