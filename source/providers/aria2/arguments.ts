export type DaemonSettings = {
	readonly port: number;
	readonly secret: string;
	/** aria2c ends by itself when this process is gone. */
	readonly owner: number;
	/** Connections for one file, 1 to 16. */
	readonly connections: number;
};

/** The daemon's configuration file (aria2 1.36.0). It holds the secret, which must not stand in arguments. */
export const daemonConfiguration = ({port, secret, owner, connections}: DaemonSettings): string =>
	Object.entries({
		'enable-rpc': true,
		'rpc-listen-port': port,
		'rpc-listen-all': false,
		'rpc-secret': secret,
		'stop-with-process': owner,
		quiet: true,
		// How many run at once is decided by the queue.
		'max-concurrent-downloads': 1000,
		'max-download-result': 1000,
		split: connections,
		'max-connection-per-server': connections,
		'min-split-size': '1M',
		continue: true,
		// `always-resume` stays true: with false, aria2c 1.36.0 aborts (SIGABRT), with all its downloads, when a server does
		// not continue a file that lies there in part. The provider begins such a file anew instead.
		'auto-file-renaming': false,
		'auto-save-interval': 5,
		// Preallocated space would look like progress.
		'file-allocation': 'none',
		// A dropped connection is made again at once. With a wait of its own aria2 would also ask an overloaded server again
		// (503), which is the queue's to decide.
		'max-tries': 5,
		'retry-wait': 0,
		'connect-timeout': 20,
		timeout: 30,
		'follow-torrent': false,
		'follow-metalink': false,
	})
		.map(([name, value]) => `${name}=${value}\n`)
		.join('');

export const daemonArguments = (configuration: string, extraArgs: readonly string[]): readonly string[] => [
	`--conf-path=${configuration}`,
	...extraArgs,
];

export type DownloadOptions = {
	readonly directory: string;
	/** Bytes per second. */
	readonly rateLimit: number | undefined;
	/** `Name: value` each; they travel in the request to the daemon only. */
	readonly headers: readonly string[];
};

/** Options of one download, as `aria2.addUri` takes them. */
export const downloadOptions = ({
	directory,
	rateLimit,
	headers,
}: DownloadOptions): Record<string, string | string[]> => ({
	dir: directory,
	...(rateLimit === undefined ? {} : limitOption(rateLimit)),
	...(headers.length === 0 ? {} : {header: [...headers]}),
});

/** The limit of one download, in bytes per second; none is 0. */
export const limitOption = (rateLimit: number | undefined): Readonly<Record<string, string>> => ({
	'max-download-limit': rateLimit === undefined ? '0' : String(Math.max(1, Math.floor(rateLimit))),
});
