import {parseLimit} from '../../domain/bandwidth.ts';
import {plural, size, speed} from '../format.ts';
import {isRunning} from '../select.ts';
import {act, move, prioritise, sendAndSay, shiftPriority, takeBack, yesOrNo} from './acting.ts';
import {addSpoken} from './adding.ts';
import {find, findings, list, log, sayStatus, show, statistics, why} from './listing.ts';
import type {Said} from './parse.ts';
import type {Session} from './session.ts';
import {said, volumeWords} from './words.ts';

/** What one can say. The words are those of the shell, the letters those of the screen's keys. */
export type ReaderCommand = {
	readonly words: readonly [string, ...string[]];
	/** How it is said, for help. */
	readonly usage: string;
	readonly about: string;
	readonly run: (session: Session, said: Said) => void | Promise<void>;
};

const leave = (session: Session): void => {
	const {engine} = session;
	if (session.isAttached) session.end({reason: 'quit', choice: 'detach'});
	else if (isRunning(engine.getSnapshot())) askHow(session);
	else session.end({reason: 'quit', choice: 'stop'});
};

const askHow = (session: Session): void => {
	const end = (choice: 'detach' | 'finish' | 'stop') => () => session.end({reason: 'quit', choice});
	session.ask(`${plural(session.engine.getSnapshot().active.length, 'job')} running. How?`, [
		...(session.canDetach
			? [
					{
						words: ['background', 'b'],
						about: 'go on without this window; tidegate comes back to it',
						act: end('detach'),
					} as const,
				]
			: []),
		{words: ['finish', 'f'], about: 'finish what runs, start nothing new, then end', act: end('finish')},
		{words: ['stop', 's'], about: 'stop now; every byte is kept', act: end('stop')},
		{words: ['stay', 'no', 'n'], about: '', act: () => session.say('still here')},
	]);
};

const disk = async (session: Session): Promise<void> => {
	await session.engine.send({type: 'measure-disk'});
	const {volumes} = session.engine.getSnapshot();
	session.enumerate(
		plural(volumes.length, 'volume'),
		volumes.flatMap(volume => [
			volumeWords(volume),
			...Object.entries(volume.breakdown ?? {})
				.filter(([, bytes]) => bytes > 0)
				.map(([name, bytes]) => `${said(name)}: ${size(bytes)}`),
		]),
	);
};

const setWorkers = async (session: Session, {word, numbers}: Said): Promise<void> => {
	const {workers} = session.engine.getSnapshot();
	const wanted = word === ']' ? workers + 1 : word === '[' ? workers - 1 : numbers[0];
	if (wanted === undefined) session.say(`${plural(workers, 'worker')}; say: workers 4, to change that`);
	else if (wanted < 1 || wanted > 32) session.say('workers are 1 to 32');
	else await sendAndSay(session, {type: 'set-workers', count: wanted}, plural(wanted, 'worker'));
};

const setLimit = async (session: Session, {words}: Said): Promise<void> => {
	const {limit} = session.engine.getSnapshot();
	const [text] = words;
	const wanted = text === undefined ? undefined : parseLimit(text);
	const now = limit === undefined ? 'no limit' : `at most ${speed(limit)}`;
	if (wanted === undefined) session.say(`${now}; say: limit 2MB, limit off or limit auto, to change that`);
	else if (typeof wanted === 'string') session.say(wanted);
	else await sendAndSay(session, {type: 'set-limit', ...wanted}, 'the limit is set');
};

const retry = async (session: Session, words: Said): Promise<void> => {
	if (words.words[0] !== 'all') {
		await act(session, 'retry', words);
		return;
	}

	const {failed} = session.engine.getSnapshot().counts;
	if (failed === 0) session.say('no job has failed');
	else
		session.ask(
			`retry all ${plural(failed, 'failed job')}?`,
			yesOrNo(session, () =>
				sendAndSay(
					session,
					{type: 'retry', selection: {filter: {statuses: ['failed']}}},
					`queued again: ${plural(failed, 'job')}`,
				),
			),
		);
};

const pauseOrResume =
	(verb: 'pause' | 'resume') =>
	async (session: Session, words: Said): Promise<void> => {
		if (words.words[0] !== 'queue') return act(session, verb, words);
		await (verb === 'pause'
			? sendAndSay(session, {type: 'pause-queue'}, 'the queue is paused; what runs finishes')
			: sendAndSay(session, {type: 'resume-queue'}, 'the queue goes on'));
	};

/** `p` does as on the screen: pauses a job, or lets a paused one go on. */
const toggle = async (session: Session, words: Said): Promise<void> => {
	const [number] = words.numbers;
	const named = number === undefined ? undefined : session.numbers.get(number);
	const job = named === undefined ? undefined : await session.engine.show(named.id);
	await act(session, job?.status === 'paused' ? 'resume' : 'pause', words);
};

const toggleQueue = (session: Session): Promise<void> =>
	session.engine.getSnapshot().isQueuePaused
		? sendAndSay(session, {type: 'resume-queue'}, 'the queue goes on')
		: sendAndSay(session, {type: 'pause-queue'}, 'the queue is paused; what runs finishes');

const works = async (session: Session, {words}: Said): Promise<void> => {
	const going = session.engine.getSnapshot().works;
	if (words[0] === 'stop')
		for (const {id, canCancel} of going) if (canCancel) await session.engine.send({type: 'cancel-work', id});
	session.enumerate(
		going.length === 0 ? 'no long work goes on' : `${plural(going.length, 'work')}; say: works stop, to end them`,
		going.map(({label, done, total}) => `${said(label)}, ${done}${total === undefined ? '' : ` of ${total}`}`),
	);
};

const help = (session: Session, {words}: Said): void => {
	const asked = words[0] === undefined ? undefined : findCommand(words[0]);
	if (asked !== undefined) session.say(`${asked.usage}: ${asked.about}`);
	else
		session.enumerate(
			'numbers are those of the last list; 2 pause, pause 2 and p2 are the same. What one can say:',
			readerCommands.map(({usage, about}) => `${usage}: ${about}`),
		);
};

export const readerCommands: readonly ReaderCommand[] = [
	{
		words: ['list', 'l'],
		usage: 'list',
		about:
			'what runs and is in line; also list failed, done, queue, active, paused, with a part of the title, and by size, added or ended',
		run: list,
	},
	{words: ['more', 'm'], usage: 'more', about: 'the list goes on', run: session => session.more()},
	{words: ['find', '/'], usage: 'find TEXT', about: 'jobs with that in title or address', run: find},
	{words: ['status'], usage: 'status', about: 'the whole in a few sentences', run: sayStatus},
	{words: ['show'], usage: 'show 2, or only 2', about: 'all about a job', run: show},
	{words: ['why', 'y'], usage: 'why 2', about: 'why it does not go on, and what helps', run: why},
	{words: ['log'], usage: 'log 2', about: 'the last lines of its log', run: log},
	{
		words: ['add', 'a'],
		usage: 'add ADDRESS',
		about: 'add it; an address alone, or a pasted list, does the same',
		run: (session, {rest, words}) => addSpoken(session, rest === '' || words[0] === rest ? words.join(' ') : rest),
	},
	{words: ['pause'], usage: 'pause 2', about: 'pause it; pause queue pauses all', run: pauseOrResume('pause')},
	{
		words: ['resume', 'go'],
		usage: 'resume 2',
		about: 'let it go on; resume queue lets all go on',
		run: pauseOrResume('resume'),
	},
	{words: ['p'], usage: 'p2', about: 'pause it, or let it go on', run: toggle},
	{words: ['P'], usage: 'P', about: 'pause the queue, or let it go on', run: toggleQueue},
	{words: ['retry', 'r'], usage: 'retry 2', about: 'try it again; retry all tries all failed ones', run: retry},
	{
		words: ['F'],
		usage: 'F',
		about: 'retry all failed ones',
		run: (session, words) => retry(session, {...words, words: ['all']}),
	},
	{words: ['cancel', 'c'], usage: 'cancel 2', about: 'end it', run: (session, words) => act(session, 'cancel', words)},
	{
		words: ['remove', 'x', 'd'],
		usage: 'remove 2',
		about: 'take it off the list; its file stays',
		run: (session, words) => act(session, 'remove', words),
	},
	{words: ['move'], usage: 'move 3 top', about: 'also move 3 bottom, move 3 before 1', run: move},
	{words: ['priority'], usage: 'priority 2 7', about: 'number 2 gets priority 7, from 0 to 9', run: prioritise},
	{
		words: ['raise', '>'],
		usage: 'raise 2',
		about: 'its priority by one',
		run: (session, words) => shiftPriority(session, words, 1),
	},
	{
		words: ['lower', '<'],
		usage: 'lower 2',
		about: 'its priority by one',
		run: (session, words) => shiftPriority(session, words, -1),
	},
	{
		words: ['undo', 'z'],
		usage: 'undo',
		about: 'take the last cancel, removal, retry or move back',
		run: session => takeBack(session, 'undo'),
	},
	{
		words: ['redo', 'Z'],
		usage: 'redo',
		about: 'do again what was taken back',
		run: session => takeBack(session, 'redo'),
	},
	{words: ['workers', 'w', ']', '['], usage: 'workers 4', about: 'how many run at once', run: setWorkers},
	{words: ['limit', 'L'], usage: 'limit 2MB', about: 'the speed of all downloads together', run: setLimit},
	{words: ['disk', 'u'], usage: 'disk', about: 'the volumes, measured again', run: disk},
	{words: ['stats', 'i', 'statistics'], usage: 'stats', about: 'the queue in figures', run: statistics},
	{words: ['doctor', '!'], usage: 'doctor', about: 'what the machine lacks', run: findings},
	{words: ['works'], usage: 'works', about: 'long works that go on; works stop ends them', run: works},
	{
		words: ['screen'],
		usage: 'screen',
		about: 'the full screen in the place of these lines; A comes back',
		run: session => session.end({reason: 'switch'}),
	},
	{words: ['help', 'h', '?'], usage: 'help', about: 'this list; help pause tells of one', run: help},
	{words: ['quit', 'q', 'exit'], usage: 'quit', about: 'leave; asks how while something runs', run: leave},
];

/** The command of a word. A capital letter is another one than its small one, as on the screen. */
export const findCommand = (word: string): ReaderCommand | undefined =>
	readerCommands.find(({words}) => words.includes(word)) ??
	readerCommands.find(({words}) => word.length > 1 && words.includes(word.toLowerCase()));
