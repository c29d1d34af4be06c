import type {Duration} from '../domain/time.ts';
import type {Alert, NoticeKind} from '../domain/notices.ts';

type Common = {
	/** The name of its section. */
	readonly name: string;
	readonly kinds: readonly NoticeKind[];
	/** Notices a minute; what is more comes folded. 1 and up. */
	readonly mostPerMinute: number;
};

/** A program with the notice in its environment. */
export type CommandTarget = Common & {
	readonly type: 'command';
	/** By name or path; never a shell line. */
	readonly command: string;
	readonly args: readonly string[];
	/** It is ended after so long. */
	readonly timeout: Duration;
};

/** JSON by HTTP POST. */
export type WebhookTarget = Common & {
	readonly type: 'webhook';
	/** Without a login. */
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly timeout: Duration;
};

/** ntfy, https://docs.ntfy.sh/publish/#publish-as-json: posted to the server's root. */
export type NtfyTarget = Common & {
	readonly type: 'ntfy';
	readonly server: string;
	readonly topic: string;
	readonly token: string | undefined;
	/** 1 to 5 for all notices; undefined: by their kind. */
	readonly priority: number | undefined;
	readonly tags: readonly string[];
	readonly click: string | undefined;
	readonly timeout: Duration;
};

/** The terminals on which a screen is open. */
export type DesktopTarget = Common &
	Pick<Alert, 'hasBell' | 'hasTitle' | 'popup' | 'inReader'> & {readonly type: 'desktop'};

export type Target = CommandTarget | WebhookTarget | NtfyTarget | DesktopTarget;

/** A target that cannot be used, such as one whose secret is not there; the others go on without it. */
export type BrokenTarget = {readonly name: string; readonly problem: string};
