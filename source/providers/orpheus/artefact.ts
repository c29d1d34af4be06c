import {join} from 'node:path';
import {fileInside, listFiles} from '../../system/attempt-files.ts';
import {outputFolder} from './arguments.ts';

export type Artefact =
	| {readonly type: 'found'; readonly path: string; readonly size: number}
	| {readonly type: 'none'}
	/** A file is there, but nothing is in it: the tool saves also what is no answer. */
	| {readonly type: 'empty'}
	| {readonly type: 'several'; readonly count: number};

// Containers of OrpheusDL (utils/models.py), and those that modules of others add.
const music = /\.(?:flac|mp3|m4a|ogg|opus|wav|aiff?|aac|ac4|eac3|ac3|mka|alac)$/i;

/** The one file of music that a run has left; covers, words and lists lie beside it. */
export const findArtefact = async (directory: string): Promise<Artefact> => {
	const files = (await listFiles(join(directory, outputFolder))).filter(({path}) => music.test(path));
	const [file, ...others] = files.filter(({size}) => size > 0);
	if (file === undefined) return {type: files.length > 0 ? 'empty' : 'none'};
	if (others.length > 0) return {type: 'several', count: others.length + 1};
	const found = await fileInside(directory, join(outputFolder, file.path));
	return found === undefined ? {type: 'none'} : {type: 'found', ...found};
};
