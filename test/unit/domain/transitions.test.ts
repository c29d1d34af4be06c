import {describe, expect, test} from 'vitest';
import {jobStatuses, type JobStatus} from '../../../source/domain/job.ts';
import {
	isLegal,
	jobEvents,
	nextStatus,
	refusal,
	spendsAttempt,
	type JobEvent,
} from '../../../source/domain/transitions.ts';
import {jobLife} from '../../support/job-life.ts';

test('the hand-written life of a job knows every status, every event and both kinds of job', () => {
	expect(jobLife).toHaveLength(jobStatuses.length * jobEvents.length * 2);
	expect(new Set(jobLife.map(cell => cell.from))).toEqual(new Set(jobStatuses));
	expect(new Set(jobLife.map(cell => cell.event))).toEqual(new Set(jobEvents));
});

describe.each(jobStatuses)('a job that is %s', status => {
	test.each(jobEvents)('answers %s as the hand-written life says', event => {
		for (const {isSourced, to} of jobLife.filter(cell => cell.from === status && cell.event === event)) {
			expect(nextStatus(status, event, {isSourced})).toBe(to);
			if (isSourced) expect(isLegal(status, event)).toBe(to !== undefined);
		}
	});
});

test('every refusal has a sentence that names no blank', () => {
	for (const {from, event} of jobLife.filter(cell => cell.to === undefined && cell.isSourced)) {
		expect(refusal(from, event)).toMatch(/^(a job|it|its) .{8,}$/);
		expect(refusal(from, event)).not.toMatch(/undefined|null|NaN/);
	}
});

test('a refusal never advises what is refused as well', () => {
	for (const {from, event} of jobLife.filter(cell => cell.to === undefined)) {
		const advice = refusal(from, event);
		if (advice.includes('cancel it')) expect(can(from, 'cancel')).toBe(true);
		if (advice.includes('resume it')) expect(can(from, 'resume')).toBe(true);
		if (advice.includes('retry or remove it')) expect(can(from, 'retry') && can(from, 'remove')).toBe(true);
	}
});

test('only failures spend an attempt; what the machine lacks, a crash or a person does not', () => {
	expect(jobEvents.filter(event => spendsAttempt(event))).toEqual(['defer', 'fail']);
});

test('a crash leaves no job with an attempt that nobody makes', () => {
	const active = ['searching', 'starting', 'downloading', 'finishing', 'pausing', 'cancelling'];
	for (const {from, to} of jobLife.filter(cell => cell.event === 'lose')) {
		if (active.includes(from)) expect(active).not.toContain(to);
		if (active.includes(from)) expect(to).toBeDefined();
	}
});

const can = (from: JobStatus, event: JobEvent): boolean =>
	jobLife.some(cell => cell.from === from && cell.event === event && cell.to !== undefined);
