import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** Runs ffmpeg or ffprobe and answers with what it prints; rejects with its words. */
const ask = async (command: string, args: readonly string[]): Promise<string> => {
	const {stdout} = await run(command, ['-v', 'error', ...args], {encoding: 'utf8', timeout: 60_000});
	return stdout.trim();
};

/** Every kind of file that music comes in, by the name that `makeSounds` gives it. */
export const soundKinds = {
	'song.mp3': ['-c:a', 'libmp3lame', '-b:a', '128k'],
	'bare.mp3': ['-c:a', 'libmp3lame', '-b:a', '128k', '-id3v2_version', '0', '-write_xing', '0'],
	'old.mp3': ['-c:a', 'libmp3lame', '-id3v2_version', '3', '-write_id3v1', '1', '-metadata', 'title=Old'],
	'song.flac': ['-c:a', 'flac'],
	'song.ogg': ['-c:a', 'libvorbis'],
	'song.opus': ['-ar', '48000', '-c:a', 'libopus'],
	'song.m4a': ['-c:a', 'aac'],
	'streamed.m4a': ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov+default_base_moof'],
	'quick.m4a': ['-c:a', 'aac', '-movflags', '+faststart'],
	'lossless.m4a': ['-c:a', 'alac'],
	'song.wav': ['-c:a', 'pcm_s16le'],
	'song.aiff': ['-c:a', 'pcm_s16be'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Kinds that cannot be tagged. */
export const foreignKinds = {
	'song.aac': ['-c:a', 'aac', '-f', 'adts'],
	'flac.oga': ['-c:a', 'flac', '-f', 'ogg'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Makes one second of sound in each of these kinds, and `cover.jpg`, a real picture. */
export const makeSounds = async (
	directory: string,
	kinds: Readonly<Record<string, readonly string[]>>,
): Promise<void> => {
	const outputs = Object.entries(kinds).flatMap(([name, args]) => [
		'-map',
		'0:a',
		'-ar',
		'44100',
		'-ac',
		'2',
		...args,
		join(directory, name),
	]);
	const picture = ['-map', '1:v', '-frames:v', '1', join(directory, 'cover.jpg')];
	const inputs = ['-f', 'lavfi', '-i', 'sine=d=1', '-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1:r=1'];
	await ask('ffmpeg', ['-nostdin', '-y', ...inputs, ...outputs, ...picture]);
};

/** The same sound under other tags, written by ffmpeg. */
export const retag = async (from: string, to: string): Promise<string> =>
	ask('ffmpeg', ['-y', '-i', from, '-map', '0:a', '-c', 'copy', '-metadata', 'title=Another one', to]);

/** A digest of the sound as ffmpeg takes it out of the file, packet by packet, none of it decoded. */
export const soundOf = (path: string): Promise<string> =>
	ask('ffmpeg', ['-i', path, '-map', '0:a', '-c', 'copy', '-f', 'md5', '-']);

/** The same of several files, in one run of ffmpeg; `folder` is for what it writes. */
export const soundsOf = async (paths: readonly string[], folder: string): Promise<readonly string[]> => {
	const outputs = paths.flatMap((_, at) => ['-map', `${at}:a`, '-c', 'copy', '-f', 'md5', join(folder, `${at}.md5`)]);
	await ask('ffmpeg', ['-nostdin', '-y', ...paths.flatMap(path => ['-i', path]), ...outputs]);
	return Promise.all(paths.map((_, at) => readFile(join(folder, `${at}.md5`), 'utf8')));
};

/** A digest of the picture in the file. */
export const pictureOf = (path: string): Promise<string> =>
	ask('ffmpeg', ['-i', path, '-map', '0:v', '-c', 'copy', '-f', 'md5', '-']);

/** What ffprobe reads of the tags, names in lower case, and of the streams. */
export const tagsOf = async (
	path: string,
): Promise<{readonly tags: Readonly<Record<string, string>>; readonly codecs: readonly string[]}> => {
	const answer = JSON.parse(
		await ask('ffprobe', ['-show_entries', 'format_tags:stream=codec_name:stream_tags', '-of', 'json', path]),
	) as {
		readonly format: {readonly tags?: Readonly<Record<string, string>>};
		readonly streams: ReadonlyArray<{
			readonly codec_name: string;
			readonly tags?: Readonly<Record<string, string>>;
		}>;
	};
	const all = {...answer.streams[0]?.tags, ...answer.format.tags};
	return {
		tags: Object.fromEntries(Object.entries(all).map(([name, text]) => [name.toLowerCase(), text])),
		codecs: answer.streams.map(stream => stream.codec_name),
	};
};
