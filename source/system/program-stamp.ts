import {stat} from 'node:fs/promises';
import {findProgram} from './find-program.ts';

/** Tells one installation of a program from the next: where it is and when it was written. Undefined where it is not there. */
export const programStamp = async (name: string): Promise<string | undefined> => {
	const path = await findProgram(name);
	// What a link leads to counts: that is what an update writes anew.
	const stats = path === undefined ? undefined : await stat(path).catch(() => undefined);
	return path === undefined || stats === undefined ? undefined : `${path} ${stats.ino} ${stats.size} ${stats.mtimeMs}`;
};
