import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);
const compiler = require("./contracts/compiler.json");

// Compiler, version and settings are those of contracts/compiler.json, which chain/issuance/compilation.py reads too.
export default defineConfig({
  solidity: {
    version: compiler.version,
    path: require.resolve("solc/soljson.js"),
    settings: compiler.settings,
  },
  paths: { artifacts: "artifacts/hardhat" },
  test: {
    solidity: {
      fuzz: { runs: 32 },
      invariant: { runs: 6, depth: 80, failOnRevert: true },
    },
  },
});
