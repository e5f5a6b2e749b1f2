// The pinned WebAssembly compiler behind the two options of the native one that chain/issuance/compilation.py uses.
import { readFileSync } from "node:fs";
import solc from "solc";

if (process.argv.includes("--version")) console.log(`Version: ${solc.version()}`);
else process.stdout.write(solc.compile(readFileSync(0, "utf8")));
