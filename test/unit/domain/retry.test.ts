import {expect, test} from 'vitest';
import {judge, retryCeiling, retryDelay} from '../../../source/domain/retry.ts';

const policy = {base: 1000, cap: 60_000};
const fresh = {spent: 0, maxAttempts: 3};

test.each([
	[1, 1000],
	[2, 2000],
	[3, 4000],
	[6, 32_000],
	[7, 60_000],
	[5000, 60_000],
	[Number.MAX_SAFE_INTEGER, 60_000],
])('after %i attempts the longest wait is %i ms', (attempts, ceiling) => {
	expect(retryCeiling(attempts, policy)).toBe(ceiling);
	expect(retryDelay(attempts, policy, 0)).toBe(0);
	expect(retryDelay(attempts, policy, 0.5)).toBe(ceiling / 2);
	expect(retryDelay(attempts, policy, 1)).toBe(ceiling);
});

test('without a base there is no wait, however many attempts were spent', () => {
	expect(retryDelay(5000, {base: 0, cap: 60_000}, 1)).toBe(0);
});

test('a passing failure is tried again later, until the attempts are spent', () => {
	const failure = {code: 'timeout', message: 'no answer'} as const;
	expect(judge(failure, fresh, policy, 5000, 0.5)).toEqual({event: 'defer', retryAt: 5500});
	expect(judge(failure, {spent: 1, maxAttempts: 3}, policy, 5000, 0.5)).toEqual({event: 'defer', retryAt: 6000});
	expect(judge(failure, {spent: 2, maxAttempts: 3}, policy, 5000, 0.5)).toEqual({event: 'fail'});
});

test('what is not out yet is waited for, however short the backoff is', () => {
	const failure = {code: 'not-yet-available', message: 'next week', waitAtLeast: 21_600_000} as const;
	expect(judge(failure, fresh, policy, 5000, 0)).toEqual({event: 'defer', retryAt: 21_605_000});
	expect(judge(failure, {spent: 2, maxAttempts: 3}, policy, 5000, 0)).toEqual({event: 'fail'});
});

test('where the next attempt goes another way, nobody waits longer than that needs', () => {
	const failure = {code: 'no-sources', message: 'the next hoster', waitAtMost: 0} as const;
	expect(judge(failure, {spent: 2, maxAttempts: 4}, policy, 5000, 1)).toEqual({event: 'defer', retryAt: 5000});
	expect(judge({...failure, retryAfter: 30}, fresh, policy, 5000, 1)).toEqual({event: 'defer', retryAt: 5030});
});

test('the other side may ask for a longer wait than the cap', () => {
	const failure = {code: 'rate-limited', message: 'slow down', retryAfter: 120_000} as const;
	expect(judge(failure, fresh, policy, 5000, 0.5)).toEqual({event: 'defer', retryAt: 125_000});
});

test.each(['not-found', 'drm-protected', 'login-required', 'captcha'] as const)('%s is not tried again', code => {
	expect(judge({code, message: 'no', retryAfter: 10}, fresh, policy, 5000, 0)).toEqual({event: 'fail'});
});

test.each(['disk-full', 'tool-missing', 'volume-missing'] as const)('%s spends no attempt', code => {
	expect(judge({code, message: 'away'}, {spent: 2, maxAttempts: 3}, policy, 5000, 0)).toEqual({event: 'yield'});
});

test('a network that is away for one job spends no attempt, and lets the others go first', () => {
	const verdict = judge({code: 'no-network', message: 'no route'}, {spent: 2, maxAttempts: 3}, policy, 5000, 0);
	expect(verdict).toEqual({event: 'yield', retryAt: 50_000});
});

test('a full disk elsewhere than the storage spends no attempt, and lets the others go first', () => {
	const failure = {code: 'disk-full', message: 'placing', elsewhere: {id: '9', folder: 'videos'}} as const;
	expect(judge(failure, {spent: 2, maxAttempts: 3}, policy, 5000, 0)).toEqual({event: 'yield', retryAt: 50_000});
});
