// Runs main.py with the project's own Python, for the cdk8s command line: on every system, nothing activated.
const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const python = join(__dirname, ".venv", ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
if (!existsSync(python)) {
  console.error(`${python} is missing: run "make synth" once, or see README.md for how to do it without make.`);
  process.exit(1);
}
const { error, signal, status } = spawnSync(python, [join(__dirname, "main.py")], { stdio: "inherit" });
if (error) throw error;
if (signal) console.error(`main.py was ended by ${signal}`);
process.exit(status ?? 1);
