import {spawnSync} from 'node:child_process';
import {mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {contentChunk, startMediaServer, type MediaAnswer} from '../../source/demo/media-server.ts';
import {createCommandProvider, type CommandOptions} from '../../source/providers/command/index.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';

const tool = (name: string): string => fileURLToPath(new URL(`../fixtures/tools/${name}.mjs`, import.meta.url));
const described = (name: string, more: Partial<CommandOptions> = {}) =>
	createCommandProvider({
		id: name,
		command: process.execPath,
		args: [tool(name), '{directory}'],
		progress: String.raw`(?<percent>[\d.]+)% (?<bytes>[\d.]+\w+)/(?<total>[\d.]+\w+)`,
		stallTimeout: 20_000,
		...more,
	});
const job = jobFor('http://example.org/film');

describe('any tool as a provider', () => {
	test('one that repaints its progress in colour is followed to its file', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('repainting'), job);
		expect(outcome).toEqual({type: 'fetched', path: 'film.mp4', name: 'film.mp4', size: 1_048_576});
		expect(attempt.reports.filter(report => report.total === 1_048_576).length).toBeGreaterThanOrEqual(5);
		expect(attempt.log.join('')).not.toContain('[download]');
	});

	test('one that lies about its success is not believed', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('lies'), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'no-artefact'}});
	});

	test('one that never says the word of success is not believed either', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('repainting', {success: 'all is well'}), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
		const other = await newAttempt();
		expect(await other.run(described('repainting', {success: '^done'}), job)).toMatchObject({type: 'fetched'});
	});

	test('one that reports a failure and ends with 0 has failed, for the reason that is configured', async () => {
		const failures = [{pattern: 'saved to', code: 'not-yet-available' as const}];
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('lies', {failures}), job);
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'not-yet-available', message: 'lies: 100% done, saved to film.mp4'},
		});
	});

	test('one that falls silent is ended', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('stalls', {stallTimeout: 2500}), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
		expect(await readdir(attempt.directory)).toEqual(['film.mp4.part']);
	});

	test('one that takes longer than it may is ended', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('stalls', {timeout: 1000}), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'timeout'}});
	});

	test('one that floods without a line end fails with its own exit code', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('floods'), job);
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-failed', message: expect.stringMatching(/^floods: \S/)},
		});
		expect(Math.max(...attempt.log.map(line => line.length))).toBeLessThanOrEqual(65_536);
	});

	test('one whose family ignores every signal is gone within ten seconds', async () => {
		const attempt = await newAttempt();
		const stubborn = described('stubborn-parent', {args: [tool('stubborn-parent'), 'parent', '{directory}']});
		const running = attempt.run(stubborn, job);
		await vi.waitFor(() => expect(findSurvivors(attempt.token)).toHaveLength(3), 10_000);
		attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
		expect(findSurvivors(attempt.token)).toEqual([]);
	}, 20_000);

	test('a tool that tells nothing has its bytes counted in its directory', async () => {
		const attempt = await newAttempt();
		const script = 'require("fs").writeFileSync("film.bin.part", Buffer.alloc(5000)); setInterval(() => {}, 1000)';
		const running = attempt.run(
			described('silent', {args: ['-e', script], progress: undefined}),
			jobFor('s', {expectedSize: 9000}),
		);
		await vi.waitFor(() => expect(attempt.reports).toContainEqual({bytes: 5000, total: 9000}), 10_000);
		attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
	});

	test('a link that leads out of the directory is no result', async () => {
		const attempt = await newAttempt();
		await symlink('/etc/hostname', join(attempt.directory, 'film.mp4'));
		const outcome = await attempt.run(described('lies', {artefact: 'mp4$'}), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'no-artefact'}});
	});

	test('several files and no pattern are a question for a person', async () => {
		const attempt = await newAttempt();
		await mkdir(join(attempt.directory, 'sub'));
		await writeFile(join(attempt.directory, 'sub', 'a.srt'), 'x');
		const outcome = await attempt.run(described('repainting'), job);
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'bad-arguments'}});
		const other = await newAttempt();
		expect(await other.run(described('repainting', {artefact: String.raw`\.mp4$`}), job)).toMatchObject({
			path: 'film.mp4',
		});
	});

	test('a source that would be an option is refused before anything is started', async () => {
		const attempt = await newAttempt();
		const outcome = await attempt.run(described('lies', {args: ['{source}']}), jobFor('--exec=rm'));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'bad-arguments'}});
		expect(attempt.log).toEqual([]);
	});
});

const curl = (more: Partial<CommandOptions> = {}) =>
	createCommandProvider({
		id: 'curl',
		command: 'curl',
		args: ['-sS', '--fail', '--continue-at', '-', '--output', '{directory}/film.bin', '--', '{source}'],
		...more,
	});

describe('curl with --fail and --continue-at', () => {
	const content = {seed: 7, size: 200_000};
	/** A server of one file, and a directory in which so many bytes of it lie already. */
	const after = async (left: number, answer: MediaAnswer = {type: 'file'}) => {
		const server = await startMediaServer({routes: {'/film.bin': {content, answers: [answer]}}});
		onTestFinished(() => server.close());
		const attempt = await newAttempt();
		const path = join(attempt.directory, 'film.bin');
		if (left > 0) await writeFile(path, contentChunk(content, 0, left));
		return {attempt, path, server, job: jobFor(`${server.url}/film.bin`)};
	};

	const hasCurl = spawnSync('curl', ['--version']).error === undefined;
	const whole = Buffer.from(contentChunk(content, 0, content.size));

	test('takes a file for whole that an earlier attempt has left so, where that is described', async context => {
		if (!hasCurl) context.skip('needs curl');
		const {attempt, path, server, job: film} = await after(content.size);
		expect(await attempt.run(curl({complete: 'error: 416'}), film)).toMatchObject({
			type: 'fetched',
			path: 'film.bin',
			size: content.size,
		});
		expect(whole.equals(await readFile(path))).toBe(true);
		expect(server.served('/film.bin').bytes).toBe(0);
	});

	test('begins anew where it is not described and the server will not go on', async context => {
		if (!hasCurl) context.skip('needs curl');
		const {attempt, path, job: film} = await after(content.size);
		expect(await attempt.run(curl(), film)).toMatchObject({type: 'failed', failure: {code: 'source-changed'}});
		expect(await readdir(attempt.directory)).toEqual([]);
		expect(await attempt.run(curl(), film)).toMatchObject({type: 'fetched', size: content.size});
		expect(whole.equals(await readFile(path))).toBe(true);
	});

	test('begins anew where the server knows nothing of ranges', async context => {
		if (!hasCurl) context.skip('needs curl');
		const {attempt, path, job: film} = await after(70_000, {type: 'file', ranges: 'ignored'});
		expect(await attempt.run(curl({complete: 'error: 416'}), film)).toMatchObject({
			type: 'failed',
			failure: {code: 'source-changed', message: expect.stringContaining('Cannot resume')},
		});
		expect(await attempt.run(curl(), film)).toMatchObject({type: 'fetched', size: content.size});
		expect(whole.equals(await readFile(path))).toBe(true);
	});

	test('goes on with a part, and keeps it through every other failure', async context => {
		if (!hasCurl) context.skip('needs curl');
		const {attempt, path, server, job: film} = await after(70_000);
		const gone = jobFor(`${server.url}/gone.bin`);
		expect(await attempt.run(curl({complete: 'error: 416'}), gone)).toMatchObject({failure: {code: 'not-found'}});
		expect(await readdir(attempt.directory)).toEqual(['film.bin']);
		expect(await attempt.run(curl({complete: 'error: 416'}), film)).toMatchObject({type: 'fetched'});
		expect(whole.equals(await readFile(path))).toBe(true);
		expect(server.served('/film.bin').bytes).toBe(content.size - 70_000);
	});
});

const says = (more: Partial<CommandOptions> = {}) => {
	const script = 'require("fs").writeFileSync("film.bin", "now"); console.log("it is all there"); process.exit(22)';
	return described('says', {args: ['-e', script], progress: undefined, complete: 'all there', ...more});
};

describe('the line that says that the file was whole already', () => {
	test('is not believed where no attempt has left a file', async () => {
		const attempt = await newAttempt();
		expect(await attempt.run(says(), job)).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
	});

	test('is not believed where all that was left is a part by its name', async () => {
		const attempt = await newAttempt();
		await writeFile(join(attempt.directory, 'film.bin.part'), 'x');
		expect(await attempt.run(says(), job)).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
	});

	test('counts less than a line that tells of a failure', async () => {
		const attempt = await newAttempt();
		await writeFile(join(attempt.directory, 'film.bin'), 'x');
		const failures = [{pattern: 'it is all', code: 'gone' as const}];
		expect(await attempt.run(says({failures}), job)).toMatchObject({type: 'failed', failure: {code: 'gone'}});
		expect(await attempt.run(says(), job)).toMatchObject({type: 'fetched', path: 'film.bin'});
	});

	test('is not looked for among the files that tidegate itself leaves', async () => {
		const attempt = await newAttempt();
		await writeFile(join(attempt.directory, '.tidegate-source'), 'left by a crash');
		const provider = says({args: ['-e', 'console.log("it is all there"); process.exit(22)', '{source_file}']});
		expect(await attempt.run(provider, job)).toMatchObject({type: 'failed', failure: {code: 'tool-failed'}});
	});
});
