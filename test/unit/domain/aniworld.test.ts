import {describe, expect, test} from 'vitest';
import {
	aniworldUrl,
	episodeMark,
	episodesOfAniworld,
	oldAniworldUrl,
	parseAniworld,
	parseAniworldEpisode,
	seriesTitle,
} from '../../../source/domain/aniworld.ts';
import {
	aniworldHosters,
	aniworldLanguages,
	hosterOrder,
	named,
	readAniworldVersion,
} from '../../../source/domain/aniworld-choices.ts';

describe('addresses', () => {
	test.each([
		'https://s.to/serie/stream/dark/staffel-1/episode-3',
		'http://S.TO/serie/dark/staffel-1/episode-3/',
		'https://www.serienstream.to/SERIE/Dark/Staffel-01/Episode-003?utm=1#top',
		'https://serienstream.cx//serie/stream/dark/staffel-1/episode-3',
		'  https://serienstream.to./serie/dark/staffel-1/episode-3  ',
	])('%s is the same as all others', source => {
		const address = parseAniworldEpisode(source);
		expect(address).toEqual({site: 's.to', slug: 'dark', season: 1, episode: 3});
		expect(address && aniworldUrl(address)).toBe('https://serienstream.to/serie/dark/staffel-1/episode-3');
		expect(address && oldAniworldUrl(address)).toBe('https://s.to/serie/stream/dark/staffel-1/episode-3');
	});

	test('films, seasons and series are told apart', () => {
		const base = 'https://aniworld.to/anime/stream/one-piece';
		expect(parseAniworld(base)).toMatchObject({season: undefined, episode: undefined});
		expect(parseAniworld(`${base}/filme`)).toMatchObject({season: 'films', episode: undefined});
		expect(parseAniworld(`${base}/staffel-0`)).toMatchObject({season: 0, episode: undefined});
		const film = parseAniworldEpisode(`${base}/filme/film-2`);
		expect(film && [episodeMark(film), aniworldUrl(film)]).toEqual(['Film 002', `${base}/filme/film-2`]);
		expect(parseAniworldEpisode(`${base}/staffel-1`)).toBeUndefined();
		expect(seriesTitle({slug: 'one-piece'})).toBe('One Piece');
		expect(seriesTitle({slug: '--'})).toBe('--');
	});

	test.each([
		'',
		'aniworld.to/anime/stream/x',
		'ftp://aniworld.to/anime/stream/x',
		'https://aniworld.to.evil.example/anime/stream/x',
		'https://evil.example/https://aniworld.to/anime/stream/x',
		'https://aniworld.to:8080/anime/stream/x',
		'https://me@aniworld.to/anime/stream/x',
		'https://aniworld.to/anime/stream/x/staffel-1/film-2',
		'https://aniworld.to/anime/stream/x/filme/episode-2',
		'https://aniworld.to/anime/stream/x/staffel-1/episode-3/more',
		'https://aniworld.to/anime/stream/x%20y/staffel-1/episode-3',
		'https://aniworld.to/serie/x/staffel-1/episode-3',
		'https://s.to/anime/stream/x/staffel-1/episode-3',
		'https://s.to/serie/stream',
		'https://aniworld.to/redirect/2738955',
	])('%s is none', source => expect(parseAniworld(source)).toBeUndefined());

	test('a season and numbers are episodes; whatever says too little says what is missing', () => {
		const season = parseAniworld('https://aniworld.to/anime/stream/x/staffel-2');
		const films = parseAniworld('https://aniworld.to/anime/stream/x/filme');
		const series = parseAniworld('https://aniworld.to/anime/stream/x');
		const episode = parseAniworld('https://aniworld.to/anime/stream/x/staffel-2/episode-1');
		if (!season || !films || !series || !episode) throw new Error('not parsed');
		const found = episodesOfAniworld(season, [1, 12]);
		expect('episodes' in found && found.episodes.map(one => episodeMark(one))).toEqual(['S02E001', 'S02E012']);
		expect(episodesOfAniworld(films, [3])).toMatchObject({episodes: [{season: 'films', episode: 3}]});
		expect(episodesOfAniworld(episode, undefined)).toMatchObject({episodes: [{episode: 1}]});
		expect(episodesOfAniworld(season, undefined)).toEqual({
			problem: expect.stringContaining('say which episodes, such as 1-12'),
		});
		expect(episodesOfAniworld(films, undefined)).toEqual({problem: expect.stringContaining('say which films')});
		expect(episodesOfAniworld(series, [1])).toEqual({problem: expect.stringContaining('/staffel-1 or /filme')});
		expect(episodesOfAniworld(episode, [1])).toEqual({problem: expect.stringContaining('one episode already')});
		expect(episodesOfAniworld(season, [1, 0])).toEqual({problem: 'there is no episode 0; they are counted from 1'});
	});
});

describe('what each version knows', () => {
	const three = {text: '3.8.2', generation: 3} as const;
	const four = {text: '4.6.1', generation: 4} as const;

	test('versions are read from the picture of a cow', () => {
		expect(readAniworldVersion('____\n< AniWorld-Downloader v.4.6.1 >\n----')).toEqual(four);
		expect(readAniworldVersion('< AniWorld-Downloader v.3.8.2 >')).toEqual(three);
		expect(readAniworldVersion('< AniWorld-Downloader v.2.9.0 >')).toEqual({
			problem: expect.stringContaining('too old'),
		});
		expect(readAniworldVersion('< AniWorld-Downloader v.5.0.0 >')).toEqual({problem: expect.stringContaining('newer')});
		expect(readAniworldVersion('< AniWorld-Downloader v.None >')).toEqual({
			problem: expect.stringContaining('does not tell'),
		});
	});

	test('languages differ by version and site', () => {
		expect(aniworldLanguages('aniworld', three)).not.toContain('English Dub');
		expect(aniworldLanguages('aniworld', four)).toContain('English Dub');
		expect(aniworldLanguages('s.to', three)).toContain('German Sub');
		expect(aniworldLanguages('s.to', four)).toEqual(['German Dub', 'English Dub']);
		expect(aniworldLanguages('s.to', undefined)).toEqual(['German Dub', 'English Dub', 'German Sub']);
	});

	test('hosters as well; the one that is asked for comes first, what is not known is passed over', () => {
		expect(aniworldHosters(four)).not.toContain('Filemoon');
		expect(aniworldHosters({text: '4.7.0', generation: 4})).toContain('Filemoon');
		expect(aniworldHosters({text: '4.10', generation: 4})).toContain('Filemoon');
		expect(hosterOrder('vidoza', ['VOE', 'Filemoon', 'Vidoza'], four)).toEqual(['Vidoza', 'VOE']);
		expect(hosterOrder(undefined, ['Streamtape', 'VOE'], three)).toEqual(['Streamtape', 'VOE']);
		expect(named('german_dub', ['German Dub'])).toBe('German Dub');
		expect(named('Klingon', ['German Dub'])).toBeUndefined();
	});
});
