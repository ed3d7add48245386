// Joins the icons named in a list into one SVG sprite: node sprite.mjs FOLDER LIST OUTPUT
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, list, output] = process.argv.slice(2);
const names = readFileSync(list, "utf8").split("\n").map((name) => name.trim()).filter(Boolean).sort();

const symbol = (name) => {
  const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s+/g, " ").trim()}</symbol>`;
};

writeFileSync(output, `<svg xmlns="http://www.w3.org/2000/svg">\n${names.map(symbol).join("\n")}\n</svg>\n`);
