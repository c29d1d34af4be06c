import {readFile, stat} from 'node:fs/promises';
import {homedir} from 'node:os';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {sourceLines} from './add.ts';

/** The largest list that is read for the screen, in bytes; for longer ones there is `import urls`. */
const mostBytes = 16 * 1024 * 1024;

/** The sources in a file, one a line, or why there are none. Paths are those of the person's shell. Never rejects. */
export const readListFile = async (
	path: string,
	cwd: string,
): Promise<{readonly sources: readonly string[]} | {readonly problem: string}> => {
	try {
		const file = absolute(path, cwd);
		const found = await stat(file);
		if (found.isDirectory()) return {problem: `${path} is a folder; name a list of addresses, one a line`};
		// A pipe could keep the screen waiting for ever.
		if (!found.isFile()) return {problem: `${path} is no file`};
		if (found.size > mostBytes) return {problem: `${path} is too long for the screen; use: tidegate import urls FILE`};
		const sources = sourceLines(await readFile(file, 'utf8'), path).map(({source}) => source);
		return sources.length === 0 ? {problem: `${path} holds no address; write one a line`} : {sources};
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		if (code === 'ENOENT' || code === 'ENOTDIR') return {problem: `there is no file ${path}`};
		return {problem: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`};
	}
};

const absolute = (path: string, cwd: string): string => {
	if (path.startsWith('file:')) return fileURLToPath(path);
	return resolve(cwd, path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path);
};
