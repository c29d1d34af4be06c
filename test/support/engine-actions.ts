import * as fc from 'fast-check';
import type {JobId} from '../../source/domain/job.ts';
import type {CommandResult, Place} from '../../source/engine/ports.ts';
import {gibibyte} from './fake-disk.ts';
import {failed, fetched, held, report, script, sleep, wait, type Script} from './scripted-provider.ts';
import type {TestEngine} from './test-engine.ts';

export type PersonsVerb = 'pause' | 'resume' | 'cancel' | 'retry' | 'remove';

/** What may happen to a queue. Numbers that pick a job count through all jobs ever added, beginning anew at the end. */
export type Action =
	| {
			readonly do: 'add';
			readonly script: number;
			readonly isPaused: boolean;
			readonly priority: number;
			readonly size: number;
	  }
	| {readonly do: PersonsVerb; readonly picks: readonly number[]}
	| {readonly do: 'all'; readonly verb: PersonsVerb}
	| {readonly do: 'reorder'; readonly picks: readonly number[]; readonly to: number}
	| {readonly do: 'prioritise'; readonly picks: readonly number[]; readonly priority: number}
	| {readonly do: 'undo' | 'redo'}
	| {readonly do: 'workers'; readonly count: number}
	| {readonly do: 'queue'; readonly isPaused: boolean}
	| {readonly do: 'disk'; readonly level: number}
	| {readonly do: 'store'; readonly isTroubled: boolean}
	| {readonly do: 'release'; readonly pick: number}
	| {readonly do: 'time'; readonly duration: number}
	/** So many breaths after releasing a job, so that it also comes in the middle of an outcome. */
	| {readonly do: 'crash'; readonly pick: number; readonly breaths: number}
	| {readonly do: 'close'};

/** What sources may do, by number. */
export const scripts: ReadonlyArray<readonly Script[]> = [
	[held],
	[script(report(10, 1000), sleep(1500), report(500), sleep(700), fetched())],
	[script(fetched())],
	[script(report(5), sleep(300), failed('connection-lost'))],
	[script(failed('stalled')), script(report(1, 1000), fetched())],
	[script(sleep(100), failed('not-found'))],
	[script(report(200, 1000), failed('disk-full')), held],
	[{...held, abortDelay: 3000}],
	[{...held, abortDelay: 'deaf'}],
	[script(report(10, 70 * gibibyte), wait, fetched())],
	[script({do: 'throw', message: 'a defect'}), held],
	[script(report(1), failed('rate-limited', 5000)), held],
	[script(failed('server-error')), script(failed('tool-missing')), held],
	[script({do: 'claim-stopped'}), {...held, afterwards: {bytes: 77, total: 99}}],
];

const pick = fc.nat({max: 40});
const picks = fc.array(pick, {minLength: 1, maxLength: 3});
const verb = fc.constantFrom<PersonsVerb>('pause', 'resume', 'cancel', 'retry', 'remove');

export const anyAction: fc.Arbitrary<Action> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({
			do: fc.constant('add' as const),
			script: fc.nat({max: scripts.length - 1}),
			isPaused: fc.boolean(),
			priority: fc.nat({max: 9}),
			size: fc.constantFrom(0, 0, 0, 1000, 45 * gibibyte),
		}),
	},
	{weight: 8, arbitrary: fc.record({do: verb, picks})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('all' as const), verb})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('reorder' as const), picks, to: fc.nat({max: 12})})},
	{
		weight: 1,
		arbitrary: fc.record({do: fc.constant('prioritise' as const), picks, priority: fc.nat({max: 9})}),
	},
	{weight: 4, arbitrary: fc.record({do: fc.constantFrom('undo' as const, 'undo' as const, 'redo' as const)})},
	{weight: 2, arbitrary: fc.record({do: fc.constant('workers' as const), count: fc.integer({min: 1, max: 5})})},
	{weight: 1, arbitrary: fc.record({do: fc.constant('queue' as const), isPaused: fc.boolean()})},
	{weight: 3, arbitrary: fc.record({do: fc.constant('disk' as const), level: fc.nat({max: 5})})},
	{weight: 2, arbitrary: fc.record({do: fc.constant('store' as const), isTroubled: fc.boolean()})},
	{weight: 8, arbitrary: fc.record({do: fc.constant('release' as const), pick})},
	{weight: 8, arbitrary: fc.record({do: fc.constant('time' as const), duration: fc.nat({max: 8000})})},
	{
		weight: 2,
		arbitrary: fc.record({do: fc.constant('crash' as const), pick, breaths: fc.nat({max: 60})}),
	},
	{weight: 1, arbitrary: fc.record({do: fc.constant('close' as const)})},
);

/** Levels of the disk: empty, in the band, above the pause mark, above the hard limit, no free space, not mounted. */
export const setDisk = ({disk}: TestEngine, level: number): void => {
	const used = [0, 55, 61, 81, 0, 0][level] ?? 0;
	disk.set({used: used * gibibyte, free: level === 4 ? 0 : 100 * gibibyte});
	disk.setMissing(level === 5);
};

/** What an action did, as far as the one who asked for it was told. */
export type Done = {
	readonly verb: PersonsVerb | 'add' | 'order' | 'undo' | 'redo';
	readonly answer: CommandResult;
	readonly isPaused: boolean;
};

/** Does it. `ids` are all jobs ever added; `trouble.isOn` makes the store refuse writes. */
export const carryOut = async (
	world: TestEngine,
	action: Action,
	ids: readonly JobId[],
	trouble: {isOn: boolean},
): Promise<Done | undefined> => {
	const idOf = (number: number): JobId | undefined => ids[number % Math.max(1, ids.length)];
	const chosen = (numbers: readonly number[]): JobId[] => numbers.map(idOf).filter(id => id !== undefined);
	switch (action.do) {
		case 'add': {
			const source = `scripted:lane-${action.script % 3}/${ids.length}`;
			world.provider.script(source, ...(scripts[action.script] ?? []));
			const {isPaused, priority, size} = action;
			const request = {source, isPaused, priority, ...(size === 0 ? {} : {expectedSize: size})};
			// What comes is as large as it was said to be.
			if (size > 0) world.provider.script(source, script(report(10, size), wait, fetched(size)));
			return {verb: 'add', isPaused, answer: await world.send({type: 'add', requests: [request]})};
		}

		case 'pause':
		case 'resume':
		case 'cancel':
		case 'retry':
		case 'remove':
			return {verb: action.do, isPaused: false, answer: await world.act(action.do, ...chosen(action.picks))};
		case 'all':
			return {
				verb: action.verb,
				isPaused: false,
				answer: await world.send({type: action.verb, selection: {filter: {}}}),
			};
		case 'reorder': {
			const before = idOf(action.to);
			const place: Place =
				action.to === 0 || before === undefined ? {at: 'top'} : action.to === 1 ? {at: 'bottom'} : {before};
			const answer = await world.send({type: 'reorder', ids: chosen(action.picks), place});
			return {verb: 'order', isPaused: false, answer};
		}

		case 'prioritise': {
			const {priority} = action;
			const answer = await world.send({type: 'prioritise', ids: chosen(action.picks), priority});
			return {verb: 'order', isPaused: false, answer};
		}

		case 'undo':
		case 'redo':
			return {verb: action.do, isPaused: false, answer: await world.send({type: action.do})};
		case 'workers':
			await world.send({type: 'set-workers', count: action.count});
			return undefined;
		case 'queue':
			await world.send({type: action.isPaused ? 'pause-queue' : 'resume-queue'});
			return undefined;
		case 'disk':
			setDisk(world, action.level);
			return undefined;
		case 'store':
			trouble.isOn = action.isTroubled;
			return undefined;
		case 'release':
			releaseOne(world, action.pick);
			await world.clock.settle();
			return undefined;
		case 'time':
			await world.clock.advance(action.duration);
			return undefined;
		case 'crash':
			releaseOne(world, action.pick);
			for (let breath = 0; breath < action.breaths; breath++) await Promise.resolve();
			world.crash();
			trouble.isOn = false;
			await world.restart();
			return undefined;
		case 'close': {
			// What never heeds its signal has to end some time.
			const closing = world.engine.close();
			await world.clock.advance(4000);
			for (const source of world.provider.running()) world.provider.release(source);
			await world.clock.advance(10_000);
			await closing;
			trouble.isOn = false;
			await world.restart();
			return undefined;
		}
	}
};

const releaseOne = ({provider}: TestEngine, number: number): void => {
	const running = provider.running();
	const source = running[number % Math.max(1, running.length)];
	if (source !== undefined) provider.release(source);
};
