import {readFile, readdir, rm} from 'node:fs/promises';
import {dirname, relative} from 'node:path';
import {describe, expect, test, vi, type TestContext} from 'vitest';
import type {Provider} from '../../source/engine/ports.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {contentOf, startFaultyServer} from '../support/faulty-server.ts';
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

const size = 3_000_000;

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
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			const outcome = await attempt.run(provider, jobFor(server.url(`film.mp4?size=${size}&rate=3000000`)));
			expect(outcome).toMatchObject({type: 'fetched'});
			if (outcome.type !== 'fetched') return;
			expect(relative(attempt.directory, outcome.path)).not.toMatch(/^\.\.|^\//);
			expect(contentOf(size).equals(await readFile(outcome.path))).toBe(true);
			expect(outcome.name).toMatch(/\.mp4$/);
			const told = attempt.reports.flatMap(report => report.bytes ?? []);
			expect(told).toEqual(told.toSorted((left, right) => left - right));
			expect(told.at(-1)).toBeLessThanOrEqual(size);
			expect(attempt.reports.findLast(report => report.total !== undefined)?.total).toBe(size);
		});

		test('stops when it is told to, and leaves no process behind', async context => {
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			attempt.stopAfter(200_000);
			const running = attempt.run(provider, jobFor(server.url(`film.mp4?size=${size}&rate=400000`)));
			await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(0), 20_000);
			await expect.poll(() => attempt.bytes(), {timeout: 20_000}).toBeGreaterThanOrEqual(200_000);
			await expect(within(10_000, running)).resolves.toEqual({type: 'stopped'});
			expect(findSurvivors(attempt.token)).toEqual([]);
			// A report that comes late would be found when the test ends: give it an occasion.
			await provider.check();
		});

		test('does nothing when it was stopped before it began', async context => {
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			attempt.stop();
			expect(await attempt.run(provider, jobFor(server.url('film.mp4?size=1000')))).toEqual({type: 'stopped'});
			expect(server.requests).toEqual([]);
		});

		test('goes on where it stopped, and fetches only the rest', async context => {
			const [provider, server] = [await open(context), await startFaultyServer()];
			const first = await newAttempt();
			const job = jobFor(server.url(`film.mp4?size=${size}&rate=1500000`));
			first.stopAfter(1_500_000);
			expect(await first.run(provider, job)).toEqual({type: 'stopped'});
			const [kept, sentBefore] = [first.bytes(), server.sent()];
			server.hurry();
			const second = await newAttempt(dirname(first.directory));
			const outcome = await second.run(provider, job);
			expect(outcome).toMatchObject({type: 'fetched'});
			expect(server.sent() - sentBefore).toBeLessThanOrEqual(size - kept + resumeSlack);
			const path = outcome.type === 'fetched' ? outcome.path : '';
			expect(contentOf(size).equals(await readFile(path))).toBe(true);
		});

		test('a file that is there already is not fetched again', async context => {
			const [provider, server] = [await open(context), await startFaultyServer()];
			const first = await newAttempt();
			const job = jobFor(server.url(`film.mp4?size=${size}`));
			expect(await first.run(provider, job)).toMatchObject({type: 'fetched'});
			const before = server.sent();
			const second = await newAttempt(dirname(first.directory));
			const outcome = await second.run(provider, job);
			expect(outcome).toMatchObject({type: 'fetched'});
			expect(server.sent() - before).toBeLessThan(size / 2);
			const path = outcome.type === 'fetched' ? outcome.path : '';
			expect(contentOf(size).equals(await readFile(path))).toBe(true);
		});

		test.for([
			['nothing there', 'film.mp4?size=10&status=404', 'not-found'],
			['a server in maintenance', 'film.mp4?size=10&status=503', 'service-unavailable'],
			['a server that asks for a pause', 'film.mp4?size=10&status=429', 'rate-limited'],
			['a server that fails', 'film.mp4?size=10&status=500', 'server-error'],
			['a file that needs a login', 'film.mp4?size=10&status=401', 'login-required'],
			['a file that is refused', 'film.mp4?size=10&status=403', 'forbidden'],
		])('%s is a failure with its own code', async ([, path = '', code], context) => {
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			const outcome = await attempt.run(provider, jobFor(server.url(path)));
			expect(outcome).toMatchObject({type: 'failed', failure: {code}});
		});

		test('nobody listening is a failure that may pass', async context => {
			const [provider, attempt] = [await open(context), await newAttempt()];
			const outcome = await attempt.run(provider, jobFor('http://127.0.0.1:1/film.mp4'));
			expect(outcome).toMatchObject({type: 'failed', failure: {code: 'connection-refused'}});
		});

		test('hostile names stay inside the directory', async context => {
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			const named = encodeURIComponent('../../../evil\u001B[31m.mp4');
			await attempt.run(provider, jobFor(server.url(`..%2f..%2fevil.mp4?size=1000&named=${named}`)));
			expect(await readdir(dirname(attempt.directory))).toEqual(['job']);
		});

		test('a directory that is gone is a failure, not a crash', async context => {
			const [provider, server, attempt] = [await open(context), await startFaultyServer(), await newAttempt()];
			await rm(dirname(attempt.directory), {recursive: true});
			const outcome = await attempt.run(provider, jobFor(server.url('film.mp4?size=1000')));
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

const within = async <Value>(limit: number, promise: Promise<Value>): Promise<Value> => {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not settled within ${limit} ms`)), limit);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
