import {realFiles} from '../../system/files.ts';
import {partsOfPath} from '../../domain/ranking-text.ts';

/*
 * Whether a file that a stranger has sent is what its name says, by its beginning. What is announced as music and is none
 * costs another candidate, not an attempt: hence here, before the general check of files.
 */

/** Seconds that a file may be apart from what was wished for, or parts of that where it is more. */
const mostSecondsApart = 15;
const mostShareApart = 0.05;

const headLength = 128 * 1024;

/** What is wrong with the file, in words; undefined where nothing is, as far as the beginning tells. `seconds`: what it should play. */
export const soundProblem = async (
	path: string,
	name: string,
	seconds: number | undefined,
): Promise<string | undefined> => {
	const handle = await realFiles.open(path, 'r');
	try {
		const {buffer, bytesRead} = await handle.read(Buffer.alloc(headLength), 0, headLength, 0);
		return problemOfHead(buffer.subarray(0, bytesRead), name, seconds);
	} finally {
		await handle.close();
	}
};

/** The same for the first 128 KiB of a file, or all of a smaller one. */
export const problemOfHead = (head: Buffer, name: string, seconds: number | undefined): string | undefined => {
	const {extension} = partsOfPath(name);
	const looks = Object.hasOwn(beginnings, extension) ? beginnings[extension] : undefined;
	const start = afterTag(head);
	// A tag that is longer than what was read hides the rest.
	if (looks === undefined || start >= head.length) return undefined;
	if (!looks(head.subarray(start))) return `it is no ${extension} file, whatever its name says`;
	const plays = extension === 'flac' ? secondsOfFlac(head.subarray(start)) : undefined;
	if (plays === undefined || seconds === undefined || seconds <= 0) return undefined;
	return Math.abs(plays - seconds) > Math.max(mostSecondsApart, seconds * mostShareApart)
		? `it plays ${Math.round(plays)} seconds instead of ${Math.round(seconds)}: another recording`
		: undefined;
};

// ID3v2: ten bytes with a length of four times seven bits. Some write it before formats that have tags of their own.
const afterTag = (head: Buffer): number => {
	let start = 0;
	while (head.toString('latin1', start, start + 3) === 'ID3' && start + 10 <= head.length) {
		start += 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[start + at] ?? 0) & 0x7f), 0);
	}

	return start;
};

const beginsWith =
	(at: number, ...texts: readonly string[]) =>
	(head: Buffer): boolean =>
		texts.some(text => head.toString('latin1', at, at + text.length) === text);

const isAac = (head: Buffer): boolean => (head.readUInt16BE(0) & 0xff_f6) === 0xff_f0 || beginsWith(4, 'ftyp')(head);

const beginnings: Readonly<Record<string, (head: Buffer) => boolean>> = {
	flac: beginsWith(0, 'fLaC'),
	mp3: head => hasFrames(head),
	ogg: beginsWith(0, 'OggS'),
	oga: beginsWith(0, 'OggS'),
	opus: beginsWith(0, 'OggS'),
	m4a: beginsWith(4, 'ftyp'),
	m4b: beginsWith(4, 'ftyp'),
	mp4: beginsWith(4, 'ftyp'),
	aac: head => head.length < 8 || isAac(head),
	wav: beginsWith(0, 'RIFF', 'RF64'),
	aif: beginsWith(0, 'FORM'),
	aiff: beginsWith(0, 'FORM'),
};

/** Two frames, one where the other says: there may be padding before the first. */
const hasFrames = (head: Buffer): boolean => {
	for (let at = head.indexOf(0xff); at >= 0 && at + 4 <= head.length; at = head.indexOf(0xff, at + 1)) {
		const length = frameLength(head.readUInt32BE(at));
		if (length === undefined) continue;
		const next = at + length;
		if (next + 4 > head.length || frameLength(head.readUInt32BE(next)) !== undefined) return true;
	}

	return false;
};

// ISO 11172-3 and 13818-3, layer III: kbit/s and Hz by their indexes.
const bitRates = {
	one: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
	two: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const sampleRates = [44_100, 48_000, 32_000] as const;

/** Bytes of the frame that begins so, or undefined where none does. */
const frameLength = (head: number): number | undefined => {
	const [sync, version, layer] = [head >>> 21, (head >>> 19) & 3, (head >>> 17) & 3];
	const isOne = version === 3;
	const bitRate = (isOne ? bitRates.one : bitRates.two)[(head >>> 12) & 15];
	const sampleRate = sampleRates[(head >>> 10) & 3];
	if (sync !== 0x7_ff || version === 1 || layer !== 1 || !bitRate || sampleRate === undefined) return undefined;
	const divisor = isOne ? 1 : version === 2 ? 2 : 4;
	return Math.floor(((isOne ? 144 : 72) * bitRate * 1000 * divisor) / sampleRate) + ((head >>> 9) & 1);
};

/** RFC 9639, section 8.2: 20 bits of sample rate and, after eight others, 36 bits of samples, 10 bytes into STREAMINFO. */
const secondsOfFlac = (head: Buffer): number | undefined => {
	if (head.length < 26 || ((head[4] ?? 0xff) & 0x7f) !== 0) return undefined;
	const sampleRate = head.readUIntBE(18, 3) >>> 4;
	const samples = ((head[21] ?? 0) & 0x0f) * 2 ** 32 + head.readUInt32BE(22);
	return sampleRate === 0 || samples === 0 ? undefined : samples / sampleRate;
};
