// A daemon of the test's own, on the shipped model and a free port.
import {spawn} from "node:child_process";
import {mkdtempSync, openSync, readFileSync, writeFileSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => { const {port} = probe.address(); probe.close(() => resolve(port)); });
});

/** {url, end()}; with `token`: for those who name it alone. */
export async function startDaemon(source, build, token) {
  const folder = mkdtempSync(join(tmpdir(), "clipmill-dashboard-")), port = await freePort(), log = join(folder, "log");
  const options = ["daemon", "--state", join(folder, "state"), "--device", "cpu:0", "--listen", `127.0.0.1:${port}`, "--models", join(source, "models")];
  if (token) {
    writeFileSync(join(folder, "tokens"), `${token}\n`);
    options.push("--token-file", join(folder, "tokens"));
  }
  const out = openSync(log, "w"), child = spawn(join(build, "clipmill"), options, {stdio: ["ignore", out, out]});
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; ++tries) {
    try {
      await fetch(`${url}/healthz`);
      break;
    } catch {
      if (tries > 600 || child.exitCode !== null) throw new Error(`the daemon does not come up:\n${readFileSync(log)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {url, log, end: () => { child.kill(); return gone; }};
}
