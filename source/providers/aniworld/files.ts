import {join} from 'node:path';
import {emptyFolder, fileInside, listFiles, makePrivateDirectory, removeFile} from '../../system/attempt-files.ts';
import {chooseArtefact} from '../command/artefact.ts';
import {filesFolder, ownFolder} from './arguments.ts';
import {makeSeparate} from './look.ts';
import type {Person} from './arguments.ts';
import type {AniworldGeneration} from '../../domain/aniworld-choices.ts';

const media = /\.(?:mp4|m4v|mov|mkv|webm|ts|flv|avi)$/i;

/** What 4.6.1 calls a file that it has not made whole; it never goes on with one. */
const leftovers = /\.(?:temp_\w+|new)\.\w+$/i;

/** Makes the folders of a run, without what an earlier one has left of no use. Rejects where nobody may write. */
export const makeFolders = async (directory: string, generation: AniworldGeneration, person: Person): Promise<void> => {
	const own = join(directory, ownFolder);
	await clearFolders(directory, generation);
	await makePrivateDirectory(join(directory, filesFolder));
	await makeSeparate(own, person);
};

/** Takes away leftovers, the copy of the person's settings and the tool's temporary files; the parts of 3.x stay. */
export const clearFolders = async (directory: string, generation: AniworldGeneration): Promise<void> => {
	const own = join(directory, ownFolder);
	await makePrivateDirectory(own);
	for (const folder of ['home', 'tmp']) {
		await makePrivateDirectory(join(own, folder));
		await emptyFolder(join(own, folder));
	}

	if (generation === 3) return;
	const files = join(directory, filesFolder);
	for (const {path} of await listFiles(files)) if (leftovers.test(path)) await removeFile(join(files, path));
};

/** The film that is there, whole as far as names tell; the newest where there are several. */
export const findFilm = async (
	directory: string,
): Promise<{readonly path: string; readonly size: number; readonly extension: string} | undefined> => {
	const files = (await listFiles(join(directory, filesFolder))).filter(({path}) => !leftovers.test(path));
	const isBeside = (path: string): boolean => files.some(other => other.path === `${path}.part`);
	const choice = chooseArtefact(
		files.filter(({path}) => !isBeside(path)),
		media,
	);
	if (choice.type !== 'chosen') return undefined;
	const found = await fileInside(directory, join(filesFolder, choice.file.path));
	return found === undefined
		? undefined
		: {...found, extension: /\.(\w+)$/.exec(found.path)?.[1]?.toLowerCase() ?? 'mkv'};
};
