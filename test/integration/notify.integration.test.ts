import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {
	answer,
	eventually,
	openHook,
	openNotifyWorld,
	readTold,
	silence,
	type NotifyWorld,
} from '../support/notify-world.ts';
import {failed, fetched, script} from '../support/scripted-provider.ts';
import {gibibyte} from '../support/fake-disk.ts';
import {seconds} from '../support/test-engine.ts';
import {temporaryDirectory} from '../support/temp.ts';

const tool = fileURLToPath(new URL('../fixtures/tools/notified.mjs', import.meta.url));
const everything =
	'["batch-done", "queue-idle", "needs-person", "job-failed", "disk-paused", "disk-resumed", "lane-broken"]';

const hookSection = (url: string, events = everything, more = ''): string =>
	`[notify.hook]\ntype = "webhook"\nurl = "${url}/hook"\nevents = ${events}\n${more}\n`;

const failing = script(failed('gone'));

/** Adds jobs that are fetched at once, or fail where their name says so. */
const addJobs = async (world: NotifyWorld, batch: string | undefined, ...names: readonly string[]): Promise<void> => {
	for (const name of names) {
		world.provider.script(
			`scripted:${name}`,
			name.startsWith('bad')
				? failing
				: name.startsWith('login')
					? script(failed('login-required'))
					: script(fetched()),
		);
	}

	const requests = names.map(name => ({source: `scripted:${name}`, title: name}));
	await world.send({type: 'add', requests, ...(batch === undefined ? {} : {batch})});
};

const titles = (asked: ReadonlyArray<{readonly body: Readonly<Record<string, unknown>>}>): readonly unknown[] =>
	asked.map(({body}) => body['title']);

describe('a webhook', () => {
	test('is posted JSON as it is documented, once, with a header whose secret stands elsewhere', async () => {
		const hook = await openHook();
		const directory = await temporaryDirectory();
		const world = await openNotifyWorld({
			directory,
			text: hookSection(hook.url, '["batch-done"]', 'headers = {Authorization = "env:HOOK", X-Room = "kitchen"}'),
			env: {HOOK: 'Bearer hunter2hunter2'},
		});
		await addJobs(world, 'Album', 'one', 'bad two', 'three');
		await eventually('a request', () => hook.asked.length > 0);
		const [first] = hook.asked;
		expect(first?.headers).toMatchObject({
			authorization: 'Bearer hunter2hunter2',
			'x-room': 'kitchen',
			'content-type': 'application/json',
			'user-agent': 'tidegate/0.0.0',
		});
		expect(first?.body).toEqual({
			version: 1,
			id: expect.stringMatching(/^batch-1-/) as unknown,
			event: 'batch-done',
			at: new Date(world.clock.now()).toISOString(),
			title: 'Album is done',
			message: '2 completed, 1 failed',
			more: 0,
			job: null,
			batch: {id: 1, title: 'Album', completed: 2, failed: 1, cancelled: 0, bytes: 2000},
			queue: null,
			volume: null,
			lane: null,
		});
		await world.again(true);
		expect(hook.asked).toHaveLength(1);
		expect(await readFile(join(directory, 'notify.json'), 'utf8')).not.toContain('hunter2');
	});

	// Mutation tried: `settle` without `notBefore`; the requests came at once.
	test('that answers with 500, 429 and not at all gets it in the end, once, when it wants it', async () => {
		const holder: {now: () => number} = {now: () => 0};
		const hook = await openHook(() => holder.now());
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["job-failed"]'),
		});
		holder.now = () => world.clock.now();
		hook.answers(answer(500), answer(429, {'retry-after': '120'}), answer(200));
		const begun = world.clock.now();
		await addJobs(world, undefined, 'bad one');
		for (const count of [1, 2, 3]) {
			await eventually(`request ${count}`, async () => {
				if (world.clock.now() < begun + seconds(600)) await world.clock.advance(seconds(1));
				return hook.asked.length >= count;
			});
		}

		const [first, second, third] = hook.asked.map(({at}) => at);
		expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(2000);
		expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(120_000);
		expect(new Set(hook.asked.map(({body}) => body['id'])).size).toBe(1);
		await eventually('it is well again', () => world.notices.length === 2);
		expect(world.notices).toEqual([
			expect.stringMatching(/^notifications to hook do not get through: .* answered HTTP 500$/),
			'notifications to hook get through again',
		]);
		await world.clock.advance(seconds(3600));
		expect(hook.asked).toHaveLength(3);
	});

	test('that is not there costs the queue nothing, is told once, and gets all in one when it comes back', async () => {
		const hook = await openHook();
		const port = Number(new URL(hook.url).port);
		await hook.close();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["job-failed"]'),
		});
		for (let number = 1; number <= 20; number++) await addJobs(world, undefined, `bad ${number}`, `good ${number}`);
		await eventually('the trouble is told', () => world.notices.length > 0);
		expect(world.composed.getSnapshot().counts).toMatchObject({completed: 20, failed: 20});
		expect(world.notices).toHaveLength(1);
		expect((await world.composed.findings())[0]).toMatchObject({
			name: 'notify hook',
			ok: false,
			fix: expect.stringContaining('tidegate notify test hook') as unknown,
		});
		await world.clock.settle();
		expect(world.composed.getSnapshot().notices.join()).toContain('notifications to hook do not get through');
		const again = await openHook(() => 0, port);
		await eventually('everything has arrived', async () => {
			await world.clock.advance(seconds(10));
			return again.asked.length > 0;
		});
		await eventually('it is well again', () => world.notices.length === 2);
		expect(again.asked).toHaveLength(1);
		expect(again.asked[0]?.body).toMatchObject({more: 19, title: 'Failed: bad 1 and 19 more'});
		await world.clock.settle();
		expect(world.composed.getSnapshot().notices).toEqual([]);
	});

	test('that never answers is given up in time; another target has long been told', async () => {
		const [slow, quick] = [await openHook(), await openHook()];
		slow.answers(silence);
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: `${hookSection(slow.url, '["job-failed"]', 'timeout_seconds = 1')}${hookSection(quick.url, '["job-failed"]').replace('notify.hook', 'notify.quick')}`,
		});
		await addJobs(world, undefined, 'bad one', 'good one');
		await eventually('the other one', () => quick.asked.length === 1);
		expect(world.composed.getSnapshot().counts).toMatchObject({completed: 1, failed: 1});
		await eventually('it is given up', () => world.notices.length > 0);
		expect(world.notices[0]).toContain('no whole answer within 1 s');
	});

	test('that refuses what it gets is not asked again, and its words are told', async () => {
		const hook = await openHook();
		hook.answers(answer(404, {}, 'no such\u001B[31m hook'));
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["job-failed"]'),
		});
		await addJobs(world, undefined, 'bad one');
		await eventually('it is told', () => world.notices.length > 0);
		expect(world.notices[0]).toMatch(/refused it with HTTP 404: no such hook$/);
		await world.clock.advance(seconds(3600));
		expect(hook.asked).toHaveLength(1);
	});

	test('that sends elsewhere is not followed', async () => {
		const [hook, other] = [await openHook(), await openHook()];
		hook.answers(answer(307, {location: `${other.url}/hook`}));
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["job-failed"]'),
		});
		await addJobs(world, undefined, 'bad one');
		await eventually('it is told', () => world.notices.length > 0);
		expect(world.notices[0]).toContain('sends elsewhere (HTTP 307)');
		expect(other.asked).toEqual([]);
	});

	test('whose secret is not there keeps nobody from working', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: `${hookSection(hook.url, '["job-failed"]')}[notify.lost]\ntype = "ntfy"\ntopic = "env:NOT_THERE"\n`,
		});
		await addJobs(world, undefined, 'bad one');
		await eventually('the other one', () => hook.asked.length === 1);
		expect(world.notices).toEqual(['notifications to lost do not get through: the environment has no NOT_THERE']);
		expect((await world.composed.findings())[0]).toMatchObject({name: 'notify lost', ok: false});
	});
});

describe('what is told', () => {
	test('is each end of a story, once, in the order in which it came', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, everything, 'most_per_minute = 60'),
		});
		await addJobs(world, 'Album', 'one', 'login two');
		await eventually('the end', () => hook.asked.length >= 3);
		expect(titles(hook.asked)).toEqual(['Needs you: login two', 'Album is done', 'Nothing is left to download']);
		world.disk.set({used: 70 * gibibyte});
		await world.send({type: 'measure-disk'});
		await eventually('the disk', () => hook.asked.length >= 4);
		world.disk.set({used: 10 * gibibyte});
		await world.send({type: 'measure-disk'});
		await eventually('the disk again', async () => {
			await world.clock.advance(seconds(1));
			return hook.asked.length >= 5;
		});
		expect(titles(hook.asked.slice(3))).toEqual(['Downloads wait for space', 'Downloads go on']);
		// A batch that gets more jobs may be done once more.
		await addJobs(world, 'Album', 'three');
		await eventually('the album again', () => hook.asked.length >= 7);
		expect(hook.asked[5]?.body).toMatchObject({event: 'batch-done', message: '2 completed, 1 failed'});
	});

	test('is folded where it flaps', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["job-failed"]', 'most_per_minute = 3'),
		});
		await addJobs(world, undefined, ...Array.from({length: 15}, (_, index) => `bad ${index}`));
		for (let round = 0; round < 4; round++) {
			await world.clock.advance(seconds(61));
			await eventually(
				'it has settled',
				() => !JSON.stringify(world.composed.getSnapshot().targets).includes('"pending":1'),
			);
		}

		await eventually('all of them', () => hook.asked.reduce((sum, {body}) => sum + 1 + Number(body['more']), 0) === 15);
		expect(hook.asked.length).toBeLessThanOrEqual(4);
		expect(hook.asked.at(-1)?.body['title']).toMatch(/ and \d+ more$/);
	});

	test('a server that fails repeatedly is told once, until something of it works again', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["lane-broken"]'),
			engine: {
				settings: {
					retry: {base: 1000, cap: 2000},
					maxAttempts: 50,
					defaultLane: {maxActive: 1, startInterval: 0, breaker: {threshold: 2, openFor: 10_000}},
				},
			},
		});
		world.provider.script(
			'scripted:flaky',
			...Array.from({length: 9}, () => script(failed('server-error'))),
			script(fetched()),
		);
		await world.send({type: 'add', requests: [{source: 'scripted:flaky'}]});
		await world.clock.advance(seconds(100));
		await eventually('it is told', () => hook.asked.length > 0);
		expect(hook.asked[0]?.body).toMatchObject({event: 'lane-broken', lane: {name: 'scripted', provider: 'scripted'}});
		await eventually('it works again', async () => {
			await world.clock.advance(seconds(600));
			return world.composed.getSnapshot().counts.completed === 1;
		});
		expect(hook.asked).toHaveLength(1);
		world.provider.script('scripted:broken', script(failed('server-error')));
		await world.send({type: 'add', requests: [{source: 'scripted:broken'}]});
		await eventually('it fails again', async () => {
			await world.clock.advance(seconds(60));
			return hook.asked.length === 2;
		});
	});

	test('nobody who only looks tells anything', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url),
			isScheduling: false,
		});
		await addJobs(world, 'Album', 'bad one');
		await world.clock.advance(seconds(10));
		expect(world.composed.getSnapshot().counts.failed).toBe(1);
		expect(hook.asked).toEqual([]);
	});
});

describe('a restart', () => {
	// Mutation tried: `lookUp` left out; nothing came.
	test('tells what had ended when the scheduler was killed before it could tell, and nothing twice', async () => {
		const hook = await openHook();
		const directory = await temporaryDirectory();
		const world = await openNotifyWorld({directory, text: hookSection(hook.url, '["job-failed", "batch-done"]')});
		await addJobs(world, 'First', 'bad one');
		await eventually('both', () => hook.asked.length === 2);
		// Killed: what happens now is written to the queue, and nobody is there to tell it.
		const {store} = world;
		world.crash();
		const {ids} = await store.add({title: 'Second', jobs: [lostJob]}, world.clock.now());
		const [id] = ids;
		if (id === undefined) throw new Error('nothing was added');
		await store.claim(id, 'gone:1' as never, 'gone' as never, world.clock.now());
		const error = {code: 'gone', message: 'HTTP 410', class: 'permanent'} as const;
		await store.move(id, 'gone:1' as never, {event: 'fail', at: world.clock.now() + 1, error});
		await world.again();
		await eventually('what was missed', () => hook.asked.length >= 4);
		expect(titles(hook.asked).toSorted()).toEqual([
			'Failed: bad one',
			'Failed: lost',
			'First is done',
			'Second is done',
		]);
		for (let times = 0; times < 3; times++) await world.again(times === 1);
		await world.clock.advance(seconds(100));
		expect(hook.asked).toHaveLength(4);
	});

	test('sends what waits for a server that was away', async () => {
		const hook = await openHook();
		hook.answers(answer(503), answer(200));
		const directory = await temporaryDirectory();
		const world = await openNotifyWorld({directory, text: hookSection(hook.url, '["job-failed"]')});
		await addJobs(world, undefined, 'bad one');
		await eventually('it was refused', () => world.notices.length === 1);
		await world.again(true);
		await eventually('it has arrived', async () => {
			await world.clock.advance(seconds(1));
			return hook.asked.length === 2;
		});
		await world.clock.advance(seconds(600));
		expect(hook.asked).toHaveLength(2);
	});

	test('while the disk is full does not tell of it again', async () => {
		const hook = await openHook();
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: hookSection(hook.url, '["disk-paused", "disk-resumed"]'),
		});
		world.disk.set({used: 70 * gibibyte});
		await world.send({type: 'measure-disk'});
		await eventually('the disk', () => hook.asked.length === 1);
		await world.again(true);
		await world.send({type: 'measure-disk'});
		world.disk.set({used: 10 * gibibyte});
		await world.again(true);
		await eventually('it goes on', async () => {
			await world.clock.advance(seconds(1));
			return hook.asked.length === 2;
		});
		expect(titles(hook.asked)).toEqual(['Downloads wait for space', 'Downloads go on']);
	});
});

const lostJob = {
	title: 'lost',
	provider: 'scripted',
	lane: 'scripted',
	source: 'scripted:lost',
	identity: 'scripted lost',
	options: {},
	isSourced: true,
	isPaused: false,
	priority: 5,
	maxAttempts: 3,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
};

describe('a command', () => {
	const hostile = '$(touch /tmp/x) `id`; rm -rf ~ \u001B]0;title\u0007\r\n--flag \u202Egnp token=hunter2';

	test('finds what happened in its environment, clean, and its arguments as they were written', async () => {
		const directory = await temporaryDirectory();
		const log = join(directory, 'told.log');
		const world = await openNotifyWorld({
			directory,
			text: `[notify.tool]\ntype = "command"\ncommand = "${tool}"\nargs = ["0", "${log}", "$(id)", "a b"]\nevents = ["job-failed"]\n`,
			secrets: ['swordfish'],
		});
		world.provider.script(
			'scripted:bad',
			script({do: 'fail', failure: {code: 'gone', message: 'swordfish was refused'}}),
		);
		await world.send({type: 'add', requests: [{source: 'scripted:bad', title: hostile}]});
		await eventually('it was started', async () => (await readTold(log)).length > 0);
		const [told] = await readTold(log);
		expect(told?.args).toEqual(['0', log, '$(id)', 'a b']);
		expect(told?.variables).toMatchObject({
			TIDEGATE_EVENT: 'job-failed',
			TIDEGATE_JOB_ID: '1',
			TIDEGATE_TITLE: 'Failed: $(touch /tmp/x) `id`; rm -rf ~  --flag gnp token=***',
			TIDEGATE_JOB_TITLE: '$(touch /tmp/x) `id`; rm -rf ~  --flag gnp token=***',
			TIDEGATE_ERROR_CODE: 'gone',
			TIDEGATE_ERROR: '*** was refused',
			TIDEGATE_MORE: '0',
		});
		expect(JSON.stringify(told)).not.toMatch(/hunter2|swordfish|\\u001b|\\u0007|\u202E/i);
	});

	test('that fails is told with its last words, and is not started again', async () => {
		const directory = await temporaryDirectory();
		const log = join(directory, 'told.log');
		const world = await openNotifyWorld({
			directory,
			text: `[notify.tool]\ntype = "command"\ncommand = "${tool}"\nargs = ["3", "${log}"]\nevents = ["job-failed"]\n`,
		});
		await addJobs(world, undefined, 'bad one');
		await eventually('it is told', () => world.notices.length > 0);
		expect(world.notices[0]).toMatch(/notified\.mjs ended with 3: it +cannot be told: token=\*\*\*$/);
		await world.clock.advance(seconds(3600));
		expect(await readTold(log)).toHaveLength(1);
	});

	test('that does not end is ended, and the queue has long gone on', async () => {
		const directory = await temporaryDirectory();
		const log = join(directory, 'told.log');
		const world = await openNotifyWorld({
			directory,
			text: `[notify.tool]\ntype = "command"\ncommand = "${tool}"\nargs = ["stay", "${log}"]\nevents = ["job-failed"]\ntimeout_seconds = 1\n`,
		});
		await addJobs(world, undefined, 'bad one', 'good one');
		await eventually('the queue goes on', () => world.composed.getSnapshot().counts.completed === 1);
		await eventually('it is ended', () => world.notices.length > 0);
		expect(world.notices[0]).toContain('did not end within 1 s and was ended');
	});

	test('that is not there is told', async () => {
		const world = await openNotifyWorld({
			directory: await temporaryDirectory(),
			text: '[notify.tool]\ntype = "command"\ncommand = "tidegate-no-such-program"\nevents = ["job-failed"]\n',
		});
		await addJobs(world, undefined, 'bad one');
		await eventually('it is told', () => world.notices.length > 0);
		expect(world.notices[0]).toContain('tidegate-no-such-program was not found');
	});
});

test('ntfy gets title, message, priority, tags, click and token in its own form', async () => {
	const hook = await openHook();
	const world = await openNotifyWorld({
		directory: await temporaryDirectory(),
		text: `[notify.phone]\ntype = "ntfy"\nserver = "${hook.url}"\ntopic = "env:TOPIC"\ntoken = "env:TOKEN"\ntags = ["tidegate"]\nclick = "https://example.org/"\nevents = ["needs-person"]\n`,
		env: {TOPIC: 'my-secret-topic', TOKEN: 'tk_hunter2hunter2'},
	});
	await addJobs(world, undefined, 'bad one', 'login two');
	await eventually('a request', () => hook.asked.length > 0);
	expect(hook.asked[0]).toMatchObject({
		path: '/',
		headers: {authorization: 'Bearer tk_hunter2hunter2'},
		body: {
			topic: 'my-secret-topic',
			title: 'Needs you: login two',
			message: expect.stringMatching(/^it failed: login-required\. Give the tool a login/) as unknown,
			priority: 4,
			tags: ['wave', 'tidegate'],
			click: 'https://example.org/',
		},
	});
	expect(hook.asked).toHaveLength(1);
});

test('open screens find the newest alert in what they show, and what it is to do there', async () => {
	const world = await openNotifyWorld({
		directory: await temporaryDirectory(),
		text: '[notify.here]\ntype = "desktop"\npopup = "osc9"\n',
	});
	expect(world.composed.getSnapshot().alert).toBeUndefined();
	await addJobs(world, 'Album', 'one');
	await eventually('an alert', async () => {
		await world.clock.settle();
		return world.composed.getSnapshot().alert !== undefined;
	});
	expect(world.composed.getSnapshot().alert).toMatchObject({
		title: 'Album is done',
		message: '1 completed',
		hasBell: true,
		hasTitle: true,
		popup: 'osc9',
		inReader: false,
	});
});
