import {expect, test} from 'vitest';
import {notify} from '../../../source/commands/notify.ts';
import {noticeKinds} from '../../../source/domain/notices.ts';
import type {BatchId, JobId} from '../../../source/domain/job.ts';
import {isWanted, type Notice} from '../../../source/notify/notice.ts';
import {commandEnvironment, ntfyBody, webhookBody} from '../../../source/notify/payload.ts';

const whole: Notice = {
	id: 'x',
	kind: 'job-failed',
	at: 0,
	title: 'title',
	message: 'message',
	more: 2,
	job: {id: 1 as JobId, title: 'job', provider: 'http', error: 'HTTP 404', code: 'not-found'},
	batch: {id: 2 as BatchId, title: 'album', ends: {completed: 1, failed: 2, cancelled: 3}, bytes: 4},
	queue: {completed: 5, failed: 6, cancelled: 7},
	volume: {path: '/storage', state: 'paused'},
	lane: {name: 'http:example.org', provider: 'http'},
};

const keysIn = (value: unknown): readonly string[] =>
	typeof value !== 'object' || value === null
		? []
		: Object.entries(value).flatMap(([key, item]) => [key, ...keysIn(item)]);

test('every field and every variable that is sent is named in the help of `notify`', () => {
	const {help = ''} = notify;
	const missing = [...keysIn(webhookBody(whole)), ...Object.keys(commandEnvironment(whole))].filter(
		name => !new RegExp(`\\b${name}\\b`).test(help),
	);
	expect(missing).toEqual([]);
});

test('what does not apply is null in JSON, and no variable', () => {
	const {id, kind, at, title, message, more} = whole;
	const plain = {id, kind, at, title, message, more};
	expect(webhookBody(plain)).toMatchObject({job: null, batch: null, queue: null, volume: null, lane: null});
	expect(Object.keys(commandEnvironment(plain)).toSorted()).toEqual([
		'TIDEGATE_AT',
		'TIDEGATE_EVENT',
		'TIDEGATE_EVENT_ID',
		'TIDEGATE_MESSAGE',
		'TIDEGATE_MORE',
		'TIDEGATE_TITLE',
	]);
});

test('ntfy gets a priority and a tag for everything that can be told, unless others are wanted', () => {
	const target = {topic: 't', priority: undefined, tags: [], click: undefined};
	for (const kind of [...noticeKinds, 'test' as const]) {
		const {priority, tags} = ntfyBody({...whole, kind}, target);
		expect(priority).toBeOneOf([2, 3, 4]);
		expect(tags).toHaveLength(1);
	}

	expect(ntfyBody(whole, {...target, priority: 5, tags: ['mine']})).toMatchObject({priority: 5, tags: ['x', 'mine']});
});

test('who wants to hear of failures hears of those that need a person too, and not the other way round', () => {
	expect(isWanted({kind: 'needs-person'}, ['job-failed'])).toBe(true);
	expect(isWanted({kind: 'job-failed'}, ['needs-person'])).toBe(false);
	expect(isWanted({kind: 'test'}, [])).toBe(true);
	expect(isWanted({kind: 'batch-done'}, ['job-failed'])).toBe(false);
});
