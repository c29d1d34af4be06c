import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {aniworldUrl, oldAniworldUrl, parseAniworld} from '../../source/domain/aniworld.ts';
import {createAniworldProvider} from '../../source/providers/aniworld/index.ts';
import {readAniworldLine} from '../../source/providers/aniworld/parse.ts';

const numRuns = Number(process.env['ANIWORLD_RUNS'] ?? 300);
const provider = createAniworldProvider();

const slug = fc.stringMatching(/^[a-z\d-]{1,40}$/).filter(text => text !== 'stream');
const part = fc.oneof(
	fc.constant(''),
	fc.nat(99).map(season => `/staffel-${season}`),
	fc
		.tuple(fc.nat(99), fc.integer({min: 1, max: 9999}))
		.map(([season, episode]) => `/staffel-${season}/episode-${episode}`),
	fc.integer({min: 1, max: 99}).map(film => `/filme/film-${film}`),
);

/** Case, slashes, queries and hosts, as people and pages write them. */
const spelling = fc.record({
	scheme: fc.constantFrom('http', 'https', 'HTTPS'),
	www: fc.constantFrom('', 'www.', 'WWW.'),
	host: fc.nat(3),
	hasStream: fc.boolean(),
	isLoud: fc.boolean(),
	tail: fc.constantFrom('', '/', '?a=1', '/?a=1&b=2', '#x', '//'),
	blank: fc.constantFrom('', ' ', '\t'),
});

test('all spellings of an address are one, which stays as it is', () => {
	fc.assert(
		fc.property(fc.boolean(), slug, part, spelling, spelling, (isAnime, name, rest, ...manners) => {
			const written = manners.map(({scheme, www, host, hasStream, isLoud, tail, blank}) => {
				const hosts = isAnime ? ['aniworld.to'] : ['s.to', 'serienstream.to', 'serienstream.cx'];
				const folder = isAnime ? 'anime/stream' : hasStream ? 'serie/stream' : 'serie';
				const path = `/${folder}/${name}${rest}`;
				return `${blank}${scheme}://${www}${hosts[host % hosts.length]}${isLoud ? path.toUpperCase() : path}${tail}${blank}`;
			});
			const one = provider.canonical(written[0] ?? '');
			expect(written.map(source => provider.canonical(source))).toEqual([one, one]);
			expect(written.every(source => provider.accepts(source))).toBe(true);
			expect(provider.canonical(one)).toBe(one);
			expect(one).toMatch(/^https:\/\/(?:aniworld\.to\/anime\/stream|serienstream\.to\/serie)\/[a-z\d/-]+$/);
			// Both tools are given the same thing.
			const address = parseAniworld(one);
			expect(address && aniworldUrl(address)).toBe(one);
			expect(address && parseAniworld(oldAniworldUrl(address))).toEqual(address);
		}),
		{numRuns},
	);
});

test('two things never become one', () => {
	fc.assert(
		fc.property(slug, slug, part, part, (left, right, leftRest, rightRest) => {
			const [one, other] = [`https://s.to/serie/${left}${leftRest}`, `https://s.to/serie/${right}${rightRest}`];
			expect(provider.canonical(one) === provider.canonical(other)).toBe(one === other);
		}),
		{numRuns},
	);
});

test('no text at all makes it throw', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string({unit: 'binary'}), fc.webUrl()), text => {
			provider.accepts(text);
			expect(provider.canonical(provider.canonical(text))).toBe(provider.canonical(text));
			readAniworldLine(text);
			expect(typeof (provider.problemWith?.(text, {language: text, hoster: text}) ?? '')).toBe('string');
			provider.describe?.(text, {language: text});
		}),
		{numRuns},
	);
});
