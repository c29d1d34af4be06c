import {mkdir, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Asked} from '../support/catalog-double.ts';
import {groupId, mbArtistId, releaseId, spotifyId} from '../support/catalog-double.ts';
import {contact, createCatalogWorld, entriesOf, secret} from '../support/catalogs.ts';

const quota = {error: {type: 'Exception', message: 'Quota limit exceeded', code: 4}};

const gaps = (asked: readonly Asked[]): readonly number[] =>
	asked.slice(1).map(({at}, index) => at - (asked[index]?.at ?? 0));

describe('Deezer', () => {
	test('an album costs two requests and tells place, ISRC, date, genre and cover of each track', async () => {
		const world = await createCatalogWorld();
		const found = await world.read('deezer:12');
		expect(world.asked('deezer').toSorted()).toEqual(['/album/12', '/album/12/tracks?limit=1000']);
		expect(found.groups.map(({title}) => title)).toEqual(['Daft Punk - Discovery']);
		expect(entriesOf(found)).toHaveLength(12);
		expect(entriesOf(found)[2]).toEqual({
			title: 'Daft Punk - Track 3 (Remastered)',
			track: {
				title: 'Track 3 (Remastered)',
				artists: ['Daft Punk'],
				album: 'Discovery',
				albumArtist: 'Daft Punk',
				number: 3,
				numberOf: 12,
				disc: 1,
				discOf: 1,
				date: '2001-03-07',
				duration: 226_000,
				isrc: 'GBDUW0000003',
				genre: 'Dance',
				cover: 'https://e-cdns-images.dzcdn.net/images/cover/xl.jpg',
				link: 'https://www.deezer.com/track/3135503',
			},
		});
		// Track 7 is not offered here; another one fetches it.
		expect(found.leftOut).toEqual([]);
		expect(found.notes).toEqual([expect.stringContaining('1 of these tracks in this region')]);
	});

	test('50 tracks of a playlist cost one request, with no place on a disc', async () => {
		const world = await createCatalogWorld();
		const found = await world.read('deezer:50', {kind: 'playlist'});
		expect(world.asked('deezer')).toEqual(['/playlist/50']);
		expect(found.groups.map(({title}) => title)).toEqual(['Electro "Pop" für alle']);
		expect(entriesOf(found)).toHaveLength(50);
		expect(entriesOf(found)[0]?.track).not.toHaveProperty('number');
	});

	test('a playlist that comes with a part of its tracks is read in the longest pages, each once', async () => {
		const world = await createCatalogWorld();
		const progress: Array<readonly [number, number | undefined]> = [];
		const found = await world.read('https://www.deezer.com/en/playlist/1500?utm_source=x', {
			onProgress: (done, total) => progress.push([done, total]),
		});
		expect(world.asked('deezer')).toEqual([
			'/playlist/1500',
			'/playlist/1500/tracks?limit=1000',
			'/playlist/1500/tracks?limit=1000&index=1000',
		]);
		expect(new Set(entriesOf(found).map(({title}) => title)).size).toBe(1500);
		expect(progress).toEqual([
			[1000, 1500],
			[1500, 1500],
		]);
	});

	test('fewer tracks than were announced are told', async () => {
		const world = await createCatalogWorld();
		world.double.fault(({path, query}) => {
			if (path !== '/playlist/120/tracks') return undefined;
			const data = query.has('index') ? [] : [{title: 'One', artist: {name: 'A'}}, {id: 5}];
			return {body: {data, total: 120, next: 'https://api.deezer.com/more'}};
		});
		const found = await world.read('deezer:playlist/120');
		expect(entriesOf(found).map(({title}) => title)).toEqual(['A - One']);
		expect(found.leftOut).toEqual([
			{what: 'track 2', why: 'Deezer does not say what it is'},
			{what: '118 tracks', why: 'the list is said to hold 120, but the rest was not told'},
		]);
	});

	test('the albums of an artist are batches of their own; what is no album is told', async () => {
		const world = await createCatalogWorld();
		const found = await world.read('deezer:artist/27');
		expect(found.groups.map(({title, entries}) => [title, entries.length])).toEqual([
			['Daft Punk - Discovery', 3],
			['Daft Punk - Discovery', 2],
		]);
		expect(found.notes).toEqual([expect.stringContaining('1 of the type single')]);
		expect(world.double.asked).toHaveLength(5);
	});

	test('a single track needs no batch', async () => {
		const world = await createCatalogWorld();
		const found = await world.read('deezer:track/3');
		expect(found.groups).toMatchObject([
			{title: undefined, entries: [{track: {album: 'Discovery', isrc: 'GBDUW0000003'}}]},
		]);
		expect(world.double.asked).toHaveLength(1);
	});

	test.each([
		[{error: {type: 'DataException', message: 'no data', code: 800}}, 'not-found', 1],
		[{error: {type: 'OAuthException', message: 'permission', code: 200}}, 'forbidden', 1],
		[{error: {type: 'ParameterException', message: 'Wrong parameter', code: 500}}, 'bad-request', 1],
		[quota, 'rate-limited', 4],
		['<html>busy</html>', 'server-error', 1],
	])('an error that comes with status 200 is one: %j', async (body, code, tries) => {
		const world = await createCatalogWorld();
		world.double.fault(() => ({body}));
		expect(await world.expand('deezer:track/1')).toMatchObject({type: 'failed', failure: {code}});
		expect(world.double.asked).toHaveLength(tries);
	});

	test('a short link and a page that is no music are refused without a request', async () => {
		const world = await createCatalogWorld();
		for (const reference of ['https://link.deezer.com/s/abc', 'https://www.deezer.com/en/channels/home', 'deezer:x']) {
			expect(await world.expand(reference)).toMatchObject({type: 'failed', failure: {code: 'bad-request'}});
		}

		expect(world.double.asked).toEqual([]);
	});
});

describe('MusicBrainz', () => {
	test('a release costs one request, with a user agent that names a contact', async () => {
		const world = await createCatalogWorld();
		const found = await world.read(`musicbrainz:${releaseId(12)}`);
		expect(found.groups.map(({title}) => title)).toEqual(['Simon & Garfunkel - Bookends']);
		expect(entriesOf(found)[1]).toEqual({
			title: 'Simon, Garfunkel - Song 2',
			track: {
				title: 'Song 2',
				artists: ['Simon', 'Garfunkel'],
				album: 'Bookends',
				albumArtist: 'Simon & Garfunkel',
				number: 2,
				numberOf: 12,
				disc: 1,
				discOf: 1,
				date: '1968-04-03',
				duration: 180_002,
				isrc: 'USSM19600002',
				cover: `https://coverartarchive.org/release/${releaseId(12)}/front`,
				musicBrainz: {
					recording: expect.stringMatching(/^e0/),
					track: expect.stringMatching(/^d0/),
					release: releaseId(12),
					releaseGroup: groupId(12),
					artist: mbArtistId,
				},
				link: expect.stringMatching(/^https:\/\/musicbrainz\.org\/recording\/e0/),
			},
		});
		expect(world.double.asked).toMatchObject([{headers: {'user-agent': `tidegate/1.2.3 ( ${contact} )`}}]);
	});

	test('without a contact it is not asked at all', async () => {
		const world = await createCatalogWorld({change: toml => toml.replace(/^contact = .*$/m, '')});
		const outcome = await world.expand(`musicbrainz:${releaseId(12)}`);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'bad-arguments'}});
		expect(JSON.stringify(outcome)).toContain('[catalogs.musicbrainz] contact');
		expect(world.double.asked).toEqual([]);
	});

	test('of several editions the earliest official one on CD is taken, and named', async () => {
		const world = await createCatalogWorld();
		const found = await world.read(`https://musicbrainz.org/release-group/${groupId(1)}`);
		expect(entriesOf(found)).toHaveLength(4);
		expect(found.notes).toEqual([expect.stringContaining(`of 4 editions, the one of 1990 (US), ${releaseId(4)},`)]);
	});

	test('an id that is no release may be that of all its editions', async () => {
		const world = await createCatalogWorld();
		expect(entriesOf(await world.read(`musicbrainz:${groupId(1)}`))).toHaveLength(4);
	});

	test('it is asked no faster than once a second, whoever asks, and never twice at once', async () => {
		const world = await createCatalogWorld({slow: 3});
		const all = [1, 2, 3, 4, 5, 6].map(count => world.read(`musicbrainz:${releaseId(count)}`));
		await Promise.all([...all, world.read(`musicbrainz:artist/${mbArtistId}`)]);
		const asked = world.double.asked.filter(({api}) => api === 'musicbrainz');
		expect(asked.length).toBeGreaterThanOrEqual(8);
		for (const gap of gaps(asked)) expect(gap).toBeGreaterThanOrEqual(1000);
	});

	test('an artist costs the pages of the editions and one request for each album', async () => {
		const world = await createCatalogWorld();
		const found = await world.read(`musicbrainz:artist/${mbArtistId}`);
		// Group 5 is live; 7, 6 and 4 are albums.
		expect(found.groups.map(({entries}) => entries.length).toSorted()).toEqual([4, 6, 7]);
		expect(found.notes).toEqual([expect.stringContaining('1 of the type Live')]);
		expect(world.asked('musicbrainz')).toHaveLength(2 + 3);
	});
});

describe('Spotify', () => {
	test('is not asked unless it was enabled', async () => {
		const world = await createCatalogWorld({change: toml => toml.replace('enabled = true', 'enabled = false')});
		const outcome = await world.expand(`spotify:album:${spotifyId(12)}`);
		expect(JSON.stringify(outcome)).toContain('[catalogs.spotify]');
		expect(world.double.asked).toEqual([]);
	});

	test('50 tracks of an album cost one token and one request; each keeps the way back to its page', async () => {
		const world = await createCatalogWorld();
		const found = await world.read(`https://open.spotify.com/intl-de/album/${spotifyId(50)}?si=1`);
		expect(world.double.asked.map(({api, path}) => api + path)).toEqual(['token/', `spotify/albums/${spotifyId(50)}`]);
		expect(entriesOf(found)).toHaveLength(50);
		expect(entriesOf(found)[49]?.track).toMatchObject({
			album: 'Fjord',
			number: 50,
			numberOf: 50,
			date: '2020-02',
			link: `https://open.spotify.com/track/${spotifyId(50)}`,
		});
	});

	test.each([
		['the shape before February 2026', 7],
		['the shape since then', 120],
	])('a playlist in %s', async (_, count) => {
		const world = await createCatalogWorld();
		const found = await world.read(`spotify:playlist:${spotifyId(count)}`);
		expect(found.groups[0]?.title).toBe('Aften');
		expect(entriesOf(found)).toHaveLength(count - 1);
		expect(found.leftOut).toEqual([{what: 'Piece 3', why: "it is a file on its owner's machine"}]);
		expect(world.asked('spotify')).toHaveLength(count > 100 ? 2 : 1);
	});

	test('what development mode forbids is told with what helps', async () => {
		const world = await createCatalogWorld();
		const outcome = await world.expand(`spotify:playlist:${spotifyId(403)}`);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'forbidden'}});
		expect(JSON.stringify(outcome)).toMatch(/development mode.*CSV/);
	});

	test('a token that is refused is asked for once more', async () => {
		const world = await createCatalogWorld();
		let refusals = 0;
		world.double.fault(({api}) => (api === 'spotify' && refusals++ === 0 ? {status: 401, body: {}} : undefined));
		await world.read(`spotify:track:${spotifyId(1)}`);
		expect(world.double.asked.map(({api}) => api)).toEqual(['token', 'spotify', 'token', 'spotify']);
	});

	test('neither the secret nor the token is kept, and the secret travels in a header alone', async () => {
		const world = await createCatalogWorld();
		await world.read(`spotify:album:${spotifyId(3)}`);
		const kept = await world.kept();
		expect(kept).toHaveLength(1);
		const login = Buffer.from(`client:${secret}`).toString('base64');
		for (const word of [secret, login, 'token-of-the-double']) expect(kept.join()).not.toContain(word);
		const [token] = world.double.asked;
		expect(token).toMatchObject({body: 'grant_type=client_credentials', headers: {authorization: `Basic ${login}`}});
	});

	test('a wrong secret is told with the keys to correct', async () => {
		const world = await createCatalogWorld();
		world.double.fault(({api}) =>
			api === 'token' ? {status: 400, body: {error: 'invalid_client', error_description: 'Invalid client'}} : undefined,
		);
		expect(JSON.stringify(await world.expand(`spotify:track:${spotifyId(1)}`))).toMatch(
			/Invalid client.*client_secret/,
		);
		const without = await createCatalogWorld({env: {CLIENT: 'client'}});
		expect(JSON.stringify(await without.expand(`spotify:track:${spotifyId(1)}`))).toContain(
			'the environment has no SECRET',
		);
	});
});

describe('what all of them share', () => {
	test('a quota that is used up slows that API alone', async () => {
		const world = await createCatalogWorld();
		let isQuota = true;
		world.double.fault(({api}) => (api === 'deezer' && isQuota ? {body: quota} : undefined));
		const begun = world.clock.now();
		const deezer = world.expand('deezer:track/1');
		await world.read(`spotify:track:${spotifyId(1)}`);
		expect(world.clock.now() - begun).toBeLessThan(2000);
		isQuota = false;
		// While Deezer is left alone, nobody else asks it either.
		const other = world.read('deezer:track/2');
		expect(await deezer).toMatchObject({type: 'expanded'});
		await other;
		const [first, second, ...rest] = world.double.asked.filter(({api}) => api === 'deezer');
		expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5000);
		expect(rest).toHaveLength(1);
	});

	test('Retry-After is honoured to the second, for that API alone', async () => {
		const world = await createCatalogWorld();
		let refusals = 0;
		world.double.fault(({api}) =>
			api === 'spotify' && refusals++ === 0 ? {status: 429, headers: {'retry-after': '17'}, body: {}} : undefined,
		);
		const spotify = world.read(`spotify:track:${spotifyId(1)}`);
		const begun = world.clock.now();
		await world.read('deezer:track/1');
		expect(world.clock.now() - begun).toBeLessThan(5000);
		await spotify;
		const times = world.double.asked.filter(({api}) => api === 'spotify').map(({at}) => at);
		expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(17_000);
	});

	test('a service that wants to be left alone for long is not waited for, and not asked meanwhile', async () => {
		const world = await createCatalogWorld();
		world.double.fault(() => ({status: 429, headers: {'retry-after': '3600'}, body: {}}));
		const outcome = await world.expand('deezer:track/1');
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'rate-limited', retryAfter: 3_600_000}});
		expect(await world.expand('deezer:track/2')).toMatchObject({type: 'failed', failure: {code: 'rate-limited'}});
		expect(JSON.stringify(outcome)).toContain('60 min');
		expect(world.double.asked).toHaveLength(1);
	});

	test.each([502, 503, 504])('status %i is tried again, ever later, at most three times', async status => {
		const world = await createCatalogWorld();
		world.double.fault(() => ({status, body: 'busy'}));
		expect(await world.expand('deezer:track/1')).toMatchObject({type: 'failed'});
		expect(world.double.asked).toHaveLength(4);
		const [first = 0, second = 0, third = 0] = gaps(world.double.asked);
		expect(first).toBeGreaterThanOrEqual(1000);
		expect(second).toBeGreaterThanOrEqual(2000);
		expect(third).toBeGreaterThanOrEqual(4000);
	});

	test.each([400, 403, 404, 500, 302])('status %i is not tried again', async status => {
		const world = await createCatalogWorld();
		world.double.fault(() => ({status, headers: {location: 'http://elsewhere/'}, body: {}}));
		expect(await world.expand('deezer:track/1')).toMatchObject({type: 'failed'});
		expect(world.double.asked).toHaveLength(1);
	});

	test('a page is one request within its lifetime, also for another process, and asked for again after it', async () => {
		const world = await createCatalogWorld();
		await world.read('deezer:playlist/50');
		await world.read('deezer:album/3');
		world.again();
		await world.read('deezer:playlist/50');
		await world.read('deezer:album/3');
		expect(world.double.asked).toHaveLength(3);
		await world.clock.advance(11 * 60_000);
		await world.read('deezer:playlist/50');
		await world.read('deezer:album/3');
		expect(world.double.asked).toHaveLength(4);
		await world.clock.advance(24 * 3_600_000);
		await world.read('deezer:album/3');
		expect(world.double.asked).toHaveLength(6);
	});

	test('a failure is not kept, and neither is a page that is read in a dry run', async () => {
		const world = await createCatalogWorld();
		world.double.fault(() => ({status: 404, body: {}}));
		await world.expand('deezer:track/1');
		world.double.fault(undefined);
		await world.read('deezer:track/1', {isDryRun: true});
		expect(await world.kept()).toEqual([]);
		await world.read('deezer:track/1');
		expect(await world.kept()).toHaveLength(1);
		await world.read('deezer:track/1', {isDryRun: true});
		expect(world.double.asked).toHaveLength(3);
	});

	test('what is kept has a bound, the oldest goes first, and nobody else can read it', async () => {
		const world = await createCatalogWorld({config: 'cache_mb = 1'});
		const folder = join(world.root, 'catalogs');
		await mkdir(folder);
		for (const number of [1, 2, 3, 4]) {
			const path = join(folder, `${number}.json`);
			await writeFile(path, 'x'.repeat(250_000));
			await utimes(path, number, number);
		}

		await world.read('deezer:200');
		const kept = await world.kept();
		expect(kept.join('').length).toBeLessThanOrEqual(1_000_000);
		await expect(stat(join(folder, '1.json'))).rejects.toThrow('ENOENT');
		expect(kept.filter(text => text.includes('Daft Punk'))).toHaveLength(2);
		expect((await stat(join(folder, '4.json'))).size).toBe(250_000);
	});

	test('a damaged file of what was kept is asked for again', async () => {
		const world = await createCatalogWorld();
		await world.read('deezer:track/1');
		const {readdir} = await import('node:fs/promises');
		const folder = join(world.root, 'catalogs');
		for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"key":');
		await world.read('deezer:track/1');
		expect(world.double.asked).toHaveLength(2);
	});

	test('who asks the same at the same time shares one request; who leaves does not take it away', async () => {
		const world = await createCatalogWorld({slow: 150});
		const leaving = new AbortController();
		const left = world.expand('deezer:track/1', {signal: leaving.signal});
		const others = [1, 2, 3].map(() => world.read('deezer:track/1'));
		await expect.poll(() => world.double.asked.length, {interval: 5}).toBe(1);
		leaving.abort();
		expect(await left).toEqual({type: 'stopped'});
		await Promise.all(others);
		expect(world.double.asked).toHaveLength(1);
	});

	test('a stop ends what hangs and what waits for its turn, at once', async () => {
		const world = await createCatalogWorld();
		world.double.fault(() => 'hang');
		const stop = new AbortController();
		const going = ['deezer:1', 'deezer:2', `musicbrainz:${releaseId(1)}`].map(reference =>
			world.expand(reference, {signal: stop.signal}),
		);
		await expect.poll(() => world.double.asked.length).toBeGreaterThanOrEqual(3);
		stop.abort();
		expect(await Promise.all(going)).toEqual([{type: 'stopped'}, {type: 'stopped'}, {type: 'stopped'}]);
	});

	test('no more requests go on at once than the configuration allows', async () => {
		const world = await createCatalogWorld({slow: 30, config: 'max_concurrent = 2'});
		const references = Array.from({length: 8}, (_, index) => `deezer:track/${index + 1}`);
		const spotify = [1, 2, 3].map(count => `spotify:track:${spotifyId(count)}`);
		await Promise.all([...references, ...spotify].map(reference => world.read(reference)));
		expect(world.double.mostAtOnce()).toBe(2);
	});

	test('connections are used again', async () => {
		const world = await createCatalogWorld();
		for (const number of [1, 2, 3, 4, 5]) await world.read(`deezer:track/${number}`);
		expect(world.double.connections()).toBe(1);
	});

	test('Deezer is asked at most eight times a second', async () => {
		const world = await createCatalogWorld();
		await Promise.all(Array.from({length: 20}, (_, index) => world.read(`deezer:track/${index + 1}`)));
		const times = world.double.asked.map(({at}) => at);
		// Of nine, the last one is a second behind the first, but for what the line takes.
		for (const [index, at] of times.slice(8).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(950);
	});

	test('a connection that breaks is told, and asked for once more where it was an old one', async () => {
		const world = await createCatalogWorld();
		let cuts = 0;
		world.double.fault(() => (cuts++ === 0 ? 'cut' : undefined));
		await world.read('deezer:track/1');
		expect(world.double.asked).toHaveLength(2);
		world.double.fault(() => 'cut');
		expect(await world.expand('deezer:track/2')).toMatchObject({type: 'failed', failure: {code: 'connection-lost'}});
		expect(world.double.asked).toHaveLength(4);
	});
});
