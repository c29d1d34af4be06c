import {execFile} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gzipSync, zstdCompressSync} from 'node:zlib';

const run = promisify(execFile);

/** A file as it may rightly come. `isMedia`: one that ffprobe reads as a second of picture or sound. */
export type GoodFile = {readonly name: string; readonly bytes: Buffer; readonly isMedia: boolean};

const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=5:duration=1'];
const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1'];

/** Real media of one second each, by their names; made by FFmpeg with codecs that every build has. */
const mediaRecipes: Readonly<Record<string, readonly string[]>> = {
	'a.mp4': [...picture, ...sound, '-c:v', 'mpeg4', '-c:a', 'aac'],
	'a-faststart.mp4': [...picture, ...sound, '-c:v', 'mpeg4', '-c:a', 'aac', '-movflags', '+faststart'],
	'a-fragmented.mp4': [...picture, '-c:v', 'mpeg4', '-movflags', 'frag_keyframe+empty_moov'],
	'a.m4v': [...picture, '-c:v', 'mpeg4', '-f', 'mp4'],
	'a.m4a': [...sound, '-c:a', 'aac'],
	'a.mov': [...picture, '-c:v', 'mpeg4'],
	'a.mkv': [...picture, ...sound, '-c:v', 'mpeg4', '-c:a', 'aac'],
	'a.mka': [...sound, '-c:a', 'aac'],
	'a.avi': [...picture, '-c:v', 'mpeg4'],
	'a.flv': [...picture, '-c:v', 'flv1'],
	'a.mpg': [...picture, '-r', '25', '-c:v', 'mpeg2video'],
	'a.ts': [...picture, '-r', '25', '-c:v', 'mpeg2video', '-f', 'mpegts'],
	'a.wav': sound,
	'a.flac': sound,
	'a.aac': [...sound, '-c:a', 'aac'],
	'a.aiff': sound,
	'a.ogg': [...sound, '-ac', '2', '-c:a', 'vorbis', '-strict', '-2'],
	'a.wma': [...sound, '-c:a', 'wmav2'],
	'a.ac3.mka': [...sound, '-c:a', 'ac3'],
};

const pictureNames = ['a.png', 'a.jpg', 'a.gif', 'a.bmp', 'a.tiff'];

/** Sums of what the tools of this machine can make in the directory; the tools that are missing are left out. */
export const makeGoodFiles = async (directory: string): Promise<readonly GoodFile[]> => {
	await mkdir(directory, {recursive: true});
	const files: GoodFile[] = [];
	const ffmpeg = async (name: string, args: readonly string[], isMedia: boolean): Promise<void> => {
		const path = join(directory, name);
		await run('ffmpeg', ['-v', 'error', '-y', ...args, path]);
		files.push({name, bytes: await readFile(path), isMedia});
	};

	for (const [name, args] of Object.entries(mediaRecipes)) await ffmpeg(name, args, true);
	for (const name of pictureNames) await ffmpeg(name, [...picture, '-frames:v', '1'], false);
	const streamed = await run('ffmpeg', ['-v', 'error', ...sound, '-f', 'wav', '-'], {encoding: 'buffer'});
	files.push({name: 'streamed.wav', bytes: streamed.stdout, isMedia: true});
	const live = await run('ffmpeg', ['-v', 'error', ...picture, '-c:v', 'mpeg4', '-f', 'matroska', '-'], {
		encoding: 'buffer',
	});
	files.push({name: 'live.mkv', bytes: live.stdout, isMedia: true});
	files.push(...(await packedFiles(directory)));
	return [...files, ...plainFiles(files)];
};

const packedFiles = async (directory: string): Promise<readonly GoodFile[]> => {
	const folder = join(directory, 'packed');
	await mkdir(folder);
	await writeFile(join(folder, 'note.txt'), 'a note\n');
	await writeFile(join(folder, 'more.txt'), 'more\n'.repeat(5000));
	const files: GoodFile[] = [];
	const recipes: Readonly<Record<string, readonly string[]>> = {
		'a.zip': ['zip', '-q', 'a.zip', 'note.txt', 'more.txt'],
		'stored.zip': ['zip', '-q', '-0', 'stored.zip', 'note.txt'],
		'a.cbz': ['zip', '-q', 'a.cbz', 'note.txt'],
		'a.tar': ['tar', '-cf', 'a.tar', 'note.txt', 'more.txt'],
		'a.tar.gz': ['tar', '-czf', 'a.tar.gz', 'note.txt'],
		'a.tar.xz': ['tar', '-cJf', 'a.tar.xz', 'note.txt'],
		'a.tar.bz2': ['tar', '-cjf', 'a.tar.bz2', 'note.txt'],
	};
	for (const [name, [command = '', ...args]] of Object.entries(recipes)) {
		try {
			await run(command, args, {cwd: folder});
			files.push({name, bytes: await readFile(join(folder, name)), isMedia: false});
		} catch {
			// A machine without this tool shows the rest.
		}
	}

	const zip = files.find(({name}) => name === 'a.zip')?.bytes ?? Buffer.alloc(0);
	return [
		...files,
		// The first part of a split archive has no end of its own.
		{name: 'split.zip.001', bytes: zip.subarray(0, zip.length - 30), isMedia: false},
		{name: 'split.7z.001', bytes: sevenZipHead, isMedia: false},
	];
};

const sevenZipHead = Buffer.concat([
	Buffer.from('377abcaf271c0004', 'hex'),
	Buffer.alloc(4),
	Buffer.from('00e1f50500000000', 'hex'),
	Buffer.alloc(512, 9),
]);

const text = (name: string, content: string | Buffer): GoodFile => ({
	name,
	bytes: Buffer.from(content as string),
	isMedia: false,
});

/** Texts that were asked for as texts, and what only looks odd. */
const plainFiles = (made: readonly GoodFile[]): readonly GoodFile[] => {
	const bytesOf = (name: string): Buffer => made.find(file => file.name === name)?.bytes ?? Buffer.alloc(0);
	return [
		text('a.txt', 'Forbidden\n'),
		text('a.json', '{"error": "a document about errors"}'),
		text('a.xml', '<?xml version="1.0"?><Error>a document about errors</Error>'),
		text('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
		text('a.srt', '1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Hello <i>there</i>\n'),
		text('a.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'),
		text('a.ass', '[Script Info]\nTitle: x\n'),
		text('list.m3u8', '#EXTM3U\n#EXTINF:10,\na.mp4\n'),
		text('component.ts', 'export const message = 1;\n'),
		text('translation.ts', '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS version="2.1"></TS>\n'),
		text('a.pdf', '%PDF-1.1\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
		text('application.jar', `#!/bin/sh\nexec java -jar "$0"\n${'# pad\n'.repeat(1000)}`),
		text('firmware.bin', 'CONFIG=1\n'),
		text('a.csv', 'status,error\n1,2\n'),
		text('unnamed', '{"error": 1}'),
		text('notes.txt.gz', 'a text that the server called encoded, and that was unpacked on the way\n'),
		text('a.json.gz', gzipSync('{"error": 1}')),
		text('a.tar.zst', zstdCompressSync('x')),
		text('one-byte.mp3', Buffer.from([0xff])),
		text('zeros.mkv', Buffer.alloc(4096)),
		text('generated.mkv', Buffer.from(Array.from({length: 8192}, (_, index) => (index * 7919) % 251))),
		// Players look inside, whatever the name.
		text('really-mkv.mp4', bytesOf('a.mkv')),
		text('really-mp4.mkv', bytesOf('a.mp4')),
		text('really-png.jpg', bytesOf('a.png')),
		text('really-zip.rar', bytesOf('a.zip')),
		// Some hosts put the head of a picture before the segments of a film.
		text('disguised.mp4', Buffer.concat([bytesOf('a.png'), Buffer.alloc(5 * 1024 * 1024, 0x47)])),
	];
};
