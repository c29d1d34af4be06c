import {describe, expect, test} from 'vitest';
import {fillArguments, templateProblem, valuesFor} from '../../../../source/providers/command/arguments.ts';
import {chooseArtefact} from '../../../../source/providers/command/artefact.ts';
import {createCommandProvider} from '../../../../source/providers/command/index.ts';
import {failureFromWords, parseSize, readLine, type Patterns} from '../../../../source/providers/command/parse.ts';
import {jobFor} from '../../../support/attempts.ts';
import {readTranscript} from '../../../support/transcripts.ts';

const values = (source: string, title = 'A film') =>
	valuesFor(jobFor(source, {title, options: {episode: 3}}), {
		directory: '/job',
		sourceFile: '/job/source',
		rateLimit: undefined,
	});

describe('a template of arguments', () => {
	test('is filled in argument by argument; nothing is split or read by a shell', () => {
		expect(
			fillArguments(['-o', '{directory}/{title}.mp4', '{source}'], values('http://h/a b;c', 'x $(y) "z"')),
		).toEqual({
			ok: true,
			args: ['-o', '/job/x $(y) "z".mp4', 'http://h/a b;c'],
		});
	});

	test.each([
		['a source that would be an option', ['{source}'], '--exec=rm', 'a'],
		['a title that would be one', ['{title}.mp4'], 'http://h', '-rf'],
	])('%s is refused', (_, template, source, title) => {
		expect(fillArguments(template, values(source, title))).toMatchObject({ok: false});
	});

	test('behind -- everything is harmless', () => {
		expect(fillArguments(['--', '{source}'], values('--exec=rm'))).toEqual({ok: true, args: ['--', '--exec=rm']});
	});

	test('an option whose field has no value goes as a whole', () => {
		const template = ['--lang', '{language}', '--quality={quality}', '-e', '{episode}', '--', '{hoster}', '{source}'];
		expect(fillArguments(template, values('http://h'))).toEqual({ok: true, args: ['-e', '3', '--', 'http://h']});
	});

	test('a value that holds a field is not filled in again', () => {
		expect(fillArguments(['{title}'], values('s', '{source}'))).toEqual({ok: true, args: ['{source}']});
	});

	test('a field that does not exist is named', () => {
		expect(templateProblem(['{sauce}'])).toMatch(/^\{sauce\} is no field; known are source, source_file, directory/);
		expect(templateProblem(['{source}', '{}', '{"a":1}'])).toBeUndefined();
	});
});

const patterns = (progress: string, more: Partial<Patterns> = {}): Patterns => ({
	progress: new RegExp(progress, 'u'),
	success: undefined,
	complete: undefined,
	artefact: undefined,
	failures: [],
	...more,
});

describe('lines of a tool', () => {
	test('aria2c on the console: sizes from its readout', () => {
		const readout = patterns(String.raw`(?<bytes>[\d.]+\w+)/(?<total>[\d.]+\w+)\((?<percent>\d+)%\)`);
		const found = readTranscript('aria2-console/stdout.txt')
			.split('\n')
			.flatMap(line => readLine(line, readout).progress ?? []);
		expect(found).toEqual([
			{percent: 27, bytes: 160 * 1024, total: 585 * 1024},
			{percent: 68, bytes: 400 * 1024, total: 585 * 1024},
		]);
	});

	test('ffmpeg: sizes from lines that repaint themselves', () => {
		const sizes = readTranscript('ffmpeg/stderr.txt')
			.split(/[\r\n]+/)
			.flatMap(line => readLine(line, patterns(String.raw`size=\s*(?<bytes>\d+kB)`)).progress?.bytes ?? []);
		expect(sizes.length).toBeGreaterThan(5);
		expect(sizes.at(-1)).toBeGreaterThan(50_000);
	});

	test.each([
		['512', 512],
		['1.5MiB', 1_572_864],
		['1,5 GB', 1_610_612_736],
		['300K', 307_200],
		['~ 2 kB', 2048],
		['12 bytes', 12],
		['many', undefined],
		['', undefined],
	])('the size %s', (text, bytes) => {
		expect(parseSize(text)).toBe(bytes);
	});

	test('a percentage beyond 100 is none', () => {
		expect(readLine('250%', patterns(String.raw`(?<percent>\d+)%`)).progress).toEqual({});
	});

	test('its own failure rules come before the words that all tools use', () => {
		const own = patterns('x', {failures: [{pattern: /not released/u, code: 'not-yet-available'}]});
		const matched = {line: 'HTTP Error 404, not released', rule: 0};
		expect(failureFromWords('t', [], own, matched, 'x').code).toBe('not-yet-available');
		expect(failureFromWords('t', ['HTTP Error 404', 'bye'], own, undefined, 'x').code).toBe('not-found');
		expect(failureFromWords('t', [], own, undefined, 'ended with exit code 3')).toEqual({
			code: 'tool-failed',
			message: 't: ended with exit code 3',
		});
	});
});

const file = (path: string, modifiedAt: number, size = 10) => ({path, size, modifiedAt});

describe('the file that a tool left', () => {
	test('partial and empty files are none', () => {
		const files = ['a.mp4.part', 'a.mp4.aria2', 'a.temp.mp4', 'a.mp4.ytdl', 'a.mp4.part-Frag3.part'].map(path =>
			file(path, 1),
		);
		expect(chooseArtefact([...files, file('a.mp4', 2, 0)], undefined)).toEqual({type: 'none'});
	});

	test('the newest that matches, or the only one', () => {
		const files = [file('1/a.mp4', 1), file('2/b.mp4', 2), file('b.txt', 3)];
		expect(chooseArtefact(files, /\.mp4$/u)).toMatchObject({type: 'chosen', file: {path: '2/b.mp4'}});
		expect(chooseArtefact(files, undefined)).toEqual({type: 'unclear', count: 3});
		expect(chooseArtefact(files.slice(0, 1), undefined)).toMatchObject({type: 'chosen'});
	});
});

test('a tool takes the sources that its pattern matches', () => {
	const provider = createCommandProvider({id: 'mine', command: 'mine', args: [], accepts: '^mine:'});
	expect(['mine:1', ' mine:2 ', 'http://h'].map(source => provider.accepts(source))).toEqual([true, true, false]);
	expect(provider.canonical(' mine:A ')).toBe('mine:A');
});
