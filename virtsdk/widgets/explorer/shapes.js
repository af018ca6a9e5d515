// Shapes of what the kernel says, for the type checker alone. They are made by rows.py, columns.py, kinds/kind.py,
// source.py, table.py, acting.py, pane/ and ../verbs.py.

/** @typedef {string | number | boolean | null | undefined} Value */

/**
 * One object: its values by the keys of the columns, and what all rows have.
 * @typedef {Record<string, Value> & {
 *   name: string, host: string, number: number, slot: number, state: string, label: string, kind: string,
 *   persistent?: boolean | null, memory_bytes?: number | null, memory?: string,
 * }} Row
 */

/**
 * @typedef {object} Known a column
 * @property {string} key
 * @property {string} label
 * @property {string} hint
 * @property {"text" | "flag" | "time" | "count" | "percent" | "bytes" | "rate"} kind
 * @property {number} width in em; 0 takes what is left
 * @property {boolean} figure whether it comes with the figures
 * @property {string} of the column of bytes that is a full bar; empty for none
 * @property {string} order the value that it is sorted by; empty for its own
 */

/** @typedef {Known & {place: number, number: boolean}} Column with its place among the figures, -1 for none */

/**
 * @typedef {object} Verb
 * @property {string} name
 * @property {string} label
 * @property {string} hint
 * @property {string[]} states in which it is offered; none for all
 * @property {string} warning what can be lost
 * @property {string} warning_many
 * @property {[field: string, value: Value, words: string][]} needs what a row has to say for it
 */

/** @typedef {{name: string, uri: string, readonly: boolean, lacks: string, closed: string, refused: Record<string, string>}} HostOf */

/** @typedef {{name: string, host: string, verb: string, outcome: string, why: string}} Result */

/** @typedef {"screenshot" | "console"} OnRequest what a pane has on request */

/**
 * @typedef {object} Details
 * @property {string} key
 * @property {string} name
 * @property {string} time
 * @property {[title: string, header: string[], lines: string[][]][]} tables
 * @property {Record<OnRequest, string>} refused
 * @property {string[]} states in which there is a screen and a console
 */

/** @typedef {{key: string, name: string, time: string, width: number, height: number, png: DataView<ArrayBuffer>}} Picture */

/** @typedef {[seconds: number, cpu: number | null, memory: number | null]} Point of a course: in %, in bytes */

/** @typedef {{key: string, points: Point[]}} Course of the guest whose pane is open */

/** @typedef {{key?: undefined}} Shut nothing is open */

/**
 * @typedef {object} State the traits of the widget, and what a page that opens is given with them
 * @property {string} host_name
 * @property {string} uri
 * @property {boolean} readonly
 * @property {HostOf[]} hosts
 * @property {string} tab
 * @property {string} noun
 * @property {string} pool whose volumes are shown
 * @property {boolean} unread
 * @property {Record<string, Verb>} verbs
 * @property {Known[]} known_columns
 * @property {string[]} columns
 * @property {string} sort
 * @property {boolean} grouped
 * @property {string} filter
 * @property {string} filter_error
 * @property {string} shown bits by place
 * @property {string[]} selected
 * @property {Record<string, string>} busy
 * @property {Result[]} results
 * @property {string} code
 * @property {boolean} only_code
 * @property {Details | Shut} pane
 * @property {Picture | Shut} picture
 * @property {{key?: string, open?: boolean, note?: string}} console_state
 * @property {string} still
 * @property {string} status
 * @property {string} status_level
 * @property {Record<string, Row>} [rows]
 * @property {(number | null)[][]} [figures] by slot
 * @property {string} [console]
 * @property {Course} [course]
 */

/** @typedef {Pick<import("@anywidget/types").AnyModel<State>, "get" | "on" | "off" | "send">} Model */

/**
 * What came as a message of its own.
 * @typedef {{kind: "beat"} | {kind: "figures"}
 *   | {kind: "whole", columns?: Known[], rows: Record<string, Row>, figures: (number | null)[][], console?: string, course?: Course}
 *   | {kind: "course", key: string, points?: Point[], add?: Point}
 *   | {kind: "rows", set: Record<string, Row>, removed: string[]}
 *   | {kind: "console", key: string, add?: string, whole?: string}} Message
 */

/**
 * What the view shows now.
 * @typedef {object} Shown
 * @property {import("./kernel.js").Rows} rows
 * @property {Set<string>} selected
 * @property {Set<string>} shown keys of the rows that the filter shows
 * @property {Record<string, string>} busy
 * @property {HostOf[]} hosts
 * @property {string} noun
 * @property {(text: string, level?: string) => void} say
 */

/** @typedef {{host: string, count: number}} Heading of a group */

export {};
