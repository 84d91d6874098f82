// The language of queries in the editor: highlighting, completion, findings and help.
//
// Highlighting and completion run here, because an answer of the server to each key would come too late. All words
// come from the server: commands, functions with signatures, discovered fields and their frequent values.
import * as CM from "nicegui-codemirror";

const TOKEN =
  /(?<comment>#[^\n]*)|(?<text>"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?)|(?<quoted>`[^`]*`?)|(?<number>\b\d+(?:\.\d+)?[a-z]*\b)|(?<word>@?[A-Za-z_][\w.]*)|(?<regex>\/)|(?<operator>[|,()\[\]=!<>~+\-*%^&]+?)/gi;
const REGEX = /\/(?:[^\/\\\n]|\\.)*\/?[imsx]*/y;
const OPENS_REGEX = /(?:\blike|=~|\bparse\s+[\w@.`]+|\bparse)\s*$/i;
const CLASS_OF_KIND = { text: "q-text", comment: "q-comment", number: "q-number", regex: "q-text", operator: "q-operator" };
const OPEN_KINDS = new Set(["text", "comment", "regex"]);

/** Return the tokens of a query, finished or not: {kind, from, to, text, stage}. */
function tokens(query, known) {
  const found = [];
  let first = true;
  let stage = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(query); match; match = TOKEN.exec(query)) {
    let kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    let text = match[0];
    if (kind === "regex") {
      REGEX.lastIndex = match.index;
      const whole = OPENS_REGEX.test(query.slice(0, match.index)) && REGEX.exec(query);
      if (whole) [text, TOKEN.lastIndex] = [whole[0], REGEX.lastIndex];
      else kind = "operator";
    }
    if (kind === "word") kind = kindOfWord(text, first, query.slice(TOKEN.lastIndex), known);
    found.push({ kind, from: match.index, to: match.index + text.length, text, stage });
    if (text === "|") stage += 1;
    if (kind !== "comment") first = text === "|" || (text === "(" && found.at(-2)?.text.toLowerCase() === "in");
  }
  return found;
}

function kindOfWord(text, first, after, known) {
  const lower = text.toLowerCase();
  if (first && known.commandWords.has(lower)) return "command";
  if (/^\s*\(/.test(after) && !known.keywords.has(lower)) return "function";
  if (known.keywords.has(lower) && !first) return "keyword";
  return known.fieldNames.has(text) ? "field" : "name";
}

/** Return an extension that colours tokens by classes, so that the style sheet decides on light and dark. */
function highlighting(known) {
  const build = (view) =>
    CM.Decoration.set(
      tokens(view.state.doc.toString(), known()).map((token) =>
        CM.Decoration.mark({ class: CLASS_OF_KIND[token.kind] ?? `q-${token.kind}` }).range(token.from, token.to),
      ),
    );
  return CM.ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.decorations = build(view);
      }
      update(update) {
        if (update.docChanged || update.transactions.some((each) => each.effects.some((one) => one.is(renewed))))
          this.decorations = build(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

/** Complete the word at the cursor: values after a comparison, commands at the start of a stage, else names. */
function completion(known) {
  return (context) => {
    const query = context.state.doc.toString();
    const before = tokens(query.slice(0, context.pos), known());
    const last = before.at(-1);
    const value = valuesAt(before, known(), context.pos);
    if (value) return value;
    if (last && OPEN_KINDS.has(last.kind) && last.to === context.pos) return null;
    const word = context.matchBefore(/`[^`\n]*|[@\w.]+/);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    const previous = before.filter((token) => token.to <= from && token.kind !== "comment").at(-1);
    if (previous?.text.toLowerCase() === "as") return null;
    if (!previous || previous.text === "|") return { from, options: known().commands, validFor: /^[@\w.]*$/ };
    const made = namesBefore(before, from).map((name) => ({ label: name, type: "variable", detail: "named before" }));
    const aggregates = isStats(before, previous);
    const functions = known().functions.map((each) => ({ ...each, boost: aggregates && each.aggregate ? 2 : 0 }));
    return { from, options: [...made, ...known().fields, ...functions, ...known().words], validFor: /^(`[^`]*|[@\w.]*)$/ };
  };
}

function isStats(before, previous) {
  const stage = before.filter((token) => token.stage === previous.stage);
  return stage[0]?.text.toLowerCase() === "stats" && !stage.some((token) => token.text.toLowerCase() === "by");
}

/** Return the names that `as` gave before a position. */
function namesBefore(before, from) {
  const given = before.filter((token, at) => token.to <= from && before[at - 1]?.text.toLowerCase() === "as");
  return [...new Set(given.map((token) => token.text))];
}

/** Return completions for the value that a field is compared with; null elsewhere. */
function valuesAt(before, known, position) {
  const done = before.filter((token) => token.to < position || token.kind === "operator");
  const open = before.at(-1)?.to === position && !done.includes(before.at(-1)) ? before.at(-1) : null;
  if (open && !["text", "name", "number"].includes(open.kind)) return null;
  let at = done.length - 1;
  while (at >= 0 && ["[", ","].includes(done[at].text)) at -= done[at].text === "," ? 2 : 1;
  let compared = false;
  while (at >= 0 && (/^[=!<>~]$/.test(done[at].text) || done[at].text.toLowerCase() === "in")) [at, compared] = [at - 1, true];
  const values = compared && known.values[done[at]?.text];
  if (!values) return null;
  return { from: open ? open.from : position, options: values, validFor: /^["']?[^"'|]*$/ };
}

const renewed = CM.StateEffect.define();
const setFindings = CM.StateEffect.define();
const findingsField = CM.StateField.define({
  create: () => CM.Decoration.none,
  update(marks, transaction) {
    marks = marks.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setFindings)) marks = effect.value;
    return marks;
  },
  provide: (field) => CM.EditorView.decorations.from(field),
});

/** Return the findings at a position as lines for a tooltip. */
function findingsAt(view, position) {
  const found = [];
  view.state.field(findingsField).between(position, position, (_from, _to, mark) => void found.push(mark.spec.finding));
  return found;
}

/** Return a text as an element; what is between backticks is code. */
function paragraph(className, text) {
  const element = Object.assign(document.createElement("div"), { className });
  text.split(/`+([^`]+)`+/).forEach((part, at) =>
    element.append(at % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part),
  );
  return element;
}

/** Show findings at the pointer, and the page of the word from the server below them. */
function hover(ask) {
  return CM.hoverTooltip(async (view, position) => {
    const findings = findingsAt(view, position);
    const page = await ask(view.state.doc.toString(), position);
    if (!findings.length && !page) return null;
    const dom = Object.assign(document.createElement("div"), { className: "q-hover" });
    for (const each of findings) {
      dom.append(paragraph(`q-finding q-finding--${each.severity}`, each.message));
      if (each.fix) dom.append(paragraph("q-fix", each.fix));
    }
    if (page) {
      const help = Object.assign(document.createElement("div"), { className: "q-page" });
      help.setHTML(page);
      dom.append(help);
    }
    return { pos: position, above: false, create: () => ({ dom }) };
  });
}

/** Return key bindings with which Tab accepts the chosen completion, as Enter does; else Tab indents. */
function acceptWithTab() {
  let accepting = false;
  const accept = (view) => {
    if (!view.dom.querySelector(".cm-tooltip-autocomplete [aria-selected]")) return false;
    accepting = true;
    CM.runScopeHandlers(view, new KeyboardEvent("keydown", { key: "Enter" }), "editor");
    accepting = false;
    return true;
  };
  // CodeMirror refuses a completion that has just appeared; Enter would then begin a line
  return [{ key: "Tab", run: accept }, { key: "Enter", run: () => accepting }];
}

function prepared(words) {
  const { commands, functions, fields, keywords, values } = words;
  const quote = (text) => (/^\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text));
  return {
    commandWords: new Set(Object.keys(commands).map((name) => name.toLowerCase())),
    keywords: new Set(keywords),
    fieldNames: new Set(Object.keys(fields)),
    commands: Object.entries(commands).map(([label, detail]) => ({ label, detail, type: "keyword" })),
    functions: Object.entries(functions).map(([name, [detail, aggregate]]) => ({
      label: name,
      apply: `${name}(`,
      detail,
      aggregate,
      type: "function",
    })),
    fields: Object.entries(fields).map(([name, detail]) => ({
      label: /^@?[A-Za-z_][\w.]*$/.test(name) ? name : `\`${name}\``,
      detail,
      type: "property",
      boost: 3,
    })),
    words: keywords.map((label) => ({ label, type: "keyword", boost: -1 })),
    values: Object.fromEntries(
      Object.entries(values).map(([field, found]) => [
        field,
        found.map(([text, share], at) => ({ label: quote(text), detail: share, type: "constant", boost: -at })),
      ]),
    ),
  };
}

const EMPTY = prepared({ commands: {}, functions: {}, fields: {}, keywords: [], values: {} });
const editors = new Map();

/** Add the language to an editor of NiceGUI. */
export function install(id) {
  editors.set(id, installed(getElement(id)));
}

async function installed(component) {
  const view = await component.editorPromise;
  let known = EMPTY;
  let question = 0;
  const waiting = new Map();
  const ask = (text, offset) =>
    new Promise((resolve) => {
      waiting.set(++question, resolve);
      component.$emit("help", { question, text, offset: [...text.slice(0, offset)].length });
      setTimeout(() => waiting.delete(question) && resolve(""), 2000);
    });
  const language = [{ autocomplete: completion(() => known), commentTokens: { line: "#" } }]; // once: they are compared
  view.dispatch({
    effects: CM.StateEffect.appendConfig.of([
      CM.Prec.highest(CM.keymap.of(acceptWithTab())),
      CM.EditorState.languageData.of(() => language),
      CM.EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false", autocapitalize: "off" }),
      CM.EditorView.lineWrapping,
      highlighting(() => known),
      findingsField,
      hover(ask),
    ]),
  });
  return {
    view,
    learn(more) {
      known = prepared(more);
      view.dispatch({ effects: renewed.of(null) });
    },
    answer(number, page) {
      waiting.get(number)?.(page);
      waiting.delete(number);
    },
  };
}

/** Take the words of the language and of the logs, once they are known. */
export async function learn(id, words) {
  (await editors.get(id))?.learn(words);
}

/** Underline findings of a text, unless it has changed since. */
export async function underline(id, text, findings) {
  const view = (await editors.get(id))?.view;
  if (!view || view.state.doc.toString() !== text) return;
  const unit = (character) => [...text].slice(0, character).join("").length; // the server counts characters
  const marks = findings.map((finding) =>
    CM.Decoration.mark({ class: `q-underline q-underline--${finding.severity}`, finding }).range(
      unit(finding.from),
      unit(finding.to),
    ),
  );
  view.dispatch({ effects: setFindings.of(CM.Decoration.set(marks, true)) });
}

/** Give the answer to a question for help. */
export async function answer(id, question, page) {
  (await editors.get(id))?.answer(question, page);
}

/** Move the keyboard to the editor. */
export async function focus(id) {
  (await editors.get(id))?.view.focus();
}
