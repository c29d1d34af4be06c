import {isAbsolute} from 'node:path';
import {fitsSocket, usualSocketPath} from '../remote/socket-path.ts';

/*
 * The unit file of a systemd service, for one person (`systemctl --user`) or for the machine. One template for both.
 */

export type UnitOrder = {
	readonly scope: 'user' | 'system';
	/** Absolute: Node, and the program that it runs. */
	readonly node: string;
	readonly program: string;
	/** Global options, each a word of its own. */
	readonly options: readonly string[];
	/** The folders that are written to, absolute. */
	readonly data: string;
	readonly storage: string;
	/** Others that are, such as that of the pipeline's database. */
	readonly others?: readonly string[];
	/** Who the service of the machine runs as. */
	readonly user?: string | undefined;
	/** Where tools are looked for. */
	readonly path: string;
};

/** Stands in every unit that tidegate has written; another file is not touched. */
export const unitMark = '# Written by `tidegate service install`';

export const unitName = 'tidegate.service';

/** The whole unit. Throws a sentence where a path cannot stand in one. */
export const unitText = (order: UnitOrder): string =>
	[
		`${unitMark}, which writes it anew; \`systemctl ${order.scope === 'user' ? '--user ' : ''}edit tidegate\` adds to it.`,
		'',
		'[Unit]',
		'Description=tidegate, a download queue',
		...(order.scope === 'system' ? machineLines(order) : []),
		'# A scheduler that fails is tried again for ever: a mount or another scheduler may need its time.',
		'StartLimitIntervalSec=0',
		'',
		'[Service]',
		'Type=notify',
		'# The word comes from systemd-notify, which is not the main process.',
		'NotifyAccess=all',
		...(order.scope === 'system' ? [`User=${word(order.user ?? '')}`] : []),
		`ExecStart=${[order.node, order.program, ...order.options, 'run'].map(part => argument(part)).join(' ')}`,
		'# Says what has changed and what needs a restart; fails where the new configuration is wrong.',
		`ExecReload=${[order.node, order.program, ...order.options, 'reload'].map(part => argument(part)).join(' ')}`,
		`Environment=${quoted(`PATH=${order.path}`)}`,
		'Restart=always',
		'RestartSec=10',
		'TimeoutStartSec=5min',
		'# Tools are asked to end first, and killed 3 s later; what hangs in the kernel is given up after 30 s.',
		'KillMode=mixed',
		'TimeoutStopSec=90',
		'# A sign comes every 40 s, as long as jobs are looked at. What hangs is killed; no byte is lost by that.',
		'WatchdogSec=120',
		'# One tool that takes all memory is no reason to end the queue.',
		'OOMPolicy=continue',
		'# MemoryMax=1G is yours to set.',
		...(order.scope === 'system' ? strictLines(order) : gentleLines),
		'',
		'[Install]',
		`WantedBy=${order.scope === 'user' ? 'default.target' : 'multi-user.target'}`,
		'',
	].join('\n');

const machineLines = ({data, storage}: UnitOrder): readonly string[] => [
	'Wants=network-online.target',
	'After=network-online.target',
	`RequiresMountsFor=${[data, storage].map(path => quoted(path)).join(' ')}`,
];

/** What a manager of one person can do without more rights than that person has. */
const gentleLines: readonly string[] = [
	'NoNewPrivileges=yes',
	'LockPersonality=yes',
	'RestrictRealtime=yes',
	'RestrictSUIDSGID=yes',
	'SystemCallArchitectures=native',
];

/** What would make memory that is written and run as well impossible is left out: Node compiles as it runs. */
const strictLines = ({data, storage, others = []}: UnitOrder): readonly string[] => {
	const written = [...new Set([data, storage, ...others])];
	return [
		...gentleLines,
		'# All that is written: the queue and the files. Tools that keep things elsewhere need their folders added.',
		'ProtectSystem=strict',
		`ReadWritePaths=${written.map(path => quoted(path)).join(' ')}`,
		'ProtectHome=read-only',
		...(written.some(path => isTemporary(path)) || !fitsSocket(usualSocketPath(data)) ? [] : ['PrivateTmp=yes']),
		'PrivateDevices=yes',
		'ProtectClock=yes',
		'ProtectControlGroups=yes',
		'ProtectHostname=yes',
		'ProtectKernelLogs=yes',
		'ProtectKernelModules=yes',
		'ProtectKernelTunables=yes',
		'ProtectProc=invisible',
		'CapabilityBoundingSet=',
		'RemoveIPC=yes',
		'RestrictNamespaces=yes',
		'# Netlink tells names of hosts and interfaces.',
		'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
		'SystemCallFilter=@system-service',
		'SystemCallErrorNumber=EPERM',
	];
};

/** A private /tmp would hide these, and the socket of a data folder whose path is too long for one. */
const isTemporary = (path: string): boolean => /^\/(?:var\/)?tmp(?:\/|$)/.test(path);

/** The folders of PATH that are absolute, each once: systemd knows no working directory of a person. */
export const searchPath = (path: string): string =>
	[...new Set(path.split(':'))].filter(folder => isAbsolute(folder) && !hasControl(folder)).join(':');

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

/** In quotes, with `%` twice: systemd puts its own words in their place (systemd.unit(5), systemd.syntax(7)). */
const quoted = (text: string): string => {
	if (hasControl(text)) throw new Error(`${JSON.stringify(text)} cannot stand in a unit file`);
	return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
};

/** The same for a command line, where `$` would name a variable. */
const argument = (text: string): string =>
	/^[\w./:=@,+-]+$/.test(text) ? text : quoted(text).replaceAll('$', () => '$$');

const word = (text: string): string => {
	if (!/^[a-z_][\w.-]{0,30}$/i.test(text)) throw new Error(`${JSON.stringify(text)} is no name of a user`);
	return text;
};
