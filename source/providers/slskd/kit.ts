import type PQueue from 'p-queue';
import type {RankingOrder} from '../../domain/ranking.ts';
import type {Duration} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Client} from './client.ts';
import type {EventLog} from './event-log.ts';
import type {Finder} from './find.ts';
import type {Patience} from './follow.ts';
import type {PeerMemory} from './peer-memory.ts';
import type {Watch} from './watch.ts';

/** What all jobs of the provider share. */
export type Kit = {
	readonly client: Client;
	readonly clock: Clock;
	readonly watch: Watch;
	readonly events: EventLog;
	readonly finder: Finder;
	readonly peers: PeerMemory;
	/** Requests to enqueue, of which slskd takes two at a time. */
	readonly enqueuing: PQueue;
	/** The judgement on files, for a job that asks for this quality. */
	readonly qualityFor: (quality: string | undefined) => RankingOrder['quality'];
	/** The folder of finished downloads as slskd calls it, where it tells. */
	readonly downloadsFolder: (signal: AbortSignal) => Promise<string | undefined>;
	readonly pathMap: Readonly<Record<string, string>>;
	/** Whether slskd keeps its own file and record. */
	readonly isKept: boolean;
	readonly patience: Patience & {
		/** How long slskd may be away before a job that is under way gives its place to others. */
		readonly away: Duration;
		/** How long the file of a finished download may take to be there. */
		readonly landing: Duration;
		/** How long nobody looks where it should be without having been told. */
		readonly guess: Duration;
		/** For the answer to a request to enqueue: it waits for a peer. */
		readonly enqueue: Duration;
		/** How often downloads that wait in a queue are looked at. */
		readonly idle: Duration;
	};
};
