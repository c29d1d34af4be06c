import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {
	countsForBreaker,
	failureClass,
	failureFromHttpStatus,
	failureFromText,
	failureHelp,
	failureKinds,
	isFailureCode,
	type FailureCode,
} from '../../../source/domain/failure.ts';

type Message = {readonly provider: string; readonly from: string; readonly code: FailureCode; readonly text: string};

/** What tools really print, classified by hand; `from` says where it was seen. */
const messages = JSON.parse(
	readFileSync(new URL('../../fixtures/failures.json', import.meta.url), 'utf8'),
) as readonly Message[];

const codeOf = ({provider, text}: Message): FailureCode | undefined =>
	provider === 'http-status' ? failureFromHttpStatus(Number(text)) : failureFromText(text);

const toDo = /^(Check|Look|Try|Remove|Retry|Give|Open|Update|Rename|Make|Let|Read|Install|Free|Mount|Report)\b/;

describe('every kind of failure', () => {
	test.each(Object.keys(failureKinds) as FailureCode[])('%s has a class and says what would help', code => {
		expect(['transient', 'permanent', 'environment', 'person']).toContain(failureClass(code));
		expect(failureHelp(code)).toMatch(/^[A-Z].{10,}\.$/);
		// It begins with what to do, because it is cut where there is no room.
		expect(failureHelp(code)).toMatch(toDo);
		expect(isFailureCode(code)).toBe(true);
		// What speaks against the whole lane passes; what does not pass speaks against the job.
		if (countsForBreaker(code)) expect(['transient', 'environment']).toContain(failureClass(code));
	});

	test('names that every object has are no codes', () => {
		for (const name of ['constructor', 'toString', '__proto__', '', 'Timeout']) expect(isFailureCode(name)).toBe(false);
	});
});

test('at least 95 of 100 messages of real tools are understood', () => {
	expect(messages.length).toBeGreaterThanOrEqual(120);
	const wrong = messages
		.filter(message => codeOf(message) !== message.code)
		.map(message => `${message.provider}: ${message.code}, not ${codeOf(message)}: ${message.text}`);
	if (wrong.length > 0) console.log(`${wrong.length} of ${messages.length} not understood:\n${wrong.join('\n')}`);
	expect(wrong.length / messages.length).toBeLessThanOrEqual(0.05);
});

test('what is not understood is never taken for something that a retry cannot help', () => {
	const hopeless = messages.filter(message => {
		const code = codeOf(message) ?? 'tool-failed';
		const isGivenUp = failureClass(code) === 'permanent' || failureClass(code) === 'person';
		const isWorthIt = failureClass(message.code) === 'transient' || failureClass(message.code) === 'environment';
		return isGivenUp && isWorthIt;
	});
	expect(hopeless).toEqual([]);
});

test('what the machine lacks spends no attempt: it is told apart in every message', () => {
	for (const message of messages) {
		expect([message.text, isLack(codeOf(message))]).toEqual([message.text, isLack(message.code)]);
	}
});

const isLack = (code: FailureCode | undefined): boolean => code !== undefined && failureClass(code) === 'environment';

test('words of an address or of a file name are not taken for a failure', () => {
	const address = 'https://example.org/captcha/drm/enospc?timeout=30&tls=1&login-required';
	const name = "'/srv/Private video - Sign in to Cloudflare, HTTP Error 404 (DRM).mp4.part'";
	expect(failureFromText(`ERROR: something about ${address}`)).toBe('tool-failed');
	expect(failureFromText(`ERROR: something about ${name}`)).toBe('tool-failed');
	expect(failureFromText(`ERROR: something about ${name.replaceAll("'", '"')}`)).toBe('tool-failed');
});

test('a warning gives way to an error, and counts where there is nothing else', () => {
	expect(failureFromText('WARNING: HTTP Error 410: Gone\nERROR: Sign in to confirm your age')).toBe('login-required');
	expect(failureFromText('WARNING: HTTP Error 410: Gone')).toBe('gone');
});

test('rules of a provider come before the common ones, and its fallback where nothing is known', () => {
	const first = [[/no results/i, 'not-found']] as const;
	expect(failureFromText('No results found!')).toBe('no-sources');
	expect(failureFromText('No results found!', 'stalled', first)).toBe('not-found');
	expect(failureFromText('???', 'stalled', first)).toBe('stalled');
	expect(failureFromText('')).toBe('tool-failed');
});

test('a success or a redirect is no failure, and a status nobody knows is one by its class', () => {
	for (const status of [0, 100, 200, 206, 301, 304, 399]) expect(failureFromHttpStatus(status)).toBeUndefined();
	expect(failureFromHttpStatus(499)).toBe('bad-request');
	expect(failureFromHttpStatus(599)).toBe('server-error');
});

test('megabytes of output are searched at their end, where the error stands', () => {
	const noise = `${"'no space".repeat(400_000)}\n`;
	expect(failureFromText(`${noise}ERROR: HTTP Error 404: Not Found`)).toBe('not-found');
});
