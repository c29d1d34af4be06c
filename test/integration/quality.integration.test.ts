import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeAll, describe, expect, test, type TestContext} from 'vitest';
import type {QualityProfile} from '../../source/domain/quality.ts';
import {createProfiles} from '../../source/domain/quality-profiles.ts';
import {ytDlpArguments} from '../../source/providers/yt-dlp/arguments.ts';
import {probeTool, runTool} from '../../source/system/run-tool.ts';
import {createProgram} from '../support/program.ts';
import {serveDirectory} from '../support/static-server.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * What profiles become for yt-dlp, judged by the real one: which formats it takes of those that there are.
 */

const missing: string[] = [];

beforeAll(async () => {
	for (const tool of ['yt-dlp', 'ffmpeg']) {
		const answer = await probeTool(tool, [tool === 'ffmpeg' ? '-version' : '--version']);
		if (answer.type !== 'answered') missing.push(tool);
	}
});

const need = (context: TestContext, ...tools: readonly string[]): void => {
	for (const tool of tools) if (missing.includes(tool)) context.skip(`needs ${tool}`);
};

const own: readonly QualityProfile[] = [
	{
		name: 'car',
		audio: [],
		video: [{codecs: ['h265']}, {height: {most: 400}, codecs: ['h264'], containers: ['mp4']}],
		goodEnough: undefined,
		takesOthers: false,
	},
	{
		name: 'huge',
		audio: [{formats: ['flac'], size: {least: 1e9}}],
		video: [{height: {least: 2000}}],
		goodEnough: undefined,
		takesOthers: false,
	},
];

/** What yt-dlp would fetch, by `print`, or its error. */
const choice = async (directory: string, quality: string, print: string, ...from: readonly string[]) => {
	const files = {directory, partial: directory, source: '', cookies: undefined};
	const settings = {format: undefined, extraArgs: [], profiles: createProfiles(own)};
	const built = ytDlpArguments({options: {quality}}, settings, files, undefined);
	if (!built.ok) throw new Error(built.problem);
	const format = built.args[built.args.indexOf('-f') + 1] ?? '';
	const lines: string[] = [];
	const exit = await runTool({
		command: 'yt-dlp',
		args: ['--ignore-config', '--simulate', '--print', print, '-f', format, ...from],
		cwd: directory,
		token: `choose-${quality}-${directory}`,
		signal: AbortSignal.timeout(60_000),
		onStdoutLine: line => lines.push(line),
		onStderrLine: line => /ERROR|not available/.test(line) && lines.push(line),
	});
	expect(exit.type).toBe('ended');
	return lines.join('\n');
};

/** Films of three heights in fragments, made by ffmpeg, and the list that names them. */
const makeFilms = async (): Promise<string> => {
	const directory = await temporaryDirectory();
	const heights = [240, 720, 1080];
	const outputs = heights.flatMap(height => {
		const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-vf', `scale=-2:${height}`];
		return [...codec, '-hls_time', '1', '-hls_playlist_type', 'vod', `${height}.m3u8`];
	});
	const exit = await runTool({
		command: 'ffmpeg',
		args: ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=d=1:s=320x180:r=5', ...outputs],
		cwd: directory,
		token: `make-${directory}`,
		signal: AbortSignal.timeout(60_000),
	});
	expect(exit).toMatchObject({exitCode: 0});
	const list = heights.flatMap(height => [
		`#EXT-X-STREAM-INF:BANDWIDTH=${height * 1000},RESOLUTION=${Math.round((height * 16) / 9)}x${height},CODECS="avc1.42c01e"`,
		`${height}.m3u8`,
	]);
	await writeFile(join(directory, 'film.m3u8'), `${['#EXTM3U', ...list].join('\n')}\n`);
	return directory;
};

test('of a film in several heights yt-dlp takes the one that the profile prefers', async context => {
	need(context, 'yt-dlp', 'ffmpeg');
	const directory = await makeFilms();
	const server = await serveDirectory(directory);
	const height = (quality: string): Promise<string> =>
		choice(directory, quality, '%(height)s', `${server.url}/film.m3u8`);
	const words = ['1080p', '720p', 'small', 'car', 'huge'];
	const found = await Promise.all(words.map(async word => [word, await height(word)]));
	expect(Object.fromEntries(found)).toEqual({
		'1080p': '1080',
		'720p': '720',
		small: '240',
		car: '240',
		huge: expect.stringContaining('Requested format is not available') as unknown,
	});
}, 60_000);

const sound = (id: string, codec: string | undefined, abr: number | undefined, ext: string) => ({
	format_id: id,
	url: `http://127.0.0.1:9/${id}`,
	ext,
	protocol: 'http',
	vcodec: 'none',
	...(codec === undefined ? {} : {acodec: codec}),
	...(abr === undefined ? {} : {abr, tbr: abr}),
});

test('good enough now, better later: a second file comes beside the first, once, where the first is not good enough', async () => {
	const directory = await temporaryDirectory();
	for (const name of ['a.flac', 'b.mp3']) await writeFile(join(directory, name), Buffer.alloc(40_000, 0xfb));
	const server = await serveDirectory(directory);
	const program = await createProgram();
	await program.run(['add', `${server.url}/a.flac`, `${server.url}/b.mp3`, '--batch', 'Album', '--quality', 'high']);
	const early = await program.run(['upgrade', '1', '99', '--quality', 'lossless']);
	expect(early.code).toBe(3);
	expect(early.stderr).toContain('job 1: it is queued; only a completed job gets a second one');
	await program.run(['run', '--until-idle']);
	const upgrade = ['upgrade', '--batch', 'Album', '--quality', 'lossless'];
	expect(await program.run(['--dry-run', ...upgrade])).toMatchObject({
		code: 0,
		stdout: '1 job would be fetched once more\n',
		stderr: '1 file is good enough already\n',
	});
	expect(await program.run(upgrade)).toMatchObject({code: 0, stdout: '3\n'});
	await program.run(['run', '--until-idle']);
	const again = await program.run(upgrade);
	expect(again).toMatchObject({code: 0, stdout: ''});
	expect(again.stderr).toContain('1 already in the queue in that quality');
	expect((await readdir(join(program.storage, 'Album'))).toSorted()).toEqual(['a.flac', 'b (2).mp3', 'b.mp3']);
	expect((await program.run(['upgrade', '1'])).stderr).toContain('say which quality with --quality');
}, 30_000);

describe('of music in several formats yt-dlp takes', () => {
	const all = [
		sound('mp3-128', 'mp3', 128, 'mp3'),
		sound('opus', 'opus', 130, 'webm'),
		sound('aac', 'mp4a.40.2', 256, 'm4a'),
		sound('mp3-320', 'mp3', 320, 'mp3'),
		sound('flac', 'flac', 900, 'flac'),
	];
	const without = (...ids: readonly string[]) => all.filter(({format_id}) => !ids.includes(format_id));

	test.for([
		['lossless', all, 'flac'],
		['lossless', without('flac'), 'Requested format is not available'],
		['lossless', [sound('direct', undefined, undefined, 'flac')], 'direct'],
		['high', all, 'mp3-320'],
		['high', without('mp3-320', 'aac'), 'flac'],
		['small', all, 'opus'],
	] as const)('for %s, number %$', async ([quality, formats, expected], context) => {
		need(context, 'yt-dlp');
		const directory = await temporaryDirectory();
		const info = join(directory, 'info.json');
		const row = {id: 'x', title: 'x', extractor: 'generic', extractor_key: 'Generic', formats};
		await writeFile(info, JSON.stringify({...row, webpage_url: 'http://127.0.0.1:9/x'}));
		expect(await choice(directory, quality, '%(format_id)s', '--load-info-json', info)).toContain(expected);
	});
});
