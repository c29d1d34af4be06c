import {open, rm} from 'node:fs/promises';
import {join} from 'node:path';

const fillerName = 'filler';

/** Fills a filesystem to the last byte, with one file in this directory; returns how many bytes it took this time. */
export const fillUp = async (directory: string): Promise<number> => {
	const handle = await open(join(directory, fillerName), 'a');
	let written = 0;
	try {
		for (const size of [1024 * 1024, 4096, 1]) {
			const block = Buffer.alloc(size, 1);
			for (;;) {
				const {bytesWritten} = await handle.write(block).catch(() => ({bytesWritten: 0}));
				written += bytesWritten;
				if (bytesWritten < size) break;
			}
		}
	} finally {
		await handle.close();
	}

	return written;
};

/** Takes away what `fillUp` has written. */
export const freeUp = (directory: string): Promise<void> => rm(join(directory, fillerName), {force: true});
