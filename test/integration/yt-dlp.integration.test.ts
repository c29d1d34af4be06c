import {readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {describe, expect, test, vi, type TestContext} from 'vitest';
import {createYtDlpProvider, type YtDlpOptions} from '../../source/providers/yt-dlp/index.ts';
import {probeTool, runTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {testServer} from '../support/http-run.ts';
import {serveDirectory} from '../support/static-server.ts';
import {temporaryDirectory} from '../support/temp.ts';

const need = async (context: TestContext, ...tools: readonly string[]): Promise<void> => {
	for (const tool of tools) {
		const answer = await probeTool(tool, [tool === 'ffmpeg' ? '-version' : '--version']);
		if (answer.type !== 'answered') context.skip(`needs ${tool}`);
	}
};

const provider = (options: YtDlpOptions = {}) => createYtDlpProvider({stallTimeout: 20_000, ...options});
const content = {seed: 3, size: 1_500_000};
const film = (more: object = {}) => ({
	'/film.mp4': {content, answers: [{type: 'file' as const, contentType: 'video/mp4', ...more}]},
});

/** A short film in fragments of video and of audio, made by ffmpeg. */
const makeStream = async (): Promise<string> => {
	const directory = await temporaryDirectory();
	const make = async (...args: readonly string[]): Promise<void> => {
		const exit = await runTool({
			command: 'ffmpeg',
			args: ['-loglevel', 'error', '-y', ...args],
			cwd: directory,
			token: `make-${directory}`,
			signal: AbortSignal.timeout(60_000),
		});
		expect(exit).toMatchObject({exitCode: 0});
	};
	const hls = ['-hls_time', '1', '-hls_playlist_type', 'vod'];
	const video = [
		'-f',
		'lavfi',
		'-i',
		'testsrc=d=8:s=320x240:r=10',
		'-c:v',
		'libx264',
		'-preset',
		'ultrafast',
		'-g',
		'10',
	];
	await make(...video, ...hls, 'video.m3u8');
	await make('-f', 'lavfi', '-i', 'sine=d=8', '-c:a', 'aac', ...hls, 'audio.m3u8');
	const master = [
		'#EXTM3U',
		'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="audio.m3u8"',
		'#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x240,CODECS="avc1.42c00d,mp4a.40.2",AUDIO="a"',
		'video.m3u8',
	];
	await writeFile(join(directory, 'film.m3u8'), `${master.join('\n')}\n`);
	return directory;
};

describe('yt-dlp itself', () => {
	test('fetches a stream of video and audio into one file, with progress that never falls', async context => {
		await need(context, 'yt-dlp', 'ffmpeg');
		const [server, attempt] = [await serveDirectory(await makeStream()), await newAttempt()];
		const outcome = await attempt.run(provider(), jobFor(`${server.url}/film.m3u8`));
		expect(outcome).toMatchObject({type: 'fetched', path: 'download.mp4', name: 'film.mp4'});
		const bytes = attempt.reports.flatMap(report => report.bytes ?? []);
		expect(bytes.length).toBeGreaterThan(10);
		expect(bytes).toEqual(bytes.toSorted((left, right) => left - right));
		expect(attempt.reports).toContainEqual({phase: 'post-processing'});
		expect((await readdir(attempt.directory)).toSorted()).toEqual(['download.mp4', 'partial']);
	});

	test('a stream that was stopped goes on with the fragments that are missing', async context => {
		await need(context, 'yt-dlp', 'ffmpeg');
		const [server, first] = [await serveDirectory(await makeStream(), 150), await newAttempt()];
		const job = jobFor(`${server.url}/video.m3u8`);
		const running = first.run(provider(), job);
		await vi.waitFor(() => expect(server.asked.filter(name => name.endsWith('.ts')).length).toBeGreaterThan(4), 20_000);
		first.stop();
		expect(await running).toEqual({type: 'stopped'});
		const before = server.asked.length;
		const second = await newAttempt(dirname(first.directory));
		expect(await second.run(provider(), job)).toMatchObject({type: 'fetched'});
		const again = server.asked.slice(before).filter(name => name.endsWith('.ts'));
		expect(again).not.toContain('video0.ts');
		expect(again).toContain('video7.ts');
	});

	test('a fragment that is missing is a failure, not a hole in the file', async context => {
		await need(context, 'yt-dlp', 'ffmpeg');
		const directory = await makeStream();
		await rm(join(directory, 'video3.ts'));
		const [server, attempt] = [await serveDirectory(directory), await newAttempt()];
		const outcome = await attempt.run(provider(), jobFor(`${server.url}/video.m3u8`));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'no-sources'}});
		expect(outcome.type === 'failed' && outcome.failure.message).toContain('fragment 4 not found');
	});

	test('a connection that breaks again and again is resumed until the file is whole', async context => {
		await need(context, 'yt-dlp');
		const server = await testServer(film({dropAfter: 600_000}));
		const attempt = await newAttempt();
		const outcome = await attempt.run(provider(), jobFor(`${server.url}/film.mp4`));
		expect(outcome).toMatchObject({type: 'fetched', size: content.size});
	});

	test('silence is ended, and told as such', async context => {
		await need(context, 'yt-dlp');
		const [server, attempt] = [await testServer(film({stallAfter: 500_000})), await newAttempt()];
		const outcome = await attempt.run(provider({stallTimeout: 3000}), jobFor(`${server.url}/film.mp4`));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
		expect(attempt.bytes()).toBeGreaterThan(100_000);
		expect(findSurvivors(attempt.token)).toEqual([]);
	});

	test("the tool's own words stand in the failure and in the log", async context => {
		await need(context, 'yt-dlp');
		const server = await testServer({'/film.mp4': {answers: [{type: 'status', status: 503}]}});
		const attempt = await newAttempt();
		const outcome = await attempt.run(provider(), jobFor(`${server.url}/film.mp4`));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'service-unavailable'}});
		expect(outcome.type === 'failed' && outcome.failure.message).toContain('HTTP Error 503');
		expect(attempt.log.join('\n')).toContain('ERROR: [generic]');
	});

	test('a list of several items is refused, not cut to the first', async context => {
		await need(context, 'yt-dlp');
		const directory = await temporaryDirectory();
		const server = await serveDirectory(directory);
		const items = ['a', 'b'].map(name => `<item><title>${name}</title><link>${server.url}/${name}.mp4</link></item>`);
		await writeFile(join(directory, 'a.mp4'), Buffer.alloc(400_000));
		await writeFile(
			join(directory, 'feed.xml'),
			`<?xml version="1.0"?><rss version="2.0"><channel>${items.join('')}</channel></rss>`,
		);
		const attempt = await newAttempt();
		const outcome = await attempt.run(provider(), jobFor(`${server.url}/feed.xml`));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'unsupported'}});
		expect(outcome.type === 'failed' && outcome.failure.message).toContain('a list of 2 items');
	});

	test('an address with a signature and cookies are seen in no process table, and are gone afterwards', async context => {
		await need(context, 'yt-dlp');
		const cookies = join(await temporaryDirectory(), 'cookies.txt');
		const jar = '# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tc00kie\n';
		await writeFile(cookies, jar);
		const server = await testServer(film({rate: 800_000}));
		const attempt = await newAttempt();
		const running = attempt.run(provider({cookies: {file: cookies}}), jobFor(`${server.url}/film.mp4?token=s3cret`));
		await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(100_000), 20_000);
		const lines = await Promise.all(
			findSurvivors(attempt.token).map(({pid}) => readFile(`/proc/${pid}/cmdline`, 'latin1')),
		);
		expect(lines.join('')).toContain('yt-dlp');
		expect(lines.join('')).not.toMatch(/s3cret|c00kie/);
		expect((await stat(join(attempt.directory, 'cookies.txt'))).mode & 0o777).toBe(0o600);
		expect(await running).toMatchObject({type: 'fetched'});
		expect((await readdir(attempt.directory)).toSorted()).toEqual(['download.mp4', 'partial']);
		expect(await readFile(cookies, 'utf8')).toBe(jar);
		expect(server.requests('/film.mp4').some(({headers}) => String(headers['cookie']).includes('c00kie'))).toBe(true);
	});

	test('a quality that it does not know is for a person to correct', async () => {
		const attempt = await newAttempt();
		const job = jobFor('http://127.0.0.1:1/film.mp4', {options: {quality: 'shiny'}});
		expect(await attempt.run(provider(), job)).toMatchObject({type: 'failed', failure: {code: 'bad-arguments'}});
	});
});
