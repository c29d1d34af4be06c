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
	gone: {class: 'permanent', help: 'The server says it was removed for good.'},
	unsupported: {class: 'permanent', help: 'The tool cannot handle this address; try another provider.'},
	unavailable: {class: 'permanent', help: 'The item is private, removed or not offered here.'},
	'region-blocked': {class: 'permanent', help: 'The item is not offered in this region.'},
	'drm-protected': {class: 'permanent', help: 'Protected content is not downloaded.'},
	'not-yet-available': {class: 'transient', help: 'It is announced but not released; it is tried again later.'},
	'bad-request': {class: 'permanent', help: 'The server refused the request as malformed.'},
	'bad-arguments': {class: 'person', help: 'Check the options of this provider in config.toml.'},
	'login-required': {class: 'person', help: 'Give the tool a login or cookies, then retry.'},
	forbidden: {class: 'person', help: 'The server refuses access; check login, cookies or referer.'},
	captcha: {class: 'person', help: 'Open the page in a browser, solve the challenge, then retry.'},
	'tool-too-old': {class: 'person', help: 'Update the tool, then retry.'},
	'destination-exists': {class: 'person', help: 'Another file has that name; rename it or change the output template.'},
	'permission-denied': {class: 'person', help: 'Make the folder writable for this user, then retry.'},
	'rate-limited': {
		class: 'transient',
		help: 'The server asks for a pause.',
		countsForBreaker: true,
		shutsOut: true,
	},
	blocked: {
		class: 'transient',
		help: 'The site blocks requests for now.',
		countsForBreaker: true,
		shutsOut: true,
	},
	'service-unavailable': {
		class: 'transient',
		help: 'The server is overloaded or in maintenance.',
		countsForBreaker: true,
	},
	'server-error': {class: 'transient', help: 'The server failed; it is tried again.', countsForBreaker: true},
	timeout: {class: 'transient', help: 'No answer in time; it is tried again.', countsForBreaker: true},
	stalled: {class: 'transient', help: 'No bytes arrived for too long; it is tried again.'},
	'connection-refused': {class: 'transient', help: 'Nothing answers at that address.', countsForBreaker: true},
	'connection-lost': {class: 'transient', help: 'The connection broke; it goes on where it stopped.'},
	'name-not-resolved': {class: 'transient', help: 'No such host name is known; it is tried again later.'},
	tls: {class: 'transient', help: 'The secure connection could not be made.'},
	'too-many-redirects': {class: 'permanent', help: 'The server sends requests in circles.'},
	'wrong-size': {
		class: 'transient',
		help: 'The file is not as large as announced; it is fetched again.',
		mayHideFullDisk: true,
	},
	'wrong-checksum': {
		class: 'transient',
		help: 'The content does not match its checksum; it is fetched again.',
		mayHideFullDisk: true,
	},
	'not-media': {class: 'transient', help: 'A web page came instead of the file.', mayHideFullDisk: true},
	'no-artefact': {class: 'transient', help: 'The tool reported success but left no file.', mayHideFullDisk: true},
	'source-changed': {class: 'transient', help: 'The file changed on the server; it is fetched anew.'},
	'no-sources': {class: 'transient', help: 'No source offers it at the moment.'},
	'tool-failed': {class: 'transient', help: "Read the tool's output in the log.", mayHideFullDisk: true},
	'tool-missing': {class: 'environment', help: 'Install the tool; the queue goes on by itself.'},
	'disk-full': {class: 'environment', help: 'Free some space; the queue goes on by itself.'},
	'volume-missing': {class: 'environment', help: 'Mount the volume; the queue goes on by itself.'},
	'no-network': {class: 'environment', help: 'The network is away; the queue goes on when it is back.'},
	internal: {
		class: 'transient',
		help: 'This is a defect of tidegate; please report it with the log.',
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
	/** The disk is full where the file was to go, which is another filesystem than the one that jobs write to. */
	readonly isElsewhere?: boolean;
	/** How long the other side asked us to stay away. */
	readonly retryAfter?: Duration;
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
