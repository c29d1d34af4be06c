/*
 * What a double of slskd is told: the version it plays, who is on its network and how they behave. Plain data, so that it can
 * travel to a process of its own as JSON.
 */

/** How a peer behaves once it is asked for a file. Searches are answered by all of them. */
export const tempers = [
	'good',
	/** Sends, but hardly. */
	'slow',
	/** Nobody can connect to it. */
	'offline',
	/** Begins, and never sends a byte. */
	'stalled',
	/** Takes the request into a queue that never moves. */
	'queue-stuck',
	/** Takes the request into a queue that moves one place at a time. */
	'queue-slow',
	/** Refuses. */
	'rejecting',
	/** Another song lies under the name: the scenario gives its content. */
	'wrong-file',
	/** Half of the bytes come, and slskd says that it succeeded. */
	'half-file',
	/** As many bytes as promised, and none of them is audio. */
	'damaged',
	/** Is gone for good when half of the first file has come. */
	'leaves',
	/** Says that a slot is free and that nobody waits; its queue is long. */
	'slot-liar',
] as const;

export type Temper = (typeof tempers)[number];

export type SharedFile = {
	/** As the peer calls it, with backslashes. */
	readonly path: string;
	/** A file of this machine with its bytes. */
	readonly content: string;
	/** What the peer says of it; absent is not told. Seconds, kbit/s, Hz, bits. */
	readonly length?: number;
	readonly bitRate?: number;
	readonly sampleRate?: number;
	readonly bitDepth?: number;
	readonly isVariableBitRate?: boolean;
	/** Shared with friends only. */
	readonly isLocked?: boolean;
};

export type Peer = {
	readonly username: string;
	readonly temper: Temper;
	readonly files: readonly SharedFile[];
	/** Bytes per second of each transfer; default 400,000, slow ones 4,000. */
	readonly speed?: number;
	/** Uploads at once; default 2. */
	readonly slots?: number;
	/** Places before the first one moves; default 3, of liars 8. */
	readonly queue?: number;
	/** Milliseconds until its answer to a search arrives; default 1000. */
	readonly answersAfter?: number;
};

export type Scenario = {
	/** Such as `0.24.5`. */
	readonly version: string;
	readonly apiKey: string;
	readonly peers: readonly Peer[];
	/** How many times faster than its milliseconds say everything but the bytes goes; default 1. */
	readonly haste?: number;
	/** Whether it is connected to the network when it starts; default true, after `loginAfter`. */
	readonly isConnected?: boolean;
	/** Milliseconds from the start of the process to the login; default 0, after a restart 2000. */
	readonly loginAfter?: number;
	/** A relay agent answers nothing but 403. */
	readonly isRelayAgent?: boolean;
	/** What the downloads folder is called inside of its container; default: as it is called here. */
	readonly reportedDownloads?: string;
	/** `transfers.download.destination.subdirectory`, from 0.26; default `${SOURCE_DIRECTORY}`. */
	readonly subdirectory?: string;
	/** Milliseconds between `Completed, Succeeded` and the file's arrival in the downloads folder; default 500. */
	readonly moveAfter?: number;
	/** Remote names whose move fails: they stay in `incomplete`, with `exception` set. */
	readonly unmovable?: readonly string[];
	/** Milliseconds that an accepted POST takes; default 100, and 500 to find that a peer is not there. */
	readonly acceptAfter?: number;
	/** Milliseconds after which ended records vanish from the list; default never. */
	readonly retention?: number;
	/** slskd's own tries of a transfer that broke, from 0.26; default 3, after 5000 ms. */
	readonly retry?: {readonly attempts: number; readonly delay: number};
};

/** Whether a version is as new as another; both like `0.24.5` or `0.24`. */
export const isAtLeast = (version: string, wanted: string): boolean => {
	const [mine, other] = [version, wanted].map(text => text.split('.').map(Number));
	for (const [index, part] of (other ?? []).entries()) {
		const own = mine?.[index] ?? 0;
		if (own !== part) return own > part;
	}

	return true;
};

/** What differs between versions, by facts of slskd 0.22 to 0.26. */
export const traitsOf = (version: string) => ({
	/** POST of a search or a download answers 429 while others are being accepted. */
	isLimiting: isAtLeast(version, '0.24'),
	/** The old route says what it has enqueued; before, its body is empty. */
	isTelling: isAtLeast(version, '0.24'),
	/** The user name in a path is decoded whole; before, an encoded slash stays as it is. */
	isDecodingWhole: isAtLeast(version, '0.24.5'),
	hasBatches: isAtLeast(version, '0.26'),
	isResuming: isAtLeast(version, '0.26'),
	isRetrying: isAtLeast(version, '0.26'),
	hasDestinations: isAtLeast(version, '0.26'),
});

export type Traits = ReturnType<typeof traitsOf>;
