import type {Rect} from './layout.ts';
import {bottomLines, topLines} from './panes/frame-lines.ts';
import {paint} from './paint.ts';
import {paneLines} from './panes/pane-lines.ts';
import type {ScreenModel} from './screen.ts';
import {lineText, type Line} from './view/spans.ts';
import {cellWidth} from './format.ts';

/**
 * The frame that the tree in `app.tsx` draws first, made from the same lines without React: Ink takes 100 ms of processor
 * time until its first frame, this takes 5. Undefined where the window is too small for panes.
 */
export const firstFrame = (screen: ScreenModel): string | undefined => {
	const layout = screen.layout();
	if (layout.kind !== 'screen') return undefined;
	const {tones, glyphs} = screen.settings.style;
	const rows = Array.from({length: layout.rows}, () => new Map<number, string>());
	const place = (rect: Rect, lines: readonly Line[], inverse?: number): void => {
		for (const [index, line] of lines.slice(0, rect.height).entries()) {
			const blank = ' '.repeat(Math.max(0, rect.width - cellWidth(lineText(line))));
			rows[rect.y + index]?.set(rect.x, paint(line, tones, index === inverse) + blank);
		}

		for (let index = lines.length; index < rect.height; index++) {
			rows[rect.y + index]?.set(rect.x, ' '.repeat(rect.width));
		}
	};

	const top = topLines(screen, layout);
	place(layout.header, [top.header]);
	place(layout.gauges, top.gauges);
	place(layout.notices, top.notices);
	if (top.tabs !== undefined) place(layout.tabs, [top.tabs]);
	for (const box of layout.panes) {
		const {title, lines, inverse} = paneLines(screen, box);
		const {x, y, width, height} = box.rect;
		if (box.hasTitle) place({x, y, width, height: Math.min(1, height)}, [title]);
		const above = box.hasTitle ? 1 : 0;
		place({x, y: y + above, width, height: height - above}, lines, inverse);
	}

	const [, left] = layout.panes;
	if (layout.arrangement === 'columns' && left !== undefined) {
		const {x, y, width, height} = left.rect;
		place(
			{x: x + width, y, width: 1, height},
			Array.from({length: height}, (): Line => [[glyphs.column, 'dim']]),
		);
	}

	const bottom = bottomLines(screen, layout);
	place(layout.status, [bottom.status]);
	place(layout.footer, [bottom.footer]);
	return rows
		.map(row =>
			[...row]
				.toSorted(([one], [other]) => one - other)
				.map(([, text]) => text)
				.join(''),
		)
		.join('\n');
};
