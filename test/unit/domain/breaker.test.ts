import {expect, test} from 'vitest';
import {
	afterFailure,
	afterSuccess,
	breakerPhase,
	closedBreaker,
	pauseOf,
	type Breaker,
} from '../../../source/domain/breaker.ts';

const policy = {threshold: 3, openFor: 60_000};
const fails = (breaker: Breaker, at: number, startedAt = at, isShutOut = false): Breaker =>
	afterFailure(breaker, {detail: `failure at ${at}`, startedAt, isShutOut}, policy, at);
const failed = (times: number): Breaker => {
	let breaker = closedBreaker;
	for (let time = 0; time < times; time++) breaker = fails(breaker, 0);
	return breaker;
};

test('two failures change nothing, the third in a row opens', () => {
	expect(breakerPhase(failed(2), 0)).toBe('closed');
	expect(failed(3)).toEqual({state: 'open', failures: 3, until: 60_000, detail: 'failure at 0', openings: 1});
	expect(breakerPhase(failed(3), 59_999)).toBe('open');
});

test('a success in between begins the count anew', () => {
	expect(fails(afterSuccess(failed(2), 0), 0)).toEqual({state: 'closed', failures: 1});
});

test('when its time is over it lets one probe through, whose outcome closes it or opens it again', () => {
	const breaker = failed(3);
	expect(breakerPhase(breaker, 60_000)).toBe('half-open');
	expect(afterSuccess(breaker, 60_000)).toEqual(closedBreaker);
	expect(fails(breaker, 70_000)).toMatchObject({state: 'open', until: 190_000, openings: 2});
});

test('a failed probe opens it again although the threshold was raised meanwhile', () => {
	const raised = {threshold: 10, openFor: 60_000};
	const probe = {detail: 'still down', startedAt: 60_000, isShutOut: false};
	expect(afterFailure(failed(3), probe, raised, 61_000)).toMatchObject({state: 'open', until: 181_000});
});

test('each failed probe doubles the pause, up to half an hour, and a success begins with a minute again', () => {
	const pauses: number[] = [];
	let breaker = failed(3);
	for (let probe = 0; probe < 8 && breaker.state === 'open'; probe++) {
		const at = breaker.until;
		breaker = fails(breaker, at);
		if (breaker.state === 'open') pauses.push((breaker.until - at) / 60_000);
	}

	expect(pauses).toEqual([2, 4, 8, 16, 30, 30, 30, 30]);
	const healed = afterSuccess(breaker, Number.MAX_SAFE_INTEGER);
	expect(fails(fails(fails(healed, 5), 5), 5)).toMatchObject({until: 60_005, openings: 1});
});

test('a first pause beyond half an hour is as long as it was configured to be, and does not grow', () => {
	expect([1, 2, 9, 5000].map(openings => pauseOf(openings, {threshold: 1, openFor: 7_200_000}))).toEqual(
		Array(4).fill(7_200_000),
	);
});

test('a server that shuts everyone out opens it at the first failure', () => {
	expect(fails(closedBreaker, 5, 0, true)).toMatchObject({state: 'open', until: 60_005, openings: 1});
});

test('what was under way when it opened neither closes it nor makes it wait longer', () => {
	const open = fails(closedBreaker, 5, 0, true);
	expect(afterSuccess(open, 4)).toBe(open);
	let late = open;
	for (let time = 0; time < 16; time++) late = fails(late, 10, 4, true);
	expect(late).toMatchObject({state: 'open', until: 60_005, openings: 1, failures: 17});
	// Not even when it ends after the pause.
	expect(fails(open, 70_000, 4)).toMatchObject({until: 60_005, openings: 1});
	expect(breakerPhase(afterSuccess(open, 4), 70_000)).toBe('half-open');
});
