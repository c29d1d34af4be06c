import {contentSha256, type Content} from './content.ts';
import {startMediaServer, type MediaAnswer, type MediaRoute, type MediaServer} from './media-server.ts';
import type {AddRequest} from '../engine/ports.ts';

/** A batch of the tour, ready to be added. */
export type TourBatch = {readonly title: string; readonly requests: readonly AddRequest[]};

export type Tour = {
	readonly batches: readonly TourBatch[];
	/** What is wrong with a source, in words, by its address; all others are whole. */
	readonly faults: ReadonlyMap<string, string>;
	close(): Promise<void>;
};

type Item = {
	readonly file: string;
	readonly title: string;
	/** Bytes. */
	readonly size: number;
	readonly answers?: readonly MediaAnswer[];
	readonly isChecked?: boolean;
	readonly fault?: string;
};

const kilobyte = 1000;

/** The sizes repeat, so that every run of the tour is the same. */
const sizeOf = (index: number, least: number, most: number): number =>
	Math.round((least + ((index * 37) % 100) * 0.01 * (most - least)) * kilobyte);

const series: readonly Item[] = Array.from({length: 12}, (_, index) => ({
	file: `tidal-flats-s01e${String(index + 1).padStart(2, '0')}.mkv`,
	title: `Tidal Flats – Episode ${index + 1}`,
	size: sizeOf(index, 900, 1800),
}));

const album: readonly Item[] = Array.from({length: 8}, (_, index) => ({
	file: `${String(index + 1).padStart(2, '0')}-harbour-lights.flac`,
	title: `Harbour Lights – Track ${index + 1}`,
	size: sizeOf(index + 3, 300, 700),
	isChecked: true,
}));

const talks: readonly Item[] = Array.from({length: 4}, (_, index) => ({
	file: `talk-${index + 1}.mp4`,
	title: `Talk ${index + 1}: on queues`,
	size: sizeOf(index + 5, 1000, 2000),
}));

/** Items of the batch of talks that live on servers of their own, each bad in its own way. */
const troubles = (largerThanMark: number): Readonly<Record<string, readonly Item[]>> => ({
	dropping: [
		{
			file: 'lost-line.mp4',
			title: 'A talk whose line drops',
			size: 1500 * kilobyte,
			answers: [{type: 'file', dropAfter: 400 * kilobyte}, {type: 'file'}],
			fault: 'the line breaks; the rest is fetched, not the whole',
		},
	],
	busy: [
		{
			file: 'busy-hour.mp4',
			title: 'A talk on a busy server',
			size: 800 * kilobyte,
			answers: [{type: 'status', status: 503, headers: {'retry-after': '2'}}, {type: 'file'}],
			fault: 'the server answers 503 with Retry-After: 2 at first',
		},
	],
	forgetful: [
		{
			file: 'gone.mp4',
			title: 'A talk that is not there',
			size: 1,
			answers: [{type: 'status', status: 404}],
			fault: 'the server does not have it',
		},
		{
			file: 'damaged.mp4',
			title: 'A talk that arrives damaged',
			size: 600 * kilobyte,
			answers: [{type: 'file', damagedAt: [1234, 300_000]}],
			isChecked: true,
			fault: 'the server sends wrong bytes',
		},
		{
			file: 'conference.mp4',
			title: 'A conference, all of it',
			size: largerThanMark,
			fault: 'larger than the disk mark',
		},
	],
});

/**
 * Starts the tour's servers on loopback, four of them, and says what to fetch from them: 29 files in three batches.
 *
 * @param rate bytes per second of each connection, or undefined for as fast as it goes
 * @param hardLimit the disk mark in bytes; one file is larger
 */
export const startTour = async (rate: number | undefined, hardLimit: number): Promise<Tour> => {
	const servers: MediaServer[] = [];
	const faults = new Map<string, string>();
	let seed = 1;
	const publish = async (items: readonly Item[]): Promise<AddRequest[]> => {
		const routes: Record<string, MediaRoute> = {};
		const contents: Content[] = [];
		for (const item of items) {
			const content = {seed: seed++, size: item.size};
			contents.push(content);
			routes[`/${item.file}`] = {content, ...(item.answers === undefined ? {} : {answers: item.answers})};
		}

		const server = await startMediaServer({routes, ...(rate === undefined ? {} : {rate})});
		servers.push(server);
		return items.map((item, index) => {
			const source = `${server.url}/${item.file}`;
			const content = contents[index];
			if (item.fault !== undefined) faults.set(source, item.fault);
			return {
				source,
				title: item.title,
				...(item.isChecked === true && content !== undefined ? {checksum: `sha256:${contentSha256(content)}`} : {}),
			};
		});
	};

	const library = await publish([...series, ...album, ...talks]);
	const troubled: AddRequest[] = [];
	for (const items of Object.values(troubles(hardLimit + 5_000_000))) troubled.push(...(await publish(items)));
	return {
		batches: [
			{title: 'Tidal Flats, season 1', requests: library.slice(0, series.length)},
			{title: 'Harbour Lights', requests: library.slice(series.length, series.length + album.length)},
			// The ones in trouble go first, so that their story is told while the rest runs.
			{title: 'Talks', requests: [...troubled, ...library.slice(series.length + album.length)]},
		],
		faults,
		async close() {
			await Promise.all(servers.map(server => server.close()));
		},
	};
};
