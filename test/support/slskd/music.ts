import {statSync} from 'node:fs';
import {makeAudio, type AudioFormat, type Recording, type Song} from './audio.ts';
import {tempers, type Peer, type SharedFile, type Temper} from './scenario.ts';

export type WantedTrack = {
	/** Names it: its number among all tracks. */
	readonly key: number;
	readonly artist: string;
	readonly album: string;
	readonly title: string;
	readonly number: number;
	readonly numberOf: number;
	readonly seconds: number;
};

export type Album = {readonly artist: string; readonly title: string; readonly tracks: readonly WantedTrack[]};

/** What a peer's file is in truth. */
export type Copy = {
	readonly user: string;
	readonly file: string;
	readonly track: number;
	readonly temper: Temper;
	/** The whole song that its name says comes out of it, if it comes. */
	readonly isRight: boolean;
	readonly size: number;
};

export type Music = {
	readonly albums: readonly Album[];
	readonly peers: readonly Peer[];
	readonly copies: readonly Copy[];
	/** The recordings of each track that are right, by its key: paths. */
	readonly recordings: ReadonlyMap<number, readonly string[]>;
};

export type MusicOptions = {
	readonly count: number;
	/** The share of the peers that are bad, 0 to 1. */
	readonly bad: number;
	readonly chance: () => number;
};

/** Those who bring no whole right song, in the order in which they are handed out. */
const badTempers: readonly Temper[] = [
	'offline',
	'stalled',
	'rejecting',
	'wrong-file',
	'half-file',
	'leaves',
	'queue-stuck',
	'damaged',
];

/** Those who bring it, sooner or later. */
const goodTempers: readonly Temper[] = [
	'good',
	'good',
	'queue-slow',
	'good',
	'good',
	'slow',
	'good',
	'good',
	'good',
	'slot-liar',
	'good',
	'good',
];

/** Whether the bytes that come are those of the song. */
const bringsRight = (temper: Temper): boolean =>
	temper !== 'wrong-file' && temper !== 'half-file' && temper !== 'damaged';

/** Copies of each album; one of a good peer is complete. */
const copiesPerAlbum = 5;

/** Albums, who shares them, and the audio itself; the same for the same chance. */
export const makeMusic = async ({count, bad, chance}: MusicOptions): Promise<Music> => {
	const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)] as Item;
	const albums = makeAlbums(count, chance);
	const users = makeUsers(Math.max(25, count), bad, chance);
	const plans: Array<{readonly user: User; readonly track: WantedTrack; readonly recording: Recording}> = [];
	for (const album of albums) {
		const good = pick(users.filter(({temper}) => !badTempers.includes(temper)));
		const others = new Set<User>([good]);
		while (others.size < copiesPerAlbum) others.add(pick(users));
		for (const user of others) {
			for (const track of album.tracks) {
				// Some have lost a song or two.
				if (user !== good && chance() < 0.05) continue;
				plans.push({user, track, recording: recordingOf(user, track, chance)});
			}
		}
	}

	const contents = await makeAudio(plans.map(({recording}) => recording));
	return assemble(albums, users, plans, contents);
};

type User = {
	readonly name: string;
	readonly temper: Temper;
	readonly format: AudioFormat;
	readonly style: number;
	readonly tells: boolean;
	readonly answersAfter: number;
};

const makeUsers = (count: number, bad: number, chance: () => number): readonly User[] =>
	Array.from({length: count}, (_, index): User => {
		// Spread evenly, so that few users have the share of many.
		const isBad = Math.floor((index + 1) * bad) > Math.floor(index * bad);
		const nth = Math.floor(index * bad);
		const good = goodTempers[(index - nth) % goodTempers.length] ?? 'good';
		return {
			name: `${word(chance)} ${index}${index % 7 === 0 ? '/ü%' : ''}`,
			temper: isBad ? (badTempers[nth % badTempers.length] ?? 'offline') : good,
			format: !isBad && good === 'good' && chance() < 0.06 ? 'mp3-32' : 'flac',
			style: Math.floor(chance() * 3),
			tells: chance() < 0.7,
			answersAfter: 500 + Math.floor(chance() * 1500),
		};
	});

const syllables = [
	'ba',
	'cor',
	'del',
	'fim',
	'gun',
	'hal',
	'jor',
	'kel',
	'lum',
	'mar',
	'nov',
	'pel',
	'qui',
	'ros',
	'sen',
];

const word = (chance: () => number): string => {
	const text = Array.from({length: 3}, () => syllables[Math.floor(chance() * syllables.length)]).join('');
	return text.charAt(0).toUpperCase() + text.slice(1);
};

const makeAlbums = (count: number, chance: () => number): readonly Album[] => {
	let key = 0;
	return Array.from({length: count}, (_, index) => {
		const artist = `${word(chance)} ${word(chance)}`;
		const title = `${word(chance)} ${word(chance)}${index % 9 === 2 ? ` & ${word(chance)}'s` : ''}`;
		const numberOf = 8 + Math.floor(chance() * 5);
		const tracks = Array.from({length: numberOf}, (__, place): WantedTrack => ({
			key: key++,
			artist,
			album: title,
			// The song that gave the album its name: a search for it finds all of them.
			title: place === 3 && index % 10 === 0 ? title : `${word(chance)} ${word(chance)}${place === 5 ? ' (live)' : ''}`,
			number: place + 1,
			numberOf,
			seconds: 40 + Math.floor(chance() * 30),
		}));
		return {artist, title, tracks};
	});
};

const recordingOf = (user: User, track: WantedTrack, chance: () => number): Recording => {
	const {artist, title, album, number} = track;
	const right: Song = {tone: toneOf(track.key), seconds: track.seconds, artist, title, album, number};
	if (user.temper !== 'wrong-file') return {song: right, format: user.format};
	// As many bytes as the song would have, in less time.
	const other = Math.floor(chance() * 20);
	return {
		song: {
			tone: 6000 + other,
			seconds: 9 + other / 4,
			toneSeconds: 3,
			artist: 'Somebody Else',
			title: `Other Song ${other}`,
		},
		format: user.format,
	};
};

/** Half a hertz from one song to the next. */
const toneOf = (key: number): number => 300 + key / 2;

const assemble = (
	albums: readonly Album[],
	users: readonly User[],
	plans: ReadonlyArray<{readonly user: User; readonly track: WantedTrack; readonly recording: Recording}>,
	contents: readonly string[],
): Music => {
	const files = new Map<User, SharedFile[]>(users.map(user => [user, []]));
	const copies: Copy[] = [];
	const recordings = new Map<number, string[]>();
	for (const [index, {user, track, recording}] of plans.entries()) {
		const content = contents[index] ?? '';
		const path = pathOf(user, track);
		files.get(user)?.push({
			path,
			content,
			// Liars tell the length of the song that is wanted.
			...(user.tells ? {length: track.seconds} : {}),
			...(user.tells && user.format === 'flac' ? {sampleRate: 44_100, bitDepth: 16} : {}),
			...(user.format === 'mp3-32' ? {bitRate: 32, sampleRate: 24_000} : {}),
		});
		const isRight = bringsRight(user.temper);
		copies.push({
			user: user.name,
			file: path,
			track: track.key,
			temper: user.temper,
			isRight,
			size: statSync(content).size,
		});
		if (recording.song.tone !== toneOf(track.key)) continue;
		const known = recordings.get(track.key) ?? [];
		if (!known.includes(content)) recordings.set(track.key, [...known, content]);
	}

	const peers = users.map((user): Peer => ({
		username: user.name,
		temper: user.temper,
		files: files.get(user) ?? [],
		answersAfter: user.answersAfter,
		...(user.temper === 'slow' ? {speed: 8000} : {}),
	}));
	for (const {temper} of peers) if (!tempers.includes(temper)) throw new Error(`${temper} is no temper`);
	return {albums, peers, copies, recordings};
};

const safe = (text: string): string => text.replaceAll(/[\\/:*?"<>|]/g, '_');

/** People file their music in different ways. */
const pathOf = ({name, style, format}: User, {artist, album, title, number}: WantedTrack): string => {
	const padded = String(number).padStart(2, '0');
	const extension = format === 'flac' ? 'flac' : 'mp3';
	const root = `@@${safe(name).toLowerCase().slice(0, 5).trim()}`;
	if (style === 0) return `${root}\\Music\\${safe(artist)}\\${safe(album)}\\${padded} - ${safe(title)}.${extension}`;
	if (style === 1)
		return `${root}\\${safe(artist)} - ${safe(album)} (2001) [${extension.toUpperCase()}]\\${padded}. ${safe(title)}.${extension}`;
	return `${root}\\shared\\${safe(artist)}\\2001 - ${safe(album)}\\${safe(artist)} - ${padded} - ${safe(title)}.${extension}`;
};
