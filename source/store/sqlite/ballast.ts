import {randomFillSync} from 'node:crypto';
import {closeSync, fstatSync, openSync, statfsSync, statSync, unlinkSync, writeSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Connection} from './connection.ts';

/**
 * Space that is kept for the queue alone: a file of real blocks beside the database, `<database>.ballast`. It is given up
 * when the filesystem is full, so that what becomes of jobs can still be written down, and made anew when space is back.
 */
export type Ballast = {
	/** Frees the space; false where there is none (any more). */
	giveUp(): boolean;
	/** Makes the file where it is missing, is to be kept and there is room; never rejects. */
	restore(): Promise<void>;
	/** Keeps what the log of a closed database has left, however little: the next start needs a few pages to read it. */
	keepForNextStart(): Promise<void>;
};

/** For some ten thousand bytes a change, this is enough for hundreds of them. */
export const ballastSize = 4 * 1024 * 1024;

/** Where less is free than so many times its size, it is not made: the space is needed more by others. */
const timesItsSize = 3;

/** How often it is looked whether there is room again, in milliseconds. */
const restoreInterval = 2000;

/** Free pages inside the database that are made from what was given up: rows that come need them, and checkpoints. */
const forDatabase = 256 * 1024;

/**
 * Filesystems that write to another place whatever is overwritten: a longer log holds nothing there for later.
 * Numbers of btrfs, ZFS and bcachefs as statfs(2) gives them.
 */
const copyOnWrite = new Set([0x91_23_68_3e, 0x2f_c1_2f_c1, 0xca_45_1a_4e]);

/** @param isKept makes and restores it; without, one that is there is only given up */
export const createBallast = (database: string, isKept: boolean): Ballast => {
	const path = `${database}.ballast`;
	let making: Promise<void> | undefined;
	let triedAt = Number.NEGATIVE_INFINITY;

	return {
		giveUp() {
			if (making !== undefined) return false;
			if (sizeOf(path) === 0) return false;
			try {
				unlinkSync(path);
			} catch {
				return false;
			}

			triedAt = performance.now();
			return true;
		},
		async restore() {
			if (!isKept || making !== undefined || performance.now() - triedAt < restoreInterval) return;
			triedAt = performance.now();
			if (sizeOf(path) === ballastSize || !hasRoom(path)) return;
			making = make(path, false).finally(() => {
				making = undefined;
			});
			await making;
		},
		async keepForNextStart() {
			await making;
			if (isKept && sizeOf(path) === 0) await make(path, true);
		},
	};
};

const sizeOf = (path: string): number => {
	try {
		return statSync(path).size;
	} catch {
		return 0;
	}
};

const hasRoom = (path: string): boolean => {
	try {
		const {bavail, bsize} = statfsSync(dirname(path));
		return bavail * bsize >= timesItsSize * ballastSize;
	} catch {
		return false;
	}
};

const make = async (path: string, isPartWelcome: boolean): Promise<void> => {
	try {
		const handle = await open(path, 'w', 0o600);
		try {
			// Chance, because zeros take no room where the filesystem packs what it stores.
			await handle.writeFile(randomFillSync(Buffer.alloc(ballastSize)));
			await handle.datasync();
		} finally {
			await handle.close();
		}
	} catch {
		// No room after all: others may need what there is.
		if (!isPartWelcome && sizeOf(path) > 0) unlinkSync(path);
	}
};

/**
 * Takes over what has been given up before somebody else fills it: pages inside the database, and a log that is long
 * enough for a thousand of them before it begins anew. Does what it can; never throws.
 */
export const takeOver = ({database, prepare}: Connection): void => {
	try {
		// What waits in the log gets its place in the database first.
		database.pragma('wal_checkpoint(PASSIVE)');
		// Two transactions: pages that are taken and given back in one are never written, and have no blocks.
		prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)').run(spaceKey, '~'.repeat(forDatabase));
		prepare('DELETE FROM settings WHERE key = ?').run(spaceKey);
		database.pragma('wal_checkpoint(PASSIVE)');
		prepare('BEGIN IMMEDIATE').run();
		lengthen(`${database.name}-wal`, ballastSize);
	} catch {
		// Somebody else was faster; what could be had is there.
	} finally {
		if (database.inTransaction) prepare('ROLLBACK').run();
	}
};

const spaceKey = 'ballast';

/**
 * What stands behind the last frame of a write-ahead log is no part of it (its frames carry the salt of the header:
 * sqlite.org/fileformat2.html#walformat), and SQLite writes over it without asking for new blocks. Only with the lock of
 * the writer: nobody else may be lengthening it.
 */
const lengthen = (log: string, length: number): void => {
	if (copyOnWrite.has(statfsSync(dirname(log)).type)) return;
	const zeros = Buffer.alloc(64 * 1024);
	const descriptor = openSync(log, 'r+');
	try {
		for (let end = fstatSync(descriptor).size; end < length;) {
			end += writeSync(descriptor, zeros, 0, Math.min(zeros.length, length - end), end);
		}
	} finally {
		closeSync(descriptor);
	}
};
