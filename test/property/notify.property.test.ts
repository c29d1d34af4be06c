import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {noCounts} from '../../source/domain/batch.ts';
import type {BatchId, JobId} from '../../source/domain/job.ts';
import {decide, lookUpFrom, newMemory, type Happening, type Memory} from '../../source/notify/decide.ts';
import {
	afterRestart,
	countOf,
	emptyLine,
	enqueue,
	settle,
	take,
	window,
	type Line,
	type Result,
} from '../../source/notify/line.ts';
import type {Notice} from '../../source/notify/notice.ts';

const runs = {numRuns: Number(process.env['TIDEGATE_RUNS'] ?? 300)};

// ---------------------------------------------------------------- what is told

/** A job that has failed once or several times, a batch in some state: heard live, looked up again, in any order. */
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
	fc
		.record({
			id: fc.integer({min: 1, max: 4}),
			endedAt: fc.integer({min: 1, max: 4}),
			to: fc.constantFrom('failed' as const, 'failed' as const, 'completed' as const, 'cancelled' as const),
			isPerson: fc.boolean(),
			isOld: fc.boolean(),
		})
		.map(({id, endedAt, to, isPerson, isOld}): Happening => ({
			type: 'end',
			at: endedAt * 1000,
			job: {id: id as JobId, title: `job ${id}`, provider: 'http', endedAt: endedAt * 1000},
			to,
			error: isPerson
				? {code: 'login-required', message: 'log in', class: 'person'}
				: {code: 'gone', message: 'HTTP 410', class: 'permanent'},
			isOld,
		})),
	fc
		.record({
			id: fc.integer({min: 1, max: 2}),
			completed: fc.nat({max: 2}),
			failed: fc.nat({max: 1}),
			queued: fc.constantFrom(0, 0, 1),
			because: fc.constantFrom('end' as const, 'end' as const, 'removal' as const),
		})
		.map(({id, completed, failed, queued, because}): Happening => ({
			type: 'batch',
			at: 1,
			batch: {
				id: id as BatchId,
				title: `batch ${id}`,
				createdAt: 0,
				bytes: 0,
				counts: {...noCounts, completed, failed, queued},
			},
			because,
		})),
	fc.record({type: fc.constant('busy' as const), at: fc.constant(1)}),
	fc.record({type: fc.constant('idle' as const), at: fc.nat({max: 1_000_000})}),
	fc.record({
		type: fc.constant('gate' as const),
		at: fc.nat({max: 1_000_000}),
		volume: fc.constantFrom('1', 'data'),
		path: fc.constant('/storage'),
		state: fc.constantFrom('open' as const, 'paused' as const, 'stopped' as const, 'missing' as const),
		detail: fc.constant('full'),
	}),
	fc.record({
		type: fc.constant('lane' as const),
		at: fc.nat({max: 1_000_000}),
		lane: fc.constantFrom('a', 'b'),
		provider: fc.constant('http'),
		isBroken: fc.boolean(),
		detail: fc.constant('HTTP 500'),
	}),
);

/** What a process that ends and begins again knows. */
const restarted = (memory: Memory): Memory => JSON.parse(JSON.stringify(memory)) as Memory;

const tellAll = (happenings: readonly Happening[], isRestarted: (index: number) => boolean) => {
	let memory = newMemory(0);
	return happenings.flatMap((happening, index): ReadonlyArray<{happening: Happening; notice: Notice}> => {
		if (isRestarted(index)) memory = restarted(memory);
		const decided = decide(memory, happening);
		memory = decided.memory;
		return decided.notice === undefined ? [] : [{happening, notice: decided.notice}];
	});
};

const anyStory = fc.record({
	happenings: fc.array(anyHappening, {maxLength: 60}),
	restarts: fc.array(fc.nat({max: 60}), {maxLength: 5}).map(all => new Set(all)),
});

// Mutations tried: the key of a failure without the instant of its end; `known === state` left out; `isTold === isBroken`
// left out; failures not remembered. Each failed.
test('one thing is told once, however often it is heard of and whenever the scheduler is restarted', () => {
	fc.assert(
		fc.property(anyStory, ({happenings, restarts}) => {
			const told = tellAll(happenings, index => restarts.has(index));
			const failed = happenings.flatMap(one =>
				one.type === 'end' && one.to === 'failed' ? [`${one.job.id}@${one.job.endedAt}`] : [],
			);
			const failures = told
				.filter(({notice}) => notice.job !== undefined)
				.map(({notice}) => notice.id.replace('failed-', ''));
			expect(failures.toSorted()).toEqual([...new Set(failed)].toSorted());
			expect(new Set(failures).size).toBe(failures.length);
			for (const volume of ['1', 'data']) {
				const states = told.flatMap(({happening, notice}) =>
					happening.type === 'gate' && happening.volume === volume ? [notice.kind] : [],
				);
				expect(states).toEqual(states.map((_, index) => (index % 2 === 0 ? 'disk-paused' : 'disk-resumed')));
			}
		}),
		runs,
	);
});

/** What a plain list of rules says: the oracle, which keeps all that ever was. */
const isToBeTold = (before: readonly Happening[], one: Happening): boolean => {
	switch (one.type) {
		case 'end':
			return (
				one.to === 'failed' &&
				!before.some(
					other =>
						other.type === 'end' &&
						other.to === 'failed' &&
						other.job.id === one.job.id &&
						other.job.endedAt === one.job.endedAt,
				)
			);
		case 'batch': {
			const isDone = ({batch: {counts}}: typeof one): boolean =>
				counts.queued === 0 && counts.completed + counts.failed > 0;
			const others = before.flatMap(other =>
				other.type === 'batch' && other.batch.id === one.batch.id && isDone(other) ? [other] : [],
			);
			const last = others.at(-1)?.batch.counts;
			const isSame = last?.completed === one.batch.counts.completed && last.failed === one.batch.counts.failed;
			return isDone(one) && !isSame && (one.because === 'end' || others.length === 0);
		}

		case 'busy':
			return false;
		case 'idle': {
			const last = before.findLast(other => other.type === 'busy' || other.type === 'idle');
			return last?.type === 'busy';
		}

		case 'gate': {
			const last = before.findLast(other => other.type === 'gate' && other.volume === one.volume);
			const was = last?.type === 'gate' ? last.state : 'open';
			return (was === 'open') !== (one.state === 'open');
		}

		case 'lane': {
			const last = before.findLast(other => other.type === 'lane' && other.lane === one.lane);
			return one.isBroken && !(last?.type === 'lane' && last.isBroken);
		}
	}
};

// Mutation tried: a removal that makes a batch smaller tells it again; `busy` kept after `idle`. Each failed.
test('what is told is what a person would expect of all that came before', () => {
	fc.assert(
		fc.property(anyStory, ({happenings, restarts}) => {
			const told = new Set(tellAll(happenings, index => restarts.has(index)).map(({happening}) => happening));
			for (const [index, one] of happenings.entries()) {
				expect([index, told.has(one)]).toEqual([index, isToBeTold(happenings.slice(0, index), one)]);
			}
		}),
		runs,
	);
});

/** A failure. */
const end = (id: number, endedAt: number): Happening => ({
	type: 'end',
	at: endedAt,
	job: {id: id as JobId, title: 'x', provider: 'http', endedAt},
	to: 'failed',
});

// Mutation tried: `floor` left out of lookUpFrom; what had been forgotten was told again.
test('what was forgotten for want of room is not looked up again', () => {
	let memory = newMemory(0);
	for (let id = 1; id <= 2500; id++) ({memory} = decide(memory, end(id, id)));
	const again = Array.from({length: 2500}, (_, index) => index + 1).filter(id => id > lookUpFrom(memory));
	expect(again.length).toBeGreaterThan(900);
	for (const id of again) expect(decide(memory, end(id, id)).notice).toBeUndefined();
	expect(Object.keys(memory.failures).length).toBeLessThanOrEqual(1250);
});

// ---------------------------------------------------------------- what is sent

type Step =
	| {readonly do: 'tell'; readonly count: number}
	| {readonly do: 'pass'; readonly time: number}
	| {readonly do: 'answer'; readonly result: Result}
	| {readonly do: 'restart'};

const anyStep: fc.Arbitrary<Step> = fc.oneof(
	fc.record({
		do: fc.constant('tell' as const),
		count: fc.oneof({weight: 9, arbitrary: fc.integer({min: 1, max: 9})}, fc.constant(150)),
	}),
	fc.record({do: fc.constant('pass' as const), time: fc.constantFrom(1, 5000, 61_000, 400_000)}),
	fc.record({
		do: fc.constant('answer' as const),
		result: fc.oneof(
			fc.constant<Result>({type: 'delivered', detail: 'ok'}),
			fc.record({
				type: fc.constant('later' as const),
				problem: fc.constant('HTTP 429'),
				after: fc.option(fc.integer({min: 0, max: 10_000_000}), {nil: undefined}),
			}),
			fc.constant<Result>({type: 'refused', problem: 'HTTP 404'}),
		),
	}),
	fc.constant<Step>({do: 'restart'}),
);

const noticeOf = (number: number, at: number): Notice => ({
	id: `n${number}`,
	kind: 'job-failed',
	at,
	title: `job ${number}`,
	message: 'it failed',
	more: 0,
});

// Mutations tried: what was tried put back after a restart; the folded ones left in the line; `room` counted without what
// was sent; `more` of a folded one forgotten. Each failed.
test('nothing is sent twice, nothing is lost in silence, and never more than so many in a minute', () => {
	fc.assert(
		fc.property(fc.array(anyStep, {maxLength: 60}), fc.integer({min: 1, max: 4}), (steps, most) => {
			let line: Line = emptyLine;
			let now = 1_000_000;
			let told = 0;
			let arrived = 0;
			const sent: number[] = [];
			/** What is not known to have arrived is told of again only when its answer says that it has not. */
			const arrivals: Notice[] = [];
			for (const step of steps) {
				if (step.do === 'tell') {
					for (let count = 0; count < step.count; count++) line = enqueue(line, noticeOf(++told, now));
				} else if (step.do === 'pass') now += step.time;
				else if (step.do === 'restart') {
					// It had arrived, and the process was killed before it heard of that.
					if (line.trying !== undefined) arrivals.push(line.trying);
					line = afterRestart(JSON.parse(JSON.stringify(line)) as Line);
				} else if (line.trying !== undefined) {
					if (step.result.type === 'delivered') {
						arrived += countOf([line.trying]);
						arrivals.push(line.trying);
					}

					line = settle(line, step.result, now);
				}

				const turn = take(line, now, most);
				line = turn.line;
				if (turn.send !== undefined) sent.push(now);
				if (turn.askAgainAt !== undefined) expect(turn.askAgainAt).toBeGreaterThan(now);
				expect(line.pending.length).toBeLessThanOrEqual(101);
				const onTheWay = line.trying === undefined ? [] : [line.trying];
				expect(arrived + line.lost + countOf(line.pending) + countOf(onTheWay)).toBe(told);
			}

			expect(new Set(arrivals.map(({id}) => id)).size).toBe(arrivals.length);
			for (const at of sent)
				expect(sent.filter(other => other > at - window && other <= at).length).toBeLessThanOrEqual(most);
			for (const {more, title} of arrivals)
				if (more > 0) expect(title).toMatch(new RegExp(`^job \\d+ and ${more} more$`));
		}),
		runs,
	);
});
