import {describe, expect, test} from 'vitest';
import type {Reread} from '../../../source/engine/reload.ts';
import type {EngineSettings} from '../../../source/engine/index.ts';
import {createTestEngine, testMarks, testSettings} from '../../support/test-engine.ts';

const names = (count: number): string[] => Array.from({length: count}, (_, index) => `file-${index + 1}`);

/** An engine that reads these settings when it is told to. */
const startReloadable = async (settings: Partial<EngineSettings> = {}) => {
	let next: Reread = {ok: true, settings: testSettings, told: []};
	const world = await createTestEngine({
		settings,
		adapt: deps => ({...deps, reread: async () => next}),
	});
	return Object.assign(world, {
		async reload(changed: Partial<EngineSettings> | {readonly problems: readonly string[]}) {
			next =
				'problems' in changed
					? {ok: false, problems: changed.problems}
					: {ok: true, settings: {...testSettings, ...settings, ...changed}, told: ['told']};
			const result = await world.send({type: 'reload'});
			await world.clock.settle();
			return result;
		},
	});
};

describe('a configuration that is read again while jobs run', () => {
	test('lets more run at once', async () => {
		const {add, provider, reload} = await startReloadable({workers: 1});
		await add(...names(4));
		expect(provider.running()).toHaveLength(1);
		expect(await reload({workers: 3})).toMatchObject({ok: true, told: ['told']});
		expect(provider.running()).toHaveLength(3);
	});

	test('leaves the workers that a person has set, unless it names others', async () => {
		const {engine, send, reload} = await startReloadable({workers: 2});
		await send({type: 'set-workers', count: 7});
		await reload({maxAttempts: 9});
		expect(engine.getSnapshot().workers).toBe(7);
		await reload({workers: 4});
		expect(engine.getSnapshot().workers).toBe(4);
	});

	test('changes the limits of lanes that are in use', async () => {
		const narrow = {...testSettings.defaultLane, maxActive: 1};
		const {add, provider, reload} = await startReloadable({defaultLane: narrow});
		await add(...names(3));
		expect(provider.running()).toHaveLength(1);
		await reload({defaultLane: {...narrow, maxActive: 2}});
		expect(provider.running()).toHaveLength(2);
	});

	test('moves the marks of the disk, and judges it by them at once', async () => {
		const {add, provider, engine, disk, reload} = await startReloadable();
		const {free} = await disk.sample().then(level => level ?? {free: 0});
		await reload({marks: {...testMarks, free: {stop: 1, pause: free + 1, resume: free + 2}}});
		expect(engine.getSnapshot().volumes[0]?.gate.state).toBe('paused');
		await add(...names(1));
		expect(provider.running()).toEqual([]);
	});

	test('changes the limit of the speed, and new jobs get its number of attempts', async () => {
		const {add, engine, job, reload} = await startReloadable();
		await reload({rateLimit: 5_000_000, maxAttempts: 8});
		expect(engine.getSnapshot().limit).toBe(5_000_000);
		const [id] = await add('file-1');
		expect(id === undefined ? undefined : (await job(id)).maxAttempts).toBe(8);
	});

	test('changes nothing where it is wrong, and says why', async () => {
		const {engine, events, reload} = await startReloadable({workers: 2});
		const before = engine.getSnapshot().workers;
		expect(await reload({problems: ['config.toml:3: no']})).toEqual({
			ok: false,
			code: 'bad-request',
			message: 'config.toml:3: no',
		});
		expect(engine.getSnapshot().workers).toBe(before);
		expect(events).toContainEqual(expect.objectContaining({type: 'notice', text: 'config.toml:3: no'}));
	});
});

/** Whether a promise has resolved once everything that could happen has. */
const isDone = async (promise: Promise<void>, settle: () => Promise<unknown>): Promise<boolean> => {
	const open = Symbol('open');
	await settle();
	return (await Promise.race([promise, Promise.resolve(open)])) !== open;
};

describe('whether turns go on', () => {
	test('is told by one that ends after it was asked', async () => {
		const {engine, clock, add} = await createTestEngine();
		await add(...names(5));
		expect(await isDone(engine.turned(), () => clock.settle())).toBe(true);
	});

	test('is not told while a turn hangs in the store, and is when it goes on', async () => {
		let release: (() => void) | undefined;
		let isHanging = false;
		const {engine, clock} = await createTestEngine({
			adapt: deps => ({
				...deps,
				store: {
					...deps.store,
					async nextRetryAt(now) {
						if (isHanging) {
							await new Promise<void>(resolve => {
								release = resolve;
							});
						}

						return deps.store.nextRetryAt(now);
					},
				},
			}),
		});
		isHanging = true;
		const turned = engine.turned();
		expect(await isDone(turned, () => clock.settle())).toBe(false);
		isHanging = false;
		release?.();
		expect(await isDone(turned, () => clock.settle())).toBe(true);
	});
});
