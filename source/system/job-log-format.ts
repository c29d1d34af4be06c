import type {FileHandle} from 'node:fs/promises';

/*
 * Places in a job's log are counted from its first line ever, so that who follows it is not led astray when the file is
 * rotated. A file that continues an older one says in its first line at which byte. Lines begin with a time, so that no
 * tool can write such a first line.
 */

/** A line is never longer than this, in bytes. */
export const longestLine = 4096;

export const newline = Buffer.from('\n');

/** What the file before the current one is called. */
export const olderSuffix = '.1';

export const headerOf = (offset: number): Buffer => Buffer.from(`#tidegate-log continues at byte ${offset}\n`);

/** Where the file's first line of text stands in the whole log, and how long the header before it is, in bytes. */
export type Base = {readonly offset: number; readonly header: number};

export const baseOf = async (handle: FileHandle): Promise<Base> => {
	const {buffer, bytesRead} = await handle.read(Buffer.alloc(64), 0, 64, 0);
	const match = /^#tidegate-log continues at byte (\d{1,15})\n/.exec(buffer.subarray(0, bytesRead).toString('latin1'));
	return match === null ? {offset: 0, header: 0} : {offset: Number(match[1]), header: match[0].length};
};
