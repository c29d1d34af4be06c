import {mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Lends an empty private directory for as long as it is used; it is gone afterwards. */
export const withScratch = async <Result>(use: (directory: string) => Promise<Result>): Promise<Result> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-'));
	try {
		return await use(directory);
	} finally {
		await rm(directory, {recursive: true, force: true, maxRetries: 3});
	}
};

/** The beginning of a file, `most` bytes of it; nothing where there is no such file. */
export const readStart = async (path: string, most: number): Promise<Buffer> => {
	const handle = await open(path).catch(() => undefined);
	if (handle === undefined) return Buffer.alloc(0);
	try {
		const {buffer, bytesRead} = await handle.read(Buffer.alloc(most), 0, most, 0);
		return buffer.subarray(0, bytesRead);
	} catch {
		return Buffer.alloc(0);
	} finally {
		await handle.close();
	}
};
