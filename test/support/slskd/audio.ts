import {createHash} from 'node:crypto';
import {execFile, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, renameSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const execute = promisify(execFile);

/** A song: a tone of its own for a second, then silence, so that a lossless file of a minute has 30 kB. */
export type Song = {
	/** In Hz: two songs of different tones have no audio in common. */
	readonly tone: number;
	readonly seconds: number;
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
const half = (path: string): string => path.replace(/(\.\w+)$/, `.${process.pid}$1`);

const encode = async (call: ReadonlyArray<readonly [path: string, recording: Recording]>): Promise<void> => {
	const inputs = call.flatMap(([, {song}]) => [
		'-f',
		'lavfi',
		'-t',
		String(song.seconds),
		'-i',
		`sine=frequency=${song.tone}:sample_rate=44100:duration=1,apad=whole_dur=${song.seconds}`,
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

/** What names the audio of a file whatever its tags say: the checksum of its packets, or undefined where there is none. */
export const audioSum = async (path: string): Promise<string | undefined> => {
	try {
		const to = ['-map', '0:a:0', '-c', 'copy', '-f', 'md5', '-'];
		const {stdout} = await execute('ffmpeg', ['-v', 'error', '-nostdin', '-i', `file:${path}`, ...to]);
		return /MD5=([\da-f]+)/.exec(stdout)?.[1];
	} catch {
		return undefined;
	}
};

export const byteSum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
