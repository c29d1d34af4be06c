import {describe, expect, test} from 'vitest';
import {aniCliSource, catalogueOf, titleOfAniCli} from '../../../../source/domain/ani-cli.ts';
import type {JobOptions} from '../../../../source/domain/job.ts';
import {
	downloadArguments,
	downloadEnvironment,
	queryArgument,
	wishOf,
	type Wish,
} from '../../../../source/providers/ani-cli/arguments.ts';
import {createAniCliProvider} from '../../../../source/providers/ani-cli/index.ts';
import {readVersion} from '../../../../source/providers/ani-cli/version.ts';
import {hostileTexts} from '../../../support/hostile-titles.ts';

const defaults = {language: 'sub', quality: 'best'} as const;
const wish = (options: JobOptions, source = 'ani-cli:Some Series') => wishOf({source, options}, defaults);
const good = (options: JobOptions): Wish => {
	const read = wish(options);
	if ('problem' in read) throw new Error(read.problem);
	return read;
};

describe('the command line of ani-cli', () => {
	test('names hit, episode and quality, so that nothing is asked', () => {
		const args = downloadArguments(good({episode: 12.5, language: 'DUB', quality: '720p'}), 3, 'Some Series');
		expect(args).toEqual(['-d', '-q', '720', '-S', '3', '-e', '12.5', '--dub', 'Some Series']);
	});

	test('needs no player, no menu and no history of its own', () => {
		expect(downloadEnvironment({directory: '/job', catalogue: 'anidb'})).toEqual({
			ANI_CLI_PLAYER: 'download',
			ANI_CLI_DOWNLOAD_DIR: '/job',
			ANI_CLI_HIST_DIR: '/job/.hist',
			ANI_CLI_MENU: 'true',
			ANI_CLI_PLAYER_FLAGS: '-oepisode.%(ext)s',
		});
		// 4.x hands nothing on.
		expect(downloadEnvironment({directory: '/job', catalogue: 'allanime'})).not.toHaveProperty('ANI_CLI_PLAYER_FLAGS');
	});

	test.each(hostileTexts)('%j stays one argument that is no option', title => {
		for (const catalogue of ['anidb', 'allanime'] as const) {
			const query = queryArgument(title, catalogue);
			expect(query).not.toMatch(/^-|["\\\n\0]/);
			if (catalogue === 'anidb') expect(query).toMatch(/^(?:[\w\s.,;:!'()*~/-]|%[\dA-F]{2})*$/);
		}
	});

	test('what is searched for reaches the catalogue as it was written, cut where it is long', () => {
		const title = '100% [Q] & A #1 進撃 🦊';
		expect(decodeURIComponent(queryArgument(title, 'anidb'))).toBe(title);
		expect(queryArgument(title, 'allanime')).toBe(title);
		expect(queryArgument('say "hi" \\o/', 'allanime')).toBe('say hi o/');
		expect(queryArgument('x'.repeat(300), 'allanime')).toBe('x'.repeat(100));
	});
});

describe('what a job asks ani-cli for', () => {
	test.each<[JobOptions, string]>([
		[{}, 'no episode is named'],
		[{episode: -1}, 'there is no episode -1'],
		[{episode: Number.NaN}, 'there is no episode NaN'],
		[{episode: 1, language: 'German Dub'}, 'knows no language "German Dub"; use sub or dub'],
		[{episode: 1, quality: '7 20'}, 'knows no quality "7 20"'],
	])('%j is refused', (options, words) => {
		expect(wish(options)).toMatchObject({problem: expect.stringContaining(words)});
		expect(createAniCliProvider().problemWith?.('ani-cli:Some Series', options)).toContain(words);
	});

	test('an index counts only with the version that it is for', () => {
		const fields = {ani_cli_index: '4', ani_cli_version: '4.14.0'};
		expect(wish({episode: 1, fields})).toMatchObject({cached: {index: 4, catalogue: 'allanime'}});
		expect(wish({episode: 1, fields: {...fields, ani_cli_version: '5'}})).toMatchObject({cached: {catalogue: 'anidb'}});
		for (const odd of [{ani_cli_index: '4'}, {...fields, ani_cli_index: '-1'}, {...fields, ani_cli_version: '6'}]) {
			expect(wish({episode: 1, fields: odd})).toMatchObject({cached: undefined});
		}
	});

	test('another text may be searched for than the title', () => {
		expect(wish({episode: 1, fields: {ani_cli_query: 'series'}})).toMatchObject({
			title: 'Some Series',
			query: 'series',
		});
	});

	test('a source is known by its scheme, and one by all of its spellings', () => {
		const {accepts, canonical} = createAniCliProvider();
		expect(['ani-cli:A', ' ANI-CLI: A b', 'ani-cli:', 'https://host/ani-cli:A'].map(accepts)).toEqual([
			true,
			true,
			false,
			false,
		]);
		expect(canonical(' ANI-CLI:  Some   series ')).toBe(canonical('ani-cli:Some Series'));
		expect(canonical('ani-cli:K-On!')).not.toBe(canonical('ani-cli:K-On!!'));
		expect(titleOfAniCli(aniCliSource('A\u0000\u200Bb ❤️'))).toBe('A b ❤');
	});
});

test.each([
	['5.0.0', {text: '5.0.0', catalogue: 'anidb'}],
	[' 4.8.0\n', {text: '4.8.0', catalogue: 'allanime'}],
	['4.15', {text: '4.15', catalogue: 'allanime'}],
	['4.7.9', {problem: expect.stringContaining('too old')}],
	['3.12', {problem: expect.stringContaining('too old')}],
	['6.0', {problem: expect.stringContaining('newer')}],
	['No player found. Looked for mpv and vlc', {problem: expect.stringContaining('does not tell')}],
	['', {problem: expect.stringContaining('does not tell')}],
])('an ani-cli that answers %j is judged by it', (answer, expected) => {
	expect(readVersion(answer)).toEqual(expected);
});

test('catalogues go by the first number of a version', () => {
	expect(['4', '4.12', 'v5.0.0', '50', '', 'x'].map(catalogueOf)).toEqual([
		'allanime',
		'allanime',
		'anidb',
		undefined,
		undefined,
		undefined,
	]);
});
