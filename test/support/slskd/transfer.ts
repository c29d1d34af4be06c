/** A download as slskd keeps it: names and texts are those of its API. Times ISO 8601, sizes in bytes. */
export type Transfer = {
	readonly id: string;
	readonly batchId?: string;
	readonly username: string;
	readonly direction: 'Download';
	readonly filename: string;
	readonly size: number;
	readonly state: TransferState;
	readonly requestedAt: string;
	readonly enqueuedAt?: string;
	readonly startedAt?: string;
	readonly endedAt?: string;
	readonly bytesTransferred: number;
	readonly averageSpeed: number;
	readonly placeInQueue?: number;
	readonly exception?: string;
	readonly attempts: number;
	readonly nextAttemptAt?: string;
	readonly removed: boolean;
};

export type TransferState =
	| 'Requested'
	| 'Queued, Locally'
	| 'Queued, Remotely'
	| 'Initializing'
	| 'InProgress'
	| 'Completed, Succeeded'
	| 'Completed, Cancelled'
	| 'Completed, TimedOut'
	| 'Completed, Errored'
	| 'Completed, Rejected'
	| 'Completed, Aborted';

export type Batch = {
	readonly id: string;
	readonly searchId?: string;
	readonly username: string;
	readonly createdAt: string;
	readonly destination?: string;
};

/** An event as `GET /events` lists it: `data` is JSON in a text (slskd 0.26, EventRecord). */
export type EventRecord = {
	readonly timestamp: string;
	readonly type: string;
	readonly data: string;
	readonly id: string;
};

export const hasEnded = ({state}: Pick<Transfer, 'state'>): boolean => state.startsWith('Completed');

/** As the API shows it: with what follows from it, and in older versions with their own fields. */
export const shownTransfer = (transfer: Transfer, isNew: boolean, now: number): object => {
	const {attempts, batchId, nextAttemptAt, ...common} = transfer;
	const {size, bytesTransferred, averageSpeed, startedAt, endedAt} = transfer;
	const bytesRemaining = size - bytesTransferred;
	return {
		...common,
		...(isNew
			? {
					attempts,
					...(batchId === undefined ? {} : {batchId}),
					...(nextAttemptAt === undefined ? {} : {nextAttemptAt}),
				}
			: {startOffset: 0}),
		bytesRemaining,
		...(startedAt === undefined
			? {}
			: {elapsedTime: timeSpan((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt))}),
		percentComplete: size === 0 ? 0 : (bytesTransferred / size) * 100,
		...(averageSpeed === 0 ? {} : {remainingTime: timeSpan((bytesRemaining / averageSpeed) * 1000)}),
	};
};

/** Milliseconds as .NET writes a span: `hh:mm:ss.fffffff`. */
export const timeSpan = (milliseconds: number): string => {
	const whole = Math.max(0, Math.round(milliseconds));
	const parts = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60, Math.floor(whole / 1000) % 60];
	const clock = parts.map(part => String(part).padStart(2, '0')).join(':');
	return whole % 1000 === 0 ? clock : `${clock}.${String(whole % 1000).padStart(3, '0')}0000`;
};

// Soulseek.NET, TransferStates: flags. The serializer of events has no names for them (slskd 0.26, EventRecord).
const flags: Readonly<Record<string, number>> = {
	Requested: 1,
	Queued: 2,
	Initializing: 4,
	InProgress: 8,
	Completed: 16,
	Succeeded: 32,
	Cancelled: 64,
	TimedOut: 128,
	Errored: 256,
	Rejected: 512,
	Aborted: 1024,
	Locally: 2048,
	Remotely: 4096,
};

/** A state as a number, as it stands inside of an event. */
export const stateNumber = (state: TransferState): number =>
	state.split(', ').reduce((sum, flag) => sum + (flags[flag] ?? 0), 0);
