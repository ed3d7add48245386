// Prints what is vendored and in which version, from the lock file.
import { readFileSync } from "node:fs";

const wanted = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).dependencies);
const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
for (const name of wanted) console.log(`${name} ${locked[`node_modules/${name}`].version}`);
