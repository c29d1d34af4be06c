import {join} from 'node:path';
import {writePrivateFile} from '../../system/attempt-files.ts';
import {readStart} from '../../system/scratch.ts';
import {isRecord, parseJson} from '../supervision/json.ts';
import {ownFolder} from './arguments.ts';
import type {Tried} from './failures.ts';

/*
 * What became of the hosters of a job in the attempts before: an attempt is told of none but itself, and the last one speaks
 * for all.
 */

const file = (directory: string): string => join(directory, ownFolder, 'hosters.json');

const longest = 65_536;

/** Those of the attempts before this one; none where nothing can be read. */
export const readTried = async (directory: string, attempt: number): Promise<readonly Tried[]> => {
	const found = parseJson((await readStart(file(directory), longest)).toString());
	return Array.isArray(found) ? found.filter(isTried).filter(one => one.attempt < attempt) : [];
};

const isTried = (value: unknown): value is Tried =>
	isRecord(value) &&
	typeof value['attempt'] === 'number' &&
	typeof value['hoster'] === 'string' &&
	typeof value['reason'] === 'string';

const mostKept = 32;

/** Rejects where nobody may write. */
export const writeTried = (directory: string, tried: readonly Tried[]): Promise<void> =>
	writePrivateFile(
		file(directory),
		JSON.stringify(tried.slice(-mostKept).map(one => ({...one, reason: one.reason.slice(0, 1000)}))),
	);
