import type {Duration} from '../../domain/time.ts';
import {parseMessage} from './parse.ts';

export type RpcAnswer =
	| {readonly ok: true; readonly result: unknown}
	| {readonly ok: false; readonly message: string; /** The connection is gone, or silent. */ readonly isLost: boolean};

/** A connection to the daemon: calls with answers, and notifications about downloads. */
export type Rpc = {
	/** Never rejects. `params` without the secret, which is added here. */
	readonly call: (method: string, params: readonly unknown[]) => Promise<RpcAnswer>;
	readonly close: () => void;
};

export type RpcEvents = {
	/** Something happened to these downloads: ask what. */
	readonly onChange: (gids: readonly string[]) => void;
	readonly onClose: () => void;
};

/** Connects to aria2's JSON-RPC over a WebSocket on loopback; undefined when nothing answers there. */
export const connectRpc = async (port: number, secret: string, events: RpcEvents): Promise<Rpc | undefined> => {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/jsonrpc`);
	const pending = new Map<string, (answer: RpcAnswer) => void>();
	let lastId = 0;
	const opened = await new Promise<boolean>(resolve => {
		socket.addEventListener('open', () => resolve(true), {once: true});
		socket.addEventListener('error', () => resolve(false), {once: true});
		socket.addEventListener('close', () => resolve(false), {once: true});
	});
	if (!opened) return undefined;

	socket.addEventListener('message', event => {
		const message = typeof event.data === 'string' ? parseMessage(event.data) : undefined;
		if (message === undefined) return;
		if (message.type === 'notification') return events.onChange(message.gids);
		pending.get(message.id)?.(
			message.type === 'answer'
				? {ok: true, result: message.result}
				: {ok: false, message: message.message, isLost: false},
		);
	});
	// An error is always followed by a close.
	socket.addEventListener('error', () => {});
	socket.addEventListener('close', () => {
		for (const answer of pending.values()) answer(lost);
		events.onClose();
	});

	const call: Rpc['call'] = (method, params) =>
		new Promise(resolve => {
			if (socket.readyState !== WebSocket.OPEN) return resolve(lost);
			const id = String(++lastId);
			const settle = (answer: RpcAnswer): void => {
				clearTimeout(timer);
				pending.delete(id);
				resolve(answer);
			};
			const timer = setTimeout(settle, patience, {...lost, message: 'aria2c does not answer'});
			pending.set(id, settle);
			socket.send(JSON.stringify({jsonrpc: '2.0', id, method, params: withSecret(method, params, secret)}));
		});
	return {call, close: () => socket.close()};
};

const patience: Duration = 4000;
const lost: RpcAnswer = {ok: false, message: 'the connection to aria2c is gone', isLost: true};

/** Every method wants the secret first; inside a multicall each of the calls does, but not the multicall itself. */
const withSecret = (method: string, params: readonly unknown[], secret: string): readonly unknown[] => {
	const token = `token:${secret}`;
	if (method !== 'system.multicall') return [token, ...params];
	const calls = params[0] as ReadonlyArray<{readonly methodName: string; readonly params: readonly unknown[]}>;
	return [calls.map(each => ({methodName: each.methodName, params: [token, ...each.params]}))];
};
