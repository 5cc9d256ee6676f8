// node pyodide.mjs PYODIDE MOUNTS PROGRAM: run a Python program in Pyodide with numpy and scipy.
// MOUNTS is JSON: folders of this machine by the path at which Python has them.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, mounts, program] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/`, env: { HOME: "/home/pyodide", KPIXL_LANG: "ja" } });
await python.loadPackage(["numpy", "scipy"], { messageCallback: () => {} });
for (const [path, root] of Object.entries(JSON.parse(mounts))) {
  python.FS.mkdirTree(path);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, path);
}
python.runPython(readFileSync(program, "utf8"));
