/** What people can be told of. `job-failed` takes in what `needs-person` tells apart. */
export const noticeKinds = [
	'batch-done',
	'queue-idle',
	'needs-person',
	'job-failed',
	'disk-paused',
	'disk-resumed',
	'lane-broken',
] as const;

export type NoticeKind = (typeof noticeKinds)[number];

/** What open screens ring for and show in their terminals, once each. Texts are clean. */
export type Alert = {
	/** Another one is another alert. */
	readonly id: string;
	readonly title: string;
	readonly message: string;
	readonly hasBell: boolean;
	readonly hasTitle: boolean;
	/** By which control sequence the terminal is asked to show a notification. */
	readonly popup: 'off' | 'osc9' | 'osc777';
	/** Also where plain lines take the place of the screen. */
	readonly inReader: boolean;
};

/** How it stands with a target of notifications. */
export type TargetHealth = {
	readonly name: string;
	readonly ok: boolean;
	readonly problem: string | undefined;
	readonly failingSince: number | undefined;
	/** Notices that wait, and that were given up. */
	readonly pending: number;
	readonly lost: number;
};
