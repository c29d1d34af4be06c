import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {basename, dirname, join, relative} from 'node:path';
import {pipeline} from 'node:stream/promises';
import type {Job} from '../domain/job.ts';
import {lstatIfThere, writeAtomically} from '../system/files.ts';
import type {Link} from './link.ts';
import {episodesOf, metadataText, type Episode, type Languages, type Series} from './metadata.ts';
import {rowOfJob} from './request.ts';
import {seriesOf} from './rows.ts';

/** Describes finished files beside them. */
export type Publisher = {
	/**
	 * Adds a completed job to the `metadata.json` of its series. Never rejects: a file that cannot be described is there all
	 * the same. Returns what the file holds, where that can be told.
	 */
	publish(job: Job): Promise<Media | undefined>;
	/** Reads no file to its end any more: what is missing then is its sum, and what it holds. */
	hurry(): void;
};

/** What a film holds; `duration` in seconds. */
export type Media = {readonly duration: number | undefined; readonly languages: Languages};

/** Looks into a film; undefined where nobody can tell. Never rejects. */
export type DescribeMedia = (path: string, job: Job, signal: AbortSignal) => Promise<Media | undefined>;

export type PublisherParts = {
	readonly link: Link;
	/** Default: nobody can tell what a film holds. */
	readonly describe?: DescribeMedia | undefined;
	readonly say: (text: string) => void;
};

/** A longer one is none of ours: a thousand episodes are 200 kB. */
const longestMetadata = 16e6;

export const createPublisher = ({link, say, describe}: PublisherParts): Publisher => {
	const haste = new AbortController();
	let last: Promise<void> = Promise.resolve();

	const write = async (
		job: Job,
		path: string,
		{sha256, media}: {readonly sha256: string | undefined; readonly media: Media | undefined},
	): Promise<void> => {
		const key = rowOfJob(job);
		if (key === undefined) return;
		const series = (await link.use(connection => seriesOf(connection, key)))?.result;
		if (series === undefined) return;
		const file = join(folderOf(path), 'metadata.json');
		const known = await readKnown(file, series);
		if (known === undefined) {
			say(`${file} is not written: another file of that name is there`);
			return;
		}

		const episode: Episode = {
			episode: key.episode,
			file: relative(folderOf(path), path),
			size: job.size ?? 0,
			sha256: sha256 ?? null,
			duration_seconds: media?.duration === undefined ? null : Math.round(media.duration * 1000) / 1000,
			languages: media?.languages ?? null,
			completed_at: new Date(job.endedAt ?? job.createdAt).toISOString(),
		};
		await writeAtomically(file, metadataText(series, known, episode), 0o644);
	};

	return {
		async publish(job) {
			const {outputPath} = job;
			if (outputPath === undefined) return undefined;
			let media: Media | undefined;
			try {
				const reading = describe?.(outputPath, job, haste.signal);
				const sha256 = await sumOf(outputPath, haste.signal);
				media = await reading;
				// Two episodes of a series may be done at once: one is written after the other.
				const own = last.then(() => write(job, outputPath, {sha256, media}));
				last = own.catch(() => undefined);
				await own;
			} catch (error) {
				say(
					`${job.title} is not described in metadata.json: ${error instanceof Error ? error.message : String(error)}`,
				);
			}

			return media;
		},
		hurry() {
			haste.abort();
		},
	};
};

/** The folder of the series: the one above `episodes`, or that of the file where its template has no such folder. */
const folderOf = (path: string): string => {
	const folder = dirname(path);
	return basename(folder) === 'episodes' ? dirname(folder) : folder;
};

const sumOf = async (path: string, signal: AbortSignal): Promise<string | undefined> => {
	const hash = createHash('sha256');
	try {
		await pipeline(createReadStream(path), hash, {signal});
		return hash.digest('hex');
	} catch {
		return undefined;
	}
};

/** The episodes that are described already; undefined where the file is not ours to write. */
const readKnown = async (path: string, series: Series): Promise<readonly Episode[] | undefined> => {
	const found = await lstatIfThere(path);
	if (found === undefined) return [];
	if (!found.isFile() || found.size > longestMetadata) return undefined;
	return episodesOf(await readFile(path, 'utf8'), series);
};
