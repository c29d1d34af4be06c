import {dirname} from 'node:path';
import type {PeerPast} from '../../domain/ranking.ts';
import type {Clock} from '../../engine/ports.ts';
import {makePrivateDirectory} from '../../system/attempt-files.ts';
import {errorCode, realFiles, writeAtomically} from '../../system/files.ts';
import {told} from './failures.ts';
import {formatPeers, noPeers, parsePeers, pastOf, withPast, withRefused, type Peers} from './peers.ts';
import {keyOf} from './watch.ts';

type File = {readonly peer: string; readonly file: string};

/** What is remembered of peers across restarts, in a file of our own that nobody else may read. */
export type PeerMemory = {
	/** Resolves when the file has been read. */
	ready(): Promise<void>;
	past(peer: string): PeerPast;
	isRefused(peer: string, file: string): boolean;
	succeeded(peer: string): void;
	failed(peer: string): void;
	/** The file is something else than it says. Resolves when that outlives the process. */
	refuse(file: File, reason: string): Promise<void>;
	/** What a person should know of the file, in a sentence. */
	trouble(): string | undefined;
	/** Resolves when all is written. */
	flush(): Promise<void>;
};

export const createPeerMemory = (path: string, clock: Pick<Clock, 'now'>): PeerMemory => {
	let peers: Peers = noPeers;
	let reading: Promise<void> | undefined;
	let writing: Promise<void> | undefined;
	let isChanged = false;
	let damage: string | undefined;
	let cannotWrite: string | undefined;

	const read = async (): Promise<void> => {
		try {
			const found = parsePeers(await realFiles.readFile(path, 'utf8'));
			if (found === undefined) {
				damage = `slskd: ${path} was damaged; what was known of peers begins anew, the old file is kept as ${path}.damaged`;
				await realFiles.rename(path, `${path}.damaged`);
			} else {
				peers = found;
			}
		} catch (error) {
			if (errorCode(error) !== 'ENOENT') damage = `slskd: ${path} cannot be read (${errorCode(error) ?? 'unknown'})`;
		}
	};

	const write = async (): Promise<void> => {
		while (isChanged) {
			isChanged = false;
			try {
				await makePrivateDirectory(dirname(path));
				await writeAtomically(path, formatPeers(peers));
				cannotWrite = undefined;
			} catch (error) {
				cannotWrite = `slskd: ${path} cannot be written (${errorCode(error) ?? 'unknown'}); what is learnt of peers is lost at the end`;
			}
		}

		writing = undefined;
	};

	const save = (changed: Peers): Promise<void> => {
		peers = changed;
		isChanged = true;
		return (writing ??= Promise.resolve().then(write));
	};

	return {
		ready: () => (reading ??= read()),
		past: peer => pastOf(peers, peer),
		isRefused: (peer, file) => peers.refused.has(keyOf({peer, file})),
		succeeded: peer => void save(withPast(peers, peer, {succeeded: 1}, clock.now())),
		failed: peer => void save(withPast(peers, peer, {failed: 1}, clock.now())),
		async refuse(file, reason) {
			// It had counted as one that came.
			const judged = withPast(peers, file.peer, {failed: 1}, clock.now());
			await save(withRefused(judged, keyOf(file), told(reason)));
		},
		trouble: () => damage ?? cannotWrite,
		async flush() {
			await writing;
		},
	};
};
