import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {wantsReader} from '../../../source/commands/open-on.ts';
import type {CommandContext} from '../../../source/commands/verb.ts';
import {openPreferences} from '../../../source/config/prefs.ts';

let state: string;
beforeEach(async () => {
	state = await mkdtemp(join(tmpdir(), 'tidegate-open-'));
});
afterEach(() => rm(state, {recursive: true, force: true}));

type Given = {readonly env?: Readonly<Record<string, string>>; readonly config?: boolean; readonly kept?: boolean};

const contextOf = ({env = {}, config}: Given): CommandContext =>
	({
		io: {env},
		setup: async () => ({config: {screen: config === undefined ? {} : {reader: config}}, paths: {state}}),
	}) as unknown as CommandContext;

test.each<readonly [string, Given, boolean]>([
	['nothing is said: the screen', {}, false],
	['the environment asks for lines', {env: {TIDEGATE_SCREEN_READER: '1'}}, true],
	["the environment asks in Ink's way", {env: {INK_SCREEN_READER: 'true'}}, true],
	['config.toml asks for lines', {config: true}, true],
	['lines were chosen last', {kept: true}, true],
	['config.toml is above what was chosen last', {config: false, kept: true}, false],
	['the environment is above config.toml', {env: {TIDEGATE_SCREEN_READER: '0'}, config: true}, false],
	['an empty variable says nothing', {env: {TIDEGATE_SCREEN_READER: ''}, config: true}, true],
])('%s', async (_title, given, expected) => {
	if (given.kept !== undefined) {
		const preferences = openPreferences(state);
		preferences.keep({reader: given.kept});
		await preferences.flush();
	}

	expect(await wantsReader(contextOf(given))).toBe(expected);
});
