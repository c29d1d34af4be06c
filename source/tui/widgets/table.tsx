import inkTable, {type InkTableProps} from '#ink-table';
import {Text} from 'ink';
import type {ComponentType, PropsWithChildren, ReactElement} from 'react';

type Loaded = ComponentType<InkTableProps> | {readonly default: ComponentType<InkTableProps>};

// In the bundle the import is ink-table itself, whose component is the `default` of a CommonJS module.
const loaded = inkTable as Loaded;
const InkTable: ComponentType<InkTableProps> = 'default' in loaded ? loaded.default : loaded;

/** A small still table. ink-table measures by length and cuts nothing: the cells must be short and plain. */
export const Table = ({rows}: {readonly rows: InkTableProps['data']}): ReactElement | null =>
	rows.length === 0 ? null : <InkTable data={rows} padding={1} header={Heading} />;

/** Its own is blue in every theme, also in those without colours. */
const Heading = ({children}: PropsWithChildren): ReactElement => <Text bold>{children}</Text>;
