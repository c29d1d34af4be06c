import type {DOMElement} from 'ink';
import {cellWidth} from './format.ts';

/**
 * What Ink's tree shows, row by row, with SGR sequences; the same picture as Ink's own output.
 *
 * Ink 8 takes every frame apart into one object per cell and tokenises every text of it again: at 120x40 that was more than
 * half of the processor time of a frame. Ours are lines in boxes of known sizes, so it is enough to put the texts where
 * Ink's layout has placed them.
 *
 * Undefined where the tree holds what only Ink can draw: borders, backgrounds, texts that it wraps or cuts.
 */
export const drawTree = (root: DOMElement): readonly string[] | undefined => {
	if (root.yogaNode === undefined) return undefined;
	const height = root.yogaNode.getComputedHeight();
	const rows: Piece[][] = Array.from({length: height}, () => []);
	const whole: Clip = {left: 0, top: 0, right: Infinity, bottom: height};
	if (!place(root, {x: 0, y: 0}, whole, rows)) return undefined;
	const lines: string[] = [];
	for (const pieces of rows) {
		const line = joined(pieces);
		if (line === undefined) return undefined;
		lines.push(line);
	}

	return lines;
};

type Piece = {readonly x: number; readonly width: number; readonly text: string};
type Clip = {readonly left: number; readonly top: number; readonly right: number; readonly bottom: number};
type Offset = {readonly x: number; readonly y: number};

/** Adds the texts below a node to the rows; false where it cannot. */
const place = (node: DOMElement, offset: Offset, clip: Clip, rows: readonly Piece[][]): boolean => {
	const {yogaNode, style} = node;
	if (yogaNode === undefined || style.display === 'none' || node.isHidden === true) return true;
	const x = offset.x + yogaNode.getComputedLeft();
	const y = offset.y + yogaNode.getComputedTop();
	if (node.nodeName === 'ink-text') return placeText(node, {x, y}, clip, rows);
	if (node.internal_static === true || needsInk(style)) return false;
	const within = style.overflowX === 'hidden' || style.overflowY === 'hidden' ? clipTo(node, {x, y}, clip) : clip;
	return node.childNodes.every(child => child.nodeName === '#text' || place(child, {x, y}, within, rows));
};

const needsInk = (style: DOMElement['style']): boolean =>
	style.borderStyle !== undefined ||
	style.backgroundColor !== undefined ||
	style.contentOffsetX !== undefined ||
	style.contentOffsetY !== undefined;

const clipTo = ({yogaNode, style}: DOMElement, {x, y}: Offset, clip: Clip): Clip => {
	const right = x + (yogaNode?.getComputedWidth() ?? 0);
	const bottom = y + (yogaNode?.getComputedHeight() ?? 0);
	const isWide = style.overflowX === 'hidden';
	const isTall = style.overflowY === 'hidden';
	return {
		left: isWide ? Math.max(clip.left, x) : clip.left,
		right: isWide ? Math.min(clip.right, right) : clip.right,
		top: isTall ? Math.max(clip.top, y) : clip.top,
		bottom: isTall ? Math.min(clip.bottom, bottom) : clip.bottom,
	};
};

const placeText = (node: DOMElement, {x, y}: Offset, clip: Clip, rows: readonly Piece[][]): boolean => {
	if (y < clip.top || y >= clip.bottom || x >= clip.right) return true;
	const text = textOf(node);
	if (text === '') return true;
	if (text.includes('\n')) return false;
	const width = cellWidth(text.replaceAll(sgr, ''));
	const room = node.yogaNode?.getComputedWidth() ?? 0;
	if (width > room || x < clip.left || x + width > clip.right) return false;
	rows[y]?.push({x, width, text});
	return true;
};

// oxlint-disable-next-line no-control-regex
const sgr = /\u001B\[[\d;:]*m/g;

/** The text of a node with the looks of the nodes in it, as Ink puts it together. */
const textOf = (node: DOMElement): string => {
	let text = '';
	for (const child of node.childNodes) {
		if (child.nodeName === '#text') text += child.nodeValue;
		else if (child.isHidden !== true) text += textOf(child);
	}

	return text === '' || node.internal_transform === undefined ? text : node.internal_transform(text, 0);
};

/** The pieces of one row side by side; undefined where they lie over each other. */
const joined = (pieces: readonly Piece[]): string | undefined => {
	let line = '';
	let column = 0;
	for (const {x, width, text} of pieces.length > 1 ? pieces.toSorted((one, other) => one.x - other.x) : pieces) {
		if (x < column) return undefined;
		line += ' '.repeat(x - column) + text;
		column = x + width;
	}

	return line;
};
