import {join} from 'node:path';
import {fileInside, listFiles, removeFile} from '../../system/attempt-files.ts';
import {readStart} from '../../system/scratch.ts';
import {chooseArtefact, type LeftFile} from '../command/artefact.ts';
import {ownFolder} from './arguments.ts';

export type Artefact = {
	/** Relative to the directory. */
	readonly path: string;
	readonly size: number;
	/** What the file is by its first bytes, or by its name where they say nothing. */
	readonly extension: string;
};

const media = /\.(?:mp4|m4v|mov|mkv|webm|ts|flv|avi)$/i;
const unfinished = /^\.(?:part|ytdl|aria2|temp)/i;

/** Whole films in the directory and below: a slash in a title makes folders. */
const wholeFilms = async (directory: string): Promise<readonly LeftFile[]> => {
	const files = (await listFiles(directory)).filter(({path}) => !path.startsWith(`${ownFolder}/`));
	const isBeside = (path: string): boolean =>
		files.some(other => other.path.startsWith(path) && unfinished.test(other.path.slice(path.length)));
	return files.filter(({path}) => media.test(path) && !isBeside(path));
};

/** The film that is there, whole as far as names tell; the newest where there are several. */
export const findArtefact = async (directory: string): Promise<Artefact | undefined> => {
	const choice = chooseArtefact(await wholeFilms(directory), media);
	const found = choice.type === 'chosen' ? await fileInside(directory, choice.file.path) : undefined;
	if (found === undefined) return undefined;
	const named = /\.(\w+)$/.exec(found.path)?.[1]?.toLowerCase() ?? 'mp4';
	return {...found, extension: extensionOf(await readStart(join(directory, found.path), 512)) ?? named};
};

/** Nobody may go on from these, nor believe them. */
export const removeFilms = (directory: string): Promise<void> => removeStrangers(directory, /^(?!)/);

/** Takes away what is not to be believed in a later run: films that have another name than the one we give. */
export const removeStrangers = async (directory: string, ours: RegExp): Promise<void> => {
	for (const {path} of await wholeFilms(directory)) if (!ours.test(path)) await removeFile(join(directory, path));
};

/** The extension of the container that these bytes begin; undefined where it is none of the three that are met here. */
export const extensionOf = (start: Uint8Array): string | undefined => {
	const text = Buffer.from(start).toString('latin1');
	if (text.slice(4, 8) === 'ftyp') return 'mp4';
	if (text.startsWith('\u001AE\u00DF\u00A3')) return text.slice(0, 64).includes('webm') ? 'webm' : 'mkv';
	// MPEG-TS: a sync byte every 188 bytes; yt-dlp leaves it so where it has no ffmpeg to put it into MP4.
	return text[0] === 'G' && text[188] === 'G' && text[376] === 'G' ? 'ts' : undefined;
};
