/*
 * What client and server have to agree on. Apart from the schemas, so that a client need not load zod.
 */

/** Grows when a client of the one number does not understand a scheduler of the other. */
export const protocol = 3;

export const protocolHeader = 'tidegate-protocol';
export const versionHeader = 'tidegate-version';

/** The calls of an Engine that are requests of their own. */
export const callNames = [
	'list',
	'list-grouped',
	'show',
	'find-batch',
	'read-log',
	'statistics',
	'health',
	'findings',
	'preview',
	'expand',
	'send',
] as const;
export type CallName = (typeof callNames)[number];

export const callPath = (name: CallName): string => `/engine/${name}`;

/** Answers with one line of JSON for each snapshot, the present one first, until it is closed. */
export const changesPath = '/engine/changes';
