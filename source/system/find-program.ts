import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import {delimiter, isAbsolute, resolve} from 'node:path';

/** Where a program is, by its name and the PATH that tools get; undefined where it cannot be found or executed. */
export const findProgram = async (
	name: string,
	environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> => {
	// An empty part of PATH means the folder one happens to be in: that is nobody's intention.
	const folders = (environment['PATH'] ?? '').split(delimiter).filter(folder => folder !== '');
	for (const path of isAbsolute(name) ? [name] : folders.map(folder => resolve(folder, name))) {
		if (await isProgram(path)) return path;
	}

	return undefined;
};

const isProgram = async (path: string): Promise<boolean> => {
	try {
		await access(path, constants.X_OK);
		return (await stat(path)).isFile();
	} catch {
		return false;
	}
};
