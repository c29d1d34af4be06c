import type {BatchId, JobId, JobStatus, JobView} from '../../source/domain/job.ts';
import type {ActiveJob} from '../../source/domain/snapshot.ts';
import type {CommandResult, EngineCommand} from '../../source/engine/ports.ts';
import {openScreen, type ScreenEnd} from '../../source/tui/index.ts';
import {fakeTerminal, type FakeTerminal} from './fake-tty.ts';
import {hostileTexts} from './hostile-text.ts';
import {scriptedActive, scriptedEngine, scriptedJob, scriptedNow, type ScriptedEngine} from './scripted-engine.ts';
import {seeded} from './soak-stream.ts';

/** What a run of mixes has found. Every list holds what was wrong, in a sentence with the number of the mix. */
export type MixesSeen = {
	readonly mixes: number;
	readonly keys: number;
	readonly pastes: number;
	readonly resizes: number;
	readonly updates: number;
	/** Keys that came when a job was under the cursor. */
	readonly calm: number;
	readonly commands: number;
	/** Commands whose targets were compared with what stood on the screen. */
	readonly compared: number;
	readonly screens: number;
	readonly wrongTargets: readonly string[];
	readonly crashes: readonly string[];
	readonly overflows: readonly string[];
	readonly pasted: readonly string[];
};

/** Every title begins with the job's number, so that the screen itself tells which job a row is. */
const numbered = /#(\d+):/;
/** What stands before a row: under the cursor, marked, or both. */
const cursorGlyphs = '▌█';
const markGlyphs = '▐█';

/** Keys that mean something, each as often as it stands here; the acts more often. */
const keys: readonly string[] = [
	...'jjjjkkkkgG1234\t\t',
	...'ccxxdppprrJJKK><>< ',
	...'vbslh+zzZRTiu!?wF:/aPq',
	'\r',
	'\u001B[A',
	'\u001B[B',
	'\u001B[C',
	'\u001B[D',
	'\u001B[5~',
	'\u001B[6~',
	'\u001B[H',
	'\u001B[F',
	'\u001B[Z',
	'\u0001',
	'\u0004',
	'\u0006',
	'\u0012',
	'\u0015',
	'\u0018',
	'\u007F',
	'y',
	'n',
	'y',
	'f',
	'e',
	'0',
	'9',
	'é',
	'漢',
	'😀',
	'\u001B[99~',
	'\u001Bx',
	'\u001BOP',
	'\u001B[200~\u001B[201~',
];

const sizes: ReadonlyArray<readonly [columns: number, rows: number]> = [
	[80, 24],
	[80, 24],
	[100, 30],
	[132, 43],
	[40, 12],
	[60, 20],
	[120, 40],
	[250, 80],
	[40, 10],
	[109, 31],
	[110, 16],
	[84, 46],
	[39, 9],
	[20, 5],
	[4, 2],
];

/**
 * Keys, pastes, sizes and updates of the engine in a mix by chance, on the real screen in a model of a terminal. What a
 * person would take for the target of a key is read off the terminal's cells; that is compared with what the engine is told.
 */
export const runMixes = async ({
	seed,
	count,
	say = () => undefined,
}: {
	readonly seed: number;
	readonly count: number;
	readonly say?: (line: string) => void;
}): Promise<MixesSeen> => {
	const chance = seeded(seed);
	const world = createWorld(chance, hostileTexts(seed));
	const tally = {keys: 0, pastes: 0, resizes: 0, updates: 0, calm: 0, compared: 0, screens: 0};
	const wrong = {
		wrongTargets: [] as string[],
		crashes: [] as string[],
		overflows: [] as string[],
		pasted: [] as string[],
	};
	let mix = 0;
	const note = (list: string[], words: string): void => {
		if (list.length < 50) list.push(`mix ${mix}: ${words}`);
	};
	const onCrash = (error: unknown): void =>
		note(wrong.crashes, error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
	let terminal = fakeTerminal(80, 24);
	let screen = open(world.engine, terminal);
	/** What a question that is open was asked about. */
	let asked: Sight | undefined;
	/** Jobs that carried a mark when their row was seen last. */
	const marked = new Set<string>();
	try {
		for (; mix < count; mix++) {
			const dice = chance();
			if (dice < 0.25) {
				tally.updates++;
				world.update();
				// Half of the time the next key comes before anything of it is drawn.
				if (chance() < 0.5) await turns(3);
			} else if (dice < 0.29) {
				tally.resizes++;
				const [columns, rows] = pick(sizes, chance());
				// What was on its way for the old size is not judged by the new one.
				await terminal.lines();
				terminal.resize(columns, rows);
				await turns(3);
			} else if (dice < 0.32) {
				tally.pastes++;
				const before = world.engine.commands.length;
				terminal.type(pasteOf(chance));
				await turns(4);
				const told = world.engine.commands.slice(before).filter(one => one.type !== 'add');
				if (told.length > 0) note(wrong.pasted, `a paste became ${JSON.stringify(told)}`);
			} else {
				tally.keys++;
				const sight = lookAt(await terminal.lines());
				for (const [id, isMarked] of sight.rows) {
					if (isMarked) marked.add(`${sight.pane}:${id}`);
					else marked.delete(`${sight.pane}:${id}`);
				}

				// Out of what was opened, so that most keys find rows.
				const key =
					!sight.isCalm && chance() < 0.65 ? pick(['\u001B', '1', '2', '2', '3', '4'], chance()) : pick(keys, chance());
				const before = world.engine.commands.length;
				terminal.type(key);
				await turns(3);
				if (key.endsWith('\u001B')) await new Promise(resolve => setTimeout(resolve, 25));
				for (const command of world.engine.commands.slice(before)) {
					const problem = judge(command, sight.isCalm || asked === undefined ? [sight] : [sight, asked], marked);
					if (problem === 'not compared') continue;
					tally.compared++;
					if (problem !== undefined)
						note(wrong.wrongTargets, `${JSON.stringify(key)} ${problem}; ${JSON.stringify(command)}\n${sight.text}`);
				}

				// A panel keeps what it was opened about; each key within it sees the same.
				if (sight.isCalm) {
					tally.calm++;
					asked = sight;
				}
			}

			if (mix % 10 === 0) {
				const lines = await drawn(terminal);
				const {cols, rows} = terminal.screen;
				if (cols >= 40 && rows >= 10 && screen.end === undefined && !(lines[0] ?? '').startsWith(' tidegate'))
					note(wrong.overflows, `the header is not where it belongs at ${cols}x${rows}:\n${lines.join('\n')}`);
			}

			if (terminal.overflows() > 0)
				note(wrong.overflows, `wrapped or scrolled at ${terminal.screen.cols}x${terminal.screen.rows}`);
			if (screen.end !== undefined || terminal.overflows() > 0) {
				const {cols, rows} = terminal.screen;
				tally.screens++;
				if (screen.end === undefined) screen.abort();
				await screen.ended.catch(onCrash);
				terminal.dispose();
				terminal = fakeTerminal(cols, rows);
				screen = open(world.engine, terminal);
				asked = undefined;
				await turns(10);
			}

			if (mix % 1000 === 999) say(`${mix + 1} mixes, ${world.engine.commands.length} commands`);
		}
	} finally {
		process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash);
		screen.abort();
		await screen.ended.catch(onCrash);
		terminal.dispose();
	}

	return {mixes: count, commands: world.engine.commands.length, ...tally, ...wrong};
};

type OpenedScreen = {
	readonly ended: Promise<ScreenEnd>;
	readonly end: ScreenEnd | undefined;
	abort(): void;
};

const open = (engine: ScriptedEngine, terminal: FakeTerminal): OpenedScreen => {
	const controller = new AbortController();
	let end: ScreenEnd | undefined;
	const ended = openScreen(engine, {
		stdin: terminal.stdin,
		stdout: terminal.stdout,
		isAttached: false,
		canDetach: true,
		signal: controller.signal,
	}).then(
		seen => (end = seen),
		(error: unknown) => {
			end = {reason: 'hangup'};
			throw error;
		},
	);
	ended.catch(() => undefined);
	return {
		ended,
		get end() {
			return end;
		},
		abort: () => controller.abort(),
	};
};

/** What a person sees of the targets: the row under the cursor, and the rows that carry a mark. */
type Sight = {
	readonly cursor: number | undefined;
	/** The pane that has the keys; marks belong to a pane. */
	readonly pane: string;
	/** The jobs whose rows are to be seen in it, and whether each is marked. */
	readonly rows: ReadonlyMap<number, boolean>;
	readonly text: string;
	/** A row of a job is under the cursor, and keys go to the panes: the footer offers to add. */
	readonly isCalm: boolean;
};

const paneTitle = /^([━─]) \d (Active|Queue|Failed|Done)/;

const lookAt = (lines: readonly string[]): Sight => {
	const rows = new Map<number, boolean>();
	let cursor: number | undefined;
	let pane = 'tabs';
	/** Whether the pane above has the keys, in the left and in the right column. In tabs there is no title, and only one pane. */
	const isFocused = [true, true];
	for (const line of lines) {
		// Two panes may stand side by side.
		for (const [column, cells] of line.split('│').entries()) {
			const title = paneTitle.exec(cells);
			if (title !== null) {
				isFocused[column] = title[1] === '━';
				if (isFocused[column]) pane = title[2] ?? pane;
				continue;
			}

			const found = numbered.exec(cells);
			if (found === null || isFocused[column] !== true) continue;
			const id = Number(found[1]);
			const edge = cells[0] ?? ' ';
			rows.set(id, markGlyphs.includes(edge));
			if (cursorGlyphs.includes(edge)) cursor = id;
		}
	}

	const isCalm = cursor !== undefined && /\ba add\b/.test(lines.at(-1) ?? '');
	return {cursor, pane, rows, text: lines.join('\n'), isCalm};
};

/** What is wrong with the targets of a command, as far as the screen tells them. */
const judge = (command: EngineCommand, sights: readonly Sight[], marked: ReadonlySet<string>): string | undefined => {
	const ids = idsOf(command);
	if (ids === undefined || ids.length === 0) return 'not compared';
	const hasMarks = sights.some(sight => /\d marked/.test(sight.text));
	// A range may span rows that were never to be seen; those that are seen have to carry its mark.
	const isMeant = (id: number): boolean =>
		sights.some(sight => sight.cursor === id) ||
		sights.some(sight => marked.has(`${sight.pane}:${id}`)) ||
		(hasMarks && !sights.some(sight => sight.rows.get(id) === false));
	const missed = ids.filter(id => !isMeant(id));
	return missed.length === 0 ? undefined : `hit #${missed.join(', #')}: neither under the cursor nor marked`;
};

const idsOf = (command: EngineCommand): readonly number[] | undefined => {
	if ('ids' in command) return command.ids;
	if ('selection' in command && 'ids' in command.selection) return command.selection.ids;
	return undefined;
};

const pick = <Item>(items: readonly Item[], chance: number): Item => {
	const item = items[Math.floor(chance * items.length)];
	if (item === undefined) throw new Error('there is nothing to pick from');
	return item;
};

/** The screen when something stands on it: after a new size it is cleared before it is drawn. */
const drawn = async (terminal: FakeTerminal): Promise<readonly string[]> => {
	let lines = await terminal.lines();
	for (let tries = 0; tries < 200 && lines.every(line => line === ''); tries++) {
		await new Promise(resolve => setTimeout(resolve, 5));
		lines = await terminal.lines();
	}

	return lines;
};

const turns = async (count: number): Promise<void> => {
	for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};

/** Text that would do harm if it were read as keys: every letter of it is a key. */
const pasteOf = (chance: () => number): string => {
	const lines = Array.from(
		{length: 1 + Math.floor(chance() * 12)},
		(_, line) => `https://example.org/${pick(['xyxyxy', 'cccc', 'dydy', 'Fy', 'qs', 'ppp'], chance())}/${line}`,
	);
	const text = lines.join(pick(['\n', '\r', '\r\n'], chance()));
	return chance() < 0.7 ? `\u001B[200~${text}\u001B[201~` : text;
};

type World = {readonly engine: ScriptedEngine; update(): void};

const batchTitles = ['Tidal Flats', 'Ｈafen der Lichter', 'a list'];

/** A queue that goes on by itself, by chance, and obeys what the screen sends. */
const createWorld = (chance: () => number, nextText: () => string): World => {
	let nextId = 1;
	const title = (id: number): string =>
		`#${id}: ${chance() < 0.3 ? nextText() : pick(['A quiet film', '静かな海', 'Ich heiße 😀', 'Episode 12'], chance())}`;
	const statuses: readonly JobStatus[] = ['queued', 'queued', 'queued', 'paused', 'failed', 'completed', 'cancelled'];
	const newJob = (status: JobStatus): JobView => {
		const id = nextId++;
		const batch = chance() < 0.3 ? ((1 + Math.floor(chance() * batchTitles.length)) as BatchId) : undefined;
		const priority = Math.floor(chance() * 10);
		return asStatus(scriptedJob(id, {title: title(id), order: id, priority, batch}), status);
	};
	const asStatus = (job: JobView, status: JobStatus): JobView => ({
		...job,
		status,
		endedAt: ['failed', 'completed', 'cancelled'].includes(status) ? scriptedNow - (nextId % 1000) * 1000 : undefined,
		size: status === 'completed' ? 5_000_000 : undefined,
		error: status === 'failed' ? {code: 'tool-failed', class: 'transient', message: 'it ended'} : undefined,
	});
	let jobs: readonly JobView[] = Array.from({length: 120}, () => newJob(pick(statuses, chance())));
	let active: readonly ActiveJob[] = [];
	const engine = scriptedEngine({workers: 5}, jobs);
	for (const [index, batch] of batchTitles.entries()) engine.setBatch((index + 1) as BatchId, batch);
	const activate = (slot: number): ActiveJob => {
		const id = nextId++;
		return scriptedActive(id, slot, {title: title(id)});
	};
	const publish = (): void => {
		engine.setJobs(jobs);
		engine.setActive(active);
	};
	const replace = (id: number, by: (job: JobView) => JobView | undefined): void => {
		jobs = jobs.flatMap(job => (job.id === id ? (by(job) ?? []) : [job]));
	};
	engine.answer((command): CommandResult => {
		const ids = idsOf(command) ?? [];
		if (chance() < 0.1) return {ok: true, changed: [], refused: ids.map(id => ({id: id as JobId, reason: 'not now'}))};
		for (const id of ids) {
			if (command.type === 'remove') replace(id, () => undefined);
			if (command.type === 'cancel') {
				replace(id, job => asStatus(job, 'cancelled'));
				active = active.filter(job => job.id !== id);
			}

			if (command.type === 'retry' || command.type === 'resume') replace(id, job => asStatus(job, 'queued'));
			if (command.type === 'pause') replace(id, job => asStatus(job, 'paused'));
			if (command.type === 'reorder') replace(id, job => ({...job, order: job.order - 1.5}));
		}

		publish();
		return {ok: true, changed: ids as readonly JobId[], refused: []};
	});
	const updates: ReadonlyArray<() => void> = [
		() => {
			jobs = [...jobs, ...Array.from({length: 1 + Math.floor(chance() * 4)}, () => newJob(pick(statuses, chance())))];
			if (jobs.length > 200) jobs = jobs.slice(80);
		},
		() => {
			jobs = jobs.filter(() => chance() > 0.05);
		},
		() => {
			jobs = jobs.map(job => (chance() < 0.1 ? {...job, order: chance() * nextId} : job));
		},
		() => {
			jobs = jobs.map(job => (chance() < 0.05 ? asStatus(job, pick(statuses, chance())) : job));
		},
		() => {
			active =
				active.length > 0 && chance() < 0.5 ? active.slice(1) : [...active, activate(active.length + 1)].slice(-6);
		},
		() => {
			active = active.map(job => ({
				...job,
				progress: {bytes: Math.floor(chance() * 1e9), total: 1e9, speed: chance() * 1e7, eta: chance() * 1e5},
			}));
		},
		() => engine.change({notices: chance() < 0.5 ? [] : [nextText()], rate: chance() * 1e8}),
		() => engine.change({isQueuePaused: chance() < 0.5, workers: 1 + Math.floor(chance() * 32)}),
	];
	return {
		engine,
		update() {
			pick(updates, chance())();
			publish();
		},
	};
};
