import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** Whether ffmpeg and ffprobe are there. */
export const hasFfmpeg = async (): Promise<boolean> => {
	try {
		await run('ffmpeg', ['-version']);
		await run('ffprobe', ['-version']);
		return true;
	} catch {
		return false;
	}
};

/** Makes a film of some seconds by ffmpeg; `more` goes before the output's name. */
export const makeFilm = async (path: string, seconds: number, more: readonly string[] = []): Promise<void> => {
	const picture = ['-f', 'lavfi', '-i', `testsrc=duration=${seconds}:size=128x72:rate=10`];
	const sound = ['-f', 'lavfi', '-i', `sine=duration=${seconds}`];
	const codecs = more.length === 0 ? ['-c:v', 'mpeg4', '-c:a', 'aac'] : more;
	await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...picture, ...sound, ...codecs, path]);
};

/** An MP4 with a picture, two languages of sound, subtitles and a time code, which Matroska cannot hold as it is. */
export const makeRichFilm = async (folder: string, name: string, seconds = 4): Promise<string> => {
	const [path, words] = [join(folder, name), join(folder, 'words.srt')];
	await writeFile(words, '1\n00:00:00,500 --> 00:00:02,000\nこんにちは\n');
	const sounds = ['frequency=440', 'frequency=880'].flatMap(pitch => [
		'-f',
		'lavfi',
		'-i',
		`sine=${pitch}:duration=${seconds}`,
	]);
	const inputs = ['-f', 'lavfi', '-i', `testsrc=duration=${seconds}:size=128x72:rate=10`, ...sounds, '-i', words];
	const streams = [0, 1, 2, 3].flatMap(input => ['-map', String(input)]);
	const codecs = ['-c:v', 'libx264', '-c:a', 'aac', '-c:s', 'mov_text', '-timecode', '00:00:00:00'];
	const languages = ['a:0=jpn', 'a:1=deu', 's:0=eng'].flatMap(text => {
		const [stream, language] = text.split('=');
		return [`-metadata:s:${stream}`, `language=${language}`];
	});
	await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...inputs, ...streams, ...codecs, ...languages, path]);
	return path;
};

export type FilmStream = {readonly kind: string; readonly codec: string; readonly language: string | undefined};

/** What ffprobe says of a film. */
export const probeFilm = async (
	path: string,
): Promise<{readonly container: string; readonly seconds: number; readonly streams: readonly FilmStream[]}> => {
	const {stdout} = await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', path]);
	const {format, streams} = JSON.parse(stdout) as {
		readonly format: {readonly format_name: string; readonly duration?: string};
		readonly streams: ReadonlyArray<{
			readonly codec_type: string;
			readonly codec_name?: string;
			readonly tags?: {readonly language?: string};
		}>;
	};
	return {
		container: format.format_name,
		seconds: Number(format.duration),
		streams: streams.map(({codec_type: kind, codec_name: codec = '', tags}) => ({
			kind,
			codec,
			language: tags?.language,
		})),
	};
};
