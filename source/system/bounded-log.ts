import {copyFileSync, fstatSync, renameSync, rmSync, statSync, truncateSync} from 'node:fs';

/*
 * The log that a scheduler in the background writes on its stderr. Libraries that rotate (rotating-file-stream 3.2,
 * pino-roll 4.0) open files of their own; this one was opened by whoever started the process and is its stderr, to
 * which Node itself writes the words about a crash. So the file stays, and what it holds moves on: copied aside and cut
 * to nothing, which a file that is opened for appending allows.
 */

export type BoundedLog = {
	/** Looks whether it has grown too long. Called after a line was written; never throws. */
	look(): void;
};

export const mostLogBytes = 5_000_000;

/** Older ones are kept beside it: `scheduler.log.1` is the newest of them. */
export const generations = 3;

/** Keeps the file at `path` short, where the descriptor writes to it; elsewhere nothing is done. */
export const boundLog = (path: string, descriptor: number, most = mostLogBytes): BoundedLog => {
	if (!isSame(path, descriptor)) return {look() {}};
	let limit = most;
	return {
		look() {
			try {
				const {size} = fstatSync(descriptor);
				if (size < limit) return;
				shift(path);
				limit = most;
			} catch {
				// A disk without room for the copy: later again.
				limit += most / 10;
			}
		},
	};
};

const isSame = (path: string, descriptor: number): boolean => {
	try {
		const [named, open] = [statSync(path), fstatSync(descriptor)];
		return open.isFile() && named.dev === open.dev && named.ino === open.ino;
	} catch {
		return false;
	}
};

const shift = (path: string): void => {
	const fresh = `${path}.new`;
	try {
		copyFileSync(path, fresh);
	} catch (error) {
		rmSync(fresh, {force: true});
		throw error;
	}

	for (let age = generations - 1; age >= 1; age--) {
		try {
			renameSync(`${path}.${age}`, `${path}.${age + 1}`);
		} catch {
			// There are not so many yet.
		}
	}

	renameSync(fresh, `${path}.1`);
	truncateSync(path);
};
