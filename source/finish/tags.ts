import {dirname, join} from 'node:path';
import type {Job} from '../domain/job.ts';
import type {TagField} from '../domain/track.ts';
import {copyFresh, realFiles, roomIn, type FileOperations} from '../system/files.ts';
import type {RefineOrder, RefineOutcome, RefineStep} from './refine.ts';
import type {Covers} from './tags-cover.ts';
import {id3HeadBytes, id3Length, kindOf, type TagKind} from './tags-kind.ts';
import type {Tagger} from './tags-tagger.ts';
import {tagValues} from './tags-values.ts';
import type {Cover} from './tags-write.ts';

export type TagSettings = {
	readonly fields: readonly TagField[];
	/** Whether what the file says already gives way. */
	readonly isOverwriting: boolean;
	/** Undefined: no covers. */
	readonly covers: Covers | undefined;
	readonly tagger: Tagger;
	/** The file operations, where a test wants others. */
	readonly files?: FileOperations;
};

/**
 * Writes what a job knows of its track into a copy of its file, which takes the file's place. What cannot be tagged stays
 * as it came; a cover that cannot be had is left out.
 */
export const createTagStep = (settings: TagSettings): RefineStep => ({
	phase: 'tagging',
	concerns: ({options}) => options.track !== undefined,
	run: async order => {
		try {
			return await tagFile(order, settings);
		} catch (error) {
			if (order.help.signal.aborted) return {type: 'stopped'};
			throw error;
		}
	},
});

/** What texts and the room that a library leaves for later ones may take beside the cover, in bytes. */
const roomForTexts = 256 * 1024;

/** In Ogg a picture is text, of four characters for three bytes, in pages with heads of their own. */
const roomForCover = 1.4;

const tagFile = async (order: RefineOrder, settings: TagSettings): Promise<RefineOutcome> => {
	const {job, file, directory, help} = order;
	const {files = realFiles, tagger, isOverwriting, fields} = settings;
	const {track} = job.options;
	if (track === undefined) return {type: 'unchanged'};
	const kind = await kindOfFile(file.path, files);
	if (kind === undefined) return untagged(order, 'it is in no format that has tags');
	const cover = await coverOf(job, order, settings);
	const needs = file.size + Math.ceil((cover?.data.length ?? 0) * roomForCover) + roomForTexts;
	const room = await help.reserve(needs);
	if (room === 'later') return {type: 'no-room', needs};
	if (room === 'never') return untagged(order, `there will never be room for ${needs} bytes more beside it`);
	const path = join(directory, 'tagged');
	await copyFresh(file.path, path, files);
	help.wrote(file.size);
	await requireRoom(path, needs, files);
	const answer = await tagger.tag({path, kind, values: tagValues(track, fields), cover, isOverwriting}, help.signal);
	switch (answer.type) {
		case 'written':
			help.wrote(Number((await files.lstat(path)).size));
			return {type: 'changed', path, name: file.name};
		case 'refused':
			// The library (6.0) takes no notice of a disk that takes less than it is given.
			await requireRoom(path, needs, files);
			return untagged(order, answer.why);
		case 'failed':
			throw Object.assign(new Error(answer.message), {code: answer.code});
	}
};

/** Bytes that are looked at. */
const startBytes = 12;

const kindOfFile = async (path: string, files: FileOperations): Promise<TagKind | undefined> => {
	const handle = await files.open(path, 'r');
	try {
		const read = async (position: number): Promise<Buffer> => {
			const {buffer, bytesRead} = await handle.read(Buffer.alloc(startBytes), 0, startBytes, position);
			return buffer.subarray(0, bytesRead);
		};
		const start = await read(0);
		const skipped = id3Length(start.subarray(0, id3HeadBytes));
		return kindOf(skipped === 0 ? start : await read(skipped));
	} finally {
		await handle.close();
	}
};

/** Rejects as a full disk does where what is still to be written does not fit. */
const requireRoom = async (path: string, needs: number, files: FileOperations): Promise<void> => {
	const {size} = await files.lstat(path);
	if ((await roomIn(dirname(path), files)) >= needs - Number(size)) return;
	throw Object.assign(new Error('there is no room for tags'), {code: 'ENOSPC'});
};

const untagged = ({help, file}: RefineOrder, why: string): RefineOutcome => {
	help.log(`${file.name} stays without tags: ${why}`);
	return {type: 'unchanged'};
};

const coverOf = async ({options}: Job, {help}: RefineOrder, {covers}: TagSettings): Promise<Cover | undefined> => {
	const address = options.track?.cover;
	if (covers === undefined || address === undefined) return undefined;
	const answer = await covers.get(address, help.signal);
	if (answer.type === 'cover') return answer.cover;
	help.log(`the cover is left out: ${answer.why}`);
	return undefined;
};
