import type {Duration} from '../../domain/time.ts';
import {parseStatus, parseStatuses, statusKeys, type Aria2Status} from './parse.ts';
import type {Rpc} from './rpc.ts';

export type Watch = {
	/** Calls back with every status of a download, from now on until the function that it returns is called. */
	readonly add: (rpc: Rpc, gid: string, onStatus: (status: Aria2Status) => void) => () => void;
	/** Looks at these downloads now, where they are watched. */
	readonly look: (gids: readonly string[]) => void;
};

type Watched = {readonly rpc: Rpc; readonly onStatus: (status: Aria2Status) => void};

/** Looks at all downloads with one request every `interval`, while there are any; a notification makes it look at once. */
export const createWatch = (interval: Duration): Watch => {
	const watched = new Map<string, Watched>();
	let timer: NodeJS.Timeout | undefined;

	const tell = (status: Aria2Status | undefined): void => {
		if (status !== undefined) watched.get(status.gid)?.onStatus(status);
	};

	const lookAtOne = async (gid: string): Promise<void> => {
		const answer = await watched.get(gid)?.rpc.call('aria2.tellStatus', [gid, statusKeys]);
		if (answer?.ok === true) tell(parseStatus(answer.result));
	};

	const lookAtAll = async (): Promise<void> => {
		const byRpc = Map.groupBy(watched, ([, {rpc}]) => rpc);
		for (const [rpc, entries] of byRpc) {
			const calls = entries.map(([gid]) => ({methodName: 'aria2.tellStatus', params: [gid, statusKeys]}));
			const answer = await rpc.call('system.multicall', [calls]);
			if (answer.ok) for (const status of parseStatuses(answer.result)) tell(status);
		}

		timer = watched.size === 0 ? undefined : setTimeout(() => void lookAtAll(), interval);
	};

	return {
		add: (rpc, gid, onStatus) => {
			watched.set(gid, {rpc, onStatus});
			void lookAtOne(gid);
			timer ??= setTimeout(() => void lookAtAll(), interval);
			return () => {
				watched.delete(gid);
			};
		},
		look: gids => {
			for (const gid of gids) if (watched.has(gid)) void lookAtOne(gid);
		},
	};
};
