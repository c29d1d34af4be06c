import {hasEnded, isActive, type JobId} from '../domain/job.ts';
import {clamp} from './select.ts';
import type {ScreenModel} from './screen.ts';
import {say} from './sending.ts';
import {topOverlay, type Overlay, type UiState} from './ui-store.ts';
import {detailsLines, detailsRoom, type DetailsRoom} from './view/details-view.ts';
import {lineMatcher, movedPlace, placeAround, topOf, type LogPlace, type LogRoom} from './view/log-lines.ts';
import {detailLines} from './view/pages/details.ts';
import type {Line} from './view/spans.ts';

export type DetailsOverlay = Extract<Overlay, {type: 'details'}>;

/** The details of a job as they open: the facts from their start, the log at its end. */
export const detailsOf = (id: JobId): DetailsOverlay => ({
	type: 'details',
	id,
	scroll: 0,
	part: 'facts',
	place: undefined,
	pattern: '',
	match: undefined,
});

/** What of the screen the details are made from. */
type Parts = Pick<ScreenModel, 'settings' | 'ui' | 'live' | 'watch' | 'log' | 'layout'>;

/** The details below the page's title, in exactly as many lines as there are rows. */
export const detailsContent = (screen: Parts, overlay: DetailsOverlay, height: number): readonly Line[] => {
	const state = screen.ui.getState();
	const {style} = screen.settings;
	const facts = factLines(screen);
	const room = detailsRoom(height, facts.length, overlay.part, stillLines(screen));
	return detailsLines(
		{
			facts,
			scroll: clamp(overlay.scroll, 0, Math.max(0, facts.length - room.facts)),
			log: screen.log.getState(),
			place: overlay.place,
			search: {pattern: writtenPattern(state) ?? overlay.pattern, match: overlay.match},
			chosen: overlay.part,
			stillLines: stillLines(screen),
			emptyWords: emptyLogWords(screen),
			switchKey: 'Tab',
			now: screen.live.getSnapshot().at,
		},
		state.columns,
		height,
		style,
	);
};

/** What is being written into the search: matches are marked as one types. */
const writtenPattern = (state: UiState): string | undefined => {
	const overlay = topOverlay(state);
	return overlay?.type === 'log-search' ? overlay.text : undefined;
};

const factLines = (screen: Parts): readonly Line[] => {
	const watched = screen.watch.getState();
	const {columns} = screen.ui.getState();
	return watched === undefined ? [] : detailLines(watched, screen.live.getSnapshot(), columns, screen.settings.style);
};

/** The lines of a log to which nothing is added now, so that the parts do not move while it grows. */
const stillLines = ({watch, log}: Parts): number | undefined => {
	const status = watch.getState()?.detail?.status;
	return status !== undefined && isActive(status) ? undefined : log.getState().lines.length;
};

const emptyLogWords = ({watch}: Parts): string => {
	const watched = watch.getState();
	if (watched?.detail === undefined)
		return watched?.isLoading === false ? 'the job was removed, and its log with it' : 'reading';
	if (hasEnded(watched.detail.status)) return 'nothing was logged';
	return watched.detail.history.length === 0
		? 'nothing was logged yet: the job has not been started'
		: 'nothing was logged yet';
};

type Open = {
	readonly overlay: DetailsOverlay;
	readonly room: DetailsRoom;
	readonly log: LogRoom;
	readonly facts: number;
};

/** The details that are open, with the room that they have; undefined where none are, or where they cannot be seen. */
const openDetails = (screen: Parts): Open | undefined => {
	const overlay = screen.ui.getState().overlays.findLast(one => one.type === 'details');
	const layout = screen.layout();
	if (overlay === undefined || layout.kind !== 'screen') return undefined;
	const facts = factLines(screen).length;
	// One row of the body is the page's title.
	const room = detailsRoom(layout.body.height - 1, facts, overlay.part, stillLines(screen));
	return {overlay, room, facts, log: {width: layout.columns, height: room.log}};
};

/** Whether the log is seen from its end, so that what comes is followed. */
export const isLogFollowed = (state: UiState): boolean =>
	state.overlays.findLast(one => one.type === 'details')?.place === undefined;

const update = (screen: Parts, overlay: DetailsOverlay, change: Partial<DetailsOverlay>): void =>
	screen.ui.dispatch({type: 'update', overlay: {...overlay, ...change}});

/** Goes to this place in the log, and sees to it that there are lines around it. */
const show = (
	screen: Parts,
	{overlay, log}: Open,
	place: LogPlace | undefined,
	rest: Partial<DetailsOverlay> = {},
): void => {
	update(screen, overlay, {...rest, place});
	if (place !== undefined) screen.log.reach(place.line, place.line + log.height);
};

/** Scrolls the part of the details that scrolls. */
export const scrollDetails = (screen: Parts, step: number): void => {
	const open = openDetails(screen);
	if (open === undefined) return;
	const {overlay, room, facts, log} = open;
	if (room.part === 'log') show(screen, open, movedPlace(screen.log.getState(), overlay.place, step, log));
	else {
		const most = Math.max(0, facts - room.facts);
		update(screen, overlay, {scroll: clamp(Math.min(overlay.scroll, most) + step, 0, most)});
	}
};

/** To the start or the end of the part that scrolls; the end of the log is followed from then on. */
export const scrollDetailsTo = (screen: Parts, to: 'top' | 'end'): void => {
	const open = openDetails(screen);
	if (open === undefined) return;
	const {overlay, room, facts} = open;
	if (to === 'end') {
		// There is one end that one wants to see: the log's, wherever one is.
		screen.log.jump('end');
		update(screen, overlay, {place: undefined, part: 'log', match: undefined});
	} else if (room.part === 'log') {
		screen.log.jump('start');
		update(screen, overlay, {place: {line: Number.MIN_SAFE_INTEGER, row: 0}});
	} else update(screen, overlay, {scroll: Math.max(0, Math.min(0, facts))});
};

/** The keys go to the other part, which gets more of the room. */
export const switchPart = (screen: Parts): void => {
	const open = openDetails(screen);
	if (open !== undefined) update(screen, open.overlay, {part: open.overlay.part === 'log' ? 'facts' : 'log'});
};

/** Opens the line in which one writes what to look for. */
export const openLogSearch = (screen: Parts): void => {
	const overlay = screen.ui.getState().overlays.findLast(one => one.type === 'details');
	if (overlay !== undefined) screen.ui.dispatch({type: 'open', overlay: {type: 'log-search', text: ''}});
};

/** Takes what was written, and goes to the nearest match: upwards from the end, otherwise downwards. */
export const searchLog = async (screen: ScreenModel): Promise<void> => {
	const written = topOverlay(screen.ui.getState());
	if (written?.type !== 'log-search') return;
	screen.ui.dispatch({type: 'close'});
	const overlay = screen.ui.getState().overlays.findLast(one => one.type === 'details');
	if (overlay === undefined) return;
	const isAtEnd = overlay.place === undefined;
	const pattern = written.text === '' ? overlay.pattern : written.text;
	update(screen, overlay, {pattern, part: 'log', match: undefined});
	await findMatch(screen, isAtEnd ? -1 : 1);
};

/** Goes to the next match in this direction, through the whole log, or so many matches further. */
export const findMatches = async (screen: ScreenModel, direction: 1 | -1, times: number): Promise<void> => {
	for (let left = times; left > 0; left--) await findMatch(screen, direction);
};

const findMatch = async (screen: ScreenModel, direction: 1 | -1): Promise<void> => {
	const open = openDetails(screen);
	if (open === undefined) return;
	const {overlay} = open;
	if (overlay.pattern === '') {
		say(screen, 'info', 'nothing is looked for yet; / looks for a word');
		return;
	}

	const matches = lineMatcher(overlay.pattern);
	const held = screen.log.findHeld(matches, searchStart(screen, open, direction), direction);
	if (held !== undefined) {
		showMatch(screen, overlay, held);
		return;
	}

	say(screen, 'info', `looking for "${overlay.pattern}"`);
	try {
		const found = await screen.log.findBeyond(matches, direction);
		if (found === 'nowhere') sayNowhere(screen, overlay.pattern, direction);
		else if (found !== 'superseded') showMatch(screen, overlay, found);
	} catch (error) {
		say(screen, 'error', `cannot read the log: ${error instanceof Error ? error.message : String(error)}`);
	}
};

/** The line that the search starts behind: the last match, otherwise what is on the screen. */
const searchStart = (screen: Parts, {overlay, log}: Open, direction: 1 | -1): number => {
	if (overlay.match !== undefined) return overlay.match;
	const state = screen.log.getState();
	const top = topOf(state, overlay.place, log).line;
	if (direction === 1) return top - 1;
	return overlay.place === undefined ? state.base + state.lines.length : top;
};

const sayNowhere = (screen: ScreenModel, pattern: string, direction: 1 | -1): void => {
	const words = direction === 1 ? 'further down; N looks further up' : 'further up; n looks further down';
	say(screen, 'info', `"${pattern}" does not stand ${words}`);
};

const showMatch = (screen: ScreenModel, searched: DetailsOverlay, found: number): void => {
	const open = openDetails(screen);
	// Another job, or another word, by now.
	if (open === undefined || open.overlay.id !== searched.id || open.overlay.pattern !== searched.pattern) return;
	screen.ui.dispatch({type: 'say', message: undefined});
	show(screen, open, placeAround(screen.log.getState(), found, open.log), {match: found, part: 'log'});
};
