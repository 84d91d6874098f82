// Starts `flowlocal lsp` and connects the editor with it.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = workspace.getConfiguration("flowlocal").get("command");
  const documentSelector = [{ language: "insights" }, { pattern: "**/*.insights.toml" }];
  client = new LanguageClient("flowlocal", "flowlocal", { command, args: ["lsp"] }, { documentSelector });
  return client.start();
}

function deactivate() {
  return client ? client.stop() : undefined;
}

module.exports = { activate, deactivate };
