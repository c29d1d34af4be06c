import {readFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {frameSum} from './audio.ts';
import {countersOf, peerFile, type Counters} from './counters.ts';
import type {Entry} from './journal.ts';
import type {Copy, Music} from './music.ts';

/** What the double's journal and the storage tell of how the albums were fetched. Bytes are those that peers have sent. */
export type AlbumsVerdict = {
	readonly albums: number;
	readonly complete: number;
	readonly tracks: number;
	/** Tracks of which at least one whole right copy lies in the storage. */
	readonly placed: number;
	/** Files in the storage that are no wanted song, or one that lies there already: a sentence each. */
	readonly strangers: readonly string[];
	/** Sent by peers who would have brought the whole right song, and the sizes of the copies that lie in the storage. */
	readonly sent: number;
	readonly worth: number;
	/** Sent by all others, which nobody could know before. */
	readonly lost: number;
	/** A copy that had come and was not the song was asked for again from the same peer: a sentence each. */
	readonly repeats: readonly string[];
	/** A whole right copy had come, and it is not the one in the storage: a sentence each. */
	readonly thrown: readonly string[];
	readonly missing: readonly string[];
	/** How often a file of each temper was asked for, and how many came whole as far as slskd can tell. */
	readonly askedOf: ReadonlyMap<string, number>;
	readonly cameOf: ReadonlyMap<string, number>;
	readonly counters: Counters;
};

const delivers = ({temper, isRight}: Copy): boolean =>
	isRight && (temper === 'good' || temper === 'slow' || temper === 'queue-slow' || temper === 'slot-liar');

export const judgeAlbums = async (music: Music, storage: string, entries: readonly Entry[]): Promise<AlbumsVerdict> => {
	const counters = countersOf(entries);
	const copies = new Map(music.copies.map(copy => [peerFile(copy.user, copy.file), copy]));
	const {placed, strangers} = await lookInto(storage, music);
	const deliveredRight = Map.groupBy(
		counters.delivered.filter(({user, file}) => copies.get(peerFile(user, file))?.isRight === true),
		({user, file}) => copies.get(peerFile(user, file))?.track ?? -1,
	);

	let [sent, lost, worth] = [0, 0, 0];
	for (const [key, bytes] of counters.bytesSent) {
		const copy = copies.get(key);
		if (copy !== undefined && delivers(copy)) sent += bytes;
		else lost += bytes;
	}

	const thrown: string[] = [];
	const tracks = music.albums.flatMap(album => album.tracks);
	for (const {key, artist, title} of tracks) {
		const came = deliveredRight.get(key) ?? [];
		const isPlaced = placed.has(key);
		if (isPlaced) worth += came[0]?.size ?? 0;
		const surplus = came.slice(isPlaced ? 1 : 0);
		for (const {user, path} of surplus)
			thrown.push(
				`${artist} - ${title} of ${user}, ${isPlaced ? 'another copy was taken' : 'none was taken'}: ${path}`,
			);
	}

	const complete = music.albums.filter(album => album.tracks.every(({key}) => placed.has(key)));
	const missing = tracks
		.filter(({key}) => !placed.has(key))
		.map(track => `${track.artist} - ${track.title} (${track.album}, ${track.number})`);
	return {
		albums: music.albums.length,
		complete: complete.length,
		tracks: tracks.length,
		placed: placed.size,
		strangers,
		sent,
		worth,
		lost,
		repeats: repeatsOf(counters, copies),
		thrown,
		missing,
		askedOf: tally(
			[...counters.enqueues].flatMap(([key, times]) => times.map(() => copies.get(key)?.temper ?? 'none')),
		),
		cameOf: tally(counters.delivered.map(({user, file}) => copies.get(peerFile(user, file))?.temper ?? 'none')),
		counters,
	};
};

const tally = (names: readonly string[]): ReadonlyMap<string, number> =>
	new Map([...Map.groupBy(names, name => name)].map(([name, some]) => [name, some.length]));

/** What lies in the storage, by the audio itself. */
const lookInto = async (storage: string, {recordings, albums}: Music) => {
	const songs = new Map<string, number>();
	for (const [track, paths] of recordings)
		for (const path of paths) songs.set(frameSum(readFileSync(path)) ?? path, track);
	const tracks = new Map(albums.flatMap(album => album.tracks.map(track => [track.key, track])));
	const placed = new Map<number, string>();
	const strangers: string[] = [];
	const entries = await readdir(storage, {recursive: true, withFileTypes: true}).catch(() => []);
	for (const entry of entries) {
		const path = join(entry.parentPath, entry.name);
		if (!entry.isFile() || path.includes('/.tidegate')) continue;
		const track = songs.get(frameSum(readFileSync(path)) ?? '');
		if (track === undefined) strangers.push(`${path} is no song that is wanted`);
		else if (placed.has(track)) strangers.push(`${path} is there twice, the first time as ${placed.get(track)}`);
		else placed.set(track, path);
		const title = track === undefined ? undefined : tracks.get(track)?.title;
		if (title !== undefined && !lettersOf(path).includes(lettersOf(title))) strangers.push(`${path} is ${title}`);
	}

	return {placed, strangers};
};

const lettersOf = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** Asked for again after the bad copy had come: it was looked at then, or had to be. */
const repeatsOf = (counters: Counters, copies: ReadonlyMap<string, Copy>): readonly string[] => {
	const repeats: string[] = [];
	const first = new Map<string, number>();
	for (const {user, file, at} of counters.delivered) {
		const key = peerFile(user, file);
		if (copies.get(key)?.isRight === false && !first.has(key)) first.set(key, at);
	}

	for (const [key, came] of first) {
		const again = (counters.enqueues.get(key) ?? []).filter(at => at > came);
		const copy = copies.get(key);
		for (const at of again)
			repeats.push(`${copy?.temper} ${copy?.file} of ${copy?.user}: came ${time(came)}, asked for again ${time(at)}`);
	}

	return repeats;
};

const time = (at: number): string => new Date(at).toISOString().slice(11, 23);
