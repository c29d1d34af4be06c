import {createHash} from 'node:crypto';
import {execFile, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, renameSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {threadId} from 'node:worker_threads';

const execute = promisify(execFile);

/** A song: a tone of its own for a second, then silence, so that a lossless file of a minute has 30 kB. */
export type Song = {
	/** In Hz: two songs of different tones have no audio in common. */
	readonly tone: number;
	readonly seconds: number;
	/** How long the tone lasts; default one second. */
	readonly toneSeconds?: number;
	readonly artist: string;
	readonly title: string;
	readonly album?: string;
	readonly number?: number;
};

export const audioFormats = {
	flac: {extension: 'flac', args: ['-c:a', 'flac'], bitRate: undefined, sampleRate: 44_100},
	'mp3-320': {extension: 'mp3', args: ['-c:a', 'libmp3lame', '-b:a', '320k'], bitRate: 320, sampleRate: 44_100},
	'mp3-128': {extension: 'mp3', args: ['-c:a', 'libmp3lame', '-b:a', '128k'], bitRate: 128, sampleRate: 44_100},
	'mp3-32': {
		extension: 'mp3',
		args: ['-c:a', 'libmp3lame', '-ar', '24000', '-b:a', '32k'],
		bitRate: 32,
		sampleRate: 24_000,
	},
	m4a: {extension: 'm4a', args: ['-c:a', 'aac', '-b:a', '96k'], bitRate: 96, sampleRate: 44_100},
} as const;

export type AudioFormat = keyof typeof audioFormats;

export type Recording = {readonly song: Song; readonly format: AudioFormat};

/** What this machine lacks to make audio; undefined where nothing is missing. */
export const missingForAudio = (): string | undefined => {
	const missing = ['ffmpeg', 'ffprobe'].filter(tool => spawnSync(tool, ['-version']).error !== undefined);
	return missing.length === 0 ? undefined : missing.join(' and ');
};

/** Files of one call of ffmpeg. */
const perCall = 20;

/** Paths of the recordings, in their order. Each is made once on this machine; two calls of ffmpeg run at once. */
export const makeAudio = async (recordings: readonly Recording[]): Promise<readonly string[]> => {
	mkdirSync(cache, {recursive: true});
	const paths = recordings.map(pathOf);
	const missing = new Map(recordings.map((recording, index) => [paths[index] ?? '', recording] as const));
	for (const path of missing.keys()) if (existsSync(path)) missing.delete(path);
	const rows = [...missing];
	const calls = Array.from({length: Math.ceil(rows.length / perCall)}, (_, index) =>
		rows.slice(index * perCall, (index + 1) * perCall),
	);
	const work = async (): Promise<void> => {
		for (let call = calls.shift(); call !== undefined; call = calls.shift()) await encode(call);
	};
	await Promise.all([work(), work()]);
	return paths;
};

const cache = join(tmpdir(), 'tidegate-test-audio-1');

const pathOf = ({song, format}: Recording): string => {
	const name = createHash('sha256')
		.update(JSON.stringify([song, audioFormats[format]]))
		.digest('hex')
		.slice(0, 32);
	return join(cache, `${name}.${audioFormats[format].extension}`);
};

/** What it is called until it is whole. */
const half = (path: string): string => path.replace(/(\.\w+)$/, `.${process.pid}-${threadId}$1`);

const encode = async (call: ReadonlyArray<readonly [path: string, recording: Recording]>): Promise<void> => {
	const inputs = call.flatMap(([, {song}]) => [
		'-f',
		'lavfi',
		'-t',
		String(song.seconds),
		'-i',
		`sine=frequency=${song.tone}:sample_rate=44100:duration=${song.toneSeconds ?? 1},apad=whole_dur=${song.seconds}`,
	]);
	const outputs = call.flatMap(([path, {song, format}], index) => [
		'-map',
		`${index}:a`,
		...audioFormats[format].args,
		'-metadata',
		`artist=${song.artist}`,
		'-metadata',
		`title=${song.title}`,
		...(song.album === undefined ? [] : ['-metadata', `album=${song.album}`]),
		...(song.number === undefined ? [] : ['-metadata', `track=${song.number}`]),
		half(path),
	]);
	await execute('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...inputs, ...outputs]);
	for (const [path] of call) renameSync(half(path), path);
};

/**
 * What names the audio of a FLAC or MP3 file whatever its tags say: the checksum of its frames. Undefined where there are none.
 * Own lines and no call of ffmpeg, because thousands of files are asked for it.
 */
export const frameSum = (bytes: Buffer): string | undefined => {
	const frames = bytes.toString('latin1', 0, 4) === 'fLaC' ? flacFrames(bytes) : mp3Frames(bytes);
	return frames === undefined || frames.length === 0 ? undefined : createHash('sha256').update(frames).digest('hex');
};

// RFC 9639, section 8: metadata blocks with a flag on the last one and a length of 24 bits; then frames.
const flacFrames = (bytes: Buffer): Buffer | undefined => {
	for (let position = 4; position + 4 <= bytes.length;) {
		const isLast = ((bytes[position] ?? 0) & 0x80) !== 0;
		position += 4 + bytes.readUIntBE(position + 1, 3);
		if (isLast) return bytes.subarray(position);
	}

	return undefined;
};

// ID3v2: ten bytes with a length of four times seven bits; ID3v1: the last 128 bytes. A frame begins with eleven ones.
const mp3Frames = (bytes: Buffer): Buffer | undefined => {
	let start = 0;
	while (bytes.toString('latin1', start, start + 3) === 'ID3' && start + 10 <= bytes.length) {
		const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((bytes[start + at] ?? 0) & 0x7f), 0);
		start += 10 + size;
	}

	const end =
		bytes.toString('latin1', bytes.length - 128, bytes.length - 125) === 'TAG' ? bytes.length - 128 : bytes.length;
	const isFrame = bytes[start] === 0xff && ((bytes[start + 1] ?? 0) & 0xe0) === 0xe0;
	if (!isFrame) return undefined;
	// The first frame may hold no sound but a table (`Xing`, `Info`), which programs write anew: the next one begins at a sync.
	const table = bytes.subarray(start, start + 200).toString('latin1');
	if (/Xing|Info/.test(table)) start += frameLength(bytes.readUInt32BE(start));
	return start < end ? bytes.subarray(start, end) : undefined;
};

// ISO 11172-3 and 13818-3, layer III: kbit/s and Hz by their indexes.
const bitRates = {
	one: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
	two: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};

const frameLength = (head: number): number => {
	const isOne = ((head >>> 19) & 3) === 3;
	const rate = (isOne ? bitRates.one : bitRates.two)[(head >>> 12) & 15] ?? 0;
	const divisor = isOne ? 1 : ((head >>> 19) & 3) === 2 ? 2 : 4;
	const sampleRate = ([44_100, 48_000, 32_000][(head >>> 10) & 3] ?? 44_100) / divisor;
	return Math.floor(((isOne ? 144 : 72) * rate * 1000) / sampleRate) + ((head >>> 9) & 1);
};
