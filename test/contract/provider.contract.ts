import {readdir, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import {
	closedPort,
	contentSha256,
	startMediaServer,
	type FileAnswer,
	type MediaAnswer,
	type MediaServer,
} from '../../source/demo/media-server.ts';
import type {Provider, RunOutcome} from '../../source/engine/ports.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {sha256OfFile} from '../support/http-run.ts';
import {temporaryDirectory} from '../support/temp.ts';

export type ProviderCase = {
	readonly name: string;
	/** A tool that has to be installed, and how it is asked for its version. */
	readonly needs?: readonly [command: string, ...args: string[]];
	/** Made anew for each test and closed after it. */
	readonly create: (directory: string) => Provider;
	/** The same provider with a tool that is not there; providers without a tool have none. */
	readonly createWithoutTool?: (directory: string) => Provider;
	/** Bytes that it may fetch a second time when it resumes. */
	readonly resumeSlack: number;
};

const content = {seed: 7, size: 3_000_000};
const {size} = content;

/** What the engine may rely on, whichever provider is behind the port. */
export const providerContract = ({name, needs, create, createWithoutTool, resumeSlack}: ProviderCase): void => {
	const open = async (context: TestContext, make = create): Promise<Provider> => {
		if (needs !== undefined && make === create) {
			const answer = await probeTool(needs[0], needs.slice(1));
			if (answer.type !== 'answered') context.skip(`needs ${needs[0]}`);
		}

		const provider = make(await temporaryDirectory());
		context.onTestFinished(async () => provider.close?.());
		return provider;
	};

	describe(`${name} as a provider`, () => {
		test('fetches a file whole, into its own directory, and tells how far it is', async context => {
			const [provider, server, attempt] = [await open(context), await serve(), await newAttempt()];
			const outcome = await attempt.run(provider, jobFor(`${server.url}/film.mp4`));
			expect(outcome).toMatchObject({type: 'fetched'});
			const {path, name: given} = fileOf(outcome);
			expect(path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/);
			expect(await sha256OfFile(join(attempt.directory, path))).toBe(contentSha256(content));
			expect(given).toMatch(/\.mp4$/);
			const told = attempt.reports.flatMap(report => report.bytes ?? []);
			expect(told).toEqual(told.toSorted((left, right) => left - right));
			expect(told.at(-1)).toBeLessThanOrEqual(size);
			expect(attempt.reports.findLast(report => report.total !== undefined)?.total).toBe(size);
		});

		test('stops when it is told to, and leaves no process behind', async context => {
			const provider = await open(context);
			const [server, attempt] = [await serve({rate: 400_000}), await newAttempt()];
			const running = attempt.run(provider, jobFor(`${server.url}/film.mp4`));
			await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(200_000), 20_000);
			attempt.stop();
			await expect(within(10_000, running)).resolves.toEqual({type: 'stopped'});
			expect(findSurvivors(attempt.token)).toEqual([]);
			// A report that comes late fails the test at its end: give it an occasion.
			await provider.check();
		});

		test('does nothing when it was stopped before it began', async context => {
			const [provider, server, attempt] = [await open(context), await serve(), await newAttempt()];
			attempt.stop();
			expect(await attempt.run(provider, jobFor(`${server.url}/film.mp4`))).toEqual({type: 'stopped'});
			expect(server.requests()).toEqual([]);
		});

		test('goes on where it stopped, and fetches only the rest', async context => {
			const [provider, server, first] = [await open(context), await serve({rate: 1_500_000}), await newAttempt()];
			const job = jobFor(`${server.url}/film.mp4`);
			first.stopAfter(size / 2);
			expect(await first.run(provider, job)).toEqual({type: 'stopped'});
			await server.close();
			// The same address, faster. Not as fast as can be, or what fills the buffers of a dropped connection is counted.
			const faster = await serve({rate: 4_000_000}, server.port);
			const second = await newAttempt(dirname(first.directory));
			const outcome = await second.run(provider, job);
			expect(faster.served('/film.mp4').bytes).toBeLessThanOrEqual(size - first.bytes() + resumeSlack);
			expect(await sha256OfFile(join(second.directory, fileOf(outcome).path))).toBe(contentSha256(content));
		});

		test('a file that is there already is not fetched again', async context => {
			const [provider, server, first] = [await open(context), await serve(), await newAttempt()];
			const job = jobFor(`${server.url}/film.mp4`);
			fileOf(await first.run(provider, job));
			const before = server.served('/film.mp4').bytes;
			const second = await newAttempt(dirname(first.directory));
			const {path} = fileOf(await second.run(provider, job));
			expect(server.served('/film.mp4').bytes - before).toBeLessThan(size / 2);
			expect(await sha256OfFile(join(second.directory, path))).toBe(contentSha256(content));
		});

		test.for([
			['nothing there', 404, 'not-found'],
			['a server in maintenance', 503, 'service-unavailable'],
			['a server that asks for a pause', 429, 'rate-limited'],
			['a server that fails', 500, 'server-error'],
			['a file that needs a login', 401, 'login-required'],
			['a file that is refused', 403, 'forbidden'],
		] as const)('%s is a failure with its own code', async ([, status, code], context) => {
			const [provider, attempt] = [await open(context), await newAttempt()];
			const server = await serve({type: 'status', status});
			const outcome = await attempt.run(provider, jobFor(`${server.url}/film.mp4`));
			expect(outcome).toMatchObject({type: 'failed', failure: {code}});
		});

		test('nobody listening is a failure that may pass', async context => {
			const [provider, attempt] = [await open(context), await newAttempt()];
			const outcome = await attempt.run(provider, jobFor(`http://127.0.0.1:${await closedPort()}/film.mp4`));
			expect(outcome).toMatchObject({type: 'failed', failure: {code: 'connection-refused'}});
		});

		test('hostile names stay inside the directory', async context => {
			const provider = await open(context);
			const server = await serve({disposition: 'attachment; filename="../../../evil.mp4"'});
			for (const path of ['/..%2f..%2f..%2fevil.mp4', '/film.mp4']) {
				const attempt = await newAttempt();
				await attempt.run(provider, jobFor(server.url + path));
				expect(await readdir(dirname(attempt.directory))).toEqual(['job']);
			}
		});

		test('a directory that is gone is a failure, not a crash', async context => {
			const [provider, server, attempt] = [await open(context), await serve(), await newAttempt()];
			await rm(dirname(attempt.directory), {recursive: true});
			const outcome = await attempt.run(provider, jobFor(`${server.url}/film.mp4`));
			// A tool may make the directory again; that is the finisher's to judge.
			expect(['failed', 'fetched']).toContain(outcome.type);
		});

		test('what is no address is a failure, not a crash', async context => {
			const [provider, attempt] = [await open(context), await newAttempt()];
			for (const source of ['', '--help', 'http://', '\u0000', 'no address at all']) {
				const again = await newAttempt(dirname(attempt.directory));
				expect(await again.run(provider, jobFor(source))).toMatchObject({type: 'failed'});
			}
		});

		test('one source has one spelling, and one lane', async context => {
			const provider = await open(context);
			const plain = 'http://example.org/film.mp4?a=1';
			expect(provider.accepts(plain)).toBe(true);
			expect(provider.canonical('  HTTP://EXAMPLE.org:80/film.mp4?a=1 ')).toBe(plain);
			expect(provider.canonical(plain)).toBe(plain);
			expect(provider.laneOf(plain)).toContain(provider.id);
			expect(provider.accepts('not a url')).toBe(false);
		});

		if (createWithoutTool !== undefined) {
			test('a missing tool is named, with how to install it', async context => {
				const [provider, attempt] = [await open(context, createWithoutTool), await newAttempt()];
				const outcome = await attempt.run(provider, jobFor('http://127.0.0.1:1/film.mp4'));
				expect(outcome).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
				expect(outcome.type === 'failed' && outcome.failure.message).toMatch(/is not installed; try: /);
				const report = await provider.check();
				expect(report).toMatchObject({ok: false, version: undefined});
				expect(report.fix).toMatch(/install/);
			});

			test('its tool tells a version', async context => {
				const provider = await open(context);
				expect(await provider.check()).toMatchObject({ok: true, version: expect.stringMatching(/^\d+\.\d+/)});
			});
		}
	});
};

/** The film at two addresses, one of them hostile, with these faults. */
const serve = async (
	fault: Exclude<MediaAnswer, FileAnswer> | Omit<FileAnswer, 'type'> = {rate: 3_000_000},
	port = 0,
): Promise<MediaServer> => {
	const answer: MediaAnswer = 'type' in fault ? fault : {type: 'file', contentType: 'video/mp4', ...fault};
	const route = {content, answers: [answer]};
	const server = await startMediaServer({routes: {'/film.mp4': route, '/..%2f..%2f..%2fevil.mp4': route}, port});
	onTestFinished(() => server.close());
	return server;
};

const fileOf = (outcome: RunOutcome): Extract<RunOutcome, {type: 'fetched'}> => {
	if (outcome.type !== 'fetched') throw new Error(`not fetched: ${JSON.stringify(outcome)}`);
	return outcome;
};

const within = async <Value>(limit: number, promise: Promise<Value>): Promise<Value> => {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not settled within ${limit} ms`)), limit);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
