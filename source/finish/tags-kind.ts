/** Kinds of files whose tags can be written, by what they are and not by what they are called. */
export const tagKinds = ['flac', 'ogg', 'mp3', 'm4a', 'wav', 'aiff'] as const;
export type TagKind = (typeof tagKinds)[number];

/** Bytes of the head of an ID3v2 tag (ID3v2.4.0, 3.1). */
export const id3HeadBytes = 10;

/** The length of the ID3v2 tag that begins here, in bytes, with its head and its foot; 0 where none does. */
export const id3Length = (start: Buffer): number => {
	if (start.length < id3HeadBytes || start.toString('latin1', 0, 3) !== 'ID3') return 0;
	const digits = [...start.subarray(6, 10)];
	if (digits.some(digit => digit > 0x7f)) return 0;
	const hasFoot = ((start[5] ?? 0) & 0x10) !== 0;
	const length = digits.reduce((sum, digit) => sum * 128 + digit, 0);
	return id3HeadBytes + length + (hasFoot ? id3HeadBytes : 0);
};

/**
 * What a file is by its first bytes; `start` begins behind an ID3v2 tag. Undefined where it is none of the kinds, such as
 * AAC in ADTS, which has no tags of its own.
 */
export const kindOf = (start: Buffer): TagKind | undefined => {
	const word = (from: number): string => start.toString('latin1', from, from + 4);
	switch (word(0)) {
		case 'fLaC':
			return 'flac';
		case 'OggS':
			return 'ogg';
		case 'RIFF':
			return word(8) === 'WAVE' ? 'wav' : undefined;
		case 'FORM':
			return word(8) === 'AIFF' || word(8) === 'AIFC' ? 'aiff' : undefined;
		default:
			if (word(4) === 'ftyp') return 'm4a';
			return isMpegFrame(start) ? 'mp3' : undefined;
	}
};

// ISO 11172-3, 2.4.1.3: eleven set bits, a version, a layer. In ADTS (ISO 13818-7) the layer is 0.
const isMpegFrame = (start: Buffer): boolean => {
	const [first = 0, second = 0, third = 0] = start;
	return (
		first === 0xff &&
		(second & 0xe0) === 0xe0 &&
		(second & 0x18) !== 0x08 &&
		(second & 0x06) !== 0 &&
		third >> 4 !== 0xf
	);
};
