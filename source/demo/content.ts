import {createHash} from 'node:crypto';

/**
 * Bytes that anyone can make again from a seed and a size: 64 KiB of a xorshift32 sequence over and over, each block with
 * its number and the seed at its head, so that bytes in a wrong place are noticed as well as wrong bytes.
 */
export type Content = {readonly seed: number; readonly size: number};

export const blockSize = 64 * 1024;

/** `length` bytes of the content from `start` on; fewer where it ends. */
export const contentChunk = (content: Content, start: number, length: number): Uint8Array =>
	contentReader(content)(start, length);

/** The same for many reads of one content: what they share is made once. */
export const contentReader = ({seed, size}: Content): ((start: number, length: number) => Uint8Array) => {
	const base = makeBlock(seed);
	return (start, length) => {
		const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - start)));
		let at = 0;
		while (at < chunk.length) {
			const inside = (start + at) % blockSize;
			if (inside < headSize) {
				const head = blockHead(Math.floor((start + at) / blockSize), seed);
				const copied = base.copy(chunk, at, inside);
				head.copy(chunk, at, inside);
				at += copied;
			} else at += base.copy(chunk, at, inside);
		}
		return chunk;
	};
};

/** The content piece by piece, never held whole. */
export function* contentChunks(content: Content): Generator<Uint8Array, void> {
	const read = contentReader(content);
	for (let at = 0; at < content.size; at += blockSize) yield read(at, blockSize);
}

/** SHA-256 of the content, in hexadecimal. */
export const contentSha256 = (content: Content): string => {
	const hash = createHash('sha256');
	for (const chunk of contentChunks(content)) hash.update(chunk);
	return hash.digest('hex');
};

const headSize = 8;

const blockHead = (number: number, seed: number): Buffer => {
	const head = Buffer.alloc(headSize);
	head.writeUInt32LE(number >>> 0, 0);
	head.writeUInt32LE(seed >>> 0, 4);
	return head;
};

const makeBlock = (seed: number): Buffer => {
	const block = Buffer.allocUnsafe(blockSize);
	// xorshift32 (Marsaglia 2003) never leaves zero, so it must not begin there.
	let state = seed >>> 0 || 0x9e3779b9;
	for (let at = 0; at < blockSize; at += 4) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		block.writeUInt32LE(state >>> 0, at);
	}
	return block;
};
