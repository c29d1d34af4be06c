import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {TextDecoder} from 'node:util';
import {errorCode} from './files.ts';

/** A text file in an encoding that was found out by looking at it. */
export type TextFile = {
	readonly encoding: string;
	/** Bytes. */
	readonly size: number;
	/** The text in pieces, without its byte order mark. Rejects where the file cannot be read any more. */
	chunks(signal: AbortSignal): AsyncIterable<string>;
};

/**
 * Opens a file of text: UTF-8, UTF-16 with or without its mark, else Windows-1252, of which Latin-1 is a part. A problem is
 * a sentence without the path.
 */
export const openTextFile = async (
	path: string,
	mostBytes: number,
	signal: AbortSignal,
): Promise<TextFile | {readonly problem: string}> => {
	try {
		const found = await stat(path);
		if (found.isDirectory()) return {problem: 'it is a folder'};
		// A pipe could keep everybody waiting for ever.
		if (!found.isFile()) return {problem: 'it is no file'};
		if (found.size > mostBytes) return {problem: `it is longer than ${Math.round(mostBytes / 1e6)} MB`};
		const encoding = await encodingOf(path, signal);
		if (encoding === undefined) return {problem: 'it is no text'};
		return {encoding, size: found.size, chunks: inner => decoded(path, encoding, inner)};
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') return {problem: 'there is no such file'};
		if (code === 'EACCES' || code === 'EPERM') return {problem: 'you may not read it'};
		return {problem: `it cannot be read: ${error instanceof Error ? error.message : String(error)}`};
	}
};

const encodingOf = async (path: string, signal: AbortSignal): Promise<string | undefined> => {
	const utf8 = new TextDecoder('utf-8', {fatal: true});
	let isUtf8 = true;
	let isFirst = true;
	let hasNul = false;
	for await (const chunk of bytesOf(path, signal)) {
		if (isFirst) {
			const wide = wideEncoding(chunk);
			if (wide !== undefined) return wide;
			isFirst = false;
		}

		hasNul ||= chunk.includes(0);
		if (hasNul) return undefined;
		isUtf8 &&= isGood(utf8, chunk, true);
	}

	return isUtf8 && isGood(utf8, new Uint8Array(), false) ? 'utf-8' : 'windows-1252';
};

const isGood = (decoder: TextDecoder, chunk: Uint8Array, stream: boolean): boolean => {
	try {
		decoder.decode(chunk, {stream});
		return true;
	} catch {
		return false;
	}
};

/** UTF-16 by its mark, or by the zero bytes that Latin letters have in it. */
const wideEncoding = (start: Uint8Array): string | undefined => {
	if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
	if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
	const sample = start.subarray(0, 400);
	const zeros = (parity: 0 | 1): number => sample.filter((byte, place) => byte === 0 && place % 2 === parity).length;
	const [even, odd] = [zeros(0), zeros(1)];
	if (odd > sample.length / 4 && even === 0) return 'utf-16le';
	return even > sample.length / 4 && odd === 0 ? 'utf-16be' : undefined;
};

const decoded = async function* (path: string, encoding: string, signal: AbortSignal): AsyncGenerator<string> {
	const decoder = new TextDecoder(encoding);
	for await (const chunk of bytesOf(path, signal)) yield decoder.decode(chunk, {stream: true});
	yield decoder.decode();
};

const bytesOf = (path: string, signal: AbortSignal): AsyncIterable<Uint8Array> =>
	createReadStream(path, {signal, highWaterMark: 256 * 1024}) as AsyncIterable<Uint8Array>;
