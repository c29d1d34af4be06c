import {closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {Batch, EventRecord, Transfer} from './transfer.ts';

/** Everything that happens, in its order: what a double knows after it was killed, and what its judge reads. */
export type Entry = {readonly at: number} & (
	| {readonly type: 'start'}
	| {readonly type: 'search'; readonly id: string; readonly text: string; readonly timeout: number}
	| {readonly type: 'search-end'; readonly id: string}
	| {readonly type: 'refused'; readonly what: 'search' | 'enqueue'; readonly status: number}
	| {
			readonly type: 'enqueue';
			readonly user: string;
			readonly file: string;
			readonly answer: 'enqueued' | 'failed' | 'offline';
	  }
	| {readonly type: 'transfer'; readonly transfer: Transfer}
	| {readonly type: 'batch'; readonly batch: Batch}
	| {readonly type: 'bytes'; readonly user: string; readonly file: string; readonly count: number}
	| {
			readonly type: 'delivered';
			readonly user: string;
			readonly file: string;
			readonly path: string;
			readonly size: number;
	  }
	| {readonly type: 'left'; readonly user: string}
	| {readonly type: 'event'; readonly record: EventRecord}
	| {readonly type: 'requests'; readonly second: number; readonly count: number}
);

type Untimed<Kind> = Kind extends {readonly at: number} ? Omit<Kind, 'at'> : never;
export type News = Untimed<Entry>;

export type Journal = {
	/** What was written before this process. */
	readonly past: readonly Entry[];
	/** All of it, that of this process included. */
	readonly entries: () => readonly Entry[];
	readonly write: (news: News) => void;
	readonly close: () => void;
};

const fileOf = (directory: string): string => join(directory, 'journal.jsonl');

/** Opens the journal in a directory, or begins it. Each entry is in the file when `write` returns. */
export const openJournal = (directory: string): Journal => {
	mkdirSync(directory, {recursive: true});
	const past = readJournal(directory);
	const all = [...past];
	const file = openSync(fileOf(directory), 'a');
	// A line that a death has cut must not swallow the next one.
	writeSync(file, '\n');
	return {
		past,
		entries: () => all,
		write(news) {
			const entry = {at: Date.now(), ...news} as Entry;
			all.push(entry);
			writeSync(file, `${JSON.stringify(entry)}\n`);
		},
		close() {
			fsyncSync(file);
			closeSync(file);
		},
	};
};

/** What a double has noted so far, whether it lives or not; a line cut by its death is left out. */
export const readJournal = (directory: string): readonly Entry[] => {
	let text = '';
	try {
		text = readFileSync(fileOf(directory), 'utf8');
	} catch {
		return [];
	}

	return text.split('\n').flatMap(line => {
		try {
			return line === '' ? [] : [JSON.parse(line) as Entry];
		} catch {
			return [];
		}
	});
};
