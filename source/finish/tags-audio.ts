import {createHash} from 'node:crypto';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {id3HeadBytes, id3Length, type TagKind} from './tags-kind.ts';

/*
 * Where the sound of a file lies, so that it can be proved that writing tags has not touched it. Runs in a thread of its
 * own, hence the synchronous reads.
 */

/** A digest over the sound alone, whatever stands around it. Undefined where none is found. */
export const soundDigest = (path: string, kind: TagKind): string | undefined => {
	const descriptor = openSync(path, 'r');
	try {
		const file: Source = {
			size: fstatSync(descriptor).size,
			read(position, length) {
				const bytes = Buffer.alloc(Math.max(0, length));
				return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, position));
			},
		};
		const hash = createHash('sha256');
		let found = 0;
		for (const [from, to] of finders[kind](file)) {
			for (let at = from; at < to; at += chunkBytes) hash.update(file.read(at, Math.min(chunkBytes, to - at)));
			found += to - from;
		}

		return found === 0 ? undefined : hash.digest('hex');
	} finally {
		closeSync(descriptor);
	}
};

type Source = {readonly size: number; read(position: number, length: number): Buffer};
/** From the first byte to the one behind the last. */
type Span = readonly [from: number, to: number];

const chunkBytes = 1024 * 1024;

/** A file that has more parts than any that people make is none. */
const mostParts = 10_000_000;

/** Where the ID3v2 tags at the beginning end; some files have several. */
const behindId3 = (file: Source): number => {
	let start = 0;
	for (let tags = 0; tags < 16; tags++) {
		const length = id3Length(file.read(start, id3HeadBytes));
		if (length === 0) break;
		start += length;
	}

	return start;
};

/** Where the ID3v1 and APE tags at the end begin (ID3v1; APEv2: a foot of 32 bytes, and a head where a flag says so). */
const beforeTags = (file: Source): number => {
	let end = file.size;
	if (file.read(end - 128, 3).toString('latin1') === 'TAG') end -= 128;
	const foot = end >= 32 ? file.read(end - 32, 32) : Buffer.alloc(0);
	if (foot.length === 32 && foot.toString('latin1', 0, 8) === 'APETAGEX') {
		end -= foot.readUInt32LE(12) + (foot.readUInt32LE(20) >>> 31 === 1 ? 32 : 0);
	}

	return end;
};

function* mpeg(file: Source): Generator<Span> {
	const [from, to] = [behindId3(file), beforeTags(file)];
	if (from < to) yield [from, to];
}

// RFC 9639, 8: blocks of metadata, the last of which says so; then frames to the end.
function* flac(file: Source): Generator<Span> {
	let at = behindId3(file) + 4;
	for (let part = 0; part < mostParts; part++) {
		const head = file.read(at, 4);
		if (head.length < 4) return;
		at += 4 + head.readUIntBE(1, 3);
		if (((head[0] ?? 0) & 0x80) === 0) continue;
		const end = beforeTags(file);
		if (at < end) yield [at, end];
		return;
	}
}

// RFC 3533, 6: pages. Those of the headers have the position 0 or, where no packet ends in them, -1.
function* ogg(file: Source): Generator<Span> {
	let isSound = false;
	for (let at = 0, part = 0; at < file.size && part < mostParts; part++) {
		const head = file.read(at, 27 + 255);
		if (head.length < 27 || head.toString('latin1', 0, 4) !== 'OggS') return;
		const segments = head[26] ?? 0;
		const from = at + 27 + segments;
		at = from + head.subarray(27, 27 + segments).reduce((sum, length) => sum + length, 0);
		const position = head.readBigInt64LE(6);
		isSound ||= position !== 0n && position !== -1n;
		if (isSound) yield [from, at];
	}
}

// ISO 14496-12, 4.2: boxes; a length of 1 is followed by one of 64 bits, and 0 reaches to the end.
function* mpeg4(file: Source): Generator<Span> {
	for (let at = 0, part = 0; at < file.size && part < mostParts; part++) {
		const head = file.read(at, 16);
		if (head.length < 8) return;
		const short = head.readUInt32BE(0);
		const isLong = short === 1 && head.length === 16;
		const length = isLong ? Number(head.readBigUInt64BE(8)) : short === 0 ? file.size - at : short;
		if (length < (isLong ? 16 : 8)) return;
		if (head.toString('latin1', 4, 8) === 'mdat') yield [at + (isLong ? 16 : 8), Math.min(file.size, at + length)];
		at += length;
	}
}

const chunks = (name: string, isLittleEndian: boolean) =>
	function* (file: Source): Generator<Span> {
		for (let at = 12, part = 0; at < file.size && part < mostParts; part++) {
			const head = file.read(at, 8);
			if (head.length < 8) return;
			const length = isLittleEndian ? head.readUInt32LE(4) : head.readUInt32BE(4);
			if (head.toString('latin1', 0, 4) === name) yield [at + 8, Math.min(file.size, at + 8 + length)];
			at += 8 + length + (length % 2);
		}
	};

const finders: Readonly<Record<TagKind, (file: Source) => Iterable<Span>>> = {
	mp3: mpeg,
	flac,
	ogg,
	m4a: mpeg4,
	wav: chunks('data', true),
	aiff: chunks('SSND', false),
};
