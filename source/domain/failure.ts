import type {MountPoint} from './mount.ts';
import type {Duration} from './time.ts';

/**
 * What can be done about a failure.
 *
 * - `transient`: trying again later may help; spends an attempt.
 * - `permanent`: trying again cannot help.
 * - `environment`: the machine lacks something (space, a tool, a route); spends no attempt.
 * - `person`: someone has to do something first (log in, solve a captcha, change the configuration).
 */
export type FailureClass = 'transient' | 'permanent' | 'environment' | 'person';

type FailureKind = {
	readonly class: FailureClass;
	/** What would help, in one sentence for people. */
	readonly help: string;
	/** Whether it may be nothing but what a full disk looks like to a tool that does not say so. */
	readonly mayHideFullDisk?: boolean;
	/** Whether the failure speaks against the lane as a whole, so that its breaker counts it. */
	readonly countsForBreaker?: boolean;
	/** Whether one such failure is enough: the other side shuts out all of the lane's processes. */
	readonly shutsOut?: boolean;
};

/** Every way in which a job can fail, with its class and what would help. */
export const failureKinds = {
	'not-found': {class: 'permanent', help: 'Check the address; the server has nothing there.'},
	gone: {class: 'permanent', help: 'Look for another source: the server removed this one for good.'},
	unsupported: {class: 'permanent', help: 'Try another provider: this tool cannot handle the address.'},
	unavailable: {class: 'permanent', help: 'Look for another source: this one is private, removed or not offered.'},
	'region-blocked': {class: 'permanent', help: 'Look for a source that is offered in this region: this one is not.'},
	'drm-protected': {class: 'permanent', help: 'Remove the job: protected content is not downloaded.'},
	'not-yet-available': {class: 'transient', help: 'Retry when it is released; until then it is tried again by itself.'},
	'bad-request': {class: 'permanent', help: 'Check the address for mistakes: the server refused it as malformed.'},
	'bad-arguments': {class: 'person', help: 'Check the options of this provider in config.toml, then retry.'},
	'login-required': {class: 'person', help: 'Give the tool a login or cookies in config.toml, then retry.'},
	forbidden: {class: 'person', help: 'Check login, cookies or referer, then retry: the server refuses access.'},
	captcha: {class: 'person', help: 'Open the page in a browser, solve the challenge, then retry.'},
	'tool-too-old': {class: 'person', help: 'Update the tool, then retry.'},
	'destination-exists': {
		class: 'person',
		help: 'Rename the file that has this name, or change the output template; then retry.',
	},
	'permission-denied': {class: 'person', help: 'Make the folder writable for this user, then retry.'},
	'rate-limited': {
		class: 'transient',
		help: 'Let it wait; where this happens often, allow fewer downloads at once from this server.',
		countsForBreaker: true,
		shutsOut: true,
	},
	blocked: {
		class: 'transient',
		help: 'Let it wait, or look in a browser what the site wants; then retry.',
		countsForBreaker: true,
		shutsOut: true,
	},
	'service-unavailable': {
		class: 'transient',
		help: 'Retry later: the server is overloaded or in maintenance.',
		countsForBreaker: true,
	},
	'server-error': {class: 'transient', help: 'Retry later: the server itself failed.', countsForBreaker: true},
	timeout: {
		class: 'transient',
		help: 'Retry later, or check the connection: the server did not answer in time.',
		countsForBreaker: true,
	},
	stalled: {
		class: 'transient',
		help: 'Retry, and it goes on where it stopped; if it stalls again, check the connection.',
	},
	'connection-refused': {
		class: 'transient',
		help: 'Check host and port of the address, and whether the server runs; then retry.',
		countsForBreaker: true,
	},
	'connection-lost': {
		class: 'transient',
		help: 'Retry, and it goes on where it stopped; if it breaks again, check the connection.',
	},
	'name-not-resolved': {
		class: 'transient',
		help: "Check the host's name for a typing mistake, and the DNS of this machine; then retry.",
	},
	tls: {class: 'transient', help: "Check the date of this machine and the server's certificate; then retry."},
	'too-many-redirects': {
		class: 'permanent',
		help: 'Open the address in a browser and add the one where it ends: the server sends requests in circles.',
	},
	'wrong-size': {
		class: 'transient',
		help: 'Retry; if it differs again, check the size that was given with the job.',
		mayHideFullDisk: true,
	},
	'wrong-checksum': {
		class: 'transient',
		help: 'Retry; if it differs again, check the checksum that was given, or look for another source.',
		mayHideFullDisk: true,
	},
	'not-media': {
		class: 'transient',
		help: 'Open the address in a browser: a web page came instead of the file, perhaps a login.',
		mayHideFullDisk: true,
	},
	'no-artefact': {
		class: 'transient',
		help: 'Read in the log what the tool did: it reported success but left no file.',
		mayHideFullDisk: true,
	},
	'source-changed': {class: 'transient', help: 'Retry, and it is fetched anew: the file changed on the server.'},
	'no-sources': {
		class: 'transient',
		help: 'Retry later, or look for it under another name: nobody offers it at the moment.',
	},
	'tool-failed': {class: 'transient', help: 'Read in the log what the tool said, then retry.', mayHideFullDisk: true},
	'tool-missing': {class: 'environment', help: 'Install the tool; the queue goes on by itself.'},
	misconfigured: {
		class: 'environment',
		help: "Check this provider's section in config.toml, and restart; the queue goes on by itself.",
	},
	'service-unreachable': {
		class: 'environment',
		help: 'Check that the service runs, is logged in, and has this address; the queue goes on by itself.',
		countsForBreaker: true,
	},
	'tool-busy': {
		class: 'environment',
		help: 'Let the other run of the tool end; the queue goes on by itself.',
	},
	'disk-full': {class: 'environment', help: 'Free some space; the queue goes on by itself.'},
	'volume-missing': {class: 'environment', help: 'Mount the volume; the queue goes on by itself.'},
	'no-network': {class: 'environment', help: 'Check the network of this machine; the queue goes on when it is back.'},
	internal: {
		class: 'transient',
		help: 'Report this defect of tidegate with the log; a retry may get around it.',
		mayHideFullDisk: true,
	},
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

/** Why an attempt did not succeed. */
export type Failure = {
	readonly code: FailureCode;
	/** Our sentence, for people; names what was being done. Free of control characters and secrets. */
	readonly message: string;
	/** The tool's own words, where there are any. */
	readonly detail?: string;
	/** The disk is full where the file was to go, which is this other filesystem and not the one that jobs write to. */
	readonly elsewhere?: MountPoint;
	/** How long the other side asked us to stay away. */
	readonly retryAfter?: Duration;
	/** How long it is of no use to try this job again, such as an episode that is not out yet; others of its lane may go on. */
	readonly waitAtLeast?: Duration;
	/** The longest that waiting is of use, because the next attempt goes another way. */
	readonly waitAtMost?: Duration;
};

export const failureClass = (code: FailureCode): FailureClass => failureKinds[code].class;

export const failureHelp = (code: FailureCode): string => failureKinds[code].help;

/** Whether this failure is evidence against the lane, not only against the job. */
export const countsForBreaker = (code: FailureCode): boolean => {
	const kind: FailureKind = failureKinds[code];
	return kind.countsForBreaker ?? false;
};

/** Whether the other side refuses everyone of the lane, so that one such failure closes it. */
export const shutsOut = (code: FailureCode): boolean => {
	const kind: FailureKind = failureKinds[code];
	return kind.shutsOut ?? false;
};

/** Whether a full disk may be behind it: tools that cannot write rarely say why. */
export const mayHideFullDisk = (code: FailureCode): boolean => {
	const kind: FailureKind = failureKinds[code];
	return kind.mayHideFullDisk ?? false;
};

export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(failureKinds, text);

export {failureFromHttpStatus, failureFromText, type TextRule} from './failure-text.ts';
