import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import type {LaneView} from '../../../../source/domain/snapshot.ts';
import type {ApiAnswer, ApiRequest} from '../../../../source/system/api.ts';
import {createSlskdProvider} from '../../../../source/providers/slskd/index.ts';
import {temporaryDirectory} from '../../../support/temp.ts';
import {createTestEngine, minutes, seconds} from '../../../support/test-engine.ts';

/*
 * slskd that is away, or does not let anybody in: the lane waits, and no job pays for it.
 */

type Said = ApiAnswer | ((request: ApiRequest) => ApiAnswer);

const refused: ApiAnswer = {type: 'failed', fault: {code: 'ECONNREFUSED', message: 'connect ECONNREFUSED'}};
const status = (code: number, body: unknown = ''): ApiAnswer => ({
	type: 'answer',
	status: code,
	headers: {},
	text: JSON.stringify(body),
});

const breaker = {threshold: 3, openFor: minutes(1), openForAtMost: minutes(1)};

/** An engine whose slskd says always the same, until it is told to say something else. */
const start = async (first: Said) => {
	let says = first;
	const asked: Array<{readonly at: number; readonly what: string}> = [];
	const memory = join(await temporaryDirectory(), 'peers.json');
	const world = await createTestEngine({
		settings: {
			lanes: {
				slskd: {maxActive: 8, startInterval: 0, breaker},
				'slskd:search': {maxActive: 1, startInterval: seconds(10), breaker},
			},
		},
		providers: ({clock}) => [
			createSlskdProvider({
				api: {
					async ask(request) {
						asked.push({at: clock.now(), what: `${request.method} ${new URL(request.url).pathname}`});
						return typeof says === 'function' ? says(request) : says;
					},
					close: () => Promise.resolve(),
				},
				clock,
				url: 'http://slskd.test:5030',
				apiKey: () => ({ok: true, value: 'a-key-of-sixteen'}),
				pathMap: {},
				isKept: false,
				searchTimeout: seconds(15),
				searchInterval: seconds(10),
				queuePatience: minutes(30),
				stallTimeout: minutes(3),
				memory,
				qualityFor: () => () => ({step: 1, score: 1, reasons: ['good'], isGoodEnough: true}),
			}),
		],
	});
	onTestFinished(() => world.engine.close());
	return {
		...world,
		engine: world.engine,
		asked,
		say(next: Said) {
			says = next;
		},
		lane: (id: string): LaneView | undefined => world.engine.getSnapshot().lanes.find(lane => lane.id === id),
		/** Reading the memory of peers takes real time: until the lane is shut, or three minutes have passed. */
		async untilOpen() {
			for (let gone = 0; gone < 180; gone++) {
				if (this.lane('slskd:search')?.breaker === 'open') return;
				await world.clock.advance(1000);
			}
		},
		/** Lets time pass in small steps, so that what files do in between comes to its end. */
		async pass(duration: number) {
			for (let gone = 0; gone < duration; gone += 1000) await world.clock.advance(1000);
		},
	};
};

const songs = (count: number) =>
	Array.from({length: count}, (_, index) => ({source: `slskd:Artist ${index} - Title ${index}`}));

describe('slskd that is away', () => {
	// Mutations seen to fail: the pause that doubles; a class that spends attempts.
	test('opens the breaker after three failures, is looked for once a minute, and costs no job an attempt', async () => {
		const world = await start(refused);
		const ids = await world.add(...songs(20));
		await world.untilOpen();
		expect(world.asked).toHaveLength(3);
		const {lane} = world;
		expect(lane('slskd:search')).toMatchObject({breaker: 'open', failures: 3, hold: {reason: 'breaker-open'}});
		expect(JSON.stringify(lane('slskd:search')?.hold)).toContain('slskd does not answer at http://slskd.test:5030');
		const before = world.asked.length;
		await world.pass(minutes(10));
		const probes = world.asked.slice(before).map(({at}) => at);
		expect(probes.length).toBeGreaterThanOrEqual(9);
		expect(probes.length).toBeLessThanOrEqual(10);
		const gaps = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(minutes(1));
		expect(Math.max(...gaps)).toBeLessThanOrEqual(minutes(1) + seconds(5));
		for (const id of ids) expect(await world.job(id)).toMatchObject({status: 'waiting', attempts: 0});
		expect((await world.view(ids[5]!)).hold).toMatchObject({reason: 'breaker-open'});
	});

	test('that is back closes the breaker with its first answer, and all go on', async () => {
		const world = await start(refused);
		await world.add(...songs(5));
		await world.untilOpen();
		expect(world.lane('slskd:search')?.breaker).toBe('open');
		// It takes searches, and finds nothing.
		world.say(({method, url}) => {
			if (url.endsWith('/responses')) return status(200, []);
			return status(200, method === 'POST' ? {} : {isComplete: true, state: 'Completed, TimedOut'});
		});
		await world.pass(minutes(3));
		expect(world.lane('slskd:search')).toMatchObject({breaker: 'closed', failures: 0});
		expect(world.asked.filter(({what}) => what.startsWith('POST')).length).toBeGreaterThan(5);
	});

	test('because it is not logged in counts the same, in words', async () => {
		const world = await start(({method}) => (method === 'POST' ? status(409, 'not connected') : status(200, {})));
		const [id] = await world.add(...songs(1));
		await world.untilOpen();
		expect(world.lane('slskd:search')).toMatchObject({breaker: 'open'});
		expect(await world.job(id!)).toMatchObject({
			attempts: 0,
			error: {code: 'service-unreachable', message: 'slskd is not connected to the Soulseek network'},
		});
	});
});

describe('slskd that lets nobody in', () => {
	test.each([
		[401, /refuses the API key \(401\): check api_key in \[providers\.slskd\]/],
		[403, /needs the role ReadWrite/],
	])('with %i holds its jobs with what to do, and spends no attempt', async (code, words) => {
		const world = await start(status(code));
		const [one, two] = await world.add(...songs(2));
		await world.pass(seconds(70));
		for (const id of [one!, two!]) {
			// One of them may be about to be told so: the memory of peers is read in real time.
			await vi.waitFor(async () => expect(await world.job(id)).toMatchObject({status: 'waiting', attempts: 0}));
			expect(JSON.stringify((await world.view(id)).hold)).toMatch(words);
		}

		expect(world.engine.getSnapshot().notices.join(' ')).toMatch(words);
		// It is looked at again twice a minute, not as fast as it can be asked.
		expect(world.asked.length).toBeLessThan(6);
	});
});
