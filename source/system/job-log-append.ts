import {constants} from 'node:fs';
import {mkdir, open, rename, type FileHandle} from 'node:fs/promises';
import {headerOf, longestLine, newline, olderSuffix} from './job-log-format.ts';
import {extentOf} from './job-log-read.ts';

/** How many lines are on the disk, and what kept the others from it. */
export type Appended = {readonly written: number; readonly error?: unknown};

/** Appends lines, rotating where the file would grow beyond its limit. Never rejects. */
export const appendLines = async (
	directory: string,
	path: string,
	lines: readonly Buffer[],
	limit: number,
): Promise<Appended> => {
	let written = 0;
	try {
		await mkdir(directory, {recursive: true, mode: 0o700});
		while (written < lines.length) {
			const taken = await appendToFile(path, lines.slice(written), limit);
			written += taken;
		}
	} catch (error) {
		// A full disk or a folder that is gone: the caller counts what is missing.
		return {written, error};
	}

	return {written};
};

/** Appends as many lines as the file may still take, at least one; makes room first where it may take none. */
const appendToFile = async (path: string, lines: readonly Buffer[], limit: number): Promise<number> => {
	let handle = await openOwn(path);
	try {
		let size = await endOfLastLine(handle);
		if (size > 0 && size + (lines[0]?.length ?? 0) > limit) {
			await handle.close();
			await rename(path, path + olderSuffix);
			handle = await openOwn(path);
			size = 0;
		}

		if (size === 0) size = await beginFile(handle, path);
		const fitting: Buffer[] = [];
		let end = size;
		for (const line of lines) {
			if (fitting.length > 0 && end + line.length > limit) break;
			fitting.push(line);
			end += line.length;
		}

		await writeAt(handle, Buffer.concat(fitting), size);
		return fitting.length;
	} finally {
		await handle.close();
	}
};

/** Says where a new file stands, if there is an older one. Returns the bytes that this took. */
const beginFile = async (handle: FileHandle, path: string): Promise<number> => {
	const older = await extentOf(path + olderSuffix);
	if (older === undefined) return 0;
	const header = headerOf(older.end);
	await writeAt(handle, header, 0);
	return header.length;
};

// Not for appending: what a full disk has cut in half is written over. A link under that name is not followed.
const openOwn = (path: string): Promise<FileHandle> =>
	open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);

/** Where to go on: behind the last whole line. */
const endOfLastLine = async (handle: FileHandle): Promise<number> => {
	const {size} = await handle.stat();
	const start = Math.max(0, size - 2 * longestLine);
	const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
	const end = start + buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1;
	if (end < size) await handle.truncate(end);
	return end;
};

const writeAt = async (handle: FileHandle, data: Buffer, position: number): Promise<void> => {
	try {
		let done = 0;
		while (done < data.length) {
			const {bytesWritten} = await handle.write(data, done, data.length - done, position + done);
			done += bytesWritten;
		}
	} catch (error) {
		// Half a batch would be told as lost and stand there all the same.
		await handle.truncate(position).catch(() => undefined);
		throw error;
	}
};
