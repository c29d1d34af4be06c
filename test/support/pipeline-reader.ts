/*
 * Another program of the pipeline, as a process of its own: it transcribes what was downloaded, deletes the videos that it
 * has read, and meanwhile changes and deletes rows as an indexer does. `node pipeline-reader.ts DATABASE PAUSE [calm]`;
 * `calm` changes nothing but what it reads. Ends with SIGTERM, after what it is about.
 */
import {existsSync, rmSync, statSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import Database from 'better-sqlite3';

const [path = '', pause = '20', mode = ''] = process.argv.slice(2);
const database = new Database(path, {timeout: 10_000});
let isOver = false;
process.on('SIGTERM', () => {
	isOver = true;
});

type Row = {readonly id: number; readonly video_path: string | null; readonly video_size_bytes: number | null};

const say = (words: string): void => {
	process.stdout.write(`${words}\n`);
};

/** Reads one video; false where there is none. */
const transcribe = async (): Promise<boolean> => {
	const row = database
		.prepare(
			`UPDATE jobs SET stage = 'transcribing' WHERE id = (SELECT id FROM jobs WHERE stage = 'downloaded' ORDER BY id LIMIT 1)
			RETURNING id, video_path, video_size_bytes`,
		)
		.get() as Row | undefined;
	if (row === undefined) return false;
	say(`read ${row.id}`);
	if (row.video_path === null || !existsSync(row.video_path)) say(`row ${row.id} has no file: ${row.video_path}`);
	else if (statSync(row.video_path).size !== row.video_size_bytes) say(`row ${row.id} has a file of another size`);
	await delay(Number(pause));
	if (row.video_path !== null) rmSync(row.video_path, {force: true});
	database.prepare("UPDATE jobs SET stage = 'transcribed', video_deleted = 1 WHERE id = ?").run(row.id);
	return true;
};

/** Reorders a row, deletes one that nobody has begun, and keeps the database locked for a moment. */
const meddle = async (): Promise<void> => {
	const among = "(SELECT id FROM jobs WHERE stage = 'queued' ORDER BY random() LIMIT 1)";
	database.prepare(`UPDATE jobs SET priority = abs(random()) % 3 WHERE id = ${among}`).run();
	const {changes} = database.prepare(`DELETE FROM jobs WHERE id = ${among} AND id % 17 = 0`).run();
	if (changes > 0) say('deleted one');
	database.exec('BEGIN EXCLUSIVE');
	await delay(30);
	database.exec('COMMIT');
};

say('ready');
for (let turn = 0; !isOver; turn++) {
	const hasRead = await transcribe();
	if (mode !== 'calm' && turn % 5 === 0) await meddle();
	if (!hasRead) await delay(20);
}

database.close();
say('over');
