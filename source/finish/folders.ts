import {dirname, join, sep} from 'node:path';
import type {Failure} from '../domain/failure.ts';
import {cleanText} from '../domain/text.ts';
import {errorCode, fsyncDirectory, type FileOperations} from '../system/files.ts';

/**
 * Makes the folders that lead to a target, durable when it resolves, or says what is in the way. A symbolic link among
 * them may lead elsewhere in the storage, never out of it. Errors of the system are thrown.
 *
 * @param root the storage root's real path
 * @param target relative to it, `/` between components
 */
export const makeFolders = async (
	root: string,
	target: string,
	files: FileOperations,
): Promise<Failure | undefined> => {
	let folder = root;
	for (const component of target.split('/').slice(0, -1)) {
		folder = join(folder, component);
		try {
			await files.mkdir(folder);
			await fsyncDirectory(dirname(folder), files);
		} catch (error) {
			if (errorCode(error) !== 'EEXIST') throw error;
			const obstacle = await obstacleAt(root, folder, files);
			if (obstacle !== undefined) {
				return {code: 'destination-exists', message: cleanText(`${folder} ${obstacle}`)};
			}
		}
	}

	return undefined;
};

const obstacleAt = async (root: string, folder: string, files: FileOperations): Promise<string | undefined> => {
	const found = await files.lstat(folder);
	if (found.isDirectory()) return undefined;
	if (!found.isSymbolicLink()) return 'is a file, and a folder is needed there';
	try {
		const real = await files.realpath(folder);
		if (real !== root && !real.startsWith(root + sep)) return 'is a link that leads out of the storage folder';
		return (await files.stat(real)).isDirectory() ? undefined : 'is a link to a file, and a folder is needed there';
	} catch (error) {
		if (errorCode(error) !== 'ENOENT') throw error;
		return 'is a link to nothing';
	}
};
