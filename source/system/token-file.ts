import {randomBytes} from 'node:crypto';
import {chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';

/** A token of 256 bits, and whether it was made just now. */
export type KeptToken = {readonly token: string; readonly isNew: boolean};

/**
 * The token in a file that only this user can read; made where there is none. A file that others could read is closed to
 * them. Throws where the file can be neither read nor made.
 */
export const keepToken = (path: string): KeptToken => {
	mkdirSync(dirname(path), {recursive: true, mode: 0o700});
	const found = readToken(path);
	if (found !== undefined) return {token: found, isNew: false};
	const token = randomBytes(32).toString('base64url');
	// Empty or not there: nobody is let in by an empty one.
	const file = openSync(path, 'w', 0o600);
	try {
		chmodSync(path, 0o600);
		writeSync(file, `${token}\n`);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}

	return {token, isNew: true};
};

const readToken = (path: string): string | undefined => {
	try {
		const token = readFileSync(path, 'utf8').trim();
		if (token === '') return undefined;
		chmodSync(path, 0o600);
		return token;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
};
