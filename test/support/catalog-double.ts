import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';

/*
 * The APIs of Deezer, MusicBrainz and Spotify on loopback: shapes as they were recorded (test/fixtures and the facts), with
 * any number of tracks, and with the faults that they have.
 */

export type Asked = {
	/** `deezer`, `musicbrainz`, `spotify` or `token`. */
	readonly api: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage['headers'];
	/** By the clock of the test. */
	readonly at: number;
	readonly body: string;
};

/** What is answered in the place of the usual answer; undefined: the usual one. */
export type Fault = (
	asked: Asked,
) =>
	| {readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown}
	| 'hang'
	| 'cut'
	| undefined;

export type CatalogDouble = {
	readonly url: string;
	readonly deezer: string;
	readonly musicbrainz: string;
	readonly spotify: string;
	readonly token: string;
	readonly asked: readonly Asked[];
	/** Requests that were being answered at once, at most. */
	mostAtOnce(): number;
	connections(): number;
	fault(fault: Fault | undefined): void;
	close(): Promise<void>;
};

export type DoubleOptions = {
	readonly now?: () => number;
	/** Real milliseconds before each answer. */
	readonly slow?: number;
};

export const createCatalogDouble = async ({now = Date.now, slow = 0}: DoubleOptions = {}): Promise<CatalogDouble> => {
	const asked: Asked[] = [];
	let fault: Fault | undefined;
	let [going, most, connections] = [0, 0, 0];
	const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const body = await bodyOf(request);
		const url = new URL(request.url ?? '/', 'http://double');
		const [, api = '', ...rest] = url.pathname.split('/');
		const path = `/${rest.join('/')}`;
		const one: Asked = {api, path, query: url.searchParams, headers: request.headers, at: now(), body};
		asked.push(one);
		const wrong = fault?.(one);
		if (wrong === 'hang') return;
		if (wrong === 'cut') request.socket.destroy();
		else setTimeout(() => send(response, wrong ?? usual(one)), slow);
	};

	const server = createServer((request, response) => {
		going++;
		most = Math.max(most, going);
		response.once('close', () => going--);
		void hear(request, response);
	});
	server.on('connection', () => connections++);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url,
		deezer: `${url}/deezer`,
		musicbrainz: `${url}/musicbrainz`,
		spotify: `${url}/spotify`,
		token: `${url}/token`,
		asked,
		mostAtOnce: () => most,
		connections: () => connections,
		fault(next) {
			fault = next;
		},
		async close() {
			server.closeAllConnections();
			server.close();
		},
	};
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
	let text = '';
	for await (const chunk of request.setEncoding('utf8')) text += chunk;
	return text;
};

type Answer = {readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown};

const send = (response: ServerResponse, {status = 200, headers = {}, body}: Answer): void => {
	response.writeHead(status, {'content-type': 'application/json; charset=utf-8', ...headers});
	response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

const usual = (asked: Asked): Answer => {
	switch (asked.api) {
		case 'deezer':
			return deezer(asked);
		case 'musicbrainz':
			return musicBrainz(asked);
		case 'spotify':
			return spotify(asked);
		case 'token':
			return {body: {access_token: 'token-of-the-double', token_type: 'Bearer', expires_in: 3600}};
		default:
			return {status: 404, body: 'nothing here'};
	}
};

const range = (from: number, to: number): readonly number[] =>
	Array.from({length: Math.max(0, to - from)}, (_, index) => from + index);

// Deezer: an id of N stands for an album or playlist of N tracks.

const deezerArtist = {id: 27, name: 'Daft Punk', link: 'https://www.deezer.com/artist/27', type: 'artist'};

/** `album`: as in `/album/ID/tracks`; `playlist`: as in a playlist, without place and ISRC; `inside`: inside an album. */
const deezerTrack = (number: number, shape: 'album' | 'playlist' | 'inside'): object => ({
	id: 3_135_500 + number,
	readable: number % 10 !== 7,
	title: `Track ${number} (Remastered)`,
	title_short: `Track ${number}`,
	title_version: '(Remastered)',
	link: `https://www.deezer.com/track/${3_135_500 + number}`,
	duration: '226',
	rank: '700000',
	explicit_lyrics: false,
	preview: 'https://cdns-preview-1.dzcdn.net/stream/c-1.mp3',
	artist: deezerArtist,
	...(shape === 'album'
		? {isrc: `GBDUW00000${String(number % 100).padStart(2, '0')}`, track_position: number, disk_number: 1}
		: {}),
	...(shape === 'playlist' ? {time_add: 1_529_931_420, album: {id: 302_127, title: 'Discovery', cover: 'x'}} : {}),
	type: 'track',
});

const deezer = ({path, query}: Asked): Answer => {
	const [, kind = '', id = '', part] = path.split('/');
	const size = Number(id);
	if (size > 100_000) {
		return {body: {error: {type: 'DataException', message: 'no data', code: 800}}};
	}

	if (kind === 'track') {
		return {
			body: {...deezerTrack(size, 'album'), release_date: '2001-03-07', album: {id: 302_127, title: 'Discovery'}},
		};
	}

	if (kind === 'artist' && part === 'albums') {
		const data = [
			{id: 3, title: 'Homework', record_type: 'album', release_date: '1997-01-20', type: 'album'},
			{id: 2, title: 'Discovery', record_type: 'album', release_date: '2001-03-07', type: 'album'},
			{id: 1, title: 'One More Time', record_type: 'single', release_date: '2000-11-30', type: 'album'},
		];
		return {body: {data, total: data.length}};
	}

	if (part === 'tracks') {
		const limit = Number(query.get('limit') ?? 25);
		const index = Number(query.get('index') ?? 0);
		const numbers = range(index + 1, Math.min(size, index + limit) + 1);
		const data = numbers.map(number => deezerTrack(number, kind === 'album' ? 'album' : 'playlist'));
		const next =
			index + limit < size ? `https://api.deezer.com/${kind}/${id}/tracks?index=${index + limit}` : undefined;
		return {body: {data, total: size, ...(kind === 'playlist' ? {checksum: 'abc'} : {}), ...(next && {next})}};
	}

	if (kind === 'album') {
		return {
			body: {
				id: size,
				title: 'Discovery',
				upc: '724384960650',
				link: `https://www.deezer.com/album/${id}`,
				cover_xl: 'https://e-cdns-images.dzcdn.net/images/cover/xl.jpg',
				genre_id: 113,
				genres: {data: [{id: 113, name: 'Dance', type: 'genre'}]},
				label: 'Parlophone',
				nb_tracks: size,
				release_date: '2001-03-07',
				record_type: 'album',
				available: true,
				contributors: [{...deezerArtist, role: 'Main'}],
				artist: deezerArtist,
				type: 'album',
				tracks: {data: range(1, size + 1).map(number => deezerTrack(number, 'inside'))},
			},
		};
	}

	if (kind === 'playlist') {
		// The list inside is short of what the playlist has, where that is more than 100.
		return {
			body: {
				id: size,
				title: 'Electro "Pop" für alle',
				nb_tracks: size,
				public: true,
				checksum: 'abc',
				creator: {id: 1, name: 'somebody'},
				type: 'playlist',
				tracks: {
					data: range(1, Math.min(size, 100) + 1).map(number => deezerTrack(number, 'playlist')),
					checksum: 'abc',
				},
			},
		};
	}

	return {body: {error: {type: 'InvalidQueryException', message: 'Unknown path components', code: 600}}};
};

// MusicBrainz: the last digits of an MBID are the number of tracks.

const mbid = (kind: string, number: number): string =>
	`${kind.padEnd(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const releaseId = (tracks: number): string => mbid('a', tracks);
export const groupId = (editions: number): string => mbid('b', editions);
export const mbArtistId: string = mbid('c', 1);

const credit = [
	{name: 'Simon', joinphrase: ' & ', artist: {id: mbid('c', 1), name: 'Simon'}},
	{name: 'Garfunkel', joinphrase: '', artist: {id: mbid('c', 2), name: 'Garfunkel'}},
];

const mbTracks = (count: number): readonly object[] =>
	range(1, count + 1).map(number => ({
		id: mbid('d', number),
		number: `A${number}`,
		position: number,
		title: `Song ${number}`,
		length: number === 2 ? null : 180_000 + number,
		'artist-credit': credit,
		recording: {
			id: mbid('e', number),
			title: `Song ${number}`,
			length: 180_000 + number,
			video: false,
			isrcs: [`USSM1960000${number % 10}`],
			'artist-credit': credit,
		},
	}));

const edition = (number: number, date: string, status = 'Official', format = 'CD'): object => ({
	id: releaseId(number),
	title: 'Bookends',
	status,
	date,
	country: 'US',
	media: [{position: 1, format, 'track-count': number}],
	'release-group': {
		id: mbid('b', number),
		title: 'Bookends',
		'primary-type': 'Album',
		'secondary-types': number === 5 ? ['Live'] : [],
		'first-release-date': date,
	},
});

const musicBrainz = ({path, query}: Asked): Answer => {
	const [, entity = '', id = ''] = path.split('/');
	const missing: Answer = {
		status: 404,
		body: {error: 'Not Found', help: 'For usage, please see: https://musicbrainz.org'},
	};
	if (entity === 'release' && id === '') {
		const all = [
			edition(7, '1968-04-03', 'Bootleg'),
			edition(6, '1968-04-03', 'Official', '12" Vinyl'),
			edition(5, '2001-08-21'),
			edition(4, '1990'),
		];
		const offset = Number(query.get('offset') ?? 0);
		// As with large releases, a page may have fewer rows than its limit.
		const page = all.slice(offset, offset + 3);
		return {body: {releases: page, 'release-count': all.length, 'release-offset': offset}};
	}

	const count = Number(id.slice(-12));
	if (entity === 'release' && id.startsWith('a')) {
		return {
			body: {
				id,
				title: 'Bookends',
				date: '1968-04-03',
				country: 'US',
				status: 'Official',
				barcode: null,
				'artist-credit': credit,
				'release-group': {id: groupId(count), 'primary-type': 'Album'},
				'cover-art-archive': {front: true, count: 1},
				media: [
					{position: 1, format: 'CD', title: '', 'track-count': count, 'track-offset': 0, tracks: mbTracks(count)},
				],
			},
		};
	}

	if (entity === 'recording') {
		return {
			body: {
				id,
				title: 'Song 1',
				length: 180_001,
				'first-release-date': '1968-04-03',
				isrcs: ['USSM19600001'],
				'artist-credit': credit,
				releases: [edition(4, '1990')],
			},
		};
	}

	return missing;
};

// Spotify: the number at the end of an id is the number of tracks.

export const spotifyId = (count: number): string => String(count).padStart(22, '0');

const spotifyTrack = (number: number): object => ({
	id: spotifyId(number),
	name: `Piece ${number}`,
	type: 'track',
	artists: [
		{id: spotifyId(9), name: 'Nina'},
		{id: spotifyId(8), name: 'Frederik'},
	],
	track_number: number,
	disc_number: 1,
	duration_ms: 200_000 + number,
	explicit: false,
	uri: `spotify:track:${spotifyId(number)}`,
});

const spotify = ({path, query, headers}: Asked): Answer => {
	if (headers.authorization !== 'Bearer token-of-the-double') {
		return {status: 401, body: {error: {status: 401, message: 'Invalid access token'}}};
	}

	const [, kind = '', id = '', part] = path.split('/');
	const size = Number(id);
	const offset = Number(query.get('offset') ?? 0);
	const limit = Number(query.get('limit') ?? (kind === 'playlists' ? 100 : 50));
	const numbers = range(offset + 1, Math.min(size, offset + limit) + 1);
	const paging = (items: readonly object[]): object => ({
		href: 'https://api.spotify.com/v1/x',
		limit,
		offset,
		previous: null,
		next: offset + items.length < size ? 'https://api.spotify.com/v1/next' : null,
		total: size,
		items,
	});
	const album = {
		name: 'Fjord',
		release_date: '2020-02',
		artists: [{name: 'Nina'}],
		images: [{url: 'https://i.scdn.co/1'}],
	};
	if (kind === 'tracks') {
		return {body: {...spotifyTrack(size), album, external_ids: {isrc: 'NOUM70000001'}, is_playable: false}};
	}

	if (kind === 'albums') {
		const tracks = paging(numbers.map(spotifyTrack));
		return {body: part === 'tracks' ? tracks : {id, ...album, total_tracks: size, tracks}};
	}

	// 7: the shape before February 2026. 403: the playlist of somebody else.
	if (size === 403) return {status: 403, body: {error: {status: 403, message: 'Forbidden'}}};
	const key = size === 7 ? 'track' : 'item';
	const rows = numbers.map(number => ({
		added_at: '2024-01-01T00:00:00Z',
		is_local: number === 3,
		[key]: {...spotifyTrack(number), album},
	}));
	if (part !== undefined) return {body: paging(rows)};
	return {body: {id, name: 'Aften', [size === 7 ? 'tracks' : 'items']: paging(rows)}};
};
