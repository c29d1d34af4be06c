import {randomUUID} from 'node:crypto';
import type {Duration} from '../domain/time.ts';
import {runTool} from './run-tool.ts';

/*
 * The word of a service to its manager, sd_notify(3): a datagram to the Unix socket in NOTIFY_SOCKET.
 *
 * Node 24 has no datagrams on Unix sockets, and each package that sends them (sd-notify 2.8, sd-daemon 2.0, unix-dgram
 * 2.0) is compiled when it is installed, which tidegate asks of nobody. systemd-notify comes with systemd itself, knows
 * abstract sockets, and waits until the manager has read its word, so that it is not gone before the manager looks
 * whose word it is (systemd 252). It costs 10 ms of processor time each time, which is little once in 40 s. The
 * datagram comes from that process and not from ours: the unit needs NotifyAccess=all.
 */

export type ServiceManager = {
	/** How long it waits for a sign of life before it kills the service; undefined where it does not watch. */
	readonly watchdog: Duration | undefined;
	/** Sends assignments such as `READY=1` in one datagram, after those that were sent before. Never rejects. */
	tell(...assignments: readonly string[]): Promise<void>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The manager that started this process as a service and wants to hear from it; undefined where there is none.
 *
 * @param onProblem is told once where nothing can be sent
 */
export const serviceManager = (
	env: Environment,
	onProblem: (problem: string) => void,
	command = 'systemd-notify',
): ServiceManager | undefined => {
	const socket = env['NOTIFY_SOCKET'] ?? '';
	if (!/^[/@]./.test(socket)) return undefined;
	let last: Promise<void> = Promise.resolve();
	let isTold = false;
	const send = async (assignments: readonly string[]): Promise<void> => {
		const problem = await notify(command, socket, assignments);
		if (problem === undefined || isTold) return;
		isTold = true;
		onProblem(`the service manager cannot be told how it goes: ${problem}`);
	};

	return {
		watchdog: watchdogOf(env, process.pid),
		tell(...assignments) {
			// The order matters: READY=1 after STOPPING=1 would be a service that runs again.
			last = last.then(() => send(assignments.map(text => oneLine(text))));
			return last;
		},
	};
};

/** WATCHDOG_USEC, where it is meant for this process. */
export const watchdogOf = (env: Environment, pid: number): Duration | undefined => {
	const [microseconds, owner] = [env['WATCHDOG_USEC'] ?? '', env['WATCHDOG_PID'] ?? ''];
	if (!/^[1-9]\d{0,15}$/.test(microseconds)) return undefined;
	return owner === '' || owner === String(pid) ? Number(microseconds) / 1000 : undefined;
};

/** What goes with RELOADING=1: the clock that does not know of the wall clock, in microseconds. */
export const monotonicNow = (): string => `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;

/** A line end would begin another assignment. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]+/g, ' ');

const patience: Duration = 10_000;

const notify = async (command: string, socket: string, assignments: readonly string[]): Promise<string | undefined> => {
	const exit = await runTool({
		command,
		args: assignments,
		cwd: '/',
		env: {NOTIFY_SOCKET: socket},
		token: `notify-${randomUUID()}`,
		signal: AbortSignal.timeout(patience),
		killAfter: 500,
	});
	if (exit.type === 'not-started') return exit.message;
	if (exit.isStopped) return `${command} does not end`;
	return exit.exitCode === 0 ? undefined : `${command}: ${exit.lastStderrLines.at(-1) ?? `exit code ${exit.exitCode}`}`;
};
