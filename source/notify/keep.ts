import {readFile} from 'node:fs/promises';
import PQueue from 'p-queue';
import type {Instant} from '../domain/time.ts';
import {errorCode, writeAtomically} from '../system/files.ts';
import {newMemory, type Memory} from './decide.ts';
import {afterRestart, emptyLine, type Line} from './line.ts';

/** What outlives the process: what was told, and what waits for each target. */
export type Kept = {readonly memory: Memory; readonly lines: Readonly<Record<string, Line>>};

/** Reads what was kept; where there is nothing yet, or nothing that can be read, everything begins now. */
export const readKept = async (path: string, now: Instant): Promise<Kept & {readonly problem?: string}> => {
	const fresh = {memory: newMemory(now), lines: {}};
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch (error) {
		return errorCode(error) === 'ENOENT' ? fresh : {...fresh, problem: `${path} cannot be read`};
	}

	try {
		const {version, memory, lines} = JSON.parse(text) as Partial<Kept> & {readonly version?: unknown};
		if (version !== 1 || memory === undefined || lines === undefined) throw new Error('another version');
		return {
			memory: {...fresh.memory, ...memory},
			lines: Object.fromEntries(
				Object.entries(lines).map(([name, line]) => [name, afterRestart({...emptyLine, ...line})]),
			),
		};
	} catch {
		return {...fresh, problem: `${path} is damaged`};
	}
};

/** Writes one text after the other; of those that wait for their turn, the newest alone. Never rejects. */
export const createKeeper = (path: string, text: () => string): {save(): Promise<void>} => {
	const writing = new PQueue({concurrency: 1});
	let waiting: Promise<void> | undefined;
	const write = async (): Promise<void> => {
		await Promise.resolve();
		waiting = undefined;
		// On a disk that is full, being told of it matters more than never being told twice after a crash.
		await writeAtomically(path, text()).catch(() => undefined);
	};
	return {save: () => (waiting ??= writing.add(write))};
};

/** What is kept, as text. */
export const keptText = ({memory, lines}: Kept): string => JSON.stringify({version: 1, memory, lines});
