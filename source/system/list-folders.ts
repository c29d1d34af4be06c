import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

/** Names of the folders in a folder that hold a file of this name, sorted; none where it cannot be read. */
export const foldersHolding = (path: string, file: string): readonly string[] => {
	try {
		return readdirSync(path)
			.filter(name => existsSync(join(path, name, file)))
			.toSorted();
	} catch {
		return [];
	}
};
