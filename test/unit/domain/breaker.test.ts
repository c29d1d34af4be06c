import {expect, test} from 'vitest';
import {afterFailure, afterSuccess, breakerPhase, closedBreaker} from '../../../source/domain/breaker.ts';

const policy = {threshold: 3, openFor: 1000};
const failed = (times: number, at = 0) => {
	let breaker = closedBreaker;
	for (let time = 0; time < times; time++) breaker = afterFailure(breaker, `failure ${time + 1}`, policy, at);
	return breaker;
};

test('two failures change nothing, the third in a row opens', () => {
	expect(breakerPhase(failed(2), 0)).toBe('closed');
	expect(failed(3)).toEqual({state: 'open', failures: 3, until: 1000, detail: 'failure 3'});
	expect(breakerPhase(failed(3), 999)).toBe('open');
});

test('a success in between begins the count anew', () => {
	const breaker = afterFailure(afterSuccess(failed(2)), 'again', policy, 0);
	expect(breaker).toEqual({state: 'closed', failures: 1});
});

test('when its time is over it lets one probe through, whose outcome closes it or opens it again', () => {
	const breaker = failed(3);
	expect(breakerPhase(breaker, 1000)).toBe('half-open');
	expect(afterSuccess(breaker)).toEqual(closedBreaker);
	expect(afterFailure(breaker, 'still down', policy, 1500)).toMatchObject({state: 'open', until: 2500});
});

test('a failed probe opens it again although the threshold was raised meanwhile', () => {
	expect(afterFailure(failed(3), 'still down', {threshold: 10, openFor: 1000}, 1500)).toMatchObject({
		state: 'open',
		until: 2500,
	});
});
