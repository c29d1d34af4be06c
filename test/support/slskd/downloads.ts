import {randomUUID} from 'node:crypto';
import {rmSync} from 'node:fs';
import type {Journal} from './journal.ts';
import type {LocalFiles} from './local-files.ts';
import type {Network} from './network.ts';
import {Aborted, type Pace} from './pace.ts';
import type {Scenario, Traits} from './scenario.ts';
import {receive} from './receive.ts';
import {hasEnded, stateNumber, type Batch, type EventRecord, type Transfer} from './transfer.ts';

export type Wanted = {readonly filename: string; readonly size: number};

export type Enqueued = {
	readonly enqueued: readonly Transfer[];
	readonly failed: ReadonlyArray<{readonly filename: string; readonly message: string}>;
};

export type Downloads = {
	/** Undefined where the user cannot be reached. */
	readonly enqueue: (user: string, files: readonly Wanted[], batch?: Batch) => Promise<Enqueued | undefined>;
	readonly list: (includeRemoved: boolean) => readonly Transfer[];
	readonly find: (id: string) => Transfer | undefined;
	readonly batch: (id: string) => Batch | undefined;
	readonly position: (id: string) => number;
	/** Ends it a moment later, where it has not ended. */
	readonly cancel: (id: string) => void;
	/** Hides it, where it has ended. */
	readonly remove: (id: string) => void;
	/** Newest first. */
	readonly events: () => readonly EventRecord[];
	/** Asks again for what an earlier life has not ended. */
	readonly resume: () => Promise<void>;
};

export type DownloadWorld = {
	readonly scenario: Scenario;
	readonly traits: Traits;
	readonly network: Network;
	readonly journal: Journal;
	readonly files: LocalFiles;
	readonly pace: Pace;
	readonly textOfSearch: (id: string) => string | undefined;
};

/** A step between two states takes so long, in the scenario's milliseconds. */
const stepTime = 200;

/** What slskd does with downloads, from the request to the file in its folder. */
export const createDownloads = (world: DownloadWorld): Downloads => {
	const {scenario, traits, network, journal, files, pace} = world;
	const transfers = new Map<string, Transfer>();
	const batches = new Map<string, Batch>();
	const aborts = new Map<string, AbortController>();
	const events: EventRecord[] = [];
	for (const entry of journal.past) {
		if (entry.type === 'transfer') transfers.set(entry.transfer.id, entry.transfer);
		if (entry.type === 'batch') batches.set(entry.batch.id, entry.batch);
		if (entry.type === 'event') events.unshift(entry.record);
	}

	const update = (id: string, change: Partial<Transfer>): Transfer => {
		const before = transfers.get(id);
		if (before === undefined) throw new Error(`there is no transfer ${id}`);
		const transfer = {...before, ...change};
		transfers.set(id, transfer);
		// Progress is told to who asks, and not kept.
		if (Object.keys(change).some(name => name !== 'bytesTransferred' && name !== 'averageSpeed'))
			journal.write({type: 'transfer', transfer});
		return transfer;
	};

	const end = (id: string, state: Transfer['state'], exception?: string): Transfer =>
		update(id, {
			state,
			endedAt: new Date().toISOString(),
			...(exception === undefined ? {} : {exception}),
		});

	const unfinished = [...transfers.values()].filter(transfer => !hasEnded(transfer));
	for (const {id, filename, username} of unfinished) {
		const ended = end(id, 'Completed, Errored', 'Application shut down');
		if (!traits.isResuming) rmSync(files.partialOf(ended), {force: true});
		if (transfers.get(id) === undefined) throw new Error(`${username} ${filename} is lost`);
	}

	/** Moves the file that has come, some time after everybody was told that it succeeded. */
	const finish = async (id: string): Promise<void> => {
		const done = end(id, 'Completed, Succeeded');
		await pace.wait(scenario.moveAfter ?? 500);
		const batch = done.batchId === undefined ? undefined : batches.get(done.batchId);
		try {
			const text = batch?.searchId === undefined ? undefined : world.textOfSearch(batch.searchId);
			const path = files.finish(done, batch, text);
			const {username: user, filename: file} = done;
			journal.write({type: 'delivered', user, file, path, size: done.bytesTransferred});
			tellOf(done, files.reported(path));
		} catch (error) {
			update(id, {exception: error instanceof Error ? error.message : String(error)});
		}
	};

	const tellOf = (transfer: Transfer, localFilename: string): void => {
		const data = {
			version: 0,
			localFilename,
			remoteFilename: transfer.filename,
			transfer: {...transfer, direction: 0, state: stateNumber(transfer.state)},
		};
		const timestamp = new Date().toISOString();
		const record = {timestamp, type: 'DownloadFileComplete', data: JSON.stringify(data), id: randomUUID()};
		events.unshift(record);
		journal.write({type: 'event', record});
	};

	const drive = async (id: string, signal: AbortSignal): Promise<void> => {
		try {
			await receive({id, signal, world, update, current: () => transfers.get(id)});
			aborts.delete(id);
			await finish(id);
		} catch (error) {
			if (error instanceof Aborted || signal.aborted) {
				await pace.wait(stepTime);
				end(id, 'Completed, Cancelled', 'Transfer cancelled');
			} else if (error instanceof Error) {
				end(id, error.name === 'Rejected' ? 'Completed, Rejected' : 'Completed, Errored', error.message);
			}
		} finally {
			aborts.delete(id);
		}
	};

	const begin = (user: string, {filename, size}: Wanted, batch: Batch | undefined): Transfer => {
		for (const other of transfers.values())
			if (other.username === user && other.filename === filename && !other.removed) update(other.id, {removed: true});
		const transfer: Transfer = {
			id: randomUUID(),
			...(batch === undefined ? {} : {batchId: batch.id}),
			username: user,
			direction: 'Download',
			filename,
			size,
			state: 'Requested',
			requestedAt: new Date().toISOString(),
			bytesTransferred: 0,
			averageSpeed: 0,
			attempts: 0,
			removed: false,
		};
		transfers.set(transfer.id, transfer);
		journal.write({type: 'transfer', transfer});
		const abort = new AbortController();
		aborts.set(transfer.id, abort);
		void drive(transfer.id, abort.signal);
		return transfer;
	};

	const isUnderWay = (user: string, filename: string): boolean =>
		[...transfers.values()].some(
			transfer => transfer.username === user && transfer.filename === filename && !hasEnded(transfer),
		);

	const enqueue: Downloads['enqueue'] = async (user, wanted, batch) => {
		const contact = network.contact(user);
		if (contact === undefined || !contact.isOnline()) {
			await pace.wait((scenario.acceptAfter ?? 100) * 5);
			return undefined;
		}

		await pace.wait(scenario.acceptAfter ?? 100);
		if (batch !== undefined) {
			batches.set(batch.id, batch);
			journal.write({type: 'batch', batch});
		}

		const enqueued: Transfer[] = [];
		const failed: Array<{readonly filename: string; readonly message: string}> = [];
		for (const file of wanted) {
			if (isUnderWay(user, file.filename))
				failed.push({filename: file.filename, message: 'Skipped: Already in progress'});
			else enqueued.push(begin(user, file, batch));
		}

		return {enqueued, failed};
	};

	const sweep = async (retention: number): Promise<void> => {
		for (;;) {
			await pace.wait(Math.min(1000, retention));
			for (const {id, endedAt, removed} of transfers.values()) {
				const age = endedAt === undefined ? 0 : Date.now() - Date.parse(endedAt);
				if (!removed && endedAt !== undefined && age > retention / (scenario.haste ?? 1)) update(id, {removed: true});
			}
		}
	};
	if (scenario.retention !== undefined) void sweep(scenario.retention);

	return {
		enqueue,
		list: includeRemoved => [...transfers.values()].filter(({removed}) => includeRemoved || !removed),
		find: id => transfers.get(id),
		batch: id => batches.get(id),
		position(id) {
			const transfer = transfers.get(id);
			const placeInQueue = network.contact(transfer?.username ?? '')?.placeOf(id) ?? 0;
			update(id, {placeInQueue});
			return placeInQueue;
		},
		cancel: id => aborts.get(id)?.abort(),
		remove(id) {
			const transfer = transfers.get(id);
			if (transfer !== undefined && hasEnded(transfer)) update(id, {removed: true});
		},
		events: () => events,
		async resume() {
			for (const {id, username, filename, size} of unfinished)
				if (transfers.get(id)?.removed === false) await enqueue(username, [{filename, size}]);
		},
	};
};
