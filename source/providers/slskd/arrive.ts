import {join} from 'node:path';
import type {Failure} from '../../domain/failure.ts';
import {removeFile} from '../../system/attempt-files.ts';
import {lstatIfThere, realFiles} from '../../system/files.ts';
import {told} from './failures.ts';
import type {Kit} from './kit.ts';
import {artefactName, land, type Landed} from './landing.ts';
import type {Transfer} from './parse.ts';
import {expectedPath, mappedPath} from './place.ts';
import {pause} from './wait.ts';
import {keyOf} from './watch.ts';

export type Arrival =
	| {readonly type: 'arrived'; readonly name: string; readonly size: number}
	/** It came, and is not what was promised: this file of this peer is never asked for again. */
	| {
			readonly type: 'wrong';
			readonly reason: string;
			/** Takes it out of slskd's folder, where it is ours; only when it is written down that it is of no use. */
			readonly discard: () => Promise<void>;
	  }
	/** slskd has it no more, or cannot give it. */
	| {readonly type: 'lost'; readonly reason: string}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Arriving = {
	readonly transfer: Transfer;
	/** The candidate's source and size. */
	readonly source: string;
	readonly size: number;
	readonly directory: string;
	/** Nobody else has asked slskd for it: its file may be taken away. */
	readonly isOurs: boolean;
	readonly signal: AbortSignal;
	readonly log: (line: string) => void;
};

/** How often the events are asked for a file that is on its way from one folder of slskd to another. */
const lookEvery = 1000;

/**
 * Brings the file of a download that has succeeded into the job's directory. It may not be where it belongs yet: slskd says
 * that it has succeeded before it moves the file.
 */
export const arrive = async (kit: Kit, arriving: Arriving): Promise<Arrival> => {
	const {transfer, signal} = arriving;
	const since = kit.clock.now();
	const downloads = await kit.downloadsFolder(signal);
	let lastPath: string | undefined;
	for (;;) {
		const event = await kit.events.find(transfer, signal);
		if (event !== undefined && 'type' in event) {
			return event.type === 'stopped' ? event : {type: 'failed', failure: event.failure};
		}

		const waited = kit.clock.now() - since;
		const reported = event?.path ?? (waited >= kit.patience.guess ? guess(downloads, transfer) : undefined);
		if (reported !== undefined) {
			lastPath = mappedPath(reported, kit.pathMap);
			const arrived = await take(kit, arriving, lastPath, downloads, event !== undefined);
			if (arrived !== undefined) return arrived;
		}

		const trouble =
			event === undefined && waited >= kit.patience.guess ? await exceptionOf(kit, transfer, signal) : undefined;
		if (trouble !== undefined) {
			return {type: 'lost', reason: `slskd could not put it in its place: ${told(trouble)}`};
		}

		if (waited >= kit.patience.landing) return await absent(kit, lastPath, downloads);
		if (!(await pause(kit.clock, lookEvery, signal))) return {type: 'stopped'};
	}
};

/** What slskd has noted about a download since it succeeded: it says so before it has tried to move the file. */
const exceptionOf = async (kit: Kit, transfer: Transfer, signal: AbortSignal): Promise<string | undefined> => {
	if (transfer.exception !== undefined) return transfer.exception;
	const look = await kit.watch.next(signal);
	const now = look?.type === 'seen' ? look.transfers.get(keyOf(transfer)) : undefined;
	return now?.find(({id}) => id === transfer.id)?.exception;
};

const guess = (downloads: string | undefined, {file}: Transfer): string | undefined =>
	downloads === undefined ? undefined : expectedPath(downloads, file);

/** Takes the file, or undefined where it is not there (yet). */
const take = async (
	kit: Kit,
	{transfer, source, size, directory, isOurs, log}: Arriving,
	from: string,
	downloads: string | undefined,
	isTold: boolean,
): Promise<Arrival | undefined> => {
	const name = artefactName(source, transfer.file);
	const expected = size > 0 ? size : transfer.size;
	const isKept = kit.isKept || !isOurs || !isTold;
	const roots = [
		...Object.values(kit.pathMap),
		...(downloads === undefined ? [] : [mappedPath(downloads, kit.pathMap)]),
	];
	const landed: Landed = await land({from, roots, size: expected, directory, name, isKept, log});
	switch (landed.type) {
		case 'landed':
			log(`${isKept ? 'copied' : 'moved'} from ${from}`);
			return {type: 'arrived', name, size: expected};
		case 'absent':
			return undefined;
		case 'wrong':
			// A guess may have hit another file of the same name.
			if (!isTold) return undefined;
			return {...landed, discard: async () => (isKept ? undefined : removeOwn(from, roots, landed.reason, log))};
		case 'failed':
			return landed;
	}
};

/** What came for us and is of no use is taken out of slskd's folder: its own event has said that this file is it. */
const removeOwn = async (
	from: string,
	roots: readonly string[],
	reason: string,
	log: (line: string) => void,
): Promise<void> => {
	if (!reason.includes('were promised')) return;
	const isBelow = roots.some(root => from.startsWith(join(root, '/')));
	if (isBelow && !from.includes('/../')) await removeFile(from).catch(() => log(`the useless file stays at ${from}`));
};

/** Where the whole folder is not there, it is the mapping that is wrong, and that concerns every job. */
const absent = async (kit: Kit, path: string | undefined, downloads: string | undefined): Promise<Arrival> => {
	const root = downloads === undefined ? undefined : mappedPath(downloads, kit.pathMap);
	if (root !== undefined && (await isMissing(root))) {
		const message = `slskd puts its files into ${downloads}, and there is no ${root} here: say in path_map of [providers.slskd] where that folder is`;
		return {type: 'failed', failure: {code: 'misconfigured', message}};
	}

	const where = path === undefined ? '' : ` at ${path}`;
	return {type: 'lost', reason: `slskd says that it has come, but it is not there${where}`};
};

const isMissing = async (path: string): Promise<boolean> =>
	(await lstatIfThere(path).catch(() => undefined)) === undefined && !(await isReadable(path));

const isReadable = async (path: string): Promise<boolean> =>
	realFiles.readdir(path).then(
		() => true,
		() => false,
	);
