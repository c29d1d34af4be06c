import {join} from 'node:path';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {expect, onTestFinished, test} from 'vitest';
import {createBallast} from '../../../source/store/sqlite/ballast.ts';
import {createFile, openConnection} from '../../../source/store/sqlite/connection.ts';
import {createWriter} from '../../../source/store/sqlite/writer.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const newWriter = async () => {
	const path = join(await temporaryDirectory(), 'test.db');
	createFile(path);
	const connection = openConnection(path, {isReadOnly: false});
	connection.database.exec('CREATE TABLE notes (text TEXT)');
	const writer = createWriter(connection, createBallast(path, false));
	onTestFinished(async () => {
		await writer.close();
	});
	const write = async (text: string) =>
		writer.transact('writing a note', ({prepare}) => prepare('INSERT INTO notes VALUES (?)').run(text));
	const notes = () => connection.prepare('SELECT text FROM notes').pluck().all();
	return {path, connection, writer, write, notes};
};

test('a full disk is told with its code, leaves nothing half done, and does not stop what fits again', async () => {
	const {connection, write, notes} = await newWriter();
	connection.database.pragma('max_page_count = 4');
	const refused = write('x'.repeat(100_000));
	await expect(refused).rejects.toThrow(/^writing a note: no space is left in the data folder \//);
	await expect(refused).rejects.toMatchObject({code: 'SQLITE_FULL'});
	connection.database.pragma('max_page_count = 1000');
	await write('y');
	expect(notes()).toEqual(['y']);
});

// Mutation seen to fail: transactions that do not wait for each other.
test('a transaction that takes several turns keeps the others out, in the order in which they came', async () => {
	const {writer, write, notes} = await newWriter();
	const long = writer.transact('writing notes', async ({prepare}) => {
		for (const text of ['a', 'b', 'c']) {
			prepare('INSERT INTO notes VALUES (?)').run(text);
			await nextTurn();
		}
	});
	await Promise.all([long, write('d'), write('e')]);
	expect(notes()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a transaction that fails takes back what it did, and the next one is not affected', async () => {
	const {writer, write, notes} = await newWriter();
	const failing = writer.transact('writing notes', async ({prepare}) => {
		prepare('INSERT INTO notes VALUES (?)').run('gone');
		await nextTurn();
		throw new Error('changed my mind');
	});
	const next = write('kept');
	await expect(failing).rejects.toThrow('changed my mind');
	await next;
	expect(notes()).toEqual(['kept']);
});

test('a writer waits for another process without stopping this one', async () => {
	const {path, write, notes} = await newWriter();
	const other = openConnection(path, {isReadOnly: false});
	other.database.exec("BEGIN IMMEDIATE; INSERT INTO notes VALUES ('theirs')");
	let isWritten = false;
	const writing = (async () => {
		await write('ours');
		isWritten = true;
	})();
	for (let turns = 0; turns < 50; turns += 1) await nextTurn();
	expect(isWritten).toBe(false);
	other.database.exec('COMMIT');
	await writing;
	other.close();
	expect(notes()).toEqual(['theirs', 'ours']);
});
