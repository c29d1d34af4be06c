import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {expect, test} from 'vitest';
import {jobStatuses} from '../../source/domain/job.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import type {Line} from '../support/store-writer.ts';
import {changeOf, newJob} from '../contract/job-store/jobs.ts';
import {temporaryDirectory} from '../support/temp.ts';

const writer = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));

// Mutation seen to fail: changes answered before their COMMIT.
test('a process that is killed while it writes loses nothing that was answered, thirty times over', async () => {
	const path = join(await temporaryDirectory(), 'queue.db');
	const expected = new Map<number, string>();
	for (let round = 0; round < 30; round += 1) {
		const lines = await linesUntilKilled(path, round, 1 + ((round * 37) % 90));
		checkFile(path);
		await checkAnswers(path, lines, expected);
	}

	expect(expected.size).toBeGreaterThan(30);
});

/** Everything that the writer said until it was killed, somewhere behind so many lines. */
const linesUntilKilled = async (path: string, round: number, count: number): Promise<readonly Line[]> => {
	const child = spawn(process.execPath, [writer, path, String(round)], {stdio: ['ignore', 'pipe', 'inherit']});
	const lines: Line[] = [];
	try {
		const gone = once(child, 'exit');
		for await (const line of createInterface({input: child.stdout})) {
			lines.push(JSON.parse(line) as Line);
			if (lines.length === count) child.kill('SIGKILL');
		}

		await gone;
	} finally {
		child.kill('SIGKILL');
	}

	return lines;
};

const checkFile = (path: string): void => {
	const database = new Database(path);
	expect(database.pragma('integrity_check', {simple: true})).toBe('ok');
	expect(database.pragma('foreign_key_check')).toEqual([]);
	const kept = database.prepare('SELECT status, jobs FROM totals WHERE jobs > 0 ORDER BY status').all();
	expect(kept).toEqual(
		database.prepare('SELECT status, count(*) AS jobs FROM jobs GROUP BY status ORDER BY status').all(),
	);
	const loads = database.prepare('SELECT lane, startable FROM lane_loads').all();
	expect(loads).toEqual(
		database.prepare("SELECT lane, count(*) AS startable FROM jobs WHERE status = 'queued' GROUP BY lane").all(),
	);
	expect(database.prepare('SELECT count(*) FROM attempts WHERE ended_at IS NULL').pluck().get()).toBe(
		database.prepare('SELECT count(*) FROM jobs WHERE attempt IS NOT NULL').pluck().get(),
	);
	database.close();
};

/** What was answered is there; what was only begun is there whole or not at all. */
const checkAnswers = async (path: string, lines: readonly Line[], expected: Map<number, string>): Promise<void> => {
	const store = openSqliteStore({path});
	const last = lines.at(-1);
	for (const line of lines) {
		if (line.type === 'moved') expected.set(line.id, line.to);
		// The third one is removed again, sooner or later.
		const names = line.type === 'added' ? line.names.toSpliced(2, 1) : [];
		expect(howMany(path, names)).toBe(names.length);
	}

	if (last?.type === 'will-add') expect([0, last.names.length]).toContain(howMany(path, last.names));
	for (const [id, status] of expected) {
		const found = (await store.get(id as never))?.status ?? 'removed';
		const isOpen = last?.type === 'will-move' && last.id === id;
		expect(isOpen ? [status, last.to] : [status], `job ${id}`).toContain(found);
		expected.set(id, found);
	}

	for (const {id} of await store.active()) {
		const moved = await store.move(id, undefined, changeOf('lose'));
		expected.set(id, moved.ok ? (moved.job?.status ?? 'removed') : 'refused');
	}

	const counts = await store.counts();
	expect(jobStatuses.filter(status => counts[status] > 0)).not.toContain('downloading');
	await store.close();
};

const howMany = (path: string, names: readonly string[]): number => {
	const database = new Database(path, {readonly: true});
	const find = database.prepare('SELECT 1 FROM jobs WHERE identity = ?');
	const found = names.filter(name => find.get(newJob(name).identity) !== undefined).length;
	database.close();
	return found;
};
