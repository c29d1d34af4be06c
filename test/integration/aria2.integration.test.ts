import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import type {Provider} from '../../source/engine/ports.ts';
import {contentSha256} from '../../source/demo/media-server.ts';
import {createAria2Provider, type Aria2Options} from '../../source/providers/aria2/index.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {sha256OfFile, testServer} from '../support/http-run.ts';
import {temporaryDirectory} from '../support/temp.ts';

const content = {seed: 5, size: 1_500_000};
const film = (more: object = {}) => ({'/film.mp4': {content, answers: [{type: 'file' as const, ...more}]}});

const open = async (
	context: TestContext,
	options: Partial<Aria2Options> = {},
): Promise<{readonly provider: Provider; readonly runtimeDirectory: string}> => {
	if ((await probeTool('aria2c', ['--version'])).type !== 'answered') context.skip('needs aria2c');
	const runtimeDirectory = await temporaryDirectory();
	const provider = createAria2Provider({runtimeDirectory, interval: 100, connections: 2, ...options});
	onTestFinished(async () => provider.close?.());
	return {provider, runtimeDirectory};
};

/** Daemons whose configuration lies, or lay, in this directory. */
const daemonsOf = async (runtimeDirectory: string): Promise<number[]> => {
	const found: number[] = [];
	for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
		const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
		if (line.includes(`--conf-path=${runtimeDirectory}`)) found.push(Number(pid));
	}

	return found;
};

describe('aria2c itself', () => {
	test('one daemon serves all jobs, its secret is nowhere to be seen, and it goes with us', async context => {
		const {provider, runtimeDirectory} = await open(context);
		expect(await daemonsOf(runtimeDirectory)).toEqual([]);
		const names = Array.from({length: 12}, (_, index) => `/film${index}.mp4`);
		const contents = names.map((_, seed) => ({seed, size: 300_000 + seed}));
		const server = await testServer(
			Object.fromEntries(names.map((name, index) => [name, {content: contents[index] ?? content}])),
		);
		const attempts = await Promise.all(names.map(() => newAttempt()));
		const running = attempts.map((attempt, index) => attempt.run(provider, jobFor(server.url + (names[index] ?? ''))));
		const outcomes = await Promise.all(running);
		for (const [index, outcome] of outcomes.entries()) {
			expect(outcome).toMatchObject({type: 'fetched'});
			const path = join(attempts[index]?.directory ?? '', outcome.type === 'fetched' ? outcome.path : '');
			expect(await sha256OfFile(path)).toBe(contentSha256(contents[index] ?? content));
		}

		const daemons = await daemonsOf(runtimeDirectory);
		expect(daemons).toHaveLength(1);
		expect(await readFile(`/proc/${daemons[0]}/cmdline`, 'latin1')).not.toMatch(/secret/);
		expect(await readdir(runtimeDirectory)).toEqual([]);
		await provider.close?.();
		expect(await daemonsOf(runtimeDirectory)).toEqual([]);
	});

	test('a connection that breaks is made again, and only the rest is fetched', async context => {
		const {provider} = await open(context, {connections: 1});
		const answers = [
			{type: 'file' as const, dropAfter: 700_000, rate: 4_000_000},
			{type: 'file' as const, rate: 4_000_000},
		];
		const [server, attempt] = [await testServer({'/film.mp4': {content, answers}}), await newAttempt()];
		expect(await attempt.run(provider, jobFor(`${server.url}/film.mp4`))).toMatchObject({
			type: 'fetched',
			size: content.size,
		});
		expect(server.served('/film.mp4').bytes).toBeLessThan(content.size + 300_000);
	});

	test('a file that the server does not continue is begun anew, and the daemon survives that', async context => {
		const {provider, runtimeDirectory} = await open(context, {connections: 1});
		const whole = {type: 'file' as const, ranges: 'ignored' as const};
		const answers = [...Array.from({length: 5}, () => ({...whole, dropAfter: 400_000})), whole, whole];
		const server = await testServer({'/film.mp4': {content, answers}});
		const parent = await temporaryDirectory();
		const attempt = async () => (await newAttempt(parent)).run(provider, jobFor(`${server.url}/film.mp4`));
		const first = await attempt();
		expect(first).toMatchObject({type: 'failed', failure: {code: 'connection-lost'}});
		expect(await daemonsOf(runtimeDirectory)).toHaveLength(1);
		let outcome = first;
		for (let tries = 0; tries < 5 && outcome.type === 'failed'; tries++) outcome = await attempt();
		if (outcome.type !== 'fetched') throw new Error(JSON.stringify(outcome));
		expect(await sha256OfFile(join(parent, 'job', outcome.path))).toBe(contentSha256(content));
	});

	test('a file of unknown length that broke off is begun anew, not taken for one that is in the way', async context => {
		const {provider} = await open(context, {connections: 1});
		const unsized = {type: 'file' as const, length: 'none' as const, ranges: 'ignored' as const};
		const answers = [...Array.from({length: 5}, () => ({...unsized, dropAfter: 300_000})), unsized];
		const server = await testServer({'/film.mp4': {content, answers}});
		const parent = await temporaryDirectory();
		const attempt = async () => (await newAttempt(parent)).run(provider, jobFor(`${server.url}/film.mp4`));
		let outcome = await attempt();
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'connection-lost'}});
		for (let tries = 0; tries < 5 && outcome.type === 'failed'; tries++) {
			expect(outcome.failure.code).toBe('connection-lost');
			outcome = await attempt();
		}

		if (outcome.type !== 'fetched') throw new Error(JSON.stringify(outcome));
		expect(await sha256OfFile(join(parent, 'job', outcome.path))).toBe(contentSha256(content));
	});

	test('silence is ended, and told as such; the daemon goes on serving others', async context => {
		const {provider, runtimeDirectory} = await open(context, {stallTimeout: 1500});
		const routes = {...film({stallAfter: 400_000}), '/other.mp4': {content}};
		const [server, attempt, other] = [await testServer(routes), await newAttempt(), await newAttempt()];
		const outcome = await attempt.run(provider, jobFor(`${server.url}/film.mp4`));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
		expect(await other.run(provider, jobFor(`${server.url}/other.mp4`))).toMatchObject({type: 'fetched'});
		expect(await daemonsOf(runtimeDirectory)).toHaveLength(1);
	});

	test('a daemon that dies is a failure that passes, and the next job gets a new one', async context => {
		const {provider, runtimeDirectory} = await open(context);
		const routes = {...film({rate: 300_000}), '/other.mp4': {content}};
		const [server, attempt, other] = [await testServer(routes), await newAttempt(), await newAttempt()];
		const running = attempt.run(provider, jobFor(`${server.url}/film.mp4`));
		await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(0), 10_000);
		const [pid = 0] = await daemonsOf(runtimeDirectory);
		process.kill(pid, 'SIGKILL');
		expect(await running).toMatchObject({type: 'failed', failure: {code: 'connection-lost'}});
		expect(await other.run(provider, jobFor(`${server.url}/other.mp4`))).toMatchObject({type: 'fetched'});
		const [next] = await daemonsOf(runtimeDirectory);
		expect(next).not.toBe(pid);
	});

	test('a daemon that does not answer any more does not keep a job from stopping', async context => {
		const {provider, runtimeDirectory} = await open(context);
		const [server, attempt] = [await testServer(film({rate: 300_000})), await newAttempt()];
		const running = attempt.run(provider, jobFor(`${server.url}/film.mp4`));
		await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(0), 10_000);
		const [pid = 0] = await daemonsOf(runtimeDirectory);
		process.kill(pid, 'SIGSTOP');
		attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
		expect(await daemonsOf(runtimeDirectory)).toEqual([]);
	}, 30_000);

	test("a bad option of one's own is named in aria2's words", async context => {
		const {provider} = await open(context, {extraArgs: ['--no-such-option=1']});
		const attempt = await newAttempt();
		const outcome = await attempt.run(provider, jobFor('http://127.0.0.1:1/film.mp4'));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'bad-arguments'}});
		expect(outcome.type === 'failed' && outcome.failure.message).toMatch(/no-such-option|unrecognized/);
	});

	test('headers reach the server, and a limit holds', async context => {
		const {provider} = await open(context, {headers: ['X-Api-Key: hush']});
		const [server, attempt] = [await testServer(film()), await newAttempt()];
		const running = attempt.run(provider, jobFor(`${server.url}/film.mp4`), {rateLimit: 400_000});
		await vi.waitFor(() => expect(attempt.bytes()).toBeGreaterThan(0), 10_000);
		expect(attempt.bytes()).toBeLessThan(content.size);
		expect(await running).toMatchObject({type: 'fetched'});
		expect(server.requests()[0]?.headers['x-api-key']).toBe('hush');
	});
});
