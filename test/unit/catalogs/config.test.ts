import {expect, test} from 'vitest';
import {renderToml} from '../../../source/config/describe.ts';
import {parseConfig} from '../../../source/config/load.ts';

const problems = (text: string): readonly string[] => {
	const loaded = parseConfig(text, 'c.toml');
	return loaded.ok ? [] : loaded.problems;
};

test.each([
	['[catalogs.deezer]\nurls = "x"', 'c.toml:2: [catalogs.deezer] urls is unknown; did you mean url?'],
	[
		'[catalogs]\nprovider = "nobody"',
		'c.toml:2: [catalogs] provider is "nobody", which is no provider; there are http,',
	],
	['[catalogs.deezer]\nurl = "ftp://x"', 'url is "ftp://x"; it must be an http or https address'],
	['[catalogs.musicbrainz]\ncontact = "me) x (y"', 'contact is '],
	[
		'[catalogs.spotify]\nclient_secret = "0123456789abcdef"',
		'client_secret is something else; it must say where the secret is',
	],
])('%j is refused with what helps', (text, words) => {
	const found = problems(text).join('\n');
	expect(found).toContain(words);
	expect(found).not.toContain('0123456789abcdef');
});

test('catalogs are printed as they were read', () => {
	const text =
		'[catalogs]\nprovider = "yt-dlp"\nmax_concurrent = 9\n[catalogs.deezer]\nurl = "http://localhost:1/x/"\n[catalogs.musicbrainz]\ncontact = "me@e.org"\n[catalogs.spotify]\nclient_secret = "env:X"\n';
	const loaded = parseConfig(text, 'c.toml');
	const again = loaded.ok ? parseConfig(renderToml(loaded.config, 'printed'), 'c.toml') : loaded;
	expect(again).toMatchObject({
		ok: true,
		config: {
			catalogs: {
				provider: 'yt-dlp',
				max_concurrent: 9,
				deezer: {url: 'http://localhost:1/x'},
				musicbrainz: {contact: 'me@e.org'},
				spotify: {enabled: false, client_secret: 'env:X'},
			},
		},
	});
});
