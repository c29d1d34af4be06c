import {isAbsolute, join} from 'node:path';
import type {Provider, RunOutcome} from '../engine/ports.ts';
import {errorCode, lstatIfThere, realFiles, writeAtomically, type FileOperations} from '../system/files.ts';

/*
 * What was fetched and verified, noted in the job's directory while a later step makes something else of it: an attempt
 * that comes after a crash, a stop or a failure of that step goes on from the file instead of fetching it again.
 */

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

/** Where steps write, inside the job's directory. */
export const refinedFolder = '.refined';

const noteName = '.fetched.json';

/** No note is longer, in bytes. */
const longestNote = 64 * 1024;

type Note = {readonly outcome: Fetched; readonly size: number; readonly modified: number};

/** Notes the verified file; durable when it resolves. Rejects with the error of the filesystem. */
export const noteFetched = async (directory: string, outcome: Fetched, files: FileOperations): Promise<void> => {
	const found = await lstatIfThere(join(directory, outcome.path), files);
	if (found === undefined) return;
	const note: Note = {outcome, size: Number(found.size), modified: Number(found.mtimeMs)};
	await writeAtomically(join(directory, noteName), JSON.stringify(note), 0o600, files);
};

/** The provider, not asked again for a file that was fetched whole and only has to be worked on. */
export const fetchedOnce = (provider: Provider, files: FileOperations = realFiles): Provider => ({
	...provider,
	async run(job, context) {
		const known = await readFetched(context.directory, files);
		if (known !== undefined) {
			context.log('the file was fetched by an earlier attempt');
			return known;
		}

		return provider.run(job, context);
	},
});

/** What the note says, where its file is still the same one. Otherwise all that was made of it goes. */
const readFetched = async (directory: string, files: FileOperations): Promise<Fetched | undefined> => {
	const path = join(directory, noteName);
	try {
		const found = await lstatIfThere(path, files);
		if (found?.isFile() === true && found.size <= longestNote) {
			const note = parseNote(JSON.parse(await files.readFile(path, 'utf8')));
			if (note !== undefined && (await isSame(directory, note, files))) return note.outcome;
		}
	} catch (error) {
		if (!(error instanceof SyntaxError) && errorCode(error) === undefined) throw error;
	}

	try {
		await files.rm(path, {force: true});
		// A tool that looks for the newest film in its directory must not find one of ours.
		await files.rm(join(directory, refinedFolder), {recursive: true, force: true, maxRetries: 3});
	} catch (error) {
		if (errorCode(error) === undefined) throw error;
	}

	return undefined;
};

const isSame = async (directory: string, {outcome, size, modified}: Note, files: FileOperations): Promise<boolean> => {
	const found = await lstatIfThere(join(directory, outcome.path), files);
	return found?.isFile() === true && Number(found.size) === size && Number(found.mtimeMs) === modified;
};

// The tool that worked in the directory could have written the note: what it says is checked as a tool's word is.
const parseNote = (value: unknown): Note | undefined => {
	if (!isObject(value) || !isObject(value['outcome'])) return undefined;
	const {size, modified} = value;
	const {type, path, name, duration, isWebPageExpected} = value['outcome'];
	if (type !== 'fetched' || !isInside(path) || typeof name !== 'string') return undefined;
	if (typeof size !== 'number' || typeof modified !== 'number') return undefined;
	return {
		outcome: {
			type,
			path,
			name,
			...(typeof duration === 'number' ? {duration} : {}),
			...(isWebPageExpected === true ? {isWebPageExpected} : {}),
		},
		size,
		modified,
	};
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isInside = (path: unknown): path is string =>
	typeof path === 'string' && path !== '' && !isAbsolute(path) && !path.split(/[/\\]/).includes('..');
