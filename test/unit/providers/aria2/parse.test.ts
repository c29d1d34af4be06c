import {describe, expect, test} from 'vitest';
import {daemonConfiguration, downloadOptions} from '../../../../source/providers/aria2/arguments.ts';
import {failureFromAria2, parseMessage, parseStatus, parseStatuses} from '../../../../source/providers/aria2/parse.ts';
import {readTranscript} from '../../../support/transcripts.ts';

const messages = readTranscript('aria2-rpc/messages.txt')
	.trim()
	.split('\n')
	.map(line => parseMessage(line));

const answerTo = (id: string): unknown => {
	const message = messages.find(each => each?.type === 'answer' && each.id === id);
	return message?.type === 'answer' ? message.result : undefined;
};

describe('what aria2c 1.36.0 said over JSON-RPC is understood', () => {
	test('every message is an answer, a refusal or a notification', () => {
		expect(messages.map(message => message?.type).filter(type => type === 'notification')).toHaveLength(6);
		expect(messages).not.toContain(undefined);
	});

	test('a download that has just begun has no total yet', () => {
		expect(parseStatus(answerTo('2'))).toMatchObject({state: 'active', bytes: 0, total: undefined, path: undefined});
	});

	test('one request tells of all downloads, also where one of them is not known any more', () => {
		const [running, failed, removed, unknown] = parseStatuses(answerTo('6'));
		expect(running).toMatchObject({state: 'active', bytes: 475_136, total: 600_000, path: '/job/film.mp4'});
		expect(failed).toMatchObject({state: 'error', errorCode: '3', errorMessage: 'Resource not found'});
		expect(removed).toMatchObject({state: 'removed', gid: '3333333333333333'});
		expect(unknown).toBeUndefined();
	});

	test('a complete one has its size', () => {
		expect(parseStatus(answerTo('7'))).toMatchObject({state: 'complete', bytes: 600_000, total: 600_000});
	});

	test('a refusal keeps its words', () => {
		expect(messages.filter(message => message?.type === 'refusal')).toEqual([
			{type: 'refusal', id: '8', message: 'GID 4444444444444444 is not found'},
			{type: 'refusal', id: '9', message: 'No such method: aria2.noSuch'},
		]);
	});
});

describe('error codes of aria2 and what they mean', () => {
	test.each([
		['3', 'Resource not found', 'not-found'],
		['29', 'The response status is not successful. status=503', 'service-unavailable'],
		['22', 'The response status is not successful. status=429', 'rate-limited'],
		['22', 'The response status is not successful. status=403', 'forbidden'],
		['22', 'something else', 'server-error'],
		['24', 'Authorization failed.', 'login-required'],
		['9', 'not enough disk space', 'disk-full'],
		['16', 'Failed to open the file /job/x, cause: Permission denied', 'permission-denied'],
		['1', 'Failed to establish connection, cause: Connection refused', 'connection-refused'],
		['2', 'Timeout.', 'timeout'],
		['19', 'Could not contact DNS servers', 'no-network'],
		['1', 'Network problem has occurred. cause:Connection reset by peer', 'connection-lost'],
		['1', 'Got EOF from the server.', 'connection-lost'],
		[undefined, undefined, 'tool-failed'],
	])('errorCode %s, %s', (code, message, expected) => {
		expect(failureFromAria2(code, message).code).toBe(expected);
	});

	test("the detail is aria2's own line", () => {
		expect(failureFromAria2('3', 'Resource not found').detail).toBe('errorCode=3 Resource not found');
	});
});

describe('how the daemon is set up', () => {
	test('it listens on loopback only, asks for the secret and ends with us', () => {
		const lines = daemonConfiguration({port: 1, secret: 'hush', owner: 42, connections: 4}).split('\n');
		expect(lines).toEqual(
			expect.arrayContaining(['rpc-listen-all=false', 'rpc-secret=hush', 'stop-with-process=42', 'continue=true']),
		);
	});

	test('headers and limits travel with the download', () => {
		expect(downloadOptions({directory: '/job', rateLimit: 10.5, headers: ['Cookie: a']})).toEqual({
			dir: '/job',
			'max-download-limit': '10',
			header: ['Cookie: a'],
		});
	});
});
