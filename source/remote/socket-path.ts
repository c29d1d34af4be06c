import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, isAbsolute, join} from 'node:path';

/** `sun_path` holds 108 bytes with its end on Linux, 104 on macOS and the BSDs. */
const mostBytes = 103;

/** Where the scheduler of a data directory answers, unless the path is too long for a socket. */
export const usualSocketPath = (directory: string): string => join(directory, 'tidegate.sock');

export const fitsSocket = (path: string): boolean => Buffer.byteLength(path) <= mostBytes;

/**
 * Where to listen: beside the database, or in a new private directory with a short name where that path is too long.
 * `clear` removes that directory again.
 */
export const chooseSocketPath = (
	directory: string,
	env: Readonly<Record<string, string | undefined>>,
): {readonly path: string; clear(): void} => {
	const usual = usualSocketPath(directory);
	if (fitsSocket(usual)) return {path: usual, clear() {}};
	const runtime = env['XDG_RUNTIME_DIR'] ?? '';
	const bases = [isAbsolute(runtime) ? runtime : tmpdir(), tmpdir(), '/tmp'];
	const base = bases.find(candidate => fitsSocket(join(candidate, 'tidegate-XXXXXX', 'tidegate.sock'))) ?? '/tmp';
	// mkdtemp makes the directory with mode 0700 under a name that nobody could have taken before.
	const path = join(mkdtempSync(join(base, 'tidegate-')), 'tidegate.sock');
	return {
		path,
		clear() {
			rmSync(dirname(path), {recursive: true, force: true});
		},
	};
};
