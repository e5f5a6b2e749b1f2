import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);
const compiler = require("./contracts/compiler.json");

// Compiler, version and settings are those of contracts/compiler.json, which chain/issuance/compilation.py reads too.
const production = { version: compiler.version, path: require.resolve("solc/soljson.js"), settings: compiler.settings };
// The default profile is for tests: without the intermediate representation the same sources compile in seconds instead of
// minutes. `--build-profile production` compiles, or tests, what is deployed.
const tests = { ...production, settings: { ...compiler.settings, viaIR: false } };

export default defineConfig({
  // All sources in one compilation, as chain/issuance/compilation.py has them: what else is compiled can change the optimizer's choices.
  solidity: { profiles: { default: tests, production: { ...production, isolated: false } } },
  paths: { artifacts: "artifacts/hardhat" },
  test: {
    solidity: {
      fuzz: { runs: 32 },
      invariant: { runs: 6, depth: 80, failOnRevert: true },
    },
  },
});
