import {describe, expect, test} from 'vitest';
import {qualityProblem, pythonOf, runArguments} from '../../../../source/providers/orpheus/arguments.ts';
import {placeOf, placesOf} from '../../../../source/providers/orpheus/lanes.ts';
import {canonicalSource, isOrpheusSource, wishOf} from '../../../../source/providers/orpheus/source.ts';

const argumentsFor = (source: string): readonly string[] | string => {
	const wish = wishOf(source);
	return 'problem' in wish ? wish.problem : runArguments(wish, '/jobs/1/music');
};

describe('the arguments of OrpheusDL', () => {
	test.each([
		['https://www.deezer.com/track/3135556', ['https://www.deezer.com/track/3135556']],
		['  HTTPS://open.Qobuz.com/track/5/?a=1 ', ['https://open.qobuz.com/track/5?a=1']],
		['orpheus:Deezer/track/3135556', ['download', 'deezer', 'track', '3135556']],
		['orpheus:tidal/track/--help', ['download', 'tidal', 'track', '--help']],
		['orpheus:deezer/search/  Björk   -o /etc Jóga ', ['luckysearch', 'deezer', 'track', 'Björk -o /etc Jóga']],
		['orpheus:deezer/search/$(id); `id`', ['luckysearch', 'deezer', 'track', '$(id); `id`']],
	])('%s', (source, expected) => {
		expect(argumentsFor(source)).toEqual(['-o', '/jobs/1/music', '--', ...expected]);
	});

	test.each([
		['https://www.deezer.com/de/album/302127', '`tidegate album https://www.deezer.com/de/album/302127`'],
		['https://open.spotify.com/playlist/37i9', '`tidegate playlist https://open.spotify.com/playlist/37i9`'],
		['https://open.qobuz.com/album/q1o6', 'only OrpheusDL itself could list this one'],
		['https://www.beatport.com/release/pegasus/4561083', '`tidegate album deezer:ID`'],
		['https://tidal.com/album/1/track/2', 'many files'],
		['https://tidal.com/browse/artist/7', 'add the albums'],
		['orpheus:deezer/album/302127', '`tidegate album orpheus:deezer/album/302127`'],
		['orpheus:qobuz/playlist/1', 'many files'],
	])('%s is refused with what helps: a job is one file', (source, words) => {
		expect(argumentsFor(source)).toContain(words);
	});

	test.each([
		'orpheus:',
		'orpheus:deezer',
		'orpheus:deezer/track/',
		'orpheus:deezer/track/a b',
		'orpheus:../x/track/1',
		'film.mp3',
		'',
	])('"%s" names no track', source => {
		expect(typeof argumentsFor(source)).toBe('string');
	});

	test('whoever writes orpheus: means it, and addresses are taken where it is named', () => {
		expect(isOrpheusSource('orpheus:deezer')).toBe(true);
		expect(isOrpheusSource('https://example.org/track/1')).toBe(true);
		expect(isOrpheusSource('ani-cli:Tide')).toBe(false);
	});

	test('one source has one spelling', () => {
		expect(canonicalSource(' ORPHEUS:Deezer/Track/AbC ')).toBe('orpheus:deezer/track/AbC');
		expect(canonicalSource('orpheus:deezer/search/The  TIDES ')).toBe('orpheus:deezer/search/the tides');
		expect(canonicalSource('HTTPS://www.Deezer.com:443/track/1/')).toBe('https://www.deezer.com/track/1');
	});

	test('a Python that is a path starts at the install directory', () => {
		expect(pythonOf('python3', '/opt/orpheus')).toBe('python3');
		expect(pythonOf('venv/bin/python', '/opt/orpheus')).toBe('/opt/orpheus/venv/bin/python');
		expect(pythonOf('/usr/bin/python3', '/opt/orpheus')).toBe('/usr/bin/python3');
	});

	test.each([
		[undefined, 'hifi', undefined],
		['HiFi', 'hifi', undefined],
		['lossless', undefined, undefined],
		['lossless', 'hifi', 'another quality'],
		['320 kbit/s', 'high', 'the quality "320 kbit/s"'],
	])('quality %s with settings of %s', (wanted, configured, words) => {
		const problem = qualityProblem(wanted, configured);
		if (words === undefined) expect(problem).toBeUndefined();
		else expect(problem).toContain(words);
	});
});

describe('lanes', () => {
	test('one installation is one lane, several have one each, named so that they differ', () => {
		expect(placesOf('orpheus', ['/opt/OrpheusDL'])).toEqual([{directory: '/opt/OrpheusDL', lane: 'orpheus'}]);
		expect(placesOf('orpheus', ['/opt/a', '/srv/b', '/opt/a']).map(({lane}) => lane)).toEqual([
			'orpheus:a',
			'orpheus:b',
		]);
		expect(placesOf('orpheus', ['/opt/a', '/srv/a']).map(({lane}) => lane)).toEqual(['orpheus:a-1', 'orpheus:a-2']);
	});

	test('a source is always dealt to the same one, and all get their share', () => {
		const places = placesOf('orpheus', ['/1', '/2', '/3']);
		const counts = new Map<string | undefined, number>();
		for (let number = 0; number < 3000; number++) {
			const lane = placeOf(places, `orpheus:deezer/track/${number}`)?.lane;
			expect(placeOf(places, `orpheus:deezer/track/${number}`)?.lane).toBe(lane);
			counts.set(lane, (counts.get(lane) ?? 0) + 1);
		}

		expect(counts.size).toBe(3);
		expect(Math.min(...counts.values())).toBeGreaterThan(850);
	});
});
