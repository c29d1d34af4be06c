import {printJson} from './answer.ts';
import {plain, size} from './format.ts';
import {unwell, well, type Finding} from '../domain/finding.ts';
import {examineMachine, runtimeFinding} from '../doctor/machine.ts';
import {CommandError, exitCodes, type CommandContext, type Setup, type Verb} from './verb.ts';

export const doctor: Verb = {
	name: 'doctor',
	summary: 'Check tools, folders, configuration, permissions and free space; says what to do about each',
	run: async context => {
		const findings = await examine(context);
		if (context.globals.isJson) printJson(context, {checks: findings.map(finding => asJson(finding))});
		else for (const finding of findings) context.io.out(`${describe(finding)}\n`);
		return findings.every(({ok}) => ok) ? exitCodes.done : exitCodes.someFailed;
	},
};

const asJson = ({name, ok, detail, fix}: Finding): unknown => ({name, ok, detail, fix: fix ?? null});

const describe = ({name, ok, detail, fix}: Finding): string =>
	`${ok ? 'ok      ' : 'problem '}${name}: ${plain(detail)}${fix === undefined ? '' : `\n        → ${plain(fix)}`}`;

const examine = async (context: CommandContext): Promise<readonly Finding[]> => {
	let setup: Setup;
	try {
		setup = await context.setup();
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return [
			runtimeFinding(context.version),
			unwell('config', error.message, 'correct config.toml; `tidegate config check` says when it is right'),
		];
	}

	const {env} = context.io;
	return [
		...(await examineMachine({...setup, env, version: context.version, size})),
		...(await schedulerFinding(context)),
		...(await targetsHere(setup, env)),
		...(await toolsHere(context)),
	];
};

/** Whether those who are to be told can be told anything at all: secrets and programs. Nothing is sent. */
const targetsHere = async (
	{config, paths}: Setup,
	env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> => {
	const [{toTargets}, {findProgram}] = await Promise.all([
		import('../config/notify-targets.ts'),
		import('../system/find-program.ts'),
	]);
	const {targets, broken} = toTargets(config.notify, {directory: paths.configDirectory, env});
	const missing = await Promise.all(
		targets.map(async target =>
			target.type === 'command' && (await findProgram(target.command)) === undefined
				? [
						unwell(
							`notify ${target.name}`,
							`${target.command} was not found`,
							`correct [notify.${target.name}] command`,
						),
					]
				: [],
		),
	);
	return [
		...broken.map(({name, problem}) =>
			unwell(`notify ${name}`, problem, `put it there, or set [notify.${name}] enabled = false`),
		),
		...missing.flat(),
	];
};

const schedulerFinding = async (context: CommandContext): Promise<readonly Finding[]> => {
	try {
		const engine = await context.attach();
		if (engine === undefined) return [well('scheduler', 'none is running; `tidegate run` starts one')];
		const told = (engine.getSnapshot().targets ?? []).filter(({ok}) => !ok);
		await engine.close();
		return [
			well('scheduler', 'it is running and answers'),
			...told.map(({name, problem = 'not usable'}) =>
				unwell(`notify ${name}`, problem, `\`tidegate notify test ${name}\` tries it; then look at [notify.${name}]`),
			),
		];
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return [unwell('scheduler', error.message, 'end that process, then start the scheduler again')];
	}
};

/** The tools as this shell finds them, which may be others than those of a scheduler that was started elsewhere. */
const toolsHere = async (context: CommandContext): Promise<readonly Finding[]> => {
	const engine = await context.rehearse();
	try {
		return (await engine.findings()).filter(({provider}) => provider !== undefined);
	} finally {
		await engine.close();
	}
};
