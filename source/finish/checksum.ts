import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';

export type Checksum = {readonly algorithm: string; readonly digest: string};

const digestLengths: Readonly<Record<string, number>> = {md5: 32, sha1: 40, sha256: 64, sha512: 128};

/** Reads `sha256:HEX` (also md5, sha1, sha512), or undefined where it is none. */
export const parseChecksum = (text: string): Checksum | undefined => {
	const match = /^([a-z\d-]+):([\da-f]+)$/.exec(text.trim().toLowerCase());
	const algorithm = match?.[1]?.replace('-', '') ?? '';
	const digest = match?.[2] ?? '';
	if (!Object.hasOwn(digestLengths, algorithm) || digestLengths[algorithm] !== digest.length) return undefined;
	return {algorithm, digest};
};

/** Read at once: a millisecond's work for the digest, so that the screen goes on being drawn. */
const chunkBytes = 1024 * 1024;

/** The digests of a file, in one pass over it, in the order of the algorithms. Rejects with the signal's reason when aborted. */
export const digestsOf = async (
	handle: FileHandle,
	algorithms: readonly string[],
	signal: AbortSignal,
): Promise<string[]> => {
	const hashes = algorithms.map(algorithm => createHash(algorithm));
	// Not a stream: one of Node 24 that is made with an aborted signal throws where nobody can catch it.
	const chunk = Buffer.alloc(chunkBytes);
	for (let position = 0; ;) {
		signal.throwIfAborted();
		const {bytesRead} = await handle.read(chunk, 0, chunkBytes, position);
		if (bytesRead === 0) return hashes.map(hash => hash.digest('hex'));
		for (const hash of hashes) hash.update(chunk.subarray(0, bytesRead));
		position += bytesRead;
	}
};
