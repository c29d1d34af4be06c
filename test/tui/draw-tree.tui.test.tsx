import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import {Box, render, Text, type DOMElement} from 'ink';
import {EventEmitter} from 'node:events';
import {PassThrough} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';
import type {ReactElement} from 'react';
import {expect, test} from 'vitest';
import {App} from '../../source/tui/app.tsx';
import {drawTree} from '../../source/tui/draw-tree.ts';
import {press} from '../../source/tui/press.ts';
import {createScreenModel, type ScreenModel} from '../../source/tui/screen.ts';
import {styleOf} from '../../source/tui/theme.ts';
import {realisticEngine} from '../support/realistic-engine.ts';
import {pictureOfFrame} from '../support/terminal-picture.ts';

type Size = {readonly columns: number; readonly rows: number};

/** The frame that Ink's own output makes of a tree, and the rows that are read off the same tree. */
const drawBoth = (tree: ReactElement, {columns, rows}: Size) => {
	let frame = '';
	const stdout = Object.assign(new EventEmitter(), {
		columns,
		rows,
		isTTY: true,
		write(text: string) {
			frame = text;
			return true;
		},
	});
	const stdin = Object.assign(new PassThrough(), {
		isTTY: true,
		setRawMode: () => stdin,
		ref: () => stdin,
		unref: () => stdin,
	});
	let root: DOMElement | undefined;
	const instance = render(
		<Box
			ref={box => {
				root = box ?? root;
			}}
		>
			{tree}
		</Box>,
		{
			stdin: stdin as unknown as ReadStream,
			stdout: stdout as unknown as WriteStream,
			debug: true,
			interactive: true,
			patchConsole: false,
			exitOnCtrlC: false,
		},
	);
	while (root?.parentNode !== undefined) root = root.parentNode;
	const drawn = root === undefined ? undefined : drawTree(root);
	const byInk = frame.split('\n');
	instance.unmount();
	return {byInk, drawn};
};

const expectSame = async (tree: ReactElement, size: Size): Promise<void> => {
	const {byInk, drawn} = drawBoth(tree, size);
	expect(drawn).toBeDefined();
	const terminal = new xterm.Terminal({cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0});
	const wanted = await pictureOfFrame(terminal, byInk);
	expect(await pictureOfFrame(terminal, drawn ?? [])).toEqual(wanted);
	terminal.dispose();
};

const modelOf = async ({columns, rows}: Size): Promise<ScreenModel> => {
	const screen = createScreenModel({
		engine: realisticEngine(),
		columns,
		rows,
		style: styleOf('dark', false, 'truecolour'),
		isAttached: false,
		canDetach: true,
		onEnd: () => undefined,
		onRedraw: () => undefined,
		onSuspend: () => undefined,
	});
	await new Promise(resolve => setImmediate(resolve));
	return screen;
};

const sizes: readonly Size[] = [
	{columns: 40, rows: 12},
	{columns: 60, rows: 20},
	{columns: 80, rows: 24},
	{columns: 120, rows: 40},
	{columns: 250, rows: 80},
];

test.each(sizes)('what is read off the tree is what Ink draws: every page at $columns x $rows', async size => {
	const screen = await modelOf(size);
	for (const keys of ['', '2', '?', 'j', 'enter', 'i', 'a', 'escape', '/', 'q', ':', 'u', '!']) {
		press(screen, 'escape');
		press(screen, 'escape');
		if (keys !== '') press(screen, keys);
		await new Promise(resolve => setImmediate(resolve));
		await expectSame(<App screen={screen} />, size);
	}

	screen.close();
});

test('the lanes stand on the statistics page in a window that is lower than the page', async () => {
	const size = {columns: 80, rows: 24};
	const screen = await modelOf(size);
	press(screen, 'i');
	await new Promise(resolve => setImmediate(resolve));
	const {byInk} = drawBoth(<App screen={screen} />, size);
	expect(byInk.join('\n')).toMatch(/lane .* breaker[^]*http:example\.org[^]*yt-dlp/);
	screen.close();
});

const looks = [
	{},
	{bold: true},
	{dimColor: true, color: 'green'},
	{inverse: true},
	{color: '#123456', underline: true},
];
const text = fc.constantFrom('abc', '漢字', '━━╸─', ' x ', '12.4 MB/s', 'か', '', '…');

/** A line of styled pieces within each other. */
const line = fc
	.array(fc.tuple(text, fc.nat(looks.length - 1), fc.nat(looks.length - 1)), {maxLength: 4})
	// oxlint-disable-next-line react/jsx-key
	.map(pieces => (
		<Text wrap="truncate">
			{pieces.map(([content, outer, inner], index) => (
				// oxlint-disable-next-line react/no-array-index-key
				<Text key={index} {...looks[outer]}>
					{content}
					<Text {...looks[inner]}>{content}</Text>
				</Text>
			))}
		</Text>
	));

/** Columns of lines, scrolled and cut to their height. */
const trees = fc.array(
	fc.record({
		width: fc.integer({min: 1, max: 60}),
		height: fc.integer({min: 1, max: 5}),
		scroll: fc.integer({min: 0, max: 3}),
		lines: fc.array(line, {maxLength: 7}),
	}),
	{minLength: 1, maxLength: 3},
);

test('what cannot be read off a tree is left to Ink, and all else is what Ink draws: boxes beside and below each other', async () => {
	let drawnByUs = 0;
	const size = {columns: 100, rows: 12};
	const terminal = new xterm.Terminal({cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0});
	await fc.assert(
		fc.asyncProperty(trees, fc.boolean(), async (columns, isRow) => {
			const tree = (
				<Box width={size.columns} height={size.rows} flexDirection={isRow ? 'row' : 'column'} overflow="hidden">
					{columns.map(({width, height, scroll, lines}, index) => (
						// oxlint-disable-next-line react/no-array-index-key
						<Box key={index} width={width} height={height} overflow="hidden" flexShrink={0}>
							<Box flexDirection="column" flexShrink={0} marginTop={-scroll}>
								{lines.map((content, row) => (
									// oxlint-disable-next-line react/no-array-index-key
									<Box key={row} flexShrink={0}>
										{content}
									</Box>
								))}
							</Box>
						</Box>
					))}
				</Box>
			);
			const {byInk, drawn} = drawBoth(tree, size);
			if (drawn === undefined) return;
			drawnByUs++;
			expect(await pictureOfFrame(terminal, drawn)).toEqual(await pictureOfFrame(terminal, byInk));
		}),
		{numRuns: Number(process.env['TREE_RUNS'] ?? 150)},
	);
	expect(drawnByUs).toBeGreaterThan(30);
});

test('borders, backgrounds and wrapped texts are left to Ink', () => {
	const size = {columns: 20, rows: 4};
	const bordered = (
		<Box borderStyle="single">
			<Text>a</Text>
		</Box>
	);
	const coloured = (
		<Box backgroundColor="red">
			<Text>a</Text>
		</Box>
	);
	const wrapped = <Text>more than there is room for in one row</Text>;
	const tall = <Text>{'two\nrows'}</Text>;
	for (const tree of [bordered, coloured, wrapped, tall]) expect(drawBoth(tree, size).drawn).toBeUndefined();
});
