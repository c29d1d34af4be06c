import type {Colour, Grid, GridCell, Look} from './grid.ts';

/*
 * The cells of a terminal as an SVG. Written by hand: what npm has (svg-term 2.0, ansi-to-svg 1.4) starts from recordings or
 * from text with control sequences, and lays text out by the font; here every character stands in the cell that the
 * terminal gave it, and lines, bars and blocks are shapes, so that no font leaves gaps between them.
 */

export type SvgOptions = {
	readonly ground: 'dark' | 'light';
	/** What the title bar of the window says. */
	readonly title: string;
};

const cellWidth = 8.4;
const cellHeight = 18;
const fontSize = 14;
/** Of the text's baseline below the top of its cell. */
const baseline = 13.4;
const pad = 12;
const bar = 30;

type Paper = {readonly ground: string; readonly ink: string; readonly frame: string; readonly title: string};

const papers: Readonly<Record<SvgOptions['ground'], Paper>> = {
	dark: {ground: '#14181d', ink: '#d9dee5', frame: '#232a32', title: '#8b95a1'},
	light: {ground: '#fbfbfa', ink: '#24292f', frame: '#e4e6e9', title: '#5b646e'},
};

/** The 16 colours of a palette, as VS Code has them for dark and for light grounds. */
const palettes: Readonly<Record<SvgOptions['ground'], readonly string[]>> = {
	dark: '000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff'.split(
		' ',
	),
	light:
		'000000 cd3131 107c10 949800 0451a5 bc05bc 0598bc 555555 666666 cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc a5a5a5'.split(
			' ',
		),
};

/** A picture of the grid in a window. */
export const svgOf = (grid: Grid, {ground, title}: SvgOptions): string => {
	const paper = papers[ground];
	const columns = grid[0]?.length ?? 0;
	const width = short(columns * cellWidth + 2 * pad);
	const height = short(grid.length * cellHeight + pad + bar + pad / 2);
	const drawn = grid.flatMap((row, index) => drawRow(row, index, ground));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="${fontSize}">`,
		`<title>${escape(title)}</title>`,
		`<rect width="${width}" height="${height}" rx="9" fill="${paper.frame}"/>`,
		`<path d="M0 ${bar}H${width}V${short(Number(height) - 9)}a9 9 0 0 1-9 9H9a9 9 0 0 1-9-9z" fill="${paper.ground}"/>`,
		...['#ff6159', '#ffbd2e', '#28c941'].map(
			(fill, index) => `<circle cx="${18 + 18 * index}" cy="${bar / 2}" r="5.5" fill="${fill}"/>`,
		),
		`<text x="${short(Number(width) / 2)}" y="${bar / 2 + 5}" text-anchor="middle" font-size="13" fill="${paper.title}">${escape(title)}</text>`,
		`<g transform="translate(${pad} ${bar + pad / 2})" fill="${paper.ink}" xml:space="preserve">`,
		...drawn,
		'</g>',
		'</svg>',
		'',
	].join('\n');
};

/** Cells next to each other that are drawn at once. */
type Piece = {readonly kind: 'text' | 'shape'; readonly from: number; readonly cells: GridCell[]};

const drawRow = (row: readonly GridCell[], index: number, ground: SvgOptions['ground']): readonly string[] => {
	const y = index * cellHeight;
	return [
		...groundsOf(row).map(
			({from, to, look}) =>
				`<rect x="${short(from * cellWidth)}" y="${y}" width="${short((to - from) * cellWidth)}" height="${cellHeight}" fill="${coloursOf(look, ground).ground}"/>`,
		),
		...piecesOf(row).map(piece => drawPiece(piece, y, ground)),
	];
};

type Band = {readonly from: number; readonly to: number; readonly look: Look};

/** Where the ground is not that of the paper. */
const groundsOf = (row: readonly GridCell[]): readonly Band[] => {
	const bands: Band[] = [];
	for (const [column, {look}] of row.entries()) {
		if (!look.isInverse && look.ground === undefined) continue;
		const last = bands.at(-1);
		if (last?.to === column && sameGround(last.look, look)) bands[bands.length - 1] = {...last, to: column + 1};
		else bands.push({from: column, to: column + 1, look});
	}

	return bands;
};

const sameGround = (first: Look, second: Look): boolean =>
	first.isInverse === second.isInverse && (first.isInverse ? first.ink === second.ink : first.ground === second.ground);

const sameInk = (first: Look, second: Look): boolean =>
	first.ink === second.ink &&
	first.isBold === second.isBold &&
	first.isDim === second.isDim &&
	first.isInverse === second.isInverse;

const isText = (text: string): boolean => /^[\u0021-\u024F]$/.test(text);

const piecesOf = (row: readonly GridCell[]): readonly Piece[] => {
	const pieces: Piece[] = [];
	for (const [column, cell] of row.entries()) {
		if (cell.width === 0 || cell.text === ' ') continue;
		const last = pieces.at(-1);
		const kind = isText(cell.text) ? 'text' : 'shape';
		const end = last === undefined ? 0 : last.from + last.cells.length;
		const first = last?.cells[0];
		// One space within a text stays in it.
		const gap =
			last?.kind === 'text' && kind === 'text' && end === column - 1 && row[end]?.text === ' ' ? row[end] : undefined;
		const isNext = end === column || gap !== undefined;
		const goesOn =
			kind === 'text' ? last?.kind === 'text' : first?.text === cell.text && shapes[cell.text] !== undefined;
		if (last !== undefined && first !== undefined && isNext && goesOn && sameInk(first.look, cell.look))
			last.cells.push(...(gap === undefined ? [] : [gap]), cell);
		else pieces.push({kind, from: column, cells: [cell]});
	}

	return pieces;
};

const drawPiece = ({kind, from, cells}: Piece, y: number, ground: SvgOptions['ground']): string => {
	const [first] = cells;
	if (first === undefined) return '';
	const {look, text, width} = first;
	const ink = inkOf(look, ground);
	const x = from * cellWidth;
	const shape = kind === 'shape' ? shapes[text] : undefined;
	if (shape !== undefined) return shape({x, y, width: cells.length * cellWidth, ink});
	const words = cells.map(cell => cell.text).join('');
	const weight = look.isBold ? ' font-weight="700"' : '';
	const at = `y="${short(y + baseline)}"${ink}${weight}`;
	return kind === 'text'
		? `<text x="${short(x)}" ${at} textLength="${short(cells.length * cellWidth)}">${escape(words)}</text>`
		: `<text x="${short(x + (width * cellWidth) / 2)}" ${at} text-anchor="middle">${escape(words)}</text>`;
};

type Place = {readonly x: number; readonly y: number; readonly width: number; readonly ink: string};
type Shape = (place: Place) => string;

/** A rectangle in fractions of the cells' width and height. */
const block =
	(left: number, top: number, right: number, bottom: number, opacity = 1): Shape =>
	({x, y, width, ink}) =>
		`<rect x="${short(x + left * width)}" y="${short(y + top * cellHeight)}" width="${short((right - left) * width)}" height="${short((bottom - top) * cellHeight)}"${ink}${opacity === 1 ? '' : ` fill-opacity="${opacity}"`}/>`;

const line = (thickness: number): Shape => {
	const half = thickness / 2 / cellHeight;
	return block(0, 0.5 - half, 1, 0.5 + half);
};

/** Squares, one a cell, full or empty. */
const squares =
	(isFull: boolean): Shape =>
	({x, y, width, ink}) => {
		const side = cellWidth * 0.78;
		const square = (left: number, inset: number): string => {
			const inner = short(side - 2 * inset);
			return `M${short(left + inset)} ${short(y + (cellHeight - side) / 2 + inset)}h${inner}v${inner}h-${inner}z`;
		};
		const path = Array.from({length: Math.round(width / cellWidth)}, (_, index) => {
			const left = x + index * cellWidth + (cellWidth - side) / 2;
			return square(left, 0) + (isFull ? '' : square(left, 1.2));
		}).join('');
		return `<path d="${path}"${ink}${isFull ? '' : ' fill-rule="evenodd"'}/>`;
	};

const shapes: Readonly<Record<string, Shape>> = {
	'─': line(1),
	'━': line(3),
	'╸': block(0, 0.5 - 1.5 / cellHeight, 0.5, 0.5 + 1.5 / cellHeight),
	'│': block(0.44, 0, 0.56, 1),
	'▏': block(0, 0, 0.14, 1),
	'▌': block(0, 0, 0.5, 1),
	'▐': block(0.5, 0, 1, 1),
	'█': block(0, 0, 1, 1),
	'■': squares(true),
	'□': squares(false),
	...Object.fromEntries([...'▁▂▃▄▅▆▇'].map((glyph, index) => [glyph, block(0, 1 - (index + 1) / 8, 1, 1)])),
};

const inkOf = (look: Look, ground: SvgOptions['ground']): string => {
	const ink = coloursOf(look, ground).ink;
	const dim = look.isDim ? ' opacity=".6"' : '';
	return `${ink === papers[ground].ink ? '' : ` fill="${ink}"`}${dim}`;
};

const coloursOf = (look: Look, ground: SvgOptions['ground']): {readonly ink: string; readonly ground: string} => {
	const paper = papers[ground];
	const ink = look.ink === undefined ? paper.ink : exact(look.ink, ground);
	const under = look.ground === undefined ? paper.ground : exact(look.ground, ground);
	return look.isInverse ? {ink: under, ground: ink} : {ink, ground: under};
};

const cube = [0, 95, 135, 175, 215, 255];

const exact = (colour: NonNullable<Colour>, ground: SvgOptions['ground']): string => {
	if (typeof colour === 'string') return colour;
	if (colour < 16) return `#${palettes[ground][colour]}`;
	if (colour >= 232) return hex([8 + 10 * (colour - 232), 8 + 10 * (colour - 232), 8 + 10 * (colour - 232)]);
	const step = colour - 16;
	return hex([cube[Math.floor(step / 36)] ?? 0, cube[Math.floor(step / 6) % 6] ?? 0, cube[step % 6] ?? 0]);
};

const hex = (parts: readonly number[]): string => `#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`;

/** A number without more digits than can be seen. */
const short = (value: number): string => String(Math.round(value * 100) / 100);

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
