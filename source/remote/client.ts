import {Agent, request, type IncomingMessage} from 'node:http';
import {createRepeatMarker, type SourcePreview} from '../domain/preview.ts';
import type {AddRequest, CommandResult, Engine, Expanded} from '../engine/ports.ts';
import {headersOf, openChanges, readAll, refused, textIn, type ClientOptions, type Unconnected} from './changes.ts';
import {followSnapshots} from './follow.ts';
import {callPath, type CallName} from './wire-names.ts';

export type Connection = {readonly ok: true; readonly engine: Engine} | Unconnected;

/** How long a question may go without an answer. */
const questionTimeout = 120_000;

/** To change a million jobs is a matter of minutes on a busy machine, and goes on without whoever asked. */
const commandTimeout = 30 * 60_000;

/**
 * Connects to a scheduler and resolves once its first snapshot is there. The Engine connects again by itself until it is
 * closed; calls that get no answer reject with the code `no-scheduler`, and `send` answers with it.
 */
export const connectEngine = async (options: ClientOptions): Promise<Connection> => {
	const first = await openChanges(options);
	if (!first.ok) return first;
	const agent = new Agent({keepAlive: true, maxSockets: 8});
	const follower = followSnapshots(options, first);
	const call = async <Name extends CallName>(name: Name, body: unknown, signal?: AbortSignal): Promise<Answers[Name]> =>
		(await post(options, agent, name, body, signal)) as Answers[Name];
	return {
		ok: true,
		engine: {
			getSnapshot: follower.getSnapshot,
			subscribe: follower.subscribe,
			list: query => call('list', query),
			listGrouped: query => call('list-grouped', query),
			show: async id => (await call('show', {id})) ?? undefined,
			findBatch: async ref => (await call('find-batch', {ref})) ?? undefined,
			readLog: (id, range) => call('read-log', {id, range}),
			statistics: () => call('statistics', {}),
			health: () => call('health', {}),
			findings: () => call('findings', {}),
			preview: requests => previewInPieces(requests, piece => call('preview', {requests: piece})),
			expand: (reference, {signal, ...asked} = {}) =>
				call('expand', {reference, ...asked}, signal).catch(error => asExpanded(error, signal)),
			send: command => call('send', command).catch(asResult),
			async close() {
				follower.close();
				agent.destroy();
			},
		},
	};
};

/** What comes back; what is undefined in the Engine travels as null. */
type Answers = {
	readonly list: Awaited<ReturnType<Engine['list']>>;
	readonly 'list-grouped': Awaited<ReturnType<Engine['listGrouped']>>;
	readonly show: Awaited<ReturnType<Engine['show']>> | null;
	readonly 'find-batch': Awaited<ReturnType<Engine['findBatch']>> | null;
	readonly 'read-log': Awaited<ReturnType<Engine['readLog']>>;
	readonly statistics: Awaited<ReturnType<Engine['statistics']>>;
	readonly health: Awaited<ReturnType<Engine['health']>>;
	readonly findings: Awaited<ReturnType<Engine['findings']>>;
	readonly preview: readonly SourcePreview[];
	readonly expand: Expanded;
	readonly send: CommandResult;
};

/** Requests of one call: what the scheduler reads and answers within a few milliseconds. */
const pieceSize = 500;

/** A long list goes in pieces, so that it never keeps the scheduler from its work; repeats are found over all of them. */
const previewInPieces = async (
	requests: readonly AddRequest[],
	ask: (piece: readonly AddRequest[]) => Promise<readonly SourcePreview[]>,
): Promise<readonly SourcePreview[]> => {
	const previews: SourcePreview[] = [];
	const repeats = createRepeatMarker();
	for (let from = 0; from < requests.length; from += pieceSize) {
		previews.push(...repeats.mark(await ask(requests.slice(from, from + pieceSize))));
	}

	return previews;
};

const unreachable = (message: string): Error => Object.assign(new Error(message), {code: 'no-scheduler'});

const asResult = (error: unknown): CommandResult => {
	const isAway = error instanceof Error && 'code' in error && error.code === 'no-scheduler';
	return {
		ok: false,
		code: isAway ? 'no-scheduler' : 'bad-request',
		message: error instanceof Error ? error.message : String(error),
	};
};

const asExpanded = (error: unknown, signal: AbortSignal | undefined): Expanded => {
	if (signal?.aborted === true) return {ok: false, code: 'stopped', message: 'it was stopped; nothing was added'};
	const {code, message} = asResult(error) as Extract<CommandResult, {ok: false}>;
	return {ok: false, code: code === 'no-scheduler' ? code : 'bad-request', message};
};

const post = async (
	options: ClientOptions,
	agent: Agent,
	name: CallName,
	body: unknown,
	signal?: AbortSignal,
): Promise<unknown> => {
	const response = await exchange(options, agent, name, {text: JSON.stringify(body), signal});
	const text = await readAll(response);
	if (!response.complete) throw unreachable('the scheduler went away before it had answered');
	if (response.statusCode !== 200) {
		throw Object.assign(new Error(refused(response, text).message), {code: textIn(text, 'code')});
	}

	return JSON.parse(text);
};

/** Calls that take as long as they need: a catalog may be asked page by page. */
const longCalls: ReadonlySet<CallName> = new Set(['send', 'expand']);

const exchange = async (
	options: ClientOptions,
	agent: Agent,
	name: CallName,
	body: {readonly text: string; readonly signal: AbortSignal | undefined},
): Promise<IncomingMessage> =>
	new Promise((resolve, reject) => {
		const outgoing = request({
			socketPath: options.socketPath(),
			method: 'POST',
			path: callPath(name),
			agent,
			timeout: longCalls.has(name) ? commandTimeout : questionTimeout,
			...(body.signal === undefined ? {} : {signal: body.signal}),
			headers: {...headersOf(options), 'content-type': 'application/json'},
		});
		outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
		outgoing.on('error', error => reject(unreachable(`the scheduler cannot be reached: ${error.message}`)));
		outgoing.once('response', resolve);
		outgoing.end(body.text);
	});
