import {copyFileSync, existsSync, mkdirSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, extname, join} from 'node:path';
import type {Scenario, Traits} from './scenario.ts';
import type {Batch, Transfer} from './transfer.ts';

/** Where a double keeps what it downloads. */
export type LocalFiles = {
	readonly downloads: string;
	readonly incomplete: string;
	readonly partialOf: (transfer: Transfer) => string;
	/** Moves the partial file to its place and returns that; throws where it cannot. */
	readonly finish: (transfer: Transfer, batch: Batch | undefined, searchText: string | undefined) => string;
	/** A path of this machine as slskd, in its container, calls it. */
	readonly reported: (path: string) => string;
};

export const createLocalFiles = (directory: string, scenario: Scenario, traits: Traits): LocalFiles => {
	const downloads = join(directory, 'downloads');
	const incomplete = join(directory, 'incomplete');
	mkdirSync(downloads, {recursive: true});
	mkdirSync(incomplete, {recursive: true});
	return {
		downloads,
		incomplete,
		partialOf({username, filename}) {
			const {directories, name} = remoteParts(filename);
			const folders = traits.isResuming ? directories : directories.slice(-1);
			return join(incomplete, safe(username), ...folders, name);
		},
		finish(transfer, batch, searchText) {
			if (scenario.unmovable?.includes(transfer.filename) === true)
				throw new Error(`Failed to move file from incomplete to complete: Access to the path is denied.`);
			const {directories, name} = remoteParts(transfer.filename);
			const folder = traits.hasDestinations
				? destinationOf(scenario, transfer, batch, searchText)
				: (directories.at(-1) ?? '');
			const wanted = join(downloads, folder, name);
			mkdirSync(dirname(wanted), {recursive: true});
			const path = existsSync(wanted) ? renamed(wanted) : wanted;
			move(this.partialOf(transfer), path);
			return path;
		},
		reported: path =>
			scenario.reportedDownloads === undefined ? path : path.replace(downloads, () => scenario.reportedDownloads ?? ''),
	};
};

/** Characters that a name may not have become `_`; a remote path is cut at its backslashes. */
const safe = (name: string): string => name.replaceAll(/[/\0]/g, '_');

const remoteParts = (path: string): {readonly directories: readonly string[]; readonly name: string} => {
	const parts = path.split('\\').filter(Boolean).map(safe);
	return {directories: parts.slice(0, -1), name: parts.at(-1) ?? '_'};
};

const destinationOf = (
	scenario: Scenario,
	transfer: Transfer,
	batch: Batch | undefined,
	searchText: string | undefined,
): string => {
	if (batch?.destination !== undefined && batch.destination !== '') return batch.destination;
	const pattern = scenario.subdirectory ?? '${SOURCE_DIRECTORY}';
	if (pattern === '{}') return '';
	const {directories} = remoteParts(transfer.filename);
	const values: Readonly<Record<string, string>> = {
		SOURCE_USERNAME: safe(transfer.username),
		SOURCE_PATH: directories.join('/'),
		SOURCE_DIRECTORY: directories.at(-1) ?? '',
		BATCH_ID: batch?.id ?? 'unknown_batch_id',
		BATCH_EXTERNAL_ID: 'unknown_batch_external_id',
		SEARCH_ID: batch?.searchId ?? 'unknown_search_id',
		SEARCH_TEXT: safe(searchText ?? 'unknown_search_text'),
	};
	return pattern.replaceAll(/\$\{([A-Z_]+)\}/g, (whole, name: string) => values[name] ?? whole);
};

/** `exists: rename`: the name, then the ticks of .NET, which are tenths of microseconds since the year 1. */
const renamed = (path: string): string => {
	const ticks = BigInt(Date.now()) * 10_000n + 621_355_968_000_000_000n;
	const extension = extname(path);
	return join(dirname(path), `${basename(path, extension)}_${ticks}${extension}`);
};

const move = (from: string, to: string): void => {
	try {
		renameSync(from, to);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
		copyFileSync(from, to);
		rmSync(from);
	}
};
