// One process that compiles contracts and runs their Solidity tests, so that neither compiler nor test runner starts anew each time.
//
// It reads one request a line from its standard input and answers each with one line:
//   {op: "compile", keep?, more?, overrides?, select?, optimize?, viaIR?} → {errors, contracts: {"source:Name": digest}}
//   {op: "ast", path}                     → {errors}; the syntax trees go to the file
//   {op: "forge", folder, roots, overrides?}          → {errors}; every contract goes to a file below the folder, as forge would write it
//   {op: "info", path}                    → {errors}; input and output of the compiler go to the file, as Hardhat keeps them
//   {op: "load" or "save", keep, path}    → {}
//   {op: "suites", base}                  → {suites: {"source:Name": [test…]}}
//   {op: "run", base, over?, suites: [[suite, pattern?]…], stop?, coverage?, gasLimit?} → {tests: […], hits?: […]}
// `keep`, `base` and `over` name builds that this process holds; `more` adds to what a build has. Sources are named as Hardhat 3 names them.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const root = process.cwd();
const require = createRequire(join(root, "package.json"));
const PACKAGE = "@openzeppelin/contracts";
const PREFIX = `npm/${PACKAGE}@${require(`${PACKAGE}/package.json`).version}/`;
const OUTPUT = ["abi", "evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode.object", "evm.deployedBytecode.linkReferences"];
const { version, settings } = JSON.parse(readFileSync(join(root, "contracts/compiler.json"), "utf8"));
/**
 * Tests of what a call costs: they are about the settings of the deployed contracts, which are not those of these runs. And the long
 * stories, which with code that is not optimised take more gas than a test has.
 */
const COST = "[Gg]as|[Cc]ost|in_long_stories";
const builds = new Map();
const texts = new Map();
let solc;

// ---------------------------------------------------------------- compiling

function text(name) {
  if (!texts.has(name)) {
    const path = name.startsWith(PREFIX) ? join("node_modules", PACKAGE, name.slice(PREFIX.length)) : name.slice("project/".length);
    texts.set(name, existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined);
  }
  return texts.get(name);
}

const projectSources = () =>
  readdirSync(join(root, "contracts"), { recursive: true })
    .filter((path) => path.endsWith(".sol"))
    .map((path) => `project/contracts/${path.split("\\").join("/")}`)
    .sort();

/** The named sources with all that they import; an override stands in for the file. */
function closure(names, overrides) {
  const sources = {};
  const waiting = [...names];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (sources[name] !== undefined) continue;
    const content = overrides[name] ?? text(name);
    if (content === undefined) continue; // The compiler says who wanted it.
    sources[name] = { content };
    for (const [, target] of content.matchAll(/^\s*import\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']/gm)) {
      if (target.startsWith(`${PACKAGE}/`)) waiting.push(PREFIX + target.slice(PACKAGE.length + 1));
      else if (target.startsWith(".")) waiting.push(posix.normalize(posix.join(posix.dirname(name), target)));
      else waiting.push(target);
    }
  }
  return Object.fromEntries(Object.entries(sources).sort());
}

function solcOutput(sources, outputSelection, optimize, viaIR) {
  solc ??= require("solc");
  const request = {
    language: "Solidity",
    sources,
    settings: {
      ...settings,
      viaIR,
      optimizer: optimize ? settings.optimizer : { enabled: false },
      remappings: [`project/:${PACKAGE}/=${PREFIX}`],
      outputSelection,
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(request)));
  const errors = (output.errors ?? []).filter((entry) => entry.severity === "error").map((entry) => entry.formattedMessage);
  return { output, errors, request };
}

/** `select` maps sources to the contracts wanted of them; without it, all contracts of the project, tests too. */
function compile({ keep, more = false, overrides = {}, select, optimize = true, viaIR = false }) {
  select ??= Object.fromEntries(projectSources().map((name) => [name, ["*"]]));
  const wanted = Object.fromEntries(
    Object.entries(select).map(([source, names]) => [source, Object.fromEntries(names.map((name) => [name, OUTPUT]))]),
  );
  const { output, errors } = solcOutput(closure(Object.keys(select), overrides), wanted, optimize, viaIR);
  if (errors.length > 0) return { errors };
  const build = {};
  const contracts = {};
  for (const [source, named] of Object.entries(output.contracts ?? {})) {
    for (const [name, contract] of Object.entries(named)) {
      if (contract.evm?.bytecode === undefined) continue;
      const { bytecode, deployedBytecode } = contract.evm;
      build[`${source}:${name}`] = {
        id: { name, source, solcVersion: version },
        contract: {
          abi: JSON.stringify(contract.abi),
          bytecode: `0x${bytecode.object}`,
          linkReferences: bytecode.linkReferences ?? {},
          deployedBytecode: `0x${deployedBytecode.object}`,
          deployedLinkReferences: deployedBytecode.linkReferences ?? {},
        },
      };
      contracts[`${source}:${name}`] = createHash("sha256").update(bytecode.object).digest("hex");
    }
  }
  if (keep !== undefined) builds.set(keep, { ...(more ? builds.get(keep) : {}), ...build });
  return { errors, contracts };
}

/** What the roots and their imports compile to with the settings of the deployed contracts, in the layout that forge's build has. */
function forge({ folder, roots, overrides = {} }) {
  const sources = closure(roots, overrides);
  const outputs = [...OUTPUT, "evm.methodIdentifiers", "evm.deployedBytecode.immutableReferences", "storageLayout", "metadata"];
  const selection = { "*": { "*": outputs, "": ["ast"] } };
  const { output, errors } = solcOutput(sources, selection, true, settings.viaIR);
  if (errors.length > 0) return { errors };
  for (const [source, named] of Object.entries(output.contracts)) {
    for (const [name, { abi, evm, metadata, storageLayout }] of Object.entries(named)) {
      const directory = join(folder, posix.basename(source));
      mkdirSync(directory, { recursive: true });
      const code = ({ object, linkReferences, immutableReferences }) => ({ object: `0x${object}`, linkReferences, immutableReferences });
      const artifact = {
        abi,
        bytecode: code(evm.bytecode),
        deployedBytecode: code(evm.deployedBytecode),
        methodIdentifiers: evm.methodIdentifiers,
        metadata: JSON.parse(metadata),
        storageLayout,
        ast: output.sources[source].ast,
        id: output.sources[source].id,
      };
      writeFileSync(join(directory, `${name}.json`), JSON.stringify(artifact));
    }
  }
  return { errors };
}

/** Compiler's input and output for all contracts but tests, in the form of a build-info file. */
function info({ path }) {
  const sources = closure(projectSources().filter((name) => !/\/test\//.test(name)), {});
  const outputs = ["abi", "evm.bytecode", "evm.deployedBytecode", "userdoc", "devdoc"];
  const { output, errors, request } = solcOutput(sources, { "*": { "*": outputs, "": ["ast"] } }, true, false);
  if (errors.length === 0) writeFileSync(path, JSON.stringify({ solcVersion: version, input: request, output }));
  return { errors };
}

function syntaxTrees({ path }) {
  const sources = closure(projectSources(), {});
  const { output, errors } = solcOutput(sources, { "*": { "": ["ast"] } }, false, false);
  if (errors.length > 0) return { errors };
  const trees = Object.fromEntries(Object.entries(output.sources).map(([name, { ast }]) => [name, { ast, content: sources[name].content }]));
  writeFileSync(path, JSON.stringify(trees));
  return { errors };
}

// ---------------------------------------------------------------- running tests

let runner;

async function startRunner() {
  const hre = (await import(pathToFileURL(require.resolve("hardhat")).href)).default;
  const edr = require("@nomicfoundation/edr");
  const { getGlobalEdrContext, hardfork } = await context(edr);
  const { eip712Types: _, ...profile } = hre.config.test.solidity.profiles.default;
  return {
    context: getGlobalEdrContext,
    chain: edr.L1_CHAIN_TYPE,
    config: {
      projectRoot: root,
      hardfork,
      ...profile,
      fsPermissions: [],
      localPredeploys: edr.l1GenesisState(edr.l1HardforkFromString(hardfork)),
      disableBlockGasLimit: true,
      disableTransactionGasCap: true,
      // A failing case need not be made small: that it fails is all that is asked.
      invariant: { ...profile.invariant, shrinkRunLimit: 0 },
    },
  };
}

async function context(edr) {
  const made = new edr.EdrContext();
  await made.registerSolidityTestRunnerFactory(edr.L1_CHAIN_TYPE, edr.l1SolidityTestRunnerFactory());
  return { getGlobalEdrContext: made, hardfork: edr.l1HardforkToString(edr.l1HardforkLatest()) };
}

/** Whether a contract is one that the runner would run. */
const isSuite = ({ id, contract }) =>
  id.source.endsWith(".t.sol") &&
  contract.bytecode.length > 2 &&
  JSON.parse(contract.abi).some(({ type, name }) => type === "function" && /^(test|invariant)/.test(name));

async function run({ base, over, suites, stop = true, coverage = false, gasLimit }) {
  runner ??= await startRunner();
  const build = over === undefined ? builds.get(base) : { ...builds.get(base), ...builds.get(over) };
  const artifacts = Object.values(build);
  suites ??= Object.entries(build).filter(([, artifact]) => isSuite(artifact)).map(([name]) => [name]);
  const tests = [];
  const hits = new Set();
  for (const [suite, pattern] of suites) {
    const { id } = build[suite];
    const observability = coverage
      ? { codeCoverage: { onCollectedCoverageCallback: async (found) => found.forEach((tag) => hits.add(Buffer.from(tag).toString("hex"))) } }
      : undefined;
    let done;
    const finished = new Promise((resolve) => (done = resolve));
    await runner.context.runSolidityTests(
      runner.chain,
      artifacts,
      [id],
      {
        ...runner.config,
        observability,
        testPattern: pattern,
        excludeTestPattern: COST,
        ...(gasLimit === undefined ? {} : { gasLimit: BigInt(gasLimit) }),
        testSourcePaths: { [id.source]: join(root, id.source.slice("project/".length)) },
      },
      {},
      (result) => done(result),
    );
    const result = await finished;
    let failed = false;
    for (const test of result.testResults) {
      failed ||= test.status === "Failure";
      tests.push({ suite, name: test.name, status: test.status, reason: test.reason, milliseconds: Number(test.durationNs) / 1e6 });
    }
    if (failed && stop) break;
  }
  return { tests, ...(coverage ? { hits: [...hits] } : {}) };
}

// ---------------------------------------------------------------- requests

const operations = {
  compile,
  ast: syntaxTrees,
  forge,
  info,
  run,
  suites: ({ base }) => ({
    suites: Object.fromEntries(
      Object.entries(builds.get(base))
        .filter(([, artifact]) => isSuite(artifact))
        .map(([name, { contract }]) => [
          name,
          JSON.parse(contract.abi).filter((entry) => entry.type === "function" && /^(test|invariant)/.test(entry.name)).map((entry) => entry.name),
        ]),
    ),
  }),
  save: ({ keep, path }) => (writeFileSync(path, JSON.stringify(builds.get(keep))), {}),
  load: ({ keep, path }) => (builds.set(keep, JSON.parse(readFileSync(path, "utf8"))), {}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const started = performance.now();
  let answer;
  try {
    answer = await operations[request.op](request);
  } catch (error) {
    answer = { failure: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify({ ...answer, milliseconds: performance.now() - started })}\n`);
}
