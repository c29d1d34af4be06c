import type {FileHandle} from 'node:fs/promises';

/*
 * Whether a file ends before its own headers say that it does. Only formats that tell their length are asked, each by its
 * extension, because a part of a split archive begins like a whole one; what is unclear counts as whole.
 */

/** Where the file ought to end at the least, in bytes, when it ends before that; undefined where it does not, as far as is known. */
export const missingEnd = async (handle: FileHandle, name: string, size: number): Promise<string | undefined> => {
	const extension = /\.(\w{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? '';
	const look = looks.find(({extensions}) => extensions.includes(extension));
	return look === undefined || size === 0 ? undefined : look.missing(readerOf(handle), size);
};

/** Up to `length` bytes from a place in the file. */
type Read = (position: number, length: number) => Promise<Buffer>;

type Look = {
	readonly extensions: readonly string[];
	readonly missing: (read: Read, size: number) => Promise<string | undefined>;
};

const readerOf =
	(handle: FileHandle): Read =>
	async (position, length) => {
		const {buffer, bytesRead} = await handle.read(Buffer.alloc(length), 0, length, position);
		return buffer.subarray(0, bytesRead);
	};

const endsAt = (expected: number, size: number): string | undefined =>
	expected > size ? `it ends after ${size} bytes, and by its own header it has ${expected}` : undefined;

/** More parts than this are not followed. */
const mostParts = 20_000;

// ISO 14496-12, 4.2: boxes one after the other, each with its length; 0 means "to the end".
const isoBoxes = async (read: Read, size: number): Promise<string | undefined> => {
	for (let position = 0, part = 0; position < size && part < mostParts; part++) {
		const head = await read(position, 16);
		const type = head.toString('latin1', 4, 8);
		if (head.length < 8 || (part === 0 && type !== 'ftyp') || !/^[\w\u00A9 -]{4}$/.test(type)) return undefined;
		const short = head.readUInt32BE(0);
		if (short === 1 && head.length < 16) return undefined;
		const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
		if (length < 8) return undefined;
		position += length;
		if (position > size) return endsAt(position, size);
	}

	return undefined;
};

// RFC 8794: an EBML head, then one segment, whose length may be unknown (all ones).
const matroska = async (read: Read, size: number): Promise<string | undefined> => {
	const start = await read(0, 4096);
	if (start.length < 12 || start.readUInt32BE(0) !== 0x1a_45_df_a3) return undefined;
	const head = ebmlLength(start, 4);
	if (head === undefined) return undefined;
	const segment = 4 + head.width + head.length;
	if (segment + 12 > start.length || start.readUInt32BE(segment) !== 0x18_53_80_67) return undefined;
	const body = ebmlLength(start, segment + 4);
	return body === undefined ? undefined : endsAt(segment + 4 + body.width + body.length, size);
};

const ebmlLength = (bytes: Buffer, at: number): {readonly width: number; readonly length: number} | undefined => {
	const first = bytes[at] ?? 0;
	const width = Math.clz32(first) - 23;
	if (width < 1 || width > 8 || at + width > bytes.length) return undefined;
	const digits = [first & (0xff >> width), ...bytes.subarray(at + 1, at + width)];
	const isUnknown = digits[0] === 0xff >> width && digits.slice(1).every(digit => digit === 0xff);
	return isUnknown ? undefined : {width, length: digits.reduce((sum, digit) => sum * 256 + digit, 0)};
};

// Recorders that do not know the length yet write 0 or something near 2 or 4 GiB.
const unknownRiff = 0x7f_ff_00_00;

const riff = async (read: Read, size: number): Promise<string | undefined> => {
	const start = await read(0, 12);
	if (start.length < 12 || start.toString('latin1', 0, 4) !== 'RIFF') return undefined;
	const length = start.readUInt32LE(4);
	// The padding of the last chunk is left out by some.
	return length >= unknownRiff ? undefined : endsAt(length + 7, size);
};

/** The comment behind the end record of a ZIP file is 65,535 bytes at most, the record itself 22. */
const zipTail = 65_557;

const zip = async (read: Read, size: number): Promise<string | undefined> => {
	const start = await read(0, 4);
	if (start.toString('latin1') !== 'PK\u0003\u0004') return undefined;
	const tail = await read(Math.max(0, size - zipTail), zipTail);
	const at = tail.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
	const isWhole = at >= 0 && at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) <= tail.length;
	return isWhole ? undefined : 'the directory at its end is missing';
};

// 7zFormat.txt of the LZMA SDK: 32 bytes, among them where the header at the end begins and how long it is.
const sevenZip = async (read: Read, size: number): Promise<string | undefined> => {
	const start = await read(0, 32);
	if (start.length < 32 || start.toString('latin1', 0, 6) !== '7z\u00BC\u00AF\u0027\u001C') return undefined;
	return endsAt(32 + Number(start.readBigUInt64LE(12)) + Number(start.readBigUInt64LE(20)), size);
};

// The .xz file format, 2.1.2: the stream ends with `YZ`; zeros may follow.
const xz = async (read: Read, size: number): Promise<string | undefined> => {
	const start = await read(0, 6);
	if (start.toString('latin1') !== '\u00FD7zXZ\0') return undefined;
	const tail = (await read(Math.max(0, size - 4096), 4096)).toString('latin1').replace(/\0+$/, '');
	return tail === '' || tail.endsWith('YZ') ? undefined : 'the mark at its end is missing';
};

// PNG (ISO 15948), 5.3: chunks one after the other until IEND.
const png = async (read: Read, size: number): Promise<string | undefined> => {
	if ((await read(0, 8)).toString('latin1') !== '\u0089PNG\r\n\u001A\n') return undefined;
	for (let position = 8, part = 0; part < mostParts; part++) {
		const head = await read(position, 8);
		if (head.length < 8) return endsAt(position + 12, size);
		position += 12 + head.readUInt32BE(0);
		if (position > size) return endsAt(position, size);
		if (head.toString('latin1', 4, 8) === 'IEND') return undefined;
	}

	return undefined;
};

const looks: readonly Look[] = [
	{extensions: ['mp4', 'm4v', 'm4a', 'm4b', 'mov', '3gp'], missing: isoBoxes},
	{extensions: ['mkv', 'mka', 'webm'], missing: matroska},
	{extensions: ['wav', 'avi', 'webp'], missing: riff},
	{extensions: ['zip', 'jar', 'apk', 'cbz', 'epub'], missing: zip},
	{extensions: ['7z'], missing: sevenZip},
	{extensions: ['xz', 'txz'], missing: xz},
	{extensions: ['png'], missing: png},
];
